"""A whole scan of a folder of HTML against bare Chromium on the same pages, in one run.

    python -m bench.scan SITE_DIR [--pages N] [--runs N] [--json]

Ours is everything: discover, fetch, three widths, axe-core, pictures, checks, through the egress proxy, from the
order to the last event, with a warm browser, as in production. Bare is `bench.bare`: load, axe-core, two pictures.
`ratio` is our wall time over bare Chromium's, `cpu_ratio` the same for CPU seconds; with several runs the medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.bare import bare
from bench.serve import served
from bench.usage import Usage
from scans.browser.chromium import find_chromium
from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.events import Ended, Fetched, Judged, Order, Visited
from scans.fetch.guard import Policy
from scans.scanner import Scanner

Figures = dict[str, float]


class Scanned(NamedTuple):
    """The figures of one scan, the pages it opened, and how often each rule found something."""

    figures: Figures
    opened: list[str]
    found: Counter[str]


def ours(url: str, chromium: str, pages: int, usage: Usage | None = None) -> Scanned:
    parts = urlsplit(url)
    order = Order(url, Policy.of([parts.netloc]), max_pages=pages, max_visits=pages, proven=True)
    opened: list[str] = []
    found: Counter[str] = Counter()
    first = 0.0
    with Scanner(BrowserPool(chromium, Limits(min_size=1, max_size=1))) as scanner:
        while scanner.pool is not None and not scanner.pool.state().idle:
            time.sleep(0.05)
        with usage or Usage() as usage:
            began = time.perf_counter()
            run = scanner.start_scan(order, name="bench")
            while not isinstance(event := run.next_event(timeout=1), Ended):
                if isinstance(event, Fetched) and event.problems and not first:
                    first = time.perf_counter() - began
                if isinstance(event, Fetched | Visited | Judged):
                    found.update(problem.rule for problem in event.problems)
                if isinstance(event, Judged):
                    found.subtract(problem.rule for problem in event.withdrawn)
                if isinstance(event, Visited):
                    opened.append(event.page.url)
            wall = time.perf_counter() - began
    figures = {
        "pages": len(opened),
        "wall_s": wall,
        "cpu_s": usage.cpu_s,
        "first_finding_s": first,
        "peak_mb": usage.peak_mb,
    }
    return Scanned(figures, opened, found)


def compare(folder: Path, pages: int, runs: int) -> Figures:
    chromium = str(find_chromium(os.environ.get("CHROMIUM_PATH", "")))
    rows = []
    with served(folder, sitemap=True) as url:
        for _ in range(runs):
            scanned = ours(url, chromium, pages)
            rows.append((scanned.figures, asyncio.run(bare(scanned.opened, chromium))))
    mine = {name: statistics.median(row[0][name] for row in rows) for name in rows[0][0]}
    theirs = {name: statistics.median(row[1][name] for row in rows) for name in rows[0][1]}
    count = mine["pages"]
    return {
        "pages": count,
        "wall_s": round(mine["wall_s"], 2),
        "pages_per_s": round(count / mine["wall_s"], 2),
        "cpu_s_per_page": round(mine["cpu_s"] / count, 3),
        "peak_mb": round(mine["peak_mb"]),
        "first_finding_s": round(mine["first_finding_s"], 2),
        "bare_wall_s": round(theirs["wall_s"], 2),
        "bare_pages_per_s": round(count / theirs["wall_s"], 2),
        "bare_cpu_s_per_page": round(theirs["cpu_s"] / count, 3),
        "bare_peak_mb": theirs["peak_mb"],
        "ratio": round(mine["wall_s"] / theirs["wall_s"], 2),
        "cpu_ratio": round(mine["cpu_s"] / theirs["cpu_s"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="SITE_DIR")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    figures = compare(options.folder, options.pages, options.runs)
    if not options.json:
        for name, value in figures.items():
            print(f"{name:20} {value:>10}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
