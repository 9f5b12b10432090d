"""Changes of state are conditional UPDATEs: a lost race is an answer."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User, Workspace
from scans.models import Scan, ScanState
from tests.build import a_scan, a_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(workspace: Workspace) -> Scan:
    return a_scan(a_site(workspace), ScanState.PENDING)


def test_only_one_scanner_wins_a_claim(waiting: Scan) -> None:
    token = Scan.objects.claim(waiting.pk)
    assert token
    assert Scan.objects.claim(waiting.pk) is None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.token) == (ScanState.RUNNING, 1, token)
    assert waiting.lease_until
    assert waiting.lease_until > timezone.now()


def test_a_wrong_token_writes_nothing(waiting: Scan) -> None:
    Scan.objects.claim(waiting.pk)
    stranger = uuid.uuid4()
    assert not Scan.objects.extend(waiting.pk, stranger, pages_kept=9)
    assert not Scan.objects.release(waiting.pk, stranger)
    assert not Scan.objects.finish(waiting.pk, stranger, ScanState.COMPLETE, "")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.pages_kept) == (ScanState.RUNNING, 0)


def test_a_released_scan_waits_again_and_the_attempt_does_not_count(waiting: Scan) -> None:
    token = Scan.objects.claim(waiting.pk)
    assert token
    assert Scan.objects.release(waiting.pk, token)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.token) == (ScanState.PENDING, 0, None)


def test_a_lease_that_ran_out_is_overdue(waiting: Scan) -> None:
    Scan.objects.claim(waiting.pk)
    assert not Scan.objects.overdue().exists()
    Scan.objects.filter(pk=waiting.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert Scan.objects.overdue().get() == waiting


def test_cancel_ends_a_waiting_scan_at_once_and_asks_a_running_one(waiting: Scan) -> None:
    assert Scan.objects.request_stop(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == ScanState.CANCELLED
    assert Scan.objects.claim(waiting.pk) is None
    running = a_scan(waiting.site, ScanState.PENDING)
    Scan.objects.claim(running.pk)
    assert Scan.objects.request_stop(running.pk)
    running.refresh_from_db()
    assert (running.state, running.stop_requested) == (ScanState.RUNNING, True)


def test_a_finished_scan_cannot_be_cancelled(workspace: Workspace) -> None:
    assert not Scan.objects.request_stop(a_scan(a_site(workspace)).pk)


def test_a_site_has_one_active_scan(waiting: Scan) -> None:
    with pytest.raises(IntegrityError):
        a_scan(waiting.site, ScanState.RUNNING)


def test_pause_takes_a_waiting_scan_at_once_and_asks_a_running_one(waiting: Scan, owner: User) -> None:
    assert Scan.objects.request_pause(waiting.pk, owner)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.paused_by) == (ScanState.PAUSED, owner)
    assert waiting.paused_at
    assert Scan.objects.claim(waiting.pk) is None
    assert not Scan.objects.request_pause(waiting.pk, owner), "it is"
    assert Scan.objects.resume(waiting.pk)
    token = Scan.objects.claim(waiting.pk)
    assert token
    assert Scan.objects.request_pause(waiting.pk, owner)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.pause_requested) == (ScanState.RUNNING, True)
    assert Scan.objects.release(waiting.pk, token)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.pause_requested, waiting.attempt) == (ScanState.PAUSED, False, 0)
    assert (waiting.token, waiting.lease_until) == (None, None)


def test_a_pause_not_yet_seen_can_be_taken_back(waiting: Scan, owner: User) -> None:
    token = Scan.objects.claim(waiting.pk)
    assert token
    Scan.objects.request_pause(waiting.pk, owner)
    assert Scan.objects.resume(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.pause_requested, waiting.token) == (ScanState.RUNNING, False, token)


def test_a_paused_scan_is_cancelled_at_once_and_says_what_is_kept(waiting: Scan) -> None:
    token = Scan.objects.claim(waiting.pk)
    assert token
    Scan.objects.request_pause(waiting.pk, None)
    Scan.objects.release(waiting.pk, token)
    assert Scan.objects.request_stop(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == ScanState.CANCELLED
    assert "kept" in waiting.reason


def test_cancel_beats_pause(waiting: Scan) -> None:
    token = Scan.objects.claim(waiting.pk)
    assert token
    Scan.objects.request_pause(waiting.pk, None)
    Scan.objects.request_stop(waiting.pk)
    assert not Scan.objects.request_pause(waiting.pk, None)
    Scan.objects.release(waiting.pk, token)
    waiting.refresh_from_db()
    assert waiting.state == ScanState.CANCELLED
    assert waiting.finished_at


def test_a_paused_scan_is_the_one_scan_of_its_site(waiting: Scan) -> None:
    Scan.objects.request_pause(waiting.pk, None)
    with pytest.raises(IntegrityError):
        a_scan(waiting.site, ScanState.PENDING)
