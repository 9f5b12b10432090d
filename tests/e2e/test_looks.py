"""Before and after as a person uses it: the slider by keyboard, the difference, Approve, Undo; and without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from scans.baselines import Baseline
from tests.scans.looks import Changed, changed_site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def looks(workspace: object) -> Changed:
    return changed_site(workspace)


@pytest.fixture
def browser(chromium_path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright's own loop runs in this thread; the ORM is used between its calls, never inside
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path)
        yield browser
        browser.close()


def opened(browser: Browser, base: str, client: Client, **options: object) -> Page:
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": base}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


def pictured(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_slider_difference_approve_and_undo(
    browser: Browser, live_server: LiveServer, owner_client: Client, looks: Changed
) -> None:
    page, errors = opened(browser, live_server.url, owner_client), []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(live_server.url + reverse("issue", args=[looks.scan.pk, looks.issue.pk]) + "?confidence=any")
    look = page.locator("[data-look]").first
    after = look.locator(".look-after")
    expect(after).to_be_visible()
    expect(look.locator(".look-difference")).to_be_hidden()

    slider = look.get_by_role("slider")
    clip = "element => getComputedStyle(element).clipPath"
    assert "50%" in after.evaluate(clip)
    slider.focus()
    slider.press("Home")
    assert "0%" in after.evaluate(clip)
    slider.press("End")
    assert "100%" in after.evaluate(clip)
    slider.press("ArrowLeft")
    assert "99%" in after.evaluate(clip)
    slider.fill("50")
    pictured(page, "issue-desktop")

    look.get_by_role("button", name="Difference").click()
    expect(look.locator(".look-difference rect")).to_have_count(1)
    expect(after).to_be_hidden()
    pictured(page, "issue-difference")

    look.get_by_role("button", name="Approve this").click()
    expect(page.get_by_text("Later scans compare with this picture")).to_be_visible()
    expect(page.locator("[data-look]").first.get_by_text("Approved")).to_be_visible()
    page.get_by_role("button", name="Approve all 2").click()
    expect(page.get_by_text("2 pictures approved")).to_be_visible()
    pictured(page, "issue-approved")
    assert Baseline.objects.filter(is_current=True, approved_by__isnull=False).count() == 3
    page.locator(".flash").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Approve all 3")).to_be_visible()
    assert not errors, "the strict CSP lets our own pages work"


def test_without_scripts_the_pictures_stand_one_under_the_other(
    browser: Browser, live_server: LiveServer, owner_client: Client, looks: Changed
) -> None:
    page = opened(browser, live_server.url, owner_client, java_script_enabled=False)
    page.goto(live_server.url + reverse("page", args=[looks.scan.pk, looks.page.pk]))
    look = page.locator("[data-look]").first
    expect(look.get_by_role("slider")).to_be_hidden()
    tops = [look.locator(f".look-{part}").bounding_box()["y"] for part in ("before", "after", "difference")]
    assert tops == sorted(set(tops))
    look.get_by_role("button", name="Approve this").click()
    expect(page.get_by_text("Later scans compare with this picture")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_on_a_phone(
    browser: Browser, live_server: LiveServer, owner_client: Client, looks: Changed, scheme: str
) -> None:
    phone = {"width": 390, "height": 844}
    page = opened(browser, live_server.url, owner_client, viewport=phone, color_scheme=scheme)
    for name, address in {
        "issue": reverse("issue", args=[looks.scan.pk, looks.issue.pk]) + "?confidence=any",
        "page": reverse("page", args=[looks.scan.pk, looks.page.pk]),
        "settings": reverse("site_settings", args=[looks.site.pk]),
    }.items():
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        pictured(page, f"{name}-phone-{scheme}")
