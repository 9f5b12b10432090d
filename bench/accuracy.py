"""How much of what is wrong the engine finds, and how much of what it says is right.

    python -m bench.accuracy [--family NAME ...] [--corpus FOLDER]

Serves the generated faulty site (tests/sites: one planted fault for each rule, and a twin that looks wrong and is not),
scans it with the real engine and Chromium, and holds what was said against the manifest. Exit status 1 when anything
was missed or precision is under 99 %. With a corpus folder (labelled/gds, labelled/act) also what was found of barriers
that others labelled, beside what other tools found of them (bench.labelled)."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench import labelled
from bench.judging import TIMED, Key, Verdict, judge, table
from scans.browser.chromium import find_chromium
from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.events import Ended, Fetched, Judged, Order, Status, Visited
from scans.fetch.guard import Policy
from scans.findings import occurrence_key, without_repeats
from scans.scanner import Scanner
from scans.snapshot import PageFacts, Problem
from tests.sites import faulty, public, small
from tests.sites.plan import Family, Want
from tests.sites.serve import Served, served

PRECISION = 0.99
MOST_PAGES = 2000
LAB_RUNS = 3
LAB = {*TIMED, "performance.cls", "images.lazy-lcp", "images.missing-dimensions", "images.not-lazy"}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan said in the end, each occurrence once, and the pages it said it of."""

    problems: list[Problem]
    pages: dict[str, PageFacts]
    opened: int
    seconds: float


def scan(
    scanner: Scanner,
    url: str,
    pairs: Iterable[str],
    *,
    browser: bool = True,
    partial: bool = False,
    single: bool = False,
) -> Scanned:
    """Raises when the scan does not end as a complete one, unless a `partial` one will do (pages that trap)."""
    order = Order(
        url, Policy.of(pairs), max_pages=MOST_PAGES, max_visits=MOST_PAGES, proven=True, browser=browser,
        single=single, tabs=1 if single else 3,
    )  # fmt: skip
    began, problems, pages, opened = time.monotonic(), dict[str, Problem](), dict[str, PageFacts](), 0
    run = scanner.start_scan(order, name="accuracy")
    while not isinstance(event := run.next_event(timeout=1), Ended):
        opened += isinstance(event, Visited)
        if isinstance(event, Fetched):
            pages[event.page.url] = event.page
        if isinstance(event, Fetched | Visited | Judged):
            problems |= {occurrence_key(p, pages.get(p.url)): p for p in reversed(event.problems)}
        if isinstance(event, Judged):
            for problem in event.withdrawn:
                problems.pop(occurrence_key(problem, pages.get(problem.url)), None)
    if event.status is not Status.COMPLETE and not (partial and event.status is Status.PARTIAL):
        raise RuntimeError(f"the scan of {url} is {event.status}: {event.reason}")
    kept, _ = without_repeats(problems.values(), pages)
    return Scanned(kept, pages, opened, time.monotonic() - began)


def accuracy(
    scanner: Scanner, families: Sequence[Family] = faulty.FAMILIES, *, quick: bool = False
) -> tuple[Verdict, Scanned]:
    """The faulty site, and the small sites that are wrong as a whole. `quick` opens only the families in the browser
    that need one: half of the pages in a third of the time."""
    seen = [family for family in families if not quick or family.name not in faulty.FETCHED]
    verdict, scanned = _site(scanner, seen)
    if quick:
        verdict.add(_site(scanner, [family for family in families if family not in seen], browser=False)[0])
    for site in small.SITES:
        with small.served(site) as (url, pairs):
            said = scan(scanner, url, pairs, browser=False)
            verdict.add(judge(said.problems, url, small.manifest(site), small.silent(site)))
    for name, problems, wants in public.in_public():
        verdict.add(judge(problems, name, wants))
    return verdict, scanned


def _site(scanner: Scanner, families: Sequence[Family], *, browser: bool = True) -> tuple[Verdict, Scanned]:
    manifest = faulty.manifest(families)
    with served(tuple(families)) as at:
        scanned = scan(scanner, at.url, at.pairs, browser=browser)
        if not browser:
            manifest = {key: want for key, want in manifest.items() if not faulty.is_seen(want.rule)}
        for _ in range(LAB_RUNS - 1 if browser else 0):
            _measure_again(scanner, at, manifest, scanned)
    return judge(scanned.problems, at.url, manifest, faulty.silent(families)), scanned


def _measure_again(scanner: Scanner, at: Served, manifest: Mapping[Key, Want], scanned: Scanned) -> None:
    """What the clock decides is asked again when it was not said: one run of a busy lab is no measurement."""
    said = {(problem.url, problem.rule) for problem in scanned.problems}
    for path, rule in manifest:
        url = at.url + path[1:]
        if rule in LAB and (url, rule) not in said:
            again = scan(scanner, url, at.pairs, single=True)
            scanned.problems.extend(problem for problem in again.problems if problem.rule == rule)


def passes(verdict: Verdict) -> bool:
    return not verdict.missed and verdict.precision >= PRECISION


def tell(verdict: Verdict, scanned: Scanned) -> None:
    print(table(verdict))
    for title, lines in (("missed", verdict.missed), ("false", verdict.false), ("by the clock", verdict.weather)):
        for line in lines:
            print(f"{title}: {line}")
    if verdict.skipped:
        print(f"not registered, rows skipped: {', '.join(sorted(verdict.skipped))}")
    print(f"{scanned.opened} pages in {scanned.seconds:.0f} s; recall {verdict.recall:.2%}, ", end="")
    print(f"precision {verdict.precision:.2%}")


def _labelled(scanner: Scanner, folder: Path) -> Iterator[tuple[str, ...]]:
    def said(url: str) -> list[Problem]:
        return scan(scanner, url, [urlsplit(url).netloc], partial=True).problems

    yield labelled.gds(folder, said)
    yield labelled.act(folder, said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", action="append", default=[], help="only these families of pages")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="a folder with labelled/gds and labelled/act")
    options = parser.parse_args()
    families = [family for family in faulty.FAMILIES if not options.family or family.name in options.family]
    chromium = str(find_chromium(os.environ.get("CHROMIUM_PATH", "")))
    with Scanner(BrowserPool(chromium, Limits(min_size=1, max_size=1))) as scanner:
        verdict, scanned = accuracy(scanner, families)
        tell(verdict, scanned)
        for lines in _labelled(scanner, options.corpus / "labelled") if options.corpus else ():
            print(*lines, sep="\n", flush=True)
    if not passes(verdict):
        sys.exit(1)


if __name__ == "__main__":
    main()
