"""A browser with its proxy, and the time it is lent to one scan.

A `Workhorse` is one Chromium process tree, the egress proxy in front of it and their scratch folder: started together,
ended together, never given to a second workspace. A `Lease` is what a scan holds: the current workhorse, a fresh one
when that is worn (`renew`), and what all of them used.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.async_api import Browser, BrowserContext, Error

from scans.browser.chromium import Chromium, LaunchOptions, launch
from scans.browser.driver import Driver
from scans.browser.processes import is_running, kill, tree, tree_cpu, tree_memory
from scans.browser.proxy import EgressProxy
from scans.browser.sizing import Limits
from scans.fetch.guard import Policy

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
AGENT = "QASentinelBot/1.0 (+https://qasentinel.dev/bot)"
TIGHT = 0.85
SCRATCH_PREFIX = "qa-sentinel-browser-"


def sweep_scratch() -> int:
    """Removes the folders of processes that were killed before they could; returns how many."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}*-*"):
        owner = folder.name.removeprefix(SCRATCH_PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


@dataclass(slots=True, eq=False)
class Workhorse:
    chromium: Chromium
    proxy: EgressProxy
    scratch: Path
    driver: int
    started: float = field(default_factory=time.monotonic)
    idle_since: float = field(default_factory=time.monotonic)
    checked: float = field(default_factory=time.monotonic)
    memory: int = 0
    memory_before: int = 0
    peak_memory: int = 0
    memory_seconds: float = 0.0
    cpu: float = 0.0
    pages: int = 0
    killed: bool = False

    @classmethod
    async def start(cls, driver: Driver, executable: Path) -> Workhorse:
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))
        proxy = EgressProxy()
        try:
            await proxy.start()
            playwright = await driver.playwright()
            chromium = await launch(playwright, LaunchOptions(executable, proxy.url, scratch))
            return cls(chromium, proxy, scratch, driver.pid)
        except BaseException:
            await proxy.close()
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            raise

    @property
    def alive(self) -> bool:
        """A browser whose driver died is about to go, and still said to be connected."""
        return not self.killed and self.chromium.browser.is_connected() and is_running(self.driver)

    @property
    def age(self) -> float:
        return time.monotonic() - self.started

    async def measure(self, seconds: float) -> None:
        """One sample, `seconds` after the one before."""
        pid = self.chromium.pid
        self.memory_before = self.memory
        self.memory, self.cpu = await asyncio.to_thread(lambda: (tree_memory(pid), max(self.cpu, tree_cpu(pid))))
        self.peak_memory = max(self.peak_memory, self.memory)
        self.memory_seconds += self.memory * seconds

    async def answers(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self.chromium.cdp.send("Browser.getVersion")
        except (Error, TimeoutError):
            return False
        self.checked = time.monotonic()
        return True

    async def kill(self) -> None:
        self.killed = True
        await asyncio.to_thread(lambda: kill(tree(self.chromium.pid)))

    async def end(self, close_s: float) -> None:
        """Closes the browser, or kills it when that takes longer than `close_s`. Nothing of it is left afterwards."""
        processes = await asyncio.to_thread(tree, self.chromium.pid)
        try:
            async with asyncio.timeout(close_s):
                await self.chromium.browser.close()
        except (Error, TimeoutError):
            pass  # killed below
        finally:
            await asyncio.to_thread(kill, processes)
            await self.proxy.close()
            await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        for folder in (self.scratch, self.chromium.profile):
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a lease cost: CPU seconds of the browser trees, their peak memory in bytes, byte-seconds, bytes loaded."""

    cpu_s: float = 0.0
    peak_memory: int = 0
    memory_seconds: float = 0.0
    bytes_in: int = 0

    def plus(self, horse: Workhorse) -> Usage:
        return Usage(
            self.cpu_s + horse.cpu,
            max(self.peak_memory, horse.peak_memory),
            self.memory_seconds + horse.memory_seconds,
            self.bytes_in + horse.proxy.bytes_in,
        )


class Lease:
    """`browser` is the one to drive. `worn` asks for `renew()` before the next page, when no page is open."""

    def __init__(
        self,
        horse: Workhorse,
        policy: Policy,
        scan_id: str,
        limits: Limits,
        agent: str,
        replace: Callable[[Lease, asyncio.Event], Awaitable[Workhorse]],
    ) -> None:
        self.scan_id = scan_id
        self.policy = policy
        self.doubtful = False
        self._limits = limits
        self._agent = agent
        self._replace = replace
        self._past: list[Workhorse] = []
        self.retiring: list[Workhorse] = []
        self._take(horse)

    def _take(self, horse: Workhorse) -> None:
        self.horse = horse
        self.doubtful = False
        horse.proxy.use(self.policy)

    @property
    def browser(self) -> Browser:
        return self.horse.chromium.browser

    @property
    def proxy(self) -> EgressProxy:
        return self.horse.proxy

    @property
    def over_memory(self) -> bool:
        """Two samples in a row: one may have met the short moment in which a whole page is painted for its picture."""
        return min(self.horse.memory, self.horse.memory_before) > self._limits.memory

    @property
    def tight(self) -> bool:
        """Near its limit: tabs that have grown should go before the browser has to."""
        return self.horse.memory > self._limits.memory * TIGHT

    @property
    def worn(self) -> bool:
        horse = self.horse
        old = horse.pages >= self._limits.pages or horse.age >= self._limits.age_s
        return old or self.over_memory or self.doubtful or not horse.alive

    @property
    def horses(self) -> tuple[Workhorse, ...]:
        """Those that still run: the one in use, and worn ones that finish their last pages."""
        return (*self.retiring, self.horse)

    @property
    def usage(self) -> Usage:
        usage = Usage()
        for horse in (*self._past, self.horse):
            usage = usage.plus(horse)
        return usage

    @property
    def denials(self) -> dict[str, int]:
        """How often our policy refused something, by reason."""
        said: Counter[str] = Counter()
        for horse in (*self._past, self.horse):
            said.update(horse.proxy.denials)
        return dict(said)

    async def renew(self, finished: asyncio.Event) -> None:
        """A fresh browser in place of this one, which ends when `finished` is set. Raises what `BrowserPool.lease`
        raises."""
        old = self.horse
        horse = await self._replace(self, finished)
        self._past.append(old)
        self._take(horse)

    async def new_context(self) -> BrowserContext:
        """A context as a visit wants it: no downloads, no service workers, no permissions, viewports set by the tab."""
        version = self.browser.version.partition(".")[0]
        return await self.browser.new_context(
            user_agent=f"{USER_AGENT.format(version)} {self._agent}".rstrip(),
            accept_downloads=False,
            service_workers="block",
            permissions=[],
            no_viewport=True,
            locale="en-US",
        )
