"""Prometheus figures of the whole installation, read from the database by whichever web process is asked: what waits,
what runs, which leases are over, which scanners and browsers there are.

They are the same from every process, so an alert looks at one of them. Without a database only `sentinel_database_up`
is told. Figures of one web process (requests, queries) come from django-prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Count, DurationField, ExpressionWrapper, Min, QuerySet
from django.db.models.functions import Now
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from scans.fleet import ScannerProcess, Tally
from scans.models import Scan
from scans.states import WAITING, Priority, ScanState

BROWSERS = ("idle", "leased", "launching")


class Scans(Collector):
    def describe(self) -> list[Metric]:
        """Nothing beforehand: being registered must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*_waiting(), *_running(), *_scanners(), *_totals()]
        except DatabaseError:
            found = []
        yield GaugeMetricFamily("sentinel_database_up", "Whether the database answers.", value=bool(found))
        yield from found


def _waiting() -> Iterator[Metric]:
    depth = GaugeMetricFamily(
        "scan_queue_depth", "Scans that wait, by priority and state.", labels=["priority", "state"]
    )
    rows = Scan.objects.filter(state__in=WAITING).values("priority", "state").annotate(n=Count("pk")).order_by()
    counts = {(row["priority"], row["state"]): row["n"] for row in rows}
    for priority in Priority.values:
        for state in WAITING:
            depth.add_metric([priority, state], counts.get((priority, state), 0))
    yield depth
    queued, pending = (Scan.objects.filter(state=state) for state in (ScanState.QUEUED, ScanState.PENDING))
    yield _age("scan_oldest_queued_seconds", "How long the oldest queued scan waits.", queued, "queued_at")
    yield _age("scan_oldest_pending_seconds", "How long the oldest scan waits for its turn.", pending, "created_at")


def _running() -> Iterator[Metric]:
    running, overdue = Scan.objects.filter(state=ScanState.RUNNING), Scan.objects.overdue()
    paused = Scan.objects.filter(state=ScanState.PAUSED).count()
    yield GaugeMetricFamily("scan_running", "Scans that run.", value=running.count())
    yield GaugeMetricFamily("scan_paused", "Scans that somebody paused.", value=paused)
    yield GaugeMetricFamily("scan_leases_overdue", "Running scans whose scanner is gone.", value=overdue.count())
    yield _age("scan_lease_overdue_seconds", "How long the oldest lease is over.", overdue, "lease_until")
    yield _age("scan_oldest_running_seconds", "Age of the oldest running scan.", running, "started_at")


def _age(name: str, help: str, scans: QuerySet[Scan], since: str) -> Metric:
    """Of the oldest of them, by the database's clock; 0 where there is none."""
    age: timedelta | None = scans.aggregate(age=ExpressionWrapper(Now() - Min(since), DurationField()))["age"]
    return GaugeMetricFamily(name, help, value=age.total_seconds() if age else 0.0)


def _scanners() -> Iterator[Metric]:
    alive = list(ScannerProcess.objects.alive())
    scanners = GaugeMetricFamily("scanner_alive", "Scanners with a sign of life.", labels=["region"])
    slots = GaugeMetricFamily("scanner_slots", "Scans that they can run at once.", labels=["region"])
    browsers = GaugeMetricFamily("scanner_browsers", "Their browsers, by what they do.", labels=["region", "state"])
    for region in sorted({process.region for process in alive}):
        here = [process for process in alive if process.region == region]
        scanners.add_metric([region], len(here))
        slots.add_metric([region], sum(process.slots for process in here if not process.stopping))
        for state, number in _browsers(here).items():
            browsers.add_metric([region, state], number)
    ages = [float(lease.get("seconds", 0)) for process in alive for lease in process.leases]
    yield from (scanners, slots, browsers)
    yield GaugeMetricFamily(
        "scanner_lease_age_seconds", "Age of the oldest lent browser.", value=max(ages, default=0.0)
    )


def _browsers(processes: list[ScannerProcess]) -> Counter[str]:
    counts = Counter(dict.fromkeys(BROWSERS, 0))
    for process in processes:
        counts["idle"] += int(process.state.get("idle") or 0)
        counts["leased"] += len(process.leases)
        counts["launching"] += bool(process.state.get("launching"))
    return counts


def _totals() -> Iterator[Metric]:
    totals = dict(Tally.objects.values_list("name", "total"))
    for name, help in (
        ("dispatched", "Scans put into a queue."),
        ("started", "Attempts at a scan."),
        ("reaped", "Scans taken back from a scanner or a queue that lost them."),
    ):
        yield CounterMetricFamily(f"scan_{name}", help, value=totals.get(name, 0))


registry = CollectorRegistry(auto_describe=False)
registry.register(Scans())
