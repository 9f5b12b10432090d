"""Old scans go, their pictures with them: the newest `RETENTION_SCANS` of each site stay."""

from __future__ import annotations

import logging
import shutil

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.db.models import OuterRef, Subquery

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
        with transaction.atomic():
            transaction.on_commit(lambda pk=scan.pk: _remove_pictures(f"shots/{pk}"))  # type: ignore[misc]
            scan.delete()
        removed += 1
    if removed:
        logger.info("%d old scans removed", removed)
    return removed


def remove_site(site: Site) -> None:
    """The site with everything found on it. A scan that is running loses its row, so it stops at its next page."""
    with transaction.atomic():
        for pk in site.scans.values_list("pk", flat=True):
            transaction.on_commit(lambda pk=pk: _remove_pictures(f"shots/{pk}"))  # type: ignore[misc]
        site.delete()


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
