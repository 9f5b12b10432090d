"""The second step of every erasure, and all of them once more after a restore. What is deleted does nothing any more:
its scans stop, its connections to Webflow are given back."""

from __future__ import annotations

import logging
from collections import Counter

from django.db import DatabaseError

from accounts import erasure, ledger
from accounts.ledger import Entry
from accounts.models import Erasure, User, WebflowConnection, Workspace
from accounts.models.privacy import Kind
from accounts.webflow.connections import disconnect
from scans.models import Scan, Site
from scans.retention import remove_site, remove_workspace

logger = logging.getLogger(__name__)

BATCH = 50


def carry_out() -> int:
    """Job: what is due goes, and the ledger is told what it does not know yet; returns how many things went."""
    quieten()
    gone = sum(_finish(row) for row in Erasure.objects.due().order_by("due_at")[:BATCH])
    erasure.write_down()
    return gone


def quieten() -> None:
    """Stops what goes on in closed workspaces."""
    for pk in Scan.objects.active().filter(site__workspace__closed_at__isnull=False).values_list("pk", flat=True):
        Scan.objects.request_stop(pk)
    closed = WebflowConnection.objects.live().filter(workspace__closed_at__isnull=False)
    for connection in closed.select_related("workspace")[:BATCH]:
        disconnect(connection, None)


def _finish(row: Erasure) -> bool:
    """Whether it is gone now. What cannot be deleted today does not hold up the rest."""
    try:
        return _finished(row)
    except DatabaseError:
        logger.exception("%s %s is not erased", row.kind, row.object_id)
        return False


def _finished(row: Erasure) -> bool:
    if row.kind == Kind.PERSON:
        erasure.forget_finally(row)
        return True
    workspace = Workspace.objects.filter(pk=row.object_id, closed_at__isnull=False).first()
    if workspace is None or remove_workspace(workspace):
        erasure.finished(row)
        return True
    return False


def replay() -> Counter[str]:
    """Erases again what the ledger says and a restored database still has; counts of what it did. Doing it twice does
    nothing the second time."""
    done: Counter[str] = Counter()
    for entry in ledger.latest():
        if _again(entry):
            done[entry.kind if entry.what == ledger.ERASED else f"{entry.kind} {entry.what}"] += 1
    done["finally"] = carry_out()
    done["without an owner"] = _without_owner()
    return done


def _again(entry: Entry) -> bool:
    if entry.what == ledger.TAKEN_BACK:
        workspace = Workspace.objects.filter(pk=entry.id, closed_at__lt=entry.at).first()
        return workspace is not None and erasure.take_back(workspace, None, entry.at)
    if entry.kind == Kind.PERSON:
        person = User.objects.filter(pk=entry.id).first()
        if person is None or person.is_nobody:
            return False
        erasure.forget(person, asked_at=entry.at)
    elif entry.kind == Kind.WORKSPACE:
        workspace = Workspace.objects.filter(pk=entry.id, closed_at=None).first()
        if workspace is None:
            return False
        erasure.close(workspace, None, asked_at=entry.at)
    else:
        site = Site.objects.filter(pk=entry.id).first()
        if site is None:
            return False
        remove_site(site, asked_at=entry.at)
    return True


def _without_owner() -> int:
    """Workspaces that lost their last owner by it: somebody has to choose another."""
    return Workspace.objects.filter(closed_at=None).exclude(memberships__role="owner").count()
