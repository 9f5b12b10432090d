"""“Continue with Webflow” against the stand-in: who logs in, and what a stranger's address does not open."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from demo.webflow.server import StandIn
from tests.cast import logged_in


@pytest.fixture(autouse=True)
def no_limits_used_up(db: None) -> None:
    cache.clear()


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with StandIn(hosting=False) as running:
        yield running


@pytest.fixture
def webflow(stand_in: StandIn, settings: Settings) -> StandIn:
    app = stand_in.account.app
    settings.WEBFLOW_AUTHORIZE_URL = f"{stand_in.url}/oauth/authorize"
    settings.WEBFLOW_TOKEN_URL = f"{stand_in.url}/oauth/access_token"
    settings.WEBFLOW_API_URL = stand_in.api_url
    settings.SOCIALACCOUNT_PROVIDERS = {
        "webflow": {"APPS": [{"client_id": app.client_id, "secret": app.client_secret}]}
    }
    stand_in.account.switches.consent = "allow"
    return stand_in


def person_of(webflow: StandIn) -> dict[str, str]:
    token = webflow.token("authorized_user:read")
    answer = httpx.get(f"{webflow.api_url}/token/authorized_by", headers={"Authorization": f"Bearer {token}"})
    found: dict[str, str] = answer.json()
    return found


def begin(client: Client, query: str = "") -> str:
    response = client.post(reverse("webflow_login") + query)
    assert response.status_code == 302
    return str(response["Location"])


def go(client: Client, query: str = "") -> str:
    """Through the stand-in's permission page and back; where one ends up."""
    back = httpx.get(begin(client, query)).headers["Location"]
    parts = urlsplit(back)
    return str(client.get(f"{parts.path}?{parts.query}", follow=True).request["PATH_INFO"])


def test_the_button_shows_only_when_webflow_is_set_up(client: Client, webflow: StandIn, settings: Settings) -> None:
    assert "Continue with Webflow" in client.get(reverse("account_login")).content.decode()
    assert "Continue with Webflow" in client.get(reverse("account_signup")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Continue with Webflow" not in client.get(reverse("account_login")).content.decode()
    for name in ("webflow_login", "webflow_callback", "google_login", "github_callback"):
        assert client.get(reverse(name)).status_code == 404


def test_only_who_one_is_is_asked_for_whatever_the_link_says(client: Client, webflow: StandIn) -> None:
    query = parse_qs(urlsplit(begin(client, "?scope=sites:write&auth_params=scope%3Dsites:write")).query)
    assert query["scope"] == ["authorized_user:read"]
    assert query["state"]
    assert "Continue with Webflow" in client.get(reverse("webflow_login")).content.decode(), (
        "a link alone begins nothing"
    )


def test_a_new_person_is_in_and_no_token_is_kept(client: Client, webflow: StandIn) -> None:
    assert go(client) == reverse("overview")
    theirs = person_of(webflow)
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid) == ("webflow", theirs["id"])
    assert set(account.extra_data) == {"id", "email"}
    assert not SocialToken.objects.exists()
    assert not EmailAddress.objects.get(email__iexact=theirs["email"]).verified
    assert User.objects.get().name == f"{theirs['firstName']} {theirs['lastName']}"
    assert go(Client()) == reverse("overview")
    assert User.objects.count() == 1


@pytest.mark.parametrize("verified", [True, False])
def test_an_equal_address_never_opens_an_account_that_exists(verified: bool, client: Client, webflow: StandIn) -> None:
    email = person_of(webflow)["email"].lower()
    victim = User.objects.create_user(email=email)
    EmailAddress.objects.create(user=victim, email=email, primary=True, verified=verified)
    go(client)
    assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.exists()


def test_who_is_logged_in_connects_and_disconnects(webflow: StandIn) -> None:
    user = User.objects.create_user(email="mara@example.com", password="correct-horse-battery")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": "correct-horse-battery"})
    assert go(client, "?process=connect") == reverse("socialaccount_connections")
    account = SocialAccount.objects.get(user=user)
    page = client.post(reverse("socialaccount_connections"), {"account": account.pk}, follow=True).content.decode()
    assert "Nothing is connected." in page
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?code=x&state=made-up", "This log-in did not work"),
        ("?error=access_denied&state=made-up", "This log-in did not work"),
        ("", "This log-in did not work"),
    ],
)
def test_an_answer_nobody_asked_for_logs_nobody_in(query: str, said: str, client: Client, webflow: StandIn) -> None:
    page = client.get(reverse("webflow_callback") + query, follow=True).content.decode()
    assert said in page
    assert "_auth_user_id" not in client.session


def test_saying_no_at_webflow_is_no_error(client: Client, webflow: StandIn) -> None:
    webflow.account.switches.consent = "deny"
    assert go(client) == reverse("socialaccount_login_cancelled")


def test_a_state_is_bound_to_its_session(client: Client, webflow: StandIn) -> None:
    back = urlsplit(httpx.get(begin(client)).headers["Location"])
    other = Client()
    assert "did not work" in other.get(f"{back.path}?{back.query}", follow=True).content.decode()
    assert "_auth_user_id" not in other.session


def test_an_answer_that_says_nobody_is_refused(client: Client, webflow: StandIn, settings: Settings) -> None:
    settings.WEBFLOW_API_URL = webflow.url  # no API there
    back = urlsplit(httpx.get(begin(client)).headers["Location"])
    assert "did not work" in client.get(f"{back.path}?{back.query}", follow=True).content.decode()
    assert not User.objects.exists()


def test_a_connected_account_of_another_is_refused_in_words(client: Client, webflow: StandIn, owner: User) -> None:
    go(client)
    page = logged_in(owner)
    go(page, "?process=connect")
    assert SocialAccount.objects.get().user != owner
