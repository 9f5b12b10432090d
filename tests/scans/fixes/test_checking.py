"""What becomes of a fix: published by whom, checked by what, and what the check says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from scans.models import Finding, Fix, FixState, Publish, Scan, ScanState, SyncedSite, Tier
from scans.webflow import checking
from scans.webflow.inbox import Kind
from tests.build import a_finding, a_page, a_scan, a_site, an_issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live_redis")]
ABOUT = "a" * 24


@pytest.fixture
def finding(workspace: Workspace, settings: Any) -> Finding:
    settings.SCAN_ALLOWED_HOSTS = ["127.0.0.1:9"]
    site = a_site(workspace, "127.0.0.1", url="http://127.0.0.1:9/")
    SyncedSite.objects.create(workspace=workspace, site=site, webflow_id="c" * 24, name="Bakery")
    scan = a_scan(site)
    page = a_page(scan, "/about", webflow_page_id=ABOUT)
    return a_finding(an_issue(scan, rule="metadata.title-short"), scan, page)


def a_fix(finding: Finding, state: FixState = FixState.LIVE, **fields: Any) -> Fix:
    now = timezone.now()
    ordinary: dict[str, Any] = {
        "site": finding.scan.site,
        "issue": finding.issue,
        "page": finding.page,
        "url": finding.url,
        "kind": "page",
        "object_id": ABOUT,
        "field": "seo_title",
        "state": state,
        "created_at": now - timedelta(minutes=2),
        "live_at": now - timedelta(minutes=1) if state != FixState.STAGED else None,
        "check_at": now - timedelta(seconds=1),
    }
    return Fix.objects.create(**ordinary | fields)


def ticked(fix: Fix) -> Fix:
    Fix.objects.filter(pk=fix.pk, check_at__isnull=False).update(check_at=timezone.now() - timedelta(seconds=1))
    checking.tick()
    fix.refresh_from_db()
    return fix


def ended(scan: Scan, state: ScanState = ScanState.COMPLETE) -> None:
    Scan.objects.filter(pk=scan.pk).update(state=state, finished_at=timezone.now())


def test_a_live_fix_is_checked_and_verified(finding: Finding, member: User) -> None:
    fix = ticked(a_fix(finding, by=member))
    assert fix.scan is not None and fix.scan.only_url == finding.url and fix.scan.requested_by == member
    assert ticked(fix).state == FixState.LIVE
    assert fix.scan is not None
    ended(fix.scan)
    assert ticked(fix).state == FixState.VERIFIED and fix.check_at is None


def test_a_check_that_disagrees_comes_again_and_is_believed_the_third_time(finding: Finding) -> None:
    fix = a_fix(finding)
    for number in range(1, 4):
        fix = ticked(fix)
        assert fix.scan is not None
        a_finding(finding.issue, fix.scan, a_page(fix.scan, "/about"))
        ended(fix.scan)
        assert ticked(fix).state == (FixState.LIVE if number < 3 else FixState.UNCONFIRMED)


def test_a_check_that_failed_says_nothing(finding: Finding) -> None:
    fix = ticked(a_fix(finding))
    assert fix.scan is not None
    ended(fix.scan, ScanState.FAILED)
    fix = ticked(fix)
    assert fix.state == FixState.LIVE and fix.scan is None and fix.checks == 1


def test_a_check_that_began_before_the_publish_says_nothing(finding: Finding) -> None:
    early = a_scan(finding.scan.site, ScanState.RUNNING, only_url=finding.url, number=1)
    fix = ticked(a_fix(finding))
    assert fix.scan is None
    ended(early)
    fix = ticked(fix)
    assert fix.scan is not None and fix.scan != early


@pytest.mark.parametrize("still", [False, True])
def test_what_a_page_cannot_tell_waits_for_the_whole_site(still: bool, finding: Finding) -> None:
    Finding.objects.update(tier=Tier.SITE)
    fix = ticked(a_fix(finding))
    assert fix.state == FixState.LIVE and fix.scan is None
    whole = a_scan(finding.scan.site, created_at=timezone.now())
    if still:
        a_finding(finding.issue, whole, a_page(whole, "/about"), tier=Tier.SITE)
    assert ticked(fix).state == (FixState.UNCONFIRMED if still else FixState.VERIFIED)


@pytest.mark.parametrize(
    ("kind", "object_id", "staging", "is_live"),
    [
        (Kind.SITE, "", False, True),
        (Kind.PAGE, ABOUT, False, True),
        (Kind.PAGE, "b" * 24, False, False),
        (Kind.SITE, "", True, False),
    ],
)
def test_somebody_else_publishes(kind: Kind, object_id: str, staging: bool, is_live: bool, finding: Finding) -> None:
    fix = ticked(a_fix(finding, FixState.STAGED))
    assert fix.state == FixState.STAGED
    Publish.objects.create(
        site=SyncedSite.objects.get(),
        kind=kind,
        object_id=object_id,
        staging=staging,
        published_at=timezone.now(),
    )
    assert ticked(fix).state == (FixState.LIVE if is_live else FixState.STAGED)


def test_a_publish_before_the_fix_is_none_of_it(finding: Finding) -> None:
    before = timezone.now() - timedelta(hours=1)
    Publish.objects.create(site=SyncedSite.objects.get(), kind=Kind.SITE, published_at=before)
    assert ticked(a_fix(finding, FixState.STAGED)).state == FixState.STAGED


def test_what_is_taken_back_is_looked_at_once(finding: Finding) -> None:
    fix = ticked(a_fix(finding, FixState.UNDONE))
    assert Scan.objects.filter(only_url=finding.url).count() == 1 and fix.check_at is None
