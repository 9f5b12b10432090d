"""Each kind of object: how it is read, what of it is kept. A part yields how many it has read so far; what it does not
meet any more is marked as gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import Max

from accounts.webflow import content, shapes
from accounts.webflow.client import WebflowClient
from accounts.webflow.errors import NotFound
from accounts.webflow.ids import is_element, is_id
from scans.webflow.objects import (
    SyncedAsset,
    SyncedCollection,
    SyncedForm,
    SyncedItem,
    SyncedPage,
    SyncedSite,
)

BATCH = 100
MOST_ITEMS = 10_000  # of one collection and locale
ITEMS_WHOLE_EVERY = timedelta(days=1)
MARGIN = timedelta(minutes=2)  # between Webflow's clock and ours
BIGGEST = 2**63 - 1
_KEPT = {"id", "site", "collection", "items_until", "items_read_at", "items_whole_at"}

Part = Callable[[SyncedSite, WebflowClient, datetime], Iterator[int]]


def domains_of(site: shapes.Site) -> list[dict[str, Any]]:
    return [{"id": one.id, "host": one.host[:300], "last_published": _iso(one.last_published)} for one in site.domains]


def locales_of(site: shapes.Site) -> list[dict[str, str]]:
    every = [site.primary_locale] if site.primary_locale else []
    return [
        {"id": one.id, "cms_locale_id": one.cms_locale_id, "tag": one.tag, "subdirectory": one.subdirectory}
        for one in (*every, *(locale for locale in site.secondary_locales if locale.enabled))
    ]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _id(value: str) -> str:
    """Of another object; "" for what is none."""
    return value if is_id(value) else ""


def _pages(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
    secondary = [str(locale["id"]) for locale in site.locales[1:] if is_id(str(locale["id"]))]
    rows = (
        _page(site, page, locale, started)
        for locale in ("", *secondary)
        for page in client.pages(site.webflow_id, locale_id=locale)
        if is_id(page.id)
    )
    yield from _keep(SyncedPage, rows, ["site", "webflow_id", "locale_id"])
    _mark_gone(site.pages, started)


def _page(site: SyncedSite, told: shapes.Page, locale: str, started: datetime) -> SyncedPage:
    return SyncedPage(
        site=site,
        webflow_id=told.id,
        locale_id=_id(told.locale_id) or locale,
        last_updated=told.last_updated,
        seen_at=started,
        title=told.title[:500],
        slug=told.slug[:500],
        path=told.published_path[:2048],
        parent_id=_id(told.parent_id),
        collection_id=_id(told.collection_id),
        draft=told.draft,
        archived=told.archived,
        is_branch=told.is_branch,
        seo_title=told.seo_title or "",
        seo_description=told.seo_description or "",
        og_title=told.og_title or "",
        og_title_copied=told.og_title_copied,
        og_description=told.og_description or "",
        og_description_copied=told.og_description_copied,
    )


def _collections(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
    """The list, and the fields of those that changed since they were read."""
    known = {row.webflow_id: row for row in site.collections.all()}
    rows = []
    for told in client.collections(site.webflow_id):
        if not is_id(told.id):
            continue
        row = known.get(told.id)
        fields = row.fields if row else []
        if not fields or (row and row.last_updated != told.last_updated):
            with suppress(NotFound):  # deleted since it was listed
                fields = [_field(field) for field in client.collection(told.id).fields]
        rows.append(
            SyncedCollection(
                site=site,
                webflow_id=told.id,
                last_updated=told.last_updated,
                seen_at=started,
                name=told.name[:200],
                slug=told.slug[:200],
                fields=fields,
            )
        )
        yield len(rows)
    yield from _keep(SyncedCollection, rows, ["site", "webflow_id"])
    _mark_gone(site.collections, started)


def _field(field: content.Field) -> dict[str, Any]:
    return {
        "slug": field.slug,
        "name": field.name[:200],
        "type": field.type,
        "required": field.required,
        "editable": field.editable,
    }


def _items(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
    """One collection after the other; those that this reading has done before it was cut off are not read again."""
    locales = [str(locale["cms_locale_id"]) for locale in site.locales[1:] if is_element(str(locale["cms_locale_id"]))]
    read = done = 0
    for collection in site.collections.filter(gone_at=None).exclude(items_read_at=started):
        with suppress(NotFound):  # deleted since it was listed
            for done in _items_of(collection, client, started, ["", *locales]):
                yield read + done
            read += done


def _items_of(
    collection: SyncedCollection, client: WebflowClient, started: datetime, locales: list[str]
) -> Iterator[int]:
    """What changed since the last reading, and all of them when that was a day ago: only so is it seen what is gone."""
    is_whole = collection.items_whole_at is None or collection.items_whole_at < started - ITEMS_WHOLE_EVERY
    since = None if is_whole else collection.items_until
    read, most = 0, 0
    for locale in locales:
        done = 0
        told = client.items(collection.webflow_id, cms_locale_id=locale, since=since)
        rows = (_item(collection, item, locale, started) for item in islice(told, MOST_ITEMS) if is_id(item.id))
        for done in _keep(SyncedItem, rows, ["collection", "webflow_id", "cms_locale_id"]):
            yield read + done
        read, most = read + done, max(most, done)
    if is_whole and most < MOST_ITEMS:  # what lies beyond was not looked at
        _mark_gone(collection.items, started)
    _note_read(collection, started, is_whole)


def _note_read(collection: SyncedCollection, started: datetime, is_whole: bool) -> None:
    """Only now, when all was read: a reading that is cut off has the newest and not yet the older ones."""
    last = collection.items.aggregate(last=Max("last_updated"))["last"]
    until = min(last, started - MARGIN) if last else None
    whole = {"items_whole_at": started} if is_whole else {}
    SyncedCollection.objects.filter(pk=collection.pk).update(items_read_at=started, items_until=until, **whole)


def _item(collection: SyncedCollection, told: content.Item, locale: str, started: datetime) -> SyncedItem:
    return SyncedItem(
        collection=collection,
        webflow_id=told.id,
        cms_locale_id=told.cms_locale_id[:64] or locale,
        last_updated=told.last_updated,
        seen_at=started,
        name=told.name[:500],
        slug=told.slug[:500],
        draft=told.draft,
        archived=told.archived,
        last_published=told.last_published,
    )


def _assets(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
    rows = (
        SyncedAsset(
            site=site,
            webflow_id=told.id,
            last_updated=told.last_updated,
            seen_at=started,
            name=(told.name or told.file_name)[:500],
            content_type=told.content_type[:100],
            size=told.size if told.size is None or 0 <= told.size <= BIGGEST else None,
            url=told.url[:2048],
            alt=told.alt or "",
        )
        for told in client.assets(site.webflow_id)
        if is_id(told.id)
    )
    yield from _keep(SyncedAsset, rows, ["site", "webflow_id"])
    _mark_gone(site.assets, started)


def _forms(site: SyncedSite, client: WebflowClient, started: datetime) -> Iterator[int]:
    rows = (
        SyncedForm(
            site=site,
            webflow_id=told.id,
            last_updated=told.last_updated,
            seen_at=started,
            name=told.name[:200],
            page_id=_id(told.page_id),
            page_name=told.page_name[:200],
            element_id=told.element_id[:64],
            fields=[{"id": field.id, "name": field.name[:200], "type": field.type} for field in told.fields],
            redirect_url=told.redirect_url[:2048],
        )
        for told in client.forms(site.webflow_id)
        if is_id(told.id)
    )
    yield from _keep(SyncedForm, rows, ["site", "webflow_id"])
    _mark_gone(site.forms, started)


def _keep(model: Any, rows: Iterable[models.Model], unique: list[str]) -> Iterator[int]:
    """In batches; a row that is there keeps its id. An object told twice in one answer is kept once."""
    changing = [field.name for field in model._meta.fields if field.name not in {*_KEPT, *unique}]
    done, batch = 0, dict[tuple[Any, ...], models.Model]()
    for row in rows:
        batch[tuple(getattr(row, name) for name in unique)] = row
        if len(batch) == BATCH:
            done += _write(model, batch, unique, changing)
            yield done
    yield done + _write(model, batch, unique, changing)


def _write(model: Any, batch: dict[tuple[Any, ...], models.Model], unique: list[str], changing: list[str]) -> int:
    model.objects.bulk_create(batch.values(), update_conflicts=True, unique_fields=unique, update_fields=changing)
    written = len(batch)
    batch.clear()
    return written


def _mark_gone(rows: Any, started: datetime) -> None:
    rows.filter(seen_at__lt=started, gone_at=None).update(gone_at=started)


PARTS: dict[str, Part] = {
    "pages": _pages,
    "collections": _collections,
    "items": _items,
    "assets": _assets,
    "forms": _forms,
}
