"""A site's scans over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from scans.models import REPORTED, Issue, Scan, Site

TREND = 30


def scans_of(site: Site) -> QuerySet[Scan, Any]:
    """Newest first, each with `new_issues`, how many it was the first to see, and `follows`, whether that means
    something."""
    new = Issue.objects.filter(first_scan=OuterRef("pk")).order_by().values("first_scan").annotate(n=Count("pk"))
    counted = Subquery(new.values("n"), output_field=IntegerField())
    before = Scan.objects.comparable().filter(site=OuterRef("site"), number__lt=OuterRef("number"))
    return (
        site.scans.whole()
        .annotate(new_issues=Coalesce(counted, 0), follows=Exists(before))
        .select_related("requested_by")
        .order_by("-number")
    )


@dataclass(frozen=True, slots=True)
class Point:
    number: int
    score: int


def trend(site: Site) -> list[Point]:
    """Scores of the last TREND scans that have one, oldest first."""
    scored = site.scans.filter(state__in=REPORTED, score__overall__isnull=False).order_by("-number")
    rows = scored.values_list("number", "score__overall")[:TREND]
    return [Point(number, int(overall)) for number, overall in reversed(rows)]


@dataclass(frozen=True, slots=True)
class Line:
    """One scan in the history. `change`: against the scored scan before it on this page, None without one."""

    scan: Scan
    new_issues: int
    change: int | None


def lines(scans: Sequence[Any], scores: Sequence[Point]) -> list[Line]:
    """`scans` as `scans_of` gives them."""
    before: dict[int, int] = {}
    for earlier, later in pairwise(scores):
        before[later.number] = earlier.score
    return [Line(scan, scan.new_issues if scan.follows else 0, _change(scan, before)) for scan in scans]


def _change(scan: Scan, before: dict[int, int]) -> int | None:
    if scan.overall is None or scan.number not in before:
        return None
    return scan.overall - before[scan.number]
