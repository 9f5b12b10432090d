"""Who: people, the workspaces they share, what they may do in each, and what they did."""

from accounts.models.audit import AppendOnly, AuditEvent
from accounts.models.invitations import Invitation
from accounts.models.mail import OutgoingMail
from accounts.models.people import User
from accounts.models.privacy import DataExport, Erasure, ExportState
from accounts.models.webflow import SCOPES, WRITES, ConnectionStatus, OAuthState, Tier, WebflowConnection
from accounts.models.workspaces import Membership, Role, Workspace, WorkspaceQuerySet

__all__ = [
    "SCOPES",
    "WRITES",
    "AppendOnly",
    "AuditEvent",
    "ConnectionStatus",
    "DataExport",
    "Erasure",
    "ExportState",
    "Invitation",
    "Membership",
    "OAuthState",
    "OutgoingMail",
    "Role",
    "Tier",
    "User",
    "WebflowConnection",
    "Workspace",
    "WorkspaceQuerySet",
]
