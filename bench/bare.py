"""The yardstick: what bare Chromium needs for the least that anyone would call a scan.

One browser, one context, three tabs used again and again; each page is loaded, gets axe-core, a desktop and a phone
picture, and nothing else: no proxy, no probes, no guards. Our own scan is measured against it.

    python -m bench.bare URL [URL ...] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bench.usage import Usage

AXE = Path(__file__).resolve().parent.parent / "static" / "vendor" / "axe-core" / "axe.min.js"
TABS = 3
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


async def bare(urls: Sequence[str], chromium_path: str | None = None, usage: Usage | None = None) -> dict[str, float]:
    """Wall and CPU seconds (this process, the driver and the browser together) and the browser's peak memory (PSS)."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, chromium_sandbox=os.geteuid() != 0)
        with usage or Usage() as usage:
            began = time.perf_counter()
            await _scan(browser, urls)
            wall = time.perf_counter() - began
        await browser.close()
    return {
        "pages": len(urls),
        "wall_s": round(wall, 3),
        "cpu_s": round(usage.cpu_s, 3),
        "peak_mb": round(usage.peak_mb),
    }


async def _scan(browser: Browser, urls: Sequence[str]) -> None:
    context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    axe = AXE.read_text()
    waiting = iter(urls)

    async def tab() -> None:
        page = await context.new_page()
        for url in waiting:
            await _look(page, url, axe)

    await asyncio.gather(*(tab() for _ in range(TABS)))
    await context.close()


async def _look(page: Page, url: str, axe: str) -> None:
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    await page.goto(url, wait_until="load")
    await page.evaluate(axe)
    await page.evaluate("axe.run()")
    await page.screenshot(full_page=True, type="jpeg", quality=70)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.screenshot(full_page=True, type="jpeg", quality=70)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--chromium", help="path of the Chromium to use (default: Playwright's own)")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    figures = asyncio.run(bare(options.urls, options.chromium))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:8} {value:>8}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
