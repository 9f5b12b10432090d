"""A fix made and taken back.

    apply   read anew → still what the person saw? → written down → sent → read again → published, if that was wanted
    undo    the same backwards: what stood there before, unless somebody changed it since

What Webflow answers is believed only after the object was read again: a request can fail and be done, or be taken and
not be done."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.models import WebflowConnection
from accounts.webflow.client import WebflowClient
from accounts.webflow.connections import broken, client_for
from accounts.webflow.errors import Unauthorized, WebflowError
from scans.models import Finding
from scans.webflow import offers, publishing, values
from scans.webflow.fixing import COPIED, IN_FORCE, STALE, Fix, FixKind, FixState, words
from scans.webflow.objects import SyncedSite
from scans.webflow.proposals import Proposal, Slot, Value, cleaned, fault_of
from scans.webflow.values import Vanished
from sentinel.crypto import CannotDecrypt

logger = logging.getLogger(__name__)

SHOWN = 160
FIRST_LOOK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Wish:
    """`key` is the proposal's, `seen` the value that the person was shown."""

    key: str
    seen: Value
    new: Value
    publish: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """`now` is what stands there now, None when nobody knows; `problem` why it is not what was sent."""

    now: Value | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What may be changed, as Webflow is now; else what stands in the way."""

    proposals: tuple[Proposal, ...] = ()
    hindrance: offers.Hindrance = offers.Hindrance.NONE
    problem: str = ""


def look(finding: Finding, synced: SyncedSite) -> Looked:
    if hindrance := offers.hindrance(synced):
        return Looked(hindrance=hindrance)
    connection = offers.connection_of(synced)
    try:
        with client_for(connection) as client:
            return Looked(tuple(offers.look(client, finding, synced)))
    except (WebflowError, CannotDecrypt) as error:
        return Looked(problem=told(error, connection))


def apply(finding: Finding, synced: SyncedSite, wish: Wish, by: Acting) -> Fix | Refused:
    """The fix, staged or live; its `error` says what else was wanted and was not done."""
    if hindrance := offers.hindrance(synced):
        return Refused(hindrance.value)
    connection = offers.connection_of(synced)
    try:
        with client_for(connection) as client:
            found = offers.look(client, finding, synced)
            chosen = next((each for each in found if each.slot.key == wish.key), None)
            if chosen is None:
                return Refused("This can no longer be changed from here: the page, item or picture is another one now.")
            return _applied(client, finding, synced, chosen, wish, by)
    except (WebflowError, CannotDecrypt) as error:
        return Refused(f"{told(error, connection)} Nothing was changed.")


def _applied(
    client: WebflowClient, finding: Finding, synced: SyncedSite, chosen: Proposal, wish: Wish, by: Acting
) -> Fix | Refused:
    if _flat(chosen.current) != _flat(wish.seen):
        return Refused(changed(chosen.slot.label, wish.seen, chosen.current))
    new = wish.new if wish.new == COPIED else cleaned(str(wish.new), chosen.has_lines)
    fault = (
        ("" if chosen.may_copy else "There is no text to take it from.")
        if new == COPIED
        else fault_of(chosen, str(new))
    )
    if fault:
        return Refused(fault)
    fix = _begun(finding, synced, chosen, new, by)
    if fix is None:
        return Refused("Somebody is changing this at the moment. Look again in a minute.")
    sent = send(client, chosen.slot, new, chosen.current, offers.connection_of(synced))
    if sent.problem and (sent.now is None or sent.now == chosen.current):
        Fix.objects.filter(pk=fix.pk).update(state=FixState.FAILED, error=sent.problem[:500])
        return Refused(sent.problem)
    _keep_staged(fix, synced, sent, by)
    if wish.publish:
        publishing.publish(client, fix, synced, by)
    fix.refresh_from_db()
    return fix


def _begun(finding: Finding, synced: SyncedSite, chosen: Proposal, new: Value, by: Acting) -> Fix | None:
    """The row is there before anything is sent, so that no change goes unseen; None while another one is under way."""
    slot, site = chosen.slot, synced.site
    cut_off = Fix.objects.filter(state=FixState.UNDERWAY, begun_at__lt=timezone.now() - STALE)
    cut_off.filter(site=site).update(state=FixState.FAILED, error=UNKNOWN)
    fix = Fix(
        site=site,
        issue=finding.issue,
        page=finding.page,
        url=finding.url,
        kind=slot.kind,
        object_id=slot.object_id,
        parent_id=slot.parent_id,
        locale=slot.locale,
        field=slot.field,
        part=slot.part,
        label=slot.label[:200],
        name=slot.name[:500],
        old=chosen.current,
        new=new,
        by=by.person,
    )
    try:
        with transaction.atomic():
            fix.save(force_insert=True)
    except IntegrityError:
        return None
    return fix


UNKNOWN = "It is not known whether Webflow did this. Look at it there before you try again."


def send(client: WebflowClient, slot: Slot, value: Value, before: Value, connection: WebflowConnection) -> Sent:
    """Writes, and reads what came of it. Of a refusal that cannot be read after nothing was done; after a break in the
    line nobody knows."""
    problem, is_refusal = "", False
    try:
        values.write(client, slot, value)
    except WebflowError as error:
        problem, is_refusal = told(error, connection), 400 <= error.status < 500
    except Vanished:
        return Sent(before, "The picture is no longer in this field. Nothing was changed.")
    try:
        now = values.read(client, slot)
    except (WebflowError, Vanished) as error:
        if is_refusal:
            return Sent(before, f"{problem} Nothing was changed.")
        return Sent(None, f"{problem} {UNKNOWN}".strip()) if problem else _unread(error, value)
    if now == value:
        return Sent(now)
    if now == before:
        return Sent(now, f"{problem} Nothing was changed." if problem else "Webflow took this and kept its own value.")
    return Sent(now, f"Webflow now has “{words(now)[:SHOWN]}” there instead.")


def _unread(error: Exception, value: Value) -> Sent:
    logger.warning("a change was taken, but could not be read again: %s", type(error).__name__)
    return Sent(value)


@transaction.atomic
def _keep_staged(fix: Fix, synced: SyncedSite, sent: Sent, by: Acting) -> None:
    fix.state, fix.new, fix.error = FixState.STAGED, sent.now, sent.problem[:500]
    fix.check_at = timezone.now() + FIRST_LOOK
    fix.save(update_fields=["state", "new", "error", "check_at"])
    SyncedSite.objects.filter(pk=synced.pk).update(wanted_at=timezone.now())
    _recorded("fix.applied", fix, by)


def _recorded(action: str, fix: Fix, by: Acting) -> None:
    record(
        fix.site.workspace,
        action,
        actor=by.person,
        ip=by.ip,
        target=str(fix),
        url=fix.url,
        object_id=fix.object_id,
        field=fix.field,
        old=words(fix.old)[:SHOWN],
        new=words(fix.new)[:SHOWN],
    )


def undo(fix: Fix, synced: SyncedSite, by: Acting, publish: bool = False) -> Fix | Refused:
    """Only what this fix wrote is taken back. What was live stays so until it is published: at once with `publish`."""
    if hindrance := offers.hindrance(synced):
        return Refused(hindrance.value)
    connection, state = offers.connection_of(synced), fix.state
    if not _taken(fix):
        return Refused("This was taken back already, or is being changed at the moment.")
    try:
        with client_for(connection) as client:
            answer = _undone(client, fix, synced, by)
            if answer is None:
                if publish:
                    publishing.publish(client, fix, synced, by)
                fix.refresh_from_db()
                return fix
    except (WebflowError, CannotDecrypt) as error:
        answer = Refused(f"{told(error, connection)} Nothing was changed.")
    Fix.objects.filter(pk=fix.pk, state=FixState.UNDERWAY).update(state=state)
    return answer


def _taken(fix: Fix) -> bool:
    try:
        with transaction.atomic():
            mine = Fix.objects.filter(pk=fix.pk, state__in=IN_FORCE)
            return bool(mine.update(state=FixState.UNDERWAY, begun_at=timezone.now()))
    except IntegrityError:
        return False


def _undone(client: WebflowClient, fix: Fix, synced: SyncedSite, by: Acting) -> Refused | None:
    slot, old, new = slot_of(fix), value_of(fix.old), value_of(fix.new)
    try:
        now = values.read(client, slot)
    except Vanished:
        return Refused("The picture is no longer in this field, so there is nothing to take back.")
    if now != new:
        return Refused(changed(fix.label, new, now))
    sent = send(client, slot, old, new, offers.connection_of(synced))
    if sent.problem:
        return Refused(sent.problem)
    with transaction.atomic():
        fix.state, fix.undone_by, fix.undone_at, fix.error, fix.check_at = (
            FixState.UNDONE,
            by.person,
            timezone.now(),
            "",
            None,
        )
        fix.save(update_fields=["state", "undone_by", "undone_at", "error", "check_at"])
        SyncedSite.objects.filter(pk=synced.pk).update(wanted_at=timezone.now())
        _recorded("fix.undone", fix, by)
    return None


def slot_of(fix: Fix) -> Slot:
    kind = FixKind(fix.kind)
    return Slot(kind, fix.object_id, fix.field, fix.label, fix.name, fix.parent_id, fix.locale, fix.part)


def value_of(kept: object) -> Value:
    return dict(COPIED) if kept == COPIED else words(kept)


def _flat(value: Value) -> Value:
    """Browsers send line ends of their own."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def changed(label: str, seen: Value, now: Value) -> str:
    return (
        f"{label} was changed in Webflow meanwhile: it was “{words(seen)[:SHOWN]}” and is now “{words(now)[:SHOWN]}”. "
        "Nothing was changed from here."
    )


def told(error: WebflowError | CannotDecrypt, connection: WebflowConnection) -> str:
    """The sentence for people; a token that is refused is noted on its connection."""
    if isinstance(error, Unauthorized | CannotDecrypt):
        broken(connection)
        return offers.Hindrance.RECONNECT.value
    logger.warning("connection %s: %s", connection.pk, type(error).__name__)
    return str(error)
