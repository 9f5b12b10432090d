"""Whether what waits on the staging address is fit to go live: the newest look at it beside the newest at the live
site.

The two are different hosts, so what names its own address is another issue on each. What an issue says on a page, with
the hosts taken out, tells whether the live site has it as well."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet

from scans.models import Finding, IssueState, Publish, Scan, Site
from scans.reports.summary import IssueRow, issue_rows, issues_in
from scans.snapshot import Confidence, Severity
from scans.states import ACTIVE
from scans.webflow.inbox import WHOLE

BLOCKS = (Severity.CRITICAL, Severity.SERIOUS, Severity.MODERATE)
MOST_NAMED = 20
Said = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Gate:
    """`problems` are those that only staging has; `blocking` of them should not go live. `is_behind`: staging was
    published again since, and that is not looked at yet."""

    scan: Scan
    live: Scan
    problems: tuple[IssueRow, ...]
    blocking: int
    is_behind: bool

    @property
    def is_ready(self) -> bool:
        return not self.blocking and not self.is_behind


def gate(site: Site) -> Gate | None:
    """None where staging was not scanned since the live site was published last."""
    staging = Site.objects.filter(staging_of=site).first()
    scan, live = _newest(staging), _newest(site)
    if scan is None or live is None or _went_live_since(site, scan):
        return None
    waiting = Publish.objects.filter(site__site=site, staging=True)
    behind = waiting.filter(scan=None, settled_at=None).exists() or waiting.filter(scan__state__in=ACTIVE).exists()
    rows = _only_here(scan, live)
    blocking = sum(row.severity in BLOCKS for row in rows)
    return Gate(scan, live, tuple(issue_rows(scan, rows[:MOST_NAMED])), blocking, behind)


def _newest(site: Site | None) -> Scan | None:
    if site is None:
        return None
    return Scan.objects.comparable().filter(site=site).select_related("site").order_by("-number").first()


def _went_live_since(site: Site, scan: Scan) -> bool:
    live = Publish.objects.filter(site__site=site, staging=False, kind__in=WHOLE)
    return live.filter(published_at__gt=scan.created_at).exists()


def _only_here(scan: Scan, live: Scan) -> list[Any]:
    known = set(live.findings.values_list("issue__fingerprint", flat=True))
    issues: Any = issues_in(scan).filter(confidence=Confidence.CONFIRMED, state=IssueState.OPEN)
    rows = [row for row in issues.order_by("rank", "pk") if row.fingerprint not in known]
    said = _said(live.findings.filter(issue__rule__in={row.rule for row in rows}), live.site)
    there = {each for of_issue in said.values() for each in of_issue}
    here = _said(scan.findings.filter(issue__in=rows), scan.site)
    return [row for row in rows if not here[row.pk] <= there]


def _said(findings: QuerySet[Finding], site: Site) -> dict[uuid.UUID, set[Said]]:
    """By issue: rule, page and words of each finding, without the host."""
    parts = urlsplit(site.url)
    names = [f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.hostname or parts.netloc]
    said: dict[uuid.UUID, set[Said]] = {}
    for issue, rule, url, message in findings.values_list("issue", "issue__rule", "url", "message"):
        for name in names:
            message = message.replace(name, "")
        said.setdefault(issue, set()).add((rule, urlsplit(url).path or "/", message))
    return said
