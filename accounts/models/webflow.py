"""What Webflow let a workspace do: connections, each one grant of one Webflow user, and the way there and back."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.people import User
from accounts.models.workspaces import Workspace
from sentinel import crypto
from sentinel.ids import uuid7

STATE_LIVES = timedelta(minutes=10)


class Tier(models.TextChoices):
    SCAN = "scan", "Read"
    FIX = "fix", "Read and fix"


READS = (
    "authorized_user:read",
    "sites:read",
    "pages:read",
    "cms:read",
    "assets:read",
    "forms:read",
)
WRITES = ("pages:write", "assets:write", "cms:write", "sites:write")
SCOPES: dict[str, tuple[str, ...]] = {Tier.SCAN: READS, Tier.FIX: READS + WRITES}


class ConnectionStatus(models.TextChoices):
    ACTIVE = "active", "Connected"
    NEEDS_RECONNECT = "needs_reconnect", "Needs to be connected again"
    REVOKED = "revoked", "Disconnected"


class WebflowConnectionQuerySet(models.QuerySet["WebflowConnection"]):
    def live(self) -> WebflowConnectionQuerySet:
        """Those that the workspace has, working or not."""
        return self.exclude(status=ConnectionStatus.REVOKED)

    def active(self) -> WebflowConnectionQuerySet:
        return self.filter(status=ConnectionStatus.ACTIVE)

    def stale(self, before: datetime) -> WebflowConnectionQuerySet:
        """Working as far as we know, and not asked about since."""
        return self.active().filter(last_introspected_at__lt=before)


class WebflowConnection(models.Model):
    """One grant. The same Webflow user may stand in several workspaces, and several times in one. `listed_at`: when
    its sites were asked for last."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="webflow_connections")
    authorization_id = models.CharField(max_length=64)
    webflow_user_id = models.CharField(max_length=64, blank=True)
    webflow_email = models.CharField(max_length=254, blank=True)
    webflow_name = models.CharField(max_length=200, blank=True)
    token_encrypted = models.TextField(blank=True)
    scopes = models.JSONField(default=list)
    site_ids = models.JSONField(default=list)
    site_names = models.JSONField(default=list)
    workspace_ids = models.JSONField(default=list)
    rate_limit = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=20, choices=ConnectionStatus.choices, default=ConnectionStatus.ACTIVE)
    listed_at = models.DateTimeField(null=True, blank=True)
    last_introspected_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WebflowConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "authorization_id"], name="one_connection_per_grant")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "last_introspected_at"], name="webflow_stale")]

    def __str__(self) -> str:
        return f"{self.label} in {self.workspace}"

    @property
    def label(self) -> str:
        return self.webflow_name or self.webflow_email or "Webflow"

    @property
    def tier(self) -> Tier:
        return Tier.FIX if set(WRITES) <= set(self.scopes) else Tier.SCAN

    @property
    def is_active(self) -> bool:
        return self.status == ConnectionStatus.ACTIVE

    @property
    def bound_to(self) -> str:
        return f"webflow:{self.workspace_id}:{self.pk}"

    def keep_token(self, token: str) -> None:
        """Into the field, not yet into the database."""
        self.token_encrypted = crypto.encrypt(token, bound_to=self.bound_to)

    def token(self) -> str:
        """Raises CannotDecrypt."""
        return crypto.decrypt(self.token_encrypted, bound_to=self.bound_to)


class OAuthStateQuerySet(models.QuerySet["OAuthState"]):
    def begin(self, workspace: Workspace, user: User, session_key: str, tier: str) -> str:
        """The state to send along: random, and kept only as a hash."""
        self.filter(expires_at__lt=timezone.now()).delete()
        state = uuid.uuid4().hex + uuid.uuid4().hex
        self.create(
            state_hash=digest(state),
            session_hash=digest(session_key),
            workspace=workspace,
            user=user,
            tier=tier,
            expires_at=timezone.now() + STATE_LIVES,
        )
        return state

    def consume(self, state: str) -> OAuthState | None:
        """The row, for the one caller who deleted it."""
        row = self.filter(state_hash=digest(state)).select_related("workspace", "user").first()
        return row if row and self.filter(state_hash=row.state_hash).delete()[0] == 1 else None


class OAuthState(models.Model):
    """A person on the way to Webflow's permission page."""

    state_hash = models.CharField(max_length=64, primary_key=True)
    session_hash = models.CharField(max_length=64)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    tier = models.CharField(max_length=8, choices=Tier.choices)
    expires_at = models.DateTimeField(db_index=True)

    objects = OAuthStateQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} on the way to Webflow"

    def belongs_to(self, user: User, session_key: str) -> bool:
        return self.user_id == user.pk and self.session_hash == digest(session_key)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
