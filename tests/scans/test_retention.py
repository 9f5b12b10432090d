"""Old scans go when the days of the plan are over, or when there are too many; the newest report of a site stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import Workspace
from billing import plans
from scans import jobs, retention
from scans.models import Scan, ScanState, Site
from tests.build import a_scan, a_site


@pytest.fixture
def site(workspace: Workspace) -> Site:
    return a_site(workspace)


def aged(site: Site, days: float, state: ScanState = ScanState.COMPLETE, **fields: object) -> Scan:
    return a_scan(site, state, created_at=timezone.now() - timedelta(days=days), **fields)


def kept(site: Site) -> list[int]:
    return list(site.scans.filter(only_url="").order_by("number").values_list("number", flat=True))


def test_scans_past_the_days_of_the_plan_go(site: Site) -> None:
    for days in (40, 31, 29, 1):
        aged(site, days)
    assert retention.prune() == 2
    assert kept(site) == [3, 4]
    assert retention.prune() == 0


@pytest.mark.parametrize("plan", ["free", "no-such-plan"])
def test_the_newest_report_stays_however_old(plan: str, site: Site) -> None:
    Workspace.objects.update(plan=plan)
    aged(site, 300)
    aged(site, 200)
    aged(site, 100, ScanState.FAILED)
    assert retention.prune() == 1
    assert kept(site) == [2, 3], "the failed one is newer than the report"


def test_a_site_that_was_never_scanned_to_the_end_keeps_its_last_try(site: Site) -> None:
    for days in (60, 50):
        aged(site, days, ScanState.FAILED)
    retention.prune()
    assert kept(site) == [2]


def test_checks_of_one_page_go_when_their_days_are_over(site: Site) -> None:
    aged(site, 60)
    aged(site, 59, number=1, only_url="https://studio-north.example/a")
    aged(site, 5, number=1, only_url="https://studio-north.example/b")
    retention.prune()
    assert list(site.scans.values_list("only_url", flat=True).order_by("only_url")) == [
        "",
        "https://studio-north.example/b",
    ]


def test_a_scan_under_way_stays(site: Site) -> None:
    aged(site, 90, ScanState.PAUSED)
    aged(site, 1)
    assert retention.prune() == 0


def test_a_larger_plan_keeps_longer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    larger = plans.Plan("team", "Team", 50, 5000, 1000, 30, 5, retention_days=90)
    monkeypatch.setitem(plans.PLANS, "team", larger)
    Workspace.objects.update(plan="team")
    for days in (91, 89, 1):
        aged(site, days)
    assert retention.prune() == 1
    assert kept(site) == [2, 3]


def test_too_many_go_however_young(site: Site, settings: Settings) -> None:
    settings.RETENTION_SCANS = 2
    for _ in range(4):
        aged(site, 1)
    assert retention.prune() == 2
    assert kept(site) == [3, 4]


def test_files_go_after_the_rows(
    site: Site, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    old, new = aged(site, 40), aged(site, 1)
    files = [default_storage.save(f"shots/{scan.pk}/a/x.jpg", ContentFile(b"x")) for scan in (old, new)]
    with django_capture_on_commit_callbacks() as callbacks:
        jobs.prune()
    assert not Scan.objects.filter(pk=old.pk).exists() and default_storage.exists(files[0])
    for callback in callbacks:
        callback()
    assert [default_storage.exists(name) for name in files] == [False, True]


def test_a_round_takes_a_bounded_number(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in (50, 49, 48, 1):
        aged(site, days)
    assert [retention.prune() for _ in range(3)] == [2, 1, 0]
