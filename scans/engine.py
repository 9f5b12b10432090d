"""The engine: steps 4 to 7 for one scan, without a database, a queue or a setting.

    discover   start page, robots.txt, sitemaps, links  → which URL next
    fetch      a few workers take pages from the frontier, politely; every page is checked at once
    visit      the browser follows behind, new templates first, as many pages as the budget allows; what has not
               changed since the scan before is carried over
    judge      when the frontier is empty: what only the whole site shows; again after the last visit

Fetch and visit overlap: a page is opened in the browser while the next ones are still being fetched. Everything that is
learned leaves through `emit` as an event, at once; the last one is `Ended`, whatever happens.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from functools import partial

from scans import __version__, checks
from scans.browser.lease import Lease, Usage
from scans.browser.pool import BrowserPool, NoBrowser
from scans.browser.script import AXE_VERSION
from scans.browser.sizing import MB
from scans.browser.visit import Visitor
from scans.confirm import confirmed
from scans.crawl import Crawl, Unreadable
from scans.events import (
    Carried,
    Cost,
    Coverage,
    Ended,
    Event,
    Fetched,
    Known,
    Order,
    Phase,
    Progress,
    Status,
    Visited,
    Wishes,
)
from scans.fetch.client import Client
from scans.fetch.politeness import Politeness
from scans.judge import Judge
from scans.manners import PROVEN, UNPROVEN
from scans.snapshot import PageFacts, Problem, Visit
from scans.visiting import VisitQueue, places

logger = logging.getLogger(__name__)

Emit = Callable[[Event], Awaitable[None]]

PROGRESS_EVERY_S = 0.5
CANCEL_S = 1.0


async def scan(
    order: Order, pool: BrowserPool | None, emit: Emit, wishes: Wishes, name: str, politeness: Politeness
) -> Ended:
    """Runs one scan to its end and returns its last event."""
    started, cpu = time.monotonic(), time.process_time()
    lease: Lease | None = None
    async with Client(order.policy, politeness=politeness) as client, AsyncExitStack() as stack:
        crawl = Crawl(order, client)
        work = Work(order, crawl, emit, wishes)
        try:
            ended = await work.run(None if pool is None else partial(_lend, pool, order, name, stack))
        finally:
            await crawl.close()
        lease = work.lease
        if lease is not None:
            await lease.horse.measure(0)
    usage = lease.usage if lease else Usage()
    cost = Cost(
        cpu_s=time.process_time() - cpu + usage.cpu_s,
        peak_memory_mb=usage.peak_memory / MB,
        bytes_in=client.bytes_in + usage.bytes_in,
    )
    engine = {
        "version": __version__,
        "chromium": lease.browser.version if lease else "",
        "axe": AXE_VERSION,
        "rules": checks.version(),
        "duration_s": time.monotonic() - started,
    }
    return replace(ended, cost=cost, engine=engine)


async def _lend(pool: BrowserPool, order: Order, name: str, stack: AsyncExitStack) -> Lease:
    return await stack.enter_async_context(pool.lease(order.policy, name))


class Work:
    """One scan under way. Its tasks wait for each other through one condition: "something changed"."""

    def __init__(self, order: Order, crawl: Crawl, emit: Emit, wishes: Wishes) -> None:
        self.order = order
        self.crawl = crawl
        self.lease: Lease | None = None
        self._emit = emit
        self._stop = wishes.stop
        self._leave = wishes.leave
        self._queue = VisitQueue(order.max_visits if order.browser else 0, order.visited)
        self._changed = asyncio.Condition()
        self._fetching: set[str] = set()
        self._visiting: set[str] = set()
        self._visited = len(order.visited)
        self._carried = 0
        self._findings = 0
        self._judging = Judge(order, crawl)
        self._started = time.monotonic()
        self._trouble: list[str] = []
        self._faults = 0
        self._phase = Phase.DISCOVERING

    async def run(self, lease: Callable[[], Awaitable[Lease]] | None) -> Ended:
        reporter = asyncio.create_task(self._report())
        # the browser comes while the first page does
        browser = asyncio.create_task(self._take(lease)) if lease is not None else None
        try:
            async with asyncio.timeout(self.order.deadline_s):
                first = await self._until_stop(self.crawl.open())
                if first is None:
                    return self._ended(Status.CANCELLED, "Cancelled before the first page was read.")
                if isinstance(first, Unreadable):
                    return self._ended(Status.FAILED, first.reason)
                await self._page(first, 0)
                await self._all(browser)
        except TimeoutError:
            self._trouble.append(f"the time limit of {self.order.deadline_s / 60:.0f} minutes was reached")
        finally:
            reporter.cancel()
            if browser is not None:
                browser.cancel()
                await asyncio.gather(browser, return_exceptions=True)
        if self._leave.is_set():
            return self._ended(Status.HANDED_BACK, "")
        self._phase = Phase.CHECKING
        if self._stop.is_set():
            await self._judge_quickly()
        else:
            await self._judge(final=True)
        return self._outcome()

    async def _take(self, lease: Callable[[], Awaitable[Lease]]) -> None:
        """Without a browser the fetch tier still gives a report, a partial one. A site that may not have changed at all
        takes none before a page needs it."""
        while self.order.known and self._queue.exhausted:
            if self._phase is not Phase.DISCOVERING and self._quiet():
                return
            await self._wait()
        try:
            self.lease = await lease()
        except NoBrowser as none:
            self._trouble.append(f"no page was opened in a browser: {str(none).removesuffix('.')}")
            self._queue.close()

    async def _all(self, browser: asyncio.Task[None] | None) -> None:
        """Fetches and visits until nothing is left, or until somebody says stop."""
        self._phase = Phase.FETCHING
        concurrency, _ = PROVEN if self.order.proven else UNPROVEN
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._fetch_worker()) for _ in range(concurrency)]
            if browser is not None:
                tasks.append(group.create_task(self._visit_all(browser)))
            watchers = [group.create_task(self._end_on_stop(tasks)), group.create_task(self._wake_on_leave())]
            await asyncio.gather(*tasks, return_exceptions=True)
            for watcher in watchers:
                watcher.cancel()

    async def _end_on_stop(self, tasks: list[asyncio.Task[None]]) -> None:
        await self._stop.wait()
        for task in tasks:
            task.cancel()

    async def _wake_on_leave(self) -> None:
        await self._leave.wait()
        await self._wake()

    async def _until_stop(self, work: Awaitable[PageFacts | Unreadable]) -> PageFacts | Unreadable | None:
        """What `work` returns, None when the scan is stopped first."""
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            # also when this scan is taken away meanwhile (pause, shutdown): nothing of it goes on by itself
            task.cancel()
            stop.cancel()

    # ── fetch ──

    async def _fetch_worker(self) -> None:
        while not self._leave.is_set():
            entry = self.crawl.frontier.next()
            if entry is None:
                if self._quiet():
                    return await self._wake()
                await self._judge_when_fetched()
                await self._wait()
                continue
            self._fetching.add(entry.url)
            try:
                page = await self.crawl.fetch(entry)
                if page is not None:
                    await self._page(page, entry.depth)
            except Exception:
                # a fault of ours on one page costs this page, never the scan
                logger.exception("%s could not be fetched and checked", entry.url)
                self._faults += 1
            finally:
                self._fetching.discard(entry.url)
                await self._wake()

    async def _page(self, page: PageFacts, depth: int | None) -> None:
        problems = checks.check_page(page, self.order.only)
        problems += checks.check_custom_page(page, self.order.custom_rules, self.order.only)
        self._count(problems)
        await self._emit(Fetched(page, depth, tuple(problems)))
        known = self.order.known.get(page.url)
        if known is not None and page.url not in self.order.visited and await self.crawl.print_of(page) == known.print:
            await self._carry(page, known)
        else:
            self._queue.add(page)
        await self._wake()

    async def _carry(self, page: PageFacts, known: Known) -> None:
        """What the browser saw of it in the scan before still holds: it is not opened."""
        self._queue.carry(page)
        self._carried += 1
        self.crawl.visits[page.url] = Visit(page.url, ids=known.ids, links=known.links, boxes=known.boxes)
        for url in known.links:
            self.crawl.follow(url, None)
        await self._emit(Carried(page))

    # ── visit ──

    async def _visit_all(self, browser: asyncio.Task[None]) -> None:
        await browser
        if self.lease is None:
            await self._wake()
            return
        async with Visitor(self.lease, tabs=self.order.tabs) as visitor, asyncio.TaskGroup() as group:
            for _ in range(self.order.tabs):
                group.create_task(self._visit_worker(visitor))

    async def _visit_worker(self, visitor: Visitor) -> None:
        while not self._leave.is_set():
            page = self._queue.next()
            if page is None:
                if self._quiet():
                    return
                await self._wait()
                continue
            self._visiting.add(page.url)
            try:
                await self._visit(visitor, page)
            except Exception:
                logger.exception("%s could not be visited and checked", page.url)
                self._faults += 1
            finally:
                self._visiting.discard(page.url)
                await self._wake()

    async def _visit(self, visitor: Visitor, page: PageFacts) -> None:
        # the owner's own site is spared enough by the number of tabs
        slot = nullcontext() if self.order.proven else self.crawl.client.page_slot(page.url)
        async with slot:
            visit = await visitor.visit(
                page.url, viewports=self.order.viewports, locate=places(page), ignore=self.order.ignore
            )
        visit = await confirmed(visit, self.crawl.verdict)
        self._visited += 1
        # pictures leave with the event; the site check needs the rest only
        self.crawl.visits[page.url] = replace(visit, shots=())
        for url in visit.links:
            self.crawl.follow(url, None)
        problems = checks.check_visit(self.crawl.with_styles(page), visit, self.order.only)
        problems += checks.check_custom_visit(page, visit, self.order.custom_rules, self.order.only)
        self._count(problems)
        await self._emit(Visited(page, visit, tuple(problems), visit.boxes, await self.crawl.print_of(page)))

    # ── judge ──

    async def _judge_when_fetched(self) -> None:
        """As soon as the frontier is empty for the first time; dead links are told while the browser still works."""
        if not self._fetching and not self._judging.begun:
            await self._judge(final=False)

    async def _judge_quickly(self) -> None:
        """Somebody pressed Cancel and looks at the page: what is known by now, as far as a second goes."""
        await self.crawl.close()
        try:
            async with asyncio.timeout(CANCEL_S):
                await self._judge(final=True)
        except TimeoutError:
            logger.info("a cancelled scan is kept without what only the whole site shows")

    async def _judge(self, *, final: bool) -> None:
        if judged := await self._judging.round(final=final):
            self._count(judged.problems)
            await self._emit(judged)

    # ── waiting, counting, telling ──

    def _quiet(self) -> bool:
        """Nothing is being done and nothing is left to do."""
        busy = self._fetching or self._visiting
        return not busy and not self.crawl.frontier.open and self._queue.exhausted

    async def _wait(self) -> None:
        async with self._changed:
            await self._changed.wait()

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _count(self, problems: Sequence[Problem]) -> None:
        self._findings += len(problems)

    async def _report(self) -> None:
        while True:
            await self._emit(self._progress())
            await asyncio.sleep(PROGRESS_EVERY_S)

    def _progress(self) -> Progress:
        if self._phase is Phase.FETCHING and not self._fetching and self._visiting:
            self._phase = Phase.VISITING
        opened = self._visited - len(self.order.visited)
        elapsed = time.monotonic() - self._started
        left = self._queue.total - self._visited
        return Progress(
            phase=self._phase,
            found=self.crawl.frontier.found,
            fetched=len(self.crawl.pages),
            visit_total=self._queue.total,
            visited=self._visited,
            findings=self._findings,
            current=(*self._visiting, *self._fetching)[:3],
            eta_s=round(elapsed / opened * left) if opened else None,
        )

    def _outcome(self) -> Ended:
        if self._stop.is_set():
            return self._ended(Status.CANCELLED, "Cancelled. What was found until then is kept.")
        failed = [visit for visit in self.crawl.visits.values() if visit.error is not None]
        if failed:
            self._trouble.append(f"{len(failed)} of {self._visited} pages could not be opened in the browser")
        if self.crawl.unanswered:
            self._trouble.append(f"{self.crawl.unanswered} pages did not answer any more")
        if self._faults:
            self._trouble.append(f"{self._faults} pages could not be examined, which is our fault and was reported")
        if self._trouble:
            reason = "; ".join(self._trouble)
            return self._ended(Status.PARTIAL, f"{reason[0].upper()}{reason[1:]}.")
        return self._ended(Status.COMPLETE, "")

    def _ended(self, status: Status, reason: str) -> Ended:
        skipped = self.crawl.skipped
        coverage = Coverage(
            discovered=self.crawl.frontier.found,
            fetched=len(self.crawl.pages),
            visited=self._visited,
            carried=self._carried,
            skipped=skipped,
            limits=self._limits(),
            note=self._note(),
        )
        visited = bool(self._visited or self._carried)
        custom = any(visited or not rule.is_budget for rule in self.order.custom_rules)
        judged = checks.judged(self.order.only, visited=visited, custom=custom)
        return Ended(status, reason, coverage, {}, judged)

    def _limits(self) -> tuple[str, ...]:
        found = {limit for visit in self.crawl.visits.values() for limit in visit.limits}
        return (*self.crawl.limits, *sorted(found))

    def _note(self) -> str:
        """How much of the site the browser saw, when that is not all of it."""
        total = len(self.crawl.pages)
        opened = f"Opened {self._visited} of {total} pages in the browser"
        if self._queue.left_out:
            return f"{opened}: some of each of {self._queue.templates} templates."
        if not self._carried:
            return ""
        if not self._visited:
            return (
                f"No page was opened in the browser: all {self._carried} are as they were when they were opened last."
            )
        return f"{opened}; {self._carried} are as they were when they were opened last."
