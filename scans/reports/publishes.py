"""Publishes over time: what each broke and mended, and which of them brought an issue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from scans.models import Issue, IssueState, Scan, Site
from scans.snapshot import Confidence
from scans.webflow.inbox import Publish


@dataclass(frozen=True, slots=True)
class Line:
    """`new` and `fixed` are None while the scan that looks has not ended, and where there is nothing to compare."""

    publish: Publish
    new: int | None
    fixed: int | None


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
