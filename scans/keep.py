"""Step 8, the storing half: events → Page, Issue, Finding rows, each event in one transaction that renews the lease
and checks the fencing token. `LeaseLost` means another scanner has the scan now: stop at once and write nothing
more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.functions import Now

from scans import carry, compare
from scans.events import Carried, Fetched, Judged, Progress, Visited
from scans.findings import Cause, describe, occurrence_key
from scans.models import URL_LIMIT, Finding, Issue, IssueState, Page, Scan, Shot, Tier, VisualChange
from scans.snapshot import Box, PageFacts, Problem, Visit

MESSAGE_LIMIT = 512
FINDINGS_PER_RULE = 1000
_EXTENSION = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class LeaseLost(Exception):
    """The fencing token is no longer the scan's."""


class Keeper:
    """Writes one attempt of one scan. `before` are the pages (by URL) whose visits may be carried over; `_pages` and
    `_issues` are what this attempt has met so far, to spare queries."""

    def __init__(self, scan: Scan, token: uuid.UUID, before: Mapping[str, uuid.UUID] | None = None) -> None:
        self.scan = scan
        self._before = before or {}
        self.token = token
        self.findings = scan.findings.count()
        self._pages: dict[str, uuid.UUID] = dict(scan.pages.values_list("url", "pk"))
        self._facts: dict[str, PageFacts] = {}
        self._issues: dict[str, tuple[uuid.UUID, int]] = {}
        self._per_rule: dict[tuple[str, str], int] = {}

    def recall(self) -> None:
        """Reads again what it knows of the rows: a connection that broke may have rolled some of them back."""
        self.findings = self.scan.findings.count()
        self._pages = dict(self.scan.pages.values_list("url", "pk"))
        self._issues.clear()

    def progress(self, progress: Progress) -> None:
        self._extend(progress={**asdict(progress), "findings": self.findings})

    def fetched(self, event: Fetched) -> None:
        page = event.page
        self._facts[page.url] = page
        with transaction.atomic():
            self._extend()
            self._pages[page.url] = self._page(event)
            self._findings(event.problems, Tier.FETCH)

    def visited(self, event: Visited) -> None:
        """The pictures are written and compared before the transaction: a row never names a file that is not there, and
        no row is locked for as long as that takes."""
        page_id = self._pages[event.page.url]
        shots = [_shot(page_id, self.scan.pk, event.visit, index) for index in range(len(event.visit.shots))]
        changes = compare.changes(self.scan, event, shots)
        problems = [*event.problems, *compare.problems(self.scan, event, changes)]
        with transaction.atomic():
            self._extend()
            Page.objects.filter(pk=page_id).update(visited_at=Now(), **_seen(event))
            Shot.objects.bulk_create(shots, ignore_conflicts=True)
            VisualChange.objects.bulk_create(changes, ignore_conflicts=True)
            self._findings(problems, Tier.VISIT)
            self._place(page_id, event.boxes)

    def carried(self, event: Carried) -> None:
        """Pictures, figures and findings of the visit before, as rows of this scan."""
        page_id, before = self._pages[event.page.url], self._before[event.page.url]
        shots = carry.shots(before, page_id, self.scan.pk)
        changes, approved = compare.carried(before, page_id)
        with transaction.atomic():
            self._extend()
            carry.page(before, page_id)
            Shot.objects.bulk_create(shots, ignore_conflicts=True)
            VisualChange.objects.bulk_create(changes, ignore_conflicts=True)
            self.findings += carry.findings(before, page_id, self.scan, approved)
            self._place(page_id, carry.boxes(before))

    def judged(self, event: Judged) -> None:
        with transaction.atomic():
            self._extend()
            self._findings(event.problems, Tier.SITE)
            if event.withdrawn:
                keys = [occurrence_key(p, self._facts.get(p.url)) for p in event.withdrawn]
                Finding.objects.filter(scan=self.scan, key__in=keys).delete()

    def _extend(self, **changes: Any) -> None:
        if not Scan.objects.extend(self.scan.pk, self.token, **changes):
            raise LeaseLost(str(self.scan.pk))

    def _page(self, event: Fetched) -> uuid.UUID:
        page = event.page
        row, _ = Page.objects.update_or_create(
            scan=self.scan,
            url=page.url[:URL_LIMIT],
            defaults={
                "final_url": page.final_url[:URL_LIMIT],
                "status": page.status,
                "error": page.response.error or "",
                "title": _clean(page.title)[:512],
                "depth": event.depth,
                "template": page.template[:80],
                "webflow_page_id": page.webflow.page_id[:24],
                "content_hash": page.content_hash[:64],
                "ttfb_ms": page.response.ttfb_ms,
                "html_bytes": page.html_bytes,
            },
        )
        return row.pk

    def _findings(self, problems: Iterable[Problem], tier: Tier) -> None:
        problems = [p for p in problems if self._within_cap(p)]
        causes = [describe(p, self._facts.get(p.url)) for p in problems]
        self._issues_for(problems, causes)
        rows = [self._finding(problem, cause, tier) for problem, cause in zip(problems, causes, strict=True)]
        # a page kept again after a crash, or an element told by both tiers, is one row
        unique = {row.key: row for row in rows}
        Finding.objects.bulk_create(unique.values(), ignore_conflicts=True)
        self.findings += len(unique)

    def _within_cap(self, problem: Problem) -> bool:
        rule = (problem.rule, problem.title)
        self._per_rule[rule] = self._per_rule.get(rule, 0) + 1
        return self._per_rule[rule] <= FINDINGS_PER_RULE

    def _issues_for(self, problems: Sequence[Problem], causes: Sequence[Cause]) -> None:
        """Rows for causes not met before; a cause that turns out worse on a later page is worse as a whole."""
        worst: dict[str, tuple[Cause, Problem]] = {}
        for cause, problem in zip(causes, problems, strict=True):
            known = worst.get(cause.fingerprint)
            if known is None or cause.severity.rank < known[0].severity.rank:
                worst[cause.fingerprint] = (cause, problem)
        new = [pair for fingerprint, pair in worst.items() if fingerprint not in self._issues]
        for fingerprint, (cause, _) in worst.items():
            row = self._issues.get(fingerprint)
            if row and cause.severity.rank < row[1]:
                self._severity(row[0], cause)
        if not new:
            return
        Issue.objects.bulk_create([_issue(cause, problem, self.scan) for cause, problem in new], ignore_conflicts=True)
        met = Issue.objects.filter(site_id=self.scan.site_id, fingerprint__in=[cause.fingerprint for cause, _ in new])
        met.filter(state=IssueState.FIXED).update(state=IssueState.OPEN, regressed_scan=self.scan)
        met.update(last_scan=self.scan)
        for pk, fingerprint, rank, last, title in met.values_list(
            "pk", "fingerprint", "rank", "first_scan_id", "title"
        ):
            self._issues[fingerprint] = (pk, rank)
            cause = worst[fingerprint][0]
            if title != _title(cause):  # the customer calls the rule otherwise now
                Issue.objects.filter(pk=pk).update(title=_title(cause))
            if last != self.scan.pk and cause.severity.rank != rank:
                self._severity(pk, cause)

    def _severity(self, issue_id: uuid.UUID, cause: Cause) -> None:
        rank = cause.severity.rank
        Issue.objects.filter(pk=issue_id).update(severity=cause.severity.value, rank=rank)
        self._issues[cause.fingerprint] = (issue_id, rank)

    def _finding(self, problem: Problem, cause: Cause, tier: Tier) -> Finding:
        element = problem.element
        return Finding(
            scan=self.scan,
            issue_id=self._issues[cause.fingerprint][0],
            page_id=self._pages.get(problem.url),
            tier=tier,
            key=occurrence_key(problem, self._facts.get(problem.url)),
            url=problem.url[:URL_LIMIT],
            viewport=problem.viewport,
            selector=_clean(element.selector) if element else "",
            html=_clean(element.html) if element else "",
            message=_clean(problem.message)[:MESSAGE_LIMIT],
            evidence=_json(problem.evidence),
            box=asdict(element.box) if element and element.box else None,
        )

    def _place(self, page_id: uuid.UUID, boxes: dict[str, Box] | Any) -> None:
        """Gives the elements found in HTML their place on the picture."""
        if not boxes:
            return
        unplaced = Finding.objects.filter(page_id=page_id, box__isnull=True).exclude(selector="")
        placed = []
        for finding in unplaced.only("pk", "selector"):
            if box := boxes.get(finding.selector):
                finding.box = asdict(box)
                placed.append(finding)
        Finding.objects.bulk_update(placed, ["box"], batch_size=200)


