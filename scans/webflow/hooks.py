"""A webhook: verified on its raw bytes, stored once, answered at once. What it means is worked out later, from the row,
in any order and as often as need be.

A delivery is only a reason to look. What it may do is write a publish down (once, by its moment and object) and have
the site's objects read again; both end in the same state whatever comes first. Nothing a visitor or an editor wrote is
kept of it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.webflow.ids import is_id
from accounts.webflow.signature import Verdict, verify
from scans.webflow import publishes
from scans.webflow.inbox import Delivery, Kind
from scans.webflow.objects import SyncedItem, SyncedPage, SyncedSite

logger = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
BATCH = 200
# what these say is of no interest to us, or may be a visitor's
IGNORED = ("form_submission", "comment_created", "ecomm_new_order", "ecomm_order_changed", "ecomm_inventory_changed")
_IDS = ("siteId", "site", "pageId", "id", "collectionId", "cmsLocaleId")
_WORDS = (
    "publishScope",
    "publishedPath",
    "pageTitle",
    "publishedOn",
    "publishTime",
    "deletedOn",
    "lastPublished",
    "lastUpdated",
)
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
    except ValueError:
        return Answer(200, "no JSON")
    sent_at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    return _store(said, hashlib.sha256(raw).hexdigest(), sent_at)


def _store(said: Any, digest: str, sent_at: datetime) -> Answer:
    trigger, payload = _unwrapped(said)
    site = str(payload.get("siteId") or payload.get("site") or "")
    if not trigger or trigger in IGNORED or not is_id(site):
        return Answer(200, "of no use")
    if not SyncedSite.objects.filter(webflow_id=site).exists():
        return Answer(200, "not a site of ours")
    row = Delivery(digest=digest, trigger=trigger[:40], webflow_site=site, payload=_kept(payload), sent_at=sent_at)
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    return Answer(200, "taken")


def _unwrapped(said: Any) -> tuple[str, Mapping[str, Any]]:
    """Trigger and payload; one of Webflow's examples nests a second pair."""
    if not isinstance(said, dict):
        return "", {}
    trigger, payload = said.get("triggerType"), said.get("payload")
    if isinstance(payload, dict) and isinstance(payload.get("payload"), dict):
        payload = payload["payload"]
    return str(trigger or ""), payload if isinstance(payload, dict) else {}


def _kept(payload: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: ident for name in _IDS if is_id(ident := str(payload.get(name) or ""))}
    kept |= {name: words[:500] for name in _WORDS if isinstance(words := payload.get(name), str)}
    who, fields, hosts = payload.get("publishedBy"), payload.get("fieldData"), payload.get("domains")
    if isinstance(who, dict) and isinstance(name := who.get("displayName"), str):
        kept["by"] = name[:200]
    if isinstance(fields, dict):
        kept |= {key: str(fields[key])[:500] for key in ("name", "slug") if key in fields}
    if isinstance(hosts, list):
        kept["domains"] = [str(host)[:300] for host in hosts[:50] if isinstance(host, str)]
    return kept


def handle() -> int:
    """Works off what waits, oldest first; returns how many rows. Any number of processes may be at it."""
    waiting = Delivery.objects.filter(handled_at=None).order_by("sent_at")
    return sum(_handle(delivery) for delivery in waiting[:BATCH])


@transaction.atomic
def _handle(delivery: Delivery) -> bool:
    """In one transaction with the mark that it is done: a crash leaves the row waiting, and no half of it."""
    if not Delivery.objects.filter(pk=delivery.pk, handled_at=None).update(handled_at=timezone.now()):
        return False
    sites = SyncedSite.objects.filter(webflow_id=delivery.webflow_site)
    sites.update(wanted_at=timezone.now())
    for site in sites:
        _note(site, delivery)
    return True


def _note(site: SyncedSite, delivery: Delivery) -> None:
    payload = delivery.payload
    if delivery.trigger == "site_publish":
        page = payload.get("pageId", "") if payload.get("publishScope") == "page" else ""
        published_at = _moment(payload, "publishedOn", "publishTime") or delivery.sent_at
        named = _page(site, page)
        publishes.note(
            site,
            Kind.PAGE if page else Kind.SITE,
            published_at,
            hosts=payload.get("domains", ()),
            by=payload.get("by", ""),
            object_id=page,
            name=str(named) if named else "",
            path=named.path if named else "",
        )
    elif kind := _KINDS.get(delivery.trigger):
        _note_object(site, kind, delivery)


def _note_object(site: SyncedSite, kind: Kind, delivery: Delivery) -> None:
    payload = delivery.payload
    is_page = delivery.trigger == "page_deleted"
    object_id = payload.get("pageId" if is_page else "id", "")
    path = payload.get("publishedPath", "") if is_page else _item_path(site, payload)
    publishes.note(
        site,
        kind,
        _moment(payload, "deletedOn", "lastPublished", "lastUpdated") or delivery.sent_at,
        object_id=object_id,
        name=payload.get("pageTitle") or payload.get("name") or _item_name(object_id),
        path=path,
    )


def _page(site: SyncedSite, page_id: str) -> SyncedPage | None:
    return site.pages.filter(webflow_id=page_id).first() if page_id else None


def _item_path(site: SyncedSite, payload: Mapping[str, Any]) -> str:
    collection = site.collections.filter(webflow_id=payload.get("collectionId", "")).first()
    item = SyncedItem.objects.filter(webflow_id=payload.get("id", ""), collection__site=site).first()
    slug = payload.get("slug") or (item.slug if item else "")
    return f"/{collection.slug}/{slug}" if collection and collection.slug and slug else ""


def _item_name(item_id: str) -> str:
    item = SyncedItem.objects.filter(webflow_id=item_id).first()
    return item.name if item else ""


def _moment(payload: Mapping[str, Any], *names: str) -> datetime | None:
    for name in names:
        try:
            moment = parse_datetime(str(payload.get(name, "")))
        except ValueError:
            continue
        if moment is not None:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def tick() -> int:
    """What every scanner does twice a second: what was delivered becomes publishes, and these become scans."""
    return handle() + publishes.start_due()
