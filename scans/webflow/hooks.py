"""A webhook: verified on its raw bytes, stored once, answered at once. What it means is worked out later, from the row,
in any order and as often as need be.

A delivery is only a reason to look. What it may do is write a publish down (once, by its moment and object), say that
a page or an item is gone, and have the site's objects read again; all end in the same state whatever comes first. Ids,
moments, names and paths are kept of it, and nothing else that a visitor or an editor wrote."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from accounts.webflow import reading
from accounts.webflow.ids import is_id
from accounts.webflow.reading import clean
from accounts.webflow.signature import Verdict, verify
from scans.webflow import publishes
from scans.webflow.inbox import TRIGGERS, Delivery, Kind
from scans.webflow.objects import SyncedItem, SyncedSite

logger = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
BATCH = 200
_AGO, _AHEAD = timedelta(days=1), timedelta(minutes=5)  # a moment farther from its delivery is not believed
_IDS = ("siteId", "site", "pageId", "id", "collectionId", "cmsLocaleId")
_WORDS = ("publishScope", "publishedPath", "pageTitle", "publishedOn", "publishTime", "deletedOn", "lastPublished")
_KINDS = {
    "collection_item_published": Kind.ITEM,
    "collection_item_unpublished": Kind.REMOVAL,
    "collection_item_deleted": Kind.REMOVAL,
    "page_deleted": Kind.REMOVAL,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is the HTTP status: Webflow repeats a delivery that does not get 200, so everything signed does."""

    status: int
    words: str


def receive(raw: bytes, timestamp: str, signature: str) -> Answer:
    now_ms = int(timezone.now().timestamp() * 1000)
    verdict = verify(raw, timestamp, signature, secrets=settings.WEBFLOW_CLIENT_SECRETS, now_ms=now_ms)
    if verdict in (Verdict.UNSIGNED, Verdict.FORGED):
        return Answer(401, "not signed by Webflow")
    if verdict is not Verdict.VALID:
        # signed, but old: a repeat of Webflow's own or somebody's recording. The hourly look finds what was lost.
        logger.info("a webhook was %s", verdict.value)
        return Answer(200, "too old")
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return Answer(200, "no JSON")
    sent_at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    return _store(said, hashlib.sha256(raw).hexdigest(), sent_at)


def _store(said: Any, digest: str, sent_at: datetime) -> Answer:
    trigger, payload = _unwrapped(said)
    site = _text(payload.get("siteId")) or _text(payload.get("site"))
    if trigger not in TRIGGERS or not is_id(site):
        return Answer(200, "of no use")
    if not SyncedSite.objects.filter(webflow_id=site, gone_at=None).exists():
        return Answer(200, "not a site of ours")
    row = Delivery(digest=digest, trigger=trigger, webflow_site=site, payload=_kept(payload), sent_at=sent_at)
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    return Answer(200, "taken")


def _unwrapped(said: Any) -> tuple[str, Mapping[str, Any]]:
    """Trigger and payload. One of Webflow's examples nests a second pair; several items that are published at once
    come as a list: what is scanned is the site, so the first stands for all."""
    if not isinstance(said, dict):
        return "", {}
    trigger, payload = _text(said.get("triggerType")), said.get("payload")
    if isinstance(payload, dict) and isinstance(payload.get("payload"), dict):
        payload = payload["payload"]
    if isinstance(payload, dict) and isinstance(items := payload.get("items"), list) and items:
        payload = items[0]
    return trigger, payload if isinstance(payload, dict) else {}


def _text(value: Any, most: int = 500) -> str:
    """Without what a database cannot keep."""
    return clean(value)[:most] if isinstance(value, str) else ""


def _kept(payload: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: ident for name in _IDS if is_id(ident := _text(payload.get(name)))}
    kept |= {name: words for name in _WORDS if (words := _text(payload.get(name)))}
    who, fields, hosts = payload.get("publishedBy"), payload.get("fieldData"), payload.get("domains")
    if isinstance(who, dict) and (name := _text(who.get("displayName"), 200)):
        kept["by"] = name
    if isinstance(fields, dict):
        kept |= {key: words for key in ("name", "slug") if (words := _text(fields.get(key)))}
    if isinstance(hosts, list):
        kept["domains"] = [host for each in hosts[:50] if (host := _host(_text(each, 300)))]
    return kept


