from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries, Settings

from sentinel import views
from sentinel.landing import FINDS
from sentinel.urls import checks


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """What one test found out about readiness is not what the next one asks."""
    views.readiness.__init__()  # type: ignore[misc]


def test_visitors_see_what_it_does(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    assert page.count(f'href="{reverse("account_signup")}"') >= 2
    assert f'href="{reverse("account_login")}"' in page
    assert "5 fixes clear 63 findings" in page
    assert "made-up site" in page
    assert 'content="noindex"' not in page


def test_the_landing_page_names_only_what_is_checked(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    assert re.findall(r'class="chip">(\d+) checks?<', page) == [str(checks[name]) for name, *_ in FINDS if checks[name]]


def test_who_is_logged_in_goes_to_the_overview(owner_client: Client) -> None:
    assert owner_client.get("/")["Location"] == reverse("overview")


def test_healthz_asks_nobody(client: Client) -> None:
    """No `db` fixture: a query would fail the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-cache" in response["Cache-Control"]


def test_ready_when_the_database_knows_every_migration(client: Client, db: None) -> None:
    assert client.get("/readyz").content == b"ready\n"


def test_not_ready_while_a_migration_is_missing(client: Client, db: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="scans").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"not applied" in response.content


def test_not_ready_while_the_database_is_away(client: Client, db: None) -> None:
    def refuse(execute: Callable[..., Any], *args: Any) -> Any:
        raise DatabaseError("gone")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"the database does not answer\n"


def test_many_balancers_cost_one_question(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/readyz")
    with django_assert_num_queries(0):
        assert client.get("/readyz").status_code == 200


METRIC = b"django_http_requests"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("203.0.113.9", {}, 401),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 401),
        ("203.0.113.9", {"Authorization": "Basic right"}, 401),
        ("203.0.113.9", {"Authorization": "Bearer right"}, 200),
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
    ],
)
def test_who_may_read_metrics(
    address: str, headers: dict[str, str], status: int, client: Client, settings: Settings
) -> None:
    settings.EMBEDDED, settings.METRICS_TOKEN = False, "right"
    response = client.get("/metrics", headers=headers, REMOTE_ADDR=address)
    assert response.status_code == status
    assert (METRIC in response.content) is (status == 200)


def test_without_a_token_set_no_token_fits(client: Client, settings: Settings) -> None:
    settings.EMBEDDED, settings.METRICS_TOKEN = False, ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="203.0.113.9").status_code == 401


@pytest.mark.django_db
def test_an_embedded_installation_shows_its_metrics(client: Client, settings: Settings) -> None:
    settings.EMBEDDED = True
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_security_txt_is_valid_and_young(client: Client) -> None:
    lines = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().splitlines())
    expires = datetime.fromisoformat(lines["Expires"])
    assert lines["Contact"].startswith("mailto:")
    assert timezone.now() < expires < timezone.now() + timedelta(days=365)


def test_robots_may_read_the_landing_page_only(client: Client) -> None:
    assert client.get("/robots.txt").content.decode().split() == ["User-agent:", "*", "Allow:", "/$", "Disallow:", "/"]


def test_the_unasked_favicon_is_the_real_one(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("favicon.svg")


@pytest.mark.parametrize("address", ["/nope", "/sites/1", "/accounts/nope/"])
def test_404_is_in_our_look(address: str, client: Client, db: None) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()


def test_a_form_without_its_token_says_what_to_do(owner_client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner_client.cookies
    response = strict.post(reverse("site_add"), {"url": "example.com"})
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_500_needs_neither_request_nor_database(rf: RequestFactory) -> None:
    """No `db` fixture: a query would fail the test."""
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
