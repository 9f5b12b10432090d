"""Visiting pages: a URL in, a `Visit` out, whatever the page does.

A `Visitor` drives a few tabs of one context through a site, each look being `scans.browser.look`: a tab that has just
shown one page of a site shows the next one in a third of the time. (A fresh context per page cost 3.5 times as much.)

Pages are hostile. Each visit has one deadline around everything; what was seen until then is kept, with the error. A
tab that crashed, hung, broke a cap or has shown 25 pages is replaced, and a browser in doubt with it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from scans.browser import reading
from scans.browser.lease import Lease
from scans.browser.look import Deadlines, Seen, Wanted, as_visit, first_line, look
from scans.browser.pool import NoBrowser
from scans.browser.tab import Moved, ProbeFailed, Tab, VisitFailed
from scans.snapshot import DESKTOP, VIEWPORTS, Viewport, Visit, VisitError, Vitals

PAGES_PER_TAB = 25
PAGES_PER_TIGHT_TAB = 4
HARMLESS = (VisitError.NOT_A_PAGE, VisitError.BLOCKED, VisitError.NAVIGATION)
CANCELLED = VisitFailed(VisitError.BROWSER, "cancelled")


@dataclass(slots=True, eq=False)
class _Stand:
    """What a visitor has in one browser: a context, free tabs, its pages, and who is at work there."""

    context: BrowserContext | None = None
    context_id: str = ""
    free: list[Tab] = field(default_factory=list)
    own: set[Page] = field(default_factory=set)
    busy: set[object] = field(default_factory=set)
    rest: asyncio.Event = field(default_factory=asyncio.Event)
    easel: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begin(self, work: object) -> None:
        self.busy.add(work)
        self.rest.clear()

    def finish(self, work: object) -> None:
        self.busy.discard(work)
        if not self.busy:
            self.rest.set()


class Visitor:
    """`async with Visitor(lease) as visitor`, then `visit` as often and as concurrently as wanted: `tabs` at once."""

    def __init__(self, lease: Lease, *, tabs: int = 3, deadlines: Deadlines | None = None) -> None:
        self._lease = lease
        self._deadlines = deadlines or Deadlines()
        self._slots = asyncio.Semaphore(tabs)
        self._gate = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._stand = _Stand()
        self._closing: set[asyncio.Task[None]] = set()
        self._sizes: dict[str, int] = {}

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(self, *_: object) -> None:
        """The lease ends the browser, so tabs are not closed one by one."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def visit(
        self,
        url: str,
        *,
        viewports: Sequence[Viewport] = VIEWPORTS,
        locate: Sequence[str] = (),
        ignore: Sequence[str] = (),
        axe: bool = True,
    ) -> Visit:
        """Never raises for what a page does. A page that crashed is tried once more, elsewhere, and so is one that did
        not get its turn because the page before holds the tab. The rest as in `Wanted`."""
        wanted = Wanted(viewports, locate, ignore, axe)
        visit, held = await self._once(url, wanted)
        if held or visit.error in (VisitError.CRASHED, VisitError.BROWSER):
            visit, _ = await self._once(url, wanted, fresh=held)
        return visit

    async def cold_vitals(self, url: str) -> Vitals:
        """Vitals of a first visit: empty cache, empty context. All None when the page cannot be loaded."""
        async with self._slots:
            context: BrowserContext | None = None
            token, stand = object(), self._stand
            try:
                async with self._gate:
                    await self._renew_if_worn()
                    stand = self._stand
                    stand.begin(token)
                async with asyncio.timeout(self._deadlines.page_s):
                    context = await self._lease.new_context()
                    tab = await Tab.open(await context.new_page(), context, self._lease.proxy, {}, stand.easel)
                    await tab.go(url, self._deadlines.load_s)
                    said = await tab.ask(
                        f"S.settle({self._deadlines.settle_ms}).then(() => S.coldVitals({json.dumps(tab.cpu_ms)}))"
                    )
                    return reading.vitals(said, DESKTOP.name, cold=True)
            except (Error, TimeoutError, NoBrowser, VisitFailed, Moved, ProbeFailed):
                return Vitals(cold=True)
            finally:
                stand.finish(token)
                if context is not None:
                    await self._bounded(context.close)

    async def _once(self, url: str, wanted: Wanted, *, fresh: bool = False) -> tuple[Visit, bool]:
        """And whether the tab was held. `fresh`: in a tab that has shown nothing yet."""
        async with self._slots:
            began = time.perf_counter()
            try:
                tab, stand = await self._take(fresh)
            except (Error, TimeoutError, NoBrowser) as error:
                self._lease.doubtful = True
                return Visit(url, error=VisitError.BROWSER, error_detail=first_line(error)), False
            seen = Seen(url)
            failure: VisitFailed | None = CANCELLED
            try:
                await self._watch(tab, seen, wanted)
                failure = None
            except VisitFailed as failed:
                failure = failed
            except (Error, ProbeFailed) as error:
                # the second try is for another browser: a dying one may still be there for some milliseconds
                self._lease.doubtful = True
                failure = VisitFailed(VisitError.BROWSER, first_line(error))
            finally:
                self._put_back(tab, stand, failure)
            held = failure is not None and failure.error is VisitError.TIMEOUT and tab.held
            return as_visit(seen, tab, failure, (time.perf_counter() - began) * 1000), held

    async def _watch(self, tab: Tab, seen: Seen, wanted: Wanted) -> None:
        """The look at the page, ended by its deadline or by the end of the tab."""
        work = asyncio.create_task(self._look(tab, seen, wanted))
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

    async def _look(self, tab: Tab, seen: Seen, wanted: Wanted) -> None:
        if self._lease.tight:
            await tab.squeeze()
        elif self._lease.growing:
            await tab.tidy()
        await look(tab, seen, self._deadlines, wanted)

    async def _take(self, fresh: bool) -> tuple[Tab, _Stand]:
        async with self._gate:
            await self._renew_if_worn()
            stand = self._stand
            stand.free = [tab for tab in stand.free if not tab.ended.done()]
            async with asyncio.timeout(self._deadlines.page_s):
                tab = stand.free.pop() if stand.free and not fresh else await self._new_tab(stand)
            self._lease.horse.pages += 1
            stand.begin(tab)
            return tab, stand

    async def _renew_if_worn(self) -> None:
        """The next page opens in a fresh browser; the worn one ends when its last page is done."""
        if self._lease.worn:
            if not self._stand.busy:
                self._stand.rest.set()
            await self._lease.renew(self._stand.rest)
            self._stand = _Stand()

    async def _new_tab(self, stand: _Stand) -> Tab:
        async with self._opening:
            if stand.context is None:
                stand.context = await self._lease.new_context()
                stand.context.on("page", lambda page: self._close_popup(stand, page))
            page = await self._new_window(stand, stand.context)
            stand.own.add(page)
        return await Tab.open(page, stand.context, self._lease.proxy, self._sizes, stand.easel)

    async def _new_window(self, stand: _Stand, context: BrowserContext) -> Page:
        """A page in a window of its own. Tabs of one window draw a frame a second unless they are in front, which a
        picture would wait for (measured with three tabs: 2 s for one picture in two)."""
        if not stand.context_id:
            page = await context.new_page()
            session = await context.new_cdp_session(page)
            stand.context_id = (await session.send("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
            await session.detach()
            return page
        target = {"url": "about:blank", "newWindow": True, "browserContextId": stand.context_id}
        async with context.expect_page() as opened:
            await self._lease.horse.chromium.cdp.send("Target.createTarget", target)
        return await opened.value

    def _close_popup(self, stand: _Stand, page: Page) -> None:
        async def close() -> None:
            async with self._opening:
                if page in stand.own:
                    return
            await self._bounded(page.close)

        self._later(close())

    def _put_back(self, tab: Tab, stand: _Stand, failure: VisitFailed | None) -> None:
        stand.finish(tab)
        if stand is not self._stand:
            return  # its browser ends, and the tab with it
        usable = (failure is None or failure.error in HARMLESS) and not tab.ended.done()
        most = PAGES_PER_TIGHT_TAB if self._lease.tight else PAGES_PER_TAB
        if usable and tab.visits < most:
            stand.free.append(tab)
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
