"""Sites that Webflow tells us of: the list to choose from, a publish and what it did, and the door for webhooks."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.access import current_workspace, may_manage, may_write, require_write
from accounts.acting import acting
from accounts.webflow import oauth
from scans.launch import Refusal, request_scan
from scans.reports import publishes as timeline
from scans.reports import site as over_time
from scans.reports.removals import removals
from scans.reports.staging import gate
from scans.views.access import person, site_seen
from scans.webflow import hooks, reach, watching
from scans.webflow.objects import SyncedSite

SITES_PER_PAGE = 60
PUBLISHES_PER_PAGE = 30
NOT_TOLD = "Webflow did not tell its sites just now. Try again in a minute; a broken connection has to be made anew."


@login_required
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """All sites that the workspace's connections reach."""
    workspace = current_workspace(request)
    search = request.GET.get("q", "").strip()[:200]
    seen = reach.of(workspace)
    if not seen.was_told:
        messages.error(request, NOT_TOLD)
    page = Paginator(reach.sites(workspace, search), SITES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "reach": seen,
        "page": page,
        "search": search,
        "workspace": workspace,
        "may_add": may_write(request.user, workspace),
        "may_connect": may_manage(request.user, workspace) and oauth.is_configured(),
    }
    return render(request, "sites/webflow.html", context)


@login_required
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Asks Webflow again which sites there are."""
    workspace = current_workspace(request)
    require_write(request.user, workspace)
    if not reach.ask_again(workspace):
        messages.error(request, NOT_TOLD)
    return redirect("webflow_sites")


@login_required
@require_POST
def watch(request: HttpRequest, synced_id: uuid.UUID) -> HttpResponse:
    """One of them becomes a site of ours and is scanned at once."""
    synced = _synced(request, synced_id)
    site = watching.watch(synced, acting(request))
    if isinstance(site, Refusal):
        messages.error(request, site.message)
        return redirect("webflow_sites")
    scan = request_scan(site, requested_by=person(request))
    if isinstance(scan, Refusal):
        messages.error(request, scan.message)
        return redirect(site)
    return redirect(scan)


def _synced(request: HttpRequest, synced_id: uuid.UUID) -> SyncedSite:
    mine = SyncedSite.objects.filter(workspace__memberships__user=person(request), gone_at=None)
    synced = get_object_or_404(mine.select_related("workspace", "connection", "site"), pk=synced_id)
    require_write(request.user, synced.workspace)
    return synced


@login_required
@require_GET
def publishes(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Who published what and when, and what it broke or mended."""
    site = site_seen(request, site_id)
    page = Paginator(timeline.of(site), PUBLISHES_PER_PAGE).get_page(request.GET.get("page"))
    seen = over_time.newest_report(site)
    context: dict[str, Any] = {
        "site": site,
        "page_obj": page,
        "lines": timeline.lines(list(page)),
        "synced": SyncedSite.objects.filter(site=site).first(),
        "gate": gate(site),
        "removals": removals(site, list(page), seen),
        "seen": seen,
        "may_write": may_write(request.user, site.workspace),
    }
    return render(request, "sites/publishes.html", context)


@csrf_exempt
@require_POST
def hook(request: HttpRequest) -> HttpResponse:
    """Where Webflow delivers. The answer never says more than a word: whoever asks may be anybody."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and (len(length) > 9 or int(length) > hooks.BODY_LIMIT):
        return HttpResponse("too large", status=413, content_type="text/plain")
    try:
        raw = request.body
    except UnreadablePostError:
        return HttpResponse("cut off", status=400, content_type="text/plain")
    answer = hooks.receive(
        raw,
        request.headers.get("x-webflow-timestamp", ""),
        request.headers.get("x-webflow-signature", ""),
    )
    return HttpResponse(answer.words, status=answer.status, content_type="text/plain")
