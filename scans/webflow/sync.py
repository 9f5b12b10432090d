"""The copy of Webflow's objects kept up to date, within the API's own limits.

    list_sites   one call tells all sites of a connection: once an hour, and when somebody connects or asks
    work_off     the objects of the sites that are due, one site after the other, as long as a slice of time lasts

A site is due when it changed since its objects were read, when Webflow told us so, and once a day. It is taken by a
conditional UPDATE for a few minutes, so that two jobs never read it at once; what a crash left half read goes on with
the part it had reached. Calls are paced by the client's budget, and when Webflow asks for a pause the site waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from accounts.models import WebflowConnection
from accounts.webflow.client import WebflowClient
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Conflict, Forbidden, NotAvailable, NotFound, RateLimited, Unauthorized, WebflowError
from accounts.webflow.shapes import Site
from scans.webflow import publishes
from scans.webflow.copies import PARTS, domains_of, locales_of
from scans.webflow.objects import SyncedSite

logger = logging.getLogger(__name__)

LIST_EVERY = timedelta(hours=1)
WHOLE_EVERY = timedelta(days=1)
CLAIM = timedelta(minutes=5)
PATIENCE = timedelta(minutes=1)
NEAR = timedelta(minutes=2)
NOT_TOLD = (Conflict, Forbidden, NotAvailable)  # the part is not to be had, the others are


def list_due(slice_s: float = 45) -> int:
    """Lists the sites of every connection whose hour is over; returns how many connections that were."""
    end, listed = time.monotonic() + slice_s, 0
    due = WebflowConnection.objects.active().filter(Q(listed_at=None) | Q(listed_at__lt=timezone.now() - LIST_EVERY))
    for connection in due.order_by(F("listed_at").asc(nulls_first=True)):
        if time.monotonic() > end:
            break
        listed += bool(list_sites(connection) is not None)
    return listed


def list_sites(connection: WebflowConnection) -> list[SyncedSite] | None:
    """All sites it reaches, new ones among them; None when Webflow did not tell. What changed is due for reading, and
    a publish that no webhook told us is noted."""
    now = timezone.now()
    WebflowConnection.objects.filter(pk=connection.pk).update(listed_at=now)
    try:
        with client_for(connection) as client:
            told = client.sites()
    except Unauthorized:
        broken(connection)
        return None
    except WebflowError as error:
        logger.warning("connection %s: its sites are not listed: %s", connection.pk, error)
        return None
    sites = [_listed(connection, site, now) for site in told]
    gone = connection.sites.exclude(pk__in=[site.pk for site in sites])
    gone.filter(gone_at=None).update(gone_at=now)
    return sites


def _listed(connection: WebflowConnection, told: Site, now: datetime) -> SyncedSite:
    row = SyncedSite.objects.filter(workspace=connection.workspace_id, webflow_id=told.id).first()
    before = row.last_published if row else None
    site = row or SyncedSite(workspace_id=connection.workspace_id, webflow_id=told.id)
    changed = row is None or told.last_updated != row.last_updated or told.last_published != row.last_published
    stale = site.synced_at is None or site.synced_at < now - WHOLE_EVERY
    site.connection, site.name, site.short_name = connection, told.name[:200] or told.short_name, told.short_name[:200]
    site.picture_url, site.domains, site.locales = told.preview_url[:2048], domains_of(told), locales_of(told)
    site.last_published, site.last_updated, site.listed_at, site.gone_at = (
        *(told.last_published, told.last_updated, now),
        None,
    )
    if changed or stale:
        site.wanted_at = now
    site.save()
    if row is not None and told.last_published and told.last_published != before:
        publishes.found(site, told.last_published, _hosts(site, told))
    return site


def _hosts(site: SyncedSite, told: Site) -> list[str]:
    """Those that were published at the site's last moment of publishing; the others are still as they were."""
    last = told.last_published
    near = [one.host for one in told.domains if last and one.last_published and last - one.last_published < NEAR]
    return [*near, site.staging_host]


def want(sites: Sequence[str]) -> int:
    """Webflow told us that something changed there, by the ids of Webflow."""
    return SyncedSite.objects.filter(webflow_id__in=sites).update(wanted_at=timezone.now())


def work_off(slice_s: float = 45) -> int:
    """Reads the objects of due sites until the slice is over; returns how many sites were read to the end. Sites that
    are watched come first."""
    end, done = time.monotonic() + slice_s, 0
    while time.monotonic() < end and (site := _claim()) is not None:
        done += sync(site)
    return done


def _claim() -> SyncedSite | None:
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = SyncedSite.objects.filter(free, wanted_at__isnull=False, gone_at=None)
    due = due.filter(connection__in=WebflowConnection.objects.active())
    for site in due.order_by(F("site").asc(nulls_last=True), "wanted_at")[:20]:
        if SyncedSite.objects.filter(free, pk=site.pk).update(claimed_until=now + CLAIM):
            return site
    return None


def sync(site: SyncedSite) -> bool:
    """Reads what is left of it; False when it has to go on later. The caller holds the claim."""
    connection = site.connection
    assert connection is not None
    try:
        with client_for(connection) as client:
            _read(site, client)
    except Unauthorized:
        broken(connection)
    except NotFound:
        SyncedSite.objects.filter(pk=site.pk).update(gone_at=timezone.now(), wanted_at=None)
    except RateLimited as error:
        _wait(site, timedelta(seconds=error.retry_after), str(error))
    except WebflowError as error:
        _wait(site, PATIENCE, str(error))
    else:
        return True
    return False


def _read(site: SyncedSite, client: WebflowClient) -> None:
    started = _begun(site)
    names = list(PARTS)
    for name in names[names.index(site.progress["part"]) :]:
        _tell(site, part=name, done=0)
        try:
            for done in PARTS[name](site, client, started):
                _tell(site, done=done)
        except NOT_TOLD as error:
            site.progress.setdefault("notes", {})[name] = str(error)
    fresh = SyncedSite.objects.filter(pk=site.pk)
    notes = {"notes": site.progress["notes"]} if site.progress.get("notes") else {}
    fresh.filter(wanted_at__lte=started).update(wanted_at=None)
    fresh.update(synced_at=started, claimed_until=None, progress=notes)


def _begun(site: SyncedSite) -> datetime:
    """When this reading began: what it does not meet is gone. One that was cut off a short while ago goes on."""
    kept = site.progress.get("started_at", "")
    if kept and (started := datetime.fromisoformat(kept)) > timezone.now() - LIST_EVERY:
        return started
    started = timezone.now()
    site.progress = {"part": next(iter(PARTS)), "done": 0, "started_at": started.isoformat()}
    return started


def _tell(site: SyncedSite, **figures: object) -> None:
    site.progress |= figures
    SyncedSite.objects.filter(pk=site.pk).update(progress=site.progress, claimed_until=timezone.now() + CLAIM)


def _wait(site: SyncedSite, pause: timedelta, why: str) -> None:
    progress = {**site.progress, "error": why}
    SyncedSite.objects.filter(pk=site.pk).update(claimed_until=timezone.now() + pause, progress=progress)
