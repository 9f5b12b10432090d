"""Cuts HTML that would cost a parser far more than its size: what comes after the cut is not seen.

A tree builder's work grows with depth × elements, with unclosed formatting elements × blocks (each block gets all of
them again) and with the square of one element's attributes. Pages of people are far below all three; a hostile page
of 100 kB can ask for gigabytes. Small documents are let through after counting a few characters.
"""

from __future__ import annotations

import re
from collections import Counter

DEEPEST = 5_000
MOST_COPIES = 4_000_000
MOST_TAGS = 150_000
MOST_ATTRIBUTES = 2_000
LARGE_SCRIPT = 200_000
_FEW_TAGS = 20_000
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_FORMATTING_TAG = re.compile(rf"<(?:{'|'.join(sorted(_FORMATTING))})[\s>/]", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_SCRIPT = re.compile(r"<script\b[^>]{0,2000}>", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{8000,}")
_NEVER_DEEP = frozenset(
    {"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "rp", "rt"}
    | {
        "area",
        "base",
        "br",
        "col",
        "colgroup",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
    }
    | {"wbr", "html", "head", "body", "keygen", "frame"}
)


def bounded(html: str) -> str:
    html = _with_few_attributes(html)
    tags = html.count("<")
    copies = sum(1 for _ in _FORMATTING_TAG.finditer(html)) * tags
    if tags <= _FEW_TAGS and copies <= MOST_COPIES:
        return html
    html = _without_large_scripts(html)
    return html[: _first_excess(html)]


def _without_large_scripts(html: str) -> str:
    """Markup in the strings of a script counts as little as it does in a browser, but taking the script out is the only
    way to be sure: what merely looks like one must be counted, and what is cut costs nothing."""
    kept: list[str] = []
    end = 0
    while start := _SCRIPT.search(html, end):
        close = _SCRIPT_END.search(html, start.end())
        if close is None:
            break
        large = close.start() - start.end() > LARGE_SCRIPT
        kept.append(html[end : start.end() if large else close.start()])
        end = close.start()
    return "".join((*kept, html[end:]))


def _with_few_attributes(html: str) -> str:
    for tag in _LONG_TAG.finditer(html):
        if len(tag[0].split(None, MOST_ATTRIBUTES)) > MOST_ATTRIBUTES:
            return html[: tag.start()]
    return html


def _first_excess(html: str) -> int:
    """Where the first limit is passed, the length when none is. Counts like a careless reader, which is near enough."""
    depth = copies = foreign = unclosed = 0
    by_name: Counter[str] = Counter()
    for count, tag in enumerate(_TAG.finditer(html)):
        name = tag[2].lower()
        step = -1 if tag[1] else 1
        if name in _FORMATTING and (step > 0 or by_name[name]):
            by_name[name] += step
            unclosed += step
        copies += unclosed
        if name in ("svg", "math"):
            foreign = max(0, foreign + step)
        if foreign and html[html.find(">", tag.end()) - 1] == "/":
            continue
        if name not in _NEVER_DEEP:
            depth = max(0, depth + step)
        if depth > DEEPEST or copies > MOST_COPIES or count > MOST_TAGS:
            return tag.start()
    return len(html)
