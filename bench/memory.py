"""That a scanner process does not grow: many small scans, one after the other, in one process.

    python -m bench.memory [--scans N] [--warm-up N] [--json]

Prints the proportional set size of the Python process and of Playwright's driver after the warm-up and at the end, each
the median of the last samples, and `ratio` and `driver_ratio`, end over warm-up, to be within five per cent of one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.serve import served
from scans.browser.pool import BrowserPool
from scans.browser.processes import process_memory
from scans.browser.sizing import Limits
from scans.events import Ended, Order, Status
from scans.fetch.guard import Policy
from scans.scanner import Scanner

SAMPLES = 10
PAGE = """<!doctype html><html lang=en><meta charset=utf-8><title>Page {0} of a small site</title>
<meta name=viewport content="width=device-width"><h1>Page {0}</h1><p>{1}<p>{2}"""


def site(folder: Path) -> None:
    """Three pages that link to each other."""
    names = ("index", "one", "two")
    links = "".join(f"<a href='/{'' if name == 'index' else name}'>To {name}</a> " for name in names)
    for number, name in enumerate(names):
        text = f"Words of page {number}. " * 400
        (folder / f"{name}.html").write_text(PAGE.format(number, links, text))
    (folder / "404.html").write_text("<!doctype html><title>Not here</title><h1>Not here</h1>")


def driver() -> int:
    """The process id of Playwright's driver."""
    below = psutil.Process().children(recursive=True)
    return next(process.pid for process in below if "run-driver" in process.cmdline())


def scan(scanner: Scanner, url: str) -> Ended:
    policy = Policy.of([urlsplit(url).netloc])
    order = Order(url, policy, max_pages=3, max_visits=1, proven=True)
    run = scanner.start_scan(order, name="bench")
    while not isinstance(event := run.next_event(timeout=1), Ended):
        pass
    return event


def measure(scans: int, warm_up: int) -> dict[str, Any]:
    own: list[int] = []
    drivers: list[int] = []
    failed = 0
    with tempfile.TemporaryDirectory() as name, Scanner(BrowserPool(limits=Limits(max_size=1))) as scanner:
        site(Path(name))
        with served(Path(name)) as url:
            began = time.perf_counter()
            for _ in range(warm_up + scans):
                failed += scan(scanner, url).status is not Status.COMPLETE
                own.append(process_memory(os.getpid()))
                drivers.append(process_memory(driver()))
            wall = time.perf_counter() - began
    return {
        "scans": scans,
        "failed": failed,
        "wall_s": round(wall, 1),
        **_figures("", own, warm_up),
        **_figures("driver_", drivers, warm_up),
    }


def _figures(name: str, samples: list[int], warm_up: int) -> dict[str, float]:
    before = statistics.median(samples[max(0, warm_up - SAMPLES) : warm_up])
    after = statistics.median(samples[-SAMPLES:])
    return {
        f"{name}start_mb": round(before / 2**20, 1),
        f"{name}end_mb": round(after / 2**20, 1),
        f"{name}ratio": round(after / before, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    figures = measure(options.scans, options.warm_up)
    if not options.json:
        for name, value in figures.items():
            print(f"{name:16} {value:>10}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
