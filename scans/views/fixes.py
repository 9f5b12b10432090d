"""Mending from here: what would be changed, the change, its way live and back; and the list of all of a site."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.access import may_write, require_write
from accounts.acting import Refused, acting
from scans.models import Finding, Fix, FixState, Site, SyncedSite
from scans.reports import mending, wording
from scans.views.access import person, site_seen, site_written
from scans.webflow import fixes as changes
from scans.webflow import publishing, targets
from scans.webflow.fixing import COPIED

FIXES_PER_PAGE = 50


@login_required
@require_GET
def fix(request: HttpRequest, finding_id: uuid.UUID) -> HttpResponse:
    """What would be changed, before and after, read from Webflow at this moment."""
    finding, synced = _finding_written(request, finding_id)
    found = changes.look(finding, synced)
    context = {
        "finding": finding,
        "issue": finding.issue,
        "scan": finding.scan,
        "site": finding.scan.site,
        "found": found,
        "help": wording.help_of(finding.issue),
        "targets": targets.every(finding.issue, finding, synced),
        "synced": synced,
    }
    return render(request, "scans/fix.html", context)


@login_required
@require_POST
def apply(request: HttpRequest, finding_id: uuid.UUID) -> HttpResponse:
    finding, synced = _finding_written(request, finding_id)
    done = changes.apply(finding, synced, _wish(request), acting(request))
    if isinstance(done, Refused):
        messages.error(request, done.message)
        return redirect("fix", finding.pk)
    if done.error:
        messages.warning(request, done.error)
    else:
        messages.success(request, f"{done.label}: {done.get_state_display().lower()}.")
    return redirect("issue", finding.scan_id, finding.issue_id)


@login_required
@require_POST
def publish(request: HttpRequest, fix_id: uuid.UUID) -> HttpResponse:
    """The page or item of a fix that waits."""
    row, synced = _fix_written(request, fix_id)
    if row.state != FixState.STAGED:
        messages.info(request, "This does not wait for a publish any more.")
    elif problem := publishing.publish_one(row, synced, acting(request)):
        messages.error(request, problem)
    else:
        messages.success(request, "Published. The page is checked in a moment.")
    return redirect(_back(request, row))


@login_required
@require_POST
def undo(request: HttpRequest, fix_id: uuid.UUID) -> HttpResponse:
    row, synced = _fix_written(request, fix_id)
    was_public = row.is_public
    done = changes.undo(row, synced, acting(request), publish="publish" in request.POST)
    if isinstance(done, Refused):
        messages.error(request, done.message)
    elif done.error:
        messages.warning(request, done.error)
    elif was_public and "publish" not in request.POST:
        messages.success(request, "Taken back in Webflow. Visitors see it with the next publish.")
    else:
        messages.success(request, "Taken back.")
    return redirect(_back(request, row))


@login_required
@require_GET
def fixes(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_seen(request, site_id)
    page = Paginator(mending.of(site), FIXES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "site": site,
        "page_obj": page,
        "synced": targets.synced_of(site),
        "may_write": may_write(request.user, site.workspace),
    }
    return render(request, "sites/fixes.html", context)


@login_required
@require_GET
def publish_site(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """What a publish of the whole site would ship, by name."""
    site = site_written(request, site_id)
    synced = _synced(site)
    context = {"site": site, "synced": synced, "waiting": publishing.ask(synced)}
    return render(request, "sites/publish.html", context)


@login_required
@require_POST
def publish_site_now(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    refused = publishing.publish_all(_synced(site), request.POST.get("seen", ""), acting(request))
    if refused:
        messages.error(request, refused.message)
        return redirect("site_publish", site.pk)
    messages.success(request, "Webflow is publishing the site. What was fixed is checked in a moment.")
    return redirect("fixes", site.pk)


def _finding_written(request: HttpRequest, finding_id: uuid.UUID) -> tuple[Finding, SyncedSite]:
    seen_by = Finding.objects.filter(scan__site__workspace__memberships__user=person(request))
    rows = seen_by.select_related("scan__site__workspace", "issue", "page")
    finding = get_object_or_404(rows, pk=finding_id)
    require_write(request.user, finding.scan.site.workspace)
    return finding, _synced(finding.scan.site)


def _fix_written(request: HttpRequest, fix_id: uuid.UUID) -> tuple[Fix, SyncedSite]:
    seen_by = Fix.objects.filter(site__workspace__memberships__user=person(request))
    row = get_object_or_404(seen_by.select_related("site__workspace", "issue"), pk=fix_id)
    require_write(request.user, row.site.workspace)
    return row, _synced(row.site)


def _synced(site: Site) -> SyncedSite:
    synced = targets.synced_of(site)
    if synced is None:
        raise Http404
    return synced


def _wish(request: HttpRequest) -> changes.Wish:
    sent = request.POST
    return changes.Wish(
        key=sent.get("key", ""),
        seen=dict(COPIED) if "seen_copied" in sent else sent.get("seen", ""),
        new=dict(COPIED) if "copied" in sent else sent.get("new", ""),
        publish="publish" in sent,
    )


def _back(request: HttpRequest, row: Fix) -> str:
    came_from = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return resolve_url("fixes", row.site_id)
