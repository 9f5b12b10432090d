"""Invitations: the token is nowhere but in the mail, works once, in time, and for one person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import invitations
from accounts.acting import Acting, Refused
from accounts.models import AuditEvent, Invitation, Membership, OutgoingMail, Role, User, Workspace
from tests.cast import a_person, logged_in

KIM = "kim@example.com"


@pytest.fixture(autouse=True)
def no_limits_used_up(db: None) -> None:
    cache.clear()


@pytest.fixture
def kim() -> User:
    user = a_person("kim")
    EmailAddress.objects.create(user=user, email=KIM, primary=True, verified=True)
    return user


def invite(workspace: Workspace, owner: User, role: Role = Role.VIEWER, email: str = KIM) -> Invitation:
    made = invitations.invite(workspace, email, role, Acting(owner, "192.0.2.1"))
    assert isinstance(made, Invitation)
    return made


def link() -> str:
    text = OutgoingMail.objects.latest("id").words()[0]
    (path,) = re.findall(r"http://testserver(/join/\S+)", text)
    return str(path)


def accept(client: Client, path: str) -> str:
    client.get(path)
    return client.post(reverse("invitation"), follow=True).content.decode()


def test_the_form_sends_a_mail_and_keeps_no_token(workspace: Workspace, owner_client: Client) -> None:
    url = reverse("invite", args=[workspace.pk])
    page = owner_client.post(url, {"email": "KIM@Example.com", "role": "client"}, follow=True).content.decode()
    assert "The invitation to kim@example.com is on its way." in page
    made = Invitation.objects.get()
    token = link().rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    assert token not in str(Invitation.objects.values().get())
    assert token not in str(AuditEvent.objects.values().get())
    assert (made.email, made.role) == (KIM, "client")
    assert "Owner invites you" in OutgoingMail.objects.get().subject


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"email": "nobody", "role": "viewer"}, "Enter a valid email address."),
        ({"email": KIM, "role": "owner"}, "Select a valid choice."),
        ({"email": "owner@example.com", "role": "viewer"}, "in this workspace already"),
        ({"email": "a@example.com\nBcc: b@example.com", "role": "viewer"}, "Enter a valid email address."),
    ],
)
def test_bad_invitations_are_refused_beside_their_field(
    data: dict[str, str], said: str, workspace: Workspace, owner_client: Client
) -> None:
    response = owner_client.post(reverse("invite", args=[workspace.pk]), data)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not OutgoingMail.objects.exists()


def test_who_is_logged_in_accepts(workspace: Workspace, owner: User, kim: User) -> None:
    invite(workspace, owner)
    client = logged_in(kim)
    opened = client.get(link(), follow=True)
    assert opened.request["PATH_INFO"] == reverse("invitation"), "the token leaves the address bar"
    assert "as viewer" in opened.content.decode()
    assert not Membership.objects.filter(user=kim).exists(), "looking is not accepting"
    assert "Welcome to Studio North." in accept(client, link())
    assert Membership.objects.get(user=kim).role == Role.VIEWER
    assert AuditEvent.objects.filter(action="member.joined", actor=kim).count() == 1
    assert client.get(reverse("overview")).context is not None


def test_a_link_works_once(workspace: Workspace, owner: User, kim: User) -> None:
    invite(workspace, owner)
    accept(logged_in(kim), link())
    Membership.objects.filter(user=kim).delete()
    response = logged_in(kim).get(link(), follow=True)
    assert response.status_code == 410
    assert "It was accepted already." in response.content.decode()
    assert not Membership.objects.filter(user=kim).exists()


def test_expired_revoked_replaced_and_invented_links_say_so(workspace: Workspace, owner: User, kim: User) -> None:
    made = invite(workspace, owner)
    first = link()
    client = logged_in(kim)
    Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    assert invitations.resend(Invitation.objects.get(), Acting(owner)) is None
    for path in (first, reverse("invitation_open", args=["x" * 43])):
        assert "A newer mail replaced it" in client.get(path, follow=True).content.decode()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "older than seven days" in client.get(link(), follow=True).content.decode()
    assert "no longer works" in accept(client, link())
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert invitations.revoke(made, Acting(owner)) is None
    assert "taken back" in client.get(link(), follow=True).content.decode()
    assert isinstance(invitations.revoke(made, Acting(owner)), Refused)
    assert not Membership.objects.filter(user=kim).exists()


def test_a_stranger_with_the_link_gets_nothing(workspace: Workspace, owner: User, stranger: User) -> None:
    invite(workspace, owner)
    client = logged_in(stranger)
    response = client.get(link(), follow=True)
    assert response.status_code == 403
    assert "This invitation is for kim@example.com, and you are logged in as stranger@example.com." in (
        response.content.decode()
    )
    assert client.post(reverse("invitation")).status_code == 403
    EmailAddress.objects.create(user=stranger, email=KIM, verified=False)
    assert client.post(reverse("invitation")).status_code == 403, "claiming an address is not having it"
    EmailAddress.objects.update(verified=True)
    assert client.post(reverse("invitation")).status_code == 302
    assert Membership.objects.filter(user=stranger, workspace=workspace).exists()


@pytest.mark.parametrize("verification", ["optional", "mandatory"])
def test_who_has_no_account_signs_up_and_lands_on_the_invitation(
    verification: str, workspace: Workspace, owner: User, client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    invite(workspace, owner)
    assert "Create an account" in client.get(link(), follow=True).content.decode()
    assert client.post(reverse("invitation")).status_code == 200, "nobody is logged in: still the page"
    page = client.post(reverse("account_signup"), {"email": KIM, "password1": "correct-horse-battery"}, follow=True)
    assert page.request["PATH_INFO"] == reverse("invitation")
    assert "Welcome to Studio North." in client.post(reverse("invitation"), follow=True).content.decode()
    assert EmailAddress.objects.get(email=KIM).verified
    assert Membership.objects.get(user__email=KIM).workspace == workspace, "and no empty workspace beside it"


def test_who_logs_in_first_goes_on_with_the_invitation(workspace: Workspace, owner: User, client: Client) -> None:
    kim = User.objects.create_user(email=KIM, password="correct-horse-battery")
    EmailAddress.objects.create(user=kim, email=KIM, primary=True, verified=True)
    invite(workspace, owner)
    client.get(link())
    page = client.post(reverse("account_login"), {"login": KIM, "password": "correct-horse-battery"}, follow=True)
    assert page.request["PATH_INFO"] == reverse("invitation")


def test_who_is_a_member_already_keeps_the_role(workspace: Workspace, owner: User, kim: User) -> None:
    made = invite(workspace, owner, Role.ADMIN)
    Membership.objects.create(workspace=workspace, user=kim, role=Role.CLIENT)
    assert isinstance(invitations.accept(made, Acting(kim)), Membership)
    assert Membership.objects.get(user=kim).role == Role.CLIENT
    assert isinstance(invitations.accept(made, Acting(kim)), Refused)


def test_inviting_again_replaces_and_limits_hold(
    workspace: Workspace, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = invite(workspace, owner, Role.VIEWER)
    assert isinstance(invitations.resend(made, Acting(owner)), Refused), "a moment ago"
    assert invite(workspace, owner, Role.MEMBER).pk == made.pk
    assert Invitation.objects.get().role == Role.MEMBER
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    assert isinstance(invitations.invite(workspace, "lee@example.com", Role.VIEWER, Acting(owner)), Refused)
    monkeypatch.setattr(invitations, "MOST_A_DAY", 100)
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    assert isinstance(invitations.invite(workspace, "lee@example.com", Role.VIEWER, Acting(owner)), Refused)


def test_buttons_resend_and_take_back(workspace: Workspace, owner: User, owner_client: Client) -> None:
    made = invite(workspace, owner)
    Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    page = owner_client.post(reverse("invitation_resend", args=[made.pk]), follow=True).content.decode()
    assert "A new mail to kim@example.com is on its way." in page
    page = owner_client.post(reverse("invitation_revoke", args=[made.pk]), follow=True).content.decode()
    assert "is taken back" in page
    assert "Invited</h2>" not in page
