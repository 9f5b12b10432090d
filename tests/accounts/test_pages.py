"""The way in and the way back: sign-up, log-in, forgotten passwords. Pages are in our look, mails in our words."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.mail import sweep
from accounts.models import Membership, Role, User

PASSWORD = "correct-horse-battery"
EMAIL = "mara@studio-north.example"


@pytest.fixture(autouse=True)
def no_limits_used_up(db: None) -> None:
    cache.clear()


@pytest.fixture
def person() -> User:
    user = User.objects.create_user(email=EMAIL, password=PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=True)
    return user


def sign_up(client: Client, email: str = EMAIL, password: str = PASSWORD) -> str:
    response = client.post(reverse("account_signup"), {"email": email, "password1": password}, follow=True)
    return response.content.decode()


def log_in(client: Client, password: str = PASSWORD, **extra: str) -> str:
    data = {"login": EMAIL, "password": password, **extra}
    return client.post(reverse("account_login"), data, follow=True).content.decode()


def mails() -> list[EmailMessage]:
    """What went out, now that the outbox was swept."""
    sweep()
    return mail.outbox


def links(text: str) -> list[str]:
    return re.findall(r"http://testserver(/\S+)", text)


def test_who_signs_up_is_in_at_once_and_is_asked_for_the_address(client: Client) -> None:
    page = sign_up(client)
    membership = Membership.objects.get(user__email=EMAIL)
    assert membership.role == Role.OWNER
    assert "Paste your site’s address" in page
    assert membership.workspace.name == "mara's workspace"
    assert 'class="flash flash-success' not in page


def test_the_confirmation_mail_is_in_our_words_and_its_link_works(client: Client) -> None:
    sign_up(client)
    message = mails()[0]
    assert message.subject == "Welcome to QA Sentinel: confirm your email address"
    assert not getattr(message, "alternatives", [])
    assert "example.com" not in message.body
    client.get(links(str(message.body))[0])
    assert EmailAddress.objects.get(email=EMAIL).verified


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("", PASSWORD, "This field is required."),
        ("not an address", PASSWORD, "Enter a valid email address."),
        ("a" * 300 + "@example.com", PASSWORD, "longer than 254 characters"),
        (EMAIL, "", "This field is required."),
        (EMAIL, "12345678", "too common"),
        (EMAIL, "short", "too short"),
        ('"><script>alert(1)</script>@x.example', PASSWORD, "Enter a valid email address."),
    ],
)
def test_bad_sign_ups_are_refused_beside_their_field(email: str, password: str, said: str, client: Client) -> None:
    page = sign_up(client, email, password)
    assert said in page
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    assert not User.objects.exists()


def test_a_wrong_password_is_one_clear_sentence(client: Client, person: User) -> None:
    page = log_in(client, "wrong")
    assert "The email address and/or password you specified are not correct." in page
    assert 'class="errorlist nonfield"' in page


def test_log_in_leads_to_where_one_wanted_to_go_but_not_off_the_site(client: Client, person: User) -> None:
    data = {"login": EMAIL.upper(), "password": PASSWORD}
    inside = client.post(reverse("account_login"), {**data, "next": reverse("site_add")})
    assert inside["Location"] == reverse("site_add")
    outside = Client().post(reverse("account_login"), {**data, "next": "https://evil.example/"})
    assert outside["Location"] == reverse("overview")


def test_guessing_is_slowed_down(client: Client, person: User) -> None:
    for _ in range(5):
        log_in(client, "wrong")
    assert "Too many failed login attempts." in log_in(client)


def test_signing_up_in_bulk_is_slowed_down_in_our_look(client: Client) -> None:
    for _ in range(21):
        response = client.post(reverse("account_signup"), {"email": "x", "password1": "x"})
    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_log_out_needs_a_post_and_leads_to_the_landing_page(client: Client, person: User) -> None:
    client.force_login(person)
    assert "Log out?" in client.get(reverse("account_logout")).content.decode()
    assert client.post(reverse("account_logout"))["Location"] == reverse("landing")
    assert client.get(reverse("overview")).status_code == 302


def test_a_forgotten_password_is_set_anew(client: Client, person: User) -> None:
    page = client.post(reverse("account_reset_password"), {"email": EMAIL}, follow=True).content.decode()
    assert "Check your email" in page
    message = mails()[0]
    assert message.subject == "Set a new password"
    form = client.get(links(str(message.body))[0], follow=True)
    assert "Set a new password" in form.content.decode()
    data = {"password1": "another-good-one", "password2": "another-good-one"}
    assert "Your password is set" in client.post(form.request["PATH_INFO"], data, follow=True).content.decode()
    person.refresh_from_db()
    assert person.check_password("another-good-one")
    assert "This link no longer works" in Client().get(links(str(message.body))[0], follow=True).content.decode()


def test_an_unknown_address_is_told_by_mail_not_by_the_page(client: Client) -> None:
    page = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"}, follow=True)
    assert "Check your email" in page.content.decode()
    assert mails()[0].subject == "There is no account for this address"


def test_the_password_is_changed(client: Client, person: User) -> None:
    client.force_login(person)
    url = reverse("account_change_password")
    data = {"oldpassword": "wrong", "password1": "another-good-one", "password2": "another-good-one"}
    assert 'aria-invalid="true"' in client.post(url, data).content.decode()
    page = client.post(url, {**data, "oldpassword": PASSWORD}, follow=True).content.decode()
    assert "Your new password is saved." in page
    person.refresh_from_db()
    assert person.check_password("another-good-one")


def test_addresses_are_added_confirmed_and_made_the_main_one(client: Client, person: User) -> None:
    client.force_login(person)
    url = reverse("account_email")
    page = client.post(url, {"email": "second@example.com", "action_add": ""}, follow=True).content.decode()
    assert "We sent a confirmation to second@example.com." in page
    assert "Not confirmed" in page
    message = mails()[-1]
    assert message.subject == "Confirm your email address"
    client.get(links(str(message.body))[0])
    page = client.post(url, {"email": "second@example.com", "action_primary": ""}, follow=True).content.decode()
    assert "Your main address is changed." in page
    assert EmailAddress.objects.get(primary=True).email == "second@example.com"
    page = client.post(url, {"email": "second@example.com", "action_remove": ""}, follow=True).content.decode()
    assert "so it cannot be removed" in page


def test_where_confirmation_is_needed_nobody_gets_in_without(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert "We sent you a link that confirms your address" in sign_up(client)
    assert client.get(reverse("overview")).status_code == 302


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("account_login", []),
        ("account_signup", []),
        ("account_reset_password", []),
        ("account_reset_password_done", []),
        ("account_reset_password_from_key", ["x", "y"]),
        ("account_reset_password_from_key_done", []),
        ("account_email_verification_sent", []),
        ("account_inactive", []),
    ],
)
def test_every_page_of_visitors_is_in_our_look(name: str, args: list[str], client: Client) -> None:
    page = client.get(reverse(name, args=args)).content.decode()
    assert 'class="shell entrance"' in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("name", ["account_email", "account_change_password", "account_reauthenticate"])
def test_every_page_of_the_account_is_in_our_look(name: str, client: Client, person: User) -> None:
    client.force_login(person)
    page = client.get(reverse(name)).content.decode()
    assert "css/account.css" in page
    assert page.count("<h1") == 1
