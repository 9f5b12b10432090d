"""Scans pages that fight back, one whole scan each, and a normal page after each of them.

    python -m bench.hostile [NAME ...] [--json]

One line a page: seconds of the scan, how it ended, what was said of the page, whether the scan after it ran normally,
and how many processes of the browsers were left 5 s later. Every scan must end within 75 s (`slowest_s`), with a reason
where it is not complete, and leave nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
from aiohttp import web

from bench.hostile_pages import HEAD, PAGES
from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.events import Ended, Order, Visited
from scans.fetch.guard import Policy
from scans.scanner import Scanner

LIMIT_S = 75.0
LEFT_S = 5.0


async def answer(request: web.Request) -> web.StreamResponse:
    name = request.path.strip("/")
    if name.startswith("to/"):
        return web.Response(text=f"{HEAD}<a href='/{name[3:]}'>there</a>", content_type="text/html")
    page = PAGES.get(name)
    if callable(page):
        return await page(request)
    status = 200 if page or name == "fine" else 404
    return web.Response(text=page or HEAD, status=status, content_type="text/html")


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The pages, on a loop of their own: host:port."""
    loop, app = asyncio.new_event_loop(), web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def scan(scanner: Scanner, site: str, name: str) -> tuple[Ended, list[Visited]]:
    order = Order(f"http://{site}/to/{name}", Policy.of([site]), max_pages=2, max_visits=2, proven=True)
    run, visited = scanner.start_scan(order, name=name), []
    while not isinstance(event := run.next_event(timeout=1), Ended):
        if isinstance(event, Visited):
            visited.append(event)
    return event, visited


def trial(scanner: Scanner, site: str, name: str) -> dict[str, Any]:
    before = browsers()
    began = time.perf_counter()
    ended, visited = scan(scanner, site, name)
    seconds = time.perf_counter() - began
    after, _ = scan(scanner, site, "fine")
    said = next((event.visit for event in visited if not event.page.url.endswith(f"/to/{name}")), None)
    return {
        "name": name,
        "seconds": round(seconds, 1),
        "status": ended.status.value,
        "reason": ended.reason,
        "page": "not opened" if said is None else f"{said.error or 'seen'} {said.error_detail} {said.limits}"[:150],
        "next": after.status.value,
        "left": left(before),
    }


def browsers() -> set[psutil.Process]:
    """Everything below this process but the driver and the one browser that waits."""
    return set(psutil.Process().children(recursive=True))


def left(before: set[psutil.Process]) -> int:
    """Of the browsers that were there before the scan, which it used up: how many processes remain."""
    used = [process for process in before if "run-driver" not in _words(process)]
    _, alive = psutil.wait_procs(used, timeout=LEFT_S)
    return sum(process.status() != psutil.STATUS_ZOMBIE for process in alive)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def ready(scanner: Scanner) -> None:
    while scanner.pool is not None and not scanner.pool.state().idle:
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PAGES))
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    rows = []
    with serving() as site, Scanner(BrowserPool(limits=Limits(min_size=1, max_size=1))) as scanner:
        for name in options.names or PAGES:
            ready(scanner)
            rows.append(trial(scanner, site, name))
            if not options.json:
                print(" | ".join(str(value) for value in rows[-1].values()), flush=True)
        counts = scanner.pool.state().counts if scanner.pool else {}
    good = all(
        row["seconds"] <= LIMIT_S
        and row["next"] == "complete"
        and not row["left"]
        and (row["status"] == "complete" or row["reason"])
        for row in rows
    )
    figures = {"pages": len(rows), "slowest_s": max(row["seconds"] for row in rows), "good": good, "pool": counts}
    print(json.dumps({**figures, "rows": rows}))


if __name__ == "__main__":
    main()
