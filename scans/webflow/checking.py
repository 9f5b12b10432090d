"""What became of fixes: which of them somebody published, which of them a check agrees with.

A fix that is live is checked by opening its page again. What one page cannot tell (a title that two pages have, a
setting that only the API knows) waits for the next scan of the whole site. Closing the issue is the business of the
re-check and the scan themselves; here only the fix learns of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from scans import recheck
from scans.launch import Refusal, recheck_page
from scans.models import Finding, Scan, ScanState
from scans.webflow.fixing import Fix, FixState
from scans.webflow.inbox import Kind, Publish

BATCH = 50
CHECKS = 3  # a publish is queued at Webflow: the first look may come too early
AGAIN = (timedelta(seconds=30), timedelta(minutes=3))
LEAST, MOST = timedelta(seconds=5), timedelta(minutes=15)
GIVEN_UP = timedelta(days=30)


def tick() -> int:
    """Looks at every fix whose time has come; returns how many. Any number of processes may be at it."""
    now = timezone.now()
    due = Fix.objects.filter(check_at__lte=now).select_related(
        "page__scan__site", "site__webflow", "scan", "by", "issue"
    )
    return sum(_look(fix, now) for fix in due.order_by("check_at")[:BATCH])


def _look(fix: Fix, now: datetime) -> bool:
    later = min(max((now - (fix.live_at or fix.created_at)) / 4, LEAST), MOST)
    ends = now - fix.created_at > GIVEN_UP
    mine = Fix.objects.filter(pk=fix.pk, check_at=fix.check_at)
    if not mine.update(check_at=None if ends else now + later):
        return False
    if fix.state == FixState.STAGED:
        _published_by_others(fix, now)
    elif fix.state == FixState.LIVE:
        _checked(fix, now)
    elif fix.state == FixState.UNDONE and fix.page is not None:
        recheck_page(fix.page, requested_by=fix.by)
        Fix.objects.filter(pk=fix.pk).update(check_at=None)
    return True


def _published_by_others(fix: Fix, now: datetime) -> None:
    of_it = Q(kind=Kind.SITE) | Q(kind__in=[Kind.PAGE, Kind.ITEM], object_id=fix.object_id)
    seen = Publish.objects.filter(of_it, site__site=fix.site_id, staging=False, published_at__gt=fix.created_at)
    if seen.exists():
        Fix.objects.filter(pk=fix.pk, state=FixState.STAGED).update(
            state=FixState.LIVE, live_at=now, check_at=now, error=""
        )


def _checked(fix: Fix, now: datetime) -> None:
    scan = fix.scan
    if scan is None and is_told_by_page(fix):
        _ask(fix)
        return
    if scan is not None and scan.is_active:
        return
    seen = scan if scan is not None and scan.state == ScanState.COMPLETE else _whole(fix)
    if seen is None:
        return
    if not Finding.objects.filter(scan=seen, issue=fix.issue_id, url=fix.url).exists():
        _settled(fix, FixState.VERIFIED)
    elif fix.checks + 1 >= CHECKS or not seen.only_url:
        _settled(fix, FixState.UNCONFIRMED)
    else:
        again = now + AGAIN[min(fix.checks, len(AGAIN) - 1)]
        Fix.objects.filter(pk=fix.pk).update(scan=None, checks=fix.checks + 1, check_at=again)


def _settled(fix: Fix, state: FixState) -> None:
    Fix.objects.filter(pk=fix.pk, state=FixState.LIVE).update(state=state, check_at=None)


def is_told_by_page(fix: Fix) -> bool:
    """Whether opening the page again can answer. A page that moved is no longer there."""
    if fix.page is None or fix.field == "slug":
        return False
    found = Finding.objects.filter(issue=fix.issue_id, url=fix.url)
    return found.filter(recheck.ANSWERABLE).exists()


def _ask(fix: Fix) -> None:
    """A check that began before the publish says nothing: another one comes when it has ended."""
    assert fix.page is not None and fix.live_at is not None
    scan = recheck_page(fix.page, requested_by=fix.by)
    if not isinstance(scan, Refusal) and scan.created_at >= fix.live_at:
        Fix.objects.filter(pk=fix.pk).update(scan=scan)


def _whole(fix: Fix) -> Scan | None:
    """The first complete scan of the site that began after it was live."""
    whole = Scan.objects.whole().filter(site=fix.issue.site_id, state=ScanState.COMPLETE, created_at__gt=fix.live_at)
    return whole.order_by("number").first()
