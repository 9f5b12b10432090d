"""One scan from its request to its report, and a site's scans over time."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import may_write
from scans.launch import Refusal, cancel_scan, pause_scan, request_scan, resume_scan
from scans.models import Scan
from scans.reports import history as past
from scans.reports import progress as live
from scans.views.access import person, scan_seen, scan_written, site_seen, site_written
from scans.views.report import checked, listing

# htmx: the content is swapped in and the polling ends
STOP_POLLING = 286
PER_PAGE = 50


@login_required
@require_POST
def start(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    scan = request_scan(site, requested_by=person(request), full=request.POST.get("full") == "1")
    if isinstance(scan, Refusal):
        messages.error(request, scan.message)
        return redirect("site", site.pk)
    return redirect("scan", scan.pk)


@login_required
@require_GET
def scan(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    """The running scan; at the same address its report once it is over."""
    scan = scan_seen(request, scan_id)
    if not scan.is_active:
        return checked(request, scan) if scan.only_url else listing(request, scan)
    return render(request, "scans/running.html", _running(request, scan))


@login_required
@require_GET
def progress(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    """What the running page asks for again and again. When the scan is over it reloads the page: the report."""
    scan = scan_seen(request, scan_id)
    over = not scan.is_active
    response = render(request, "scans/_progress.html", _running(request, scan), status=STOP_POLLING if over else 200)
    if over:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def cancel(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_written(request, scan_id)
    cancel_scan(scan.pk)
    return _back_to(request, scan)


@login_required
@require_POST
def pause(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_written(request, scan_id)
    pause_scan(scan.pk, person(request))
    return _back_to(request, scan)


@login_required
@require_POST
def resume(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_written(request, scan_id)
    resume_scan(scan.pk)
    return _back_to(request, scan)


def _back_to(request: HttpRequest, scan: Scan) -> HttpResponse:
    """The part of the page that shows it, or the whole page where no script runs."""
    return redirect("scan_progress" if request.headers.get("HX-Request") else "scan", scan.pk)


@login_required
@require_GET
def history(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_seen(request, site_id)
    page = Paginator(past.scans_of(site), PER_PAGE).get_page(request.GET.get("page"))
    trend = past.trend(site)
    context = {
        "site": site,
        "page_obj": page,
        "lines": past.lines(list(page), trend),
        "trend": trend,
        "scores": [point.score for point in trend],
        "may_write": may_write(request.user, site.workspace),
    }
    return render(request, "scans/history.html", context)


def _running(request: HttpRequest, scan: Scan) -> dict[str, Any]:
    return {
        "scan": scan,
        "site": scan.site,
        "live": live.progress(scan, viewer=person(request)),
        "rows": live.newest_issues(scan),
        "may_write": may_write(request.user, scan.site.workspace),
    }
