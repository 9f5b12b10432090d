"""Which sites a connection reaches: one call tells all of them, once an hour, and when somebody connects or asks.

What changed is due for reading, and a publish that no webhook told us is noted. Only what the list tells is written:
a job may be reading the site, and a person may be watching it, at the same moment."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import ConnectionStatus, WebflowConnection
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Unauthorized, WebflowError
from accounts.webflow.ids import is_id
from accounts.webflow.shapes import Site
from accounts.webflow.wire import Limits
from scans.webflow import publishes
from scans.webflow.copies import domains_of, locales_of
from scans.webflow.inbox import Webhook
from scans.webflow.objects import SyncedSite
from scans.webflow.sync import PATIENCE, WAITS
from sentinel.crypto import CannotDecrypt

logger = logging.getLogger(__name__)

LIST_EVERY = timedelta(hours=1)
WHOLE_EVERY = timedelta(days=1)
NEAR = timedelta(minutes=2)
HEARS = "sites:write"  # the scope that makes webhooks


def list_due(slice_s: float = 8) -> int:
    """Lists the sites of every connection whose hour is over; returns how many connections that were."""
    forget_disconnected()
    end, listed = time.monotonic() + slice_s, 0
    due = WebflowConnection.objects.active().filter(Q(listed_at=None) | Q(listed_at__lt=timezone.now() - LIST_EVERY))
    for connection in due.select_related("workspace").order_by(F("listed_at").asc(nulls_first=True)):
        if time.monotonic() > end:
            break
        same = WebflowConnection.objects.filter(pk=connection.pk, listed_at=connection.listed_at)
        if same.update(listed_at=timezone.now()):
            listed += list_sites(connection) is not None
    return listed


def list_sites(connection: WebflowConnection, limits: Limits = WAITS) -> list[SyncedSite] | None:
    """All sites it reaches, new ones among them; None when Webflow did not tell, and then it is asked again soon."""
    now, mine = timezone.now(), WebflowConnection.objects.filter(pk=connection.pk)
    mine.update(listed_at=now)
    try:
        with client_for(connection, limits) as client:
            told = client.sites()
    except (Unauthorized, CannotDecrypt):
        broken(connection)
        return None
    except (WebflowError, RedisError) as error:
        logger.warning("connection %s: its sites are not listed: %s", connection.pk, error)
        mine.update(listed_at=now - LIST_EVERY + PATIENCE)
        return None
    known = {row.webflow_id: row for row in _rows(connection)}
    sites = [_listed(connection, site, known.get(site.id), now) for site in told if is_id(site.id)]
    _lose(connection.sites.exclude(pk__in=[site.pk for site in sites]), now)
    return sites


def _rows(connection: WebflowConnection) -> Any:
    return SyncedSite.objects.filter(workspace=connection.workspace_id).select_related("connection")


def _listed(connection: WebflowConnection, told: Site, row: SyncedSite | None, now: datetime) -> SyncedSite:
    facts = _facts(told) | {"listed_at": now, "gone_at": None}
    if row is None:
        row, is_new = SyncedSite.objects.get_or_create(
            workspace_id=connection.workspace_id,
            webflow_id=told.id,
            defaults={**facts, "connection": connection, "wanted_at": now},
        )
        if is_new:
            return row
    changed = told.last_updated != row.last_updated or told.last_published != row.last_published
    if changed or row.synced_at is None or row.synced_at < now - WHOLE_EVERY:
        facts["wanted_at"] = now
    if not _stays(row, connection):
        facts["connection"] = connection
        if row.connection_id != connection.pk or connection.listed_at is None:
            facts["hooks_checked_at"] = None
    before = row.last_published
    SyncedSite.objects.filter(pk=row.pk).update(**facts)
    row.refresh_from_db()
    if told.last_published and told.last_published != before:
        publishes.found(row, told.last_published, _hosts(row, told))
    return row


def _facts(told: Site) -> dict[str, Any]:
    return {
        "name": (told.name or told.short_name)[:200],
        "short_name": told.short_name[:200],
        "picture_url": told.preview_url[:2048],
        "domains": domains_of(told),
        "locales": locales_of(told),
        "last_published": told.last_published,
        "last_updated": told.last_updated,
    }


def _stays(row: SyncedSite, connection: WebflowConnection) -> bool:
    """Whether a site that two connections reach stays with the one it has: unless that is broken, or may do less."""
    other = row.connection
    if other is None or other.pk == connection.pk or not other.is_active or row.gone_at is not None:
        return False
    return HEARS in other.scopes or HEARS not in connection.scopes


def _hosts(site: SyncedSite, told: Site) -> list[str]:
    """Those that were published at the site's last moment of publishing; the others are still as they were."""
    last = told.last_published
    near = [one.host for one in told.domains if last and one.last_published and last - one.last_published < NEAR]
    return [host for host in (*near, site.staging_host) if host]


def forget_disconnected() -> int:
    """Sites of connections that were given back: they are gone from the list, and so are their webhooks, which end
    with the grant at Webflow."""
    return _lose(SyncedSite.objects.filter(connection__status=ConnectionStatus.REVOKED), timezone.now())


def _lose(sites: Any, now: datetime) -> int:
    lost = list(sites.filter(gone_at=None).values_list("pk", flat=True))
    Webhook.objects.filter(site__in=lost).delete()
    return int(SyncedSite.objects.filter(pk__in=lost).update(gone_at=now, hooks_checked_at=None) if lost else 0)
