"""What was changed goes live: one page, one item, or the whole site with everything that anybody left waiting there.

Webflow only queues a publish. A fix counts as live from then on, and is looked at a little later
(scans.webflow.checking)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.models import WebflowConnection
from accounts.webflow import shapes
from accounts.webflow.client import WebflowClient
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Conflict, RateLimited, Unauthorized, WebflowError
from scans.webflow import offers
from scans.webflow.fixing import Fix, FixKind, FixState
from scans.webflow.objects import SyncedItem, SyncedSite
from sentinel.crypto import CannotDecrypt

FIRST_LOOK = timedelta(seconds=10)
GRACE = timedelta(seconds=60)  # publishing itself touches the pages once more
MOST_NAMED = 30
NEVER = "This site was never published. Do that once in Webflow."


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a publish of the whole site ships. `pages` are named, `more` counts the rest; `print` tells one such list
    from another."""

    pages: tuple[str, ...]
    more: int
    items: int
    hosts: tuple[str, ...]
    print: str


def publish(client: WebflowClient, fix: Fix, synced: SyncedSite, by: Acting) -> str:
    """One page or item, with all that was changed on it. "" when it is queued; else why not, which is kept on the fix
    too. The change itself stays as it is."""
    try:
        problem = _publish_item(client, fix) if fix.kind == FixKind.ITEM else _publish_page(client, fix, synced)
    except Unauthorized as error:
        broken(offers.connection_of(synced))
        problem = str(error)
    except RateLimited:
        problem = "Webflow publishes a site once a minute at most. Publish it again in a minute."
    except Conflict as error:
        problem = error.said or str(error)
    except WebflowError as error:
        problem = str(error)
    if problem:
        problem = f"The change is saved in Webflow, but it is not live. {problem}"
        Fix.objects.filter(pk=fix.pk).update(error=problem[:500])
    else:
        _live(fix, by)
    return problem


def _publish_page(client: WebflowClient, fix: Fix, synced: SyncedSite) -> str:
    if fix.kind == FixKind.ASSET:
        return "A picture goes live with the next publish of the whole site."
    page = client.page(fix.object_id)
    if page.draft or page.archived:
        return "The page is a draft or archived: publish it in Webflow when it is ready."
    site = client.site(synced.webflow_id)
    if site.last_published is None:
        return NEVER
    client.publish_site(site.id, custom_domains=_domains(site), to_subdomain=True, page_id=fix.object_id)
    return ""


def _publish_item(client: WebflowClient, fix: Fix) -> str:
    item = client.item(fix.parent_id, fix.object_id, cms_locale_id=fix.locale)
    if item.draft or item.archived or item.last_published is None:
        return "The item is a draft, archived or was never published: publish it in Webflow when it is ready."
    done = client.publish_items(fix.parent_id, [fix.object_id])
    if done.errors or fix.object_id not in done.item_ids:
        return f"Webflow says: {'; '.join(done.errors)[:200] or 'it was left out'}."
    return ""


def _domains(site: shapes.Site) -> list[str]:
    """Where the site is already; a domain that was never published to stays so."""
    return [domain.id for domain in site.domains if domain.last_published]


@transaction.atomic
def _live(fix: Fix, by: Acting) -> None:
    now = timezone.now()
    facts = {"live_at": now, "check_at": now + FIRST_LOOK, "scan": None, "checks": 0, "error": ""}
    mine = Fix.objects.filter(pk=fix.pk)
    if not mine.exclude(state=FixState.UNDONE).update(state=FixState.LIVE, **facts):
        mine.update(**facts)
    record(fix.site.workspace, "fix.published", actor=by.person, ip=by.ip, target=str(fix), url=fix.url)


def publish_one(fix: Fix, synced: SyncedSite, by: Acting) -> str:
    """A fix that waits goes live; "" or why not."""
    if hindrance := offers.hindrance(synced):
        return hindrance.value
    try:
        with client_for(offers.connection_of(synced)) as client:
            return publish(client, fix, synced, by)
    except CannotDecrypt:
        return offers.Hindrance.RECONNECT.value


def ask(synced: SyncedSite) -> Waiting | Refused:
    """For the person who is about to publish the whole site."""
    if hindrance := offers.hindrance(synced):
        return Refused(hindrance.value)
    connection = offers.connection_of(synced)
    try:
        with client_for(connection) as client:
            return waiting(client, synced)
    except (WebflowError, CannotDecrypt) as error:
        return _refused(error, connection)


def _refused(error: WebflowError | CannotDecrypt, connection: WebflowConnection) -> Refused:
    if isinstance(error, Unauthorized | CannotDecrypt):
        broken(connection)
        return Refused(offers.Hindrance.RECONNECT.value)
    if isinstance(error, RateLimited):
        return Refused("Webflow publishes a site once a minute at most. Try again in a minute.")
    return Refused(str(error))


def waiting(client: WebflowClient, synced: SyncedSite) -> Waiting:
    """Asked from Webflow itself; only the items are those of the copy. Raises the client's errors."""
    site = client.site(synced.webflow_id)
    since = site.last_published
    pages = [page for page in client.pages(synced.webflow_id) if _is_changed(page, since)]
    items = SyncedItem.objects.filter(collection__site=synced, gone_at=None, draft=False, archived=False)
    changed = sum(
        item.last_updated is not None
        and (item.last_published is None or item.last_updated > item.last_published + GRACE)
        for item in items.only("last_updated", "last_published")
    )
    hosts = [domain.host for domain in site.domains if domain.last_published]
    if synced.staging_host:
        hosts.append(synced.staging_host)
    names = [page.title[:120] or "Home" for page in pages]
    stamps = "\n".join(f"{page.id} {page.last_updated}" for page in pages)
    digest = hashlib.sha256(f"{since}\n{changed}\n{hosts}\n{stamps}".encode()).hexdigest()[:32]
    return Waiting(tuple(names[:MOST_NAMED]), max(0, len(names) - MOST_NAMED), changed, tuple(hosts), digest)


def _is_changed(page: shapes.Page, since: object) -> bool:
    if page.draft or page.archived or page.is_branch or page.last_updated is None:
        return False
    return since is None or page.last_updated > since  # type: ignore[operator]


def publish_all(synced: SyncedSite, seen: str, by: Acting) -> Refused | None:
    """Everything that is staged, by everybody. Refused when it is no longer what the person was shown."""
    if hindrance := offers.hindrance(synced):
        return Refused(hindrance.value)
    connection = offers.connection_of(synced)
    try:
        with client_for(connection) as client:
            if waiting(client, synced).print != seen:
                return Refused("Something was changed in Webflow meanwhile. Look through the list again.")
            site = client.site(synced.webflow_id)
            if site.last_published is None:
                return Refused(NEVER)
            client.publish_site(site.id, custom_domains=_domains(site), to_subdomain=True)
    except (WebflowError, CannotDecrypt) as error:
        return _refused(error, connection)
    _all_live(synced, by)
    return None


@transaction.atomic
def _all_live(synced: SyncedSite, by: Acting) -> None:
    now = timezone.now()
    staged = Fix.objects.filter(site=synced.site, state=FixState.STAGED)
    staged.update(state=FixState.LIVE, live_at=now, check_at=now + FIRST_LOOK, scan=None, checks=0, error="")
    record(synced.workspace, "webflow.site_published", actor=by.person, ip=by.ip, target=synced.name)
