"""The whole line as a customer walks it: sign up, add a site, press Scan, watch findings come, read the report."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.sites import Answer, LocalSite, page

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis", "scanner"),
    pytest.mark.xdist_group("browser"),
]

NAV = '<nav class="w-nav"><a class="nav-link" href="/">Home</a><a class="nav-link" href="/gone">Prices</a></nav>'
SLOW = Answer(page("Work of Studio North", NAV + '<a class="cta" href="#">Start</a>').encode(), delay_s=1.0)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSite]:
    links = "".join(f'<a href="/work/{n}">Project {n} of ours</a>' for n in range(6))
    routes = {"/": page("Studio North, design", NAV + links)} | {f"/work/{n}": SLOW for n in range(6)}
    with LocalSite(routes) as site:
        monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", [site.pair])
        yield site


@pytest.fixture
def scanner(process_env: dict[str, str], local: LocalSite) -> Iterator[None]:
    command = [sys.executable, str(ROOT / "manage.py"), "scanner"]
    environment = {
        **process_env,
        "SCAN_ALLOWED_HOSTS": local.pair,
        "BROWSER_POOL_MAX": "1",
        "STORAGE_DIR": str(settings.STORAGE_DIR),
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    yield
    process.terminate()
    assert process.wait(timeout=25) == 0


@pytest.fixture
def browser_page(chromium_path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    # Playwright's own loop runs in this thread; the ORM is used between its calls, never inside
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(30_000)
        yield page
        browser.close()


def sign_up(page: Page, base: str) -> None:
    page.goto(f"{base}/")
    page.get_by_role("link", name="Start free").first.click()
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill("a-long-enough-secret")
    page.get_by_role("button", name=re.compile("sign up|create|start", re.I)).click()


def test_from_sign_up_to_the_marked_element(browser_page: Page, live_server: LiveServer, local: LocalSite) -> None:
    page, errors = browser_page, []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_up(page, live_server.url)
    # a new customer stands in front of one field
    page.get_by_label("Address of the site").fill(local.url)
    page.get_by_label("Address of the site").press("Enter")

    expect(page.locator(".found li").first).to_be_visible(timeout=60_000)
    expect(page.locator("#progress")).to_be_visible()
    expect(page.get_by_text(re.compile(r"fix(es)? clears?")).first).to_be_visible(timeout=90_000)

    page.get_by_role("link", name=re.compile("does not open")).first.click()
    expect(page.locator("h1")).to_contain_text("does not open")
    expect(page.get_by_text("How to fix it")).to_be_visible()
    picture = page.locator("main img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert not errors, "the strict CSP lets our own pages work"


def test_cancel_gives_a_report_of_what_was_found(browser_page: Page, live_server: LiveServer, local: LocalSite) -> None:
    page = browser_page
    local.routes |= {f"/work/{n}": Answer(SLOW.body, delay_s=4.0) for n in range(6)}
    sign_up(page, live_server.url)
    page.goto(f"{live_server.url}/sites/add/")
    page.locator("input[name=url]").fill(local.url)
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator(".found li").first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible(timeout=30_000)
    expect(page.locator("#progress")).to_have_count(0)
