"""What the browser pool promises: memory of a browser on whole sites, a warm lease, a cold start.

    python -m bench.pool SITE_DIR [SITE_DIR ...] [--pages N] [--json]

Per site, sampled every half second by the proportional set size of each browser's tree: `peak_mb` of any one browser,
`over_s` the longest that one was over its limit, `renewals` the browsers replaced under the scan. `lease_ms` is the
median of 20 leases of a warm browser. `cold_s` is the time from the start of a scanner process to its first page
fetched, checked and handed out to be kept, `cold_visit_s` to the first one seen in the browser at three widths.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.serve import served
from scans.browser.pool import BrowserPool
from scans.browser.processes import tree_memory
from scans.browser.sizing import MB, Limits
from scans.events import Ended, Fetched, Order, Visited
from scans.fetch.guard import Policy
from scans.scanner import Scanner

SAMPLE_S = 0.5
LEASES = 20


class Memory:
    """Samples every browser of a pool, while it is entered."""

    def __init__(self, pool: BrowserPool) -> None:
        self.peaks: dict[int, int] = defaultdict(int)
        self.over: dict[int, float] = defaultdict(float)
        self._pool = pool
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        last = time.monotonic()
        while not self._over.wait(SAMPLE_S):
            now = time.monotonic()
            for browser in self._pool.state().browsers:
                memory = tree_memory(browser.pid)
                self.peaks[browser.pid] = max(self.peaks[browser.pid], memory)
                if memory > self._pool.limits.memory:
                    self.over[browser.pid] += now - last
            last = now


def scan(url: str, pages: int) -> dict[str, Any]:
    pool = BrowserPool(limits=Limits(min_size=1, max_size=1))
    order = Order(url, Policy.of([urlsplit(url).netloc]), max_pages=pages, max_visits=pages, proven=True)
    with Scanner(pool) as scanner, Memory(pool) as memory:
        began, opened = time.perf_counter(), 0
        run = scanner.start_scan(order, name="bench")
        while not isinstance(event := run.next_event(timeout=1), Ended):
            opened += isinstance(event, Visited)
        wall = time.perf_counter() - began
        counts = pool.state().counts
    return {
        "pages": opened,
        "wall_s": round(wall, 1),
        "peak_mb": max(memory.peaks.values(), default=0) // MB,
        "peaks_mb": sorted((peak // MB for peak in memory.peaks.values()), reverse=True),
        "over_s": round(max(memory.over.values(), default=0.0), 1),
        "renewals": counts.get("renewed", 0),
        "killed": counts.get("killed", 0),
    }


async def lease_ms() -> float:
    """The wait for a browser that stands ready."""
    taken = []
    async with BrowserPool(limits=Limits(min_size=1, max_size=2)) as pool:
        for number in range(LEASES):
            while not pool.state().idle:  # noqa: ASYNC110 - watched from outside, as an operator would
                await asyncio.sleep(0.02)
            began = time.perf_counter()
            async with pool.lease(Policy(), str(number)) as lease:
                taken.append(time.perf_counter() - began)
                assert lease.horse.alive
    return round(statistics.median(taken) * 1000, 2)


def cold(url: str) -> tuple[float, float]:
    """A process of its own: seconds from its start to the first page kept, and opened."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "bench.pool", "--first-page", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        taken = [time.perf_counter() - began for _ in process.stdout]
    return round(taken[0], 2), round(taken[1], 2)


def first_page(url: str) -> None:
    order = Order(url, Policy.of([urlsplit(url).netloc]), max_pages=1, max_visits=1, proven=True)
    with Scanner(BrowserPool(limits=Limits(min_size=1, max_size=1))) as scanner:
        run = scanner.start_scan(order, name="bench")
        while not isinstance(event := run.next_event(timeout=1), Ended):
            if isinstance(event, Fetched | Visited):
                print(event.page.url, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="SITE_DIR")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--first-page", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    if options.first_page:
        return first_page(options.first_page)
    sites, starts = {}, []
    for folder in options.folders:
        with served(folder, sitemap=True) as url:
            sites[folder.name] = scan(url, options.pages)
            starts.append(cold(url))
        if not options.json:
            print(f"{folder.name:16} {sites[folder.name]}  cold start {starts[-1]} s", flush=True)
    figures: dict[str, Any] = {"sites": sites, "lease_ms": asyncio.run(lease_ms())}
    figures["cold_s"] = statistics.median(first for first, _ in starts) if starts else None
    figures["cold_visit_s"] = statistics.median(second for _, second in starts) if starts else None
    figures["peak_mb"] = max((site["peak_mb"] for site in sites.values()), default=0)
    figures["over_s"] = max((site["over_s"] for site in sites.values()), default=0)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
