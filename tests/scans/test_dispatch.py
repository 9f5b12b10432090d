"""Pending row → queue: once, in fair order, within the plans, and never more than the scanners could take soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import django_rq
import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import Workspace
from billing.plans import FREE
from scans import dispatch, wakeup
from scans.dispatch import dispatch_pending
from scans.fleet import ScannerProcess
from scans.models import Priority, Scan, ScanState, Trigger
from tests.build import a_scan, a_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live_redis")]
NOWHERE = {"URL": "redis://127.0.0.1:1/0", "DEFAULT_TIMEOUT": 60, "SERIALIZER": "rq.serializers.JSONSerializer"}


def scanners(slots: int, seconds_ago: float = 0, **fields: object) -> None:
    seen = timezone.now() - timedelta(seconds=seconds_ago)
    ordinary = {"host": "h", "pid": 1, "region": "local", "started_at": seen, "seen_at": seen, "slots": slots}
    ScannerProcess.objects.create(**ordinary | fields)


def pending(workspace: Workspace, number: int, **fields: object) -> list[Scan]:
    start = Scan.objects.count()
    sites = [a_site(workspace, f"s{start + n}.example") for n in range(number)]
    return [a_scan(site, ScanState.PENDING, **fields) for site in sites]


def another(name: str = "Another") -> Workspace:
    return Workspace.objects.create(name=name)


def enqueued(priority: str = "high") -> list[str]:
    return [job_id[5:41] for job_id in django_rq.get_queue(f"scans:local:{priority}").job_ids]


def test_a_waiting_scan_is_enqueued_once(workspace: Workspace) -> None:
    (scan,) = pending(workspace, 1)
    assert dispatch_pending() == 1
    assert dispatch_pending() == 0
    assert enqueued() == [str(scan.pk)]


def test_each_priority_has_its_queue(workspace: Workspace) -> None:
    scanners(10)
    for priority in Priority.values:
        pending(another(priority), 1, priority=priority)
    assert dispatch_pending() == 3
    assert [len(enqueued(priority)) for priority in Priority.values] == [1, 1, 1]


def test_a_person_goes_before_a_publish_and_a_publish_before_a_schedule(workspace: Workspace) -> None:
    """With room for one after the other, the oldest is not the first."""
    order = [Trigger.SCHEDULE, Trigger.PUBLISH, Trigger.PERSON]
    for trigger in order:
        priority = Priority.HIGH if trigger is Trigger.PERSON else Priority.NORMAL
        pending(another(trigger), 1, trigger=trigger, priority=priority)
    taken = []
    while dispatch_pending():
        taken += list(
            Scan.objects.filter(state=ScanState.QUEUED).order_by("queued_at").values_list("trigger", flat=True)
        )
        Scan.objects.filter(state=ScanState.QUEUED).update(state=ScanState.COMPLETE)
    assert taken[0] == Trigger.PERSON
    assert taken[-1] == Trigger.SCHEDULE


def test_a_workspace_never_has_more_under_way_than_its_plan_allows(workspace: Workspace) -> None:
    scanners(50)
    pending(workspace, 6)
    assert dispatch_pending() == FREE.concurrent_scans
    assert dispatch_pending() == 0
    Scan.objects.filter(pk=Scan.objects.filter(state=ScanState.QUEUED).first().pk).update(state=ScanState.RUNNING)  # type: ignore[union-attr]
    assert dispatch_pending() == 0, "running counts as well"
    Scan.objects.filter(state=ScanState.RUNNING).update(state=ScanState.PAUSED)
    assert dispatch_pending() == 1, "a paused one holds nothing"


def test_the_queue_stays_short(workspace: Workspace) -> None:
    scanners(4)
    for number in range(30):
        pending(another(str(number)), 1)
    assert dispatch_pending() == dispatch.capacity() == 8
    Scan.objects.filter(pk__in=enqueued()[:4]).update(state=ScanState.RUNNING)
    assert dispatch_pending() == 0, "four run, four stand ready"


def test_scanners_that_are_gone_leave_or_work_elsewhere_do_not_count(workspace: Workspace) -> None:
    scanners(4, seconds_ago=20)
    scanners(4, stopping=True)
    scanners(4, region="elsewhere")
    assert dispatch.capacity() == dispatch.AHEAD


def test_a_thousand_scans_of_one_customer_delay_nobody(
    workspace: Workspace, django_assert_max_num_queries: object
) -> None:
    scanners(2)
    Scan.objects.bulk_create(Scan(site=a_site(workspace, f"m{n}.example"), number=1) for n in range(1000))
    dispatch_pending()
    (mine,) = pending(another(), 1, priority=Priority.LOW)
    began = time.monotonic()
    assert dispatch_pending() == 1
    assert time.monotonic() - began < 2
    mine.refresh_from_db()
    assert mine.state == ScanState.QUEUED, "at the next look, half a second later, not after a thousand others"


def test_full_workspaces_hide_nobody(workspace: Workspace) -> None:
    """However many scans of customers at their limit are older."""
    scanners(500)
    for number in range(3):
        crowd = another(f"crowd {number}")
        pending(crowd, 4)
    dispatch_pending()
    (mine,) = pending(workspace, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "BATCH", 2)
        assert dispatch_pending() == 1
    mine.refresh_from_db()
    assert mine.state == ScanState.QUEUED


def test_who_waits_is_told_how_many_go_before(workspace: Workspace) -> None:
    first, second, third = pending(workspace, 3)
    (other,) = pending(another(), 1)
    assert dispatch.line_before(first) == 0
    assert dispatch.line_before(other) == 1
    assert dispatch.line_before(second) == 2
    assert dispatch.line_before(third) == 3, "the plan lets two run at once"


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_everything_waits_and_goes_on_later(workspace: Workspace) -> None:
    (scan,) = pending(workspace, 1)
    names = ["default", *(f"scans:local:{p}" for p in ("high", "normal", "low"))]
    began = time.monotonic()
    with override_settings(RQ_QUEUES=dict.fromkeys(names, NOWHERE)):
        wakeup.poke()
        with pytest.raises(RedisError):
            dispatch_pending()
    assert time.monotonic() - began < 3
    scan.refresh_from_db()
    assert scan.state == ScanState.PENDING
    assert dispatch_pending() == 1


def test_a_poke_wakes_one_dispatcher_and_is_not_kept(live_redis: Redis) -> None:
    assert not wakeup.wait(live_redis, 0.1)
    for _ in range(5):
        wakeup.poke()
    assert wakeup.wait(live_redis, 0.1)
    assert not wakeup.wait(live_redis, 0.1)


@pytest.mark.django_db(transaction=True)
def test_what_another_dispatcher_holds_is_left_to_it(workspace: Workspace) -> None:
    pending(workspace, 2)
    pending(other := another(), 1)
    with elsewhere(workspace):
        assert dispatch_pending() == 1, "waits for nobody"
    assert Scan.objects.get(state=ScanState.QUEUED).site.workspace == other
    assert dispatch_pending() == 1, "three may be under way: two ahead, none running"


@contextmanager
def elsewhere(workspace: Workspace) -> Iterator[None]:
    """Another connection is at the workspace's scans."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(Workspace.objects.select_for_update(no_key=True).filter(pk=workspace.pk))
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    yield
    done.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_many_dispatchers_enqueue_each_scan_once_and_keep_the_limits(workspace: Workspace) -> None:
    scanners(30)
    workspaces = [workspace, *(another(str(n)) for n in range(4))]
    for each in workspaces:
        pending(each, 6)
    taken: list[int] = []

    def work() -> None:
        for _ in range(5):
            taken.append(dispatch_pending())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dispatch_pending()
    ids = enqueued()
    assert len(ids) == len(set(ids)) == 5 * FREE.concurrent_scans
    assert max(dispatch.in_flight().values()) == FREE.concurrent_scans
