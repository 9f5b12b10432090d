"""Playwright's driver, started with an environment of its own.

The driver is a Node.js process that inherits everything by default: passwords and keys of ours would stand in
`/proc/<pid>/environ` next to Chromium. Playwright takes no environment, so the function it asks for one is replaced
while it starts (a test reads what every process of the tree got).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright._impl import transport as _transport
from playwright.async_api import Error, Playwright, async_playwright

START_S = 30.0
transport: Any = _transport


async def start_driver(scratch: Path) -> Playwright:
    """Raises Playwright's Error when it does not start in time. Its temporary files, the browsers' profiles among
    them, are made in `scratch`."""
    try:
        async with asyncio.timeout(START_S):
            with _clean_environment(scratch):
                return await async_playwright().start()
    except TimeoutError as error:
        raise Error(f"Playwright's driver did not start within {START_S:.0f} s") from error


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
