"""One issue of one scan: what is wrong, where, the proof, and its neighbours in the list the reader came from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from scans.models import Finding, Issue, Scan, Shot
from scans.reports.wording import plain, safe_href

VIEWPORT_WORDS = {"desktop": "Desktop, 1440 px", "tablet": "Tablet, 768 px", "mobile": "Phone, 390 px"}
_LABELS = {
    "axe_rule": "axe rule",
    "help_url": "Read more",
    "wcag": "WCAG criterion",
    "target": "Address",
    "status": "Status",
    "chain": "Redirects",
    "error": "Error",
    "url": "Address",
    "src": "Source",
    "href": "Link",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the evidence: a text, a link, or a list of texts."""

    label: str
    value: str = ""
    href: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`place` counts from 1; None when the issue is not in the list (another filter, a bookmark)."""

    place: int | None
    total: int
    before: uuid.UUID | None
    after: uuid.UUID | None


def evidence(finding: Finding) -> list[Fact]:
    """Whatever a check wrote down, as lines: `target`, `status` and `chain` first, the rest as written."""
    kept = finding.evidence if isinstance(finding.evidence, dict) else {}
    first = [key for key in ("target", "status", "chain", "error") if key in kept]
    keys = first + [key for key in kept if key not in first]
    return [fact for fact in (_fact(key, kept[key]) for key in keys) if fact.value or fact.items]


def _fact(key: str, value: Any) -> Fact:
    label = _LABELS.get(key) or plain(key)
    if isinstance(value, list):
        return Fact(label, items=tuple(_line(entry) for entry in value))
    if isinstance(value, dict):
        return Fact(label, items=tuple(f"{plain(str(name))}: {_line(entry)}" for name, entry in value.items()))
    text = _line(value)
    return Fact(label, value=text, href=safe_href(text))


def _line(value: Any) -> str:
    """One value as text; a hop of redirects ({url, status}, or a pair of them) as "301 → address"."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and {"url", "status"} <= value.keys():
        return f"{value['status']} → {value['url']}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_line(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return " · ".join(_line(entry) for entry in value)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


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
