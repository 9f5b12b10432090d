"""One site over time: its newest report, the worst of it, and what each scan brought and mended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from scans.models import REPORTED, Issue, IssueState, Scan, ScanState, Site
from scans.reports import history
from scans.reports.board import open_issues
from scans.reports.summary import IssueRow, issue_rows, issues_in

LINES = 10
WORST = 5


def newest_report(site: Site) -> Scan | None:
    return site.scans.filter(state__in=REPORTED, score__overall__isnull=False).order_by("-number").first()


def worst_issues(scan: Scan) -> list[IssueRow]:
    """The WORST open issues of the scan: most severe first, then on most pages."""
    found: QuerySet[Any, Any] = open_issues(issues_in(scan))
    return issue_rows(scan, found.order_by("rank", "-pages", "-occurrences", "pk")[:WORST])


@dataclass(frozen=True, slots=True)
class Line:
    """`new` and `fixed`: issues this scan was the first to meet, or the first to miss; None where that is not known."""

    scan: Scan
    new: int | None
    fixed: int | None
    change: int | None


def lines(site: Site, trend: Sequence[history.Point]) -> list[Line]:
    """The last LINES scans, newest first."""
    scans: list[Any] = list(history.scans_of(site)[: LINES + 1])
    mended = _fixed_in(scans)
    rows = history.lines(scans[:LINES], trend)
    return [
        Line(row.scan, row.new_issues if _compares(row.scan) else None, mended.get(row.scan.pk), row.change)
        for row in rows
    ]


def _compares(scan: Any) -> bool:
    """`scan` as `scans.reports.history.scans_of` gives it."""
    return scan.follows and scan.state in REPORTED


def _fixed_in(scans: Sequence[Scan]) -> dict[uuid.UUID, int]:
    """How many issues each complete scan was the first not to meet; of the site's first nothing can be said."""
    fixed = Issue.objects.filter(fixed_scan__in=scans, state=IssueState.FIXED).order_by()
    counted = dict(fixed.values_list("fixed_scan").annotate(n=Count("pk")))
    complete = [scan for scan in scans if scan.state == ScanState.COMPLETE and scan.number > 1]
    return {scan.pk: counted.get(scan.pk, 0) for scan in complete}
