"""The end of a workspace: here, not with its other pages, for its sites have files that have to go too."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.acting import acting
from accounts.views.workspaces import deletion, workspace_owned
from scans.retention import remove_workspace


@login_required
@require_POST
def delete(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = workspace_owned(request, workspace_id)
    if refused := deletion(request, workspace):
        return refused
    remove_workspace(workspace, acting(request))
    messages.success(request, f"{workspace.name} is deleted, with its sites, reports and invitations.")
    return redirect("overview")
