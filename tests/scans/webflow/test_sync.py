"""The copy of what Webflow tells, against a server that behaves like Webflow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone
from redis import Redis

from accounts.models import ConnectionStatus, WebflowConnection, Workspace
from accounts.webflow.client import WebflowClient
from accounts.webflow.errors import Conflict, Forbidden, NotAvailable
from demo.webflow.server import StandIn
from demo.webflow.state import Asset, Domain, Fault, Form, Item, Page, object_id
from demo.webflow.state import Site as WebflowSite
from scans.models import Publish, SyncedAsset, SyncedForm, SyncedItem, SyncedPage, SyncedSite
from scans.webflow import copies, feed, listing, sync
from tests.scans.hostile import HOSTILE
from tests.scans.webflow.cast import connect, watch

A_DAY = timedelta(days=1, minutes=1)


def asked(webflow: StandIn, ending: str) -> int:
    return sum(path.endswith(ending) for _, path in webflow.account.requests)


def read(connection: WebflowConnection) -> int:
    listing.list_sites(connection)
    return sync.work_off()


def again(connection: WebflowConnection) -> int:
    SyncedSite.objects.update(wanted_at=timezone.now(), claimed_until=None)
    return sync.work_off()


def alive(rows: Any) -> set[str]:
    return set(rows.filter(gone_at=None).values_list("webflow_id", flat=True))


def test_sites_are_listed_with_what_a_card_shows(webflow: StandIn, connection: WebflowConnection) -> None:
    listing.list_sites(connection)
    site = SyncedSite.objects.get(short_name="harbour-bakery")
    assert (site.name, site.connection, site.workspace) == ("Harbour Bakery", connection, connection.workspace)
    assert site.picture == f"{webflow.url}/previews/{site.webflow_id}.png"
    assert [one["host"] for one in site.domains] == ["www.harbour-bakery.example"]
    assert [one["tag"] for one in site.locales] == ["en"]
    assert site.last_published is not None and site.wanted_at is not None
    assert site.live_url == "https://www.harbour-bakery.example/"
    hotel = SyncedSite.objects.get(short_name="lantern-hotel")
    assert hotel.last_published is None
    assert hotel.live_url == "https://lantern-hotel.webflow.io/", "a domain never published to may be anybody's"
    assert webflow.account.requests == [("GET", "/v2/sites")]


def test_all_objects_are_read(synced: SyncedSite, bakery: WebflowSite) -> None:
    assert alive(synced.pages) == set(bakery.pages)
    assert alive(synced.collections) == set(bakery.collections)
    assert alive(SyncedItem.objects.filter(collection__site=synced)) == {item.id for item in bakery.items()}
    assert alive(synced.assets) == set(bakery.assets)
    assert alive(synced.forms) == set(bakery.forms)
    home, template = synced.pages.get(path="/"), synced.pages.exclude(collection_id="").get()
    assert home.seo_description.startswith("Sourdough")
    assert template.path == "/journal"
    assert synced.pages.get(slug="winter-menu").draft
    field = synced.collections.get().fields[0]
    assert field == {"slug": "name", "name": "Name", "type": "PlainText", "required": True, "editable": True}
    assert {asset.alt for asset in synced.assets.all()} == {"", "A dark loaf on a linen cloth"}
    assert [each["type"] for each in synced.forms.get().fields] == ["Plain", "Email"]
    assert (synced.wanted_at, synced.claimed_until, synced.progress) == (None, None, {})
    seen = feed.of(synced)
    assert seen is not None and len(seen.pages) == len(bakery.pages)


def test_nothing_is_asked_twice_without_a_reason(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection
) -> None:
    webflow.account.requests.clear()
    assert read(connection) == 0
    assert webflow.account.requests == [("GET", "/v2/sites")]


def test_fields_are_read_again_when_the_collection_changed(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    journal = next(iter(bakery.collections.values()))
    webflow.account.requests.clear()
    again(connection)
    assert asked(webflow, f"/collections/{journal.id}") == 0
    journal.last_updated = webflow.account.now()
    journal.fields.append({**journal.fields[0], "slug": "author"})
    again(connection)
    assert asked(webflow, f"/collections/{journal.id}") == 1
    assert "author" in {each["slug"] for each in synced.collections.get().fields}


def test_items_are_read_as_far_as_they_changed_and_whole_once_a_day(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    journal = next(iter(bakery.collections.values()))
    for number, item in enumerate(journal.items.values()):
        item.last_updated += timedelta(days=number)
    again(connection)
    gone, changed = list(journal.items.values())[:2]
    del journal.items[gone.id]
    changed.fields["name"], changed.last_updated = "Anew", webflow.account.now()
    again(connection)
    rows = SyncedItem.objects.filter(collection__site=synced)
    assert rows.get(webflow_id=changed.id).name == "Anew"
    assert rows.get(webflow_id=gone.id).gone_at is None, "what changed does not tell what is gone"
    assert rows.filter(seen_at=rows.get(webflow_id=changed.id).seen_at).count() == 2, "and of the others the last alone"
    synced.collections.update(items_whole_at=timezone.now() - A_DAY)
    again(connection)
    assert rows.get(webflow_id=gone.id).gone_at is not None
    journal.items[gone.id] = gone
    gone.last_updated = webflow.account.now()
    again(connection)
    assert rows.get(webflow_id=gone.id).gone_at is None


def test_a_reading_of_items_that_was_cut_off_loses_none(
    webflow: StandIn, connection: WebflowConnection, bakery: WebflowSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest come first: with them alone in the copy, the older ones are still unknown."""
    journal = next(iter(bakery.collections.values()))
    now = webflow.account.now()
    for number in range(250):
        item = Item(object_id(f"many {number}"), journal.id, {"name": f"Item {number}", "slug": f"item-{number}"})
        item.last_updated = now - timedelta(minutes=10 + number)
        journal.items[item.id] = item
    whole = copies._keep

    def cut(model: Any, rows: Any, unique: Any) -> Iterator[int]:
        for done in whole(model, rows, unique):
            yield done
            if model is SyncedItem:
                raise ConnectionError

    monkeypatch.setattr(copies, "_keep", cut)
    listing.list_sites(connection)
    SyncedSite.objects.exclude(webflow_id=bakery.id).update(wanted_at=None)
    with pytest.raises(ConnectionError):
        sync.work_off()
    monkeypatch.undo()
    assert SyncedItem.objects.count() == 100
    SyncedSite.objects.update(claimed_until=None)
    assert sync.work_off() == 1
    assert SyncedItem.objects.count() == len(journal.items)


