"""Who: people, the workspaces they share, and what they may do in each."""

from accounts.models.people import User
from accounts.models.workspaces import Membership, Role, Workspace, WorkspaceQuerySet

__all__ = ["Membership", "Role", "User", "Workspace", "WorkspaceQuerySet"]
