"""A copy of one's data: asked for on a page, made by a worker, downloaded by those who may for `KEPT`.

The row is the order, the queue only wakes a worker up; what it misses, and what a worker that died left half done, is
found by the sweep. A file can be downloaded only when the row names it, and the row names it last."""

from __future__ import annotations

import logging
import tempfile
import uuid
from datetime import timedelta
from functools import partial
from typing import IO, Any

import django_rq
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.shortcuts import resolve_url
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.access import may_own
from accounts.acting import Acting, Refused
from accounts.archive import write
from accounts.audit import record
from accounts.mail import send_later
from accounts.models import DataExport, ExportState, User, Workspace
from accounts.models.privacy import ATTEMPTS, LEASE
from sentinel.storage import remove_folder

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
A_DAY = 3
BATCH = 50
JOB_SECONDS = 3600
FAILED = "The copy could not be made. Ask for it again, or write to us."


class Superseded(Exception):
    """Another worker makes this copy now, or nobody wants it any more."""


def ask(by: Acting, workspace: Workspace | None = None) -> DataExport | Refused:
    """Of the workspace, or of the person who asks."""
    mine = exports_of(workspace or by.person)
    if mine.going().exists():
        return Refused("A copy is being made already. We send you a mail when it is ready.")
    if mine.filter(created_at__gt=timezone.now() - timedelta(days=1)).count() >= A_DAY:
        return Refused(f"{A_DAY} copies a day are enough. Try again tomorrow.")
    try:
        with transaction.atomic():
            export = DataExport.objects.create(workspace=workspace, asked_by=by.person)
            if workspace:
                record(workspace, "export.asked", actor=by.person, ip=by.ip)
            transaction.on_commit(partial(_wake, export.pk))
    except IntegrityError:
        return Refused("A copy was asked for at the same moment. We send you a mail when it is ready.")
    return export


def exports_of(owner: Workspace | User) -> Any:
    if isinstance(owner, Workspace):
        return DataExport.objects.filter(workspace=owner)
    return DataExport.objects.filter(workspace=None, asked_by=owner)


def may_download(person: User, export: DataExport) -> bool:
    """Asked each time: who is no owner any more gets nothing, though they ordered it."""
    if export.workspace is None:
        return export.asked_by_id == person.pk
    return may_own(person, export.workspace)


def _wake(pk: uuid.UUID) -> None:
    try:
        queue = django_rq.get_queue("default")
        queue.enqueue("accounts.exports.build", str(pk), result_ttl=0, failure_ttl=86_400, job_timeout=JOB_SECONDS)
    except RedisError as error:
        logger.warning("copy %s waits for the sweep: %s", pk, error)


def build(export_id: str) -> bool:
    """Job: makes one copy; whether this call made it."""
    export = DataExport.objects.claim(uuid.UUID(export_id))
    if export is None:
        return False
    subject = export.workspace or export.asked_by
    if subject is None:
        return False
    remove_folder(export.folder)  # what an attempt before this one left
    with tempfile.TemporaryFile() as scratch:
        try:
            contents = write(scratch, subject, partial(_note, export))
        except Superseded:
            return False
        name = _stored(export, scratch)
        size = scratch.tell()
    if _finish(export, name, size, contents):
        return True
    remove_folder(export.folder)
    return False


def _note(export: DataExport, progress: dict[str, Any]) -> None:
    """How far it is, and that somebody is still at it."""
    if not DataExport.objects.held(export).update(progress=progress, lease_until=timezone.now() + LEASE):
        raise Superseded


def _stored(export: DataExport, scratch: IO[bytes]) -> str:
    scratch.seek(0)
    return default_storage.save(f"{export.folder}/{export.attempts}.zip", File(scratch))


def _finish(export: DataExport, name: str, size: int, contents: dict[str, Any]) -> bool:
    now = timezone.now()
    progress = {"rows": sum(contents["rows"].values()), **contents["pictures"]}
    with transaction.atomic():
        ready = DataExport.objects.held(export).update(
            state=ExportState.READY,
            file=name,
            size=size,
            progress=progress,
            lease_until=None,
            finished_at=now,
            expires_at=now + KEPT,
        )
        if ready and export.asked_by and export.asked_by.is_active:
            _tell(export, export.asked_by)
    return bool(ready)


def _tell(export: DataExport, person: User) -> None:
    """The mail leads to the page, where one has to be logged in; no link in it opens anything."""
    page = (
        resolve_url("workspace_privacy", export.workspace_id) if export.workspace_id else resolve_url("account_privacy")
    )
    whose = str(export.workspace) if export.workspace else "your account"
    send_later("export_ready", [person.email], {"whose": whose, "page": page, "days": KEPT.days})


def sweep() -> int:
    """Job, once a minute: wakes workers for copies nobody is at, gives up what failed too often, and removes files
    whose days are over; returns how many files went."""
    waiting = DataExport.objects.waiting()
    given_up = waiting.filter(attempts__gte=ATTEMPTS)
    given_up.update(state=ExportState.FAILED, error=FAILED, lease_until=None, finished_at=timezone.now())
    for pk in waiting.values_list("pk", flat=True)[:BATCH]:
        _wake(pk)
    DataExport.objects.filter(state=ExportState.READY, expires_at__lt=timezone.now()).update(state=ExportState.EXPIRED)
    return _remove_files()


def _remove_files() -> int:
    """After the row has stopped saying that there is one; what a crash leaves goes in the next round."""
    over = DataExport.objects.filter(state__in=[ExportState.EXPIRED, ExportState.FAILED], is_cleared=False)
    removed = 0
    for export in over[:BATCH]:
        remove_folder(export.folder)
        removed += DataExport.objects.filter(pk=export.pk).update(file="", is_cleared=True)
    return removed
