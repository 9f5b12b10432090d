"""The score: 0 to 100 per category and overall, from what was confirmed.

Per page and category, every issue on the page costs points once, however often it occurs there: critical 30, serious
12, moderate 5, minor 2, info 0. A page's score is 100 minus its points, at least 0; a category's score is the mean
over all pages (the site's own category: the points of the whole site). A confirmed critical issue caps its category
at 49. The overall score is the mean of the categories weighted as below. Needs-review and ignored never count; pages
are what is averaged, never assets, so a page with many pictures is not a better page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scans.snapshot import Category, Severity

POINTS = {Severity.CRITICAL: 30, Severity.SERIOUS: 12, Severity.MODERATE: 5, Severity.MINOR: 2, Severity.INFO: 0}
CRITICAL_CAP = 49
WEIGHTS = {
    Category.LINKS: 3,
    Category.ACCESSIBILITY: 3,
    Category.METADATA: 2,
    Category.CONTENT: 2,
    Category.PERFORMANCE: 2,
    Category.LAYOUT: 2,
    Category.IMAGES: 1,
    Category.RESOURCES: 1,
    Category.SITE: 1,
    Category.JAVASCRIPT: 1,
    Category.WEBFLOW: 1,
    Category.CUSTOM: 2,
    Category.FORMS: 1,
    Category.SECURITY: 1,
    Category.VISUAL: 1,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One confirmed issue on one page."""

    page: str
    fingerprint: str
    category: Category
    severity: Severity


def score(faults: Iterable[Fault], pages: int, judged: Sequence[Category]) -> dict[str, object]:
    """`{"overall": 0..100, "categories": {name: 0..100}}` for `pages` scanned pages, over the categories that were
    judged. A site of which no page could be read has no score: `{}`."""
    if pages == 0:
        return {}
    once = {(fault.page, fault.fingerprint): fault for fault in faults}
    points: dict[Category, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    critical: set[Category] = set()
    for fault in once.values():
        points[fault.category][fault.page] += POINTS[fault.severity]
        if fault.severity is Severity.CRITICAL:
            critical.add(fault.category)
    scores = {}
    for category in judged:
        scores[category] = _category(category, points[category], pages, capped=category in critical)
    total = sum(WEIGHTS[category] for category in scores)
    overall = sum(WEIGHTS[category] * value for category, value in scores.items()) / total if total else 100.0
    return {
        "overall": round(overall),
        "categories": {category.value: round(value) for category, value in scores.items()},
    }


def _category(category: Category, by_page: dict[str, int], pages: int, *, capped: bool) -> float:
    if category is Category.SITE:
        value = 100.0 - min(100, sum(by_page.values()))
    else:
        value = 100.0 - sum(min(100, lost) for lost in by_page.values()) / max(pages, len(by_page))
    return min(value, CRITICAL_CAP) if capped else value
