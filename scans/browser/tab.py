"""One tab, used again and again: go to a URL, ask our script, resize, take pictures.

All of it goes through one CDP session: a page's answers come as one JSON text (Playwright's own serialiser is five
times slower on axe results), request sizes and cache hits are only told there, and pictures are taken without
Playwright's detours. Nothing here has a deadline of its own except loading; the visit puts one around everything.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Error, Page

from scans.browser import libraries, script
from scans.browser.proxy import EgressProxy
from scans.browser.traffic import EVENTS, Event, Traffic
from scans.snapshot import DESKTOP, Shot, Viewport, VisitError

JPEG_QUALITY = 70
MAX_SHOT_HEIGHT = 16_384
MOVING_S = 1.0
PAGES_PER_TIDYING = 3
TURN_S = 3.0
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", ""})


class VisitFailed(Exception):
    """The page cannot be looked at (further)."""

    def __init__(self, error: VisitError, detail: str = "") -> None:
        super().__init__(detail or error.value)
        self.error = error
        self.detail = detail


class ProbeFailed(Exception):
    """Our script threw in this page: a page that redefines what everybody relies on, or a fault of ours."""


class Moved(Exception):
    """The page went to another document while our script was looking at this one."""


class Tab:
    """`ended` is done when the page crashed or broke a cap: nothing that is still awaited will come. `cpu_ms`: what the
    page's main thread worked until it was loaded, however many others wanted the processor meanwhile."""

    def __init__(
        self, page: Page, cdp: CDPSession, frame_id: str, proxy: EgressProxy, sizes: dict[str, int], easel: asyncio.Lock
    ) -> None:
        self.visits = 0
        self.cpu_ms: float | None = None
        self._sent = False
        self._tidied = 0
        self._easel = easel
        self.ended: asyncio.Future[VisitFailed] = asyncio.get_running_loop().create_future()
        self.traffic = Traffic(frame_id, proxy, sizes)
        self._page = page
        self._cdp = cdp
        self._frame_id = frame_id
        self._proxy = proxy
        self._sizes = sizes
        self._world: int | None = None
        self._moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._viewport: Viewport | None = None
        self._console_off = False

    @classmethod
    async def open(
        cls, page: Page, context: BrowserContext, proxy: EgressProxy, sizes: dict[str, int], easel: asyncio.Lock
    ) -> Tab:
        """`sizes` and `easel` are shared by the tabs of a scan, and of a browser."""
        cdp = await context.new_cdp_session(page)
        tree = await cdp.send("Page.getFrameTree")
        tab = cls(page, cdp, tree["frameTree"]["frame"]["id"], proxy, sizes, easel)
        tab._listen()
        await asyncio.gather(
            cdp.send("Page.enable"),
            cdp.send("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0}),
            cdp.send("Runtime.enable"),
            cdp.send("Performance.enable", {"timeDomain": "threadTicks"}),
            cdp.send("Page.addScriptToEvaluateOnNewDocument", {"source": script.source(), "worldName": script.WORLD}),
            tab.resize(DESKTOP),
        )
        return tab

    def _listen(self) -> None:
        for name in EVENTS:
            self._cdp.on(name, lambda event, name=name: self._event(name, event))
        self._cdp.on("Runtime.executionContextCreated", self._context_created)
        self._page.on("crash", lambda _: self._end(VisitFailed(VisitError.CRASHED, "the page crashed")))
        self._page.on("close", lambda _: self._end(VisitFailed(VisitError.BROWSER, "the browser went away")))

    def _event(self, name: str, event: Event) -> None:
        self.traffic.on(name, event)
        if name == "Page.frameNavigated" and event["frame"]["id"] == self._frame_id:
            self._left()
        if self.traffic.breach:
            self._end(VisitFailed(VisitError.LIMIT, self.traffic.breach))
        elif self.traffic.console_full and not self._console_off:
            self._console_off = True
            self._soon("Runtime.disable")

    def _context_created(self, event: Event) -> None:
        context = event["context"]
        if context["name"] == script.WORLD and context["auxData"].get("frameId") == self._frame_id:
            self._world = context["id"]

    def _left(self) -> None:
        """What was asked of the document before is never answered, not even with an error."""
        self._world = None
        if not self._moved.done():
            self._moved.set_result(None)

    def _stay(self) -> None:
        """From now on this document is the one we look at."""
        self._moved = asyncio.get_running_loop().create_future()

    def _end(self, failure: VisitFailed) -> None:
        if not self.ended.done():
            self.ended.set_result(failure)

    def _soon(self, method: str) -> None:
        """Sent, and whatever the answer is it does not matter."""
        task = asyncio.ensure_future(self._cdp.send(method))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def go(self, url: str, load_s: float) -> None:
        """Loads the page at desktop width. A page that never finishes loading is stopped after `load_s` and looked at
        as it is; VisitFailed when there is nothing to look at."""
        self.visits += 1
        self._world = None
        self._sent = False
        self.traffic = Traffic(self._frame_id, self._proxy, self._sizes)
        self.cpu_ms = None
        if self._console_off:
            self._console_off = False
            await self._cdp.send("Runtime.enable")
        await self.resize(DESKTOP)
        before = await self._worked()
        try:
            async with asyncio.timeout(load_s):
                self._sent = True
                answer = await self._cdp.send("Page.navigate", {"url": url})
                self._check(answer)
                await self.traffic.loaded.wait()
        except TimeoutError:
            if not self.traffic.committed:
                raise VisitFailed(VisitError.TIMEOUT, f"no answer within {load_s:.0f} s") from None
            await self._cut_short(load_s)
        self._check_type()
        self._stay()
        worked = await self._worked()
        # another site is another process, which has only just begun
        self.cpu_ms = (worked - before if worked >= before else worked) * 1000

    @property
    def held(self) -> bool:
        """Whether the page before, with an endless loop for one, keeps this tab from showing the next: that is not even
        asked for, or its answer has come and is not shown."""
        answered = self.traffic.main_status is not None
        return self.visits > 1 and not self.traffic.committed and (answered or not self._sent)

    async def _worked(self) -> float:
        """Seconds of processor time of the present process's main thread."""
        said = await self._cdp.send("Performance.getMetrics")
        return next((float(one["value"]) for one in said["metrics"] if one["name"] == "TaskDuration"), 0.0)

    async def tidy(self) -> None:
        """Collects what the pages before left behind. Every page would cost a tenth of the scan's time, every third a
        hundredth; without it a tab grows to three times its size before V8 does so itself (measured)."""
        if self.visits - self._tidied >= PAGES_PER_TIDYING:
            self._tidied = self.visits
            await self._cdp.send("HeapProfiler.collectGarbage")

    async def squeeze(self) -> None:
        """Decoded pictures of pages that are gone, too."""
        await self._cdp.send("Memory.simulatePressureNotification", {"level": "critical"})

    async def arrived(self) -> None:
        """After the page navigated by itself: when the document it went to has loaded."""
        await self.traffic.loaded.wait()
        self._check_type()
        self._stay()

    async def _cut_short(self, load_s: float) -> None:
        self.traffic.limits.append(f"still loading after {load_s:.0f} s")
        await self._cdp.send("Page.stopLoading")

    def _check(self, answer: Event) -> None:
        error = answer.get("errorText", "")
        main = self.traffic.main_failure()
        if main and main.blocked:
            raise VisitFailed(VisitError.BLOCKED, main.failure)
        if main and not main.status and main.failure:
            raise VisitFailed(VisitError.NAVIGATION, main.failure)
        if answer.get("isDownload"):
            raise VisitFailed(VisitError.NOT_A_PAGE, "a download")
        self._check_type()
        if error:
            raise VisitFailed(VisitError.NAVIGATION, error)

    def _check_type(self) -> None:
        if self.traffic.main_type not in PAGE_TYPES:
            raise VisitFailed(VisitError.NOT_A_PAGE, self.traffic.main_type)

    async def ask(self, expression: str) -> Any:
        """Evaluates `expression`, which gives (a promise of) a JSON text; `S` is our script. Raises ProbeFailed, Moved,
        or Playwright's Error."""
        parameters = {
            "expression": f"(async () => {{ const S = sentinel(); return {expression}; }})()",
            "contextId": await self._context(),
            "returnByValue": True,
            "awaitPromise": True,
        }
        answer = await self._unless_moved(self._cdp.send("Runtime.evaluate", parameters))
        if details := answer.get("exceptionDetails"):
            thrown = details.get("exception") or {}
            raise ProbeFailed(str(thrown.get("description") or details.get("text")))
        return json.loads(answer["result"]["value"])

    async def libraries(self) -> Any:
        """What `libraries.NAMES` say of themselves, as the page gives it; None when it is not to be had."""
        parameters = {
            "expression": libraries.EXPRESSION,
            "returnByValue": True,
            "throwOnSideEffect": True,
            "silent": True,
            "timeout": libraries.ANSWER_MS,
        }
        with contextlib.suppress(Error):
            answer = await self._cdp.send("Runtime.evaluate", parameters)
            return answer["result"].get("value")

    async def cookies(self, url: str) -> list[Event]:
        """Those that the browser would send there, with their values: for `reading.cookies` alone."""
        said = await self._cdp.send("Network.getCookies", {"urls": [url]})
        found: list[Event] = said["cookies"]
        return found

    async def _unless_moved(self, asking: Coroutine[Any, Any, Event]) -> Event:
        answer = asyncio.ensure_future(asking)
        ends: set[asyncio.Future[Any]] = {answer, self._moved}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._moved.done():
                raise Moved
            return await answer
        except Error as error:  # the context may be gone a moment before its document is
            await asyncio.wait([self._moved], timeout=MOVING_S)
            if self._moved.done():
                raise Moved from error
            raise
        finally:
            answer.cancel()

    async def _context(self) -> int:
        if self._world is None:
            world = await self._cdp.send(
                "Page.createIsolatedWorld", {"frameId": self._frame_id, "worldName": script.WORLD}
            )
            self._world = int(world["executionContextId"])
        return self._world

    async def resize(self, viewport: Viewport) -> None:
        if viewport == self._viewport:
            return
        await self._cdp.send(
            "Emulation.setDeviceMetricsOverride",
            {"width": viewport.width, "height": viewport.height, "deviceScaleFactor": 1, "mobile": False},
        )
        self._viewport = viewport

    async def shot(self, viewport: Viewport, height: int) -> Shot:
        """The whole page at the present width, `height` CSS pixels of it."""
        clip = {"x": 0, "y": 0, "width": viewport.width, "height": height, "scale": 1}
        how = {"format": "jpeg", "quality": JPEG_QUALITY, "captureBeyondViewport": True, "optimizeForSpeed": True}
        async with self._turn():
            picture = await self._unless_moved(self._cdp.send("Page.captureScreenshot", {**how, "clip": clip}))
        return Shot(viewport.name, viewport.width, height, "image/jpeg", base64.b64decode(picture["data"]))

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A picture of a whole page takes up to 100 MB while it is painted, so the tabs of a browser paint one after
        the other. A page that does not come to an end must not cost the others theirs: nobody waits for long."""
        taken = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TURN_S):
                taken = await self._easel.acquire()
        try:
            yield
        finally:
            if taken:
                self._easel.release()

    async def close(self) -> None:
        await self._page.close(run_before_unload=False)
