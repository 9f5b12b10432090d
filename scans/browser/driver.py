"""Playwright's driver: one Node.js process that holds the pipe to every browser of this process.

It inherits our environment by default: passwords and keys of ours would stand in `/proc/<pid>/environ` next to
Chromium. Playwright takes no environment, so the function it asks for one is replaced while it starts (a test reads
what every process of the tree got).

When it dies its browsers die with it, and Playwright goes on calling them connected. So its process is watched, and a
driver that died is replaced before the next browser is started: that costs the open pages a second try, and no scan its
browser.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from playwright._impl import transport as _transport
from playwright.async_api import Error, Playwright, async_playwright

from scans.browser.processes import is_running

START_S = 30.0
transport: Any = _transport


class Driver:
    """Its temporary files, the browsers' profiles among them, are made in `scratch`."""

    def __init__(self, scratch: Path, close_s: float) -> None:
        self._scratch = scratch
        self._close_s = close_s
        self._playwright: Playwright | None = None
        self.pid = 0

    async def playwright(self) -> Playwright:
        """That of a driver which lives; started when there is none. Raises Playwright's Error when that takes too
        long."""
        if self._playwright is None or not is_running(self.pid):
            await self.stop()
            before = await asyncio.to_thread(_drivers)
            self._playwright = await _start(self._scratch)
            self.pid = max(await asyncio.to_thread(_drivers) - before)
        return self._playwright

    async def stop(self) -> None:
        if self._playwright is not None:
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(self._close_s):
                    await self._playwright.stop()
            self._playwright = None


async def _start(scratch: Path) -> Playwright:
    try:
        async with asyncio.timeout(START_S):
            with _clean_environment(scratch):
                return await async_playwright().start()
    except TimeoutError as error:
        raise Error(f"Playwright's driver did not start within {START_S:.0f} s") from error


def _drivers() -> set[int]:
    """The process ids of the drivers that are children of this process."""
    found = set()
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "run-driver" in child.cmdline():
                found.add(child.pid)
    return found


@contextlib.contextmanager
def _clean_environment(scratch: Path) -> Iterator[None]:
    inherited = transport.get_driver_env
    transport.get_driver_env = lambda: {**environment(scratch), "PW_LANG_NAME": "python"}
    try:
        yield
    finally:
        transport.get_driver_env = inherited


def environment(scratch: Path) -> dict[str, str]:
    """All that Chromium and its driver know of ours."""
    return {"HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8", "PATH": os.defpath}
