"""What Webflow told, for support staff: looked at, never changed. Texts are those of customers and stay texts."""

from __future__ import annotations

from django.contrib import admin

from scans.webflow.inbox import Delivery, Publish, Webhook
from scans.webflow.objects import SyncedAsset, SyncedCollection, SyncedForm, SyncedItem, SyncedPage, SyncedSite
from sentinel.admin import Admin, FoundById, ReadOnly


class Told(FoundById, ReadOnly, Admin):
    """They are many: no counting of all, no ordering but by key."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)


@admin.register(SyncedSite)
class SyncedSiteAdmin(Told):
    """`progress` says what a reading is waiting for."""

    list_display = ("name", "workspace", "site", "last_published", "synced_at", "wanted_at", "claimed_until", "gone_at")
    list_filter = (("site", admin.EmptyFieldListFilter), ("gone_at", admin.EmptyFieldListFilter), "synced_at")
    list_select_related = ("workspace", "site")
    search_fields = ("name", "short_name", "webflow_id", "workspace__name")


class OfSite(Told):
    list_display = ("name", "site", "webflow_id", "last_updated", "seen_at", "gone_at")
    list_filter = (("gone_at", admin.EmptyFieldListFilter),)
    list_select_related = ("site",)
    search_fields = ("name", "webflow_id", "site__name")


admin.site.register([SyncedCollection, SyncedAsset, SyncedForm], OfSite)


@admin.register(SyncedPage)
class SyncedPageAdmin(Told):
    list_filter = (("gone_at", admin.EmptyFieldListFilter),)
    list_select_related = ("site",)
    list_display = ("title", "path", "site", "locale_id", "last_updated", "seen_at", "gone_at")
    search_fields = ("title", "path", "webflow_id", "site__name")


@admin.register(SyncedItem)
class SyncedItemAdmin(Told):
    list_filter = (("gone_at", admin.EmptyFieldListFilter),)
    list_display = ("name", "collection", "slug", "draft", "last_published", "seen_at", "gone_at")
    list_select_related = ("collection",)
    search_fields = ("name", "slug", "webflow_id", "collection__site__name")


@admin.register(Webhook)
class WebhookAdmin(Told):
    list_display = ("trigger", "site", "webflow_id", "created_at")
    list_filter = ("trigger",)
    list_select_related = ("site",)
    search_fields = ("webflow_id", "site__name")


@admin.register(Delivery)
class DeliveryAdmin(Told):
    """One webhook each; `payload` is all that was kept of it."""

    list_display = ("trigger", "webflow_site", "sent_at", "received_at", "handled_at", "error")
    list_filter = ("trigger", ("handled_at", admin.EmptyFieldListFilter), ("error", admin.EmptyFieldListFilter))
    search_fields = ("webflow_site", "digest")


@admin.register(Publish)
class PublishAdmin(Told):
    list_display = ("kind", "site", "published_at", "by", "staging", "is_found", "scan", "settled_at", "refusal")
    list_filter = ("kind", "staging", "is_found", "published_at")
    list_select_related = ("site", "scan__site")
    search_fields = ("site__name", "by", "path", "object_id")
