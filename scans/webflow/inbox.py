"""What Webflow tells us by itself. A `Delivery` is one webhook as it came, stored once; a `Publish` is what a few of
them, or the hourly look, say together; a `Webhook` is where we asked to be told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from scans.webflow.objects import ID_LENGTH, SyncedSite
from sentinel.ids import uuid7

TRIGGERS = (
    "site_publish",
    "page_created",
    "page_metadata_updated",
    "page_deleted",
    "collection_item_created",
    "collection_item_changed",
    "collection_item_deleted",
    "collection_item_published",
    "collection_item_unpublished",
)


class Webhook(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(SyncedSite, on_delete=models.CASCADE, related_name="webhooks")
    webflow_id = models.CharField(max_length=ID_LENGTH)
    trigger = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "trigger"], name="webhook_once_per_trigger")]

    def __str__(self) -> str:
        return f"{self.trigger} of {self.site}"


class Delivery(models.Model):
    """`digest` is of the raw body: the same delivery again, at once or after a retry, is the same row. `webflow_site`
    is the id it names; `payload` keeps ids, names and dates, and nothing that visitors or editors wrote. `error`: why
    it was of no use."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    trigger = models.CharField(max_length=40)
    webflow_site = models.CharField(max_length=ID_LENGTH)
    payload = models.JSONField(default=dict)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["received_at"], condition=Q(handled_at=None), name="delivery_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.trigger} {self.sent_at:%Y-%m-%d %H:%M:%S}"


class Kind(models.TextChoices):
    """What was published or changed."""

    SITE = "site", "Site published"
    PAGE = "page", "Page published"
    ITEM = "item", "CMS item changed"
    REMOVAL = "removal", "Page or item removed"


WHOLE = (Kind.SITE, Kind.PAGE)  # what a site's own "last published" tells of


class Publish(models.Model):
    """One change that visitors can see, and the scan that looked what came of it. `hosts` are those it went to;
    `staging` when that is the webflow.io address alone. `object_id` is the page's or item's, `path` where it is or was;
    `by` whom Webflow names, "" when it names nobody. `is_found`: no webhook told us, the hourly look did. `settled_at`:
    no scan was started, for the reason of `refusal`, or because nobody watches the site."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(SyncedSite, on_delete=models.CASCADE, related_name="publishes")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SITE)
    published_at = models.DateTimeField()
    by = models.CharField(max_length=200, blank=True)
    hosts = models.JSONField(default=list)
    staging = models.BooleanField(default=False)
    object_id = models.CharField(max_length=ID_LENGTH, blank=True)
    name = models.CharField(max_length=500, blank=True)
    path = models.CharField(max_length=2048, blank=True)
    is_found = models.BooleanField(default=False)
    noted_at = models.DateTimeField(default=timezone.now)
    scan = models.ForeignKey("scans.Scan", null=True, on_delete=models.SET_NULL, related_name="publishes")
    settled_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-published_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "kind", "published_at", "object_id"], name="publish_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["site"], condition=Q(scan=None, settled_at=None), name="publish_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.published_at:%Y-%m-%d %H:%M:%S}"
