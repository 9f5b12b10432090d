"""Pending row → queue. The pending row is the outbox: it is written by whoever asks for a scan, and found here within
half a second.

Any number of dispatchers may be at it, one in every scanner. Each holds the workspaces whose scans it hands out
(SKIP LOCKED: what another one holds is left to it), so that no workspace gets more under way than its plan allows, and
takes each row by conditional UPDATE, so that nothing is enqueued twice for one state. SQLite has one writer at a time,
which is the same.

The queue is kept short: no more than the living scanners could take soon. What comes later and is more urgent, or
somebody's first, then has little in front of it."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import islice

import django_rq
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from redis import Redis

from accounts.models import Workspace
from billing.limits import plan_of
from scans.fairness import Candidate, fair_order
from scans.fleet import ScannerProcess, Tally
from scans.models import Scan
from scans.states import IN_FLIGHT, Priority, ScanState, Trigger
from scans.wakeup import connect

logger = logging.getLogger(__name__)

BATCH = 200
AHEAD = 2  # scans that may stand in the queue when every slot is taken, and one more for every two slots

# a person, a publish, a schedule, bulk: the queue's priority first, then what started it
_PRIORITY: Mapping[str, int] = {Priority.HIGH: 0, Priority.NORMAL: 10, Priority.LOW: 20}
_TRIGGER: Mapping[str, int] = {Trigger.PERSON: 0, Trigger.API: 1, Trigger.PUBLISH: 2, Trigger.SCHEDULE: 3}


def dispatch_pending() -> int:
    """Enqueues the waiting scans whose turn it is; returns how many. Raises RedisError without a queue."""
    pending = Scan.objects.filter(state=ScanState.PENDING)
    if not pending.exists():
        return 0
    with connect() as redis, transaction.atomic():
        # row and queue in one transaction: a crash between them leaves the row pending, never a scan nobody knows
        taken = [scan for scan in _turns() if _enqueue(scan, redis)]
        Tally.objects.add("dispatched", len(taken))
    if taken:
        logger.info("%d scans enqueued; %d wait", len(taken), pending.count())
    return len(taken)


def in_flight() -> Counter[uuid.UUID]:
    """Scans queued or running, by workspace."""
    rows = Scan.objects.filter(state__in=IN_FLIGHT).values("site__workspace").annotate(n=Count("pk")).order_by()
    return Counter({row["site__workspace"]: row["n"] for row in rows})


def capacity() -> int:
    """Scans that may be under way in this region: those that run, and few that stand ready."""
    slots = ScannerProcess.objects.slots(settings.SCAN_REGION)
    return slots + slots // 2 + AHEAD


def _turns() -> list[uuid.UUID]:
    """The scans that may go now, in fair order; their rows and workspaces are ours until the transaction ends."""
    if (room := capacity() - in_flight().total()) <= 0:
        return []
    candidates = list(_candidates(room))
    limits = _hold({candidate.workspace for candidate in candidates})
    # counted again under the lock: another dispatcher may have been here meanwhile
    turns = [candidate.id for candidate in islice(fair_order(candidates, in_flight(), limits), room)]
    rows = Scan.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=turns, state=ScanState.PENDING)
    free = set(rows.values_list("pk", flat=True))
    return [pk for pk in turns if pk in free]


def line_before(scan: Scan) -> int:
    """How many waiting scans have their turn before this one, as far as that can be seen."""
    candidates = list(_candidates(BATCH))
    limits = _limits(Workspace.objects.filter(pk__in={candidate.workspace for candidate in candidates}))
    ids = [candidate.id for candidate in fair_order(candidates, in_flight(), limits)]
    return ids.index(scan.pk) if scan.pk in ids else len(ids)


def _candidates(room: int) -> list[Candidate]:
    """The first few of every workspace that may have more under way: a thousand scans of one hide nobody's first."""
    urgency = _rank("priority", _PRIORITY) + _rank("trigger", _TRIGGER)
    turn = Window(RowNumber(), partition_by=[F("site__workspace")], order_by=["urgency", "id"])
    pending = Scan.objects.filter(state=ScanState.PENDING).exclude(site__workspace__in=_full())
    ranked = pending.annotate(urgency=urgency).annotate(turn=turn).filter(turn__lte=room)
    rows = ranked.order_by("turn", "urgency", "id").values_list("urgency", "id", "site__workspace")[:BATCH]
    return [Candidate(*row) for row in rows]


def _rank(field: str, ranks: Mapping[str, int]) -> Case:
    return Case(*(When(**{field: word}, then=Value(rank)) for word, rank in ranks.items()), output_field=IntegerField())


def _full() -> list[uuid.UUID]:
    """Workspaces with as many scans under way as their plan allows."""
    load = in_flight()
    limits = _limits(Workspace.objects.filter(pk__in=load))
    return [workspace for workspace, number in load.items() if number >= limits.get(workspace, 0)]


def _hold(workspaces: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Locks them against other dispatchers, not against people who add sites meanwhile; the limits of those we got."""
    return _limits(Workspace.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=workspaces))


def _limits(workspaces: QuerySet[Workspace]) -> dict[uuid.UUID, int]:
    return {workspace.pk: plan_of(workspace).concurrent_scans for workspace in workspaces}


def _enqueue(scan_id: uuid.UUID, redis: Redis) -> bool:
    if not Scan.objects.mark_queued(scan_id):
        return False
    scan = Scan.objects.only("priority", "attempt").get(pk=scan_id)
    queue = django_rq.get_queue(f"scans:{settings.SCAN_REGION}:{scan.priority}", connection=redis)
    queue.enqueue(
        "scans.jobs.run_scan",
        str(scan_id),
        job_id=f"scan-{scan_id}-{scan.attempt}",
        result_ttl=0,
        failure_ttl=86_400,
        job_timeout=settings.SCAN_DEADLINE_SECONDS + 60,
    )
    return True
