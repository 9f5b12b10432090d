"""Step 8 for what pages look like: the pictures of a visit beside the approved ones, and what people approve.

The first picture of a page is its baseline and says nothing. Later ones are compared in the thread that keeps the
scan's events, never on the scanner's loop: measured on two busy cores, the loop waits 0.2 ms (median) to 36 ms (99 %)
longer meanwhile, and a process of its own was slower for tall pages. Equal bytes, the rule on an unchanged site, are
not even decoded. One comparison at a time: a page of 16,384 rows takes about 200 MB."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from scans.baselines import Baseline, VisualChange
from scans.checks import visual
from scans.events import Visited
from scans.models import URL_LIMIT, Issue, IssueState, Page, Scan, Shot, Site
from scans.snapshot import Problem
from scans.visual.diff import Difference, Rect, Unreadable, compare

logger = logging.getLogger(__name__)

OK = 200
_one_at_a_time = threading.Lock()


def digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def salt(site: Site) -> str:
    """Changes with the settings of comparison: a page is opened anew then, and compared."""
    chosen = [site.visual_threshold, site.ignored_selectors, site.ignored_boxes]
    return "" if not any(chosen[1:]) and chosen[0] == Site.THRESHOLD else digest(repr(chosen).encode())


def changes(scan: Scan, event: Visited, shots: Sequence[Shot]) -> list[VisualChange]:
    """Of the pictures of one visit those that differ by more than the site's threshold; rows to be kept. `shots` stand
    in the order of the visit's."""
    url = event.page.url[:URL_LIMIT]
    if event.visit.error or event.page.status != OK:
        return []
    current = {row.viewport: row for row in Baseline.objects.filter(site=scan.site_id, url=url, is_current=True)}
    found = []
    for shot, seen in zip(shots, event.visit.shots, strict=True):
        before = current.get(shot.viewport)
        if before is None or not shot.digest or shot.digest == before.digest:
            continue
        difference = _difference(before, seen.data, seen.ignored, _chosen(scan.site, shot.viewport, url))
        if difference is not None and difference.percent > scan.site.visual_threshold:
            row = VisualChange(page_id=shot.page_id, viewport=shot.viewport, before=before, digest=shot.digest)
            row.percent, row.boxes = difference.percent, [list(box) for box in difference.boxes]
            row.taller = shot.height - before.height
            found.append(row)
    return found


def problems(scan: Scan, event: Visited, found: Iterable[VisualChange]) -> list[Problem]:
    seen = [visual.Seen(row.viewport, row.percent, row.boxes, row.taller) for row in found]
    return visual.changed(event.page, seen, scan.site.visual_threshold)


def _difference(before: Baseline, data: bytes, ignored: Sequence[Rect], chosen: list[Rect]) -> Difference | None:
    """None where there is nothing to compare with (any more)."""
    try:
        with before.file.open("rb") as file:
            old = file.read()
        with _one_at_a_time:
            return compare(old, data, [*map(tuple, before.ignored), *chosen], [*ignored, *chosen])
    except (FileNotFoundError, Unreadable) as error:
        logger.warning("baseline %s cannot be compared with: %s", before.pk, error)
        return None


def _chosen(site: Site, viewport: str, url: str) -> list[Rect]:
    """The boxes that the customer left out, on this page at this width."""
    path = Page(url=url).path
    boxes = [box for box in site.ignored_boxes if box["viewport"] == viewport and box.get("path", path) == path]
    return [(box["x"], box["y"], box["width"], box["height"]) for box in boxes]


def carried(before: uuid.UUID, page_id: uuid.UUID) -> tuple[list[VisualChange], set[str]]:
    """Changes of a page that is carried over, as rows to be kept; and the widths approved meanwhile, of which nothing
    is said any more."""
    rows = VisualChange.objects.filter(page=before)
    kept = list(rows.unapproved())
    for row in kept:
        row.pk, row.page_id = VisualChange._meta.pk.get_default(), page_id
        row._state.adding = True
    return kept, set(rows.approved().values_list("viewport", flat=True))


