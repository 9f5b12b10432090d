"""The one place that answers "may this person…?" for workspaces. What a person may not see does not exist: 404, never
403."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import Membership, Role, User, Workspace

WRITERS = (Role.OWNER, Role.ADMIN, Role.MEMBER)


def role_in(user: User | AnonymousUser, workspace: Workspace) -> Role | None:
    """The person's role there, None for strangers."""
    if not isinstance(user, User):
        return None
    membership = Membership.objects.filter(workspace=workspace, user=user).only("role").first()
    return Role(membership.role) if membership else None


def may_write(user: User | AnonymousUser, workspace: Workspace) -> bool:
    """May start scans and change sites."""
    return role_in(user, workspace) in WRITERS


def require_write(user: User | AnonymousUser, workspace: Workspace) -> None:
    if not may_write(user, workspace):
        raise Http404


def home_of(user: User) -> Workspace:
    """The workspace a person works in: the oldest of theirs, made on the first visit so that nobody stands in front
    of nothing."""
    workspace = Workspace.objects.of(user).order_by("created_at").first()
    if workspace is None:
        workspace = Workspace.objects.create(name=f"{user.short_name}'s workspace"[:100])
        Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return workspace
