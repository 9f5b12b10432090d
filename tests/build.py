"""Builders of stored rows, with keywords: a test names what it is about, the rest is ordinary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Workspace
from scans.findings import digest
from scans.models import Finding, Issue, Page, Scan, ScanState, Site
from scans.snapshot import Category, Confidence, Severity


def a_site(workspace: Workspace, host: str = "studio-north.example", **fields: Any) -> Site:
    return Site.objects.create(workspace=workspace, **{"name": host, "url": f"https://{host}/", **fields})


def a_score(overall: int = 82, **severities: int) -> dict[str, Any]:
    """The shape a finished scan keeps: `a_score(64, critical=1, minor=3)`."""
    issues = sum(severities.values())
    return {
        "overall": overall,
        "categories": {"links": overall, "images": 100, "metadata": max(overall - 20, 0)},
        "issues": issues,
        "findings": issues * 4,
        "severities": severities,
    }


def a_scan(site: Site, state: ScanState = ScanState.COMPLETE, **fields: Any) -> Scan:
    """Finished a minute ago unless its state says it is still going."""
    number = site.scans.count() + 1
    now = timezone.now()
    times: dict[str, Any] = {"created_at": now - timedelta(seconds=80)}
    if state not in (ScanState.PENDING, ScanState.QUEUED):
        times["started_at"] = now - timedelta(seconds=75)
    if state in (ScanState.COMPLETE, ScanState.PARTIAL, ScanState.CANCELLED, ScanState.FAILED):
        times["finished_at"] = now - timedelta(seconds=60)
    if state in (ScanState.COMPLETE, ScanState.PARTIAL):
        times["score"] = a_score()
    return Scan.objects.create(**{"site": site, "number": number, "state": state, **times, **fields})


def a_page(scan: Scan, path: str = "/", **fields: Any) -> Page:
    url = scan.site.url.rstrip("/") + path
    return Page.objects.create(**{"scan": scan, "url": url, "final_url": url, "status": 200, "title": "Home", **fields})


def an_issue(scan: Scan, title: str = "This link goes nowhere", **fields: Any) -> Issue:
    """Open, first and last seen in `scan`."""
    severity = Severity(fields.get("severity", Severity.SERIOUS))
    ordinary: dict[str, Any] = {
        "site": scan.site,
        "fingerprint": digest(title, str(fields)),
        "rule": "links.broken",
        "category": Category.LINKS,
        "severity": severity,
        "rank": severity.rank,
        "confidence": Confidence.CONFIRMED,
        "title": title,
        "message": "The link answers with 404.",
        "first_scan": scan,
        "last_scan": scan,
    }
    return Issue.objects.create(**ordinary | fields)


def a_finding(issue: Issue, scan: Scan, page: Page | None = None, **fields: Any) -> Finding:
    url = page.url if page else scan.site.url
    ordinary: dict[str, Any] = {
        "issue": issue,
        "scan": scan,
        "page": page,
        "key": digest(str(issue.pk), url, str(fields), str(issue.findings.count())),
        "url": url,
        "message": issue.message,
    }
    return Finding.objects.create(**ordinary | fields)
