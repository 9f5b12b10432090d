"""From the link in the mail into the workspace. The token moves into the session at once, so that it stands in no log,
no history and no `next`."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import invitations
from accounts.access import choose
from accounts.acting import Refused, acting
from accounts.adapter import INVITED
from accounts.models import Invitation, Role, User


@never_cache
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    request.session[INVITED] = token
    return redirect("invitation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Says what the link is worth to this person; a POST accepts."""
    found = Invitation.objects.by_token(str(request.session.get(INVITED, "")))
    if found is None or found.accepted_at or found.revoked_at or found.is_expired:
        request.session.pop(INVITED, None)
        return render(request, "workspaces/invitation_dead.html", {"invitation": found}, status=410)
    if not isinstance(request.user, User):
        # who reads the mail has the address: no second mail to confirm it
        get_adapter().stash_verified_email(request, found.email)
        return _page(request, found)
    if not invitations.is_for(found, request.user):
        return _page(request, found, status=403)
    return _accept(request, found) if request.method == "POST" else _page(request, found)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    outcome = invitations.accept(found, acting(request))
    request.session.pop(INVITED, None)
    if isinstance(outcome, Refused):
        messages.error(request, outcome.message)
    else:
        choose(request, found.workspace)
        messages.success(request, f"Welcome to {found.workspace.name}.")
    return redirect("overview")


def _page(request: HttpRequest, found: Invitation, status: int = 200) -> HttpResponse:
    context = {"invitation": found, "role": Role(found.role).label.lower(), "is_foreign": status == 403}
    return render(request, "workspaces/invitation.html", context, status=status)
