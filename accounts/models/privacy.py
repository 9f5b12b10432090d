"""What people may ask of their data: a copy of it (`DataExport`), and its end (`Erasure`)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models.people import User
from accounts.models.workspaces import Workspace
from sentinel.ids import uuid7

ATTEMPTS = 3
LEASE = timedelta(minutes=5)


class ExportState(models.TextChoices):
    PENDING = "pending", "Waiting"
    RUNNING = "running", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"


GOING = (ExportState.PENDING, ExportState.RUNNING)


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def going(self) -> DataExportQuerySet:
        return self.filter(state__in=GOING)

    def waiting(self) -> DataExportQuerySet:
        """Those that nobody is at: never begun, or begun by a worker that died."""
        dead = Q(state=ExportState.RUNNING, lease_until__lt=timezone.now())
        return self.filter(Q(state=ExportState.PENDING) | dead)

    def claim(self, pk: uuid.UUID) -> DataExport | None:
        """The row, for the one worker who may write it now; its `attempts` is the fence."""
        row = self.waiting().filter(pk=pk, attempts__lt=ATTEMPTS).first()
        if row is None:
            return None
        mine = self.waiting().filter(pk=pk, attempts=row.attempts)
        changes = {"state": ExportState.RUNNING, "lease_until": timezone.now() + LEASE, "attempts": F("attempts") + 1}
        return self.select_related("workspace", "asked_by").get(pk=pk) if mine.update(**changes) else None

    def held(self, export: DataExport) -> DataExportQuerySet:
        """The row as long as this attempt is the one that counts."""
        return self.filter(pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts)


class DataExport(models.Model):
    """A copy of all data of a workspace or, without one, of the person who asked. The file lies at `file` only when the
    row says so: what a crash leaves in `folder` is nobody's to download, and goes with the next attempt. `is_cleared`:
    nothing lies there any more."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.CASCADE, related_name="exports")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="exports")
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    # {part, rows, pictures}
    progress = models.JSONField(default=dict)
    error = models.CharField(max_length=200, blank=True)
    file = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(default=0)
    is_cleared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(state__in=GOING), name="one_export_of_a_workspace_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["asked_by"],
                condition=Q(state__in=GOING, workspace=None),
                name="one_export_of_a_person_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Data of {self.workspace or self.asked_by}"

    @property
    def folder(self) -> str:
        return f"exports/{self.pk}"

    @property
    def is_going(self) -> bool:
        return self.state in GOING

    @property
    def is_ready(self) -> bool:
        return self.state == ExportState.READY and self.expires_at is not None and self.expires_at > timezone.now()


class Kind(models.TextChoices):
    PERSON = "person", "Person"
    WORKSPACE = "workspace", "Workspace"
    SITE = "site", "Site"


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def open(self) -> ErasureQuerySet:
        """Asked for, and neither done nor taken back."""
        return self.filter(done_at=None, taken_back_at=None)

    def due(self) -> ErasureQuerySet:
        return self.open().filter(due_at__lte=timezone.now())


class Erasure(models.Model):
    """Something that was deleted: nobody sees it any more, and at `due_at` its rows go. `object_id` has no key behind
    it, because the row outlives the object. `addresses` (of a person) and `people` ([id, role] of a workspace) are
    emptied when it is done. `noted` says how much of it stands in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    object_id = models.UUIDField()
    addresses = models.JSONField(default=list)
    people = models.JSONField(default=list)
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    noted = models.CharField(max_length=10, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "object_id"],
                condition=Q(done_at=None, taken_back_at=None),
                name="one_erasure_at_a_time",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="erasure_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}"
