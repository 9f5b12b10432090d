"""Data and privacy of a workspace: here, because how long scans are kept is its plan's to say."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.exports import exports_of
from accounts.views.privacy import SHOWN
from accounts.views.workspaces import workspace_owned
from billing.limits import plan_of


@login_required
@require_GET
def workspace(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    found = workspace_owned(request, workspace_id)
    context = {"workspace": found, "exports": exports_of(found)[:SHOWN], "plan": plan_of(found)}
    return render(request, "workspaces/privacy.html", context)
