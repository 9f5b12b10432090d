"""The pages of a scan and one of them: facts, vitals in words, and where on the pictures its findings are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from scans.models import Finding, IssueState, Page, Scan, Shot
from scans.reports.crops import Rect, rect_of
from scans.reports.wording import title_of
from scans.snapshot import VIEWPORTS, Confidence

FINDINGS_SHOWN = 200
LABELS = {"desktop": "Desktop", "tablet": "Tablet", "mobile": "Phone"}


def pages_of(scan: Scan) -> QuerySet[Page, Any]:
    """With `issues`: what is to fix on each, doubtful and ignored left out."""
    counted = Q(findings__issue__confidence=Confidence.CONFIRMED) & ~Q(findings__issue__state=IssueState.IGNORED)
    return Page.objects.filter(scan=scan).annotate(issues=Count("findings__issue", filter=counted, distinct=True))


@dataclass(frozen=True, slots=True)
class Vital:
    """`tone`: good, fair, poor, or "" when it was not measured; `limit` says the thresholds."""

    name: str
    value: str
    tone: str
    verdict: str
    limit: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """https://web.dev/articles/vitals: good up to, poor above."""

    key: str
    name: str
    good: float
    poor: float
    unit: str


THRESHOLDS = (
    Threshold("lcp_ms", "Largest content shown", 2500, 4000, "s"),
    Threshold("cls", "Layout shift", 0.1, 0.25, ""),
    Threshold("tbt_ms", "Blocked by scripts", 200, 600, "ms"),
    Threshold("fcp_ms", "First content shown", 1800, 3000, "s"),
    Threshold("ttfb_ms", "Server's first answer", 800, 1800, "ms"),
)


def vitals(page: Page) -> list[Vital]:
    if page.visited_at is None:
        return []
    return [_vital(threshold, page.vitals.get(threshold.key)) for threshold in THRESHOLDS]


def _vital(threshold: Threshold, value: Any) -> Vital:
    limit = f"good ≤ {_figure(threshold, threshold.good)}, poor > {_figure(threshold, threshold.poor)}"
    if not isinstance(value, int | float):
        return Vital(threshold.name, "–", "", "not measured", limit)
    if value <= threshold.good:
        tone, verdict = "good", "Good"
    elif value <= threshold.poor:
        tone, verdict = "fair", "Needs work"
    else:
        tone, verdict = "poor", "Poor"
    return Vital(threshold.name, _figure(threshold, value), tone, verdict, limit)


def _figure(threshold: Threshold, value: float) -> str:
    if threshold.unit == "s":
        return f"{value / 1000:.1f} s"
    return f"{value:,.0f} ms" if threshold.unit == "ms" else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class Pin:
    """A numbered finding on a picture, in its pixels. `at` is where the number stands, inside the picture."""

    number: int
    finding: uuid.UUID
    label: str
    severity: str
    rect: Rect
    at_x: float
    at_y: float


@dataclass(frozen=True, slots=True)
class Screen:
    """One width of the page. `radius` of a pin and `stroke` are in the picture's pixels, so that they look alike on
    each."""

    name: str
    label: str
    shot: Shot
    pins: tuple[Pin, ...]
    radius: int

    @property
    def stroke(self) -> int:
        return max(2, self.radius // 5)

    @property
    def text(self) -> int:
        return round(self.radius * 1.1)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """`number` as on the pins; equal places on two widths are one finding with one number."""

    number: int
    finding: Finding
    title: str
    severity: str
    is_review: bool
    viewport: str


def findings_of(page: Page) -> list[Finding]:
    """What is said of the page, the worst first, ignored left out; at most FINDINGS_SHOWN."""
    said = page.findings.exclude(issue__state=IssueState.IGNORED).select_related("issue")
    return list(said.order_by("issue__confidence", "issue__rank", "pk")[:FINDINGS_SHOWN])


def finding_rows(findings: Iterable[Finding]) -> list[FindingRow]:
    return [
        FindingRow(
            number=number,
            finding=finding,
            title=title_of(finding.issue),
            severity=finding.issue.severity,
            is_review=finding.issue.confidence != Confidence.CONFIRMED,
            viewport=LABELS.get((finding.box or {}).get("viewport", finding.viewport), ""),
        )
        for number, finding in enumerate(findings, 1)
    ]


def screens(shots: Iterable[Shot], rows: Sequence[FindingRow]) -> list[Screen]:
    """The pictures from wide to narrow, each with the findings that have a place on it."""
    by_name = {shot.viewport: shot for shot in shots}
    order = [viewport.name for viewport in VIEWPORTS if viewport.name in by_name]
    found = []
    for name in order:
        shot = by_name[name]
        radius = round(16 + shot.width / 100)
        found.append(Screen(name, LABELS.get(name, name), shot, tuple(_pins(shot, rows, radius)), radius))
    return found


def _pins(shot: Shot, rows: Sequence[FindingRow], radius: int) -> Iterable[Pin]:
    # worst last, so that it is drawn on top
    for row in reversed(rows):
        box = row.finding.box
        if not box or box.get("viewport") != shot.viewport:
            continue
        rect = rect_of(box)
        x = min(max(rect.left, radius), shot.width - radius)
        y = min(max(rect.top, radius), shot.height - radius)
        yield Pin(row.number, row.finding.pk, f"{row.number}: {row.title}", row.severity, rect, x, y)
