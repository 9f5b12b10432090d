"""Pages that eat memory, time or windows: each costs itself, within its deadline, and the next page is seen as if
nothing had been."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web

from bench.hostile_pages import PAGES
from scans.snapshot import Visit, VisitError
from tests.scans.browser.conftest import LocalSite, Visits

FINE = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body><h1>Fine</h1>"
GONE = {VisitError.CRASHED, VisitError.BROWSER, VisitError.TIMEOUT, VisitError.LIMIT}
ENDS: dict[str, set[VisitError | None]] = {
    "heap-bomb": {*GONE},
    "buffer-bomb": {*GONE, None},
    "canvas-bomb": {*GONE, None},
    "popups": {None, VisitError.TIMEOUT},
    "download-script": {None},
    "basic-auth": {None, VisitError.NAVIGATION},
    "long-redirects": {VisitError.NAVIGATION},
    "meta-refresh": {VisitError.LIMIT, VisitError.TIMEOUT},
    "reload": {VisitError.LIMIT, VisitError.TIMEOUT},
    "gzip-bomb": {*GONE, None},
    "huge-header": {VisitError.NAVIGATION},
    "many-links": {None, VisitError.TIMEOUT},
    "many-nodes": {*GONE, None},
    "console-stream": {None, VisitError.TIMEOUT},
    "service-worker": {None},
    "print": {None},
    "beforeunload": {None},
    "tall": {None},
    "filters": {*GONE, None},
    "regex": {VisitError.TIMEOUT},
    "endless-loop-later": {None, VisitError.TIMEOUT},
}


@pytest.mark.parametrize("name", ENDS)
def test_costs_itself_and_no_more(site: LocalSite, visits: Visits, name: str) -> None:
    began = time.monotonic()
    visit: Visit = visits(site.add(f"/{name}", PAGES[name]), axe=False, viewports=())
    assert visit.error in ENDS[name], (visit.error, visit.error_detail)
    assert time.monotonic() - began < 20
    fine = visits(site.add("/fine", FINE), axe=False, viewports=())
    assert (fine.error, fine.status, len(fine.shots)) == (None, 200, 1)


def test_no_service_worker_answers_for_the_site(site: LocalSite, visits: Visits) -> None:
    visits(site.add("/service-worker", PAGES["service-worker"]), axe=False, viewports=())
    asks = "const workers = navigator.serviceWorker; document.title = workers && workers.controller ? 'in' : 'out'"
    visit = visits(site.add("/after", f"{FINE}<script>{asks}</script>"), axe=False, viewports=())
    assert (visit.error, visit.title) == (None, "out")


@pytest.mark.parametrize("begins_ms", [600, 1500], ids=["before the next page is asked for", "while it is waited for"])
def test_a_page_that_hangs_once_it_was_seen_does_not_cost_the_next_one(
    site: LocalSite, visits: Visits, begins_ms: int
) -> None:
    async def slowly(_: web.Request) -> web.Response:
        await asyncio.sleep(1.2)
        return web.Response(text=FINE, content_type="text/html")

    loop = f"<script>onload = () => setTimeout(() => {{ while (true); }}, {begins_ms})</script>"
    seen = visits(site.add("/hangs-later", FINE + loop), axe=False, viewports=())
    assert seen.error is None
    visits.run(asyncio.sleep(0.5))
    fine = visits(site.add("/slow", slowly), axe=False, viewports=())
    assert (fine.error, fine.status, len(fine.shots)) == (None, 200, 1)
