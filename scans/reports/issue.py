"""One issue of one scan: what is wrong, where, the proof, and its neighbours in the list the reader came from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from scans.models import Finding, Issue, Scan, Shot
from scans.reports.wording import plain

VIEWPORT_WORDS = {"desktop": "Desktop, 1440 px", "tablet": "Tablet, 768 px", "mobile": "Phone, 390 px"}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`place` counts from 1; None when the issue is not in the list (another filter, a bookmark)."""

    place: int | None
    total: int
    before: uuid.UUID | None
    after: uuid.UUID | None


def occurrences(scan: Scan, issue: Issue) -> QuerySet[Finding, Any]:
    """Address by address."""
    return (
        scan.findings.filter(issue=issue)
        .select_related("page")
        .defer("page__vitals", "page__viewports", "page__limits")
        .order_by("url", "pk")
    )


@dataclass(frozen=True, slots=True)
class Occurrence:
    finding: Finding
    has_picture: bool
    viewport: str


def occurrence_rows(findings: Sequence[Finding]) -> list[Occurrence]:
    """`findings` as `occurrences` gives them; which of them a picture was kept for, in one query."""
    kept = set(Shot.objects.filter(page__in={f.page_id for f in findings if f.box}).values_list("page", "viewport"))
    rows = []
    for finding in findings:
        viewport = str((finding.box or {}).get("viewport", finding.viewport))
        rows.append(
            Occurrence(finding, (finding.page_id, viewport) in kept and bool(finding.box), viewport_words(viewport))
        )
    return rows


def pictured(scan: Scan, issue: Issue) -> Finding | None:
    """The first occurrence with a place on a picture that was kept."""
    seen = scan.findings.filter(issue=issue, box__isnull=False, page__shots__viewport=KT("box__viewport"))
    return seen.select_related("page").order_by("pk").first()


def neighbours(ids: Sequence[uuid.UUID], issue_id: uuid.UUID) -> Neighbours:
    """`ids`: the list the reader came from, in its order."""
    if issue_id not in ids:
        return Neighbours(None, len(ids), None, None)
    at = ids.index(issue_id)
    return Neighbours(
        place=at + 1,
        total=len(ids),
        before=ids[at - 1] if at else None,
        after=ids[at + 1] if at + 1 < len(ids) else None,
    )


def viewport_words(name: str) -> str:
    return VIEWPORT_WORDS.get(name, plain(name)) if name else ""
