"""A site of Webflow's becomes a site of ours: proven by the connection, fed by the API, scanned on each publish."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.acting import Acting
from accounts.audit import record
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Unauthorized, WebflowError
from scans.launch import Refusal, add_site
from scans.models import Site
from scans.webflow.inbox import Webhook
from scans.webflow.objects import SyncedSite

logger = logging.getLogger(__name__)

TRIGGERS = (
    "site_publish",
    "page_created",
    "page_metadata_updated",
    "page_deleted",
    "collection_item_created",
    "collection_item_changed",
    "collection_item_deleted",
    "collection_item_published",
    "collection_item_unpublished",
)


def watch(synced: SyncedSite, by: Acting) -> Site | Refusal:
    """The site, made or found by its address. The connection proves that it is theirs."""
    if synced.site is not None:
        return synced.site
    if synced.last_published is None:
        return Refusal(f"{synced.name} was never published. Publish it once in Webflow, then add it here.")
    with transaction.atomic():
        site = add_site(synced.workspace, synced.live_url, synced.name)
        if isinstance(site, Refusal):
            return site
        if SyncedSite.objects.filter(site=site).exclude(pk=synced.pk).exists():
            return Refusal(f"{site.host} belongs to another Webflow site here already.")
        SyncedSite.objects.filter(pk=synced.pk).update(site=site, wanted_at=timezone.now())
        Site.objects.filter(pk=site.pk, proven_at=None).update(proven_at=timezone.now())
        record(synced.workspace, "site.added", actor=by.person, target=site.url, ip=by.ip, webflow=synced.webflow_id)
    site.refresh_from_db()
    return site


def hook_url() -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('webflow_hook')}"


def register_due() -> int:
    """Asks Webflow to tell us of changes, for every watched site whose connection allows that (`sites:write`); lists
    what is there once a day, because Webflow switches off a webhook that failed too often and tells nobody. Returns
    how many webhooks were made."""
    may = SyncedSite.objects.filter(site__isnull=False, gone_at=None, connection__status="active")
    day_ago = timezone.now() - timedelta(days=1)
    due = may.exclude(hooks_checked_at__gt=day_ago).select_related("connection")
    return sum(_register(site) for site in due[:50])


def _register(site: SyncedSite) -> int:
    SyncedSite.objects.filter(pk=site.pk).update(hooks_checked_at=timezone.now())
    connection = site.connection
    if connection is None or "sites:write" not in connection.scopes:
        return 0
    try:
        with client_for(connection) as client:
            there = {hook.trigger: hook.id for hook in client.webhooks(site.webflow_id) if hook.url == hook_url()}
            made = 0
            for trigger in TRIGGERS:
                known = there.get(trigger)
                webflow_id = known or client.create_webhook(site.webflow_id, trigger, hook_url()).id
                Webhook.objects.update_or_create(site=site, trigger=trigger, defaults={"webflow_id": webflow_id})
                made += known is None
            return made
    except Unauthorized:
        broken(connection)
    except WebflowError as error:
        logger.warning("site %s: webhooks are not registered: %s", site.pk, error)
    return 0
