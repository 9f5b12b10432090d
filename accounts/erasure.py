"""The end of people's data, in two steps: at once nobody sees it any more, after `LATER` its rows go. In between an
owner may take a workspace back; a person who deleted their account is gone for everybody at once.

`scans.erasing` does the second step, because sites have files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import ledger
from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.mail import send_later
from accounts.models import (
    AuditEvent,
    DataExport,
    Erasure,
    ExportState,
    Invitation,
    Membership,
    Role,
    User,
    WebflowConnection,
    Workspace,
)
from accounts.models.people import DELETED
from accounts.models.privacy import Kind

LATER = timedelta(days=30)
BATCH = 1000


def begin(
    kind: Kind,
    object_id: uuid.UUID,
    *,
    asked_at: datetime | None = None,
    addresses: Sequence[str] = (),
    people: Sequence[tuple[str, str]] = (),
    done: bool = False,
) -> Erasure:
    """The row, in the transaction of the change; the ledger hears of it when that is through. With `done` there is no
    second step."""
    at = asked_at or timezone.now()
    row = Erasure.objects.create(
        kind=kind,
        object_id=object_id,
        addresses=list(addresses),
        people=[list(each) for each in people],
        asked_at=at,
        due_at=at if done else at + LATER,
        done_at=timezone.now() if done else None,
        noted=ledger.ERASED if asked_at else "",  # then it is the ledger that told us
    )
    transaction.on_commit(write_down, robust=True)
    return row


def write_down() -> int:
    """Tells the ledger what it does not know yet; returns how many lines. What fails is found the next time."""
    behind = Erasure.objects.filter(Q(noted="") | Q(noted=ledger.ERASED, taken_back_at__isnull=False))
    rows = list(behind.order_by("asked_at")[:BATCH])
    for row in rows:
        what, at = (ledger.TAKEN_BACK, row.taken_back_at) if row.taken_back_at else (ledger.ERASED, row.asked_at)
        ledger.add(ledger.Entry(row.kind, row.object_id, what, at))
        Erasure.objects.filter(pk=row.pk).update(noted=what)
    return len(rows)


# ── workspaces ──


def close(workspace: Workspace, by: Acting | None, *, asked_at: datetime | None = None) -> None:
    """Nobody is a member any more, so nobody sees it and nothing of it; who was, stays written down for whoever takes
    it back. `by` is None when it is closed again after a restore."""
    with transaction.atomic():
        fresh = Workspace.objects.select_for_update().get(pk=workspace.pk)
        if fresh.closed_at:
            return
        actor, ip = (by.person, by.ip) if by else (None, None)
        record(fresh, "workspace.deleted", actor=actor, target=fresh.name, ip=ip, workspace_id=str(fresh.pk))
        members = Membership.objects.filter(workspace=fresh)
        people = [(str(pk), role) for pk, role in members.values_list("user_id", "role")]
        members.delete()
        Invitation.objects.open().filter(workspace=fresh).update(revoked_at=timezone.now())
        Workspace.objects.filter(pk=fresh.pk).update(closed_at=timezone.now())
        begin(Kind.WORKSPACE, fresh.pk, people=people, asked_at=asked_at)


def closed_by(person: User) -> list[tuple[Erasure, Workspace]]:
    """Deleted workspaces that the person owned and may still take back."""
    rows = Erasure.objects.open().filter(kind=Kind.WORKSPACE, people__icontains=str(person.pk)).order_by("due_at")
    found = {row.object_id: row for row in rows if _owned(row, person)}
    return [(found[each.pk], each) for each in Workspace.objects.filter(pk__in=found)]


def _owned(row: Erasure, person: User) -> bool:
    return [str(person.pk), Role.OWNER.value] in row.people


def take_back(workspace: Workspace, by: Acting | None, at: datetime | None = None) -> bool:
    """Everybody who was in it is in it again, as long as they have an account; false when it is too late. `by` is None
    when it is taken back again after a restore."""
    with transaction.atomic():
        row = Erasure.objects.select_for_update().open().filter(kind=Kind.WORKSPACE, object_id=workspace.pk).first()
        if row is None:
            return False
        roles = dict(row.people)
        there = User.objects.filter(pk__in=roles, is_active=True)
        Membership.objects.bulk_create(
            Membership(workspace=workspace, user=person, role=roles[str(person.pk)]) for person in there
        )
        Workspace.objects.filter(pk=workspace.pk).update(closed_at=None)
        actor, ip = (by.person, by.ip) if by else (None, None)
        record(workspace, "workspace.taken_back", actor=actor, ip=ip)
        row.taken_back_at, row.people = at or timezone.now(), []
        row.save(update_fields=["taken_back_at", "people"])
        transaction.on_commit(write_down, robust=True)
    return True


# ── people ──


def erase(person: User, by: Acting) -> Refused | None:
    """Deletes an account: at once for everybody who sees anything, in `LATER` in the database. Refused as long as
    somebody else would be left in a workspace without an owner; workspaces where the person is alone go with them."""
    with transaction.atomic():
        _lock_workspaces_of(person)
        if held := owes(person):
            names = ", ".join(each.name for each in held)
            return Refused(f"Others still work in {names}, and only you own it. Hand it over first, or delete it.")
        for membership in Membership.objects.filter(user=person).select_related("workspace"):
            if not _others(membership).exists():
                close(membership.workspace, by)
            else:
                record(membership.workspace, "member.left", actor=person, ip=by.ip, role=membership.role)
        send_later("account_deleted", [person.email], {"days": LATER.days})
        forget(person)
    return None


def owes(person: User) -> list[Workspace]:
    """Workspaces with other people in them that nobody else owns."""
    owned = Membership.objects.filter(user=person, role=Role.OWNER).select_related("workspace")
    return [
        each.workspace
        for each in owned
        if _others(each).exists() and not _others(each).filter(role=Role.OWNER).exists()
    ]


def alone_in(person: User) -> list[Workspace]:
    mine = Membership.objects.filter(user=person).select_related("workspace")
    return [each.workspace for each in mine if not _others(each).exists()]


def _others(membership: Membership) -> QuerySet[Membership]:
    return Membership.objects.filter(workspace=membership.workspace_id).exclude(pk=membership.pk)


def _lock_workspaces_of(person: User) -> None:
    """In one order, so that two who leave at the same moment wait for each other, and not for ever."""
    mine = Membership.objects.filter(user=person).values("workspace")
    list(Workspace.objects.select_for_update().filter(pk__in=mine).order_by("pk"))


def forget(person: User, *, asked_at: datetime | None = None) -> None:
    """The first step: no way in, no sessions, no name. The addresses wait in the `Erasure` for the second."""
    with transaction.atomic():
        own = EmailAddress.objects.filter(user=person)
        addresses = sorted({person.email, *own.values_list("email", flat=True)})
        begin(Kind.PERSON, person.pk, addresses=addresses, asked_at=asked_at)
        theirs = Membership.objects.filter(user=person)
        events = AuditEvent._base_manager.filter(workspace__in=theirs.values("workspace"), target__in=addresses)
        events.update(target=DELETED)
        for rows in (theirs, own, SocialAccount.objects.filter(user=person), Authenticator.objects.filter(user=person)):
            rows.delete()
        for session in UserSession.objects.filter(user=person):
            session.end()
        exports = DataExport.objects.filter(workspace=None, asked_by=person)
        exports.update(state=ExportState.EXPIRED, expires_at=timezone.now())
        person.groups.clear()
        person.user_permissions.clear()
        person.become_nobody()


def forget_finally(row: Erasure) -> None:
    """The second step: the row, and every label and address that is left of the person."""
    with transaction.atomic():
        addresses = list(row.addresses)
        said = AuditEvent._base_manager.filter(actor=row.object_id)
        said.update(actor_label=DELETED, ip=None)
        AuditEvent._base_manager.filter(target__in=addresses).update(target=DELETED)
        Invitation.objects.filter(email__in=addresses).delete()
        WebflowConnection.objects.filter(webflow_email__in=addresses).update(webflow_email="", webflow_name="")
        User.objects.filter(pk=row.object_id).delete()
        finished(row)


def finished(row: Erasure) -> None:
    Erasure.objects.filter(pk=row.pk).update(done_at=timezone.now(), addresses=[], people=[])
