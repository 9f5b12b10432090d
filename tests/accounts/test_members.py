"""People in a workspace: who may change whom, and that there is always an owner."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import members
from accounts.access import CHOSEN, current_workspace
from accounts.acting import Acting, Refused
from accounts.models import AuditEvent, Membership, Role, User, Workspace
from tests.build import a_site
from tests.cast import a_person, joins, logged_in


@pytest.fixture
def admin(workspace: Workspace) -> User:
    return joins(a_person("admin"), workspace, Role.ADMIN)


def of(user: User, workspace: Workspace) -> Membership:
    return Membership.objects.get(user=user, workspace=workspace)


def page(client: Client, workspace: Workspace) -> str:
    return client.get(reverse("members", args=[workspace.pk])).content.decode()


def test_owner_changes_a_role_and_it_is_written_down(workspace: Workspace, owner_client: Client, member: User) -> None:
    url = reverse("member_role", args=[of(member, workspace).pk])
    response = owner_client.post(url, {"role": "viewer"}, follow=True, REMOTE_ADDR="192.0.2.9")
    assert "The role of member@example.com is changed." in response.content.decode()
    assert of(member, workspace).role == Role.VIEWER
    event = AuditEvent.objects.get()
    assert (event.action, event.target, event.ip) == ("member.role_changed", "member@example.com", "192.0.2.9")
    assert event.facts == {"before": "member", "after": "viewer"}


def test_an_unknown_role_changes_nothing(workspace: Workspace, owner_client: Client, member: User) -> None:
    url = reverse("member_role", args=[of(member, workspace).pk])
    assert "no such role" in owner_client.post(url, {"role": "god"}, follow=True).content.decode()
    assert of(member, workspace).role == Role.MEMBER


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_the_last_owner_is_neither_demoted_nor_gone(workspace: Workspace, owner: User, role: Role) -> None:
    by = Acting(owner)
    mine = of(owner, workspace)
    if role == Role.ADMIN:
        assert members.change_role(mine, role, by=by) == Refused(members.LAST_OWNER)
    assert members.remove(mine, by=by) == Refused(members.LAST_OWNER)
    assert of(owner, workspace).role == Role.OWNER
    assert not AuditEvent.objects.exists()


def test_an_admin_touches_no_owner_and_makes_none(workspace: Workspace, owner: User, admin: User, member: User) -> None:
    by, owning = Acting(admin), of(owner, workspace)
    joins(a_person("second"), workspace, Role.OWNER)
    assert members.change_role(owning, Role.VIEWER, by=by) == Refused(members.NOT_OWNER)
    assert members.remove(owning, by=by) == Refused(members.NOT_OWNER)
    assert members.change_role(of(member, workspace), Role.OWNER, by=by) == Refused(members.NOT_OWNER)
    assert members.change_role(of(admin, workspace), Role.OWNER, by=by) == Refused(members.NOT_OWNER)
    assert members.hand_over(of(admin, workspace), by=by) == Refused(members.NOT_OWNER)
    assert members.remove(of(member, workspace), by=by) is None


def test_handing_over_swaps_owner_and_admin(workspace: Workspace, owner: User, member: User) -> None:
    assert isinstance(members.hand_over(of(owner, workspace), by=Acting(owner)), Refused)
    assert members.hand_over(of(member, workspace), by=Acting(owner)) is None
    assert (of(owner, workspace).role, of(member, workspace).role) == (Role.ADMIN, Role.OWNER)
    assert members.remove(of(owner, workspace), by=Acting(owner)) is None
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "workspace.handed_over",
        "member.left",
    ]


def test_who_was_removed_meanwhile_is_said_to_be_gone(workspace: Workspace, owner: User, member: User) -> None:
    theirs = of(member, workspace)
    Membership.objects.filter(pk=theirs.pk).delete()
    assert members.remove(theirs, by=Acting(owner)) == Refused(members.GONE)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both(workspace: Workspace, owner: User) -> None:
    other = joins(a_person("other"), workspace, Role.OWNER)
    start, said = threading.Barrier(2), []

    def leave(user: User) -> None:
        try:
            start.wait(5)
            said.append(members.remove(of(user, workspace), by=Acting(user)))
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(user,)) for user in (owner, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(map(str, said)) == sorted(["None", str(Refused(members.LAST_OWNER))])
    assert Membership.objects.filter(workspace=workspace, role=Role.OWNER).count() == 1


def test_leaving_asks_first(workspace: Workspace, member: User, member_client: Client) -> None:
    url = reverse("workspace_leave", args=[workspace.pk])
    assert "Leave Studio North?" in member_client.get(url).content.decode()
    assert "You left Studio North." in member_client.post(url, follow=True).content.decode()
    assert not workspace.memberships.filter(user=member).exists()
    assert member_client.get(url).status_code == 404


def test_the_page_shows_controls_to_those_who_may_use_them(
    workspace: Workspace, owner_client: Client, viewer_client: Client, member: User
) -> None:
    shown = page(owner_client, workspace)
    assert "Invite somebody" in shown
    assert "Hand over" in shown
    assert 'value="owner"' in shown
    plain = page(viewer_client, workspace)
    assert "member@example.com" in plain
    assert "Invite somebody" not in plain
    assert "<select" not in plain
    as_admin = page(logged_in(joins(a_person("admin"), workspace, Role.ADMIN)), workspace)
    assert 'value="owner"' not in as_admin
    assert "Hand over" not in as_admin


def test_names_are_hostile_text(workspace: Workspace, owner_client: Client, member: User) -> None:
    User.objects.filter(pk=member.pk).update(name="<script>alert(1)</script>")
    Workspace.objects.filter(pk=workspace.pk).update(name="<img src=x onerror=alert(1)>")
    shown = page(owner_client, workspace)
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_more_members_need_no_more_queries(
    workspace: Workspace, owner_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(12):
        joins(a_person(f"p{n}"), workspace, Role.MEMBER)
    with django_assert_max_num_queries(9):
        assert "p11@example.com" in page(owner_client, workspace)


def test_one_works_in_one_workspace_at_a_time(workspace: Workspace, owner: User, owner_client: Client) -> None:
    second = Workspace.objects.create(name="Second")
    joins(owner, second, Role.VIEWER)
    a_site(workspace, "first.example")
    a_site(second, "second.example")
    shown = owner_client.get(reverse("overview")).content.decode()
    assert "first.example" in shown
    assert "second.example" not in shown
    response = owner_client.post(reverse("workspace_switch", args=[second.pk]), follow=True)
    shown = response.content.decode()
    assert "second.example" in shown
    assert "first.example" not in shown
    assert owner_client.get(reverse("site_add")).status_code == 404, "a viewer there"
    assert current_workspace(response.wsgi_request) == second
    second.memberships.all().delete()
    assert "first.example" in owner_client.get(reverse("overview")).content.decode(), "no longer theirs"


def test_a_stranger_cannot_choose_it(workspace: Workspace, stranger_client: Client) -> None:
    assert stranger_client.post(reverse("workspace_switch", args=[workspace.pk])).status_code == 404
    assert CHOSEN not in stranger_client.session
