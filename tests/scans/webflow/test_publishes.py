"""What a publish starts, what waits, and what is only written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import WebflowConnection, Workspace
from billing.limits import plan_of
from demo.webflow.server import StandIn
from demo.webflow.state import Site as WebflowSite
from demo.webflow.state import object_id
from scans.models import Publish, Scan, ScanState, Site, SyncedSite, Webhook
from scans.reports import board
from scans.retention import remove_site
from scans.webflow import hooks, listing, publishes
from scans.webflow.inbox import Kind
from tests.build import a_scan, a_site
from tests.scans.webflow.cast import a_publish, a_synced, deliver, watch

STAGING = "bakery.webflow.io"


@pytest.fixture
def synced(workspace: Workspace) -> SyncedSite:
    return a_synced(workspace)


def note(synced: SyncedSite, *hosts: str, ago_s: float = 3, **more: Any) -> Publish:
    """One that came `ago_s` seconds ago."""
    at = more.pop("at", timezone.now())
    publishes.note(synced, more.pop("kind", Kind.SITE), at, hosts=hosts or ["www.bakery.com"], **more)
    row = Publish.objects.latest("noted_at")
    Publish.objects.filter(pk=row.pk).update(noted_at=timezone.now() - timedelta(seconds=ago_s))
    row.refresh_from_db()
    return row


def test_several_events_are_one_scan(synced: SyncedSite) -> None:
    first = note(synced, ago_s=2.5)
    note(synced, kind=Kind.ITEM, object_id=object_id("i"), ago_s=0)
    assert publishes.start_due() == 0, "it is not quiet yet"
    Publish.objects.exclude(pk=first.pk).update(noted_at=timezone.now() - timedelta(seconds=2.1))
    assert publishes.start_due() == 1
    assert {row.scan for row in Publish.objects.all()} == {Scan.objects.get()}
    assert publishes.start_due() == 0


def test_who_never_rests_is_scanned_nevertheless(synced: SyncedSite) -> None:
    note(synced, ago_s=31)
    note(synced, kind=Kind.ITEM, object_id=object_id("i"), ago_s=0)
    assert publishes.start_due() == 1
    assert not Publish.objects.filter(scan=None).exists()


@pytest.mark.parametrize("state", [ScanState.RUNNING, ScanState.PAUSED])
def test_a_scan_under_way_has_not_seen_it(synced: SyncedSite, state: ScanState) -> None:
    assert synced.site is not None
    going = a_scan(synced.site, state)
    publish = note(synced)
    assert publishes.start_due() == 0
    publish.refresh_from_db()
    assert (publish.scan, publish.settled_at) == (None, None)
    Scan.objects.filter(pk=going.pk).update(state=ScanState.COMPLETE)
    assert publishes.start_due() == 1
    publish.refresh_from_db()
    assert publish.scan not in (None, going)


@pytest.mark.parametrize("state", [ScanState.PENDING, ScanState.QUEUED])
def test_a_waiting_scan_is_taken(synced: SyncedSite, state: ScanState) -> None:
    assert synced.site is not None
    waiting = a_scan(synced.site, state)
    publish = note(synced)
    assert publishes.start_due() == 1
    publish.refresh_from_db()
    assert publish.scan == waiting and Scan.objects.count() == 1


def test_a_recheck_of_a_page_is_no_scan_of_the_site(synced: SyncedSite) -> None:
    assert synced.site is not None
    a_scan(synced.site, ScanState.RUNNING, only_url="https://www.bakery.com/x")
    note(synced)
    assert publishes.start_due() == 1


def test_sites_that_are_being_scanned_are_not_in_the_way_of_others(workspace: Workspace) -> None:
    for number in range(51):
        site = watch(a_synced(workspace, f"busy-{number}", watched=False))
        a_scan(site, ScanState.RUNNING)
    rows = [
        Publish(site=one, published_at=timezone.now(), noted_at=timezone.now() - timedelta(minutes=1))
        for one in SyncedSite.objects.all()
    ]
    Publish.objects.bulk_create(rows)
    late = a_synced(workspace, "zoo")
    note(late)
    assert publishes.start_due() == 1


def test_a_refusal_is_kept_with_its_reason(synced: SyncedSite) -> None:
    Site.objects.update(url="http://10.0.0.1/")
    publish = note(synced)
    assert publishes.start_due() == 0
    publish.refresh_from_db()
    assert publish.settled_at is not None and publish.refusal
    assert not Scan.objects.exists() and publishes.start_due() == 0


def test_of_a_site_nobody_watches_it_is_only_noted(workspace: Workspace) -> None:
    publish = note(a_synced(workspace, watched=False))
    assert publish.settled_at is not None
    assert publishes.start_due() == 0 and not Scan.objects.exists()


@pytest.mark.parametrize("what", ["site", "connection"])
def test_a_site_deleted_meanwhile(synced: SyncedSite, what: str) -> None:
    assert synced.site is not None
    note(synced)
    if what == "site":
        remove_site(synced.site)
    else:
        synced.delete()
    assert publishes.start_due() == 0
    assert not Publish.objects.filter(settled_at=None).exists() and not Scan.objects.exists()


def test_staging_alone_is_scanned_under_a_row_of_its_own(synced: SyncedSite, workspace: Workspace) -> None:
    publish = note(synced, STAGING)
    live = note(synced, kind=Kind.ITEM, object_id=object_id("i"))
    assert publish.staging and not live.staging
    assert publishes.start_due() == 2
    publish.refresh_from_db()
    live.refresh_from_db()
    assert publish.scan is not None and live.scan is not None
    staging = publish.scan.site
    assert staging.staging_of == live.scan.site == synced.site
    assert staging.url == f"https://{STAGING}/" and staging.is_proven
    assert [card.site for card in board.board(board.sites_of(workspace), None)[1]] == [synced.site]
    assert workspace.sites.live().count() == 1
    assert publish.scan.max_pages == plan_of(workspace).pages_per_scan


def test_staging_waits_for_its_own_scan_only(synced: SyncedSite) -> None:
    assert synced.site is not None
    live = a_scan(synced.site, ScanState.RUNNING)
    note(synced, STAGING)
    assert publishes.start_due() == 1
    Scan.objects.exclude(pk=live.pk).update(state=ScanState.RUNNING)
    note(synced, STAGING, at=timezone.now() + timedelta(minutes=2))
    assert publishes.start_due() == 0


@pytest.mark.parametrize(
    ("hosts", "staging"),
    [
        ([STAGING], True),
        (["www.bakery.com"], False),
        ([STAGING, "www.bakery.com"], False),
        ([], False),
        (["new-domain.example"], False),
        (["new-domain.example", STAGING], False),
    ],
)
def test_what_went_to_staging_alone(synced: SyncedSite, hosts: list[str], staging: bool) -> None:
    assert synced.is_staging_only(hosts) is staging


def test_a_site_without_a_domain_of_its_own_has_no_staging(workspace: Workspace) -> None:
    assert not a_synced(workspace, domains=[]).is_staging_only([STAGING])


def test_a_staging_address_that_is_a_site_of_its_own(synced: SyncedSite, workspace: Workspace) -> None:
    a_site(workspace, STAGING)
    publish = note(synced, STAGING)
    assert publishes.start_due() == 0
    publish.refresh_from_db()
    assert "is a site of its own here" in publish.refusal


def test_a_staging_address_that_moved(synced: SyncedSite) -> None:
    note(synced, STAGING)
    publishes.start_due()
    Scan.objects.update(state=ScanState.COMPLETE)
    note(synced, "bread.webflow.io", at=timezone.now() + timedelta(minutes=2))
    assert publishes.start_due() == 1
    assert Site.objects.get(staging_of=synced.site).url == "https://bread.webflow.io/"


# a webhook that was lost


@pytest.fixture
def at() -> datetime:
    return timezone.now() - timedelta(minutes=10)


def test_what_the_poll_found_is_one_with_the_webhook_that_comes_late(synced: SyncedSite, at: datetime) -> None:
    assert publishes.found(synced, at, ["www.bakery.com", STAGING])
    assert not publishes.found(synced, at, ["www.bakery.com"])
    assert publishes.start_due() == 0
    Publish.objects.update(noted_at=timezone.now() - timedelta(seconds=3))
    assert publishes.start_due() == 1
    late = at + timedelta(seconds=20)
    page = {"object_id": object_id("p"), "name": "About", "path": "/about", "by": "Robin Vale"}
    assert not publishes.note(synced, Kind.PAGE, late, hosts=["www.bakery.com"], **page)
    row = Publish.objects.get()
    assert (row.by, row.kind, row.path, row.is_found, row.scan) == (
        *("Robin Vale", "page", "/about", False),
        Scan.objects.get(),
    )
    assert publishes.start_due() == 0


def test_the_webhook_first_then_the_poll(synced: SyncedSite, at: datetime) -> None:
    publishes.note(synced, Kind.SITE, at)
    assert not publishes.found(synced, at + timedelta(milliseconds=400), [])
    assert Publish.objects.count() == 1


def test_two_publishes_a_minute_apart_are_two(synced: SyncedSite, at: datetime) -> None:
    publishes.note(synced, Kind.SITE, at)
    assert publishes.found(synced, at + timedelta(seconds=61), [])
    assert publishes.note(synced, Kind.SITE, at + timedelta(seconds=130))
    assert Publish.objects.count() == 3


def test_items_published_in_the_same_minute_are_not_the_sites_publish(synced: SyncedSite, at: datetime) -> None:
    publishes.note(synced, Kind.ITEM, at, object_id=object_id("i"))
    assert publishes.found(synced, at, [])
    assert publishes.note(synced, Kind.REMOVAL, at, object_id=object_id("p"))
    assert Publish.objects.count() == 3


def test_a_late_webhook_knows_better_where_it_went(synced: SyncedSite, at: datetime) -> None:
    publishes.found(synced, at, ["www.bakery.com", STAGING])
    publishes.note(synced, Kind.SITE, at, hosts=[STAGING])
    row = Publish.objects.get()
    assert row.staging and row.hosts == [STAGING]


def test_webhooks_that_kept_silent_are_made_anew(synced: SyncedSite, at: datetime) -> None:
    SyncedSite.objects.update(hooks_checked_at=timezone.now())
    hook = Webhook.objects.create(site=synced, trigger="site_publish", webflow_id="a" * 24)
    Webhook.objects.update(created_at=at - timedelta(days=1))
    publishes.found(synced, timezone.now(), [])
    assert Webhook.objects.filter(pk=hook.pk).exists(), "it may come yet"
    publishes.found(synced, at, [])
    assert not Webhook.objects.exists()
    synced.refresh_from_db()
    assert synced.hooks_checked_at is None


def test_the_poll_and_the_webhook_of_the_stand_in(
    webflow: StandIn, workspace: Workspace, connection: WebflowConnection, bakery: WebflowSite
) -> None:
    listing.list_sites(connection)
    site = SyncedSite.objects.get(webflow_id=bakery.id)
    watch(site)
    webflow.publish(bakery)
    listing.list_sites(connection)
    assert bakery.last_published is not None
    raw = a_publish(site, bakery.last_published, "www.harbour-bakery.example")
    deliver(raw, webflow.account.app.client_secret)
    hooks.handle()
    listing.list_sites(connection)
    row = Publish.objects.get()
    assert (row.is_found, row.by) == (False, "Robin Vale")
