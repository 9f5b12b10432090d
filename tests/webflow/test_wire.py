"""Failures, retries, the budget and answers that are no answers."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable

import pytest
from django.conf import settings
from redis import Redis

from accounts.webflow import errors
from accounts.webflow.budget import WINDOW_SECONDS, Budget, LocalBudget
from accounts.webflow.changes import ItemChange, PageChange
from accounts.webflow.client import WebflowClient
from accounts.webflow.content import Asset, Form, Item
from accounts.webflow.shapes import Authorization, Page, Site
from accounts.webflow.shared_budget import SharedBudget
from accounts.webflow.wire import Limits
from demo.webflow.server import StandIn
from demo.webflow.state import Fault
from tests.webflow.conftest import Clock, Connect

ID = "a" * 24
WRITES: dict[str, Callable[[WebflowClient], object]] = {
    "publish": lambda client: client.publish_site(ID, to_subdomain=True),
    "page": lambda client: client.update_page(ID, PageChange(title="x")),
    "items": lambda client: client.update_items(ID, [ItemChange(ID)]),
    "live items": lambda client: client.update_items_live(ID, [ItemChange(ID)]),
    "publish items": lambda client: client.publish_items(ID, [ID]),
    "asset": lambda client: client.update_asset(ID, alt="x"),
    "webhook": lambda client: client.create_webhook(ID, "site_publish", "https://x.example"),
    "delete": lambda client: client.delete_webhook(ID),
    "redirect": lambda client: client.create_redirect(ID, "/a", "/b"),
}


def plant(webflow: StandIn, path: str = "", **values: object) -> None:
    webflow.account.faults.append(Fault(path, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_read_is_tried_three_times(webflow: StandIn, client: WebflowClient, pauses: list[float], status: int) -> None:
    plant(webflow, status=status, headers={"Retry-After": "7"}, times=2)
    assert len(client.sites()) == 3
    assert pauses[:1] == ([7.0] if status == 429 else [0.5]) and len(webflow.account.requests) == 3
    plant(webflow, status=status, times=9)
    with pytest.raises(errors.WebflowError):
        client.sites()
    assert len(webflow.account.requests) == 6


@pytest.mark.parametrize("status", [500, 503, 429, 409])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_never_repeated(webflow: StandIn, client: WebflowClient, write: str, status: int) -> None:
    plant(webflow, status=status, times=9)
    with pytest.raises(errors.WebflowError):
        WRITES[write](client)
    assert len(webflow.account.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "validation_error", errors.Refused),
        (401, "not_authorized", errors.Unauthorized),
        (403, "forbidden", errors.Forbidden),
        (403, "missing_scopes", errors.MissingScopes),
        (403, "not_enterprise_plan_workspace", errors.EnterpriseOnly),
        (404, "resource_not_found", errors.NotFound),
        (406, "", errors.NotAvailable),
        (409, "ecommerce_not_enabled", errors.Conflict),
        (418, "teapot", errors.Refused),
        (301, "", errors.BadAnswer),
    ],
)
def test_each_refusal_has_its_error_and_its_sentence(
    webflow: StandIn, client: WebflowClient, status: int, code: str, kind: type[errors.WebflowError]
) -> None:
    body = json.dumps({"code": code, "message": "No\x1b[31m " + "x" * 999})
    plant(webflow, status=status, body=body, headers={"Location": f"{webflow.api_url}/sites"})
    with pytest.raises(errors.WebflowError) as raised:
        client.sites()
    assert type(raised.value) is kind and raised.value.code == code and raised.value.status == status
    assert str(raised.value).endswith(".") and "\x1b" not in raised.value.said and len(raised.value.said) <= 300
    assert len(webflow.account.requests) == 1


def test_a_revoked_token_is_a_broken_connection(webflow: StandIn, client: WebflowClient) -> None:
    webflow.account.grants[-1].revoked = True
    with pytest.raises(errors.Unauthorized):
        client.introspect()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "null",
        '{"sites": null}',
        '{"sites": [1]}',
        '{"sites": [{}]}',
        "{}",
        "[" * 100_000,
        '{"a":NaN',
    ],
)
def test_an_answer_that_is_none(webflow: StandIn, client: WebflowClient, body: str) -> None:
    plant(webflow, status=200, body=body)
    with pytest.raises(errors.BadAnswer):
        client.sites()


def test_an_answer_without_end_is_cut(webflow: StandIn) -> None:
    client = WebflowClient(webflow.token(), base_url=webflow.api_url, limits=Limits(body=10_000))
    plant(webflow, status=200, body='{"sites": "' + "x" * 20_000 + '"}')
    with pytest.raises(errors.BadAnswer):
        client.sites()


def test_a_bomb_is_not_unpacked(webflow: StandIn) -> None:
    client = WebflowClient(webflow.token(), base_url=webflow.api_url, limits=Limits(body=100_000))
    bomb = gzip.compress(b" " * 20_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(errors.BadAnswer):
        client._wire._unpacked(bomb, "gzip")
    with pytest.raises(errors.BadAnswer):
        client._wire._unpacked(b"\x1f\x8bno", "gzip")
    assert client._wire._unpacked(gzip.compress(b"{}"), "gzip") == b"{}"


def test_a_list_that_never_ends_is_not_followed(webflow: StandIn, client: WebflowClient) -> None:
    row = [{"id": ID}]
    plant(webflow, status=200, body=json.dumps({"pages": row, "pagination": {"total": 2}}), times=9)
    assert len(list(client.pages(ID))) == 2
    plant(webflow, status=200, body=json.dumps({"assets": [], "pagination": {"total": 10**9}}), times=9)
    webflow.account.faults.pop(0)
    assert list(client.assets(ID)) == []


def test_a_slow_answer_is_given_up(webflow: StandIn) -> None:
    client = WebflowClient(webflow.token(), base_url=webflow.api_url, limits=Limits(timeout=0.1), pause=lambda _: None)
    plant(webflow, delay=0.3, status=200, body="{}", times=9)
    with pytest.raises(errors.Unavailable):
        client.sites()


def test_nobody_there_is_unavailable() -> None:
    client = WebflowClient("t", base_url="http://127.0.0.1:9/v2", pause=lambda _: None)
    with pytest.raises(errors.Unavailable):
        client.sites()


@pytest.mark.parametrize("after", ["900", "inf", "nan", "-5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_pause_is_bounded(webflow: StandIn, client: WebflowClient, pauses: list[float], after: str) -> None:
    plant(webflow, status=429, headers={"Retry-After": after}, times=9)
    with pytest.raises(errors.RateLimited) as raised:
        client.sites()
    assert 0 <= raised.value.retry_after <= 3600 and all(0 <= pause <= 65 for pause in pauses)


def test_the_token_stays_secret(webflow: StandIn, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    token = webflow.token()
    client = connect(token=token)
    plant(webflow, status=503, times=9)
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.Unavailable) as raised:
        client.sites()
    told = "".join(traceback.format_exception(raised.value)) + caplog.text + repr(client) + repr(vars(client))
    assert token not in told and token not in repr(vars(client._wire))


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "naïve"])
def test_a_token_that_cannot_be_one_is_a_broken_connection(token: str) -> None:
    with pytest.raises(errors.Unauthorized) as raised:
        WebflowClient(token, base_url="http://127.0.0.1:9/v2")
    assert not token or token not in str(raised.value)


# the budget


def test_no_minute_has_more_than_the_limit_wherever_it_begins(clock: Clock) -> None:
    budget = LocalBudget(60, clock)
    assert [budget.take() for _ in range(61)] == [0.0] * 60 + [WINDOW_SECONDS]
    clock.now += 30
    assert budget.take() == WINDOW_SECONDS - 30
    clock.now += WINDOW_SECONDS - 30
    assert [budget.take() for _ in range(2)] == [0.0, 0.0]


def test_what_others_asked_with_the_token_counts(clock: Clock) -> None:
    budget = LocalBudget(60, clock)
    budget.take()
    budget.feed(120, 1)
    assert budget.take() == 0.0 and budget.take() > 0
    clock.now += WINDOW_SECONDS
    budget.rest(30)
    assert budget.take() == pytest.approx(30)
    clock.now += 30
    assert budget.take() == 0.0


def _shared(token: str = "secret-token", limit: int = 60) -> tuple[Redis, SharedBudget]:
    redis = Redis.from_url(settings.REDIS_URL)
    return redis, SharedBudget(redis, token, limit)


def test_processes_share_a_budget_and_redis_never_sees_the_token() -> None:
    redis, first = _shared()
    _, second = _shared()
    try:
        taken = [budget.take() for _ in range(30) for budget in (first, second)]
        assert taken == [0.0] * 60 and 50 < second.take() <= WINDOW_SECONDS
        second.feed(120, 30)
        assert [first.take() for _ in range(30)] == [0.0] * 30 and first.take() > 0
        first.rest(300)
        assert 290 < second.take() <= 300.1
        for key in redis.keys("webflow:budget:*"):
            assert b"secret-token" not in key and 0 < redis.ttl(key) <= 3600
    finally:
        redis.delete(*redis.keys("webflow:budget:*"))


def test_threads_do_not_take_more_than_there_is() -> None:
    budget = LocalBudget(50, lambda: 1.0)
    got: list[float] = []
    threads = [threading.Thread(target=lambda: got.extend(budget.take() for _ in range(20))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(0.0) == 50


def test_a_client_follows_what_the_headers_say(webflow: StandIn) -> None:
    webflow.account.switches.rate_limit = 2
    budget: Budget = LocalBudget(10_000)
    client = WebflowClient(webflow.token(), base_url=webflow.api_url, budget=budget, limits=Limits(patience=5))
    client.sites()
    client.sites()
    began = time.monotonic()
    with pytest.raises(errors.RateLimited):
        client.sites()
    assert time.monotonic() - began < 1 and len(webflow.account.requests) == 2


def test_an_empty_budget_is_waited_for_once(clock: Clock) -> None:
    budget = LocalBudget(1, lambda: 100.0)  # time stands still: it never refills
    client = WebflowClient("t", base_url="http://127.0.0.1:9/v2", budget=budget, pause=clock.pause)
    with pytest.raises(errors.RateLimited):
        client.sites()
    assert sum(clock.pauses) <= 65


# lenient reading


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [None], {"a": None}])
def test_no_optional_value_can_break_the_reading(value: object) -> None:
    names = (
        "displayName shortName lastPublished customDomains locales seo openGraph title isBranch fieldData isDraft "
        "fields responseSettings authorization lastUpdated"
    )
    data = dict.fromkeys(names.split(), value)
    for shape in (Site, Page, Item, Form, Authorization):
        assert shape.of({"id": ID, **data})


def test_what_a_database_cannot_keep_is_left_out() -> None:
    hostile = json.loads('{"id": "1", "title": "a\\u0000b\\ud800c \\ud83d\\ude00", "altText": "\\u0000"}')
    assert Page.of(hostile).title == "ab?c 😀"
    assert Asset.of(hostile).alt == ""


def test_both_spellings_of_scopes_and_of_form_fields() -> None:
    for scope in ("a:read,b:write", "a:read b:write", "a:read, b:write"):
        assert Authorization.of({"authorization": {"scope": scope}}).scopes == ("a:read", "b:write")
    field = {"f1": {"displayName": "Name", "type": "Plain"}}
    assert Form.of({"fields": field}).fields == Form.of({"fields": [field]}).fields != ()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x01\x02",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_connection_is_unavailable(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v2"
        thread = threading.Thread(target=_answer_raw, args=(server, answer))
        thread.start()
        client = WebflowClient("t", base_url=url, limits=Limits(timeout=2), pause=lambda _: None)
        with pytest.raises(errors.Unavailable):
            client.publish_site(ID, to_subdomain=True)
        thread.join()


def _answer_raw(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        connection.sendall(answer)


def test_an_answer_that_trickles_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v2"
        thread = threading.Thread(target=_trickle, args=(server,))
        thread.start()
        limits = Limits(timeout=2, deadline=0.2)
        client = WebflowClient("t", base_url=url, limits=limits, pause=lambda _: None)
        with pytest.raises(errors.Unavailable) as raised:
            client.publish_site(ID, to_subdomain=True)
        assert raised.value.said == "the answer took too long"
        thread.join()


def _trickle(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.02)
