"""Webflow in the settings of a workspace: who connected it, what it reaches, the way there and back."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import current_workspace, may_manage, may_own, require_manage
from accounts.models import Tier, User, WebflowConnection, Workspace
from accounts.webflow import connections, oauth

MEANINGS = {
    "authorized_user:read": "see who allowed it",
    "sites:read": "see the sites and when they were published",
    "pages:read": "read the pages and their settings",
    "cms:read": "read the CMS",
    "assets:read": "read images and their alternative texts",
    "forms:read": "read how forms are set up",
    "pages:write": "change page titles and descriptions",
    "assets:write": "change alternative texts",
    "cms:write": "change CMS items",
    "sites:write": "publish what was fixed, and hear when a site is published",
}


def _managed(request: HttpRequest, workspace_id: uuid.UUID) -> Workspace:
    workspace = get_object_or_404(Workspace.objects.of(cast(User, request.user)), pk=workspace_id)
    require_manage(request.user, workspace)
    return workspace


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return redirect("webflow", current_workspace(request).pk)


@login_required
@require_GET
def overview(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = _managed(request, workspace_id)
    rows = workspace.webflow_connections.live().select_related("created_by").order_by("created_at")
    found = [{"row": row, "may": [MEANINGS.get(scope, scope) for scope in row.scopes]} for row in rows]
    context = {
        "workspace": workspace,
        "connections": found,
        "is_configured": oauth.is_configured(),
        "owns": may_own(request.user, workspace),
    }
    return render(request, "webflow/overview.html", context)


@login_required
@require_POST
def connect(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = _managed(request, workspace_id)
    tier = request.POST.get("tier", Tier.SCAN)
    if tier not in Tier.values or not oauth.is_configured():
        messages.error(request, "Webflow cannot be connected here. Tell the people who run this service.")
        return redirect("webflow", workspace.pk)
    return HttpResponseRedirect(oauth.begin(workspace, cast(User, request.user), _session_key(request), tier))


def _session_key(request: HttpRequest) -> str:
    if not request.session.session_key:
        request.session.create()
    return str(request.session.session_key)


@never_cache
@require_GET
def answer(request: HttpRequest) -> HttpResponse:
    """Where Webflow sends the person back to. Somebody who is not logged in is not sent on to the log-in: the code
    would go along in its address."""
    user = request.user
    if not isinstance(user, User):
        return render(request, "webflow/trouble.html", {"trouble": oauth.FOREIGN}, status=400)
    given = oauth.Answer(*(request.GET.get(name, "") for name in ("state", "code", "error")))
    way = oauth.way_back(user, _session_key(request), given.state)
    if isinstance(way, oauth.Trouble):
        return render(request, "webflow/trouble.html", {"trouble": way}, status=400)
    if not may_manage(user, way.workspace):
        return render(request, "webflow/trouble.html", {"trouble": oauth.FOREIGN}, status=400)
    outcome = oauth.finish(way.workspace, user, given)
    if isinstance(outcome, oauth.Trouble):
        return render(request, "webflow/trouble.html", {"trouble": outcome, "tier": way.tier}, status=400)
    sites = len(outcome.site_ids)
    messages.success(request, f"Webflow is connected: {sites} site{'' if sites == 1 else 's'} can be reached.")
    return redirect("webflow_sites")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    mine = WebflowConnection.objects.live().filter(workspace__memberships__user=cast(User, request.user))
    connection = get_object_or_404(mine.select_related("workspace"), pk=connection_id)
    require_manage(request.user, connection.workspace)
    if request.method != "POST":
        return render(request, "webflow/disconnect.html", {"connection": connection, "workspace": connection.workspace})
    if connections.disconnect(connection, cast(User, request.user)):
        messages.success(request, "Webflow is disconnected.")
    else:
        messages.warning(
            request,
            "Webflow is disconnected here. Webflow did not confirm it: remove the app there as well.",
        )
    return redirect("webflow", connection.workspace_id)
