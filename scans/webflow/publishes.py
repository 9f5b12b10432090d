"""A publish → the scan it asks for → what it broke or mended.

Publishes wait, by their rows, until a moment after the last one: one click in Webflow makes many of them. Then one scan
of the site looks at all that waited. A scan that was already under way has not seen them, so they wait for its end. The
scan fetches every page and opens those that changed (scans.carry): the published page, what links to it, its template.

What went to the webflow.io address alone is scanned there, under a site row of its own, and held against the live
site."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from scans.launch import Refusal, request_scan, staging_of
from scans.states import WAITING, Trigger
from scans.webflow.inbox import Kind, Publish
from scans.webflow.objects import SyncedSite, address_of

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=2)
AT_MOST = timedelta(seconds=30)
SAME = timedelta(minutes=2)  # between the moment a webhook names and the one the API lists


def note(
    site: SyncedSite,
    kind: Kind,
    published_at: datetime,
    *,
    hosts: Iterable[str] = (),
    by: str = "",
    object_id: str = "",
    name: str = "",
    path: str = "",
    is_found: bool = False,
) -> bool:
    """Writes a publish down; False when it is known. Of a site that nobody watches it is only kept."""
    row = Publish(
        site=site,
        kind=kind,
        published_at=published_at,
        hosts=[host[:300] for host in hosts][:50],
        by=by[:200],
        object_id=object_id,
        name=name[:500],
        path=path[:2048],
        is_found=is_found,
        settled_at=None if site.site_id else timezone.now(),
    )
    row.staging = site.is_staging_only(row.hosts)
    before = Publish.objects.filter(pk=row.pk)
    Publish.objects.bulk_create([row], ignore_conflicts=True)
    return before.exists()


def found(site: SyncedSite, published_at: datetime, hosts: Iterable[str]) -> None:
    """The API lists a moment of publishing that we did not know: a webhook was lost, or there are none."""
    near = Q(published_at__gt=published_at - SAME, published_at__lt=published_at + SAME)
    if not site.publishes.filter(near, kind__in=[Kind.SITE, Kind.PAGE]).exists():
        note(site, Kind.SITE, published_at, hosts=hosts, is_found=True)


def start_due() -> int:
    """Starts a scan for every site whose publishes have waited long enough; returns how many. Cheap when none does:
    it is asked twice a second."""
    now = timezone.now()
    waiting = Publish.objects.filter(scan=None, settled_at=None).values("site", "staging").order_by()
    times = waiting.annotate(first=Min("noted_at"), last=Max("noted_at"))
    due = times.filter(Q(last__lte=now - QUIET) | Q(first__lte=now - AT_MOST))
    return sum(_start(site, staging) for site, staging in due.values_list("site", "staging")[:50] if site)


@transaction.atomic
def _start(site_id: uuid.UUID, staging: bool) -> bool:
    waiting = Publish.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        site=site_id, staging=staging, scan=None, settled_at=None
    )
    held = list(waiting)
    publishes = Publish.objects.filter(pk__in=[row.pk for row in held])
    synced = SyncedSite.objects.select_related("site__workspace").get(pk=site_id)
    if not held or synced.site is None:
        publishes.update(settled_at=timezone.now())
        return False
    target = staging_of(synced.site, address_of(held[-1].hosts[0])) if staging else synced.site
    scan = request_scan(target, trigger=Trigger.PUBLISH)
    if isinstance(scan, Refusal):
        logger.info("site %s: a publish is not scanned: %s", target.pk, scan.message)
        publishes.update(settled_at=timezone.now(), refusal=scan.message[:300])
        return False
    if scan.state not in WAITING:
        return False  # it began before; what was published meanwhile waits for its end
    publishes.update(scan=scan)
    return True
