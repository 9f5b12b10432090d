"""Old scans go, their pictures with them: the newest `RETENTION_SCANS` of each site stay."""

from __future__ import annotations

import contextlib
import logging
import shutil
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from accounts import workspaces
from accounts.acting import Acting
from accounts.models import Workspace
from scans.baselines import Baseline
from scans.carry import linked
from scans.models import ACTIVE, Scan, Site

logger = logging.getLogger(__name__)

BATCH = 100


def prune() -> int:
    """Deletes scans beyond the limit, oldest first, at most `BATCH` a call; returns how many."""
    newest = Scan.objects.whole().filter(site=OuterRef("site")).order_by("-number")
    oldest_kept = newest.values("number")[settings.RETENTION_SCANS - 1 : settings.RETENTION_SCANS]
    old = Scan.objects.exclude(state__in=ACTIVE).filter(number__lt=Subquery(oldest_kept))
    removed = 0
    for scan in old.order_by("id")[:BATCH]:
        _keep_baselines(scan)
        with transaction.atomic():
            transaction.on_commit(lambda pk=scan.pk: _remove_pictures(f"shots/{pk}"))  # type: ignore[misc]
            scan.delete()
        removed += 1
    if removed:
        _drop_baselines()
        logger.info("%d old scans removed", removed)
    return removed


def _keep_baselines(scan: Scan) -> None:
    """Approved pictures of a scan that goes outlive it, under a name of their own."""
    for baseline in Baseline.objects.filter(file__startswith=f"shots/{scan.pk}/"):
        name = str(baseline.file.name)
        wanted = f"baselines/{scan.site_id}/{baseline.pk}{Path(name).suffix}"
        with contextlib.suppress(FileNotFoundError):  # nothing is left to keep
            Baseline.objects.filter(pk=baseline.pk).update(file=linked(name, wanted))


def _drop_baselines() -> None:
    """Those that no report shows and that no approval taken back would need."""
    needed = Baseline.objects.filter(is_current=True, previous=OuterRef("pk"))
    unused = Baseline.objects.filter(~Exists(needed), is_current=False, changes__isnull=True)
    for baseline in unused[:BATCH]:
        name = str(baseline.file.name)
        baseline.delete()
        if name.startswith("baselines/"):
            default_storage.delete(name)


def remove_site(site: Site) -> None:
    """The site with everything found on it. A scan that is running loses its row, so it stops at its next page."""
    with transaction.atomic():
        for pk in site.scans.values_list("pk", flat=True):
            transaction.on_commit(lambda pk=pk: _remove_pictures(f"shots/{pk}"))  # type: ignore[misc]
        transaction.on_commit(partial(_remove_pictures, f"baselines/{site.pk}"))
        site.delete()


def remove_workspace(workspace: Workspace, by: Acting) -> None:
    """Everything: its sites one by one, because of their files, then the workspace itself."""
    with transaction.atomic():
        for site in Site.objects.filter(workspace=workspace):
            remove_site(site)
        workspaces.remove(workspace, by)


def _remove_pictures(folder: str) -> None:
    """Files go after the rows: a picture without a row is waste, a row without its picture is a hole in a report."""
    if isinstance(default_storage, FileSystemStorage):
        shutil.rmtree(default_storage.path(folder), ignore_errors=True)
        return
    folders, files = default_storage.listdir(folder)
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    for name in folders:
        _remove_pictures(f"{folder}/{name}")
