"""The copy of a site as the checks see it (scans.snapshot.webflow)."""

from __future__ import annotations

from datetime import datetime

from scans.snapshot import (
    WebflowAsset,
    WebflowCollection,
    WebflowDeleted,
    WebflowDomain,
    WebflowItem,
    WebflowLocale,
    WebflowPage,
    WebflowSite,
)
from scans.webflow.objects import SyncedItem, SyncedSite

MOST = 10_000  # of each kind


def of(site: SyncedSite | None) -> WebflowSite | None:
    """None for a site that is not connected, or not read yet."""
    if site is None or site.synced_at is None or site.gone_at is not None:
        return None
    return WebflowSite(
        id=site.webflow_id,
        short_name=site.short_name,
        display_name=site.name,
        last_published=site.last_published,
        last_updated=site.last_updated,
        domains=tuple(
            WebflowDomain(one["id"], one["host"], _moment(one.get("last_published"))) for one in site.domains
        ),
        locales=tuple(WebflowLocale(one["id"], one["cms_locale_id"], one["subdirectory"]) for one in site.locales),
        pages=_pages(site),
        collections=tuple(
            WebflowCollection(row.webflow_id, row.name, row.slug) for row in site.collections.filter(gone_at=None)
        ),
        items=_items(site),
        assets=tuple(
            WebflowAsset(row.webflow_id, row.content_type, row.url, row.name, row.alt)
            for row in site.assets.filter(gone_at=None)[:MOST]
        ),
        deleted=_deleted(site),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _pages(site: SyncedSite) -> tuple[WebflowPage, ...]:
    return tuple(
        WebflowPage(
            id=row.webflow_id,
            title=row.title,
            slug=row.slug,
            parent_id=row.parent_id,
            collection_id=row.collection_id,
            last_updated=row.last_updated,
            archived=row.archived,
            draft=row.draft,
            is_branch=row.is_branch,
            seo_title=row.seo_title,
            seo_description=row.seo_description,
            locale_id=row.locale_id,
            published_path=row.path,
        )
        for row in site.pages.filter(gone_at=None)[:MOST]
    )


def _items(site: SyncedSite) -> tuple[WebflowItem, ...]:
    rows = SyncedItem.objects.filter(collection__site=site, collection__gone_at=None, gone_at=None)
    return tuple(
        WebflowItem(
            id=row.webflow_id,
            collection_id=row.collection.webflow_id,
            name=row.name,
            slug=row.slug,
            cms_locale_id=row.cms_locale_id,
            last_published=row.last_published,
            last_updated=row.last_updated,
            is_archived=row.archived,
            is_draft=row.draft,
        )
        for row in rows.select_related("collection")[:MOST]
    )


def _deleted(site: SyncedSite) -> tuple[WebflowDeleted, ...]:
    pages = site.pages.filter(gone_at__isnull=False).exclude(path="")
    items = SyncedItem.objects.filter(collection__site=site, gone_at__isnull=False).exclude(slug="")
    gone = [WebflowDeleted(row.webflow_id, row.path, row.title) for row in pages[:MOST]]
    for row in items.select_related("collection")[:MOST]:
        if row.collection.slug:
            path = f"/{row.collection.slug}/{row.slug}"
            gone.append(WebflowDeleted(row.webflow_id, path, row.name, row.collection.webflow_id))
    return tuple(gone)
