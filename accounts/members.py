"""People in a workspace: other roles, leaving, handing over. A workspace always has an owner, and only owners touch
owners."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import transaction

from accounts.access import may_own
from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.models import Membership, Role, Workspace

LAST_OWNER = "A workspace needs an owner. Hand it over to somebody else first, or delete it."
NOT_OWNER = "Only an owner changes who owns the workspace. Ask one of them."
GONE = "This person is no longer in the workspace."

Step = Callable[..., "Refused | None"]


def _settled(step: Step) -> Step:
    """Changes to the people of one workspace happen one after the other: two owners who demote each other at the same
    moment must not leave it without any."""

    @wraps(step)
    def locked(membership: Membership, *args: object, by: Acting) -> Refused | None:
        with transaction.atomic():
            Workspace.objects.select_for_update().get(pk=membership.workspace_id)
            fresh = Membership.objects.select_related("workspace", "user").filter(pk=membership.pk).first()
            return step(fresh, *args, by=by) if fresh else Refused(GONE)

    return locked


@_settled
def change_role(membership: Membership, role: Role, *, by: Acting) -> Refused | None:
    before = Role(membership.role)
    if before == role:
        return None
    if Role.OWNER in (before, role) and not may_own(by.person, membership.workspace):
        return Refused(NOT_OWNER)
    if _is_last_owner(membership):
        return Refused(LAST_OWNER)
    membership.role = role
    membership.save(update_fields=["role"])
    _note(membership, "member.role_changed", by, before=before, after=role)
    return None


@_settled
def remove(membership: Membership, *, by: Acting) -> Refused | None:
    """Takes somebody out, or oneself."""
    leaves = membership.user_id == by.person.pk
    if membership.role == Role.OWNER and not leaves and not may_own(by.person, membership.workspace):
        return Refused(NOT_OWNER)
    if _is_last_owner(membership):
        return Refused(LAST_OWNER)
    _note(membership, "member.left" if leaves else "member.removed", by, role=membership.role)
    membership.delete()
    return None


@_settled
def hand_over(membership: Membership, *, by: Acting) -> Refused | None:
    """Makes somebody the owner in one's own place; who hands over stays as an admin."""
    mine = Membership.objects.filter(workspace=membership.workspace, user=by.person, role=Role.OWNER).first()
    if mine is None:
        return Refused(NOT_OWNER)
    if mine.pk == membership.pk:
        return Refused("You own this workspace already. Choose somebody else.")
    mine.role, membership.role = Role.ADMIN, Role.OWNER
    mine.save(update_fields=["role"])
    membership.save(update_fields=["role"])
    _note(membership, "workspace.handed_over", by)
    return None


def _is_last_owner(membership: Membership) -> bool:
    owners = Membership.objects.filter(workspace=membership.workspace_id, role=Role.OWNER)
    return membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists()


def _note(membership: Membership, action: str, by: Acting, **facts: str) -> None:
    record(membership.workspace, action, actor=by.person, target=membership.user.email, ip=by.ip, **facts)
