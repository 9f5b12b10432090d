"""What keeps a scan from being lost: the dispatcher (pending row → queue) and the reaper (lease over → pending again).

Both may run in any number of processes at once: rows are taken by conditional UPDATE, so nothing is enqueued twice
for one state. Redis may be down or flushed at any time: pending rows wait, queued rows that no list knows become
pending again."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

import django_rq
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Now
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job

from scans.models import Page, Priority, Scan, ScanState

logger = logging.getLogger(__name__)

MAX_FRUITLESS_ATTEMPTS = 3
QUEUED_GRACE = timedelta(seconds=10)
BATCH = 50


def poke(scan_id: uuid.UUID) -> None:
    """The fast path after a commit. When Redis is away the row simply waits for the dispatcher."""
    try:
        _enqueue(scan_id)
    except RedisError as error:
        logger.warning("scan %s waits: the queue is not reachable (%s)", scan_id, error)


def dispatch_pending() -> int:
    """Enqueues waiting scans, people's first, oldest first; returns how many. Raises RedisError without a queue."""
    urgency = Case(*(When(priority=word, then=Value(rank)) for rank, word in enumerate(Priority.values)))
    waiting = Scan.objects.filter(state=ScanState.PENDING, stop_requested=False).order_by(urgency, "id")
    return sum(_enqueue(pk) for pk in waiting.values_list("pk", flat=True)[:BATCH])


def _enqueue(scan_id: uuid.UUID) -> bool:
    """Row and queue in one transaction: a crash between them leaves the row pending, never a scan nobody knows."""
    with transaction.atomic():
        if not Scan.objects.mark_queued(scan_id):
            return False
        scan = Scan.objects.only("priority", "attempt").get(pk=scan_id)
        queue = django_rq.get_queue(f"scans:{settings.SCAN_REGION}:{scan.priority}")
        queue.enqueue(
            "scans.jobs.run_scan",
            str(scan_id),
            job_id=f"scan-{scan_id}-{scan.attempt}",
            result_ttl=0,
            failure_ttl=86_400,
            job_timeout=settings.SCAN_DEADLINE_SECONDS + 60,
        )
    return True


def reap() -> int:
    """Gives every stranded scan back, or ends it when three attempts brought nothing new; returns how many."""
    return _reap_overdue() + _reap_forgotten()


def _reap_overdue() -> int:
    touched = 0
    for pk, pages_kept, attempt in Scan.objects.overdue().values_list("pk", "pages_kept", "attempt")[:BATCH]:
        fresh = Scan.objects.overdue().filter(pk=pk, attempt=attempt)
        if attempt >= MAX_FRUITLESS_ATTEMPTS and not _progressed(pk, pages_kept):
            changed = fresh.update(
                state=ScanState.FAILED,
                reason="The scanner was lost three times without a new page. Our team has been told.",
                finished_at=Now(),
                token=None,
                lease_until=None,
            )
        else:
            changed = fresh.update(state=ScanState.PENDING, token=None, lease_until=None)
        touched += changed
        if changed:
            logger.warning("scan %s lost its scanner in attempt %d", pk, attempt)
    return touched


def _progressed(scan_id: uuid.UUID, pages_kept: int) -> bool:
    """Whether pages came since the last attempt began: `pages_kept` is written when an attempt starts."""
    return Page.objects.filter(scan=scan_id).count() > pages_kept


def _reap_forgotten() -> int:
    """Queued for a while, but in no list: Redis was flushed, or a worker died between pop and claim."""
    old = Scan.objects.filter(state=ScanState.QUEUED, queued_at__lt=Now() - QUEUED_GRACE)
    touched = 0
    for pk, attempt in old.values_list("pk", "attempt")[:BATCH]:
        if not _in_queue(pk, attempt):
            touched += Scan.objects.filter(pk=pk, state=ScanState.QUEUED, attempt=attempt).update(
                state=ScanState.PENDING, queued_at=None
            )
    return touched


def _in_queue(scan_id: uuid.UUID, attempt: int) -> bool:
    try:
        redis = django_rq.get_connection("default")
        job = Job.fetch(f"scan-{scan_id}-{attempt}", connection=redis, serializer="rq.serializers.JSONSerializer")
        position = redis.lpos(f"rq:queue:{job.origin}", job.id)
    except NoSuchJobError:
        return False
    return position is not None
