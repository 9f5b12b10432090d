"""Nothing is lost: not when Redis forgets, not when a scanner dies, not what a person asked for meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from redis import Redis

from accounts.models import Workspace
from scans import recovery
from scans.dispatch import dispatch_pending
from scans.fleet import ScannerProcess, Tally
from scans.models import Page, Scan, ScanState
from tests.build import a_page, a_scan, a_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live_redis")]


@pytest.fixture
def waiting(workspace: Workspace) -> Scan:
    return a_scan(a_site(workspace), ScanState.PENDING)


def overdue(scan: Scan) -> None:
    Scan.objects.claim(scan.pk)
    Scan.objects.filter(pk=scan.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_queued_scan_that_redis_forgot_becomes_pending(waiting: Scan, live_redis: Redis) -> None:
    dispatch_pending()
    live_redis.flushdb()
    assert recovery.reap() == 0, "it has its grace"
    Scan.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    assert recovery.reap() == 1
    assert dispatch_pending() == 1


def test_a_queued_scan_that_still_stands_in_line_stays(waiting: Scan) -> None:
    dispatch_pending()
    Scan.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    assert recovery.reap() == 0


def test_a_scan_whose_scanner_died_is_tried_again(waiting: Scan) -> None:
    overdue(waiting)
    assert recovery.reap() == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.token) == (ScanState.PENDING, 1, None)


def test_three_attempts_without_a_page_end_it_with_a_reason(waiting: Scan) -> None:
    for _ in range(3):
        overdue(waiting)
        recovery.reap()
    waiting.refresh_from_db()
    assert waiting.state == ScanState.FAILED
    assert "three times" in waiting.reason


def test_attempts_that_bring_pages_go_on(waiting: Scan) -> None:
    for number in range(5):
        overdue(waiting)
        a_page(waiting, f"/{number}")
        recovery.reap()
        Scan.objects.filter(pk=waiting.pk).update(pages_kept=number + 1)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt) == (ScanState.PENDING, 5)


def test_opening_pages_is_getting_somewhere_too(waiting: Scan) -> None:
    page = Page.objects.create(scan=waiting, url="https://studio.example/")
    before = recovery.kept(waiting.pk)
    Page.objects.filter(pk=page.pk).update(visited_at=timezone.now())
    assert recovery.kept(waiting.pk) == before + 1


def test_what_a_person_asked_for_happens_though_the_scanner_died(waiting: Scan) -> None:
    for number in range(3):  # also when there will be no further attempt
        Scan.objects.filter(pk=waiting.pk).update(stop_requested=False)
        overdue(waiting)
        if number < 2:
            recovery.reap()
    Scan.objects.request_stop(waiting.pk)
    recovery.reap()
    waiting.refresh_from_db()
    assert waiting.state == ScanState.CANCELLED
    assert waiting.finished_at
    paused = a_scan(waiting.site, ScanState.PENDING)
    overdue(paused)
    Scan.objects.request_pause(paused.pk, None)
    recovery.reap()
    paused.refresh_from_db()
    assert (paused.state, paused.pause_requested) == (ScanState.PAUSED, False)


def test_a_scan_popped_and_never_claimed_is_back_in_time(waiting: Scan, live_redis: Redis) -> None:
    """A worker killed between the two leaves the row queued and no list that knows it."""
    dispatch_pending()
    assert live_redis.lpop("rq:queue:scans:local:high")
    Scan.objects.update(queued_at=timezone.now() - timedelta(seconds=11))
    assert recovery.reap() == 1
    assert dispatch_pending() == 1
    assert Tally.objects.get(name="reaped").total == 1


def test_every_stranded_scan_is_found_however_many_stand_in_line(workspace: Workspace, live_redis: Redis) -> None:
    scans = [a_scan(a_site(workspace, f"s{n}.example"), ScanState.QUEUED) for n in range(60)]
    Scan.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    live_redis.rpush("rq:queue:scans:local:high", *[f"scan-{scan.pk}-0" for scan in scans[:-1]])
    assert recovery.reap() == 1
    scans[-1].refresh_from_db()
    assert scans[-1].state == ScanState.PENDING


def test_a_scan_paused_and_forgotten_ends(waiting: Scan) -> None:
    Scan.objects.request_pause(waiting.pk, None)
    assert recovery.reap() == 0
    Scan.objects.update(paused_at=timezone.now() - timedelta(days=15))
    assert recovery.reap() == 1
    waiting.refresh_from_db()
    assert waiting.state == ScanState.CANCELLED
    assert "14 days" in waiting.reason


def test_rows_of_dead_scanners_go(db: None) -> None:
    alive, dead = (ScannerProcess.objects.create(host="h", pid=n, region="local", **beat(n * 40)) for n in (0, 1))
    recovery.reap()
    assert list(ScannerProcess.objects.all()) == [alive]
    assert dead not in ScannerProcess.objects.alive()


def beat(seconds_ago: int) -> dict[str, Any]:
    then = timezone.now() - timedelta(seconds=seconds_ago)
    return {"started_at": then, "seen_at": then}
