"""Changes of what pages look like, for people: before, after and where, in pixels of the picture after."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scans.baselines import Baseline, VisualChange
from scans.models import Finding, Issue, Page, Scan, Shot
from scans.reports.crops import Rect
from scans.reports.pages import LABELS
from scans.snapshot import VIEWPORTS

MOST_SHOWN = 6
_ORDER = {viewport.name: place for place, viewport in enumerate(VIEWPORTS)}


@dataclass(frozen=True, slots=True)
class Look:
    """One page at one width. `is_approved`: the picture after is what counts; `may_undo`: another did before."""

    change: VisualChange
    label: str
    page: Page
    before: Baseline
    after: Shot
    boxes: tuple[Rect, ...]
    is_approved: bool
    may_undo: bool

    @property
    def width(self) -> int:
        return self.after.width

    @property
    def height(self) -> int:
        return max(self.before.height, self.after.height)

    @property
    def stroke(self) -> int:
        return max(2, self.width // 240)

    @property
    def first(self) -> int:
        """The top of the first box: where a reader looks."""
        return round(min((box.top for box in self.boxes), default=0))


@dataclass(frozen=True, slots=True)
class Looks:
    """`more` are those not shown; `waiting`: how many of the scan are not approved."""

    shown: tuple[Look, ...]
    more: int
    waiting: int


def of_page(page: Page) -> Looks:
    return _looks(page.scan, list(VisualChange.objects.filter(page=page)))


def of_issue(scan: Scan, issue: Issue) -> Looks:
    places = set(Finding.objects.filter(scan=scan, issue=issue).values_list("page", "viewport"))
    found = VisualChange.objects.filter(page__in={page for page, _ in places})
    return _looks(scan, [change for change in found if (change.page_id, change.viewport) in places])


def waiting(scan: Scan) -> int:
    return VisualChange.objects.filter(page__scan=scan).unapproved().count()


def _looks(scan: Scan, changes: Sequence[VisualChange]) -> Looks:
    if not changes:
        return Looks((), 0, 0)
    keys = [change.pk for change in changes]
    rows = VisualChange.objects.filter(pk__in=keys).select_related("page__scan", "before")
    approved = dict(_approved(rows.approved()))
    shots = {(shot.page_id, shot.viewport): shot for shot in Shot.objects.filter(page__in={c.page_id for c in changes})}
    found = []
    for row in sorted(rows, key=lambda row: (row.page.url, _ORDER.get(row.viewport, 9))):
        after = shots.get((row.page_id, row.viewport))
        if after is not None:
            found.append(_look(row, after, approved))
    return Looks(tuple(found[:MOST_SHOWN]), max(0, len(found) - MOST_SHOWN), waiting(scan))


def _approved(rows: Iterable[VisualChange]) -> Iterable[tuple[uuid.UUID, bool]]:
    """Which are approved, and whether that can be taken back."""
    digests = {row.digest for row in rows}
    undone = Baseline.objects.filter(is_current=True, digest__in=digests, previous__isnull=False)
    known = set(undone.values_list("site", "url", "viewport", "digest"))
    return ((r.pk, (r.page.scan.site_id, r.page.url, r.viewport, r.digest) in known) for r in rows)


def _look(row: VisualChange, after: Shot, approved: dict[uuid.UUID, bool]) -> Look:
    return Look(
        change=row,
        label=LABELS.get(row.viewport, row.viewport),
        page=row.page,
        before=row.before,
        after=after,
        boxes=tuple(Rect(*map(float, box)) for box in row.boxes),
        is_approved=row.pk in approved,
        may_undo=approved.get(row.pk, False),
    )
