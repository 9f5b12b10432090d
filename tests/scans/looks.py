"""A site whose second scan found changed pictures, as rows and files."""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from accounts.models import Workspace
from scans import compare
from scans.baselines import Baseline, VisualChange
from scans.checks.visual import CHANGED
from scans.models import Issue, Page, Scan, Shot, Site
from scans.snapshot import VIEWPORTS, Confidence
from tests.build import a_finding, a_page, a_scan, a_site, an_issue


@dataclass(frozen=True)
class Changed:
    site: Site
    scan: Scan
    page: Page
    issue: Issue
    changes: dict[str, VisualChange]


def changed_site(workspace: Workspace) -> Changed:
    """The home page has a band more since its first scan, at all three widths."""
    site = a_site(workspace)
    first = a_scan(site)
    pictures(a_page(first), band=0)
    compare.keep_first(first)
    scan = a_scan(site)
    page = a_page(scan)
    shots = pictures(page, band=60)
    issue = an_issue(
        scan, CHANGED.title, rule=CHANGED.id, category="visual", severity="moderate", confidence=Confidence.NEEDS_REVIEW
    )
    changes = {}
    for name, shot in shots.items():
        before = Baseline.objects.get(site=site, viewport=name, is_current=True)
        box = [0, 400, shot.width, 60]
        changes[name] = VisualChange.objects.create(
            page=page, viewport=name, before=before, digest=shot.digest, percent=3.5, boxes=[box], taller=60
        )
        place = {"viewport": name, "x": 0, "y": 400, "width": shot.width, "height": 60}
        a_finding(issue, scan, page, viewport=name, box=place, message=f"At {name} width 3.5 % of the picture changed.")
    return Changed(site, scan, page, issue, changes)


def pictures(page: Page, band: int) -> dict[str, Shot]:
    kept = {}
    for viewport in VIEWPORTS:
        data = drawn(viewport.width, band)
        shot = Shot(page=page, viewport=viewport.name, width=viewport.width, height=1800 + band)
        shot.digest = compare.digest(data)
        shot.file.save(f"{viewport.name}.jpg", ContentFile(data), save=True)
        kept[viewport.name] = shot
    return kept


def drawn(width: int, band: int) -> bytes:
    picture = Image.new("RGB", (width, 1800 + band), "#ffffff")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width, 70), fill="#0f172a")
    draw.rectangle((0, 70, width, 399), fill="#e0e7ff")
    draw.rectangle((40, 180, width * 0.6, 230), fill="#312e81")
    if band:
        draw.rectangle((0, 400, width, 399 + band), fill="#be123c")
    for row in range(20):
        top = 430 + band + row * 64
        draw.rectangle((40, top, width * (0.5 + row % 4 / 10), top + 18), fill="#64748b")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
