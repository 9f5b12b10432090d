"""One field of one object in Webflow: read now, and written. Everything else of the object stays as it is."""

from __future__ import annotations

from typing import Any

from accounts.webflow.changes import ItemChange, PageChange
from accounts.webflow.client import WebflowClient
from accounts.webflow.content import Item
from accounts.webflow.wire import Json
from scans.webflow.fixing import COPIED, FixKind
from scans.webflow.proposals import Slot, Value, file_of, pictures_of, value_of_page


class Vanished(Exception):
    """The picture is no longer in the field."""


def read(client: WebflowClient, slot: Slot) -> Value:
    """Raises the errors of the client, and Vanished. An empty setting and one that was never made are both ""."""
    if slot.kind == FixKind.PAGE:
        return value_of_page(client.page(slot.object_id, locale_id=slot.locale), slot.field)
    if slot.kind == FixKind.ASSET:
        return client.asset(slot.object_id).alt or ""
    return _of_item(_item(client, slot), slot)


def write(client: WebflowClient, slot: Slot, value: Value) -> None:
    """Staged. What may have changed beside the field is read again first, so that only the field differs."""
    if slot.kind == FixKind.PAGE:
        client.update_page(slot.object_id, _page_change(slot.field, value), locale_id=slot.locale)
    elif slot.kind == FixKind.ASSET:
        client.update_asset(slot.object_id, alt=str(value))
    else:
        fields: Json = {slot.field: _field(_item(client, slot), slot, str(value))}
        client.update_items(slot.parent_id, [ItemChange(slot.object_id, fields, slot.locale)])


def _page_change(field: str, value: Value) -> PageChange:
    values: dict[str, Any] = {f"{field}_copied": True} if value == COPIED else {field: str(value)}
    return PageChange(**values)


def _item(client: WebflowClient, slot: Slot) -> Item:
    return client.item(slot.parent_id, slot.object_id, cms_locale_id=slot.locale)


def _of_item(item: Item, slot: Slot) -> str:
    value = item.raw.get(slot.field)
    if not slot.part:
        return value if isinstance(value, str) else ""
    found = [each for each in pictures_of(value) if file_of(each) == slot.part]
    if not found:
        raise Vanished
    return str(found[0].get("alt") or "")


def _field(item: Item, slot: Slot, value: str) -> object:
    """A field with pictures goes back whole, each with the file and address it came with, or Webflow loses them."""
    if not slot.part:
        return value
    there = item.raw.get(slot.field)
    sent = [
        {key: each[key] for key in ("fileId", "url", "alt") if each.get(key) is not None}
        | ({"alt": value} if file_of(each) == slot.part else {})
        for each in pictures_of(there)
    ]
    if not any(each["fileId"] == slot.part for each in sent if "fileId" in each):
        raise Vanished
    return sent if isinstance(there, list) else sent[0]
