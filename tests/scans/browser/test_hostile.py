"""Pages that fight back cost themselves, never the scan: after each of them the next page is seen as if nothing had
been."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web

from scans.snapshot import VisitError
from tests.scans.browser.conftest import LocalSite, Visits

PAGE = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body><h1>Fine</h1>"


@pytest.fixture(autouse=True)
def _next_page_is_fine(site: LocalSite, visits: Visits):
    yield
    began = time.monotonic()
    visit = visits(site.add("/fine", PAGE), axe=False, viewports=())
    assert (visit.error, visit.status, len(visit.shots)) == (None, 200, 1)
    assert time.monotonic() - began < 8


def test_dialogs_are_dismissed(site: LocalSite, visits: Visits) -> None:
    visit = visits(
        site.add("/alerts", PAGE + "<script>for (let i = 0; i < 5; i++) alert('Stop ' + i)</script>"), axe=False
    )
    assert visit.error is None
    assert [line.text for line in visit.console if line.level == "dialog"] == [f"alert: Stop {i}" for i in range(5)]


def test_endless_dialogs_end(site: LocalSite, visits: Visits) -> None:
    visit = visits(site.add("/alert-loop", PAGE + "<script>for (;;) alert(1)</script>"), axe=False)
    assert visit.error in (VisitError.TIMEOUT, VisitError.LIMIT)


def test_endless_loop(site: LocalSite, visits: Visits) -> None:
    visit = visits(site.add("/loop", PAGE + "<script>setTimeout(() => { for (;;); }, 10)</script>"), axe=False)
    assert visit.error is VisitError.TIMEOUT


def test_popups_are_closed(site: LocalSite, visits: Visits) -> None:
    page = (
        PAGE + "<script>for (let i = 0; i < 3; i++) open('/popup' + i); open('/quiet', '_blank', 'noopener')</script>"
    )
    assert visits(site.add("/popups", page), axe=False).error is None
    assert len(visits.visitor._lease.browser.contexts[0].pages) <= 2


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/pdf", "image/png"])
def test_what_is_not_a_page(site: LocalSite, visits: Visits, kind: str) -> None:
    async def file(_: web.Request) -> web.Response:
        return web.Response(body=b"%PDF-1.4", content_type=kind)

    assert visits(site.add("/file", file)).error is VisitError.NOT_A_PAGE


def test_download(site: LocalSite, visits: Visits) -> None:
    async def download(_: web.Request) -> web.Response:
        return web.Response(text="x" * 1000, headers={"Content-Disposition": "attachment; filename=../../x"})

    assert visits(site.add("/download", download)).error is VisitError.NOT_A_PAGE


def test_crash_is_tried_once_more(site: LocalSite, visits: Visits) -> None:
    tries: list[str] = []

    async def crash(request: web.Request) -> web.Response:
        tries.append(request.path)
        [tab] = visits.visitor._stand.busy
        asyncio.ensure_future(tab._cdp.send("Page.crash")).add_done_callback(lambda done: done.exception())
        await asyncio.sleep(1)
        return web.Response()

    site.add("/crash.png", crash)
    visit = visits(site.add("/crash", PAGE + "<img src='/crash.png'>"))
    assert visit.error is VisitError.CRASHED
    assert len(tries) == 2


def test_answer_that_never_ends(site: LocalSite, visits: Visits) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        await response.write(PAGE.encode())
        for _ in range(100):
            await asyncio.sleep(0.1)
            await response.write(b"<p>more</p>")
        return response

    visit = visits(site.add("/drip", drip), axe=False, viewports=())
    assert visit.error is None
    assert visit.limits == ("still loading after 2 s",)
    assert visit.title == "t"


def test_answer_that_never_comes(site: LocalSite, visits: Visits) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    visit = visits(site.add("/hang", hang))
    assert (visit.error, visit.error_detail) == (VisitError.TIMEOUT, "no answer within 2 s")


def test_endless_navigation(site: LocalSite, visits: Visits) -> None:
    page = (
        PAGE + "<script>setTimeout(() => location.href = '/reload?' + Math.random(), 1)</script><img src='/none.png'>"
    )
    visit = visits(site.add("/reload", page))
    assert visit.error in (VisitError.LIMIT, VisitError.TIMEOUT)


def test_redirect_loop(site: LocalSite, visits: Visits) -> None:
    async def around(_: web.Request) -> web.Response:
        raise web.HTTPFound("/around")

    visit = visits(site.add("/around", around))
    assert (visit.error, visit.error_detail) == (VisitError.NAVIGATION, "net::ERR_TOO_MANY_REDIRECTS")


def test_console_flood_is_capped(site: LocalSite, visits: Visits) -> None:
    flood = PAGE + "<script>for (let i = 0; i < 2000; i++) console.log('x'.repeat(2000))</script>"
    visit = visits(site.add("/flood", flood), axe=False)
    assert len(visit.console) == 200
    assert max(len(line.text) for line in visit.console) == 512
    assert "more than 200 console lines" in visit.limits


def test_huge_texts_are_capped(site: LocalSite, visits: Visits) -> None:
    page = (
        PAGE
        + "<script>document.title = 'y'.repeat(2e6)</script><img alt='' src='/none.png' class='"
        + "z" * 5000
        + "'>"
    )
    visit = visits(site.add("/huge", page), axe=False)
    assert len(visit.title) == 512
    assert len(visit.images[0].element.html) == 300


def test_page_of_too_many_bytes(site: LocalSite, visits: Visits) -> None:
    async def heavy(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"0" * 2**20)
        return response

    site.add("/heavy.txt", heavy)
    visit = visits(
        site.add("/weight", PAGE + "<script>fetch('/heavy.txt').then(r => r.text())</script><img src=/hang2>")
    )
    assert visit.error is VisitError.LIMIT or visit.bytes < 60 * 2**20


def test_page_that_redefines_everything(site: LocalSite, visits: Visits) -> None:
    page = (
        PAGE
        + """<script>
      JSON.stringify = () => { throw 1 }; Array.prototype.map = () => []; Array.prototype.toJSON = () => "no";
      document.querySelectorAll = () => { throw 2 }; window.Promise = null; Element.prototype.getBoundingClientRect =
      null;
    </script><img src='/none.png'>"""
    )
    visit = visits(site.add("/redefined", page))
    assert (visit.error, len(visit.images), len(visit.shots)) == (None, 1, 3)
    assert "image-alt" in {rule.rule for rule in visit.axe}
