"""A person's sites: the board of all of them, one of them, a new one, their settings."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import current_workspace, may_write, require_write
from accounts.acting import acting
from accounts.audit import record
from scans.forms import AddSiteForm, DeleteForm, LooksForm, RenameForm
from scans.launch import Refusal, add_site, request_scan
from scans.models import Site
from scans.reports import board, history, progress, summary
from scans.reports import site as over_time
from scans.retention import remove_site
from scans.views.access import person, site_seen, site_written
from scans.webflow.objects import SyncedSite

form_view = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    workspace = current_workspace(request)
    search = request.GET.get("q", "").strip()[:200]
    sort = request.GET.get("sort", "")
    listed, cards = board.board(board.sites_of(workspace, search, sort), request.GET.get("page"))
    context = {
        "page": listed,
        "cards": cards,
        "search": search,
        "sort": sort if sort in board.SORTS else board.DEFAULT_SORT,
        "sorts": [(name, label) for name, (label, _) in board.SORTS.items()],
        "is_live": any(card.last and card.last.is_active for card in cards),
        "may_add": may_write(request.user, workspace),
    }
    return render(request, "sites/overview.html", context)


@login_required
@form_view
def add(request: HttpRequest) -> HttpResponse:
    workspace = current_workspace(request)
    require_write(request.user, workspace)
    form = AddSiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        site = add_site(workspace, form.cleaned_data["url"])
        if isinstance(site, Site):
            by = acting(request)
            record(workspace, "site.added", actor=by.person, target=site.url, ip=by.ip)
            return _scan_now(request, site) if form.cleaned_data["scan_now"] else redirect(site)
        form.add_error("url", site.message)
    return render(request, "sites/add.html", {"form": form}, status=422 if form.errors else 200)


def _scan_now(request: HttpRequest, site: Site) -> HttpResponse:
    scan = request_scan(site, requested_by=person(request))
    if isinstance(scan, Refusal):
        messages.error(request, scan.message)
        return redirect(site)
    return redirect(scan)


@login_required
@require_GET
def site(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_seen(request, site_id)
    report = over_time.newest_report(site)
    trend = history.trend(site)
    lines = over_time.lines(site, trend)
    last = lines[0].scan if lines else None
    context: dict[str, Any] = {
        "site": site,
        "report": report,
        "last": last,
        "live": progress.progress(last, viewer=person(request)) if last and last.is_active else None,
        "scores": [point.score for point in trend],
        "lines": lines,
        "is_connected": SyncedSite.objects.filter(site=site).exists(),
        "may_write": may_write(request.user, site.workspace),
    }
    if report:
        rows = summary.tallies(report)
        context |= {
            "headline": summary.headline(report, rows),
            "categories": summary.category_scores(report, rows),
            "severities": {each.name: each.issues for each in summary.severity_counts(rows)},
            "worst": over_time.worst_issues(report),
            "shot": board.home_shots([report]).get(report.pk),
        }
    return render(request, "sites/site.html", context)


@login_required
@form_view
def settings(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    form = RenameForm(request.POST or None, instance=site)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The new name is saved.")
        return redirect("site_settings", site.pk)
    return _settings(request, site, rename=form)


@login_required
@require_POST
def looks(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """What is compared of its pictures, and how strictly."""
    site = site_written(request, site_id)
    form = LooksForm(request.POST, site=site)
    if not form.is_valid():
        return _settings(request, site, looks=form)
    form.save()
    messages.success(request, "Saved. The next scan opens every page and compares it so.")
    return redirect("site_settings", site.pk)


@login_required
@require_POST
def delete(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    form = DeleteForm(request.POST, site=site)
    if not form.is_valid():
        return _settings(request, site, removal=form)
    by = acting(request)
    with transaction.atomic():
        record(site.workspace, "site.deleted", actor=by.person, target=site.url, ip=by.ip, name=site.name)
        remove_site(site)
    messages.success(request, f"{site.name} is deleted, with its scans and pictures.")
    return redirect("overview")


def _settings(
    request: HttpRequest,
    site: Site,
    rename: RenameForm | None = None,
    looks: LooksForm | None = None,
    removal: DeleteForm | None = None,
) -> HttpResponse:
    """The forms of the page, each with an id prefix of its own; those not given are as the site is."""
    forms = {
        "rename": rename or RenameForm(instance=site),
        "looks": looks or LooksForm(site=site),
        "removal": removal or DeleteForm(site=site),
    }
    for name, form in forms.items():
        form.auto_id = f"{name}_%s"
    # a name that was refused must not become the heading: the row still has the old one
    site.refresh_from_db(fields=["name"])
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "sites/settings.html", {"site": site, **forms}, status=status)
