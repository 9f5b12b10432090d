"""A change that somebody made in Webflow from here, with what stood there before."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from scans.baselines import URL_LIMIT
from scans.webflow.objects import ID_LENGTH
from sentinel.ids import uuid7

COPIED = {"copied": True}  # the value of a text for sharing that is taken from the SEO settings


class FixKind(models.TextChoices):
    PAGE = "page", "Page"
    ITEM = "item", "CMS item"
    ASSET = "asset", "Picture in Assets"


class FixState(models.TextChoices):
    UNDERWAY = "underway", "Being sent"
    STAGED = "staged", "Saved in Webflow, not live yet"
    LIVE = "live", "Published, being checked"
    VERIFIED = "verified", "Live, and the check agrees"
    UNCONFIRMED = "unconfirmed", "Live, but the check still finds the problem"
    UNDONE = "undone", "Taken back"
    FAILED = "failed", "Not done"


IN_FORCE = (FixState.STAGED, FixState.LIVE, FixState.VERIFIED, FixState.UNCONFIRMED)
PUBLISHED = (FixState.LIVE, FixState.VERIFIED, FixState.UNCONFIRMED)


class Fix(models.Model):
    """One field of one object. `parent_id` is an item's collection; `part` the file of a field with pictures, whose
    alternative text is meant. `old` and `new` are texts; COPIED for a text that is taken from the SEO settings.

    `page` is the page of the finding, to be looked at again: by `scan`, once it is live (`live_at`). `check_at`: when
    to ask next what became of it; None when nothing is to come any more. `checks`: how often a check disagreed.
    `begun_at`: since when a change of it is under way."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey("scans.Site", on_delete=models.CASCADE, related_name="fixes")
    issue = models.ForeignKey("scans.Issue", on_delete=models.CASCADE, related_name="fixes")
    page = models.ForeignKey("scans.Page", null=True, on_delete=models.SET_NULL, related_name="+")
    url = models.CharField(max_length=URL_LIMIT)
    kind = models.CharField(max_length=8, choices=FixKind.choices)
    object_id = models.CharField(max_length=ID_LENGTH)
    parent_id = models.CharField(max_length=ID_LENGTH, blank=True)
    locale = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=200)
    part = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=200)
    name = models.CharField(max_length=500)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    state = models.CharField(max_length=12, choices=FixState.choices, default=FixState.UNDERWAY)
    error = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    live_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)
    scan = models.ForeignKey("scans.Scan", null=True, on_delete=models.SET_NULL, related_name="+")
    checks = models.PositiveSmallIntegerField(default=0)
    check_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "object_id", "locale", "field", "part"],
                condition=Q(state="underway"),
                name="one_fix_underway",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="fix_to_check"),
            models.Index(fields=["site", "-id"], name="fix_of_site"),
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.name}"

    @property
    def is_in_force(self) -> bool:
        return self.state in IN_FORCE

    @property
    def is_public(self) -> bool:
        return self.state in PUBLISHED

    @property
    def may_publish_alone(self) -> bool:
        """A picture of Assets has no publish of its own."""
        return self.state == FixState.STAGED and self.kind != FixKind.ASSET

    @property
    def old_words(self) -> str:
        return words(self.old)

    @property
    def new_words(self) -> str:
        return words(self.new)

    @property
    def redirect_line(self) -> str:
        """A line for Site settings › Publishing › 301 redirects: where a page was, where it is now."""
        if self.field != "slug" or self.state == FixState.FAILED:
            return ""
        path = "/" + self.url.partition("://")[2].partition("/")[2].rstrip("/")
        folder = path.rpartition("/")[0]
        return f"{path},{folder}/{words(self.new)}"


def words(value: object) -> str:
    """A value for people."""
    if value == COPIED:
        return "the same as in the SEO settings"
    return value if isinstance(value, str) else ""


STALE = timedelta(minutes=5)  # a fix that is under way for longer was cut off
