"""What axe-core says of one moment is only kept when it still holds a moment later."""

from __future__ import annotations

import json
from typing import Any

from scans.browser import script
from tests.scans.browser.conftest import LocalSite, Visits

HEAD = '<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"></head>'
PALE = "color:#ccc;background:#fff"
TEXTS = f'<p id="late" style="{PALE}">Fades in</p><p id="pale" style="{PALE}">Stays</p>'
PAGE = f"{HEAD}<body><main><h1>Words</h1>{TEXTS}</main>"


def passing_after(visits: Visits, change: str) -> tuple[list[str], list[list[str]]]:
    """The elements that failed for their contrast, and what is taken back after `change`."""

    async def ask() -> Any:
        context = await visits.lease.new_context()
        page = await context.new_page()
        try:
            await page.set_content(PAGE)
            await page.evaluate(f"() => {{ {script.source()} }}")
            return await page.evaluate(
                f"async () => {{ const S = sentinel(); const said = await S.axe(); {change}; "
                "return [said, await S.axePassesNow()]; }"
            )
        finally:
            await context.close()

    said, passing = visits.run(ask())
    failed = [
        node["element"]["selector"]
        for rule in json.loads(said)
        if rule["rule"] == "color-contrast" and not rule["incomplete"]
        for node in rule["nodes"]
    ]
    return failed, json.loads(passing)


def test_text_that_was_only_fading_is_taken_back(visits: Visits) -> None:
    failed, passing = passing_after(visits, "document.getElementById('late').style.color = '#000'")
    assert failed == ["#late", "#pale"]
    assert passing == [["color-contrast", "#late"]]


def test_text_that_changes_and_stays_pale_is_kept(visits: Visits) -> None:
    assert passing_after(visits, "document.getElementById('late').style.color = '#bbb'")[1] == []


def test_text_that_is_gone_is_taken_back(visits: Visits) -> None:
    assert passing_after(visits, "document.getElementById('late').remove()")[1] == [["color-contrast", "#late"]]


def test_a_page_at_rest_keeps_its_findings(site: LocalSite, visits: Visits) -> None:
    rules = {rule.rule: rule for rule in visits(site.add("/pale", PAGE)).axe if not rule.incomplete}
    assert [node.element.selector for node in rules["color-contrast"].nodes] == ["#late", "#pale"]
