"""Nothing is lost: not when the poke fails, not when Redis forgets, not when a scanner dies."""

from datetime import timedelta

import django_rq
import pytest
from django.test import override_settings
from django.utils import timezone
from redis import Redis

from accounts.models import Workspace
from scans import recovery
from scans.models import Priority, Scan, ScanState
from tests.build import a_page, a_scan, a_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live_redis")]
NOWHERE = {"URL": "redis://127.0.0.1:1/0", "DEFAULT_TIMEOUT": 60, "SERIALIZER": "rq.serializers.JSONSerializer"}


@pytest.fixture
def waiting(workspace: Workspace) -> Scan:
    return a_scan(a_site(workspace), ScanState.PENDING)


def queued_ids(priority: str = "high") -> list[str]:
    return django_rq.get_queue(f"scans:local:{priority}").job_ids


def overdue(scan: Scan) -> None:
    Scan.objects.claim(scan.pk)
    Scan.objects.filter(pk=scan.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_waiting_scan_is_enqueued_once(waiting: Scan) -> None:
    assert recovery.dispatch_pending() == 1
    assert recovery.dispatch_pending() == 0
    assert queued_ids() == [f"scan-{waiting.pk}-0"]


def test_people_go_before_schedules_and_bulk(workspace: Workspace) -> None:
    order = [Priority.LOW, Priority.NORMAL, Priority.HIGH]
    for number, priority in enumerate(order):
        a_scan(a_site(workspace, f"s{number}.example"), ScanState.PENDING, priority=priority)
    recovery.dispatch_pending()
    times = dict(Scan.objects.values_list("priority", "queued_at"))
    assert times[Priority.HIGH] <= times[Priority.NORMAL] <= times[Priority.LOW]


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_the_scan_waits_and_is_enqueued_later(waiting: Scan) -> None:
    names = ["default", *(f"scans:local:{p}" for p in ("high", "normal", "low"))]
    with override_settings(RQ_QUEUES=dict.fromkeys(names, NOWHERE)):
        recovery.poke(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == ScanState.PENDING
    assert recovery.dispatch_pending() == 1


def test_a_queued_scan_that_redis_forgot_becomes_pending(waiting: Scan, live_redis: Redis) -> None:
    recovery.dispatch_pending()
    live_redis.flushdb()
    assert recovery.reap() == 0, "it has its grace"
    Scan.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    assert recovery.reap() == 1
    assert recovery.dispatch_pending() == 1


def test_a_queued_scan_that_still_stands_in_line_stays(waiting: Scan) -> None:
    recovery.dispatch_pending()
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
