"""The workspace itself: another one, which one, its settings, what happened in it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import erasure, workspaces
from accounts.access import choose, may_own, require_manage, require_own
from accounts.acting import Refused, acting
from accounts.activity import activity as activity_of
from accounts.forms import DeleteForm, NameForm
from accounts.models import Workspace

form_view = require_http_methods(["GET", "HEAD", "POST"])


def workspace_seen(request: HttpRequest, workspace_id: uuid.UUID) -> Workspace:
    return get_object_or_404(Workspace.objects.of(acting(request).person), pk=workspace_id)


def workspace_managed(request: HttpRequest, workspace_id: uuid.UUID) -> Workspace:
    workspace = workspace_seen(request, workspace_id)
    require_manage(request.user, workspace)
    return workspace


def workspace_owned(request: HttpRequest, workspace_id: uuid.UUID) -> Workspace:
    workspace = workspace_seen(request, workspace_id)
    require_own(request.user, workspace)
    return workspace


@login_required
@form_view
def add(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        workspace = workspaces.create(form.cleaned_data["name"], acting(request))
        if isinstance(workspace, Workspace):
            choose(request, workspace)
            messages.success(request, f"{workspace.name} is ready. Add a site, or invite people.")
            return redirect("overview")
        form.add_error(None, workspace.message)
    return render(request, "workspaces/add.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def switch(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    choose(request, workspace_seen(request, workspace_id))
    return redirect("overview")


@login_required
@form_view
def settings(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = workspace_managed(request, workspace_id)
    form = NameForm(request.POST or None, initial={"name": workspace.name})
    if request.method == "POST" and form.is_valid():
        workspaces.rename(workspace, form.cleaned_data["name"], acting(request))
        messages.success(request, "The new name is saved.")
        return redirect("workspace_settings", workspace.pk)
    return settings_page(request, workspace, form)


def settings_page(
    request: HttpRequest, workspace: Workspace, form: NameForm | None = None, removal: DeleteForm | None = None
) -> HttpResponse:
    """Both forms of the page, each with an id prefix of its own."""
    form = form or NameForm(initial={"name": workspace.name})
    removal = removal or DeleteForm(workspace=workspace)
    form.auto_id, removal.auto_id = "rename_%s", "removal_%s"
    owns = may_own(request.user, workspace)
    context = {"workspace": workspace, "form": form, "removal": removal if owns else None, "owns": owns}
    status = 422 if form.errors or removal.errors else 200
    return render(request, "workspaces/settings.html", context, status=status)


@login_required
@require_POST
def delete(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    """At once for everybody in it; for its owners there is a way back for a while."""
    workspace = workspace_owned(request, workspace_id)
    form = DeleteForm(request.POST, workspace=workspace)
    if not form.is_valid():
        return settings_page(request, workspace, removal=form)
    erasure.close(workspace, acting(request))
    messages.success(
        request,
        f"{workspace.name} is deleted, with its sites, reports and invitations. You can take it back for "
        f"{erasure.LATER.days} days, under “Data and privacy” of your account.",
    )
    return redirect("overview")


@login_required
@require_GET
def activity(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = workspace_managed(request, workspace_id)
    search = request.GET.get("q", "").strip()[:200]
    page = activity_of(workspace, search, request.GET.get("page"))
    context = {"workspace": workspace, "page": page, "search": search, "owns": may_own(request.user, workspace)}
    return render(request, "workspaces/activity.html", context)


def said(request: HttpRequest, outcome: object, done: str) -> None:
    """Tells the person what came of it."""
    if isinstance(outcome, Refused):
        messages.error(request, outcome.message)
    else:
        messages.success(request, done)
