"""What each issue costs: the order in which mending pays most, and the score of a scan taken apart.

Mending an issue clears all its findings, and each weighs what its severity costs in the score. The score itself is
`scans.reports.score`; here its sum is written down issue by issue, from the rows that were kept.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count

from scans.models import IssueState, Scan
from scans.reports.score import CRITICAL_CAP, POINTS, WEIGHTS
from scans.reports.summary import IssueRow, Tally, issue_rows, issues_in
from scans.reports.wording import category_label, rule_title
from scans.snapshot import Category, Confidence, Severity

FIRST = 5
COSTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class First:
    """The fixes that clear the most. `findings` is what they clear together, of `of`; `share` in percent."""

    rows: tuple[IssueRow, ...]
    findings: int
    of: int

    @property
    def share(self) -> int:
        return round(100 * self.findings / self.of) if self.of else 0


def ranked(rows: Iterable[Tally]) -> list[Tally]:
    """What is to be fixed, by findings × the points of their severity, most first."""
    to_fix = [row for row in rows if row.counts]
    return sorted(to_fix, key=lambda row: (-row.occurrences * POINTS[Severity(row.severity)], -row.occurrences, row.id))


def fix_first(scan: Scan, rows: Sequence[Tally]) -> First | None:
    """None where the whole list is no longer than this one would be."""
    order = [row.id for row in ranked(rows)]
    if len(order) <= FIRST:
        return None
    chosen = {issue.pk: issue for issue in issues_in(scan).filter(pk__in=order[:FIRST])}
    shown = issue_rows(scan, [chosen[pk] for pk in order[:FIRST] if pk in chosen])
    of = sum(row.occurrences for row in rows if row.counts)
    return First(tuple(shown), sum(row.occurrences for row in shown), of)


@dataclass(frozen=True, slots=True)
class IssueCost:
    """`points` a page on which it occurs loses, on `pages` pages; `loss` is what that takes from its category."""

    id: uuid.UUID
    title: str
    group: str
    severity: str
    points: int
    pages: int
    loss: float


@dataclass(frozen=True, slots=True)
class CategoryCost:
    """`score` as the scan kept it. `loss`: all costs together, which may be more than is missing from 100, because a
    page loses at most 100. `capped`: a critical issue held the category down."""

    name: str
    label: str
    score: int
    weight: int
    costs: tuple[IssueCost, ...]
    more: int
    loss: float
    capped: bool

    @property
    def overshoots(self) -> bool:
        """More was lost than a page can lose."""
        return not self.capped and self.loss > 100 - self.score + 1


def category_costs(scan: Scan) -> list[CategoryCost]:
    """The categories that were judged, heaviest in the overall score first. One query."""
    scores: dict[str, int] = scan.score.get("categories", {})
    costs = _issue_costs(scan)
    judged = [category for category in Category if category.value in scores]
    return [
        _category(category, scores[category.value], costs[category.value])
        for category in sorted(judged, key=lambda category: (-WEIGHTS[category], scores[category.value]))
    ]


def _category(category: Category, score: int, costs: list[IssueCost]) -> CategoryCost:
    costs.sort(key=lambda cost: (-cost.loss, -cost.pages, cost.title))
    loss = sum(cost.loss for cost in costs)
    critical = any(cost.severity == Severity.CRITICAL for cost in costs)
    return CategoryCost(
        name=category.value,
        label=category_label(category),
        score=score,
        weight=WEIGHTS[category],
        costs=tuple(costs[:COSTS_SHOWN]),
        more=max(0, len(costs) - COSTS_SHOWN),
        loss=loss,
        capped=critical and score == CRITICAL_CAP,
    )


def _issue_costs(scan: Scan) -> dict[str, list[IssueCost]]:
    """Of each category, the issues that cost something."""
    certain = scan.findings.filter(issue__confidence=Confidence.CONFIRMED).exclude(issue__state=IssueState.IGNORED)
    fields = ("issue", "issue__rule", "issue__title", "issue__group", "issue__severity", "issue__category")
    counted = certain.order_by().values(*fields).annotate(n=Count("url", distinct=True)).values_list(*fields, "n")
    read = max(1, int(scan.coverage.get("fetched") or 0))
    found: dict[str, list[IssueCost]] = defaultdict(list)
    for pk, rule, title, group, severity, category, pages in counted:
        if points := POINTS[Severity(severity)]:
            # the site's own faults are not thinned by its pages
            thinned = 1 if category == Category.SITE else max(read, pages)
            loss = points * pages / thinned
            found[category].append(IssueCost(pk, rule_title(rule) or title, group, severity, points, pages, loss))
    return found
