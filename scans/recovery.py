"""The reaper: what keeps a scan from being lost. Lease over → pending again; queued, but in no list → pending again.

It may run in any number of processes at once: rows change by conditional UPDATE. Redis may be down or flushed at any
time. Each decision is logged with its reason and counted."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

import django_rq
from django.conf import settings
from django.db.models import Count
from django.db.models.functions import Now

from scans.fleet import ScannerProcess, Tally
from scans.models import Page, Scan
from scans.states import ScanState
from scans.wakeup import connect

logger = logging.getLogger(__name__)

MAX_FRUITLESS_ATTEMPTS = 3
QUEUED_GRACE = timedelta(seconds=10)
PAUSED_LONG = timedelta(days=14)
BATCH = 50
HOPELESS = "The scanner was lost three times without a new page. Our team has been told."


def reap() -> int:
    """Gives every stranded scan back, or ends it when three attempts brought nothing new; returns how many. Raises
    RedisError without a queue, after it did what needs none."""
    reaped = _reap_overdue() + _reap_paused()
    _bury_scanners()
    return reaped + _reap_forgotten()


def _reap_overdue() -> int:
    touched = 0
    for pk, pages_kept, attempt in Scan.objects.overdue().values_list("pk", "pages_kept", "attempt")[:BATCH]:
        fresh = Scan.objects.overdue().filter(pk=pk, attempt=attempt)
        ended = attempt >= MAX_FRUITLESS_ATTEMPTS and not _progressed(pk, pages_kept) and fresh.give_up(HOPELESS)
        changed = ended or fresh.take_back()
        touched += changed
        if changed:
            decision = "ended after three attempts without a new page" if ended else "given back"
            logger.warning("scan %s lost its scanner in attempt %d: %s", pk, attempt, decision)
    Tally.objects.add("reaped", touched)
    return touched


def kept(scan_id: uuid.UUID) -> int:
    """What a scan has to show for itself: a page that was fetched counts, and once more when it was opened."""
    counted = Page.objects.filter(scan=scan_id).aggregate(fetched=Count("pk"), opened=Count("visited_at"))
    return int(counted["fetched"] + counted["opened"])


def _progressed(scan_id: uuid.UUID, pages_kept: int) -> bool:
    """Whether anything came since the last attempt began: `pages_kept` is written when an attempt starts."""
    return kept(scan_id) > pages_kept


def _reap_forgotten() -> int:
    """Queued for a while, but in no list: Redis was flushed, or a worker died between pop and claim."""
    old = Scan.objects.filter(state=ScanState.QUEUED, queued_at__lt=Now() - QUEUED_GRACE)
    rows = list(old.values_list("pk", "attempt", "queued_at"))
    # the lists are read after the rows, so a scan enqueued meanwhile is in neither
    known = _listed() if rows else set()
    touched = 0
    for pk, attempt, queued_at in rows:
        if f"scan-{pk}-{attempt}" not in known and Scan.objects.unqueue(pk, attempt=attempt, queued_at=queued_at):
            touched += 1
            logger.warning("scan %s was queued at %s and no queue knows it: given back", pk, queued_at)
    Tally.objects.add("reaped", touched)
    return touched


def _listed() -> set[str]:
    with connect() as redis:
        queues = [django_rq.get_queue(name, connection=redis) for name in settings.SCAN_QUEUES]
        return {job_id for queue in queues for job_id in queue.job_ids}


def _reap_paused() -> int:
    """A scan ends, also the one that somebody paused and forgot."""
    if ended := Scan.objects.cancel_forgotten(PAUSED_LONG):
        logger.info("%d scans were paused for %d days: ended", ended, PAUSED_LONG.days)
    return ended


def _bury_scanners() -> None:
    for process in ScannerProcess.objects.gone():
        if ScannerProcess.objects.gone().filter(pk=process.pk).delete()[0]:
            logger.warning("scanner %s (%s) is gone, last seen %s", process, process.region, process.seen_at)
