"""What people decide about changes of what pages look like: approve one, approve all of a scan, take that back; and
the site's settings for the comparison."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import require_write
from scans import compare
from scans.baselines import VisualChange
from scans.views.access import person, scan_written


@login_required
@require_POST
def approve(request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
    change = _change_written(request, change_id)
    if compare.approve(change.page.scan.site, [change], person(request)):
        _say(request, "Approved. Later scans compare with this picture.", reverse("look_undo", args=[change.pk]))
    return redirect(_back(request, resolve_url("page", change.page.scan_id, change.page_id)))


@login_required
@require_POST
def undo(request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
    change = _change_written(request, change_id)
    if compare.undo(change.page.scan.site, [change]):
        messages.success(request, "Taken back. The picture before counts again.")
    return redirect(_back(request, resolve_url("page", change.page.scan_id, change.page_id)))


@login_required
@require_POST
def approve_all(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_written(request, scan_id)
    count = compare.approve(scan.site, VisualChange.objects.filter(page__scan=scan), person(request))
    if count:
        what = f"{count} picture{'s' if count > 1 else ''} approved. Later scans compare with them."
        _say(request, what, reverse("looks_undo", args=[scan.pk]))
    return redirect(_back(request, scan.get_absolute_url()))


@login_required
@require_POST
def undo_all(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    scan = scan_written(request, scan_id)
    if count := compare.undo(scan.site, VisualChange.objects.filter(page__scan=scan)):
        messages.success(request, f"Taken back: {count} picture{'s' if count > 1 else ''} as before.")
    return redirect(_back(request, scan.get_absolute_url()))


def _say(request: HttpRequest, text: str, undo: str) -> None:
    messages.success(request, text, extra_tags=f"undo:{undo}")


def _change_written(request: HttpRequest, change_id: uuid.UUID) -> VisualChange:
    mine = VisualChange.objects.filter(page__scan__site__workspace__memberships__user=person(request))
    change = get_object_or_404(mine.select_related("page__scan__site__workspace"), pk=change_id)
    require_write(request.user, change.page.scan.site.workspace)
    return change


def _back(request: HttpRequest, otherwise: str) -> str:
    """The page the button stood on, as long as it is one of ours."""
    came_from = request.POST.get("next") or request.headers.get("referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return otherwise
