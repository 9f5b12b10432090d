"""Selectors of customers: what is let in works, and what would hang the engine is not let in."""

from __future__ import annotations

import time

import pytest

from scans.fetch.parse import parse
from scans.fetch.parse.selectors import fault_of
from scans.snapshot import PageFacts
from tests.scans.checks.build import HOME, response
from tests.scans.hostile import HOSTILE

GOOD = [
    "p",
    ".hero",
    "#id-1",
    "a[href^='http://']",
    'script[src*="plausible.io"]',
    "section > h2 + p",
    "h1 ~ p",
    "a, .b",
    "img:not([alt])",
    "section:has(h2)",
    "section:has(> h2)",
    "p:first-child",
    ":is(h1, h2)",
    r".md\:flex",
    '[title=":hover"]',
    "form input[type=email][required]",
    "ü-element",
]
BAD = [
    "",
    " ",
    "p >",
    "p{",
    "p;",
    "..a",
    ",",
    "p,",
    "a:hover",
    "p::before",
    "p:nth-child(2)",
    "li:NTH-of-type(2n+1)",
    ":has(~ q)",
    ":has(a b)",
    ":has(a, b c)",
    ":has(:has(q))",
    "a:has(b) c:has(d)",
    ":has(:not(b))",
    ":contains(x)",
    "p:lexbor-contains('a')",
    ":lang(de)",
    "p/*",
    "p\x00",
    "p\n",
    "\u202ep",
    "a" * 301,
    " ".join(["a"] * 13),
    "[",
    "p[a='",
    "<script>",
]


@pytest.mark.parametrize("selector", GOOD)
def test_let_in(selector: str) -> None:
    assert fault_of(selector) == ""


@pytest.mark.parametrize("selector", BAD)
def test_not_let_in(selector: str) -> None:
    fault = fault_of(selector)
    assert fault.endswith((".", "”."))
    assert len(fault) < 400


@pytest.mark.parametrize("selector", HOSTILE)
def test_nothing_that_somebody_types_is_an_error_of_ours(selector: str) -> None:
    fault_of(selector)


def facts(html: str, *selectors: str) -> PageFacts:
    return parse(response(HOME, body=html.encode()), HOME, selectors)


def test_what_a_selector_matches_is_counted_and_named() -> None:
    html = "<main><p class=a>one</p><p class='a b'>two</p>" + "<i></i>" * 100
    found = facts(html, ".a", "p.b", "q", "i").selected
    assert {selector: one.count for selector, one in found.items()} == {".a": 2, "p.b": 1, "q": 0, "i": 100}
    assert [element.text for element in found[".a"].elements] == ["one", "two"]
    assert found["p.b"].elements[0].selector == "p.b"
    assert len(found["i"].elements) == 20


def test_without_selectors_nothing_is_looked_up() -> None:
    assert facts("<p>").selected == {}
    assert facts("", "p").selected == {}


@pytest.mark.parametrize(
    "html", ["<p></p>" * 70_000, "<p><b></b></p>" * 35_000, "<div><i></i>" * 4_900, "<a><b>" * 900]
)
def test_no_selector_hangs_on_a_hostile_page(html: str) -> None:
    alone = _seconds(html)
    chosen = ("* * * * q", "* ~ * ~ * ~ q", "p + p ~ b", ":has(q)", ":not(:is(a b)) ~ :not(p)", ":only-of-type:empty")
    assert all(fault_of(selector) == "" for selector in chosen)
    assert _seconds(html, *chosen) - alone < 3


def _seconds(html: str, *selectors: str) -> float:
    began = time.perf_counter()
    facts(html, *selectors)
    return time.perf_counter() - began
