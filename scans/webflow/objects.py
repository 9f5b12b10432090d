"""The copy of what Webflow's Data API tells of a site. A `SyncedSite` is any site that a connection reaches; it has a
`site` once somebody watches it. The rest are its objects, each with the id that Webflow gave it.

Rows are overwritten by each sync and never edited by people. What is gone at Webflow keeps its row, with `gone_at`, as
long as links may lead there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import WebflowConnection, Workspace
from sentinel.ids import uuid7

ID_LENGTH = 24


def address_of(host: str) -> str:
    """The API names hosts alone. Those that the operator opened are servers on the operator's own machines."""
    return f"{'http' if host in settings.SCAN_ALLOWED_HOSTS else 'https'}://{host}/"


def is_staging(host: str) -> bool:
    """Whether a host is one of Webflow's own addresses; the stand-in's are servers that the operator opened."""
    return host.endswith(".webflow.io") or host in settings.SCAN_ALLOWED_HOSTS


class SyncedSite(models.Model):
    """`domains` are {id, host, last_published}, `locales` {id, cms_locale_id, tag, subdirectory}, the primary one
    first. `listed_at` is when the site itself was read last, `synced_at` when all its objects were, `wanted_at` since
    when they are to be read again. `progress` is that of the reading under way, {part, done, started_at}, and what came
    of the last: {notes, error}. Until `claimed_until` a job is at it, or waits because Webflow asked for a pause."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="webflow_sites")
    connection = models.ForeignKey(
        WebflowConnection, null=True, blank=True, on_delete=models.SET_NULL, related_name="sites"
    )
    site = models.OneToOneField("scans.Site", null=True, blank=True, on_delete=models.SET_NULL, related_name="webflow")
    webflow_id = models.CharField(max_length=ID_LENGTH)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=200, blank=True)
    picture_url = models.CharField(max_length=2048, blank=True)
    domains = models.JSONField(default=list)
    locales = models.JSONField(default=list)
    last_published = models.DateTimeField(null=True)
    last_updated = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(null=True)
    wanted_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    hooks_checked_at = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "webflow_id"], name="webflow_site_once_per_workspace")
        ]
        indexes: ClassVar = [models.Index(fields=["webflow_id"], name="webflow_site_id")]

    def __str__(self) -> str:
        return self.name

    @property
    def staging_host(self) -> str:
        """The webflow.io address; "" when the API does not name it."""
        return f"{self.short_name}.webflow.io" if self.short_name else ""

    @property
    def live_url(self) -> str:
        """Where visitors come: the first custom domain that was published to, else the webflow.io address. A domain
        that was only written down in Webflow may be anybody's."""
        hosts = [str(domain["host"]) for domain in self.domains if domain.get("last_published")]
        return address_of((hosts or [self.staging_host])[0])

    @property
    def picture(self) -> str:
        """Its address, if it is where pages of ours may load pictures from."""
        return self.picture_url if self.picture_url.startswith(f"{settings.WEBFLOW_PICTURES_ORIGIN}/") else ""

    @property
    def designer_url(self) -> str:
        return f"{settings.WEBFLOW_DESIGNER_URL}/{self.short_name}"

    def is_staging_only(self, hosts: Sequence[str]) -> bool:
        """Whether a publish went to the webflow.io address alone, and the site has another one for visitors."""
        own = {str(domain["host"]) for domain in self.domains}
        return bool(own and hosts) and all(host not in own and is_staging(host) for host in hosts)


class Synced(models.Model):
    """What all objects of a site have in common. `seen_at`: when the API listed it last."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webflow_id = models.CharField(max_length=ID_LENGTH)
    last_updated = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class SyncedPage(Synced):
    """A static page, or with `collection_id` the template of a collection; `path` is where it is published."""

    site = models.ForeignKey(SyncedSite, on_delete=models.CASCADE, related_name="pages")
    locale_id = models.CharField(max_length=ID_LENGTH, blank=True)
    title = models.CharField(max_length=500, blank=True)
    slug = models.CharField(max_length=500, blank=True)
    path = models.CharField(max_length=2048, blank=True)
    parent_id = models.CharField(max_length=ID_LENGTH, blank=True)
    collection_id = models.CharField(max_length=ID_LENGTH, blank=True)
    draft = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    is_branch = models.BooleanField(default=False)
    seo_title = models.TextField(blank=True)
    seo_description = models.TextField(blank=True)
    og_title = models.TextField(blank=True)
    og_title_copied = models.BooleanField(default=True)
    og_description = models.TextField(blank=True)
    og_description_copied = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "webflow_id", "locale_id"], name="webflow_page_once_per_locale")
        ]

    def __str__(self) -> str:
        return self.title or self.slug or "Home"


class SyncedCollection(Synced):
    """`fields` are {slug, name, type, required, editable}. Of its items every change up to `items_until` is known;
    `items_read_at` and `items_whole_at` are when the readings began that read the changed ones and all of them."""

    site = models.ForeignKey(SyncedSite, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=200, blank=True)
    fields = models.JSONField(default=list)
    items_until = models.DateTimeField(null=True)
    items_read_at = models.DateTimeField(null=True)
    items_whole_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "webflow_id"], name="webflow_collection_once")]

    def __str__(self) -> str:
        return self.name


class SyncedItem(Synced):
    """Without its fields: what a fix needs of them is read at that moment."""

    collection = models.ForeignKey(SyncedCollection, on_delete=models.CASCADE, related_name="items")
    cms_locale_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=500, blank=True)
    slug = models.CharField(max_length=500, blank=True)
    draft = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    last_published = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["collection", "webflow_id", "cms_locale_id"], name="webflow_item_once_per_locale"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SyncedAsset(Synced):
    site = models.ForeignKey(SyncedSite, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=500, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.BigIntegerField(null=True)
    url = models.CharField(max_length=2048, blank=True)
    alt = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "webflow_id"], name="webflow_asset_once")]

    def __str__(self) -> str:
        return self.name


class SyncedForm(Synced):
    """`fields` are {id, name, type}."""

    site = models.ForeignKey(SyncedSite, on_delete=models.CASCADE, related_name="forms")
    name = models.CharField(max_length=200, blank=True)
    page_id = models.CharField(max_length=ID_LENGTH, blank=True)
    page_name = models.CharField(max_length=200, blank=True)
    element_id = models.CharField(max_length=64, blank=True)
    fields = models.JSONField(default=list)
    redirect_url = models.CharField(max_length=2048, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "webflow_id"], name="webflow_form_once")]

    def __str__(self) -> str:
        return self.name
