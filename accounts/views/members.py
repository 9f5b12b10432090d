"""Who works in a workspace, and who was asked to."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import invitations, members
from accounts.access import MANAGERS, may_own, require_manage, require_own, role_in
from accounts.acting import Refused, acting
from accounts.forms import InviteForm, RoleForm
from accounts.models import Invitation, Membership, Role, Workspace
from accounts.views.workspaces import said, workspace_managed, workspace_seen


def _managed(request: HttpRequest, membership_id: uuid.UUID) -> Membership:
    mine = Membership.objects.filter(workspace__memberships__user=acting(request).person)
    membership = get_object_or_404(mine.select_related("workspace", "user"), pk=membership_id)
    require_manage(request.user, membership.workspace)
    return membership


def _invitation(request: HttpRequest, invitation_id: uuid.UUID) -> Invitation:
    mine = Invitation.objects.filter(workspace__memberships__user=acting(request).person)
    invitation = get_object_or_404(mine.select_related("workspace", "invited_by"), pk=invitation_id)
    require_manage(request.user, invitation.workspace)
    return invitation


@login_required
@require_GET
def people(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    """Everybody of a team sees it; clients do not see who else is there."""
    workspace = workspace_seen(request, workspace_id)
    if role_in(request.user, workspace) == Role.CLIENT:
        raise Http404
    return _page(request, workspace, InviteForm())


@login_required
@require_POST
def invite(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = workspace_managed(request, workspace_id)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, workspace, form)
    email, role = form.cleaned_data["email"].lower(), Role(form.cleaned_data["role"])
    outcome = invitations.invite(workspace, email, role, acting(request))
    if isinstance(outcome, Refused):
        form.add_error("email", outcome.message)
        return _page(request, workspace, form)
    said(request, outcome, f"The invitation to {email} is on its way.")
    return redirect("members", workspace.pk)


def _page(request: HttpRequest, workspace: Workspace, form: InviteForm) -> HttpResponse:
    role = role_in(request.user, workspace)
    manages = role in MANAGERS
    rows = workspace.memberships.select_related("user").order_by("user__email")
    context = {
        "workspace": workspace,
        "rows": rows,
        "invitations": workspace.invitations.open().order_by("email") if manages else [],
        "form": form,
        "roles": [(each.value, each.label) for each in Role if role == Role.OWNER or each != Role.OWNER],
        "manages": manages,
        "owns": role == Role.OWNER,
    }
    return render(request, "workspaces/members.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def change_role(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    membership = _managed(request, membership_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        outcome = members.change_role(membership, Role(form.cleaned_data["role"]), by=acting(request))
    else:
        outcome = Refused("There is no such role. Choose one of the list.")
    said(request, outcome, f"The role of {membership.user.email} is changed.")
    return redirect("members", membership.workspace_id)


@login_required
@require_POST
def remove(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    membership = _managed(request, membership_id)
    outcome = members.remove(membership, by=acting(request))
    said(request, outcome, f"{membership.user.email} is no longer in {membership.workspace.name}.")
    return redirect("members", membership.workspace_id)


@login_required
@require_POST
def hand_over(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    membership = _managed(request, membership_id)
    require_own(request.user, membership.workspace)
    outcome = members.hand_over(membership, by=acting(request))
    said(request, outcome, f"{membership.user.email} owns {membership.workspace.name} now; you are an admin.")
    return redirect("members", membership.workspace_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, workspace_id: uuid.UUID) -> HttpResponse:
    workspace = workspace_seen(request, workspace_id)
    if request.method != "POST":
        return render(
            request, "workspaces/leave.html", {"workspace": workspace, "owns": may_own(request.user, workspace)}
        )
    membership = workspace.memberships.get(user=acting(request).person)
    outcome = members.remove(membership, by=acting(request))
    said(request, outcome, f"You left {workspace.name}.")
    return redirect("workspace_leave", workspace.pk) if isinstance(outcome, Refused) else redirect("overview")


@login_required
@require_POST
def resend(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    outcome = invitations.resend(invitation, acting(request))
    said(request, outcome, f"A new mail to {invitation.email} is on its way. The link of the earlier one is dead.")
    return redirect("members", invitation.workspace_id)


@login_required
@require_POST
def revoke(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    outcome = invitations.revoke(invitation, acting(request))
    said(request, outcome, f"The invitation to {invitation.email} is taken back.")
    return redirect("members", invitation.workspace_id)
