"""The scanners as everybody else sees them: one row for each process, renewed every two seconds on the database's
clock, gone when the process is. Whoever asks how many scans can be taken, or which browsers there are, asks here.

`Tally` holds the counts that outlive the rows they were counted from."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Sum
from django.db.models.functions import Now

from sentinel.ids import uuid7

BEAT_S = 2.0
ALIVE = timedelta(seconds=10)  # five beats
GONE = timedelta(seconds=30)


class ScannerQuerySet(models.QuerySet["ScannerProcess"]):
    def alive(self) -> ScannerQuerySet:
        return self.filter(seen_at__gt=Now() - ALIVE)

    def gone(self) -> ScannerQuerySet:
        return self.filter(seen_at__lt=Now() - GONE)

    def slots(self, region: str) -> int:
        """Scans that the living scanners of a region can run at once."""
        taking = self.alive().filter(region=region, stopping=False)
        return int(taking.aggregate(slots=Sum("slots"))["slots"] or 0)

    def beat(self, pk: uuid.UUID, **figures: Any) -> None:
        """A sign of life; also of a process that was taken for dead and is not."""
        if not self.filter(pk=pk).update(seen_at=Now(), **figures):
            self.create(pk=pk, started_at=Now(), seen_at=Now(), **figures)


class ScannerProcess(models.Model):
    """One `manage.py scanner`. `state` is its pool's `PoolState` as plain JSON, {} where it has no browsers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    region = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    slots = models.PositiveSmallIntegerField(default=0)
    running = models.PositiveSmallIntegerField(default=0)
    stopping = models.BooleanField(default=False)
    state = models.JSONField(default=dict)

    objects = ScannerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["region", "host", "pid"]
        verbose_name_plural = "scanner processes"

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"

    @property
    def leases(self) -> list[dict[str, Any]]:
        return list(self.state.get("leases") or [])

    @property
    def browsers(self) -> list[dict[str, Any]]:
        """As `scans.browser.state.BrowserState` names them."""
        return list(self.state.get("browsers") or [])

    @property
    def memory_mb(self) -> int:
        """Of all its browsers now."""
        return sum(int(browser.get("memory_mb") or 0) for browser in self.browsers)


class TallyQuerySet(models.QuerySet["Tally"]):
    def add(self, name: str, number: int = 1) -> None:
        if number and not self.filter(name=name).update(total=F("total") + number):
            self.bulk_create([Tally(name=name)], ignore_conflicts=True)
            self.filter(name=name).update(total=F("total") + number)


class Tally(models.Model):
    name = models.CharField(max_length=40, primary_key=True)
    total = models.BigIntegerField(default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.name}: {self.total}"
