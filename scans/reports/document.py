"""The report as one JSON document, schema 1: what `manage.py scan --format json` prints and what the other formats
are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scans.events import Ended, Event, Fetched, Judged, Status, Visited
from scans.findings import Cause, describe, without_repeats
from scans.reports.score import Fault, score
from scans.snapshot import Confidence, Element, PageFacts, Problem, Visit

SCHEMA = 1


class Collected:
    """The events of one scan, gathered in memory."""

    def __init__(self) -> None:
        self.pages: dict[str, PageFacts] = {}
        self.depths: dict[str, int | None] = {}
        self.visits: dict[str, Visit] = {}
        self.problems: list[Problem] = []
        self.ended: Ended | None = None

    def take(self, event: Event) -> None:
        match event:
            case Fetched():
                self.pages[event.page.url] = event.page
                self.depths[event.page.url] = event.depth
                self.problems += event.problems
            case Visited():
                self.visits[event.page.url] = event.visit
                self.problems += event.problems
            case Judged():
                withdrawn = set(map(id, event.withdrawn))
                self.problems = [p for p in self.problems if id(p) not in withdrawn]
                self.problems += event.problems
            case Ended():
                self.ended = event

    def issues(self) -> list[tuple[Cause, list[Problem]]]:
        """Problems by cause, worst first, most pages first."""
        kept, _ = without_repeats(self.problems, self.pages)
        groups: dict[str, tuple[Cause, list[Problem]]] = {}
        for problem in kept:
            cause = describe(problem, self.pages.get(problem.url))
            known = groups.get(cause.fingerprint)
            if known is None:
                groups[cause.fingerprint] = (cause, [problem])
                continue
            known[1].append(problem)
            if cause.severity.rank < known[0].severity.rank:
                groups[cause.fingerprint] = (cause, known[1])
        return sorted(groups.values(), key=lambda g: (g[0].severity.rank, -len({p.url for p in g[1]}), g[0].rule))


def document(collected: Collected, url: str, started_at: datetime, finished_at: datetime) -> dict[str, Any]:
    ended = collected.ended
    assert ended is not None, "a scan always ends"
    issues = collected.issues()
    return {
        "schema": SCHEMA,
        "url": url,
        # schema 1 knows no cancelled: a scan that was ended early is one that has a part
        "status": (Status.PARTIAL if ended.status is Status.CANCELLED else ended.status).value,
        "reason": ended.reason,
        "started_at": started_at.isoformat(),
        "finished_at": finished_at.isoformat(),
        "duration_s": round((finished_at - started_at).total_seconds(), 3),
        "engine": {key: ended.engine.get(key, "") for key in ("version", "chromium", "axe", "rules")},
        "coverage": {
            "discovered": ended.coverage.discovered,
            "fetched": ended.coverage.fetched,
            "visited": ended.coverage.visited,
            "carried": ended.coverage.carried,
            "skipped": [{"url": s.url, "reason": s.reason} for s in ended.coverage.skipped],
            "limits": list(ended.coverage.limits),
            "note": ended.coverage.note,
        },
        "score": _score(collected, ended, issues),
        "pages": [_page(collected, page) for page in collected.pages.values()],
        "issues": [_issue(cause, problems, collected.pages) for cause, problems in issues],
        "cost": {
            "cpu_s": round(ended.cost.cpu_s, 3),
            "peak_memory_mb": round(ended.cost.peak_memory_mb, 1),
            "bytes_in": ended.cost.bytes_in,
            "usd": ended.engine.get("usd", 0.0),
        },
    }


def _score(collected: Collected, ended: Ended, issues: list[tuple[Cause, list[Problem]]]) -> dict[str, Any]:
    faults = [
        Fault(problem.url, cause.fingerprint, cause.category, cause.severity)
        for cause, problems in issues
        if cause.confidence is Confidence.CONFIRMED
        for problem in problems
    ]
    return score(faults, len(collected.pages), ended.judged)


def _page(collected: Collected, page: PageFacts) -> dict[str, Any]:
    visit = collected.visits.get(page.url)
    vitals = visit.vitals if visit else None
    return {
        "url": page.url,
        "final_url": page.final_url,
        "status": page.status,
        "depth": collected.depths.get(page.url),
        "template": page.template,
        "title": page.title,
        "fetched": True,
        "visited": visit is not None and visit.error is None,
        "viewports": [seen.viewport.name for seen in visit.viewports] if visit else [],
        "vitals": {
            "lcp_ms": vitals.lcp_ms if vitals else None,
            "cls": vitals.cls if vitals else None,
            "tbt_ms": vitals.tbt_ms if vitals else None,
            "ttfb_ms": vitals.ttfb_ms if vitals else page.response.ttfb_ms,
        },
        "bytes": visit.bytes if visit else page.html_bytes,
        "requests": len(visit.requests) if visit else 1,
    }


def _issue(cause: Cause, problems: list[Problem], pages: Mapping[str, PageFacts]) -> dict[str, Any]:
    first = problems[0]
    page = pages.get(first.url)
    return {
        "fingerprint": cause.fingerprint,
        "rule": cause.rule,
        "category": cause.category.value,
        "severity": cause.severity.value,
        "confidence": cause.confidence.value,
        "title": cause.title,
        "help": cause.help,
        "webflow": _webflow(first.element, page),
        "group": cause.group,
        "pages_affected": len({problem.url for problem in problems}),
        "occurrences": [_occurrence(problem) for problem in problems],
    }


def _webflow(element: Element | None, page: PageFacts | None) -> dict[str, str]:
    """Where in Webflow: the page's id, the element's own id and first class a designer gave."""
    attrs = element.attrs if element else {}
    named = [name for name in attrs.get("class", "").split() if not name.startswith("w-")]
    return {
        "page_id": page.webflow.page_id if page else "",
        "element": attrs.get("data-w-id", ""),
        "class": named[0] if named else "",
        "field": "",
    }


def _occurrence(problem: Problem) -> dict[str, Any]:
    return {
        "url": problem.url,
        "viewport": problem.viewport,
        "selector": problem.element.selector if problem.element else "",
        "html": problem.element.html if problem.element else "",
        "message": problem.message,
        "evidence": dict(problem.evidence),
    }
