"""This project, bare Chromium and the tools people use today on the same pages, one after the other, in one run.

    python -m bench.compare SITE_DIR [--pages 30] [--timeout 900] [--peers pa11y,unlighthouse] [--json]

The site is served by one local server, with a sitemap as Webflow writes one, the browser is the same Chromium for all,
the pages are those that our own scan opened. Ours is everything (as in bench.scan, with a warm browser), bare is
bench.bare, the peers are those of bench.peers, started as a person would start them; they are installed from npm into
DATA_DIR/bench-peers. Memory is that of the whole process tree. A peer that runs out of time is ended: its wall time,
and the ratio, are lower bounds, and `out_of_time` says so.

Ratios are of wall times: `unlighthouse_over_us`, `pa11y_over_us`, `us_over_bare`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import psutil

from bench.bare import bare
from bench.peers.install import PeersMissing, install
from bench.peers.tools import PEERS, Answer, Peer, Task
from bench.scan import ours
from bench.serve import served
from bench.usage import Usage
from scans.browser.chromium import find_chromium
from scans.browser.processes import kill, tree
from scans.checks import RULES
from scans.snapshot import Category

ROOT = Path(__file__).resolve().parent.parent
BROKEN = ("links.broken", "images.broken", "resources.broken", "resources.third-party-broken")
KINDS = {
    Category.ACCESSIBILITY: "accessibility",
    Category.PERFORMANCE: "performance",
    Category.METADATA: "seo",
    Category.SITE: "seo",
}
Row = dict[str, Any]


def compare(folder: Path, pages: int, limit_s: float, packages: Path, peers: Collection[Peer]) -> dict[str, Row]:
    chromium = str(find_chromium(os.environ.get("CHROMIUM_PATH", "")))
    with served(folder, sitemap=True) as url:
        server = {child.pid for child in psutil.Process().children()}
        rows, opened = _ours(url, chromium, pages, server)
        rows["bare"] = _bare(opened, chromium, server)
        for peer in peers:
            rows[peer.name] = _peer(peer, packages, chromium, url, opened, limit_s)
    return rows


def _ours(url: str, chromium: str, pages: int, apart: Collection[int]) -> tuple[dict[str, Row], list[str]]:
    usage = Usage(apart=apart)
    figures, opened, by_rule = ours(url, chromium, pages, usage)
    found: Counter[str] = Counter()
    for rule, times in by_rule.items():
        found["broken_links" if rule.startswith(BROKEN) else KINDS.get(RULES[rule].category, "other")] += times
    return {"ours": _row(figures["wall_s"], len(opened), usage, dict(found))}, opened


def _bare(urls: list[str], chromium: str, apart: Collection[int]) -> Row:
    usage = Usage(apart=apart)
    figures = asyncio.run(bare(urls, chromium, usage))
    return _row(figures["wall_s"], len(urls), usage, {})


def _peer(peer: Peer, packages: Path, chromium: str, site: str, urls: list[str], limit_s: float) -> Row:
    with tempfile.TemporaryDirectory(prefix="bench-peer-", ignore_cleanup_errors=True) as scratch:
        task = Task(packages, Path(scratch), chromium, site, urls)
        wall, usage, in_time = _run(peer.command(task), task, limit_s)
        try:
            answer = peer.read(task)
        except (OSError, ValueError, KeyError):
            answer = Answer(0, {})
            if in_time:
                print(f"{peer.name} gave no answer: {_last_line(task.folder / 'log')}", file=sys.stderr)
    row = _row(wall, answer.pages, usage, answer.found)
    return row if in_time else {**row, "out_of_time": True}


def _run(command: list[str], task: Task, limit_s: float) -> tuple[float, Usage, bool]:
    """Wall seconds, what it used, and whether it ended by itself; nothing of it is left."""
    environment = {**os.environ, "HOME": str(task.folder), "TMPDIR": str(task.folder), "CI": "1"}
    began = time.perf_counter()
    with task.answer.open("wb") as out, (task.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=task.folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=log
        )
    in_time = True
    with Usage(process.pid) as usage:
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            in_time = False
        finally:
            wall = time.perf_counter() - began
            kill(tree(process.pid))
    process.wait()
    return wall, usage, in_time


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _row(wall_s: float, pages: int, usage: Usage, found: dict[str, int]) -> Row:
    return {
        "wall_s": round(wall_s, 2),
        "pages": pages,
        "pages_per_s": round(pages / wall_s, 2),
        "peak_mb": round(usage.whole_mb),
        "cpu_s": round(usage.cpu_s, 1),
        "found": found,
    }


def _ratios(rows: dict[str, Row]) -> dict[str, float | None]:
    """None for a tool that was not asked or left pages out: its time says nothing."""

    def ratio(above: str, below: str) -> float | None:
        if above not in rows:
            return None
        row, other = rows[above], rows[below]
        whole = row["pages"] == other["pages"] or row.get("out_of_time")
        return round(row["wall_s"] / other["wall_s"], 2) if whole else None

    return {
        "unlighthouse_over_us": ratio("unlighthouse", "ours"),
        "pa11y_over_us": ratio("pa11y", "ours"),
        "us_over_bare": ratio("ours", "bare"),
    }


def _print(rows: dict[str, Row], ratios: dict[str, float | None]) -> None:
    print(f"{'':14}{'wall s':>9}{'pages':>7}{'pages/s':>9}{'peak MB':>9}{'CPU s':>8}  found")
    for name, row in rows.items():
        bound = " (out of time: at least)" if row.get("out_of_time") else ""
        figures = f"{row['wall_s']:>9}{row['pages']:>7}{row['pages_per_s']:>9}{row['peak_mb']:>9}{row['cpu_s']:>8}"
        print(f"{name:14}{figures}  {', '.join(f'{kind} {n}' for kind, n in row['found'].items())}{bound}")
    for name, value in ratios.items():
        print(f"{name:24}{value!s:>8}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="SITE_DIR")
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--timeout", type=float, default=900, metavar="SECONDS", help="for each peer")
    parser.add_argument("--peers", default=",".join(peer.name for peer in PEERS), help="which of them (default: all)")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    try:
        packages = install(Path(os.environ.get("DATA_DIR", ROOT / "var")) / "bench-peers")
    except PeersMissing as missing:
        print(f"Not compared: {missing}", file=sys.stderr)
        return 2
    peers = [peer for peer in PEERS if peer.name in options.peers.split(",")]
    rows = compare(options.folder, options.pages, options.timeout, packages, peers)
    ratios = _ratios(rows)
    if not options.json:
        _print(rows, ratios)
    print(json.dumps({**rows, **ratios}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
