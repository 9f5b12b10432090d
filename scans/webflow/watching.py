"""A site of Webflow's becomes a site of ours: proven by the connection, fed by the API, scanned on each publish."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.acting import Acting
from accounts.audit import record
from accounts.models import ConnectionStatus, Workspace
from accounts.webflow.client import WebflowClient
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Forbidden, Refused, Unauthorized, WebflowError
from accounts.webflow.ids import is_id
from scans.launch import Refusal, add_site
from scans.models import Proof, Site
from scans.webflow.inbox import TRIGGERS, Webhook
from scans.webflow.listing import HEARS
from scans.webflow.objects import ID_LENGTH, SyncedSite
from scans.webflow.sync import WAITS
from sentinel.crypto import CannotDecrypt

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
SOON = timedelta(minutes=5)


def watch(synced: SyncedSite, by: Acting) -> Site | Refusal:
    """The site, made or found by its address. The connection proves that it is theirs. One at a time in a workspace:
    pressed twice, it is still one site, and no more than the plan holds."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=synced.workspace_id)
        synced = SyncedSite.objects.select_related("workspace", "connection", "site").get(pk=synced.pk)
        if synced.site is not None:
            return synced.site
        if refusal := _refused(synced):
            return refusal
        site = add_site(synced.workspace, synced.live_url, synced.name)
        if isinstance(site, Refusal):
            return site
        taken = SyncedSite.objects.filter(site=site).exclude(pk=synced.pk)
        taken.filter(gone_at__isnull=False).update(site=None)  # its domain went over to this one
        if site.staging_of_id or taken.exists():
            return Refusal(f"{site.host} belongs to another Webflow site here already.")
        now = timezone.now()
        SyncedSite.objects.filter(pk=synced.pk).update(site=site, wanted_at=now, hooks_checked_at=None)
        proof = {"proven_at": now, "proof_method": Proof.WEBFLOW, "proof_checked_at": now, "proof_lost_at": None}
        Site.objects.filter(pk=site.pk, proven_at=None).update(**proof)
        record(synced.workspace, "site.added", actor=by.person, target=site.url, ip=by.ip, webflow=synced.webflow_id)
    site.refresh_from_db()
    return site


def _refused(synced: SyncedSite) -> Refusal | None:
    if synced.gone_at is not None or synced.connection is None or not synced.connection.is_active:
        return Refusal(f"The connection with Webflow does not reach {synced.name} any more. Connect Webflow again.")
    if synced.last_published is None or urlsplit(synced.live_url).hostname is None:
        return Refusal(f"{synced.name} was never published. Publish it once in Webflow, then add it here.")
    return None


def hook_url() -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('webflow_hook')}"


def register_due(slice_s: float = 8) -> int:
    """Asks Webflow to tell us of changes, for every watched site whose connection allows that (`sites:write`); lists
    what is there once a day, because Webflow switches off a webhook that failed too often and tells nobody. Returns
    how many webhooks were made."""
    end, made = time.monotonic() + slice_s, 0
    may = SyncedSite.objects.filter(site__isnull=False, gone_at=None, connection__status=ConnectionStatus.ACTIVE)
    due = may.exclude(hooks_checked_at__gt=timezone.now() - EVERY).select_related("connection__workspace")
    for site in due.order_by(F("hooks_checked_at").asc(nulls_first=True))[:50]:
        if time.monotonic() > end:
            break
        made += _register(site)
    return made


def _register(site: SyncedSite) -> int:
    now, same = timezone.now(), SyncedSite.objects.filter(pk=site.pk)
    if not same.filter(hooks_checked_at=site.hooks_checked_at).update(hooks_checked_at=now):
        return 0  # another job is at it
    connection = site.connection
    if connection is None or HEARS not in connection.scopes:
        return 0
    try:
        with client_for(connection, WAITS) as client:
            return _complete(site, client)
    except (Unauthorized, CannotDecrypt):
        broken(connection)
    except (WebflowError, RedisError) as error:
        logger.warning("site %s: webhooks are not registered: %s", site.pk, error)
        same.update(hooks_checked_at=now - EVERY + SOON)
    return 0


def _complete(site: SyncedSite, client: WebflowClient) -> int:
    """One webhook for each trigger, how many were made. One of ours that no row knows may be dead, or one too many: it
    is replaced."""
    theirs = [hook for hook in client.webhooks(site.webflow_id) if hook.url == hook_url() and is_id(hook.id)]
    known = set(
        Webhook.objects.filter(webflow_id__in=[hook.id for hook in theirs]).values_list("webflow_id", flat=True)
    )
    there: dict[str, str] = {}
    for hook in theirs:
        if hook.id in known and hook.trigger not in there:
            there[hook.trigger] = hook.id
        else:
            client.delete_webhook(hook.id)
    made = 0
    for trigger in TRIGGERS:
        if trigger not in there:
            try:
                there[trigger] = client.create_webhook(site.webflow_id, trigger, hook_url()).id[:ID_LENGTH]
            except (Forbidden, Refused) as error:
                logger.warning("site %s: no webhook for %s: %s", site.pk, trigger, error)
                continue
            made += 1
        keep = {"webflow_id": there[trigger]} | ({"created_at": timezone.now()} if there[trigger] not in known else {})
        Webhook.objects.update_or_create(site=site, trigger=trigger, defaults=keep)
    return made
