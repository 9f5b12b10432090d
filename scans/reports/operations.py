"""How the installation is doing, for staff: what waits, what runs, what failed, what a scan costs. Asks the queue too,
and says so when it does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import django_rq
from django.conf import settings
from django.db.models import Avg, Count, Q
from django.utils import timezone
from redis.exceptions import RedisError

from scans.models import Scan, ScanState

LATEST_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`queues` is None when the queue is not reachable. Costs are USD per finished scan, None without one."""

    queues: tuple[Queue, ...] | None
    waiting: int
    running: int
    overdue: int
    finished_day: int
    failed_day: int
    cost_day: Decimal | None
    cost_week: Decimal | None
    failures: tuple[Scan, ...]

    @property
    def failed_share(self) -> float:
        """Percent of the scans that ended in the last 24 hours."""
        return 100 * self.failed_day / self.finished_day if self.finished_day else 0.0


def figures(now: datetime | None = None) -> Figures:
    now = now or timezone.now()
    day, week = Q(finished_at__gte=now - timedelta(days=1)), Q(finished_at__gte=now - timedelta(days=7))
    ended = Scan.objects.filter(week).aggregate(
        finished_day=Count("pk", filter=day),
        failed_day=Count("pk", filter=day & Q(state=ScanState.FAILED)),
        cost_day=Avg("cost_usd", filter=day & Q(cost_usd__gt=0)),
        cost_week=Avg("cost_usd", filter=Q(cost_usd__gt=0)),
    )
    active = Scan.objects.active().aggregate(
        waiting=Count("pk", filter=~Q(state=ScanState.RUNNING)), running=Count("pk", filter=Q(state=ScanState.RUNNING))
    )
    failures = Scan.objects.filter(day, state=ScanState.FAILED).select_related("site").order_by("-finished_at")
    return Figures(
        queues=queues(),
        overdue=Scan.objects.overdue().count(),
        failures=tuple(failures[:LATEST_FAILURES]),
        **active,
        **ended,
    )


def queues() -> tuple[Queue, ...] | None:
    try:
        return tuple(Queue(name, django_rq.get_queue(name).count) for name in ["default", *settings.SCAN_QUEUES])
    except RedisError:
        return None
