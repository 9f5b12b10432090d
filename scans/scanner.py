"""The scanner: one thread with one asyncio loop, one Playwright driver and one browser pool; any number of scans
inside.

`Scanner.start_scan` may be called from any thread. It answers with a `Run`, whose events are taken from a thread-safe
queue: the engine never waits for the database, and whoever listens never sees a coroutine."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from scans import engine
from scans.browser.pool import BrowserPool
from scans.browser.state import PoolState
from scans.events import Ended, Event, Order, Wishes
from scans.fetch.politeness import Politeness
from scans.manners import alone

logger = logging.getLogger(__name__)

BACKLOG = 64  # events the engine may be ahead of its listener, pictures included
START_S = 60.0
CLOSE_S = 7.0
LOOK_S = 2.0
T = TypeVar("T")


class Run:
    """One scan under way, as its listener sees it."""

    def __init__(self, scanner: Scanner, order: Order, name: str) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(BACKLOG)
        self._loop = scanner.loop
        self._wishes = Wishes()
        self._task = asyncio.run_coroutine_threadsafe(self._scan(scanner, order, name), self._loop)

    async def _scan(self, scanner: Scanner, order: Order, name: str) -> None:
        politeness = scanner.manners(order)
        self._events.put(await engine.scan(order, scanner.pool, self._emit, self._wishes, name, politeness))

    async def _emit(self, event: Event) -> None:
        await self._room.acquire()
        self._events.put(event)

    def next_event(self, timeout: float) -> Event | None:
        """The next event, None after `timeout` seconds without one. Raises what the engine raised."""
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            if self._task.done():
                self._task.result()
            return None
        if not isinstance(event, Ended):
            self._loop.call_soon_threadsafe(self._room.release)
        return event

    def cancel(self) -> None:
        """Asks the scan to end with what it has; `Ended` follows within two seconds."""
        self._loop.call_soon_threadsafe(self._wishes.stop.set)

    def leave(self) -> None:
        """Asks the scan to finish the pages it is at; `Ended` follows when they are done."""
        self._loop.call_soon_threadsafe(self._wishes.leave.set)

    def stop(self) -> None:
        """Ends it at once, without a further event; its browser is given back."""
        self._task.cancel()


class Scanner:
    """Owns the loop and the pool; without a pool scans fetch only. `manners` says how politely a site is treated. A
    context manager: leaving closes every browser."""

    def __init__(self, pool: BrowserPool | None, manners: Callable[[Order], Politeness] = alone) -> None:
        self.stopping = False
        self.pool = pool
        self.manners = manners
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="scanner-loop", daemon=True)

    def __enter__(self) -> Scanner:
        """Raises ChromiumMissing when there is a pool and no browser for it."""
        self._thread.start()
        if self.pool is not None:
            try:
                self._do(self.pool.start(), timeout=START_S)
            except BaseException:
                self._end()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        try:
            if self.pool is not None:
                self._do(self.pool.close(), timeout=CLOSE_S)
        except TimeoutError:
            logger.error("the browsers did not close within %.0f s; they end with this process", CLOSE_S)
        finally:
            self._end()

    def poke(self, answer: threading.Event) -> None:
        """Sets `answer` as soon as the loop comes to it."""
        self.loop.call_soon_threadsafe(answer.set)

    @property
    def broken(self) -> bool:
        return self.pool is not None and self.pool.broken

    @property
    def thread_id(self) -> int | None:
        return self._thread.ident

    def start_scan(self, order: Order, name: str) -> Run:
        return Run(self, order, name)

    def state(self, due: int = 0) -> PoolState | None:
        """The pool's picture of itself, None without a pool or when the loop is busy; tells the pool how many scans are
        `due`."""
        try:
            state = self._do(self._look(due), timeout=LOOK_S)
        except TimeoutError:
            return None
        return state

    async def _look(self, due: int) -> PoolState | None:
        if self.pool is None:
            return None
        self.pool.due = due
        return self.pool.state()

    def _do(self, work: Coroutine[Any, Any, T], timeout: float) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=CLOSE_S)
        if not self._thread.is_alive():
            self.loop.close()
