"""Step 3: one attempt at one scan. Claim the row → lease a browser → keep events until the last one → complete,
partial, failed, or back in the line (pause, shutdown).

Runs in a worker thread of the scanner; the engine runs in the scanner's loop, and its events arrive here through a
queue. So everything that touches the database is plain synchronous code in one thread, and a slow database slows one
scan only."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count

from scans import carry, compare, recheck, recovery
from scans.events import Carried, Ended, Event, Fetched, Judged, Known, Order, Progress, Status, Visited
from scans.keep import Keeper, LeaseLost
from scans.launch import policy
from scans.models import Finding, Issue, IssueState, Scan, ScanState, SkippedUrl, Tally
from scans.reports.score import Fault, score
from scans.scanner import Run, Scanner
from scans.snapshot import Category, Confidence, Severity
from scans.wakeup import poke
from scans.webflow import feed
from scans.webflow.objects import SyncedSite

logger = logging.getLogger(__name__)

HEARTBEAT_S = 1.0
RECONNECT_S = 0.5
LEAVE_S = 8.0
STATES = {
    Status.COMPLETE: ScanState.COMPLETE,
    Status.PARTIAL: ScanState.PARTIAL,
    Status.FAILED: ScanState.FAILED,
    Status.CANCELLED: ScanState.CANCELLED,
}


class NoDatabase(Exception):
    """It did not come back while the lease could still be ours."""


def run(scan_id: uuid.UUID, scanner: Scanner) -> None:
    """One attempt. Nothing happens when another scanner won the row or the scan is over."""
    if scanner.stopping:
        # popped in the moment of leaving: somebody else should have it at once
        if Scan.objects.unqueue(scan_id):
            poke()
        return
    token = Scan.objects.claim(scan_id)
    if token is None:
        logger.info("scan %s is not ours to run", scan_id)
        return
    try:
        _attempt(scan_id, token, scanner)
    except LeaseLost:
        logger.warning("scan %s was taken over; this attempt stops", scan_id)
    except NoDatabase as error:
        logger.error(
            "scan %s: the database was away for longer than the lease (%s); this attempt stops", scan_id, error
        )
    except Exception:
        # whatever it was (a time limit of the queue too): the reaper need not wait for the lease to end
        Scan.objects.abandon(scan_id, token)
        raise


def _attempt(scan_id: uuid.UUID, token: uuid.UUID, scanner: Scanner) -> None:
    scan = Scan.objects.select_related("site").get(pk=scan_id)
    Scan.objects.extend(scan_id, token, pages_kept=recovery.kept(scan_id))
    Tally.objects.add("started")
    known, before = carry.known_pages(scan)
    started = scanner.start_scan(_order(scan, known), name=str(scan_id))
    try:
        Attempt(Keeper(scan, token, before), started, scanner).run()
    finally:
        started.stop()


def _order(scan: Scan, known: Mapping[str, Known]) -> Order:
    opened = scan.pages.filter(visited_at__isnull=False)
    return Order(
        url=scan.only_url or scan.site.url,
        policy=policy(),
        max_pages=scan.max_pages,
        max_visits=scan.max_visits,
        only=recheck.CATEGORIES if scan.only_url else None,
        proven=scan.site.is_proven,
        tabs=settings.SCAN_TABS,
        deadline_s=settings.SCAN_DEADLINE_SECONDS,
        visited=frozenset(opened.values_list("url", flat=True)),
        known=known,
        single=bool(scan.only_url),
        custom_rules=scan.site.custom_rules.in_force(),
        ignore=tuple(scan.site.ignored_selectors),
        salt=compare.salt(scan.site),
        staging=scan.site.staging_of_id is not None,
        webflow=feed.of(SyncedSite.objects.filter(site=scan.site.staging_of_id or scan.site_id).first()),
    )


class Attempt:
    """Keeps events until the last one, renews the lease at least every second, and looks what a person or the scanner
    wants meanwhile: cancel, pause, leave."""

    def __init__(self, keeper: Keeper, started: Run, scanner: Scanner) -> None:
        self._keeper, self._started, self._scanner = keeper, started, scanner
        self._scan, self._token = keeper.scan, keeper.token
        self._looked = 0.0
        self._leave_at: float | None = None  # when this attempt goes at the latest
        self._over = False

    def run(self) -> None:
        while not self._over:
            event = self._started.next_event(timeout=HEARTBEAT_S)
            if event is not None:
                self._lasting(partial(self._take, event))
            if not self._over and time.monotonic() - self._looked >= HEARTBEAT_S:
                self._looked = time.monotonic()
                self._lasting(self._look)

    def _lasting(self, work: Callable[[], None]) -> None:
        """Does it, again after each loss of the database, as long as the lease may still be ours. Every piece of work
        is one transaction and may be done twice."""
        end, lost = time.monotonic() + settings.SCAN_LEASE_SECONDS, False
        while True:
            try:
                if lost:
                    self._keeper.recall()
                return work()
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() >= end or self._scanner.stopping:
                    raise NoDatabase(str(error)) from error
                logger.warning("scan %s waits for the database: %s", self._scan.pk, error)
                lost = True
                connection.close()
                time.sleep(RECONNECT_S)

    def _take(self, event: Event) -> None:
        match event:
            case Progress():
                self._keeper.progress(event)
            case Fetched():
                self._keeper.fetched(event)
            case Visited():
                self._keeper.visited(event)
            case Carried():
                self._keeper.carried(event)
            case Judged():
                self._keeper.judged(event)
            case Ended(status=Status.HANDED_BACK):
                self._release()
            case Ended():
                _finish(self._scan, self._token, self._keeper, event)
                self._over = True

    def _look(self) -> None:
        if not Scan.objects.extend(self._scan.pk, self._token):
            raise LeaseLost(str(self._scan.pk))
        asked = Scan.objects.only("stop_requested", "pause_requested").get(pk=self._scan.pk)
        if asked.stop_requested:
            self._started.cancel()
        elif asked.pause_requested:
            self._release()
        elif self._scanner.stopping:
            self._leave()

    def _leave(self) -> None:
        """Pages under way are finished, within LEAVE_S; then another scanner goes on."""
        if self._leave_at is None:
            self._leave_at = time.monotonic() + LEAVE_S
            self._started.leave()
        elif time.monotonic() >= self._leave_at:
            self._release()

    def _release(self) -> None:
        self._over = True
        if Scan.objects.release(self._scan.pk, self._token):
            poke()


@transaction.atomic
def _finish(scan: Scan, token: uuid.UUID, keeper: Keeper, event: Ended) -> None:
    """In one transaction: it may be done twice when the database goes away meanwhile."""
    rows = [SkippedUrl(scan=scan, url=s.url[:2048], reason=s.reason[:40]) for s in event.coverage.skipped]
    SkippedUrl.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    kept = Scan.objects.finish(
        scan.pk,
        token,
        STATES[event.status],
        event.reason,
        coverage=_coverage(event),
        score={} if scan.only_url else _score(scan, event),
        engine=dict(event.engine),
        progress={**scan.progress, "phase": "done", "findings": keeper.findings, **_counts(event)},
        cpu_seconds=event.cost.cpu_s,
        peak_memory_mb=event.cost.peak_memory_mb,
        bytes_in=event.cost.bytes_in,
        cost_usd=cost_usd(event),
    )
    if not kept:
        raise LeaseLost(str(scan.pk))
    if event.status is Status.COMPLETE and scan.only_url:
        recheck.close(scan)
    elif event.status is Status.COMPLETE:
        # a complete scan speaks for the whole site: what it did not meet any more is fixed
        gone = Issue.objects.filter(site_id=scan.site_id, state=IssueState.OPEN).exclude(last_scan=scan)
        gone.update(state=IssueState.FIXED, fixed_scan=scan)
    if event.status in (Status.COMPLETE, Status.PARTIAL) and not scan.only_url:
        compare.keep_first(scan)


def _counts(event: Ended) -> dict[str, int]:
    coverage = event.coverage
    return {"found": coverage.discovered, "fetched": coverage.fetched, "visited": coverage.visited}


def _coverage(event: Ended) -> dict[str, Any]:
    coverage = event.coverage
    return {
        "discovered": coverage.discovered,
        "fetched": coverage.fetched,
        "visited": coverage.visited,
        "carried": coverage.carried,
        "skipped": len(coverage.skipped),
        "limits": list(coverage.limits),
        "note": coverage.note,
    }


def _score(scan: Scan, event: Ended) -> dict[str, Any]:
    """The score and the counts a report leads with, from the rows that were kept."""
    found = Finding.objects.filter(scan=scan).exclude(issue__state=IssueState.IGNORED)
    certain = found.filter(issue__confidence=Confidence.CONFIRMED)
    rows = certain.values_list("url", "issue__fingerprint", "issue__category", "issue__severity").distinct()
    faults = [Fault(url, fingerprint, Category(cat), Severity(sev)) for url, fingerprint, cat, sev in rows]
    result = score(faults, event.coverage.fetched, event.judged)
    severities = certain.values("issue__severity").annotate(n=Count("issue", distinct=True)).order_by()
    return {
        **result,
        "issues": certain.values("issue").distinct().count(),
        "findings": certain.count(),
        "severities": {row["issue__severity"]: row["n"] for row in severities},
    }


def cost_usd(event: Ended) -> Decimal:
    """What the scan cost us: CPU, memory held for its time, bytes in, at the settings' prices."""
    cost = event.cost
    gb_hours = cost.peak_memory_mb / 1024 * event.engine.get("duration_s", 0) / 3600
    usd = (
        cost.cpu_s / 3600 * settings.PRICE_CPU_HOUR
        + gb_hours * settings.PRICE_GB_HOUR
        + cost.bytes_in / 1e9 * settings.PRICE_GB_IN
    )
    return Decimal(usd).quantize(Decimal("0.000001"))
