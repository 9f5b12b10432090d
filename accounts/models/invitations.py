"""Invitations by mail. The token is in the mail only: the database keeps its hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.people import User
from accounts.models.workspaces import Role, Workspace
from sentinel.ids import uuid7

LIFETIME = timedelta(days=7)


def digest(token: str) -> str:
    """A token has 256 random bits, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(accepted_at=None, revoked_at=None)

    def valid(self) -> InvitationQuerySet:
        return self.open().filter(expires_at__gt=timezone.now())

    def by_token(self, token: str) -> Invitation | None:
        return self.filter(token_hash=digest(token)).select_related("workspace", "invited_by").first()


class Invitation(models.Model):
    """One person asked to join one workspace."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "email"],
                name="one_open_invitation",
                condition=models.Q(accepted_at=None, revoked_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} into {self.workspace}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def renew(self) -> str:
        """A fresh token; the one before stops working. The caller saves."""
        token = secrets.token_urlsafe(32)
        self.token_hash = digest(token)
        self.sent_at = timezone.now()
        self.expires_at = self.sent_at + LIFETIME
        return token
