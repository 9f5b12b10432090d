"""Step 8 for pages that have not changed: what the scan before saw of them in the browser becomes this scan's.

Only a page that was opened without trouble, in the last scan that saw the site, not longer ago than SCAN_CARRY_DAYS:
what foreign services put on a page changes without the page. Rows are copied, so each scan stands for itself and can be
deleted alone; pictures are linked where the storage can, else copied."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models.functions import Now

from scans.checks.visual import CHANGED
from scans.events import Known
from scans.models import Finding, Issue, IssueState, Page, Scan, Shot, Tier, shot_path
from scans.snapshot import DESKTOP, Box

_SEEN = ("visited_at", "viewports", "vitals", "requests", "bytes", "limits", "visit_print", "by_script")


def known_pages(scan: Scan) -> tuple[dict[str, Known], dict[str, uuid.UUID]]:
    """What may be carried into this scan, by URL: for the engine, and the rows it comes from for the keeper."""
    before = Scan.objects.comparable().filter(site=scan.site_id, number__lt=scan.number).order_by("-number")
    last = before.values_list("pk", flat=True).first()
    if scan.is_full or scan.only_url or last is None:
        return {}, {}
    oldest = Now() - timedelta(days=settings.SCAN_CARRY_DAYS)
    rows = Page.objects.filter(scan=last, visited_at__gt=oldest).exclude(visit_print="")
    pages = {row.url: row for row in rows.only("pk", "url", "visit_print", "by_script")}
    placed = _boxes_by_page(last)
    known = {url: _known(page, placed.get(page.pk, {})) for url, page in pages.items()}
    return known, {url: page.pk for url, page in pages.items()}


def _known(page: Page, placed: Mapping[str, Box]) -> Known:
    ids, links = page.by_script.get("ids", ()), page.by_script.get("links", ())
    return Known(page.visit_print, frozenset(ids), tuple(links), placed)


def _boxes_by_page(scan_id: uuid.UUID) -> dict[uuid.UUID, dict[str, Box]]:
    found: dict[uuid.UUID, dict[str, Box]] = {}
    for page_id, selector, box in _placed(Finding.objects.filter(scan=scan_id)):
        found.setdefault(page_id, {})[selector] = box
    return found


def boxes(before: uuid.UUID) -> dict[str, Box]:
    """Where elements are on the desktop picture of that page, by selector."""
    return {selector: box for _, selector, box in _placed(Finding.objects.filter(page=before))}


def _placed(findings: Any) -> list[tuple[uuid.UUID, str, Box]]:
    rows = findings.filter(box__isnull=False, page__isnull=False).exclude(selector="")
    found = [(page, selector, Box(**box)) for page, selector, box in rows.values_list("page", "selector", "box")]
    return [row for row in found if row[2].viewport == DESKTOP.name]


def page(before: uuid.UUID, page_id: uuid.UUID) -> None:
    seen = Page.objects.values("scan_id", "carried_from_id", *_SEEN).get(pk=before)
    source = seen.pop("scan_id")
    Page.objects.filter(pk=page_id).update(**{**seen, "carried_from_id": seen["carried_from_id"] or source})


def shots(before: uuid.UUID, page_id: uuid.UUID, scan_id: uuid.UUID) -> list[Shot]:
    """Rows to be kept; their files are there already."""
    found = []
    for old in Shot.objects.filter(page=before):
        row = Shot(page_id=page_id, viewport=old.viewport, width=old.width, height=old.height)
        row.digest, row.ignored = old.digest, old.ignored
        row.page = Page(pk=page_id, scan_id=scan_id)
        name = str(old.file.name)
        with contextlib.suppress(FileNotFoundError):  # then the report goes without, as that of the scan before does
            row.file = linked(name, shot_path(row, Path(name).name))
            found.append(row)
    return found


def linked(name: str, wanted: str) -> str:
    """The same picture under another name."""
    if not isinstance(default_storage, FileSystemStorage):
        with default_storage.open(name) as file:
            return default_storage.save(wanted, file)
    path = Path(default_storage.path(wanted))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.link(default_storage.path(name), path)
    return wanted


def findings(before: uuid.UUID, page_id: uuid.UUID, scan: Scan, approved: Collection[str] = ()) -> int:
    """Copies what the browser saw, and says of its issues that this scan met them; returns how many. `approved` are the
    widths at which people approved what the page looks like."""
    seen = Finding.objects.filter(page=before, tier=Tier.VISIT)
    rows = list(seen.exclude(issue__rule=CHANGED.id, viewport__in=approved))
    for row in rows:
        row.pk, row.scan_id, row.page_id = Finding._meta.pk.get_default(), scan.pk, page_id
        row._state.adding = True
    Finding.objects.bulk_create(rows, ignore_conflicts=True)
    met = Issue.objects.filter(pk__in={row.issue_id for row in rows})
    met.filter(state=IssueState.FIXED).update(state=IssueState.OPEN, regressed_scan=scan)
    met.update(last_scan=scan)
    return len(rows)