def keep_first(scan: Scan) -> int:
    """Pictures of pages that have no baseline yet become it; returns how many."""
    known = Baseline.objects.filter(
        site=scan.site_id, url=OuterRef("page__url"), viewport=OuterRef("viewport"), is_current=True
    )
    whole = Shot.objects.filter(page__scan=scan, page__status=OK, page__visit_error="").exclude(digest="")
    shots = whole.filter(~Exists(known)).select_related("page")
    rows = [_baseline(shot, scan.site_id) for shot in shots]
    Baseline.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def _baseline(shot: Shot, site_id: uuid.UUID, previous: Baseline | None = None, by: User | None = None) -> Baseline:
    return Baseline(
        site_id=site_id,
        url=shot.page.url,
        viewport=shot.viewport,
        width=shot.width,
        height=shot.height,
        file=str(shot.file.name),
        digest=shot.digest,
        ignored=shot.ignored,
        scan_id=shot.page.scan_id,
        previous=previous,
        approved_by=by,
    )


# ── what people decide ──


@transaction.atomic
def approve(site: Site, found: Iterable[VisualChange], by: User) -> int:
    """These pictures are what the pages are to look like from now on; returns how many were not before."""
    Site.objects.select_for_update().get(pk=site.pk)
    wanted = VisualChange.objects.filter(pk__in=[row.pk for row in found], page__scan__site=site)
    pending = list(wanted.unapproved().select_related("page"))
    shots = {(shot.page_id, shot.viewport): shot for shot in _shots(pending)}
    urls = {row.page.url for row in pending}
    current = {
        (row.url, row.viewport): row for row in Baseline.objects.filter(site=site, is_current=True, url__in=urls)
    }
    rows = []
    for row in pending:
        shot = shots.get((row.page_id, row.viewport))
        if shot is not None:
            rows.append(_baseline(shot, site.pk, current.get((row.page.url, row.viewport)), by))
    Baseline.objects.filter(pk__in=[row.previous_id for row in rows]).update(is_current=False)
    Baseline.objects.bulk_create(rows, batch_size=500)
    _look_again(site, urls)
    _settle(site)
    return len(rows)


def _shots(found: Sequence[VisualChange]) -> list[Shot]:
    shots = Shot.objects.filter(page__in={row.page_id for row in found})
    return list(shots.select_related("page"))


@transaction.atomic
def undo(site: Site, found: Iterable[VisualChange]) -> int:
    """The pictures approved before count again; returns how many."""
    Site.objects.select_for_update().get(pk=site.pk)
    digests = {row.digest for row in found}
    approved = Baseline.objects.filter(site=site, is_current=True, digest__in=digests, previous__isnull=False)
    rows = list(approved.select_related("previous"))
    Baseline.objects.filter(pk__in=[row.pk for row in rows]).update(is_current=False)
    Baseline.objects.filter(pk__in=[row.previous_id for row in rows]).update(is_current=True)
    _look_again(site, {row.url for row in rows})
    _settle(site)
    return len(rows)


def _newest(site: Site) -> Scan | None:
    return Scan.objects.comparable().filter(site=site).order_by("-number").first()


def _look_again(site: Site, urls: Collection[str]) -> None:
    """The next scan opens and compares pages whose newest picture was not compared with what counts now."""
    pages = Page.objects.filter(scan=_newest(site), url__in=urls)
    pages.exclude(visual_changes__isnull=False).update(visit_print="")


def _settle(site: Site) -> None:
    """An issue all of whose changes are approved is done, and open again when an approval is taken back."""
    newest = _newest(site)
    left = VisualChange.objects.unapproved().filter(
        page__scan=OuterRef("last_scan"), page__findings__issue=OuterRef("pk")
    )
    issues = Issue.objects.filter(site=site, rule=visual.CHANGED.id).annotate(left=Exists(left))
    done = issues.filter(left=False, state=IssueState.OPEN).values_list("pk", flat=True)
    Issue.objects.filter(pk__in=list(done)).update(state=IssueState.FIXED)
    back = issues.filter(left=True, state=IssueState.FIXED, last_scan=newest).values_list("pk", flat=True)
    Issue.objects.filter(pk__in=list(back)).update(state=IssueState.OPEN)
