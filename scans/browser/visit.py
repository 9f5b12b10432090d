"""Visiting pages: a URL in, a `Visit` out, whatever the page does.

One load serves three widths: the page is scrolled through and comes to rest at the desktop width, is probed, tested by
axe-core and photographed there, and is then made narrower twice, for layout and pictures. A `Visitor` drives a few
tabs of one context through a site: a tab that has just shown one page of it shows the next one in a third of the time.
(A fresh context per page cost 3.5 times as much.)

Pages are hostile. Each visit has one deadline around everything; what was seen until then is kept, with the error. A
tab that crashed, hung, broke a cap or has shown 25 pages is replaced, and a browser in doubt with it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from scans.browser import reading
from scans.browser.lease import Lease
from scans.browser.pool import NoBrowser
from scans.browser.tab import MAX_SHOT_HEIGHT, Moved, ProbeFailed, Tab, VisitFailed
from scans.snapshot import (
    DESKTOP,
    TEXT_LIMIT,
    VIEWPORTS,
    AxeResult,
    Element,
    Shot,
    Viewport,
    ViewportSeen,
    Visit,
    VisitError,
    Vitals,
)

PAGES_PER_TAB = 25
MOST_LOCATED = 500
RESTARTS = 2
HARMLESS = (VisitError.NOT_A_PAGE, VisitError.BLOCKED, VisitError.NAVIGATION)
CANCELLED = VisitFailed(VisitError.BROWSER, "cancelled")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds, the last two milliseconds. `load_s` is when a page that still loads is looked at as it is."""

    page_s: float = 30.0
    load_s: float = 15.0
    close_s: float = 3.0
    settle_ms: int = 1000
    resize_ms: int = 300


@dataclass(slots=True)
class _Seen:
    """What a visit has gathered so far."""

    url: str
    status: int | None = None
    page: dict[str, Any] = field(default_factory=dict)
    vitals: Vitals = field(default_factory=Vitals)
    viewports: dict[str, ViewportSeen] = field(default_factory=dict)
    axe: tuple[AxeResult, ...] = ()
    shots: list[Shot] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


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
                    await self._bounded(context.close())

    async def _once(self, url: str, viewports: Sequence[Viewport], locate: Sequence[str], axe: bool) -> Visit:
        async with self._slots:
            began = time.perf_counter()
            try:
                tab = await self._take()
            except (Error, TimeoutError, NoBrowser) as error:
                self._lease.doubtful = True
                return Visit(url, error=VisitError.BROWSER, error_detail=_text(error))
            seen, failure = _Seen(url), CANCELLED
            try:
                await self._watch(tab, seen, viewports, locate, axe)
                failure = None
            except VisitFailed as failed:
                failure = failed
            except (Error, ProbeFailed) as error:
                failure = VisitFailed(VisitError.BROWSER, _text(error))
            finally:
                self._put_back(tab, failure)
            return _visit(seen, tab, failure, (time.perf_counter() - began) * 1000)

    async def _watch(self, tab: Tab, seen: _Seen, *what: Any) -> None:
        """The look at the page, ended by its deadline or by the end of the tab."""
        work = asyncio.create_task(_look(tab, seen, self._deadlines, *what))
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
            await self._bounded(page.close(run_before_unload=False))

        self._later(close())

    def _put_back(self, tab: Tab, failure: VisitFailed | None) -> None:
        self._finish(tab)
        usable = failure is None or failure.error in HARMLESS
        if usable and not tab.ended.done() and tab.visits < PAGES_PER_TAB:
            self._free.append(tab)
        else:
            self._later(self._bounded(tab.close()))

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _bounded(self, work: Awaitable[None]) -> None:
        """A close that does not come back, or fails, leaves a browser nobody should trust."""
        try:
            async with asyncio.timeout(self._deadlines.close_s):
                await work
        except (Error, TimeoutError):
            self._lease.doubtful = True


async def _look(
    tab: Tab, seen: _Seen, deadlines: Deadlines, viewports: Sequence[Viewport], locate: Sequence[str], axe: bool
) -> None:
    await tab.go(seen.url, deadlines.load_s)
    for attempt in range(RESTARTS + 1):
        try:
            return await _probe(tab, seen, deadlines, viewports, locate, axe)
        except Moved:
            # Once the page has arrived where it went, it is looked at from the start.
            if attempt == RESTARTS:
                raise VisitFailed(VisitError.NAVIGATION, "the page navigates again and again") from None
            await tab.arrived()
            seen.shots.clear()


