"""A scan from the claimed row to the report, in a real browser, on a real local site."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from redis import Redis

from accounts.models import User, Workspace
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
    slow_down(local)
    running = in_thread(scan, scanner)
    wait_until(lambda: Page.objects.filter(scan=scan).exists())
    asked, began = time.monotonic(), timezone.now()
    assert launch.cancel_scan(scan.pk)
    running.join(timeout=15)
    scan.refresh_from_db()
    assert scan.state == ScanState.CANCELLED
    assert time.monotonic() - asked < 4
    assert scan.finished_at
    assert scan.finished_at - began < timedelta(seconds=3)
    assert scan.score["overall"] is not None
    assert Finding.objects.filter(scan=scan).exists() or Page.objects.filter(scan=scan).exists()


def slow_down(local: LocalSite, seconds: float = 1.5, pages: int = 40) -> None:
    """Pages that take their time, and pictures that take longer."""
    links = "".join(f'<a href="/slow/{n}">Slow page {n}</a>' for n in range(pages))
    local.routes |= {f"/slow/{n}": Answer(page(f"Slow {n}").encode(), delay_s=seconds) for n in range(pages)}
    local.routes["/never.png"] = Answer(b"", delay_s=9)
    local.routes["/"] = page("Home of slow pages", f'{links}<img src="/never.png" alt="Never" width="9" height="9">')


def test_a_paused_scan_keeps_its_pages_gives_its_browser_back_and_goes_on(
    scan: Scan, scanner: Scanner, local: LocalSite, owner: User
) -> None:
    slow_down(local, 0.4, pages=12)
    local.routes["/never.png"] = Answer(status=404)
    running = in_thread(scan, scanner)
    visited = Page.objects.filter(scan=scan, visited_at__isnull=False)
    wait_until(lambda: visited.count() >= 2)
    asked = time.monotonic()
    assert launch.pause_scan(scan.pk, owner)
    wait_until(lambda: Scan.objects.filter(pk=scan.pk, state=ScanState.PAUSED).exists(), seconds=2)
    running.join(timeout=5)
    assert time.monotonic() - asked < 4
    wait_until(lambda: not scanner.state().leases, seconds=2)  # type: ignore[union-attr]
    scan.refresh_from_db()
    assert (scan.attempt, scan.token, scan.paused_by) == (0, None, owner)
    kept = dict(visited.values_list("url", "visited_at"))
    assert 2 <= len(kept) < 13

    assert launch.resume_scan(scan.pk)
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert (scan.state, scan.attempt) == (ScanState.COMPLETE, 1)
    assert scan.pages.count() == 13
    assert visited.count() == 13
    assert {url: at for url, at in visited.values_list("url", "visited_at") if url in kept} == kept, "none opened again"


def test_a_leaving_scanner_finishes_its_pages_and_hands_the_rest_over(
    scan: Scan, local: LocalSite, chromium_path: str
) -> None:
    slow_down(local, 1.0, pages=30)
    with Scanner(BrowserPool(chromium_path, Limits(min_size=1, max_size=1))) as leaving:
        running = in_thread(scan, leaving)
        wait_until(lambda: Page.objects.filter(scan=scan).count() >= 3)
        asked = len(local.asked)
        began, leaving.stopping = time.monotonic(), True
        running.join(timeout=12)
        assert time.monotonic() - began < runner.LEAVE_S + 2
    scan.refresh_from_db()
    assert (scan.state, scan.attempt) == (ScanState.PENDING, 0)
    slow = [path for path in local.asked[asked:] if path.startswith("/slow/")]
    kept = set(Page.objects.filter(scan=scan).values_list("url", flat=True))
    assert len(kept) >= 4, "pages under way were kept"
    assert len(slow) < 30


def test_a_scan_popped_by_a_leaving_scanner_goes_back_at_once(scan: Scan, live_redis: Redis) -> None:
    Scan.objects.mark_queued(scan.pk)
    live_redis.flushdb()
    leaving = Scanner(None)
    leaving.stopping = True
    runner.run(scan.pk, leaving)
    scan.refresh_from_db()
    assert (scan.state, scan.attempt) == (ScanState.PENDING, 0)
    assert live_redis.exists("sentinel:poke:local")


def cut_connections() -> int:
    """What a restart of PostgreSQL does to everybody but us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_database_that_restarts_costs_nothing(scan: Scan, scanner: Scanner, local: LocalSite) -> None:
    slow_down(local, 0.3, pages=10)
    local.routes["/never.png"] = Answer(status=404)
    running = in_thread(scan, scanner)
    cuts = 0
    while running.is_alive() and cuts < 6:
        time.sleep(0.7)
        cuts += cut_connections() > 0
    running.join(timeout=60)
    scan.refresh_from_db()
    assert cuts >= 2
    assert (scan.state, scan.attempt) == (ScanState.COMPLETE, 1), "the running attempt went on"
    assert scan.pages.filter(visited_at__isnull=False).count() == 11
    assert scan.findings.count() == scan.findings.values("key").distinct().count()


def test_a_database_away_for_longer_than_the_lease_ends_the_attempt_quietly(
    scan: Scan, scanner: Scanner, local: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written, nothing raises into the queue; the row is the reaper's."""
    slow_down(local, 0.5)
    monkeypatch.setattr(settings, "SCAN_LEASE_SECONDS", 2)
    settled = connection.settings_dict
    connection.ensure_connection()

    def work() -> None:
        try:
            runner.run(scan.pk, scanner)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        running = threads.submit(work)
        wait_until(lambda: Page.objects.filter(scan=scan).exists())
        place = settled["HOST"], settled["PORT"]
        try:
            settled.update(HOST="127.0.0.1", PORT="1")
            cut_connections()
            assert running.exception(timeout=15) is None
        finally:
            settled["HOST"], settled["PORT"] = place
    scan.refresh_from_db()
    assert scan.state == ScanState.RUNNING
    wait_until(lambda: Scan.objects.overdue().filter(pk=scan.pk).exists(), seconds=5)


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
