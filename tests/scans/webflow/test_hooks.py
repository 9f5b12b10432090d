"""Webhooks at the door: whoever sends whatever gets a plain answer, and nothing happens twice."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Workspace
from accounts.webflow.signature import EARLY_MS, STALE_MS
from demo.webflow.server import StandIn
from demo.webflow.state import object_id
from scans.models import Delivery, Publish, Scan, SyncedCollection, SyncedItem, SyncedPage, SyncedSite
from scans.webflow import hooks, publishes, watching
from scans.webflow.inbox import TRIGGERS
from tests.scans.hostile import HOSTILE
from tests.scans.webflow.cast import HOOK, a_publish, a_synced, deliver, said, signed, watch

SECRET, BEFORE = "the-secret-of-the-app", "the-one-before"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.WEBFLOW_CLIENT_SECRETS = [SECRET, BEFORE]


@pytest.fixture
def site(workspace: Workspace) -> SyncedSite:
    return a_synced(workspace)


def effects() -> tuple[int, int]:
    hooks.handle()
    return Delivery.objects.count(), Publish.objects.count()


def settle() -> int:
    """As if the moment after the last publish were over."""
    Publish.objects.update(noted_at=timezone.now() - timedelta(seconds=3))
    return publishes.start_due()


def received(raw: bytes) -> int:
    headers = signed(raw, SECRET)
    return hooks.receive(raw, headers["x-webflow-timestamp"], headers["x-webflow-signature"]).status


def now_ms() -> int:
    return int(time.time() * 1000)


def test_one_delivery_one_publish_one_scan(site: SyncedSite) -> None:
    assert deliver(a_publish(site, timezone.now()), SECRET) == (200, "taken")
    row = Delivery.objects.get()
    assert (row.trigger, row.webflow_site, row.handled_at) == ("site_publish", site.webflow_id, None)
    assert hooks.handle() == 1 and settle() == 1
    publish, scan = Publish.objects.get(), Scan.objects.get()
    assert (publish.by, publish.scan, publish.staging) == ("Robin Vale", scan, False)
    assert (scan.site, scan.trigger) == (site.site, "publish")
    site.refresh_from_db()
    assert site.wanted_at is not None


@pytest.mark.parametrize("secret", ["", "another", SECRET[:-1], SECRET.upper()])
def test_forged(site: SyncedSite, secret: str) -> None:
    assert deliver(a_publish(site, timezone.now()), secret) == (401, "not signed by Webflow")
    assert effects() == (0, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-webflow-timestamp": "1"},
        {"x-webflow-signature": "a" * 64},
        {"x-webflow-timestamp": "now", "x-webflow-signature": "a" * 64},
        {"x-webflow-timestamp": "9" * 400, "x-webflow-signature": "a" * 64},
        {"x-webflow-timestamp": "-1", "x-webflow-signature": "é" * 64},
        {"x-webflow-timestamp": "١٢٣", "x-webflow-signature": "\x00"},
    ],
)
def test_unsigned_and_badly_signed(site: SyncedSite, headers: dict[str, str]) -> None:
    raw = a_publish(site, timezone.now())
    answer = Client().post(HOOK, raw, content_type="application/json", headers=headers)
    assert answer.status_code == 401
    assert effects() == (0, 0)


def test_a_changed_body_or_moment_is_forged(site: SyncedSite) -> None:
    raw = a_publish(site, timezone.now())
    headers = signed(raw, SECRET)
    for changed, more in ((raw.replace(b"Robin", b"Robin "), {}), (raw, {"x-webflow-timestamp": str(now_ms() + 1)})):
        answer = Client().post(HOOK, changed, content_type="application/json", headers=headers | more)
        assert answer.status_code == 401
    assert effects() == (0, 0)


@pytest.mark.parametrize(
    ("off_ms", "words", "kept"),
    [
        (-STALE_MS - 2000, "too old", 0),
        (-STALE_MS + 2000, "taken", 1),
        (EARLY_MS + 2000, "too old", 0),
        (EARLY_MS - 2000, "taken", 1),
        (-(10**12), "too old", 0),
        (10**14, "too old", 0),
    ],
)
def test_stale_and_from_the_future(site: SyncedSite, off_ms: int, words: str, kept: int) -> None:
    """Signed by Webflow, so it is told that all is well: a repeat would be as old."""
    assert deliver(a_publish(site, timezone.now()), SECRET, now_ms() + off_ms) == (200, words)
    assert effects() == (kept, kept)


def test_replayed_repeated_and_duplicated(site: SyncedSite) -> None:
    raw = a_publish(site, timezone.now())
    for at in (now_ms(), now_ms(), now_ms() - 60_000, now_ms() + 1000):
        assert deliver(raw, SECRET, at) == (200, "taken")
        assert effects() == (1, 1)
    assert settle() == 1
    assert deliver(raw, SECRET) == (200, "taken")
    assert effects() == (1, 1) and settle() == 0
    assert Scan.objects.count() == 1


def test_the_same_publish_in_other_words_is_one_publish(site: SyncedSite) -> None:
    at = timezone.now()
    for raw in (a_publish(site, at), a_publish(site, at, publishScope="site"), a_publish(site, at) + b" "):
        deliver(raw, SECRET)
    assert effects() == (3, 1)


@pytest.mark.parametrize("secret", [SECRET, BEFORE])
def test_both_secrets_while_one_replaces_the_other(site: SyncedSite, secret: str) -> None:
    assert deliver(a_publish(site, timezone.now()), secret) == (200, "taken")


def test_without_any_secret_nobody_is_believed(site: SyncedSite, settings: Settings) -> None:
    settings.WEBFLOW_CLIENT_SECRETS = []
    assert deliver(a_publish(site, timezone.now()), "")[0] == 401


def test_the_other_spelling_and_a_nested_payload(site: SyncedSite) -> None:
    at = timezone.now().replace(microsecond=0)
    deliver(said("site_publish", site=site.webflow_id, publishTime=at.isoformat(), domains=["www.x.example"]), SECRET)
    nested = {"triggerType": "collection_item_published", "payload": {"siteId": site.webflow_id, "id": object_id("i")}}
    deliver(said("collection_item_published", **nested), SECRET)
    assert effects() == (2, 2)
    assert Publish.objects.get(kind="site").published_at == at
    assert Publish.objects.get(kind="item").object_id == object_id("i")


def test_several_items_at_once_come_as_a_list(site: SyncedSite) -> None:
    items = [{"siteId": site.webflow_id, "id": object_id(f"i{number}")} for number in range(3)]
    assert deliver(said("collection_item_published", items=items), SECRET) == (200, "taken")
    assert effects() == (1, 1)


def test_a_site_that_is_not_ours(site: SyncedSite) -> None:
    foreign = SyncedSite(webflow_id=object_id("foreign"), short_name="foreign")
    assert deliver(a_publish(foreign, timezone.now()), SECRET) == (200, "not a site of ours")
    SyncedSite.objects.update(gone_at=timezone.now())
    assert deliver(a_publish(site, timezone.now()), SECRET) == (200, "not a site of ours")
    assert effects() == (0, 0)


@pytest.mark.parametrize("trigger", ["form_submission", "comment_created", "ecomm_new_order", "", "x" * 500, "\0"])
def test_what_is_not_for_us_is_not_kept(site: SyncedSite, trigger: str) -> None:
    raw = said(trigger, siteId=site.webflow_id, data={"email": "kim@example.com"})
    assert deliver(raw, SECRET) == (200, "of no use")
    assert effects() == (0, 0)


@pytest.mark.parametrize("length", ["300000", "9" * 30])
def test_too_large(site: SyncedSite, length: str) -> None:
    raw = b"x" * (300_000 if length == "300000" else 10)
    headers = signed(raw, SECRET) | {"Content-Length": length}
    answer = Client().generic("POST", HOOK, raw, content_type="application/json", headers=headers)
    assert answer.status_code == 413
    assert effects() == (0, 0)


@pytest.mark.parametrize("length", ["", "-1", "0"])
def test_a_length_that_is_none(site: SyncedSite, length: str) -> None:
    answer = Client().generic("POST", HOOK, b"{}", content_type="application/json", headers={"Content-Length": length})
    assert answer.status_code == 401


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"', b"1", b"9" * 5000, b"NaN", DEEP, b'{"payload":' * 20_000],
    ids=lambda raw: repr(raw[:12]),
)
def test_not_json_or_no_object(site: SyncedSite, raw: bytes) -> None:
    assert deliver(raw, SECRET)[0] == 200
    assert effects() == (0, 0)


WRONG: tuple[Any, ...] = (None, True, 0, -1.5, 10**30, "", "\0", "\ud800", "x" * 10_000, [], [[]], {}, {"a": {}})


@pytest.mark.parametrize("value", WRONG, ids=lambda value: repr(value)[:12])
def test_wrong_types_everywhere(site: SyncedSite, value: Any) -> None:
    good: dict[str, Any] = {
        "siteId": site.webflow_id,
        "publishedOn": timezone.now().isoformat(),
        "domains": ["www.bakery.com"],
        "publishedBy": {"displayName": "Robin"},
        "publishScope": "page",
        "pageId": object_id("p"),
        "id": object_id("i"),
        "collectionId": object_id("c"),
        "fieldData": {"name": "N", "slug": "s"},
        "publishedPath": "/x",
        "pageTitle": "X",
        "deletedOn": timezone.now().isoformat(),
        "lastPublished": timezone.now().isoformat(),
        "items": None,
    }
    triggers = ("site_publish", "page_deleted", "collection_item_published", "collection_item_deleted")
    for trigger, name in itertools.product(triggers, good):
        assert received(said(trigger, **good | {name: value})) == 200
    for name, inner in (("publishedBy", "displayName"), ("fieldData", "name"), ("fieldData", "slug")):
        assert received(said("site_publish", **good | {name: {inner: value}})) == 200
    assert received(said("site_publish", **good | {"domains": [value, [value]]})) == 200
    assert received(json.dumps({"triggerType": value, "payload": good}).encode()) == 200
    assert received(json.dumps({"triggerType": "site_publish", "payload": value}).encode()) == 200
    while hooks.handle():
        pass
    assert not Delivery.objects.exclude(error="").exists()
    assert Publish.objects.exists()
    list(Publish.objects.all())


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2031-01-01T00:00:00Z", "yesterday"]
)
def test_a_moment_that_cannot_be_is_that_of_the_delivery(site: SyncedSite, moment: str) -> None:
    deliver(said("site_publish", siteId=site.webflow_id, publishedOn=moment), SECRET)
    assert effects() == (1, 1)
    assert Publish.objects.get().published_at == Delivery.objects.get().sent_at


@pytest.mark.parametrize("text", HOSTILE[:5])
def test_hostile_names_are_kept_as_text(site: SyncedSite, text: str, owner_client: Client) -> None:
    raw = a_publish(site, timezone.now(), text, publishedBy={"displayName": text})
    deliver(raw, SECRET)
    deliver(
        said("page_deleted", siteId=site.webflow_id, pageId=object_id("p"), pageTitle=text, publishedPath=text), SECRET
    )
    assert effects() == (2, 2)
    page = owner_client.get(f"/sites/{site.site_id}/publishes/").content.decode()
    assert text not in page


def test_a_delivery_the_database_does_not_take_is_put_aside(site: SyncedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(a_publish(site, timezone.now() - timedelta(minutes=2)), SECRET, now_ms() - 1000)
    Delivery.objects.update(payload={"pageId": "p" * 999, "publishScope": "page"})
    deliver(a_publish(site, timezone.now()), SECRET)
    assert hooks.handle() == 2
    assert Delivery.objects.get(error="DataError").handled_at is not None
    assert Publish.objects.count() == 1
    assert hooks.handle() == 0


def test_a_crash_in_the_middle_leaves_the_delivery_waiting(site: SyncedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any, **kwargs: Any) -> bool:
        raise KeyboardInterrupt

    deliver(a_publish(site, timezone.now()), SECRET)
    with monkeypatch.context() as patched:
        patched.setattr(publishes, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            hooks.handle()
    assert Delivery.objects.get().handled_at is None and not Publish.objects.exists()
    assert effects() == (1, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_in_any_order_the_same_rows(site: SyncedSite, order: tuple[int, ...]) -> None:
    at = timezone.now()
    page = SyncedPage.objects.create(site=site, webflow_id=object_id("p"), title="About", path="/about")
    journal = SyncedCollection.objects.create(site=site, webflow_id=object_id("c"), name="Journal", slug="journal")
    item = SyncedItem.objects.create(collection=journal, webflow_id=object_id("i"), name="Rye", slug="rye")
    ids = {"siteId": site.webflow_id, "pageId": page.webflow_id}
    of_item = {"siteId": site.webflow_id, "id": item.webflow_id, "collectionId": journal.webflow_id}
    bodies = (
        a_publish(site, at),
        a_publish(site, at + timedelta(seconds=1), publishScope="page", pageId=page.webflow_id),
        said("page_deleted", deletedOn=(at + timedelta(seconds=2)).isoformat(), **ids),
        said("collection_item_published", lastPublished=at.isoformat(), fieldData={"slug": "rye-bread"}, **of_item),
    )
    for number in order:
        deliver(bodies[number], SECRET)
        hooks.handle()
    rows = Publish.objects.order_by("kind").values_list("kind", "name", "path", "object_id")
    assert list(rows) == [
        ("item", "Rye", "/journal/rye-bread", item.webflow_id),
        ("page", "About", "/about", page.webflow_id),
        ("removal", "About", "/about", page.webflow_id),
        ("site", "", "", ""),
    ]
    page.refresh_from_db()
    assert page.gone_at is not None
    assert settle() == 1 and Scan.objects.count() == 1


def test_an_item_that_is_deleted_is_gone_at_once(site: SyncedSite) -> None:
    journal = SyncedCollection.objects.create(site=site, webflow_id=object_id("c"), name="Journal", slug="journal")
    item = SyncedItem.objects.create(collection=journal, webflow_id=object_id("i"), name="Rye", slug="rye")
    of_item = {"siteId": site.webflow_id, "id": item.webflow_id, "collectionId": journal.webflow_id}
    earlier = (timezone.now() - timedelta(days=90)).isoformat()
    deliver(said("collection_item_deleted", lastPublished=earlier, lastUpdated=earlier, **of_item), SECRET)
    assert effects() == (1, 1)
    publish = Publish.objects.get()
    assert (publish.kind, publish.name, publish.path) == ("removal", "Rye", "/journal/rye")
    assert publish.published_at == Delivery.objects.get().sent_at
    item.refresh_from_db()
    assert item.gone_at is not None


@pytest.mark.parametrize("trigger", ["page_created", "page_metadata_updated", "collection_item_changed"])
def test_what_is_only_staged_is_read_and_not_scanned(site: SyncedSite, trigger: str) -> None:
    deliver(said(trigger, siteId=site.webflow_id, pageId=object_id("p"), id=object_id("i")), SECRET)
    assert effects() == (1, 0)
    site.refresh_from_db()
    assert site.wanted_at is not None


def test_every_workspace_that_has_the_site_hears_of_it(site: SyncedSite) -> None:
    other = a_synced(Workspace.objects.create(name="Other"))
    deliver(a_publish(site, timezone.now()), SECRET)
    assert effects() == (1, 2)
    assert settle() == 2
    assert {scan.site for scan in Scan.objects.all()} == {site.site, other.site}


def test_the_door_asks_no_more_than_two_things(
    site: SyncedSite, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """No API, no queue: whether it is ours, and the row."""
    raw = a_publish(site, timezone.now())
    with django_assert_num_queries(2):
        deliver(raw, SECRET)


def at_once(workers: int, work: Callable[[], Any]) -> list[Any]:
    barrier = threading.Barrier(workers)

    def one(_: int) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


@pytest.mark.django_db(transaction=True)
def test_fifty_at_the_same_time_are_one(site: SyncedSite) -> None:
    raw = a_publish(site, timezone.now())
    began = time.monotonic()
    assert at_once(50, lambda: deliver(raw, SECRET)) == [(200, "taken")] * 50
    assert time.monotonic() - began < 5
    assert Delivery.objects.count() == 1
    assert sum(at_once(8, hooks.handle)) == 1
    assert Publish.objects.count() == 1
    Publish.objects.update(noted_at=timezone.now() - timedelta(seconds=3))
    assert sum(at_once(8, publishes.start_due)) == 1
    assert Scan.objects.count() == 1
    assert Publish.objects.get().scan == Scan.objects.get()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("example", [False, True])
def test_webflow_itself_delivers(
    webflow: StandIn, synced: SyncedSite, live_server: LiveServer, settings: Settings, example: bool
) -> None:
    settings.BASE_URL = live_server.url
    watch(synced)
    assert watching.register_due() == len(TRIGGERS)
    webflow.account.switches.example_spelling = example
    home = webflow.site("harbour-bakery")
    about = next(page for page in home.pages.values() if page.slug == "about")
    item = next(home.items())
    webflow.call(lambda: webflow.studio.change_item(home, item, {"name": "Anew"}))
    webflow.call(lambda: webflow.studio.publish_item(home, item))
    webflow.call(lambda: webflow.studio.delete_page(home, about))
    webflow.call(lambda: webflow.studio.queue(home, ["subdomain", home.domains[0].id]))
    deadline = time.monotonic() + 10
    while len(webflow.account.deliveries) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [each.status for each in webflow.account.deliveries] == [200] * 4
    hooks.handle()
    assert sorted(Publish.objects.values_list("kind", flat=True)) == ["item", "removal", "site"]
    assert Publish.objects.get(kind="item").path == f"/journal/{item.fields['slug']}"
    assert Publish.objects.get(kind="removal").path == "/about"
