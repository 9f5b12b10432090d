"""One page looked at again: which of the findings that the site's last scan has on it are gone.

Only what a page tells alone, with what it points at, can be answered so: findings of the fetch and the visit, and dead
links, pictures and files. What takes the whole site (duplicates, orphans, the sitemap) waits for the next scan."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from scans.models import Finding, Issue, IssueState, Scan, Tier
from scans.reports.summary import IssueRow, issue_rows, issues_in
from scans.snapshot import Category

CATEGORIES = frozenset(Category) - {Category.SITE}
_OF_TARGETS = (
    "links.broken-internal",
    "links.broken-external",
    "links.unverifiable-external",
    "links.redirect-chain",
    "links.redirect-loop",
    "links.redirected-internal",
    "links.insecure",
    "links.staging",
    "links.local",
    "images.broken",
    "resources.broken",
    "resources.third-party-broken",
    "metadata.canonical-broken",
    "metadata.og-image-broken",
    "metadata.og-image-small",
)


# of findings: what one page tells alone
ANSWERABLE = Q(tier__in=[Tier.FETCH, Tier.VISIT]) | Q(issue__rule__in=_OF_TARGETS)


@dataclass(frozen=True, slots=True)
class Gone:
    """An issue that this page no longer has; `elsewhere`: other pages still had it in the last scan."""

    title: str
    severity: str
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    gone: tuple[Gone, ...]
    left: tuple[IssueRow, ...]
    before: Scan | None


def verdict(scan: Scan) -> Verdict:
    before = last_whole(scan)
    left = issue_rows(scan, issues_in(scan).exclude(state=IssueState.IGNORED).order_by("rank", "pk"))
    gone = _gone(scan, before).order_by("rank", "pk") if before else []
    return Verdict(tuple(Gone(issue.title, issue.severity, issue.elsewhere) for issue in gone), tuple(left), before)


def last_whole(scan: Scan) -> Scan | None:
    return Scan.objects.comparable().filter(site=scan.site_id, number__lte=scan.number).order_by("-number").first()


def close(scan: Scan) -> int:
    """After a complete re-check: what was on this page alone and is gone is fixed; returns how many."""
    before = last_whole(scan)
    if before is None:
        return 0
    fixed: list[uuid.UUID] = [issue.pk for issue in _gone(scan, before) if not issue.elsewhere]
    return Issue.objects.filter(pk__in=fixed, state=IssueState.OPEN).update(state=IssueState.FIXED, fixed_scan=scan)


def _gone(scan: Scan, before: Scan) -> QuerySet[Issue, Any]:
    """With `elsewhere`."""
    was = Finding.objects.filter(ANSWERABLE, scan=before, url=scan.only_url)
    others = Finding.objects.filter(scan=before, issue=OuterRef("pk")).exclude(url=scan.only_url)
    return (
        Issue.objects.filter(pk__in=was.order_by().values("issue"))
        .exclude(pk__in=scan.findings.order_by().values("issue"))
        .exclude(state=IssueState.IGNORED)
        .annotate(elsewhere=Exists(others))
    )
