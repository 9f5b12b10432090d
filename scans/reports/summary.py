"""What a report says first, from the rows of one scan: its issues with how often and on how many pages, the headline,
the score per category, the coverage sentence. Two queries whatever the scan's size."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from scans.models import Finding, Issue, IssueState, Scan
from scans.reports.wording import category_label, title_of
from scans.snapshot import Category, Confidence, Severity

FOLD_ABOVE, FOLD_TO = 6, 4  # of more than six issues of one rule a list shows four


@dataclass(frozen=True, slots=True)
class Tally:
    """One issue of the scan in figures; what the headline, the tabs and the filters' counts are made from."""

    id: uuid.UUID
    category: str
    severity: str
    confidence: str
    state: str
    is_new: bool
    occurrences: int

    @property
    def counts(self) -> bool:
        """Whether it is something to fix: confirmed, and not ignored."""
        return self.confidence == Confidence.CONFIRMED and self.state != IssueState.IGNORED


@dataclass(frozen=True, slots=True)
class CategoryScore:
    name: str
    label: str
    score: int | None
    issues: int


@dataclass(frozen=True, slots=True)
class SeverityCount:
    name: str
    label: str
    issues: int


@dataclass(frozen=True, slots=True)
class Headline:
    issues: int
    findings: int
    pages: int
    new: int
    review: int
    ignored: int


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One line of the list. `since` is the number of the scan that saw it first, None when that scan is gone; `more`
    says how many issues of this rule are folded away behind it."""

    id: uuid.UUID
    title: str
    message: str
    rule: str
    category: str
    severity: str
    confidence: str
    state: str
    group: str
    pages: int
    occurrences: int
    since: int | None
    is_new: bool
    more: int = 0


def issues_in(scan: Scan) -> QuerySet[Issue, Any]:
    """The scan's issues with `occurrences` and `pages` (0: about the site as a whole). Counted issue by issue: joining
    and grouping instead would sort every finding of the scan for each page of the list."""
    mine = Finding.objects.filter(scan=scan, issue=OuterRef("pk")).order_by().values("issue")
    return (
        Issue.objects.filter(Exists(mine), site_id=scan.site_id)
        .annotate(
            occurrences=Subquery(mine.annotate(n=Count("pk")).values("n")),
            pages=Subquery(mine.annotate(n=Count("page", distinct=True)).values("n")),
        )
        .select_related("first_scan")
        .defer("first_scan__progress", "first_scan__coverage", "first_scan__score", "first_scan__engine")
    )


def tallies(scan: Scan) -> list[Tally]:
    counted = scan.findings.order_by().values("issue").annotate(n=Count("pk"))
    rows = counted.values_list(
        "issue", "issue__category", "issue__severity", "issue__confidence", "issue__state", "issue__first_scan", "n"
    )
    return [Tally(*row[:5], is_new=is_new(scan, row[5]), occurrences=row[6]) for row in rows]


def is_new(scan: Scan, first_scan_id: uuid.UUID | None) -> bool:
    """In a site's first scan everything would be new, so nothing is called so."""
    return first_scan_id == scan.pk and scan.has_predecessor


def headline(scan: Scan, rows: Sequence[Tally]) -> Headline:
    to_fix = [row for row in rows if row.counts]
    affected = scan.findings.filter(issue__confidence=Confidence.CONFIRMED).exclude(issue__state=IssueState.IGNORED)
    return Headline(
        issues=len(to_fix),
        findings=sum(row.occurrences for row in to_fix),
        pages=affected.aggregate(pages=Count("page", distinct=True))["pages"],
        new=sum(row.is_new for row in to_fix),
        review=sum(row.confidence != Confidence.CONFIRMED and row.state != IssueState.IGNORED for row in rows),
        ignored=sum(row.state == IssueState.IGNORED for row in rows),
    )


def category_scores(scan: Scan, rows: Sequence[Tally]) -> list[CategoryScore]:
    """Categories that were judged or have something to fix, worst score first."""
    scores: dict[str, int] = scan.score.get("categories", {})
    issues = Counter(row.category for row in rows if row.counts)
    found = [
        CategoryScore(category.value, category_label(category), scores.get(category.value), issues[category.value])
        for category in Category
        if category.value in scores or issues[category.value]
    ]
    return sorted(found, key=lambda each: (100 if each.score is None else each.score, -each.issues))


def severity_counts(rows: Sequence[Tally]) -> list[SeverityCount]:
    issues = Counter(row.severity for row in rows if row.counts)
    return [SeverityCount(word.value, word.value.capitalize(), issues[word.value]) for word in Severity]


def issue_rows(scan: Scan, issues: Iterable[Any]) -> list[IssueRow]:
    """`issues` as `issues_in` gives them."""
    return [
        IssueRow(
            id=issue.pk,
            title=title_of(issue),
            message=issue.message,
            rule=issue.rule,
            category=issue.category,
            severity=issue.severity,
            confidence=issue.confidence,
            state=issue.state,
            group=issue.group,
            pages=issue.pages,
            occurrences=issue.occurrences,
            since=issue.first_scan.number if issue.first_scan else None,
            is_new=is_new(scan, issue.first_scan_id),
            more=_folded(issue),
        )
        for issue in issues
    ]


def _folded(issue: Any) -> int:
    """How many of its rule come after the last one that `scans.filters.IssueFilter.folded` shows."""
    alike = getattr(issue, "alike", 0)
    return alike - FOLD_TO if alike > FOLD_ABOVE and issue.place == FOLD_TO else 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """`sentence` as the engine wrote it, else made from the figures; `limits` are caps that were reached, in words."""

    sentence: str
    pages: int
    skipped: int
    limits: tuple[str, ...]


def coverage(scan: Scan) -> Coverage:
    kept = scan.coverage
    fetched, visited, found = (_count(kept, key) for key in ("fetched", "visited", "discovered"))
    plural = "" if fetched == 1 else "s"
    of = f"{max(found, fetched):,} found"
    sentence = f"Fetched {fetched:,} page{plural} of {of} and opened {visited:,} of them in a browser."
    limits = kept.get("limits")
    return Coverage(
        sentence=str(kept.get("note") or sentence),
        pages=fetched,
        skipped=_count(kept, "skipped"),
        limits=tuple(str(limit) for limit in limits) if isinstance(limits, list) else (),
    )


def _count(kept: dict[str, Any], key: str) -> int:
    value = kept.get(key)
    return value if isinstance(value, int) else 0
