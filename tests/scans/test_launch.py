"""Who may start which scan: what is refused says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Workspace
from scans.launch import UNPROVEN_A_DAY, Refusal, request_scan
from scans.models import Priority, Scan, ScanState, Site, Trigger
from tests.build import a_scan, a_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live_redis")]


@pytest.fixture
def site(workspace: Workspace) -> Site:
    return a_site(workspace, "studio-north.com")


def scans_today(site: Site, number: int, hours_ago: float = 3) -> None:
    for n in range(number):
        a_scan(site, created_at=timezone.now() - timedelta(hours=hours_ago, minutes=-n))


def refusal(answer: Scan | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.message


def test_a_site_of_unknown_owner_is_scanned_small_and_ten_times_a_day(site: Site) -> None:
    scans_today(site, UNPROVEN_A_DAY - 1)
    last = request_scan(site)
    assert isinstance(last, Scan)
    assert last.max_pages == 30
    Scan.objects.filter(pk=last.pk).update(state=ScanState.COMPLETE)
    said = refusal(request_scan(site))
    assert "studio-north.com is not proven to be yours, so it is scanned 10 times a day" in said
    assert "Prove that it is yours first" in said
    assert "try again in 21 hours" in said


def test_yesterday_does_not_count(site: Site) -> None:
    scans_today(site, UNPROVEN_A_DAY, hours_ago=25)
    assert isinstance(request_scan(site), Scan)


def test_another_address_of_the_domain_is_no_way_round(site: Site, workspace: Workspace) -> None:
    scans_today(site, UNPROVEN_A_DAY)
    assert "studio-north.com" in refusal(request_scan(a_site(workspace, "www.studio-north.com")))
    assert isinstance(request_scan(a_site(workspace, "elsewhere.com")), Scan)
    somebody = Workspace.objects.create(name="Somebody else")
    assert isinstance(request_scan(a_site(somebody, "studio-north.com")), Scan), "they have their own ten"


def test_the_owner_scans_as_often_as_the_plan_allows(site: Site) -> None:
    scans_today(site, UNPROVEN_A_DAY)
    site.proven_at = timezone.now()
    site.save()
    scan = request_scan(site)
    assert isinstance(scan, Scan)
    assert scan.max_pages == 500


def test_only_the_owners_site_has_a_schedule(site: Site) -> None:
    assert "has no schedule" in refusal(request_scan(site, trigger=Trigger.SCHEDULE))
    site.proven_at = timezone.now()
    site.save()
    scan = request_scan(site, trigger=Trigger.SCHEDULE)
    assert isinstance(scan, Scan)
    assert scan.priority == Priority.NORMAL


def test_the_scan_that_goes_on_is_the_answer_also_when_no_other_may_start(site: Site) -> None:
    scans_today(site, UNPROVEN_A_DAY)
    paused = a_scan(site, ScanState.PAUSED)
    assert request_scan(site) == paused