def _host(text: str) -> str:
    """Webflow names hosts; an address is understood as well."""
    return text.partition("://")[2].partition("/")[0].lower() if "://" in text else text.rstrip("/").lower()


def handle() -> int:
    """Works off what waits, oldest first; returns how many rows. Any number of processes may be at it."""
    waiting = Delivery.objects.filter(handled_at=None).order_by("sent_at")
    return sum(_handle(delivery) for delivery in waiting[:BATCH])


def _handle(delivery: Delivery) -> bool:
    """In one transaction with the mark that it is done: a crash leaves the row waiting, and no half of it. What the
    database does not take is put aside with the reason: it must not stand in the way of the others."""
    waiting = Delivery.objects.filter(pk=delivery.pk, handled_at=None)
    try:
        with transaction.atomic():
            if not waiting.update(handled_at=timezone.now()):
                return False
            for site in SyncedSite.objects.filter(webflow_id=delivery.webflow_site, gone_at=None):
                _note(site, delivery)
    except (DataError, IntegrityError, ValueError) as error:
        logger.exception("delivery %s is put aside", delivery.pk)
        waiting.update(handled_at=timezone.now(), error=type(error).__name__)
    return True


def _note(site: SyncedSite, delivery: Delivery) -> None:
    payload = delivery.payload
    SyncedSite.objects.filter(pk=site.pk).update(wanted_at=timezone.now())
    if delivery.trigger == "site_publish":
        page = payload.get("pageId", "") if payload.get("publishScope") == "page" else ""
        named = site.pages.filter(webflow_id=page).first() if page else None
        publishes.note(
            site,
            Kind.PAGE if page else Kind.SITE,
            _moment(delivery, "publishedOn", "publishTime"),
            hosts=payload.get("domains", ()),
            by=payload.get("by", ""),
            object_id=page,
            name=str(named) if named else "",
            path=named.path if named else "",
        )
    elif delivery.trigger == "page_deleted":
        _note_page(site, delivery)
    elif kind := _KINDS.get(delivery.trigger):
        _note_item(site, kind, delivery)


def _note_page(site: SyncedSite, delivery: Delivery) -> None:
    payload = delivery.payload
    rows = site.pages.filter(webflow_id=payload.get("pageId", ""))
    known = rows.first()
    publishes.note(
        site,
        Kind.REMOVAL,
        _moment(delivery, "deletedOn"),
        object_id=payload.get("pageId", ""),
        name=payload.get("pageTitle") or (known.title if known else ""),
        path=payload.get("publishedPath") or (known.path if known else ""),
    )
    rows.filter(gone_at=None).update(gone_at=delivery.sent_at)


def _note_item(site: SyncedSite, kind: Kind, delivery: Delivery) -> None:
    """An item that was unpublished or deleted has no moment of its own: what it names are earlier changes."""
    payload = delivery.payload
    rows = SyncedItem.objects.filter(collection__site=site, webflow_id=payload.get("id", ""))
    known = rows.first()
    collection = site.collections.filter(webflow_id=payload.get("collectionId", "")).first()
    slug = payload.get("slug") or (known.slug if known else "")
    publishes.note(
        site,
        kind,
        _moment(delivery, *(["lastPublished"] if kind is Kind.ITEM else [])),
        object_id=payload.get("id", ""),
        name=payload.get("name") or (known.name if known else ""),
        path=f"/{collection.slug}/{slug}" if collection and collection.slug and slug else "",
    )
    if delivery.trigger == "collection_item_deleted":
        rows.filter(gone_at=None).update(gone_at=delivery.sent_at)


def _moment(delivery: Delivery, *names: str) -> datetime:
    """The first of the payload's own that can be; else when it was sent."""
    sent = delivery.sent_at
    for name in names:
        moment = reading.moment(delivery.payload, name)
        if moment is not None and sent - _AGO < moment < sent + _AHEAD:
            return moment
    return sent


def tick() -> int:
    """What every scanner does twice a second: what was delivered becomes publishes, and these become scans."""
    return handle() + publishes.start_due()
