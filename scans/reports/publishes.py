"""Publishes over time, and whether what waits on the staging address is fit to go live."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from scans.models import Issue, IssueState, Scan, Site
from scans.reports.summary import IssueRow, issue_rows, issues_in
from scans.snapshot import Confidence, Severity
from scans.webflow.inbox import Publish

BLOCKS = (Severity.CRITICAL, Severity.SERIOUS, Severity.MODERATE)
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Line:
    """`new` and `fixed` are None while the scan that looks has not ended, and where there is nothing to compare."""

    publish: Publish
    new: int | None
    fixed: int | None


@dataclass(frozen=True, slots=True)
class Gate:
    """The newest look at the staging address beside the newest at the live one. `problems` are those that only staging
    has; `blocking` of them should not go live."""

    scan: Scan
    live: Scan
    problems: tuple[IssueRow, ...]
    blocking: int

    @property
    def is_ready(self) -> bool:
        return not self.blocking


def of(site: Site) -> QuerySet[Publish]:
    return Publish.objects.filter(site__site=site).select_related("scan", "scan__site", "site")


def lines(publishes: Sequence[Publish]) -> list[Line]:
    scans = {row.scan_id: row.scan for row in publishes if row.scan is not None}
    new, fixed = _counts(Q(first_scan__in=scans) | Q(regressed_scan__in=scans), scans)
    found = []
    for row in publishes:
        scan = row.scan
        told = scan is not None and not scan.is_active and scan.has_predecessor and not row.staging
        pk = scan.pk if scan else None
        found.append(Line(row, new.get(pk, 0) if told else None, fixed.get(pk, 0) if told else None))
    return found


def _counts(
    brought: Q, scans: dict[uuid.UUID | None, Scan]
) -> tuple[dict[uuid.UUID | None, int], dict[uuid.UUID | None, int]]:
    certain = Issue.objects.filter(confidence=Confidence.CONFIRMED).exclude(state=IssueState.IGNORED).order_by()
    new: dict[uuid.UUID | None, int] = {}
    for first, again in certain.filter(brought).values_list("first_scan", "regressed_scan"):
        for scan in {first, again} & scans.keys():
            new[scan] = new.get(scan, 0) + 1
    rows = certain.filter(fixed_scan__in=scans).values_list("fixed_scan").annotate(n=Count("pk"))
    return new, dict(rows)


def blamed(issue: Issue) -> Publish | None:
    """The publish that brought an issue, or brought it back."""
    brought = issue.regressed_scan_id or issue.first_scan_id
    first = Scan.objects.filter(pk=brought).first() if brought else None
    if first is None or not first.has_predecessor:
        return None
    return Publish.objects.filter(scan=first).order_by("-published_at").first()


def gate(site: Site) -> Gate | None:
    """None where staging was not scanned since the live site was published last."""
    staging = Site.objects.filter(staging_of=site).first()
    scan, live = _newest(staging), _newest(site)
    if scan is None or live is None:
        return None
    known = set(live.findings.values_list("issue__fingerprint", flat=True))
    issues: Any = issues_in(scan).filter(confidence=Confidence.CONFIRMED, state=IssueState.OPEN)
    rows = [row for row in issues.order_by("rank", "pk") if row.fingerprint not in known]
    blocking = sum(row.severity in BLOCKS for row in rows)
    return Gate(scan, live, tuple(issue_rows(scan, rows[:MOST_NAMED])), blocking)


def _newest(site: Site | None) -> Scan | None:
    if site is None:
        return None
    return Scan.objects.comparable().filter(site=site).order_by("-number").first()
