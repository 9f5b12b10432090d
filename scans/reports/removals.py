"""What was removed and still has links: the pages that lead there, and the redirect to enter in Webflow."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from scans.models import Finding, Publish, Scan, Site
from scans.webflow.inbox import Kind
from scans.webflow.objects import SyncedPage

LINKS = ("links.broken-internal", "webflow.draft-linked")
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Linking:
    page_id: uuid.UUID | None
    path: str


@dataclass(frozen=True, slots=True)
class Removal:
    """`redirect` is a line for Webflow's list of 301 redirects, old path and new one; `more` pages lead there beside
    those named."""

    publish: Publish
    linking: tuple[Linking, ...]
    more: int
    redirect: str


def removals(site: Site, publishes: Sequence[Publish], scan: Scan | None) -> list[Removal]:
    """Of those publishes that removed a page or an item; `scan` is the site's newest look. What is published again
    under the same path is not gone. Three queries."""
    removed = {_path(row.path): row for row in publishes if row.kind == Kind.REMOVAL and row.path}
    if not removed:
        return []
    alive = _alive(site)
    linking = _linking(scan, set(removed)) if scan else {}
    found = []
    for path, row in removed.items():
        if path not in alive:
            pages = linking.get(path, [])
            line = f"{quote(path)},{quote(_nearest(path, alive))}"
            found.append(Removal(row, tuple(pages[:MOST_NAMED]), max(0, len(pages) - MOST_NAMED), line))
    return found


def _path(url: str) -> str:
    return unquote(urlsplit(url).path).rstrip("/") or "/"


def _alive(site: Site) -> set[str]:
    pages = SyncedPage.objects.filter(site__site=site, gone_at=None, draft=False, archived=False, is_branch=False)
    return {_path(path) for path in pages.filter(collection_id="").values_list("path", flat=True) if path}


def _linking(scan: Scan, paths: set[str]) -> dict[str, list[Linking]]:
    """By path, each page once."""
    rows = Finding.objects.filter(scan=scan, issue__rule__in=LINKS).order_by("url")
    found: dict[str, dict[str, Linking]] = {}
    for target, url, page in rows.values_list("evidence__target", "url", "page"):
        path = _path(target) if isinstance(target, str) else ""
        if path in paths:
            found.setdefault(path, {}).setdefault(url, Linking(page, urlsplit(url).path or "/"))
    return {path: list(pages.values()) for path, pages in found.items()}


def _nearest(path: str, alive: set[str]) -> str:
    """The folder above that is a page, else the home page."""
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        if path in alive:
            return path
    return "/"
