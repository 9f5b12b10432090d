"""OAuth, as a browser and our two calls see it."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from accounts.webflow import errors, tokens
from accounts.webflow.client import WebflowClient
from demo.webflow.server import StandIn
from demo.webflow.state import Fault
from tests.webflow.conftest import WEB

BACK = "http://testserver/webflow/callback"
SCOPES = ("sites:read", "authorized_user:read")


def page_url(webflow: StandIn, redirect_uri: str = BACK, scopes: tuple[str, ...] = SCOPES, state: str = "s&1") -> str:
    app = webflow.environment
    return tokens.authorize_url(
        app["WEBFLOW_AUTHORIZE_URL"],
        client_id=app["WEBFLOW_CLIENT_ID"],
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=state,
    )


def answered(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302
    assert response.headers["Location"].startswith(BACK)
    return {name: value for name, [value] in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def code_of(webflow: StandIn) -> str:
    webflow.account.switches.consent = "allow"
    return answered(WEB.get(page_url(webflow)))["code"]


def exchange(webflow: StandIn, code: str, redirect_uri: str = BACK, secret: str = "") -> str:
    app = webflow.environment
    return tokens.exchange(
        app["WEBFLOW_TOKEN_URL"],
        client_id=app["WEBFLOW_CLIENT_ID"],
        client_secret=secret or app["WEBFLOW_CLIENT_SECRET"],
        code=code,
        redirect_uri=redirect_uri,
    )


def revoke(webflow: StandIn, token: str, secret: str = "") -> bool:
    app = webflow.environment
    return tokens.revoke(
        app["WEBFLOW_REVOKE_URL"],
        client_id=app["WEBFLOW_CLIENT_ID"],
        client_secret=secret or app["WEBFLOW_CLIENT_SECRET"],
        access_token=token,
    )


def test_the_address_of_the_permission_page() -> None:
    url = tokens.authorize_url(
        "https://w.example/a?x=1", client_id="c", redirect_uri=BACK, scopes=["a:read", "b:write"], state="s"
    )
    assert url.startswith(
        "https://w.example/a?x=1&response_type=code&client_id=c&scope=a%3Aread%20b%3Awrite&redirect_uri=http%3A"
    )


def test_from_the_permission_page_to_a_token_and_back(webflow: StandIn) -> None:
    token = exchange(webflow, code_of(webflow))
    client = WebflowClient(token, base_url=webflow.api_url)
    assert set(client.introspect().scopes) == set(SCOPES)
    assert revoke(webflow, token) is True
    with pytest.raises(errors.Unauthorized):
        client.introspect()
    assert revoke(webflow, token) is False


def test_a_person_chooses_sites_and_presses_a_button(webflow: StandIn) -> None:
    page = WEB.get(page_url(webflow))
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    hidden["state"] = "s&1"
    site = webflow.site("kiln-and-clay")
    url = webflow.environment["WEBFLOW_AUTHORIZE_URL"]
    allowed = answered(WEB.post(url, data={**hidden, "decision": "allow", "site": site.id}))
    assert allowed["state"] == "s&1"
    client = WebflowClient(exchange(webflow, allowed["code"]), base_url=webflow.api_url)
    assert client.introspect().site_ids == (site.id,)
    whole = answered(WEB.post(url, data={**hidden, "decision": "allow", "whole": "yes"}))
    client = WebflowClient(exchange(webflow, whole["code"]), base_url=webflow.api_url)
    assert client.introspect().workspace_ids == (webflow.account.workspace_id,) and len(client.sites()) == 3
    for refusal in ({"decision": "deny", "site": site.id}, {"decision": "allow"}):
        assert answered(WEB.post(url, data={**hidden, **refusal})) == {"error": "access_denied", "state": "s&1"}


@pytest.mark.parametrize(
    "url",
    [
        lambda w: page_url(w, redirect_uri="https://evil.example/"),
        lambda w: page_url(w, scopes=("ecommerce:write",)),
        lambda w: page_url(w, scopes=()),
        lambda w: page_url(w).replace("client_id=", "client_id=x"),
    ],
)
def test_a_wrong_request_never_leaves_the_permission_page(webflow: StandIn, url: object) -> None:
    webflow.account.switches.consent = "allow"
    assert callable(url)
    response = WEB.get(url(webflow))
    assert response.status_code == 400 and "cannot be installed" in response.text


def test_a_code_works_once_for_fifteen_minutes_at_its_own_address(webflow: StandIn) -> None:
    code = code_of(webflow)
    with pytest.raises(tokens.CodeRefused):
        exchange(webflow, code, redirect_uri=BACK + "/")
    exchange(webflow, code)
    with pytest.raises(tokens.CodeRefused):
        exchange(webflow, code)
    late = code_of(webflow)
    webflow.account.ahead = timedelta(minutes=16)
    with pytest.raises(tokens.CodeRefused):
        exchange(webflow, late)


def test_a_wrong_secret_is_our_fault(webflow: StandIn) -> None:
    with pytest.raises(tokens.AppRefused):
        exchange(webflow, code_of(webflow), secret="wrong")
    with pytest.raises(tokens.AppRefused):
        revoke(webflow, "t", secret="wrong")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, "", errors.Unavailable),
        (429, "{}", errors.Unavailable),
        (200, "<html>", errors.BadAnswer),
        (200, "{}", errors.BadAnswer),
        (200, '{"access_token": 5}', errors.BadAnswer),
        (200, '{"access_token": "line\\nbreak"}', errors.BadAnswer),
        (200, '{"access_token": "' + "x" * 100_000 + '"}', errors.BadAnswer),
        (302, "{}", errors.BadAnswer),
    ],
)
def test_hostile_answers(webflow: StandIn, status: int, body: str, kind: type[Exception]) -> None:
    code = code_of(webflow)
    webflow.account.faults.append(Fault("access_token", status=status, body=body, headers={"Location": "/elsewhere"}))
    with pytest.raises(kind):
        exchange(webflow, code)


def test_nothing_secret_is_told(webflow: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    secret = "the-secret-of-this-test"
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.Unavailable) as raised:
        tokens.exchange("http://127.0.0.1:9/t", client_id="c", client_secret=secret, code="the-code", redirect_uri=BACK)
    assert raised.value.__cause__ is None
    told = f"{raised.value!r} {vars(raised.value)} {caplog.text}"
    assert secret not in told and "the-code" not in told