def test_what_lies_beyond_the_most_items_is_not_taken_for_gone(
    synced: SyncedSite, connection: WebflowConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "MOST_ITEMS", 3)
    synced.collections.update(items_whole_at=None)
    again(connection)
    assert not SyncedItem.objects.filter(gone_at__isnull=False).exists()


def test_new_and_deleted_objects_are_noticed_and_come_back(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    kept = {page.webflow_id: page.pk for page in synced.pages.all()}
    about = next(page for page in bakery.pages.values() if page.slug == "about")
    loaf, form = next(iter(bakery.assets.values())), next(iter(bakery.forms.values()))
    del bakery.pages[about.id], bakery.assets[loaf.id], bakery.forms[form.id]
    new = Page(object_id("new page"), bakery.id, "New", "new")
    bakery.pages[new.id] = new
    again(connection)
    assert synced.pages.get(webflow_id=about.id).gone_at is not None
    assert SyncedAsset.objects.get(webflow_id=loaf.id).gone_at is not None
    assert SyncedForm.objects.get(webflow_id=form.id).gone_at is not None
    assert synced.pages.get(webflow_id=new.id).title == "New"
    synced.refresh_from_db()
    seen = feed.of(synced)
    assert seen is not None and "/about" in {each.path for each in seen.deleted}
    bakery.pages[about.id] = about
    again(connection)
    back = synced.pages.get(webflow_id=about.id)
    assert (back.gone_at, back.pk) == (None, kept[about.id])


def test_a_site_that_is_gone_and_comes_back(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    del webflow.account.sites[bakery.id]
    again(connection)
    synced.refresh_from_db()
    assert synced.gone_at is not None and synced.wanted_at is None
    assert feed.of(synced) is None
    webflow.account.sites[bakery.id] = bakery
    listing.list_sites(connection)
    synced.refresh_from_db()
    assert synced.gone_at is None


def test_a_site_that_is_not_shared_any_more_leaves_the_list(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    grant = webflow.account.grants[0]
    grant.whole_workspace, grant.site_ids = False, tuple(set(webflow.account.sites) - {bakery.id})
    listing.list_sites(connection)
    synced.refresh_from_db()
    assert synced.gone_at is not None
    assert SyncedSite.objects.filter(gone_at=None).count() == 2


def test_a_collection_deleted_between_two_calls_is_not_the_end_of_the_site(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection
) -> None:
    webflow.account.faults.append(Fault("/items$", status=404, body="{}"))
    assert again(connection) == 3
    synced.refresh_from_db()
    assert synced.gone_at is None


def test_a_part_that_is_not_there_is_not_the_end_of_the_site(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection
) -> None:
    webflow.account.faults.append(Fault(f"/{synced.webflow_id}/assets$", status=404, body="{}"))
    again(connection)
    synced.refresh_from_db()
    assert synced.gone_at is None and "assets" in synced.progress["notes"]


@pytest.mark.parametrize("by", ["list", "sync"])
def test_a_revoked_token_breaks_the_connection(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, by: str
) -> None:
    webflow.account.grants[0].revoked = True
    assert (listing.list_sites(connection) if by == "list" else again(connection)) in (None, 0)
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.NEEDS_RECONNECT
    assert sync.work_off() == listing.list_due() == 0
    synced.refresh_from_db()
    assert synced.gone_at is None, "it is still theirs when they connect again"


def test_a_token_that_cannot_be_read_stops_nobody_else(
    webflow: StandIn, connection: WebflowConnection, workspace: Workspace, bakery: WebflowSite
) -> None:
    listing.list_sites(connection)
    WebflowConnection.objects.update(token_encrypted="v1:lost:AAAA", listed_at=None)
    other = connect(webflow, Workspace.objects.create(name="Other"), site_ids=(bakery.id,))
    assert listing.list_due() == 1
    assert sync.work_off() == 1
    connection.refresh_from_db()
    other.refresh_from_db()
    assert (connection.status, other.status) == (ConnectionStatus.NEEDS_RECONNECT, ConnectionStatus.ACTIVE)


@pytest.mark.parametrize(
    ("path", "fault", "part", "sentence"),
    [
        ("/assets$", {"status": 403, "body": '{"code": "missing_scopes"}'}, "assets", Forbidden.sentence),
        ("/collections$", {"status": 406}, "collections", NotAvailable.sentence),
        ("/forms$", {"status": 409, "body": '{"code": "forms_require_republish"}'}, "forms", Conflict.sentence),
    ],
)
def test_a_part_that_is_not_told_leaves_the_others(
    webflow: StandIn,
    connection: WebflowConnection,
    bakery: WebflowSite,
    path: str,
    fault: dict[str, Any],
    part: str,
    sentence: str,
) -> None:
    webflow.account.faults.append(Fault(path, times=9, **fault))
    read(connection)
    synced = SyncedSite.objects.get(webflow_id=bakery.id)
    assert synced.synced_at is not None and list(synced.progress["notes"]) == [part]
    counts = {"assets": 2, "collections": 1, "forms": 1}
    assert {name: getattr(synced, name).count() for name in counts} == counts | {part: 0}
    webflow.account.faults.clear()
    again(connection)
    synced.refresh_from_db()
    assert getattr(synced, part).count() == counts[part] and synced.progress == {}


def test_a_scope_that_was_not_given(webflow: StandIn, workspace: Workspace) -> None:
    read(connect(webflow, workspace, "sites:read", "pages:read"))
    synced = SyncedSite.objects.get(short_name="harbour-bakery")
    assert set(synced.progress["notes"]) == {"collections", "assets", "forms"}
    assert synced.pages.exists()


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [({"status": 429, "headers": {"Retry-After": "40"}}, 30, 41), ({"status": 503, "times": 3}, 50, 61)],
)
def test_when_webflow_asks_for_a_pause_the_site_waits_and_goes_on_there(
    webflow: StandIn,
    connection: WebflowConnection,
    bakery: WebflowSite,
    live_redis: Redis,
    fault: dict[str, Any],
    least: int,
    most: int,
) -> None:
    listing.list_sites(connection)
    SyncedSite.objects.exclude(webflow_id=bakery.id).update(wanted_at=None)
    webflow.account.faults.append(Fault("/assets$", **fault))
    assert sync.work_off() == 0
    synced = SyncedSite.objects.get(webflow_id=bakery.id)
    assert synced.claimed_until is not None
    assert least < (synced.claimed_until - timezone.now()).total_seconds() < most
    assert synced.progress["part"] == "assets" and synced.progress["error"]
    SyncedSite.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    live_redis.delete(*live_redis.keys("webflow:budget:*"))  # the pause is over
    webflow.account.requests.clear()
    assert sync.work_off() == 1
    assert asked(webflow, "/pages") == 0 and asked(webflow, "/assets") == 1
    synced.refresh_from_db()
    assert synced.progress == {}


def test_a_list_that_was_not_told_is_asked_for_soon(webflow: StandIn, connection: WebflowConnection) -> None:
    webflow.account.faults.append(Fault("/sites$", status=500, times=3))
    assert listing.list_due() == 0
    assert listing.list_due() == 0, "not at once"
    connection.refresh_from_db()
    assert connection.listed_at is not None
    WebflowConnection.objects.update(listed_at=connection.listed_at - timedelta(minutes=2))
    assert listing.list_due() == 1
    assert listing.list_due() == 0, "not within the hour"


@pytest.mark.parametrize("part", list(copies.PARTS))
def test_after_a_crash_it_goes_on_with_the_part_reached(
    webflow: StandIn, connection: WebflowConnection, bakery: WebflowSite, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
        raise KeyboardInterrupt
        yield 0

    listing.list_sites(connection)
    SyncedSite.objects.exclude(webflow_id=bakery.id).update(wanted_at=None)
    with monkeypatch.context() as patched:
        patched.setitem(copies.PARTS, part, killed)
        with pytest.raises(KeyboardInterrupt):
            sync.work_off()
    assert sync.work_off() == 0, "the claim lasts a while"
    SyncedSite.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    webflow.account.requests.clear()
    assert sync.work_off() == 1
    names = list(copies.PARTS)
    assert bool(asked(webflow, "/pages")) == (part == "pages")
    assert bool(asked(webflow, "/forms")) == (names.index(part) <= names.index("forms"))
    synced = SyncedSite.objects.get(webflow_id=bakery.id)
    assert synced.synced_at is not None and synced.pages.filter(gone_at=None).count() == len(bakery.pages)


def test_what_was_cut_off_long_ago_begins_anew(webflow: StandIn, synced: SyncedSite) -> None:
    began = timezone.now() - timedelta(hours=2)
    SyncedSite.objects.filter(pk=synced.pk).update(
        wanted_at=timezone.now(), progress={"part": "forms", "done": 0, "started_at": began.isoformat()}
    )
    webflow.account.requests.clear()
    assert sync.work_off() == 1
    assert asked(webflow, "/pages") == 1


def test_a_wish_during_the_reading_is_not_forgotten(
    connection: WebflowConnection, bakery: WebflowSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing.list_sites(connection)
    SyncedSite.objects.exclude(webflow_id=bakery.id).update(wanted_at=None)
    forms = copies.PARTS["forms"]

    def wished(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
        yield from forms(site, client, started)
        SyncedSite.objects.filter(pk=site.pk).update(wanted_at=timezone.now())

    monkeypatch.setitem(copies.PARTS, "forms", wished)
    claimed = sync.claim()
    assert claimed is not None and sync.sync(claimed)
    claimed.refresh_from_db()
    assert claimed.wanted_at is not None


def test_a_list_in_the_middle_of_a_reading_changes_nothing_of_it(
    webflow: StandIn, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    """Nor of the site that somebody has just begun to watch."""
    listing.list_sites(connection)
    claimed = sync.claim()
    assert claimed is not None
    SyncedSite.objects.filter(pk=claimed.pk).update(progress={"part": "items", "done": 7})
    site = watch(claimed)
    listing.list_sites(connection)
    now = SyncedSite.objects.get(pk=claimed.pk)
    assert now.progress == {"part": "items", "done": 7}
    assert now.site == site and now.claimed_until is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_read_one_site(webflow: StandIn, connection: WebflowConnection) -> None:
    listing.list_sites(connection)
    barrier, taken = threading.Barrier(8), []

    def work() -> None:
        try:
            barrier.wait()
            while (site := sync.claim()) is not None:
                taken.append(site.pk)
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 3


def test_watched_sites_come_first_then_those_that_wait_longest(connection: WebflowConnection) -> None:
    sites = listing.list_sites(connection)
    assert sites is not None
    now = timezone.now()
    for minutes, site in enumerate(sites):
        SyncedSite.objects.filter(pk=site.pk).update(wanted_at=now - timedelta(minutes=9 - minutes))
    watch(sites[2])
    assert [site.pk for site in iter(sync.claim, None)] == [sites[2].pk, sites[0].pk, sites[1].pk]


HARD = ("\0", "\ud800", "x" * 5000, *HOSTILE[:3])


@pytest.mark.parametrize("text", HARD, ids=["nul", "half a pair", "long", *map(str, range(3))])
def test_whatever_webflow_says_is_kept_as_text(
    webflow: StandIn, connection: WebflowConnection, bakery: WebflowSite, text: str
) -> None:
    bakery.name = text
    bakery.domains.append(Domain(text, text))
    for page in bakery.pages.values():
        page.title = page.slug = page.seo_title = page.parent_id = text
    journal = next(iter(bakery.collections.values()))
    journal.name = journal.slug = text
    journal.fields.append({**journal.fields[0], "slug": text, "displayName": text, "type": text})
    next(iter(journal.items.values())).fields.update(name=text, slug=text)
    asset: Asset = next(iter(bakery.assets.values()))
    asset.name = asset.alt = asset.content_type = text
    form: Form = next(iter(bakery.forms.values()))
    form.name = form.element_id = form.page_id = form.redirect_url = text
    form.fields[text] = {"displayName": text, "type": text}
    assert read(connection) == 3
    synced = SyncedSite.objects.get(webflow_id=bakery.id)
    assert synced.pages.count() == len(bakery.pages)
    assert feed.of(synced) is not None


@pytest.mark.parametrize("bad", ["../../token/introspect", "x" * 40, "A" * 24, " "])
def test_an_id_that_is_none_is_passed_over(
    webflow: StandIn, connection: WebflowConnection, bakery: WebflowSite, bad: str
) -> None:
    kinds: list[dict[str, Any]] = [bakery.pages, bakery.assets, bakery.forms, bakery.collections]
    for rows in kinds:
        next(iter(rows.values())).id = bad
    webflow.site("kiln-and-clay").id = bad
    assert read(connection) == 2
    assert SyncedPage.objects.filter(site__webflow_id=bakery.id).count() == len(bakery.pages) - 1
    assert not [path for _, path in webflow.account.requests if "introspect" in path]


def test_other_workspaces_rows_stay_as_they_are(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    elsewhere = connect(webflow, Workspace.objects.create(name="Elsewhere"))
    read(elsewhere)
    theirs = SyncedSite.objects.get(workspace=elsewhere.workspace, webflow_id=bakery.id)
    before = {row.pk: row.seen_at for row in theirs.pages.all()}
    del bakery.pages[next(iter(bakery.pages))]
    SyncedSite.objects.filter(pk=synced.pk).update(wanted_at=timezone.now())
    assert sync.work_off() == 1
    assert synced.pages.filter(gone_at__isnull=False).count() == 1
    assert {row.pk: row.seen_at for row in theirs.pages.all()} == before
    assert not theirs.pages.filter(gone_at__isnull=False).exists()


def test_a_site_two_connections_reach_stays_with_one(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, workspace: Workspace
) -> None:
    lesser = connect(webflow, workspace, "sites:read", "pages:read")
    for each in (lesser, connection, lesser):
        listing.list_sites(each)
        synced.refresh_from_db()
        assert synced.connection == connection
    WebflowConnection.objects.filter(pk=connection.pk).update(status=ConnectionStatus.NEEDS_RECONNECT)
    listing.list_sites(lesser)
    synced.refresh_from_db()
    assert synced.connection == lesser


def test_a_publish_no_webhook_told_is_found_once(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    watch(synced)
    assert not Publish.objects.exists(), "what was published before we looked is no news"
    webflow.publish(bakery)
    listing.list_sites(connection)
    listing.list_sites(connection)
    publish = Publish.objects.get()
    assert publish.is_found and publish.settled_at is None and not publish.staging
    assert publish.hosts == ["www.harbour-bakery.example", "harbour-bakery.webflow.io"]


def test_a_publish_to_staging_alone_is_found_as_such(
    webflow: StandIn, synced: SyncedSite, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    webflow.account.ahead = timedelta(minutes=5)
    webflow.publish(bakery, "subdomain")
    listing.list_sites(connection)
    publish = Publish.objects.get()
    assert publish.staging and publish.hosts == ["harbour-bakery.webflow.io"]
    assert publish.settled_at is not None, "nobody watches it"


def test_disconnected_sites_are_gone(synced: SyncedSite, connection: WebflowConnection) -> None:
    WebflowConnection.objects.update(status=ConnectionStatus.REVOKED, token_encrypted="")
    synced.webhooks.create(webflow_id="a" * 24, trigger="site_publish")
    assert listing.list_due() == 0
    synced.refresh_from_db()
    assert synced.gone_at is not None and not synced.webhooks.exists()
    assert sync.work_off() == 0
