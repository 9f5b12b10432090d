"""What people see of a page and did not see before: one problem for each width whose picture differs from the approved
one.

In: the page and the figures of a comparison, which the keep step makes. Out: a question, never a verdict: whether a
change was meant only a person knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scans.checks.registry import Rule, register
from scans.snapshot import Box, Confidence, Element, PageFacts, Problem, Severity

CHANGED = Rule(
    "visual.changed",
    Severity.MODERATE,
    "Page looks different from what was approved",
    "Look at before and after. If the change was meant, press Approve: later scans compare with the new picture. If "
    "not, open the page in the Designer and undo it; Backups in Webflow’s site settings hold earlier versions. What "
    "changes by itself (a slider, a feed) can be left out here, in this site’s Settings under Visual changes.",
    Confidence.NEEDS_REVIEW,
)
register(CHANGED, tier="V")
_WIDTHS = {"desktop": "desktop", "tablet": "tablet", "mobile": "phone"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One comparison in figures. `percent`: of the blocks of the picture; `boxes` (x, y, width, height) are its places,
    the largest first; `taller`: by how many pixels the page grew (or shrank)."""

    viewport: str
    percent: float
    boxes: Sequence[Sequence[int]]
    taller: int = 0


def changed(page: PageFacts, comparisons: Sequence[Seen], threshold: float) -> list[Problem]:
    """`threshold`: percent of the picture that may differ."""
    return [_problem(page, seen) for seen in comparisons if seen.boxes and seen.percent > threshold]


def _problem(page: PageFacts, seen: Seen) -> Problem:
    share = f"{seen.percent:.1f} %" if seen.percent >= 0.1 else "less than 0.1 %"
    places = f"{len(seen.boxes)} places" if len(seen.boxes) > 1 else "one place"
    height = ""
    if seen.taller:
        height = f"; the page is {abs(seen.taller)} px {'taller' if seen.taller > 0 else 'shorter'}"
    x, y, width, tall = seen.boxes[0]
    return CHANGED.problem(
        page.url,
        f"At {_WIDTHS.get(seen.viewport, seen.viewport)} width {share} of the picture changed, in {places}{height}.",
        element=Element("", "", "body", box=Box(seen.viewport, x, y, width, tall)),
        viewport=seen.viewport,
        # pages of one CMS template are one question; other pages are one each, however many widths differ
        cause="" if page.template.startswith("wf:") else "/" + page.url.partition("://")[2].partition("/")[2],
        changed_percent=round(seen.percent, 3),
        places=len(seen.boxes),
        taller_px=seen.taller,
    )
