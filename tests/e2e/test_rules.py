"""A customer writes rules of their own: chooses a kind, is corrected, tries, saves, switches, deletes, takes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from scans.models import Site
from tests.build import a_page, a_scan, a_site

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def site(workspace: object) -> Site:
    site = a_site(workspace)  # type: ignore[arg-type]
    scan = a_scan(site)
    for number in range(3):
        a_page(scan, f"/blog/{number}", visited_at=timezone.now(), bytes=1_000_000 * (number + 1))
    return site


@pytest.fixture
def browser_page(
    chromium_path: str, monkeypatch: pytest.MonkeyPatch, owner_client: Client, live_server: LiveServer
) -> Iterator[Page]:
    """The owner's browser."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    cookie = owner_client.cookies["sessionid"].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def test_a_rule_from_the_first_idea_to_the_last_regret(browser_page: Page, live_server: LiveServer, site: Site) -> None:
    page, errors = browser_page, []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(live_server.url + reverse("site", args=[site.pk]))
    page.get_by_role("link", name="Your rules").click()
    page.get_by_role("link", name="Element that has to be there").click()
    page.get_by_label("Name").fill("Analytics")
    page.get_by_label("CSS selectors").fill("script >")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_text("Line 1, “script >”: It is not a CSS selector.")).to_be_visible()
    page.get_by_label("CSS selectors").fill("script[src]")
    page.get_by_label("On which pages").fill("/blog/*")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("3 of 3 pages")).to_be_visible()
    page.get_by_role("button", name="Add the rule").click()

    switch = page.get_by_role("switch", name="Analytics")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    page.get_by_role("button", name="Delete Analytics").click()
    expect(page.get_by_text("No rules of your own yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(switch).to_have_attribute("aria-checked", "false")

    page.get_by_role("link", name="Add a rule").click()
    page.get_by_role("link", name="Budget: weight of a page").click()
    page.get_by_label("Name").fill("Light")
    page.get_by_label("Most kilobytes").fill("1500")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("2 of 3 pages")).to_be_visible()
    assert not errors, "the strict CSP lets our own pages work"
