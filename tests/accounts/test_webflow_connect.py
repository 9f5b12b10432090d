"""Connecting Webflow, against a server that behaves like Webflow."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from redis import Redis

from accounts.models import (
    SCOPES,
    AuditEvent,
    ConnectionStatus,
    Membership,
    OAuthState,
    OutgoingMail,
    Role,
    Tier,
    User,
    WebflowConnection,
    Workspace,
)
from accounts.webflow import connections
from accounts.webflow.errors import Unauthorized
from demo.webflow.server import StandIn
from demo.webflow.state import Fault
from sentinel.crypto import CannotDecrypt
from tests.cast import a_person, joins, logged_in


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with StandIn(hosting=False) as webflow:
        yield webflow


@pytest.fixture
def webflow(server: StandIn, settings: Settings, live_redis: Redis) -> StandIn:
    account = server.account
    account.grants.clear()
    account.faults.clear()
    account.switches.consent = "allow"
    account.ahead = timedelta(0)
    settings.WEBFLOW_CLIENT_ID = account.app.client_id
    settings.WEBFLOW_CLIENT_SECRETS = [account.app.client_secret]
    settings.WEBFLOW_AUTHORIZE_URL = f"{server.url}/oauth/authorize"
    settings.WEBFLOW_TOKEN_URL = f"{server.url}/oauth/access_token"
    settings.WEBFLOW_REVOKE_URL = f"{server.url}/oauth/revoke_authorization"
    settings.WEBFLOW_API_URL = server.api_url
    return server


def begun(client: Client, workspace: Workspace, tier: str = "scan") -> str:
    """Where the person is sent: an address at Webflow."""
    answer = client.post(f"/webflow/{workspace.pk}/connect/", {"tier": tier})
    assert answer.status_code == 302
    return str(answer["Location"])


def allowed(address: str) -> str:
    """Where Webflow sends the person back to, as a path here."""
    back = urlsplit(httpx.get(address, trust_env=False).headers["Location"])
    return f"{back.path}?{back.query}"


def connected(client: Client, workspace: Workspace, tier: str = "scan") -> WebflowConnection:
    answer = client.get(allowed(begun(client, workspace, tier)))
    assert (answer.status_code, answer["Location"]) == (302, "/sites/webflow/")
    return workspace.webflow_connections.live().latest("last_introspected_at")


def test_connecting_keeps_what_webflow_says(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    connection = connected(owner_client, workspace)
    grant = webflow.account.grants[0]
    assert connection.authorization_id == grant.id
    assert connection.token() == grant.token
    assert grant.token not in connection.token_encrypted
    assert set(connection.scopes) == set(SCOPES["scan"])
    assert (connection.tier, connection.status) == (Tier.SCAN, ConnectionStatus.ACTIVE)
    assert set(connection.site_ids) == set(webflow.account.sites)
    page = owner_client.get(f"/webflow/{workspace.pk}/").content.decode()
    assert "Harbour Bakery" in page and "read the CMS" in page and "Allow fixes" in page
    event = AuditEvent.objects.get(action="webflow.connected")
    assert grant.token not in str(event.facts)


def test_only_reading_is_asked_for_first(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    asked = parse_qs(urlsplit(begun(owner_client, workspace)).query)
    assert not [scope for scope in asked["scope"][0].split() if scope.endswith(":write")]
    assert asked["redirect_uri"] == ["http://testserver/webflow/callback/"]
    assert "sites:write" in parse_qs(urlsplit(begun(owner_client, workspace, "fix")).query)["scope"][0].split()


def test_allowing_fixes_replaces_the_reading_connection(
    webflow: StandIn,
    owner_client: Client,
    workspace: Workspace,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    connected(owner_client, workspace)
    with django_capture_on_commit_callbacks(execute=True):
        connected(owner_client, workspace, "fix")
    assert [each.tier for each in workspace.webflow_connections.live()] == [Tier.FIX]
    assert [each.revoked for each in webflow.account.grants] == [True, False]
    assert workspace.webflow_connections.get(status=ConnectionStatus.REVOKED).token_encrypted == ""


def test_the_same_grant_again_updates_its_row(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    first = connected(owner_client, workspace)
    second = allowed(begun(owner_client, workspace))
    webflow.account.grants[1].id = webflow.account.grants[0].id
    webflow.account.grants[0].revoked = True
    owner_client.get(second)
    only = workspace.webflow_connections.get()
    assert (only.pk, only.token()) == (first.pk, webflow.account.grants[1].token)


def test_one_webflow_user_in_two_workspaces(
    webflow: StandIn, owner_client: Client, stranger_client: Client, workspace: Workspace, stranger: User
) -> None:
    elsewhere = Workspace.objects.of(stranger).get()
    here, there = connected(owner_client, workspace), connected(stranger_client, elsewhere)
    assert here.webflow_user_id == there.webflow_user_id
    assert workspace.webflow_connections.live().count() == elsewhere.webflow_connections.live().count() == 1
    WebflowConnection.objects.filter(pk=there.pk).update(token_encrypted=here.token_encrypted)
    with pytest.raises(CannotDecrypt):
        WebflowConnection.objects.get(pk=there.pk).token()


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, Role.CLIENT])
def test_others_than_owners_and_admins_do_not_connect(webflow: StandIn, workspace: Workspace, role: Role) -> None:
    client = logged_in(joins(a_person("other"), workspace, role))
    assert client.post(f"/webflow/{workspace.pk}/connect/").status_code == 404
    assert client.get(f"/webflow/{workspace.pk}/").status_code == 404


def test_strangers_see_nothing(
    webflow: StandIn, client: Client, stranger_client: Client, owner_client: Client, workspace: Workspace
) -> None:
    connection = connected(owner_client, workspace)
    for path in (f"/webflow/{workspace.pk}/", f"/webflow/connections/{connection.pk}/disconnect/"):
        assert stranger_client.get(path).status_code == 404
        assert client.get(path).status_code == 302
    assert stranger_client.post(f"/webflow/connections/{connection.pk}/disconnect/").status_code == 404
    assert workspace.webflow_connections.active().count() == 1


def refused(client: Client, path: str, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not WebflowConnection.objects.exists()


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000, "\0"])
def test_a_state_nobody_gave(webflow: StandIn, owner_client: Client, workspace: Workspace, state: str) -> None:
    refused(owner_client, f"/webflow/callback/?{urlencode({'code': 'abc', 'state': state})}", "no longer works")


def test_an_old_state(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    back = allowed(begun(owner_client, workspace))
    OAuthState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused(owner_client, back, "older than ten minutes")
    assert not webflow.account.grants[0].code_used


def test_a_state_works_once(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    back = allowed(begun(owner_client, workspace))
    assert owner_client.get(back).status_code == 302
    assert owner_client.get(back).status_code == 400
    assert workspace.webflow_connections.count() == 1


def test_another_session_of_the_same_person(
    webflow: StandIn, owner_client: Client, owner: User, workspace: Workspace
) -> None:
    refused(logged_in(owner), allowed(begun(owner_client, workspace)), "another browser")


def test_another_person_and_then_the_right_one(
    webflow: StandIn, owner_client: Client, stranger_client: Client, workspace: Workspace
) -> None:
    back = allowed(begun(owner_client, workspace))
    refused(stranger_client, back, "another person")
    refused(owner_client, back, "no longer works")


def test_somebody_logged_out_carries_no_code_to_the_log_in(
    webflow: StandIn, owner_client: Client, client: Client, workspace: Workspace
) -> None:
    refused(client, allowed(begun(owner_client, workspace)), "another browser")


def test_somebody_who_lost_the_role_on_the_way(
    webflow: StandIn, owner_client: Client, owner: User, workspace: Workspace
) -> None:
    back = allowed(begun(owner_client, workspace))
    Membership.objects.filter(user=owner).update(role=Role.VIEWER)
    refused(owner_client, back, "not asked for here")


def test_denied(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    webflow.account.switches.consent = "deny"
    refused(owner_client, allowed(begun(owner_client, workspace)), "You did not allow it")


@pytest.mark.parametrize("rest", ["", "&code=", "&error=server_error", "&code=" + "x" * 3000])
def test_no_code(webflow: StandIn, owner_client: Client, workspace: Workspace, rest: str) -> None:
    state = parse_qs(urlsplit(begun(owner_client, workspace)).query)["state"][0]
    refused(owner_client, f"/webflow/callback/?state={state}{rest}", "without a permission")


def test_a_code_that_is_too_old(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    back = allowed(begun(owner_client, workspace))
    webflow.account.ahead = timedelta(minutes=16)
    refused(owner_client, back, "Start connecting again")


@pytest.mark.parametrize("path", ["/oauth/access_token$", "/v2/token/introspect$", "/v2/sites$"])
def test_webflow_fails_half_way(
    webflow: StandIn,
    owner_client: Client,
    workspace: Workspace,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    monkeypatch.setattr("accounts.webflow.wire.time.sleep", lambda _: None, raising=False)
    webflow.account.faults.append(Fault(path, status=403, body='{"code":"forbidden"}', times=20))
    with caplog.at_level(logging.DEBUG, "accounts"):
        refused(owner_client, allowed(begun(owner_client, workspace)), "Begin again")
    grant = webflow.account.grants[0]
    assert grant.code not in caplog.text
    assert not grant.token or (grant.revoked and grant.token not in caplog.text)


def test_the_earlier_secret_is_tried(
    webflow: StandIn, owner_client: Client, workspace: Workspace, settings: Settings
) -> None:
    settings.WEBFLOW_CLIENT_SECRETS = ["not-yet-known", webflow.account.app.client_secret]
    connected(owner_client, workspace)


@pytest.mark.parametrize("tier", ["", "everything"])
def test_an_unknown_tier(webflow: StandIn, owner_client: Client, workspace: Workspace, tier: str) -> None:
    answer = owner_client.post(f"/webflow/{workspace.pk}/connect/", {"tier": tier})
    assert answer["Location"] == f"/webflow/{workspace.pk}/"
    assert not OAuthState.objects.exists()


def test_not_set_up(owner_client: Client, workspace: Workspace, settings: Settings) -> None:
    settings.WEBFLOW_CLIENT_ID = ""
    assert "not set up" in owner_client.get(f"/webflow/{workspace.pk}/").content.decode()
    assert owner_client.post(f"/webflow/{workspace.pk}/connect/")["Location"] == f"/webflow/{workspace.pk}/"


def test_the_form_may_lead_to_webflow(owner_client: Client, workspace: Workspace) -> None:
    assert (
        "form-action 'self' https://webflow.com"
        in owner_client.get(f"/webflow/{workspace.pk}/").headers["Content-Security-Policy"]
    )


def test_a_state_is_kept_as_a_hash(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    state = parse_qs(urlsplit(begun(owner_client, workspace)).query)["state"][0]
    row = OAuthState.objects.get()
    assert state not in (row.state_hash, row.session_hash)
    assert owner_client.session.session_key != row.session_hash


def test_of_two_answers_one_wins(webflow: StandIn, owner: User, workspace: Workspace) -> None:
    state = OAuthState.objects.begin(workspace, owner, "session", "scan")
    assert [OAuthState.objects.consume(state) is None for _ in range(2)] == [False, True]


@pytest.mark.parametrize("answers", [True, False])
def test_disconnecting_erases_the_token(
    webflow: StandIn, owner_client: Client, workspace: Workspace, answers: bool
) -> None:
    connection = connected(owner_client, workspace)
    if not answers:
        webflow.account.faults.append(Fault("/oauth/revoke", status=503))
    path = f"/webflow/connections/{connection.pk}/disconnect/"
    assert "Disconnect" in owner_client.get(path).content.decode()
    assert webflow.account.grants[0].revoked is False
    page = owner_client.post(path, follow=True).content.decode()
    connection.refresh_from_db()
    assert (connection.status, connection.token_encrypted, connection.site_ids) == ("revoked", "", [])
    assert webflow.account.grants[0].revoked is answers
    assert ("did not confirm" in page) is not answers
    assert owner_client.post(path).status_code == 404


def aged(connection: WebflowConnection) -> WebflowConnection:
    connection.last_introspected_at = timezone.now() - timedelta(days=2)
    connection.save(update_fields=["last_introspected_at"])
    return connection


def test_the_daily_look_notices_a_removed_app_once(
    webflow: StandIn, owner_client: Client, member: User, workspace: Workspace
) -> None:
    connection = aged(connected(owner_client, workspace))
    webflow.account.grants[0].revoked = True
    assert [connections.introspect_due(), connections.introspect_due()] == [1, 0]
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.NEEDS_RECONNECT
    mail = OutgoingMail.objects.get()
    assert mail.recipients == ["owner@example.com"]
    assert f"http://testserver/webflow/{workspace.pk}/" in mail.words()[0]
    page = owner_client.get(f"/webflow/{workspace.pk}/").content.decode()
    assert "Reconnect Webflow" in page
    assert "Reconnect Webflow" not in logged_in(member).get(reverse("overview")).content.decode()
    assert connections.broken(connection) is False
    assert AuditEvent.objects.filter(action="webflow.broken").count() == 1


def test_connecting_again_clears_what_was_broken(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    old = connected(owner_client, workspace)
    webflow.account.grants[0].revoked = True
    connections.broken(old)
    fresh = connected(owner_client, workspace)
    assert [each.pk for each in workspace.webflow_connections.live()] == [fresh.pk]


def test_a_connection_made_anew_is_not_broken_by_an_old_call(
    webflow: StandIn, owner_client: Client, workspace: Workspace
) -> None:
    connection = connected(owner_client, workspace)
    stale = WebflowConnection.objects.get(pk=connection.pk)
    connection.keep_token("another")
    connection.save()
    assert connections.broken(stale) is False


def test_a_webflow_that_does_not_answer_breaks_nothing(
    webflow: StandIn, owner_client: Client, workspace: Workspace
) -> None:
    connection = aged(connected(owner_client, workspace))
    webflow.account.faults.append(Fault("/v2/token", status=403, body="{}", times=9))
    assert connections.introspect_due() == 0
    connection.refresh_from_db()
    assert connection.is_active


def test_the_daily_look_asks_only_those_that_are_due(
    webflow: StandIn, owner_client: Client, workspace: Workspace
) -> None:
    connection = connected(owner_client, workspace)
    last = connection.last_introspected_at
    connections.introspect_due()
    connection.refresh_from_db()
    assert connection.last_introspected_at == last
    aged(connection)
    connections.introspect_due()
    connection.refresh_from_db()
    assert connection.last_introspected_at > last


def test_a_client_for_a_connection(webflow: StandIn, owner_client: Client, workspace: Workspace) -> None:
    connection = connected(owner_client, workspace)
    with connections.client_for(connection) as client:
        assert {each.id for each in client.sites()} == set(connection.site_ids)
    webflow.account.grants[0].revoked = True
    with connections.client_for(connection) as client, pytest.raises(Unauthorized):
        client.sites()
