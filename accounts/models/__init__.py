"""Who: people, the workspaces they share, what they may do in each, and what they did."""

from accounts.models.audit import AppendOnly, AuditEvent
from accounts.models.invitations import Invitation
from accounts.models.mail import OutgoingMail
from accounts.models.people import User
from accounts.models.workspaces import Membership, Role, Workspace, WorkspaceQuerySet

__all__ = [
    "AppendOnly",
    "AuditEvent",
    "Invitation",
    "Membership",
    "OutgoingMail",
    "Role",
    "User",
    "Workspace",
    "WorkspaceQuerySet",
]
