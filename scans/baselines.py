"""What pages are to look like: approved pictures, and where the newest ones differ from them.

A `Baseline` is one approved picture; one of each site, URL and viewport is current, those it replaced stay as long as
somebody may look at them or take the approval back. A `VisualChange` is one picture of one scan that differs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from sentinel.ids import uuid7

URL_LIMIT = 2048


class Baseline(models.Model):
    """`file` is that of the scan it comes from until that scan is deleted, then a copy of its own. `digest` is that of
    the file, `ignored` as in `Shot`. `approved_by` is empty for the first picture of a page, which nobody approved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey("scans.Site", on_delete=models.CASCADE, related_name="baselines")
    url = models.CharField(max_length=URL_LIMIT)
    viewport = models.CharField(max_length=10)
    is_current = models.BooleanField(default=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    file = models.FileField(max_length=200)
    digest = models.CharField(max_length=32)
    ignored = models.JSONField(default=list)
    scan = models.ForeignKey("scans.Scan", null=True, on_delete=models.SET_NULL, related_name="+")
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "url", "viewport"], condition=Q(is_current=True), name="one_current_baseline"
            )
        ]

    def __str__(self) -> str:
        return f"{self.url} at {self.viewport}"


class VisualChangeQuerySet(models.QuerySet["VisualChange"]):
    """A change is approved when this very picture is what the page is to look like now."""

    def approved(self) -> VisualChangeQuerySet:
        return self.filter(Exists(_same()))

    def unapproved(self) -> VisualChangeQuerySet:
        return self.filter(~Exists(_same()))


def _same() -> models.QuerySet[Baseline]:
    return Baseline.objects.filter(
        is_current=True,
        site=OuterRef("page__scan__site"),
        url=OuterRef("page__url"),
        viewport=OuterRef("viewport"),
        digest=OuterRef("digest"),
    )


class VisualChange(models.Model):
    """The picture of `page` at `viewport` (its `Shot`) beside the baseline `before`. `boxes` are [x, y, width, height]
    on the page's picture, the largest first; `taller`: by how many pixels the page grew, or shrank."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    page = models.ForeignKey("scans.Page", on_delete=models.CASCADE, related_name="visual_changes")
    viewport = models.CharField(max_length=10)
    before = models.ForeignKey(Baseline, on_delete=models.CASCADE, related_name="changes")
    digest = models.CharField(max_length=32)
    percent = models.FloatField()
    taller = models.IntegerField(default=0)
    boxes = models.JSONField(default=list)

    objects = VisualChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["page", "viewport"], name="one_visual_change_per_viewport")
        ]

    def __str__(self) -> str:
        return f"{self.page} at {self.viewport}: {self.percent:.2f} %"
