"""The whole line with Webflow: sign up, connect, choose a site, publish something that breaks it, see who did, mend it
with one click, take it back. Webflow is the stand-in, everything else is real."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from demo.webflow.server import StandIn
from scans import jobs
from scans.models import Fix, FixState, Issue, IssueState, Publish, Scan
from tests.e2e.test_journey import browser_page, sign_up

__all__ = ["browser_page"]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 60_000
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis", "scanner"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def webflow(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn() as standin:
        standin.account.switches.rate_limit = 1000
        standin.account.switches.publish_seconds = 0.2
        standin.account.switches.publish_limit = False
        environment = {**standin.environment, "BASE_URL": live_server.url}
        hosts = [host for site in standin.account.sites.values() for host in _hosts(site)]
        monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", hosts)
        monkeypatch.setattr(settings, "WEBFLOW_CLIENT_SECRETS", [environment.pop("WEBFLOW_CLIENT_SECRET")])
        for name, value in environment.items():
            monkeypatch.setattr(settings, name, value)
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        monkeypatch.setitem(directives, "form-action", [*directives["form-action"], standin.url])
        yield standin


def _hosts(site: object) -> list[str]:
    return [site.staging_host, *(domain.host for domain in site.domains)]  # type: ignore[attr-defined]


@pytest.fixture
def scanner(process_env: dict[str, str], webflow: StandIn, live_server: LiveServer) -> Iterator[None]:
    environment = {
        **process_env,
        **webflow.environment,
        "BASE_URL": live_server.url,
        "SCAN_ALLOWED_HOSTS": ",".join(settings.SCAN_ALLOWED_HOSTS),
        "BROWSER_POOL_MAX": "1",
        "STORAGE_DIR": str(settings.STORAGE_DIR),
    }
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "scanner"], env=environment, stdout=subprocess.DEVNULL
    )
    yield
    process.terminate()
    assert process.wait(timeout=25) == 0


def connect(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).first.click()
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_role("heading", name="Your sites in Webflow")).to_be_visible()


def ended(number: int) -> Scan:
    """The scan of that number, once it is over."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        scan = Scan.objects.filter(number=number, only_url="").first()
        if scan is not None and not scan.is_active:
            return scan
        time.sleep(0.1)
    raise AssertionError(f"scan {number} did not end")


def became(state: FixState) -> Fix:
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        fix = Fix.objects.get()
        if fix.state == state:
            return fix
        time.sleep(0.1)
    raise AssertionError(f"the fix is {fix.state}: {fix.error}")


def test_from_connecting_to_the_fix_and_back(browser_page: Page, live_server: LiveServer, webflow: StandIn) -> None:
    page = browser_page
    sign_up(page, live_server.url)
    page.get_by_role("link", name="connect Webflow").click()
    connect(page, "Connect Webflow")
    expect(page.get_by_role("heading", name="Harbour Bakery")).to_be_visible()

    page.get_by_role("button", name="Watch Harbour Bakery").click()
    expect(page.get_by_text(re.compile(r"fix(es)? clears?")).first).to_be_visible(timeout=PATIENCE_MS)
    first = ended(1)
    assert first.site.is_proven

    page.goto(f"{live_server.url}/webflow/")
    connect(page, "Allow fixes")
    jobs.sync_webflow()  # what cron does by itself
    told = {hook.trigger for hook in webflow.site("harbour-bakery").webhooks.values()}
    assert told >= {"site_publish", "page_deleted"}

    designer = f"{webflow.url}/design/harbour-bakery"
    page.goto(designer)
    about = page.locator("details", has_text="About").first
    about.locator("summary").click()
    about.get_by_label("SEO title").fill("Untitled")
    about.get_by_role("button", name="Save page").click()
    page.get_by_role("button", name="Publish").click()
    second = ended(2)
    publish = Publish.objects.get(scan=second)
    assert publish.by and (second.trigger, second.state) == ("publish", "complete")
    assert second.coverage["visited"] <= 2 < second.coverage["carried"]

    brought = Issue.objects.get(first_scan=second, rule="metadata.title-default")
    issue = f"{live_server.url}/scans/{second.pk}/issues/{brought.pk}/"
    page.goto(issue)
    expect(page.get_by_text("by Robin Vale")).to_be_visible()
    page.get_by_role("link", name="Fix it from here").click()
    page.get_by_label("New text").fill("About us: three bakers and one old oven")
    page.get_by_role("button", name="Save and publish this page now").click()
    fix = became(FixState.VERIFIED)
    brought.refresh_from_db()
    assert brought.state == IssueState.FIXED
    page.goto(issue)
    expect(page.get_by_text("Fixed since")).to_be_visible()

    page.get_by_role("button", name="Undo and publish").click()
    became(FixState.UNDONE)
    at_webflow = webflow.site("harbour-bakery").pages[fix.object_id]
    assert at_webflow.seo_title == "Untitled"
    connection.close()  # the one that this thread has beside Playwright's loop
