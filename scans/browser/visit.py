"""Visiting pages: a URL in, a `Visit` out, whatever the page does.

A `Visitor` drives a few tabs of one context through a site, each look being `scans.browser.look`: a tab that has just
shown one page of a site shows the next one in a third of the time. (A fresh context per page cost 3.5 times as much.)

Pages are hostile. Each visit has one deadline around everything; what was seen until then is kept, with the error. A
tab that crashed, hung, broke a cap or has shown 25 pages is replaced, and a browser in doubt with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from scans.browser import reading
from scans.browser.lease import Lease
from scans.browser.look import Deadlines, Seen, as_visit, first_line, look
from scans.browser.pool import NoBrowser
from scans.browser.tab import Moved, ProbeFailed, Tab, VisitFailed
from scans.snapshot import DESKTOP, VIEWPORTS, Viewport, Visit, VisitError, Vitals

PAGES_PER_TAB = 25
PAGES_PER_TIGHT_TAB = 4
HARMLESS = (VisitError.NOT_A_PAGE, VisitError.BLOCKED, VisitError.NAVIGATION)
CANCELLED = VisitFailed(VisitError.BROWSER, "cancelled")


class Visitor:
    """`async with Visitor(lease) as visitor`, then `visit` as often and as concurrently as wanted: `tabs` at once."""

    def __init__(self, lease: Lease, *, tabs: int = 3, deadlines: Deadlines | None = None) -> None:
        self._lease = lease
        self._deadlines = deadlines or Deadlines()
        self._slots = asyncio.Semaphore(tabs)
        self._gate = asyncio.Lock()
        self._rest = asyncio.Event()
        self._rest.set()
        self._opening = asyncio.Lock()
        self._context: BrowserContext | None = None
        self._free: list[Tab] = []
        self._own: set[Page] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._busy: set[object] = set()
        self._sizes: dict[str, int] = {}

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(self, *_: object) -> None:
        """The lease ends the browser, so tabs are not closed one by one."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def visit(
        self, url: str, *, viewports: Sequence[Viewport] = VIEWPORTS, locate: Sequence[str] = (), axe: bool = True
    ) -> Visit:
        """Never raises for what a page does. A page that crashed is tried once more, elsewhere. `locate` are selectors
        whose desktop boxes are wanted."""
        visit = await self._once(url, viewports, locate, axe)
        if visit.error in (VisitError.CRASHED, VisitError.BROWSER):
            visit = await self._once(url, viewports, locate, axe)
        return visit

    async def cold_vitals(self, url: str) -> Vitals:
        """Vitals of a first visit: empty cache, empty context. All None when the page cannot be loaded."""
        async with self._slots:
            context: BrowserContext | None = None
            token = object()
            try:
                async with self._gate:
                    await self._renew_if_worn()
                    self._begin(token)
                async with asyncio.timeout(self._deadlines.page_s):
                    context = await self._lease.new_context()
                    tab = await Tab.open(await context.new_page(), context, self._lease.proxy, {})
                    await tab.go(url, self._deadlines.load_s)
                    said = await tab.ask(f"S.settle({self._deadlines.settle_ms}).then(S.coldVitals)")
                    return reading.vitals(said, DESKTOP.name, cold=True)
            except (Error, TimeoutError, NoBrowser, VisitFailed, Moved, ProbeFailed):
                return Vitals(cold=True)
            finally:
                self._finish(token)
                if context is not None:
                    await self._bounded(context.close)

    async def _once(self, url: str, viewports: Sequence[Viewport], locate: Sequence[str], axe: bool) -> Visit:
        async with self._slots:
            began = time.perf_counter()
            try:
                tab = await self._take()
            except (Error, TimeoutError, NoBrowser) as error:
                self._lease.doubtful = True
                return Visit(url, error=VisitError.BROWSER, error_detail=first_line(error))
            seen = Seen(url)
            failure: VisitFailed | None = CANCELLED
            try:
                await self._watch(tab, seen, viewports, locate, axe)
                failure = None
            except VisitFailed as failed:
                failure = failed
            except (Error, ProbeFailed) as error:
                failure = VisitFailed(VisitError.BROWSER, first_line(error))
            finally:
                self._put_back(tab, failure)
            return as_visit(seen, tab, failure, (time.perf_counter() - began) * 1000)

    async def _watch(self, tab: Tab, seen: Seen, *what: Any) -> None:
        """The look at the page, ended by its deadline or by the end of the tab."""
        work = asyncio.create_task(look(tab, seen, self._deadlines, *what))
        try:
            ends: set[asyncio.Future[Any]] = {work, tab.ended}
            await asyncio.wait(ends, timeout=self._deadlines.page_s, return_when=asyncio.FIRST_COMPLETED)
            if tab.ended.done():
                raise tab.ended.result()
            if not work.done():
                raise VisitFailed(VisitError.TIMEOUT, f"not done after {self._deadlines.page_s:.0f} s")
            await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _take(self) -> Tab:
        async with self._gate:
            await self._renew_if_worn()
            self._free = [tab for tab in self._free if not tab.ended.done()]
            async with asyncio.timeout(self._deadlines.page_s):
                tab = self._free.pop() if self._free else await self._new_tab()
            self._lease.horse.pages += 1
            self._begin(tab)
            return tab

    async def _renew_if_worn(self) -> None:
        if self._lease.worn:
            await self._rest.wait()
            await self._lease.renew()
            self._context, self._free, self._own = None, [], set()

    def _begin(self, work: object) -> None:
        self._busy.add(work)
        self._rest.clear()

    def _finish(self, work: object) -> None:
        self._busy.discard(work)
        if not self._busy:
            self._rest.set()

    async def _new_tab(self) -> Tab:
        async with self._opening:
            if self._context is None:
                self._context = await self._lease.new_context()
                self._context.on("page", self._close_popup)
            page = await self._context.new_page()
            self._own.add(page)
        return await Tab.open(page, self._context, self._lease.proxy, self._sizes)

    def _close_popup(self, page: Page) -> None:
        async def close() -> None:
            async with self._opening:
                if page in self._own:
                    return
            await self._bounded(page.close)

        self._later(close())

    def _put_back(self, tab: Tab, failure: VisitFailed | None) -> None:
        self._finish(tab)
        usable = (failure is None or failure.error in HARMLESS) and not tab.ended.done()
        most = PAGES_PER_TIGHT_TAB if self._lease.tight else PAGES_PER_TAB
        if usable and tab.visits < most:
            self._free.append(tab)
        else:
            self._later(self._bounded(tab.close))

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _bounded(self, close: Callable[[], Awaitable[None]]) -> None:
        """A close that does not come back, or fails, leaves a browser nobody should trust."""
        try:
            async with asyncio.timeout(self._deadlines.close_s):
                await close()
        except (Error, TimeoutError):
            self._lease.doubtful = True
