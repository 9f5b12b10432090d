"""Workspaces begin, get another name and end."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.models import DataExport, Membership, Role, Workspace
from sentinel.storage import remove_folder

MOST_OWNED = 20  # by one person; more is a script


def create(name: str, by: Acting) -> Workspace | Refused:
    owned = Membership.objects.filter(user=by.person, role=Role.OWNER).count()
    if owned >= MOST_OWNED:
        return Refused(f"You own {owned} workspaces already. Delete one you no longer need, or write to us.")
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        Membership.objects.create(workspace=workspace, user=by.person, role=Role.OWNER)
        record(workspace, "workspace.created", actor=by.person, ip=by.ip, name=name)
    return workspace


def rename(workspace: Workspace, name: str, by: Acting) -> None:
    before = Workspace.objects.only("name").get(pk=workspace.pk).name
    if before == name:
        return
    with transaction.atomic():
        workspace.name = name
        workspace.save(update_fields=["name"])
        record(workspace, "workspace.renamed", actor=by.person, ip=by.ip, before=before, after=name)


def remove(workspace: Workspace) -> None:
    """The row with its members, invitations and copies. Its sites are deleted by the caller, who knows their files."""
    with transaction.atomic():
        for export in DataExport.objects.filter(workspace=workspace):
            transaction.on_commit(partial(remove_folder, export.folder))
        workspace.delete()
