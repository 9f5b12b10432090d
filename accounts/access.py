"""The one place that answers "may this person…?" for workspaces. What a person may not see does not exist: 404, never
403."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest

from accounts.models import Membership, Role, User, Workspace

WRITERS = (Role.OWNER, Role.ADMIN, Role.MEMBER)
MANAGERS = (Role.OWNER, Role.ADMIN)
CHOSEN = "workspace"  # in the session: the workspace somebody with several works in


def role_in(user: User | AnonymousUser, workspace: Workspace) -> Role | None:
    """The person's role there, None for strangers."""
    if not isinstance(user, User):
        return None
    membership = Membership.objects.filter(workspace=workspace, user=user).only("role").first()
    return Role(membership.role) if membership else None


def may(user: User | AnonymousUser, roles: Collection[Role], workspace: Workspace) -> bool:
    """Whether the person has one of these roles there."""
    return role_in(user, workspace) in roles


def may_write(user: User | AnonymousUser, workspace: Workspace) -> bool:
    """May start scans and change sites."""
    return may(user, WRITERS, workspace)


def may_manage(user: User | AnonymousUser, workspace: Workspace) -> bool:
    """May rename the workspace, invite people, change roles, read what happened."""
    return may(user, MANAGERS, workspace)


def may_own(user: User | AnonymousUser, workspace: Workspace) -> bool:
    """May hand the workspace over and delete it."""
    return may(user, (Role.OWNER,), workspace)


def require_write(user: User | AnonymousUser, workspace: Workspace) -> None:
    if not may_write(user, workspace):
        raise Http404


def require_manage(user: User | AnonymousUser, workspace: Workspace) -> None:
    if not may_manage(user, workspace):
        raise Http404


def require_own(user: User | AnonymousUser, workspace: Workspace) -> None:
    if not may_own(user, workspace):
        raise Http404


def home_of(user: User) -> Workspace:
    """The workspace a person works in: the oldest of theirs, made on the first visit so that nobody stands in front
    of nothing."""
    workspace = Workspace.objects.of(user).order_by("created_at").first()
    if workspace is None:
        workspace = Workspace.objects.create(name=f"{user.short_name}'s workspace"[:100])
        Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return workspace


def current_workspace(request: HttpRequest) -> Workspace:
    """The workspace a logged-in person chose in this session, as long as they belong to it; else their home."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return chosen(request, user) or home_of(user)


def chosen(request: HttpRequest, user: User) -> Workspace | None:
    try:
        pk = uuid.UUID(str(request.session.get(CHOSEN, "")))
    except ValueError:
        return None
    return Workspace.objects.of(user).filter(pk=pk).first()


def choose(request: HttpRequest, workspace: Workspace) -> None:
    """From now on the person works there; whether they may is asked each time it is read."""
    request.session[CHOSEN] = str(workspace.pk)
