"""The copy of Webflow's objects kept up to date, within the API's own limits.

    work_off     the objects of the sites that are due, one site after the other, as long as a slice of time lasts

A site is due when it changed since its objects were read, when Webflow told us so, and once a day. It is taken by a
conditional UPDATE for a few minutes, so that two jobs never read it at once; what a crash left half read goes on with
the part it had reached. Calls are paced by the client's budget, and when Webflow asks for a pause the site waits."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import WebflowConnection
from accounts.webflow.client import WebflowClient
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Conflict, Forbidden, NotAvailable, NotFound, RateLimited, Unauthorized, WebflowError
from accounts.webflow.wire import Limits
from scans.webflow.copies import PARTS
from scans.webflow.objects import SyncedSite
from sentinel.crypto import CannotDecrypt

GOES_ON = timedelta(hours=1)  # a reading that was cut off longer ago begins anew
CLAIM = timedelta(minutes=5)
PATIENCE = timedelta(minutes=1)
NOT_TOLD = (Conflict, Forbidden, NotAvailable)  # the part is not to be had, the others are
WAITS = Limits(patience=10)  # for a longer pause the site waits in its row, and no job with it
NO_BUDGET = "The queue is down. It goes on as soon as that is back."


def work_off(slice_s: float = 8) -> int:
    """Reads the objects of due sites until the slice is over; returns how many sites were read to the end. Sites that
    are watched come first."""
    end, done = time.monotonic() + slice_s, 0
    while time.monotonic() < end and (site := claim()) is not None:
        done += sync(site)
    return done


def claim() -> SyncedSite | None:
    """One that is due, for this caller alone."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = SyncedSite.objects.filter(free, wanted_at__isnull=False, gone_at=None)
    due = due.filter(connection__in=WebflowConnection.objects.active())
    unwatched = ExpressionWrapper(Q(site__isnull=True), output_field=BooleanField())
    for site in due.select_related("connection").order_by(unwatched, "wanted_at")[:20]:
        if SyncedSite.objects.filter(free, pk=site.pk).update(claimed_until=now + CLAIM):
            return site
    return None


def sync(site: SyncedSite) -> bool:
    """Reads what is left of it; False when it has to go on later. The caller holds the claim."""
    connection = site.connection
    assert connection is not None
    try:
        with client_for(connection, WAITS) as client:
            _read(site, client)
    except (Unauthorized, CannotDecrypt):
        broken(connection)
        _wait(site, timedelta(0), Unauthorized.sentence)
    except NotFound:
        SyncedSite.objects.filter(pk=site.pk).update(gone_at=timezone.now(), wanted_at=None, claimed_until=None)
    except RateLimited as error:
        _wait(site, timedelta(seconds=error.retry_after), str(error))
    except WebflowError as error:
        _wait(site, PATIENCE, str(error))
    except RedisError:
        _wait(site, PATIENCE, NO_BUDGET)
    else:
        return True
    return False


def _read(site: SyncedSite, client: WebflowClient) -> None:
    """Part after part. NotFound means that the site itself is gone."""
    started = _begun(site)
    names = list(PARTS)
    for name in names[names.index(site.progress["part"]) :]:
        _tell(site, part=name, done=0)
        try:
            for done in PARTS[name](site, client, started):
                _tell(site, done=done)
        except NOT_TOLD as error:
            site.progress.setdefault("notes", {})[name] = str(error)
        except NotFound as error:
            client.site(site.webflow_id)
            site.progress.setdefault("notes", {})[name] = str(error)
    _finish(site, started)


@transaction.atomic
def _finish(site: SyncedSite, started: datetime) -> None:
    """What was wanted since it began is still wanted."""
    fresh = SyncedSite.objects.filter(pk=site.pk)
    notes = {"notes": site.progress["notes"]} if site.progress.get("notes") else {}
    fresh.filter(wanted_at__lte=started).update(wanted_at=None)
    fresh.update(synced_at=started, claimed_until=None, progress=notes)


def _begun(site: SyncedSite) -> datetime:
    """When this reading began: what it does not meet is gone. One that was cut off a short while ago goes on."""
    kept = site.progress.get("started_at", "")
    if kept and (started := datetime.fromisoformat(kept)) > timezone.now() - GOES_ON:
        site.progress.pop("error", None)
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
