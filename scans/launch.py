"""Step 1 of a scan: may it start? → Scan(pending) → poke the dispatcher on commit.

The pending row is the outbox: if the poke is lost (Redis down, process killed), the dispatcher finds it within a
second."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User, Workspace
from billing.limits import plan_of
from scans.fetch.guard import Policy, Refused, check_url
from scans.models import Page, Priority, Scan, Site, Trigger
from scans.recovery import poke


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not start, as one sentence for the person who asked."""

    message: str


def policy() -> Policy:
    """The egress policy of this installation: nothing private, except the pairs the operator opened."""
    return Policy.of(settings.SCAN_ALLOWED_HOSTS)


def add_site(workspace: Workspace, url: str, name: str = "") -> Site | Refusal:
    """Keeps the normalised URL and never the input; the same URL twice is the same site."""
    text = url.strip()
    try:
        normal = check_url(text if "://" in text else f"https://{text}", policy())
    except Refused as refused:
        return Refusal(str(refused))
    known = Site.objects.filter(workspace=workspace, url=normal).first()
    if known:
        return known
    limit = plan_of(workspace).sites
    if workspace.sites.count() >= limit:
        return Refusal(f"Your plan holds {limit} sites. Remove one, or choose a larger plan.")
    site = Site(workspace=workspace, url=normal)
    site.name = name.strip()[:200] or site.host.removeprefix("www.")
    site.save()
    return site


def request_scan(
    site: Site,
    *,
    requested_by: User | None = None,
    trigger: Trigger = Trigger.PERSON,
    priority: Priority = Priority.HIGH,
    full: bool = False,
) -> Scan | Refusal:
    """A waiting scan of the site; the one that already runs, if one does (a site is scanned once at a time). `full`
    opens every page, also those that have not changed."""
    try:
        check_url(site.url, policy())
    except Refused as refused:
        return Refusal(str(refused))
    plan = plan_of(site.workspace)
    pages = plan.pages_per_scan if site.is_proven else plan.unproven_pages
    scan = Scan(site=site, requested_by=requested_by, trigger=trigger, priority=priority, is_full=full)
    scan.max_pages, scan.max_visits = pages, min(pages, plan.visits_per_scan)
    if _started(scan):
        return scan
    running = Scan.objects.active().filter(site=site).first()
    return running or Refusal("Another scan of this site was started at the same moment. Try again.")


def recheck_page(page: Page, *, requested_by: User | None = None) -> Scan | Refusal:
    """A waiting look at this one page, for the person who has just mended something on it."""
    try:
        check_url(page.url, policy())
    except Refused as refused:
        return Refusal(str(refused))
    scan = Scan(site=page.scan.site, requested_by=requested_by, only_url=page.url, max_pages=1, max_visits=1)
    if _started(scan):
        return scan
    return Refusal("This site is being scanned right now: that scan will tell. Or cancel it and check this page again.")


def _started(scan: Scan) -> bool:
    """Whether the row is there: a site is scanned once at a time."""
    last = Scan.objects.whole().filter(site=scan.site).aggregate(last=Max("number"))["last"] or 0
    scan.number = last if scan.only_url else last + 1
    try:
        with transaction.atomic():
            scan.save(force_insert=True)
            transaction.on_commit(lambda: poke(scan.pk))
    except IntegrityError:
        return False
    return True


def cancel_scan(scan_id: uuid.UUID) -> bool:
    """True when the scan was still going: it ends within two seconds and keeps what it found."""
    return Scan.objects.request_stop(scan_id)
