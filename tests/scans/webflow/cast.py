"""Connections, watched sites and deliveries of the stand-in, in one call each."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import WebflowConnection, Workspace
from accounts.webflow.signature import sign
from demo.webflow.server import StandIn
from demo.webflow.state import object_id
from scans.models import Site
from scans.webflow.objects import SyncedSite
from tests.build import a_site

HOOK = "/webflow/hooks/"


def connect(webflow: StandIn, workspace: Workspace, *scopes: str, site_ids: tuple[str, ...] = ()) -> WebflowConnection:
    grant = webflow.account.grant(*scopes, site_ids=site_ids)
    connection = WebflowConnection(workspace=workspace, authorization_id=grant.id, scopes=list(grant.scopes))
    connection.keep_token(grant.token)
    connection.save()
    return connection


def a_synced(workspace: Workspace, name: str = "bakery", *, watched: bool = True, **fields: Any) -> SyncedSite:
    """A site of Webflow with the domain www.<name>.com, as rows alone."""
    ordinary: dict[str, Any] = {
        "webflow_id": object_id(name),
        "name": name.capitalize(),
        "short_name": name,
        "domains": [{"id": object_id(f"{name} domain"), "host": f"www.{name}.com", "last_published": "2026-03-02"}],
        "last_published": timezone.now(),
    }
    synced = SyncedSite.objects.create(workspace=workspace, **ordinary | fields)
    if watched:
        watch(synced)
    return synced


def watch(synced: SyncedSite) -> Site:
    host = f"www.{synced.short_name}.com"
    synced.site = a_site(synced.workspace, host, proven_at=timezone.now())
    synced.save(update_fields=["site"])
    return synced.site


def said(trigger: str, **payload: Any) -> bytes:
    return json.dumps({"triggerType": trigger, "payload": payload}).encode()


def a_publish(synced: SyncedSite, at: datetime, *hosts: str, **more: Any) -> bytes:
    ordinary = {
        "siteId": synced.webflow_id,
        "publishedOn": at.isoformat(),
        "domains": list(hosts) or [f"www.{synced.short_name}.com"],
        "publishedBy": {"displayName": "Robin Vale"},
    }
    return said("site_publish", **ordinary | more)


def signed(raw: bytes, secret: str, at_ms: int | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() * 1000) if at_ms is None else at_ms)
    return {"x-webflow-timestamp": timestamp, "x-webflow-signature": sign(raw, timestamp, secret)}


def deliver(raw: bytes, secret: str, at_ms: int | None = None) -> tuple[int, str]:
    """Status and words of the answer."""
    answer = Client().post(HOOK, raw, content_type="application/json", headers=signed(raw, secret, at_ms))
    return answer.status_code, answer.content.decode()
