"""Old scans go, their pictures with them: what is older than the days of the workspace's plan, and all but the newest
`RETENTION_SCANS` of each site. The newest report of a site stays."""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import erasure, workspaces
from accounts.models import Workspace
from accounts.models.privacy import Kind
from billing.plans import FREE, PLANS
from scans.baselines import Baseline
from scans.carry import linked
from scans.models import ACTIVE, Scan, Site
from sentinel.storage import remove_folder

logger = logging.getLogger(__name__)

BATCH = 100


def prune() -> int:
    """Deletes scans beyond the limits, oldest first, at most `BATCH` a call; returns how many."""
    newest = Scan.objects.whole().filter(site=OuterRef("site")).order_by("-number")
    oldest_kept = newest.values("number")[settings.RETENTION_SCANS - 1 : settings.RETENTION_SCANS]
    old = Q(number__lt=Subquery(oldest_kept)) | _past_their_days(timezone.now())
    removed = 0
    for scan in Scan.objects.exclude(state__in=ACTIVE).filter(old).order_by("id")[:BATCH]:
        remove_scan(scan)
        removed += 1
    if removed:
        _drop_baselines()
        logger.info("%d old scans removed", removed)
    return removed


def _past_their_days(now: datetime) -> Q:
    """A check of one page whenever its days are over, a scan only when its site has a newer report."""
    reports = Scan.objects.comparable().filter(site=OuterRef("site")).order_by("-number").values("number")[:1]
    any_state = Scan.objects.whole().filter(site=OuterRef("site")).order_by("-number").values("number")[:1]
    newest = Coalesce(Subquery(reports), Subquery(any_state))
    old = Q(created_at__lt=now - timedelta(days=FREE.retention_days)) & ~Q(site__workspace__plan__in=PLANS)
    for plan in PLANS.values():
        days = timedelta(days=plan.retention_days)
        old |= Q(created_at__lt=now - days, site__workspace__plan=plan.slug)
    return old & (Q(number__lt=newest) | ~Q(only_url=""))


def remove_scan(scan: Scan) -> None:
    _keep_baselines(scan)
    with transaction.atomic():
        transaction.on_commit(partial(remove_folder, f"shots/{scan.pk}"))
        scan.delete()


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


def remove_site(site: Site, *, asked_at: datetime | None = None) -> None:
    """The site with everything found on it, at once and for good. A scan that is running loses its row, so it stops at
    its next page."""
    with transaction.atomic():
        erasure.begin(Kind.SITE, site.pk, asked_at=asked_at, done=True)
        _remove(site)


def _remove(site: Site) -> None:
    with transaction.atomic():
        for pk in site.scans.values_list("pk", flat=True):
            transaction.on_commit(partial(remove_folder, f"shots/{pk}"))
        transaction.on_commit(partial(remove_folder, f"baselines/{site.pk}"))
        site.delete()


def remove_workspace(workspace: Workspace) -> bool:
    """Everything: at most `BATCH` scans a call, then its sites one by one, because of their files, then the workspace
    itself; whether it is gone now."""
    scans = Scan.objects.filter(site__workspace=workspace)
    for scan in scans.order_by("id")[:BATCH]:
        with transaction.atomic():
            transaction.on_commit(partial(remove_folder, f"shots/{scan.pk}"))
            scan.delete()
    if scans.exists():
        return False
    with transaction.atomic():
        for site in Site.objects.filter(workspace=workspace):
            _remove(site)
        workspaces.remove(workspace)
    return True
