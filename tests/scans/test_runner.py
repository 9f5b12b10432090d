"""A scan from the claimed row to the report, in a real browser, on a real local site."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from scans import launch, recovery, runner
from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.models import Finding, Issue, IssueState, Page, Scan, ScanState
from scans.scanner import Scanner
from tests.sites import Answer, LocalSite, page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis"),
    pytest.mark.xdist_group("browser"),
]

NAV = '<nav class="w-nav"><a class="nav-link" href="/">Home</a><a class="nav-link" href="/gone">Prices</a></nav>'
ROUTES = {
    "/": page("Studio North, design", NAV + '<a class="cta" href="#">Start</a><a href="/about">About us</a>'),
    "/about": page(
        "About Studio North", NAV + '<p>We draw.</p><img src="/missing.png" alt="Us at work" width="40" height="40">'
    ),
}


@pytest.fixture(scope="module")
def scanner(chromium_path: str) -> Iterator[Scanner]:
    with Scanner(BrowserPool(chromium_path, Limits(min_size=1, max_size=1))) as scanner:
        yield scanner


@pytest.fixture
def local() -> Iterator[LocalSite]:
    with LocalSite(ROUTES) as site:
        yield site


@pytest.fixture
def scan(workspace: Workspace, local: LocalSite, monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", [local.pair])
    site = launch.add_site(workspace, local.url)
    assert not isinstance(site, launch.Refusal)
    requested = launch.request_scan(site)
    assert isinstance(requested, Scan)
    return requested


def again(scan: Scan) -> Scan:
    requested = launch.request_scan(scan.site)
    assert isinstance(requested, Scan)
    return requested


def test_a_scan_keeps_pages_pictures_findings_and_a_score(scan: Scan, scanner: Scanner) -> None:
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert (scan.state, scan.reason) == (ScanState.COMPLETE, "")
    assert sorted(p.path for p in scan.pages.all()) == ["/", "/about"]
    assert all(p.visited_at and p.shots.count() == 3 for p in scan.pages.all())
    assert scan.coverage["visited"] == 2
    assert 0 < scan.score["overall"] < 100
    assert scan.cpu_seconds > 0
    assert scan.cost_usd > 0
    assert scan.engine["chromium"]


def test_a_dead_link_in_the_navigation_is_one_issue_on_two_pages(scan: Scan, scanner: Scanner) -> None:
    runner.run(scan.pk, scanner)
    issue = Issue.objects.get(rule="links.broken-internal")
    assert issue.group == "Navigation"
    found = issue.findings.all()
    assert len({f.url for f in found}) == 2
    assert {f.evidence["status"] for f in found} == {404}
    assert all(f.box and f.box["viewport"] == "desktop" for f in found), "the picture can mark it"


def test_what_was_mended_is_fixed_and_what_comes_back_is_open(scan: Scan, scanner: Scanner, local: LocalSite) -> None:
    runner.run(scan.pk, scanner)
    local.routes["/gone"] = page("Prices of Studio North", NAV)
    runner.run(again(scan).pk, scanner)
    issue = Issue.objects.get(rule="links.broken-internal")
    assert issue.state == IssueState.FIXED
    del local.routes["/gone"]
    runner.run(again(scan).pk, scanner)
    issue.refresh_from_db()
    assert (issue.state, issue.first_scan_id) == (IssueState.OPEN, scan.pk)


def test_a_scan_is_not_run_twice(scan: Scan, scanner: Scanner) -> None:
    runner.run(scan.pk, scanner)
    kept = Page.objects.count()
    runner.run(scan.pk, scanner)
    assert (Page.objects.count(), scan.site.scans.count()) == (kept, 1)


def test_a_second_attempt_opens_only_what_the_first_did_not(scan: Scan, scanner: Scanner, local: LocalSite) -> None:
    first = local.url
    Page.objects.create(scan=scan, url=first, status=200, visited_at=timezone.now(), vitals={"lcp_ms": 1.0})
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert scan.state == ScanState.COMPLETE
    assert Page.objects.get(url=first).vitals == {"lcp_ms": 1.0}
    assert Page.objects.filter(scan=scan).count() == 2


def test_cancel_keeps_what_was_found(scan: Scan, scanner: Scanner, local: LocalSite) -> None:
    slow = Answer(page("Slow").encode(), delay_s=1.5)
    local.routes |= {f"/slow/{n}": slow for n in range(40)}
    local.routes["/"] = page("Home of slow pages", "".join(f'<a href="/slow/{n}">Slow page {n}</a>' for n in range(40)))
    running = in_thread(scan, scanner)
    wait_until(lambda: Page.objects.filter(scan=scan).exists())
    asked = time.monotonic()
    assert launch.cancel_scan(scan.pk)
    running.join(timeout=15)
    scan.refresh_from_db()
    assert scan.state == ScanState.CANCELLED
    assert time.monotonic() - asked < 10
    assert Finding.objects.filter(scan=scan).exists() or Page.objects.filter(scan=scan).exists()


def test_a_scanner_that_lost_its_lease_writes_nothing_more(scan: Scan, scanner: Scanner, local: LocalSite) -> None:
    local.routes["/about"] = Answer(page("About").encode(), delay_s=3)
    running = in_thread(scan, scanner)
    wait_until(lambda: Page.objects.filter(scan=scan).exists())
    other = uuid.uuid4()
    Scan.objects.filter(pk=scan.pk).update(token=other, lease_until=timezone.now() + timedelta(minutes=5))
    running.join(timeout=20)
    scan.refresh_from_db()
    assert (scan.state, scan.token) == (ScanState.RUNNING, other)
    assert not Page.objects.filter(scan=scan, url__endswith="/about").exists()


def test_a_scanner_on_its_way_out_leaves_the_scan_to_the_next(
    scan: Scan, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "stopping", True)
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert (scan.state, scan.attempt, scan.token) == (ScanState.PENDING, 0, None)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_an_attempt_that_does_not_begin_need_not_wait_for_its_lease(scan: Scan) -> None:
    closed = Scanner(pool=None)
    closed.loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        runner.run(scan.pk, closed)
    assert recovery.reap() == 1
    scan.refresh_from_db()
    assert scan.state == ScanState.PENDING


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Answer(status=500), "500"),
        (Answer(b"%PDF-1.7", content_type="application/pdf"), "application/pdf"),
        (Answer(status=302, headers={"Location": "/"}), "redirects without end"),
    ],
)
def test_a_start_page_that_is_none_fails_with_the_reason(
    route: Answer, words: str, scan: Scan, scanner: Scanner, local: LocalSite
) -> None:
    local.routes["/"] = route
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert scan.state == ScanState.FAILED
    assert words in scan.reason
    assert local.pair in scan.reason


def in_thread(scan: Scan, scanner: Scanner) -> threading.Thread:
    def work() -> None:
        try:
            runner.run(scan.pk, scanner)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_until(true: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
