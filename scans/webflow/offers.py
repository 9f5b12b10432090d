"""What can be mended from here for a finding: asked roughly from the copy for a list, exactly from Webflow itself for
the person who is about to do it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from accounts.models import Tier, WebflowConnection
from accounts.webflow.client import WebflowClient
from accounts.webflow.content import Field
from scans.models import Finding
from scans.webflow import targets
from scans.webflow.objects import SyncedCollection, SyncedItem, SyncedPage, SyncedSite
from scans.webflow.proposals import (
    ALTS,
    OF_ITEM,
    OF_PAGE,
    Context,
    Proposal,
    for_asset,
    for_item,
    for_page,
)


class Hindrance(StrEnum):
    """What has to be done before anything can be changed."""

    NONE = ""
    CONNECT = "This site is not connected with Webflow."
    RECONNECT = "Webflow no longer accepts the connection. Connect it again, then fix from here."
    ALLOW = "QA Sentinel may only read in Webflow so far. Allow fixes first; nothing is changed without your click."


def hindrance(synced: SyncedSite | None) -> Hindrance:
    connection = synced.connection if synced and synced.gone_at is None else None
    if connection is None:
        return Hindrance.CONNECT
    if not connection.is_active:
        return Hindrance.RECONNECT
    return Hindrance.NONE if connection.tier == Tier.FIX else Hindrance.ALLOW


def connection_of(synced: SyncedSite) -> WebflowConnection:
    """For a site without hindrance."""
    assert synced.connection is not None
    return synced.connection


def is_likely(finding: Finding, synced: SyncedSite) -> bool:
    """Without asking Webflow: whether the rule and the object are of a kind that can be changed."""
    rule = finding.issue.rule
    page = targets.page_of(finding, synced)
    if rule in OF_PAGE and page is not None:
        return True
    if rule in ALTS and synced.assets.filter(webflow_id=targets.file_of(finding), gone_at=None).exists():
        return True
    return rule in OF_ITEM and targets.item_of(finding, synced, page) is not None


def look(client: WebflowClient, finding: Finding, synced: SyncedSite) -> list[Proposal]:
    """As Webflow is now. An item's own field comes before the picture or page that shows it; raises the client's
    errors."""
    row = targets.page_of(finding, synced)
    item = targets.item_of(finding, synced, row)
    found = list(_of_item(client, finding, synced, row, item)) if item else []
    return found or [*_of_page(client, finding, synced, row), *_of_asset(client, finding, synced)]


def _about(finding: Finding, synced: SyncedSite, locale: str = "") -> Context:
    rule = finding.issue.rule
    return Context(rule, finding.evidence, finding.url, synced.name, targets.file_of(finding), locale)


def _of_page(client: WebflowClient, finding: Finding, synced: SyncedSite, row: SyncedPage | None) -> Iterator[Proposal]:
    if row is not None and finding.issue.rule in OF_PAGE:
        locale = targets.locale_of(synced, row)
        page = client.page(row.webflow_id, locale_id=locale)
        yield from for_page(_about(finding, synced, locale), page)


def _of_asset(client: WebflowClient, finding: Finding, synced: SyncedSite) -> Iterator[Proposal]:
    if finding.issue.rule in ALTS:
        row = synced.assets.filter(webflow_id=targets.file_of(finding), gone_at=None).first()
        if row is not None:
            yield from for_asset(_about(finding, synced), client.asset(row.webflow_id))


def _of_item(
    client: WebflowClient, finding: Finding, synced: SyncedSite, page: SyncedPage | None, row: SyncedItem
) -> Iterator[Proposal]:
    if finding.issue.rule not in OF_ITEM:
        return
    primary = str(synced.locales[0]["cms_locale_id"]) if synced.locales else row.cms_locale_id
    locale = "" if row.cms_locale_id == primary else row.cms_locale_id
    template = client.page(page.webflow_id) if page is not None and page.collection_id else None
    item = client.item(row.collection.webflow_id, row.webflow_id, cms_locale_id=locale)
    about = _about(finding, synced, locale)
    yield from for_item(about, item, _fields(row.collection), row.collection.webflow_id, template)


def _fields(collection: SyncedCollection) -> tuple[Field, ...]:
    return tuple(
        Field("", field["slug"], field["name"], field["type"], field["required"], field["editable"])
        for field in collection.fields
    )
