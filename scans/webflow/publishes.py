"""A publish → the scan it asks for → what it broke or mended.

Publishes wait, by their rows, until a moment after the last one: one click in Webflow makes many of them. Then one scan
of the site looks at all that waited. A scan that was already under way has not seen them, so they wait for its end. The
scan fetches every page and opens those that changed (scans.carry): the published page, what links to it, its template.

What went to the webflow.io address alone is scanned there, under a site row of its own, and held against the live
site."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from scans.launch import Refusal, request_scan, staging_of
from scans.models import Scan, Site
from scans.states import WAITING, Trigger
from scans.webflow.inbox import WHOLE, Kind, Publish, Webhook
from scans.webflow.objects import SyncedSite, address_of

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=2)
AT_MOST = timedelta(seconds=30)
SAME = timedelta(seconds=50)  # between the moment a webhook names and the one the API lists; one publish a minute
LATE = timedelta(minutes=2)  # a webhook that has not come by then does not come


@transaction.atomic
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
) -> bool:
    """Writes down what a webhook tells of a publish; False when it is known. What the hourly look found before stays
    one row, and says now who it was. Of a site that nobody watches it is only kept."""
    site = SyncedSite.objects.select_for_update().get(pk=site.pk)
    told = Publish(
        site=site,
        kind=kind,
        published_at=published_at,
        hosts=[host[:300] for host in hosts][:50],
        by=by[:200],
        object_id=object_id,
        name=name[:500],
        path=path[:2048],
        settled_at=None if site.site_id else timezone.now(),
    )
    told.staging = site.is_staging_only(told.hosts)
    if kind in WHOLE and (known := _near(site, published_at).filter(is_found=True).first()):
        _tell(known, told)
        return False
    Publish.objects.bulk_create([told], ignore_conflicts=True)
    return Publish.objects.filter(pk=told.pk).exists()


def _tell(known: Publish, told: Publish) -> None:
    """Where it went to is taken over as long as no scan was sent there."""
    facts = {"kind": told.kind, "by": told.by, "object_id": told.object_id, "name": told.name, "path": told.path}
    rows = Publish.objects.filter(pk=known.pk)
    rows.update(is_found=False, **facts)
    if told.hosts:
        rows.filter(scan=None, settled_at=None).update(hosts=told.hosts, staging=told.staging)


@transaction.atomic
def found(site: SyncedSite, published_at: datetime, hosts: Sequence[str]) -> bool:
    """The API lists a moment of publishing that we did not know: a webhook was lost, or there are none. Webflow
    switches off a webhook that failed too often, so those that are registered are looked at again."""
    site = SyncedSite.objects.select_for_update().get(pk=site.pk)
    if _near(site, published_at).exists():
        return False
    Publish.objects.create(
        site=site,
        published_at=published_at,
        hosts=list(hosts),
        staging=site.is_staging_only(hosts),
        is_found=True,
        settled_at=None if site.site_id else timezone.now(),
    )
    if published_at < timezone.now() - LATE:
        _doubt(site, published_at)
    return True


def _doubt(site: SyncedSite, published_at: datetime) -> None:
    silent = Webhook.objects.filter(site=site, trigger="site_publish", created_at__lt=published_at)
    if ids := list(silent.values_list("webflow_id", flat=True)):
        Webhook.objects.filter(webflow_id__in=ids).delete()
        SyncedSite.objects.filter(webflow_id=site.webflow_id).update(hooks_checked_at=None)


def _near(site: SyncedSite, published_at: datetime) -> QuerySet[Publish]:
    near = Q(published_at__gt=published_at - SAME, published_at__lt=published_at + SAME)
    return site.publishes.filter(near, kind__in=WHOLE)


def start_due() -> int:
    """Starts a scan for every site whose publishes have waited long enough; returns how many. Cheap when none does:
    it is asked twice a second."""
    now = timezone.now()
    waiting = Publish.objects.filter(scan=None, settled_at=None).values("site", "staging").order_by()
    times = waiting.annotate(first=Min("noted_at"), last=Max("noted_at"))
    due = times.filter(Q(last__lte=now - QUIET) | Q(first__lte=now - AT_MOST))
    return sum(_start(site, staging) for site, staging in _free(due).values_list("site", "staging")[:50])


def _free(due: Any) -> Any:
    """Without those whose site is being scanned: what was published meanwhile waits for its end."""
    going = Scan.objects.active().exclude(state__in=WAITING).filter(only_url="").order_by()
    here = Exists(going.filter(site__webflow=OuterRef("site")))
    staging = Exists(going.filter(site__staging_of__webflow=OuterRef("site")))
    return due.exclude(here, staging=False).exclude(staging, staging=True)


@transaction.atomic
def _start(site_id: uuid.UUID, staging: bool) -> bool:
    waiting = Publish.objects.filter(site=site_id, staging=staging, scan=None, settled_at=None)
    held = list(waiting.select_for_update(skip_locked=True, of=("self",)).order_by("published_at", "pk"))
    synced = SyncedSite.objects.select_related("site__workspace").filter(pk=site_id).first()
    if not held or synced is None:
        return False
    rows = Publish.objects.filter(pk__in=[row.pk for row in held])
    if synced.site is None:
        rows.update(settled_at=timezone.now())
        return False
    scan = _scan(synced.site, address_of(held[-1].hosts[0]) if staging else "")
    if isinstance(scan, Refusal):
        logger.info("site %s: a publish is not scanned: %s", synced.site.pk, scan.message)
        rows.update(settled_at=timezone.now(), refusal=scan.message[:300])
        return False
    if scan.state not in WAITING:
        return False  # it began before; what was published meanwhile waits for its end
    rows.update(scan=scan)
    return True


def _scan(site: Site, staging_url: str) -> Scan | Refusal:
    target = staging_of(site, staging_url) if staging_url else site
    return target if isinstance(target, Refusal) else request_scan(target, trigger=Trigger.PUBLISH)
