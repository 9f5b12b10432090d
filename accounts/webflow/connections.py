"""Connections with Webflow: kept, asked about once a day, noticed when broken, given back.

Webflow tells nobody when an app is removed: a 401 is how one learns of it, so `introspect_due` asks each day."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import django_rq
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from accounts.mail import tell_managers
from accounts.models import ConnectionStatus, User, WebflowConnection, Workspace
from accounts.webflow import tokens
from accounts.webflow.client import WebflowClient
from accounts.webflow.errors import Unauthorized, WebflowError
from accounts.webflow.shapes import Authorization, Person, Site
from accounts.webflow.shared_budget import SharedBudget
from accounts.webflow.wire import Limits
from sentinel.crypto import CannotDecrypt

logger = logging.getLogger(__name__)

ASKED_EVERY = timedelta(days=1)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Granted:
    """What Webflow says about a token that was just given."""

    token: str
    authorization: Authorization
    person: Person
    sites: Sequence[Site]


def client_of(token: str, limits: Limits | None = None) -> WebflowClient:
    budget = SharedBudget(django_rq.get_connection("default"), token)
    return WebflowClient(token, base_url=settings.WEBFLOW_API_URL, budget=budget, limits=limits)


def client_for(connection: WebflowConnection, limits: Limits | None = None) -> WebflowClient:
    """Raises CannotDecrypt. An Unauthorized of its calls is told to `broken`; its calls raise RedisError when the
    budget cannot be asked."""
    return client_of(connection.token(), limits)


def keep(workspace: Workspace, by: User, granted: Granted) -> WebflowConnection:
    """The connection of this grant, new or with its new token. The row is made before its token is encrypted, since
    the token is bound to it."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        known = WebflowConnection.objects.filter(workspace=workspace, authorization_id=granted.authorization.id).first()
        connection = known or WebflowConnection(workspace=workspace, authorization_id=granted.authorization.id)
        connection.created_by = by
        connection.keep_token(granted.token)
        _describe(connection, granted)
        connection.save()
        action = "webflow.reconnected" if known else "webflow.connected"
        record(workspace, action, actor=by, target=connection.label, tier=connection.tier.value)
        _replace(connection)
    return connection


def _replace(connection: WebflowConnection) -> None:
    """Earlier connections of the same Webflow user that are broken, or do nothing that this one does not: they go, and
    what they could do is given back."""
    others = WebflowConnection.objects.live().filter(workspace=connection.workspace).exclude(pk=connection.pk)
    for other in others.filter(webflow_user_id=connection.webflow_user_id).exclude(webflow_user_id=""):
        covered = set(other.site_ids) <= set(connection.site_ids) and set(other.scopes) <= set(connection.scopes)
        if other.is_active and not covered:
            continue
        with suppress(CannotDecrypt):
            transaction.on_commit(partial(revoked, other.token()))
        _erase(other)


def _erase(connection: WebflowConnection) -> None:
    WebflowConnection.objects.filter(pk=connection.pk).update(
        status=ConnectionStatus.REVOKED, token_encrypted="", site_ids=[], site_names=[], workspace_ids=[]
    )


def _describe(connection: WebflowConnection, granted: Granted) -> None:
    person = granted.person
    connection.webflow_user_id = person.id[:64]
    connection.webflow_email = person.email[:254]
    connection.webflow_name = f"{person.first_name} {person.last_name}".strip()[:200]
    connection.status = ConnectionStatus.ACTIVE
    connection.listed_at = None  # what it reaches may have changed
    for field, value in _facts(granted.authorization, granted.sites).items():
        setattr(connection, field, value)


def _facts(authorization: Authorization, sites: Sequence[Site]) -> dict[str, Any]:
    return {
        "scopes": list(authorization.scopes),
        "site_ids": [each.id for each in sites],
        "site_names": [(each.name or each.short_name)[:200] for each in sites],
        "workspace_ids": list(authorization.workspace_ids),
        "rate_limit": authorization.rate_limit,
        "last_introspected_at": timezone.now(),
    }


def introspect_due() -> int:
    """Job: asks Webflow about each connection that was not asked about for a day; returns how many are broken."""
    due = WebflowConnection.objects.stale(timezone.now() - ASKED_EVERY)
    rows = due.select_related("workspace").order_by("last_introspected_at")[:BATCH]
    return sum(not introspect(connection) for connection in rows)


def introspect(connection: WebflowConnection) -> bool:
    """Whether the connection still works, as far as one can know: a Webflow that does not answer is no proof. Only
    the row whose token was asked about is changed."""
    same = WebflowConnection.objects.filter(pk=connection.pk, token_encrypted=connection.token_encrypted)
    try:
        with client_for(connection) as webflow:
            facts = _facts(webflow.introspect(), webflow.sites())
    except (Unauthorized, CannotDecrypt) as error:
        logger.warning("webflow connection %s is broken: %s", connection.pk, type(error).__name__)
        broken(connection)
        return False
    except WebflowError as error:
        logger.warning("webflow connection %s was not asked: %s", connection.pk, type(error).__name__)
        return True
    same.update(**facts)
    return True


def broken(connection: WebflowConnection) -> bool:
    """Notes that Webflow refuses the token, and tells owners and admins: once, however many calls fail at the same
    time. A connection made anew meanwhile stays as it is."""
    mine = WebflowConnection.objects.active().filter(pk=connection.pk, token_encrypted=connection.token_encrypted)
    with transaction.atomic():
        if not mine.update(status=ConnectionStatus.NEEDS_RECONNECT):
            return False
        record(connection.workspace, "webflow.broken", actor=None, target=connection.label)
        context = {
            "workspace": connection.workspace.name,
            "label": connection.label,
            "sites": connection.site_names[:10],
            "link": f"{settings.BASE_URL.rstrip('/')}{reverse('webflow', args=[connection.workspace_id])}",
        }
        tell_managers(connection.workspace, "webflow_broken", context)
    return True


def disconnect(connection: WebflowConnection, by: User | None) -> bool:
    """Erases the token here, whatever Webflow says; True when Webflow took it back as well. Its webhooks belong to the
    grant: they end with it."""
    try:
        token = connection.token()
    except CannotDecrypt:
        token = ""
    with transaction.atomic():
        _erase(connection)
        record(connection.workspace, "webflow.disconnected", actor=by, target=connection.label)
    return bool(token) and revoked(token)


def revoked(token: str) -> bool:
    """Whether Webflow does not know the token any more. Both secrets are tried while one replaces the other."""
    for secret in settings.WEBFLOW_CLIENT_SECRETS:
        try:
            tokens.revoke(
                settings.WEBFLOW_REVOKE_URL,
                client_id=settings.WEBFLOW_CLIENT_ID,
                client_secret=secret,
                access_token=token,
            )
        except tokens.AppRefused:
            continue
        except WebflowError as error:
            logger.warning("webflow did not take a token back: %s", type(error).__name__)
            return False
        return True
    return False
