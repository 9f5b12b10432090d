"""The warm browsers of one process: lent to scans, watched, replaced, and never left behind.

    async with BrowserPool(executable) as pool:
        async with pool.lease(policy, scan_id) as lease:
            ...

A lease takes a browser that waits, so it costs milliseconds; the pool starts the next one meanwhile, one at a time. At
the end of a lease its browser is ended, in the background, whatever happened. Two tasks look after all of them: one
samples memory, the other asks the idle ones for their health, lets the pool grow and shrink (`sizing`), and sweeps up
what killed scanners left. A leased browser is never asked for its health: its pages have deadlines of their own. What
the pool decides is logged with its reason and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Error

from scans.browser import cgroup
from scans.browser.chromium import INSTALL, ChromiumMissing, find_chromium
from scans.browser.driver import Driver
from scans.browser.isolation import has_namespaces
from scans.browser.lease import AGENT, Lease
from scans.browser.scratch import make_scratch, sweep
from scans.browser.sizing import MB, Limits, affordable_size, surplus, target_size
from scans.browser.state import BrowserState, BrowserUse, LeaseState, PoolState
from scans.browser.workhorse import Stable, Workhorse
from scans.fetch.guard import Policy

logger = logging.getLogger(__name__)

BROKEN_AFTER = 3  # launches that fail one after the other
TICK_S = 1.0
SWEEP_S = 60.0
RETIRE_S = 35.0  # a page's deadline and a little


class NoBrowser(Exception):
    """No browser could be lent: none became free in time, none starts, or the pool is closed. One line says which."""


class BrowserPool:
    """`chromium` is the configured path, "" to look for one; `agent` is added to the user agent. `due` is set by the
    scanner: the scans that wait in its queues."""

    def __init__(self, chromium: str = "", limits: Limits | None = None, agent: str = AGENT) -> None:
        self.limits = limits or Limits()
        self.due = 0
        self.broken = False
        self._configured = chromium
        self._agent = agent
        self._driver: Driver | None = None
        self._scratch: Path | None = None
        self._stable: Stable | None = None
        self._idle: deque[Workhorse] = deque()
        self._leases: dict[Lease, float] = {}
        self._waiters: deque[asyncio.Future[Workhorse]] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._launching: asyncio.Task[None] | None = None
        self._keepers: list[asyncio.Task[None]] = []
        self._closed = False
        self._failures = 0
        self._counts: Counter[str] = Counter()
        self._sampled = self._swept = time.monotonic()

    async def start(self) -> None:
        """Raises ChromiumMissing at once, instead of at the first lease."""
        executable = find_chromium(self._configured)
        if executable is None:
            raise ChromiumMissing(f"There is no Chromium on this machine. {INSTALL}")
        self._scratch = await asyncio.to_thread(make_scratch)
        self._driver = Driver(self._scratch, self.limits.close_s)
        _, groups, _ = await asyncio.gather(
            self._driver.playwright(), asyncio.to_thread(cgroup.delegated), asyncio.to_thread(has_namespaces)
        )
        self._stable = Stable(self._driver, executable, groups, self.limits.cgroup_memory)
        self._keepers = [asyncio.create_task(self._keep_memory()), asyncio.create_task(self._keep_size())]
        for keeper in self._keepers:
            keeper.add_done_callback(self._unwatched)
        self._grow()
        self._background_task(self._sweep())

    async def close(self) -> None:
        """Ends every browser, leased ones too, each within its deadline."""
        self._closed = True
        self._fail_waiters("The scanner is stopping.")
        for keeper in self._keepers:
            keeper.cancel()
        if self._launching is not None:
            await asyncio.wait({self._launching})  # it ends by itself, and a browser half started would be nobody's
        for horse in (*self._idle, *self._leased_horses()):
            self._end(horse)
        self._idle.clear()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._driver is not None:
            await self._driver.stop()
        if self._scratch is not None:
            await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)

    async def __aenter__(self) -> BrowserPool:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @contextlib.asynccontextmanager
    async def lease(self, policy: Policy, scan_id: str) -> AsyncIterator[Lease]:
        """A fresh browser for one scan. Raises NoBrowser after `limits.lease_s` without one."""
        lease = Lease(await self._acquire(), policy, scan_id, self.limits, self._agent, self._replace)
        self._leases[lease] = time.monotonic()
        self._grow()
        try:
            yield lease
        finally:
            del self._leases[lease]
            for horse in lease.horses:
                self._background_task(self._finish(horse))
            lease.retiring.clear()

    async def _replace(self, lease: Lease, finished: asyncio.Event) -> Workhorse:
        old = lease.horse
        self._decided("renewed", old, lease.wear)
        horse = await self._acquire(renewing=1)
        lease.retiring.append(old)
        self._background_task(self._retire(lease, old, finished))
        return horse

    async def _retire(self, lease: Lease, horse: Workhorse, finished: asyncio.Event) -> None:
        """Ends a worn browser when its pages are done, at the latest when they must be."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETIRE_S):
                await finished.wait()
        if horse in lease.retiring:
            lease.retiring.remove(horse)
            await self._finish(horse)

    def _leased_horses(self) -> list[Workhorse]:
        return [horse for lease in self._leases for horse in lease.horses]

    async def _finish(self, horse: Workhorse) -> None:
        await horse.measure(0)
        await horse.end(self.limits.close_s)
        self._grow()

    async def _acquire(self, renewing: int = 0) -> Workhorse:
        if self._closed:
            raise NoBrowser("The scanner is stopping.")
        while self._idle:
            horse = self._idle.popleft()
            if horse.alive:
                return horse
            self._end(horse)
        waiter: asyncio.Future[Workhorse] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._grow(renewing)
        try:
            await asyncio.wait({waiter}, timeout=self.limits.lease_s)
        except asyncio.CancelledError:
            self._give_back(waiter)
            raise
        if waiter.done():
            return waiter.result()
        self._give_back(waiter)
        raise NoBrowser(f"No browser became free within {self.limits.lease_s:.0f} s.")

    def _give_back(self, waiter: asyncio.Future[Workhorse]) -> None:
        """Nobody waits for it any more; a browser that came in the same moment goes to the next."""
        if not waiter.done():
            self._waiters.remove(waiter)
        elif waiter.exception() is None:
            self._give(waiter.result())

    def _give(self, horse: Workhorse) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                return waiter.set_result(horse)
        self._idle.append(horse)

    def _fail_waiters(self, reason: str) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(NoBrowser(reason))

    @property
    def size(self) -> int:
        return len(self._idle) + len(self._leases)

    @property
    def target(self) -> int:
        return target_size(
            self.limits,
            leased=len(self._leases),
            due=max(self.due, len(self._waiters)),
            affordable=self._affordable(),
        )

    def _affordable(self) -> int:
        room = cgroup.room()
        ours = sum(horse.memory for horse in (*self._idle, *self._leased_horses()))
        return affordable_size(self.limits, memory_total=room.total, used_by_others=max(0, room.used - ours))

    def _grow(self, renewing: int = 0) -> None:
        """Starts one browser when there should be more; the task that starts it calls this again. A lease that is being
        renewed counts as none, for its old browser is about to go."""
        busy = self._launching is not None and not self._launching.done()
        if not self._closed and not self.broken and not busy and self.size - renewing < self.target:
            self._launching = asyncio.create_task(self._launch())

    async def _launch(self) -> None:
        assert self._stable is not None
        try:
            horse = await Workhorse.start(self._stable)
        except (Error, OSError, ChromiumMissing) as error:
            return self._launch_failed(error)
        self._failures = 0
        self._decided("launched", horse, f"{self.size} of {self.target}, {self.due} scans wait")
        if self._closed:
            return self._end(horse)
        self._give(horse)
        self._launching = None
        self._grow()

    def _launch_failed(self, error: BaseException) -> None:
        self._failures += 1
        self._counts["failed"] += 1
        self.broken = self._failures >= BROKEN_AFTER
        logger.error("a browser did not start (%s in a row): %s", self._failures, error)
        if self.broken:
            self._fail_waiters("No browser starts on this machine.")

    def _background_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _end(self, horse: Workhorse) -> None:
        self._counts["ended"] += 1
        self._background_task(horse.end(self.limits.close_s))

    async def _keep_memory(self) -> None:
        """A loop of its own: a browser that does not answer must not delay the kill of one that eats the machine."""
        while True:
            await asyncio.sleep(self.limits.sample_s)
            await self._watch_memory()

    async def _keep_size(self) -> None:
        while True:
            await asyncio.sleep(min(TICK_S, self.limits.health_s))
            await self._watch_idle()
            self._shrink()
            self._grow()
            if time.monotonic() - self._swept >= SWEEP_S:
                await self._sweep()

    async def _sweep(self) -> None:
        self._swept = time.monotonic()
        ended, removed = await asyncio.to_thread(sweep)
        if ended or removed:
            self._counts["swept"] += ended + removed
            logger.warning("swept up after killed scanners: %s processes ended, %s folders removed", ended, removed)

    def _unwatched(self, keeper: asyncio.Task[None]) -> None:
        """Browsers that nobody watches are worse than none."""
        if not keeper.cancelled() and (error := keeper.exception()):
            self.broken = True
            logger.critical("the browser pool is no longer watched", exc_info=error)

    async def _watch_memory(self) -> None:
        now = time.monotonic()
        seconds, self._sampled = now - self._sampled, now
        for horse in (*self._leased_horses(), *self._idle):
            await horse.measure(seconds)
            if horse.memory > self.limits.kill_memory and not horse.killed:
                self._decided("killed", horse, f"over {self.limits.kill_memory // MB} MB", logging.WARNING)
                await horse.kill()

    async def _watch_idle(self) -> None:
        await asyncio.gather(*(self._check(horse) for horse in list(self._idle)))

    async def _check(self, horse: Workhorse) -> None:
        reason = "" if horse.alive else "its process is gone"
        if horse.age > self.limits.age_s:
            reason = f"older than {self.limits.age_s:.0f} s"
        elif not reason and time.monotonic() - horse.checked >= self.limits.health_s:
            answers = await horse.answers(self.limits.health_timeout_s)
            reason = "" if answers else f"no answer within {self.limits.health_timeout_s:.0f} s"
        if reason and horse in self._idle:
            self._decided("sick", horse, reason)
            self._discard(horse)

    def _shrink(self) -> None:
        now = time.monotonic()
        idle = [now - horse.idle_since for horse in self._idle]
        for _ in range(surplus(self.limits, target=self.target, size=self.size, idle_seconds=idle)):
            self._decided("shrunk", self._idle[0], f"{self.size} where {self.target} are enough")
            self._discard(self._idle[0])

    def _discard(self, horse: Workhorse) -> None:
        self._idle.remove(horse)
        self._end(horse)

    def _decided(self, what: str, horse: Workhorse, reason: str, level: int = logging.INFO) -> None:
        self._counts[what] += 1
        size = f"{horse.memory // MB} MB, {horse.pages} pages"
        logger.log(level, "browser %s %s (%s): %s", horse.chromium.pid, what, size, reason)

    def state(self) -> PoolState:
        now = time.monotonic()
        leases = tuple(
            LeaseState(lease.scan_id, now - since, lease.horse.pages, lease.usage)
            for lease, since in self._leases.items()
        )
        return PoolState(
            size=self.size,
            idle=len(self._idle),
            launching=self._launching is not None and not self._launching.done(),
            waiting=len(self._waiters),
            target=self.target,
            broken=self.broken,
            isolated=has_namespaces(),
            leases=leases,
            browsers=tuple(self._browsers()),
            counts=dict(self._counts),
        )

    def _browsers(self) -> Iterator[BrowserState]:
        for lease in self._leases:
            yield _seen(lease.horse, BrowserUse.LEASED, lease.scan_id)
            yield from (_seen(horse, BrowserUse.RETIRING, lease.scan_id) for horse in lease.retiring)
        yield from (_seen(horse, BrowserUse.IDLE) for horse in self._idle)


def _seen(horse: Workhorse, use: BrowserUse, scan_id: str = "") -> BrowserState:
    return BrowserState(horse.chromium.pid, use, horse.memory // MB, int(horse.age), horse.pages, scan_id)
