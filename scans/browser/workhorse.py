"""One Chromium process tree, the egress proxy in front of it, their scratch folder and their memory cgroup: started
together, ended together, never given to a second workspace.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.async_api import Error

from scans.browser import cgroup
from scans.browser.chromium import Chromium, LaunchOptions, launch
from scans.browser.driver import Driver
from scans.browser.isolation import Doorway, doorway, has_namespaces, script
from scans.browser.processes import group, is_running, kill, tree, tree_cpu, tree_memory
from scans.browser.proxy import EgressProxy
from scans.browser.scratch import make_scratch, processes_of


@dataclass(frozen=True, slots=True)
class Stable:
    """What all browsers of a pool are started from. `cgroups` is the folder for cgroups of their own, `memory` the
    bytes that one of them may hold."""

    driver: Driver
    executable: Path
    cgroups: Path | None = None
    memory: int = 0


@dataclass(slots=True, eq=False)
class Workhorse:
    chromium: Chromium
    proxy: EgressProxy
    scratch: Path
    driver: int
    memory_group: Path | None = None
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
    async def start(cls, stable: Stable) -> Workhorse:
        scratch = await asyncio.to_thread(make_scratch)
        group = cgroup.make(stable.cgroups, scratch.name, stable.memory) if stable.cgroups else None
        proxy = EgressProxy()
        try:
            chromium = await _launch(stable, proxy, scratch, group)
            return cls(chromium, proxy, scratch, stable.driver.pid, group)
        except BaseException:
            await proxy.close()
            await asyncio.to_thread(_forget, scratch, group)
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
        await asyncio.to_thread(lambda: kill(self._processes()))

    def _processes(self) -> list[psutil.Process]:
        """The tree and the group: neither alone holds what a crash in the middle leaves."""
        return list({*tree(self.chromium.pid), *group(self.chromium.group)})

    async def end(self, close_s: float) -> None:
        """Closes the browser, or kills it when that takes longer than `close_s`. Nothing of it is left afterwards."""
        processes = await asyncio.to_thread(self._processes)
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
        if self.chromium.profile is not None:
            shutil.rmtree(self.chromium.profile, ignore_errors=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.memory_group is not None:
            cgroup.remove(self.memory_group)


async def _launch(stable: Stable, proxy: EgressProxy, scratch: Path, group: Path | None) -> Chromium:
    """In a network namespace of its own where the system has them."""
    if not has_namespaces():
        await proxy.start()
        program = script(scratch, None, stable.executable, group) if group else stable.executable
        return await launch(await stable.driver.playwright(), LaunchOptions(program, proxy.url, scratch))
    with contextlib.closing(doorway(scratch, stable.executable, group)) as door:
        serving = asyncio.create_task(_serve(proxy, door))
        try:
            chromium = await launch(await stable.driver.playwright(), LaunchOptions(door.program, door.url, scratch))
            await serving
        finally:
            serving.cancel()
    return chromium


async def _serve(proxy: EgressProxy, door: Doorway) -> None:
    await proxy.start(await door.listener())


def _forget(scratch: Path, group: Path | None) -> None:
    """A launch that failed may have left a process behind."""
    kill(processes_of(scratch))
    shutil.rmtree(scratch, ignore_errors=True)
    if group is not None:
        cgroup.remove(group)
