"""A selector in a finding is of use only when it finds its element: exactly one, on the page as it was served."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from scans.snapshot import HTML_LIMIT
from tests.scans.test_command import scan
from tests.sites import LocalSite, page

pytestmark = pytest.mark.xdist_group("browser")

CLASSES = ("card", "w-button", "md:flex", "w-1/2", "is-active", "card", "_2xl", "a1b2c3", "hero-copy", "ünder", "")
IDS = ("hero", "hero", "1st", "a b", "w-node-42", "price:eur", "Ärger", "w-tabs-0-data-w-tab-1", "")
FAULTS = (
    '<a href="#">Go</a>',
    '<a href="/gone"></a>',
    '<img src="/lost.png">',
    '<p style="color:#bbb;background:#fff">Pale words nobody can read</p>',
    "<h4>Too deep</h4>",
    '<input type="text" name="city">',
    "<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit.</p>",
    '<svg width="20" height="20"><a href="#"><text x="0" y="10">S</text></a></svg>',
    "<ul><li><a href='#'>One</a><li><a href='#'>Two</a></ul>",
    "<table><tr><td><a href='#'>Cell</a></td></tr></table>",
)


def nested(dice: random.Random, depth: int) -> str:
    """Elements in elements, with ids and classes as real pages have them: doubled, hashed, and no CSS names at all."""
    if depth == 0:
        return dice.choice(FAULTS)
    inside = "".join(nested(dice, depth - 1) for _ in range(dice.randint(1, 3)))
    tag = dice.choice(("div", "section", "div", "article", "nav", "footer", "form", "span"))
    named = "".join(
        f' {name}="{value}"' for name, value in (("class", dice.choice(CLASSES)), ("id", dice.choice(IDS))) if value
    )
    return f"<{tag}{named}>{inside}</{tag}>"


@pytest.fixture(scope="module")
def scanned() -> Iterator[tuple[dict[str, Any], str]]:
    dice = random.Random(7)
    bodies = ["".join(nested(dice, 4) for _ in range(3)) for _ in range(4)]
    links = "".join(f'<a href="/p{n}">Page number {n}</a>' for n in range(len(bodies)))
    routes = {"/": page("Home of them all", links), **{f"/p{n}": page(f"P {n}", body) for n, body in enumerate(bodies)}}
    with LocalSite(routes) as site:
        result = scan(site.url, "--format", "json", opened=site.pair)
        assert result.returncode == 0, result.stderr
        yield json.loads(result.stdout), site.url


def test_every_selector_finds_one_element(scanned: tuple[dict[str, Any], str], chromium_path: str) -> None:
    document, _ = scanned
    wanted: dict[str, set[str]] = {}
    for issue in document["issues"]:
        for found in issue["occurrences"]:
            if found["selector"]:
                wanted.setdefault(found["url"], set()).add(found["selector"])
    assert sum(map(len, wanted.values())) > 100
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path)
        tab = browser.new_page()
        for url, selectors in wanted.items():
            tab.goto(url)
            counted = tab.evaluate(
                "list => list.map((one) => [one, document.querySelectorAll(one).length])", sorted(selectors)
            )
            assert [(selector, count) for selector, count in counted if count != 1] == []
        browser.close()


def test_what_is_shown_of_an_element_is_short(scanned: tuple[dict[str, Any], str]) -> None:
    occurrences = [found for issue in scanned[0]["issues"] for found in issue["occurrences"]]
    assert max(len(found["html"]) for found in occurrences) <= HTML_LIMIT
    assert max(len(found["selector"]) for found in occurrences) <= 300