def _title(cause: Cause) -> str:
    return _clean(cause.title)[:200]


def _issue(cause: Cause, problem: Problem, scan: Scan) -> Issue:
    return Issue(
        site_id=scan.site_id,
        fingerprint=cause.fingerprint,
        rule=cause.rule,
        category=cause.category.value,
        severity=cause.severity.value,
        rank=cause.severity.rank,
        confidence=cause.confidence.value,
        title=_title(cause),
        message=_clean(problem.message)[:MESSAGE_LIMIT],
        group=_clean(cause.group),
        first_scan=scan,
        last_scan=scan,
    )


def _shot(page_id: uuid.UUID, scan_id: uuid.UUID, visit: Visit, index: int) -> Shot:
    shot = visit.shots[index]
    row = Shot(page_id=page_id, viewport=shot.viewport, width=shot.width, height=shot.height)
    row.digest = compare.digest(shot.data) if shot.ready else ""
    row.ignored = [list(box) for box in shot.ignored]
    row.page = Page(pk=page_id, scan_id=scan_id)
    row.file.save(f"{shot.viewport}.{_EXTENSION[shot.content_type]}", ContentFile(shot.data), save=False)
    return row


def _seen(event: Visited) -> dict[str, Any]:
    visit, vitals = event.visit, event.visit.vitals
    return {
        "visit_print": "" if visit.error else event.print,
        "by_script": _by_script(event.page, visit),
        "visit_error": (f"{visit.error}: {visit.error_detail}" if visit.error else "")[:200],
        "viewports": [seen.viewport.name for seen in visit.viewports],
        "vitals": {
            "lcp_ms": vitals.lcp_ms,
            "fcp_ms": vitals.fcp_ms,
            "ttfb_ms": vitals.ttfb_ms,
            "tbt_ms": vitals.tbt_ms,
            "cls": vitals.cls,
        },
        "requests": len(visit.requests),
        "bytes": visit.bytes,
        "limits": list(visit.limits),
    }


def _by_script(page: PageFacts, visit: Visit) -> dict[str, Any]:
    """Ids and links that are not in the HTML."""
    plain = {link.url.partition("#")[0] for link in page.links if link.url}
    ids = sorted(visit.ids - page.ids)
    links = [url for url in visit.links if url not in plain]
    cleaned: dict[str, Any] = _json({"ids": ids, "links": links})
    return cleaned


def _clean(text: str) -> str:
    """PostgreSQL stores no NUL, and a lone surrogate is no UTF-8: both can stand in a scanned page."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _json(value: Any) -> Any:
    """Evidence as plain JSON, cleaned like every other text of a scanned site."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {str(key): _json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json(entry) for entry in value]
    return value if isinstance(value, int | float | bool) or value is None else _clean(str(value))
