"""How long all checks of the page stage take for one page of 200 kB, beside parsing the same page in the same run.

    python -m bench.checks [HTML_FILE] [--rounds N] [--json]

Without HTML_FILE a page in Webflow's markup is made: navigation, sections, a collection list, forms, prose with some
faults, a long footer. Times are CPU milliseconds: `checks_ms` is the median of whole runs of `check_page` and `best_ms`
the quickest (on a busy machine nearer to the truth), `dearest` are the five slowest check functions by themselves,
`ratio` is checks ÷ parsing. The first run, which loads tables and the language model, is told apart.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scans.checks import check_page, registry
from scans.fetch.parse import parse
from scans.snapshot import PageFacts, Response

URL = "https://www.example.com/journal/long-read"
SIZE = 200_000
HEADERS = {"content-type": "text/html; charset=utf-8", "date": "Mon, 12 Oct 2026 09:14:22 GMT"}
HEAD = """<!DOCTYPE html><!-- Last Published: Mon Oct 12 2026 09:14:22 GMT+0000 (Coordinated Universal Time) -->
<html data-wf-domain="www.example.com" data-wf-page="66b1f0c2a94d3e7715c08a18" data-wf-site="66b1f0c2a94d3e7715c08a01"
lang="en"><head><meta charset="utf-8"><title>A long read about quiet machines | Acme</title>
<meta name="description" content="How we build machines that make no noise, told from the first drawing to the last.">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta content="Webflow" name="generator">
<link href="https://cdn.prod.website-files.com/66b1f0c2a94d3e7715c08a01/css/acme.webflow.css" rel="stylesheet">
</head><body>"""
WORDS = (
    "A quiet machine begins with a drawing that nobody else has seen, and it ends in a room where people can hear "
    "each other speak. Between the two lie some three hundred decisions, most of them small, about bearings, felt, "
    "screws and the weight of a door. We write down each of them, because the next one depends on it."
)
FORM = """<div class="form-block w-form"><form id="email-form-{n}" name="email-form-{n}" data-name="Email Form {n}"
method="get" class="form"><label for="name-{n}">Your name</label><input class="input w-input" name="name-{n}"
data-name="Name {n}" type="text" id="name-{n}"><input class="input w-input" name="email-{n}" data-name="Email {n}"
placeholder="Email address" type="text" id="email-{n}"><textarea name="field-{n}" class="input w-input"></textarea>
<input type="submit" data-wait="Please wait..." class="button w-button" value="Send"></form>
<div class="w-form-done"><div>Thank you! Your submission has been received!</div></div></div>"""


def built(size: int = SIZE) -> str:
    """Sections until the page has its size; every third has something wrong in it."""
    sections: list[str] = [HEAD, '<div class="navbar w-nav"><nav role="navigation" class="w-nav-menu">']
    sections += [f'<a href="/page-{n}" class="nav-link w-nav-link">Page {n}</a>' for n in range(20)]
    sections.append("</nav></div><main><h1>A long read about quiet machines</h1>")
    length, n = sum(map(len, sections)), 0
    while length < size - 4_000:
        sections.append(_section(n))
        length += len(sections[-1])
        n += 1
    footer = "".join(f'<a href="/legal-{n}" class="footer-link">Terms {n}</a>' for n in range(40))
    return "".join((*sections, f"</main><footer class='footer'>{footer}<p>© 2022 Acme</p></footer></body></html>"))


def _section(n: int) -> str:
    cards = "".join(
        f'<div role="listitem" class="w-dyn-item"><a href="/work/piece-{n}-{card}" class="card w-inline-block">'
        f'<img src="https://cdn.prod.website-files.com/66b1f0c2a94d3e7715c08a01/66b1f0c2a94d3e7715c0{n:04}_{card}.jpg"'
        f' srcset="/a-500.jpg 500w, /a-800.jpg 800w" sizes="100vw" loading="lazy" alt="" class="card-image">'
        f'<h3 class="card-title">Piece {n}.{card}</h3><p class="card-text">Built for a room in Bristol.</p></a></div>'
        for card in range(4)
    )
    faulty = '<a href="#">Read more</a> mail us at hello@acme.example or say the the word' if n % 3 == 0 else ""
    form = FORM.replace("{n}", str(n)) if n % 20 == 0 else ""
    return (
        f'<section class="section-{n % 9} section"><div class="container"><h2 class="heading">Chapter {n}</h2>'
        f'<p class="text">{WORDS} {faulty}</p><p>{WORDS}</p><div class="list w-dyn-list"><div role="list" '
        f'class="w-dyn-items">{cards}</div></div>{form}</div></section>'
    )


def times_ms(work: Callable[[], object], rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) * 1000)
    return times


def median_ms(work: Callable[[], object], rounds: int) -> float:
    return statistics.median(times_ms(work, rounds))


def each_check(page: PageFacts, rounds: int) -> dict[str, float]:
    """Milliseconds of every check function by itself."""
    return {
        f"{check.__module__.rpartition('.')[2]}.{check.__name__}": median_ms(lambda c=check: list(c(page)), rounds)  # type: ignore[misc]
        for _, check in registry._PAGE
    }


def measure(html: str, rounds: int) -> dict[str, Any]:
    response = Response(URL, URL, 200, HEADERS, html.encode())
    page = parse(response, URL)
    started = time.process_time()
    problems = check_page(page)
    first = (time.process_time() - started) * 1000
    parsing = median_ms(lambda: parse(response, URL), rounds)
    times = times_ms(lambda: check_page(page), rounds)
    checking = statistics.median(times)
    single = each_check(page, rounds)
    dearest = sorted(single, key=lambda name: -single[name])[:5]
    return {
        "bytes": len(response.body),
        "links": len(page.links),
        "problems": len(problems),
        "parse_ms": round(parsing, 2),
        "checks_ms": round(checking, 2),
        "best_ms": round(min(times), 2),
        "ratio": round(checking / parsing, 3),
        "first_ms": round(first, 1),
        "dearest": {
            name: {"ms": round(single[name], 2), "ratio": round(single[name] / parsing, 3)} for name in dearest
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("html", nargs="?", type=Path, metavar="HTML_FILE")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    html = options.html.read_text("utf-8", "replace") if options.html else built()
    figures = measure(html, options.rounds)
    if not options.json:
        for name, value in figures.items():
            print(f"{name:10} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
