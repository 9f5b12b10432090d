"""The report of one scan: its issues, one issue, its pages, one page, what was left out; and people's verdicts on
issues."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.access import may_write, require_write
from scans import launch, recheck
from scans.filters import IssueFilter, PageFilter, SkippedFilter
from scans.models import Issue, IssueState, Page, Scan, ScanState, Shot, SkippedUrl
from scans.reports import evidence, looks, mending, points, publishes, summary, wording
from scans.reports import issue as detail
from scans.reports import pages as seen
from scans.snapshot import Confidence
from scans.triage import ignore as ignore_issue
from scans.triage import reopen as reopen_issue
from scans.views.access import person, scan_seen

ISSUES_PER_PAGE = 50
PAGES_PER_PAGE = 50
ROWS_PER_PAGE = 100


CLEAN = {
    True: "Every check that ran on this site passed. Scan again after the next publish.",
    False: "Nothing was found on the pages that were opened.",
}


def listing(request: HttpRequest, scan: Scan) -> HttpResponse:
    """The issues of a scan that is over, for `scans.views.scans.scan`, which checked who asks."""
    rows = summary.tallies(scan)
    chosen = IssueFilter(request.GET, queryset=summary.issues_in(scan), scan=scan)
    page = Paginator(chosen.folded, ISSUES_PER_PAGE).get_page(request.GET.get("page"))
    asked = chosen.form.cleaned_data
    context = {
        "scan": scan,
        "site": scan.site,
        "ending": wording.ending(scan),
        "headline": summary.headline(scan, rows),
        "categories": summary.category_scores(scan, rows),
        "severities": summary.severity_counts(rows),
        "coverage": summary.coverage(scan),
        "clean_text": CLEAN[scan.state == ScanState.COMPLETE],
        "filter": chosen,
        "asked": asked,
        "tab": _tab(asked),
        "matching": chosen.qs.count() if chosen.narrows else 0,
        "rule_title": wording.rule_title(asked.get("rule") or ""),
        "category_label": wording.category_label(asked.get("category") or ""),
        "clear_url": _cleared(scan, asked),
        "on_page": scan.pages.filter(pk=asked["on"]).first() if asked.get("on") else None,
        "first": points.fix_first(scan, rows) if _is_front(chosen, page, asked) else None,
        "page_obj": page,
        "rows": summary.issue_rows(scan, list(page)),
        "query": _query(request, without=("page",)),
        "may_write": may_write(request.user, scan.site.workspace),
    }
    return render(request, "scans/report.html", context)


def _is_front(chosen: IssueFilter, page: Any, asked: dict[str, Any]) -> bool:
    """The report as it opens: nobody has narrowed, turned a page, or gone to another tab."""
    return not chosen.narrows and page.number == 1 and _tab(asked) == "fix"


def checked(request: HttpRequest, scan: Scan) -> HttpResponse:
    """What became of one page, for `scans.views.scans.scan`, which checked who asks."""
    context = {
        "scan": scan,
        "site": scan.site,
        "ending": wording.ending(scan),
        "verdict": recheck.verdict(scan),
        "page": scan.pages.first(),
        "may_write": may_write(request.user, scan.site.workspace),
    }
    return render(request, "scans/checked.html", context)


@login_required
@require_POST
def recheck_page(request: HttpRequest, page_id: uuid.UUID) -> HttpResponse:
    seen_by = Page.objects.filter(scan__site__workspace__memberships__user=person(request))
    page = get_object_or_404(seen_by.select_related("scan__site__workspace"), pk=page_id)
    require_write(request.user, page.scan.site.workspace)
    scan = launch.recheck_page(page, requested_by=person(request))
    if isinstance(scan, launch.Refusal):
        messages.error(request, scan.message)
        return redirect("page", page.scan_id, page.pk)
    return redirect("scan", scan.pk)


@login_required
@require_GET
def issue(request: HttpRequest, scan_id: uuid.UUID, issue_id: uuid.UUID) -> HttpResponse:
    scan = scan_seen(request, scan_id)
    issue = get_object_or_404(summary.issues_in(scan), pk=issue_id)
    chosen = IssueFilter(request.GET, queryset=summary.issues_in(scan), scan=scan)
    page = Paginator(detail.occurrences(scan, issue), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    pictured = detail.pictured(scan, issue)
    shown = pictured or next(iter(page), None)
    context = {
        "scan": scan,
        "site": scan.site,
        "issue": issue,
        "row": summary.issue_rows(scan, [issue])[0],
        "help": wording.help_of(issue),
        "shown": shown,
        "has_picture": pictured is not None,
        "viewport": detail.viewport_words((shown.box or {}).get("viewport", "")) if shown else "",
        "facts": evidence.facts(shown) if shown else [],
        "page_obj": page,
        "rows": detail.occurrence_rows(list(page)),
        "looks": looks.of_issue(scan, issue),
        "mending": mending.panel(issue, shown, scan.site) if shown else None,
        "blamed": publishes.blamed(issue),
        "near": detail.neighbours(list(chosen.qs.values_list("pk", flat=True)), issue.pk),
        "query": _query(request, without=("page",)),
        "may_write": may_write(request.user, scan.site.workspace),
    }
    return render(request, "scans/issue.html", context)


@login_required
@require_GET
def pages(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_seen(request, scan_id)
    desktop = Prefetch("shots", Shot.objects.filter(viewport="desktop"), to_attr="desktop")
    chosen = PageFilter(request.GET, queryset=seen.pages_of(scan).prefetch_related(desktop))
    context = {
        "scan": scan,
        "site": scan.site,
        "filter": chosen,
        "page_obj": Paginator(chosen.qs, PAGES_PER_PAGE).get_page(request.GET.get("page")),
        "coverage": summary.coverage(scan),
    }
    return render(request, "scans/pages.html", context)


@login_required
@require_GET
def page(request: HttpRequest, scan_id: uuid.UUID, page_id: uuid.UUID) -> HttpResponse:
    scan = scan_seen(request, scan_id)
    page = get_object_or_404(Page.objects.filter(scan=scan).select_related("carried_from"), pk=page_id)
    rows = seen.finding_rows(seen.findings_of(page))
    context = {
        "scan": scan,
        "site": scan.site,
        "page": page,
        "fetch_error": wording.fetch_error(page),
        "visit_error": wording.visit_error(page),
        "vitals": seen.vitals(page),
        "rows": rows,
        "is_cut": len(rows) == seen.FINDINGS_SHOWN,
        "screens": seen.screens(page.shots.all(), rows),
        "looks": looks.of_page(page),
        "may_write": may_write(request.user, scan.site.workspace),
    }
    return render(request, "scans/page.html", context)


@login_required
@require_GET
def score(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    """How the score of this scan came about."""
    scan = scan_seen(request, scan_id)
    costs = points.category_costs(scan)
    context = {
        "scan": scan,
        "site": scan.site,
        "coverage": summary.coverage(scan),
        "costs": costs,
        "weights": sum(each.weight for each in costs),
    }
    return render(request, "scans/score.html", context)


@login_required
@require_GET
def skipped(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_seen(request, scan_id)
    counted = SkippedUrl.objects.filter(scan=scan).order_by().values("reason").annotate(n=Count("pk"))
    chosen = SkippedFilter(request.GET, queryset=SkippedUrl.objects.filter(scan=scan))
    page = Paginator(chosen.qs, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "scan": scan,
        "site": scan.site,
        "filter": chosen,
        "coverage": summary.coverage(scan),
        "reasons": [(row["reason"], wording.skip_reason(row["reason"]), row["n"]) for row in counted.order_by("-n")],
        "page_obj": page,
        "rows": [(wording.skip_reason(row.reason), row) for row in page],
    }
    return render(request, "scans/skipped.html", context)


@login_required
@require_POST
def ignore(request: HttpRequest, issue_id: uuid.UUID) -> HttpResponse:
    issue = _issue_written(request, issue_id)
    if ignore_issue(issue):
        undo = reverse("issue_reopen", args=[issue.pk])
        messages.success(request, "Ignored. It leaves the score with the next scan.", extra_tags=f"undo:{undo}")
    return redirect(_back(request, issue))


@login_required
@require_POST
def reopen(request: HttpRequest, issue_id: uuid.UUID) -> HttpResponse:
    issue = _issue_written(request, issue_id)
    if reopen_issue(issue):
        messages.success(request, "Open again.")
    return redirect(_back(request, issue))


def _issue_written(request: HttpRequest, issue_id: uuid.UUID) -> Issue:
    seen_by = Issue.objects.filter(site__workspace__memberships__user=person(request))
    issue = get_object_or_404(seen_by.select_related("site__workspace"), pk=issue_id)
    require_write(request.user, issue.site.workspace)
    return issue


def _back(request: HttpRequest, issue: Issue) -> str:
    """The page the button stood on, as long as it is one of ours."""
    came_from = request.POST.get("next") or request.headers.get("referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return resolve_url("scan", issue.last_scan_id) if issue.last_scan_id else resolve_url("site", issue.site_id)


def _tab(asked: dict[str, Any]) -> str:
    if asked.get("state") == IssueState.IGNORED:
        return "ignored"
    return "review" if asked.get("confidence") == Confidence.NEEDS_REVIEW else "fix"


def _cleared(scan: Scan, asked: dict[str, Any]) -> str:
    """The same tab without its filters."""
    tabs = {"review": "?confidence=needs-review", "ignored": "?state=ignored&confidence=any", "fix": ""}
    return scan.get_absolute_url() + tabs[_tab(asked)]


def _query(request: HttpRequest, without: tuple[str, ...] = ()) -> str:
    """The filters in the URL, to be handed on to the next page; "" or "?…"."""
    kept = request.GET.copy()
    for name in without:
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""
