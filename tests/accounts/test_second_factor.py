"""The second step: set up, asked for, encrypted; the administration behind it; addresses told behind proxies."""

from __future__ import annotations

import json
import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.acting import client_ip
from accounts.models import OutgoingMail, User
from sentinel.crypto import CannotDecrypt
from tests.cast import logged_in

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


def log_in(client: Client, **extra: str) -> str:
    data = {"login": EMAIL, "password": PASSWORD}
    return str(client.post(reverse("account_login"), data, follow=True, headers=extra).request["PATH_INFO"])


def confirm(client: Client) -> None:
    """What changes the account asks for the password again."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_an_app_is_set_up_and_asked_for_from_then_on(
    client: Client, person: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    log_in(client)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page)
    assert 'src="data:image/svg+xml' in page
    assert "Incorrect code" in client.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    assert "An authenticator app was set up" in OutgoingMail.objects.values_list("subject", flat=True)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert kept.count("v1:") == 2, "the app's secret and the seed of the codes are encrypted"
    other = Client()
    assert log_in(other) == reverse("mfa_authenticate")
    assert other.get(reverse("overview")).status_code == 302, "half way in is not in"
    cache.clear()
    assert other.post(reverse("mfa_authenticate"), {"code": code(secret)})["Location"] == reverse("overview")


def test_a_recovery_code_opens_the_door_once(person: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    owner = Client()
    log_in(owner)
    owner.post(reverse("mfa_authenticate"), {"code": code(secret)})
    confirm(owner)
    owner.post(reverse("mfa_generate_recovery_codes"))
    page = owner.get(reverse("mfa_view_recovery_codes")).content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", page)
    assert len(codes) == 10
    for answer in (302, 200):
        other = Client()
        log_in(other)
        cache.clear()
        assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == answer


def test_a_secret_of_another_key_is_refused_not_guessed(person: User) -> None:
    TOTP.activate(person, generate_totp_secret())
    row = Authenticator.objects.get()
    row.data = {"secret": "v1:gone:" + row.data["secret"].rpartition(":")[2]}
    row.save()
    with pytest.raises(CannotDecrypt):
        row.wrap().validate_code("123456")


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "usersessions_list",
        "socialaccount_connections",
    ],
)
def test_every_page_of_the_account_is_in_our_look(name: str, client: Client, person: User) -> None:
    log_in(client)
    confirm(client)
    page = client.get(reverse(name), follow=True).content.decode()
    assert 'class="shell shell-narrow manage"' in page
    assert page.count("<h1") == 1
    assert "Menu:" not in page


@pytest.mark.parametrize(
    "name",
    ["mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_reauthenticate"],
)
def test_pages_of_a_set_up_app_are_in_our_look(name: str, person: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    client = Client()
    log_in(client)
    assert "Second step" in client.get(reverse("mfa_authenticate")).content.decode()
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    if name != "mfa_reauthenticate":
        confirm(client)
        client.post(reverse("mfa_generate_recovery_codes"))
    page = client.get(reverse(name), follow=True).content.decode()
    assert "css/account.css" in page
    assert page.count("<h1") == 1


def test_what_matters_is_asked_for_again(person: User) -> None:
    response = logged_in(person).get(reverse("mfa_activate_totp"))
    assert response.status_code == 302
    assert reverse("account_reauthenticate") in response["Location"]


def test_scripts_of_passkeys_are_files_of_ours(client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "mfa/js/webauthn.js" in page
    assert "Log in with a passkey" in page
    assert (
        "publicKey"
        in client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"}).content.decode()
    )
    assert "Continue with" not in page, "nothing else is set up"


def test_sessions_are_listed_and_the_others_end(client: Client, person: User) -> None:
    other = Client()
    log_in(other, user_agent="<b>Other browser</b>")
    log_in(client, user_agent="This browser")
    page = client.get(reverse("usersessions_list")).content.decode()
    assert "&lt;b&gt;Other browser" in page
    assert "This one" in page
    client.post(reverse("usersessions_list"))
    assert other.get(reverse("overview")).status_code == 302
    assert client.get(reverse("overview")).status_code == 200


# ── the administration ──


def test_the_administration_has_no_log_in_of_its_own(client: Client, person: User) -> None:
    url = reverse("admin:index")
    response = client.get(url, follow=True)
    assert response.request["PATH_INFO"] == reverse("account_login")
    assert response.request["QUERY_STRING"] == "next=%2Fadmin%2F"
    client.force_login(person)
    assert client.get(url, follow=True).status_code == 404
    staff = logged_in(User.objects.create_superuser("support@example.com"))
    assert staff.get(url).status_code == 200
    assert staff.get(reverse("admin:login") + "?next=https://evil.example/")["Location"] == url


def test_staff_without_a_second_step_are_sent_to_set_one_up(settings: Settings) -> None:
    settings.ADMIN_REQUIRES_MFA = True
    user = User.objects.create_superuser("support@example.com")
    client = logged_in(user)
    response = client.get(reverse("admin:scans_site_changelist"), follow=True)
    assert response.request["PATH_INFO"] == reverse("mfa_index")
    assert "needs a second step" in response.content.decode()
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert client.get(reverse("admin:index")).status_code == 302, "recovery codes are no second step"
    TOTP.activate(user, generate_totp_secret())
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_administration_shows_no_secrets() -> None:
    client = logged_in(User.objects.create_superuser("support@example.com"))
    page = client.get(reverse("admin:index")).content.decode()
    for hidden in ("/mfa/", "/socialaccount/", "/usersessions/"):
        assert f"/admin{hidden}" not in page


# ── behind proxies ──


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "seen"),
    [
        (0, "1.2.3.4", "192.0.2.1", "192.0.2.1"),
        (1, "1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "192.0.2.1", "192.0.2.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "<script>", "192.0.2.1", "192.0.2.1"),
        (1, "1.2.3.4:5678", "", "1.2.3.4"),
        (1, "[2001:db8::1]:443", "", "2001:db8::1"),
        (1, "::ffff:1.2.3.4", "", "1.2.3.4"),
        (0, "1.2.3.4", "", None),
    ],
)
def test_the_address_is_the_one_our_own_proxy_saw(
    proxies: int, forwarded: str, remote: str, seen: str | None, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"x-forwarded-for": forwarded} if forwarded else {})
    assert client_ip(request) == seen


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_made_up_address_does_not_lift_the_limit(proxies: int, client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = proxies
    answers = set()
    for n in range(21):
        header = f"203.0.113.{n}, 192.0.2.1" if proxies else f"203.0.113.{n}"
        data = {"email": "x", "password1": "x"}
        answers.add(client.post(reverse("account_signup"), data, headers={"x-forwarded-for": header}).status_code)
    assert 429 in answers


def test_two_visitors_behind_one_proxy_do_not_share_a_limit(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    data = {"email": "x", "password1": "x"}
    for n in range(25):
        header = {"x-forwarded-for": f"203.0.113.{n}"}
        assert client.post(reverse("account_signup"), data, headers=header).status_code == 200
