"""What a running scan shows: one bar, what was found last, what is open now, how long it takes. Read from rows only:
when the queue or the scanners are away, the page says so and goes on answering."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing.limits import plan_of
from scans.dispatch import capacity, in_flight, line_before
from scans.models import Issue, Priority, Scan, ScanState
from scans.reports.summary import IssueRow, issue_rows, issues_in
from scans.states import WAITING

BAR = 1000
VISIT_WEIGHT = 10
NEWEST = 12
# enough of the newest findings to name NEWEST different issues on any real site
LOOK_BACK = 400
QUICK_POLLS = timedelta(seconds=60)
DISPATCH_PATIENCE = timedelta(seconds=10)
SCANNER_PATIENCE = timedelta(seconds=45)

PHASES = {
    "discovering": "Looking for pages",
    "fetching": "Fetching pages",
    "visiting": "Opening pages in the browser",
    "checking": "Comparing all pages",
    "done": "Writing the report",
}
_ORDER = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the bar, `x` and `width` in thousandths of it."""

    name: str
    label: str
    count: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """`ahead`: scans that start before this one."""

    sentence: str
    ahead: int


@dataclass(frozen=True, slots=True)
class Paused:
    sentence: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    phase: str
    sentence: str
    percent: int
    segments: tuple[Segment, ...]
    findings: int
    current: tuple[str, ...]
    began: datetime
    elapsed: timedelta
    left: timedelta | None
    waiting: Waiting | None
    stopping: bool
    pausing: bool
    paused: Paused | None
    poll_seconds: float

    @property
    def words(self) -> str:
        """What a screen reader is told when it changes."""
        if still := self.paused or self.waiting:
            return still.sentence
        return "Cancelling" if self.stopping else "Pausing" if self.pausing else self.sentence


def progress(scan: Scan, now: datetime | None = None, viewer: User | None = None) -> Progress:
    now = now or timezone.now()
    began = scan.started_at or scan.created_at
    found, fetched, visited = (_number(scan, key) for key in ("found", "fetched", "visited"))
    to_visit = _number(scan, "visit_total")
    phase = PHASES.get(str(scan.progress.get("phase")), "Starting")
    percent = min(99, round(100 * _done(fetched, max(found, fetched), visited, max(to_visit, visited))))
    eta = scan.progress.get("eta_s")
    current = scan.progress.get("current")
    return Progress(
        phase=phase,
        # tens, so that a screen reader is not told every second
        sentence=f"{phase}, {percent // 10 * 10} % done",
        percent=percent,
        segments=segments(found, fetched, visited),
        findings=_number(scan, "findings"),
        current=tuple(str(url) for url in current[:4]) if isinstance(current, list) else (),
        began=began,
        elapsed=max(now - began, timedelta()),
        left=timedelta(seconds=eta) if isinstance(eta, int | float) and not isinstance(eta, bool) else None,
        waiting=waiting(scan, now) if scan.state in WAITING else None,
        stopping=scan.stop_requested,
        pausing=scan.pause_requested and not scan.stop_requested,
        paused=paused(scan, viewer) if scan.state == ScanState.PAUSED else None,
        poll_seconds=_poll_seconds(scan, now - began),
    )


def _done(fetched: int, found: int, visited: int, to_visit: int) -> float:
    """Between 0 and 1. A page takes the browser about ten times as long as its fetch."""
    work = found + VISIT_WEIGHT * to_visit
    return (fetched + VISIT_WEIGHT * visited) / work if work else 0


def _poll_seconds(scan: Scan, elapsed: timedelta) -> float:
    if scan.only_url:
        return 0.5
    return 1 if elapsed < QUICK_POLLS else 2


def _number(scan: Scan, key: str) -> int:
    value = scan.progress.get(key)
    return value if isinstance(value, int) else 0


def segments(found: int, fetched: int, visited: int) -> tuple[Segment, ...]:
    """Visited, fetched but not yet visited, found but not yet fetched; together the whole bar once something is
    found."""
    whole = max(found, fetched, visited)
    ends = [0, min(visited, whole), max(fetched, visited), whole]
    marks = [round(BAR * end / whole) if whole else 0 for end in ends]
    named = (("visited", "opened", visited), ("fetched", "fetched", fetched), ("found", "found", whole))
    return tuple(
        Segment(name, label, count, marks[i], marks[i + 1] - marks[i]) for i, (name, label, count) in enumerate(named)
    )


def paused(scan: Scan, viewer: User | None) -> Paused:
    who = "you" if scan.paused_by_id and viewer == scan.paused_by else scan.paused_by and scan.paused_by.short_name
    by = f"Paused by {who}." if who else "Paused."
    found = _number(scan, "found")
    # opened in the browser is what costs time; a scan that opens none keeps what it fetched
    kept = _number(scan, "visited") or _number(scan, "fetched")
    if not found:
        return Paused(f"{by} Nothing was read yet.", scan.paused_at)
    return Paused(f"{by} {kept} of {max(found, kept)} pages are kept.", scan.paused_at)


def waiting(scan: Scan, now: datetime) -> Waiting:
    waited = now - (scan.queued_at or scan.created_at)
    ahead = scans_ahead(scan)
    load = in_flight() if scan.state == ScanState.PENDING else Counter()
    most = plan_of(scan.site.workspace).concurrent_scans
    if load[scan.site.workspace_id] >= most:
        sentence = f"Your plan runs {most} scan{'' if most == 1 else 's'} at once. This one starts when another ends."
    elif scan.state == ScanState.PENDING and waited > DISPATCH_PATIENCE and load.total() < capacity():
        sentence = "The queue is not reachable right now. Your scan is kept and starts by itself as soon as it is back."
    elif scan.attempt:
        sentence = "The scanner was lost. The scan goes on where it stopped as soon as another one is free."
    elif ahead:
        sentence = f"Waiting for a scanner. {ahead} scan{'' if ahead == 1 else 's'} before this one."
    elif waited > SCANNER_PATIENCE:
        sentence = "Waiting for a scanner. All are busy; yours is next."
    else:
        sentence = "Waiting for a scanner…"
    return Waiting(sentence, ahead)


def scans_ahead(scan: Scan) -> int:
    """Scans that start before this one."""
    if scan.state == ScanState.PENDING:
        return line_before(scan) + Scan.objects.filter(state=ScanState.QUEUED).count()
    mine = _ORDER[Priority(scan.priority)]
    sooner = [priority for priority, order in _ORDER.items() if order < mine]
    before_it = Q(priority__in=sooner) | Q(priority=scan.priority, queued_at__lt=scan.queued_at or scan.created_at)
    return Scan.objects.filter(before_it, state=ScanState.QUEUED).count()


def newest_issues(scan: Scan) -> list[IssueRow]:
    """The issues met last, newest first."""
    latest = scan.findings.order_by("-pk").values_list("issue", flat=True)[:LOOK_BACK]
    ids = list(dict.fromkeys(latest))[:NEWEST]
    by_id = {row.id: row for row in issue_rows(scan, _in(scan, ids))}
    return [by_id[pk] for pk in ids if pk in by_id]


def _in(scan: Scan, ids: Sequence[uuid.UUID]) -> list[Issue]:
    return list(issues_in(scan).filter(pk__in=ids)) if ids else []
