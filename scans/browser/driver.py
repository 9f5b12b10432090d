"""Playwright's driver: one Node process that holds the pipe to every browser of this process.

When it dies its browsers die with it, and Playwright goes on calling them connected. So its process is watched, and a
driver that died is replaced before the next browser is started: that costs the open pages a second try, and no scan its
browser."""

from __future__ import annotations

import asyncio
import contextlib

import psutil
from playwright.async_api import Error, Playwright, async_playwright

from scans.browser.processes import is_running


class Driver:
    def __init__(self, close_s: float) -> None:
        self._close_s = close_s
        self._playwright: Playwright | None = None
        self.pid = 0

    async def playwright(self) -> Playwright:
        """That of a driver which lives; started when there is none."""
        if self._playwright is None or not is_running(self.pid):
            await self.stop()
            before = await asyncio.to_thread(_drivers)
            self._playwright = await async_playwright().start()
            self.pid = max(await asyncio.to_thread(_drivers) - before)
        return self._playwright

    async def stop(self) -> None:
        if self._playwright is not None:
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(self._close_s):
                    await self._playwright.stop()
            self._playwright = None


def _drivers() -> set[int]:
    """The process ids of the drivers that are children of this process."""
    found = set()
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "run-driver" in child.cmdline():
                found.add(child.pid)
    return found