async def _probe(
    tab: Tab, seen: _Seen, deadlines: Deadlines, viewports: Sequence[Viewport], locate: Sequence[str], axe: bool
) -> None:
    wanted = json.dumps(list(locate)[:MOST_LOCATED])
    seen.page = await tab.ask(f"S.settle({deadlines.settle_ms}).then(() => S.page('{DESKTOP.name}', {wanted}))")
    seen.vitals = reading.vitals(seen.page["vitals"], DESKTOP.name)
    seen.viewports[DESKTOP.name] = reading.layout(seen.page["layout"], DESKTOP)
    if axe:
        await _test(tab, seen)
    await _picture(tab, seen, DESKTOP)
    for viewport in viewports:
        if viewport != DESKTOP:
            await tab.resize(viewport)
            said = await tab.ask(f"S.layout('{viewport.name}', {deadlines.resize_ms})")
            seen.viewports[viewport.name] = reading.layout(said, viewport)
            await _picture(tab, seen, viewport)
    await _drop_shown(tab, seen)


async def _test(tab: Tab, seen: _Seen) -> None:
    try:
        said = await tab.ask("S.axe()")
    except ProbeFailed as error:
        seen.limits.append(f"accessibility was not tested: {_text(error)}")
        return
    seen.axe = reading.axe(said, DESKTOP.name)
    seen.limits += [f"{rule['rule']}: {rule['more']} more elements" for rule in said if rule["more"]]


async def _picture(tab: Tab, seen: _Seen, viewport: Viewport) -> None:
    height = max(seen.viewports[viewport.name].scroll_height, viewport.height)
    if height > MAX_SHOT_HEIGHT:
        seen.limits.append(f"{viewport.name} picture: only the first {MAX_SHOT_HEIGHT} of {height} pixels")
    seen.shots.append(await tab.shot(viewport, min(height, MAX_SHOT_HEIGHT)))


async def _drop_shown(tab: Tab, seen: _Seen) -> None:
    """What was still hidden when we looked but is visible by now was only late."""
    if not any(view.hidden for view in seen.viewports.values()):
        return
    shown: dict[str, list[int]] = await tab.ask("S.shownLate()")
    for name, positions in shown.items():
        view = seen.viewports[name]
        hidden = tuple(element for i, element in enumerate(view.hidden) if i not in positions)
        seen.viewports[name] = ViewportSeen(
            view.viewport, view.scroll_width, view.scroll_height, view.overflowing, hidden
        )


def _visit(seen: _Seen, tab: Tab, failure: VisitFailed | None, wall_ms: float) -> Visit:
    page, traffic = seen.page, tab.traffic
    images = tuple(reading.image(one, DESKTOP.name) for one in page.get("images", ()))
    lists = reading.elements(page.get("visible_empty_lists", ()), DESKTOP.name)
    unbound = reading.elements(page.get("visible_unbound", ()), DESKTOP.name)
    reported = [*lists, *unbound, *(image.element for image in images), *_reported(seen)]
    boxes = {one.selector: one.box for one in reported if one.box and one.box.viewport == DESKTOP.name}
    boxes |= {selector: reading.box(numbers, DESKTOP.name) for selector, numbers in page.get("boxes", {}).items()}
    return Visit(
        url=seen.url,
        final_url=page.get("final_url", ""),
        status=traffic.main_status,
        title=page.get("title", ""),
        error=failure.error if failure else None,
        error_detail=failure.detail[:TEXT_LIMIT] if failure else "",
        viewports=tuple(seen.viewports.values()),
        axe=seen.axe,
        console=tuple(traffic.console),
        errors=tuple(traffic.errors),
        requests=traffic.requests(),
        vitals=seen.vitals,
        images=images,
        dom_elements=page.get("dom_elements", 0),
        ids=frozenset(page.get("ids", ())),
        links=tuple(page.get("links", ())),
        visible_empty_lists=lists,
        visible_unbound=unbound,
        render_blocking=tuple(page.get("render_blocking", ())),
        boxes=boxes,
        shots=tuple(seen.shots),
        limits=tuple(traffic.limits + seen.limits),
        wall_ms=round(wall_ms, 1),
    )


def _reported(seen: _Seen) -> list[Element]:
    found = [node.element for rule in seen.axe for node in rule.nodes]
    for view in seen.viewports.values():
        found += [*view.overflowing, *view.hidden]
    return [*found, *seen.vitals.shifted, *([seen.vitals.lcp_element] if seen.vitals.lcp_element else [])]


def _text(error: BaseException) -> str:
    return str(error).partition("\n")[0][:TEXT_LIMIT] or type(error).__name__
