"""Data and privacy: a copy of one's data, the end of one's account, the way back for a deleted workspace."""

from __future__ import annotations

import uuid
from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import erasure, exports
from accounts.acting import Refused, acting
from accounts.audit import record
from accounts.forms import LeaveForm
from accounts.models import DataExport, User
from accounts.views.workspaces import form_view, said, workspace_owned

SHOWN = 5
ORDERED = "We are making the copy. You get a mail when it is ready."
RECENTLY = timedelta(minutes=10)


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    person = acting(request).person
    context = {"exports": exports.exports_of(person)[:SHOWN], "closed": erasure.closed_by(person)}
    return render(request, "account/privacy.html", context)


@login_required
@require_POST
def export_account(request: HttpRequest) -> HttpResponse:
    said(request, exports.ask(acting(request)), ORDERED)
    return redirect("account_privacy")


@login_required
@require_POST
def export_workspace(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = workspace_owned(request, workspace_id)
    said(request, exports.ask(acting(request), workspace), ORDERED)
    return redirect("workspace_privacy", workspace.pk)


@login_required
@require_GET
def download(request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    by = acting(request)
    export = get_object_or_404(DataExport.objects.select_related("workspace"), pk=export_id)
    if not exports.may_download(by.person, export):
        raise Http404
    if not export.is_ready or not default_storage.exists(export.file):
        raise Http404("This copy is no longer here. Ask for another.")
    if export.workspace:
        record(export.workspace, "export.downloaded", actor=by.person, ip=by.ip)
    name = f"qa-sentinel-{export.created_at:%Y-%m-%d}.zip"
    response = FileResponse(default_storage.open(export.file), as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@form_view
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def delete_account(request: HttpRequest) -> HttpResponse:
    by = acting(request)
    form = LeaveForm(request.POST or None, person=by.person)
    if request.method == "POST" and form.is_valid():
        refused = _stale(by.person) or erasure.erase(by.person, by)
        if refused is None:
            logout(request)
            messages.success(request, "Your account is deleted.")
            return redirect("landing")
        form.add_error(None, refused.message)
    context = {
        "form": form,
        "owes": erasure.owes(by.person),
        "alone_in": erasure.alone_in(by.person),
        "days": erasure.LATER.days,
    }
    return render(request, "account/delete.html", context, status=422 if form.errors else 200)


def _stale(person: User) -> Refused | None:
    """Who has neither a password nor a second step can only show who they are by logging in anew."""
    fresh = person.last_login is not None and person.last_login > timezone.now() - RECENTLY
    if fresh or get_reauthentication_flows(person):
        return None
    return Refused("Log out and in again first, so that we know it is you. Then come back here.")


@login_required
@require_POST
def take_back(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    by = acting(request)
    found = next((each for _, each in erasure.closed_by(by.person) if each.pk == workspace_id), None)
    if found is None:
        raise Http404
    if erasure.take_back(found, by):
        messages.success(request, f"{found.name} is back, with everybody in it. Connect Webflow again if you used it.")
    else:
        messages.error(request, f"{found.name} is erased already.")
    return redirect("account_privacy")
