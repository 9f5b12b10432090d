"""Step 1 of a scan: may it start? → Scan(pending) → poke the dispatcher on commit. And what a person may ask of a scan
that goes on: pause, resume, cancel.

The pending row is the outbox: if the poke is lost (Redis down, process killed), the dispatcher finds it within a
second."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User, Workspace
from billing.limits import plan_of
from scans.discover.urls import registrable_domain
from scans.fetch.guard import Policy, Refused, check_url
from scans.models import Page, Priority, Scan, Site, Trigger
from scans.wakeup import poke

DAY = timedelta(days=1)
UNPROVEN_A_DAY = 10
CLOSED = "The workspace of this site is deleted."
PROVE = "Prove that it is yours first, in the settings of the site."
PRIORITIES = {
    Trigger.PERSON: Priority.HIGH,
    Trigger.API: Priority.NORMAL,
    Trigger.PUBLISH: Priority.NORMAL,
    Trigger.SCHEDULE: Priority.NORMAL,
}


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
    if workspace.sites.live().count() >= limit:
        return Refusal(f"Your plan holds {limit} sites. Remove one, or choose a larger plan.")
    site = Site(workspace=workspace, url=normal)
    site.name = name.strip()[:200] or site.host.removeprefix("www.")
    site.save()
    return site


def staging_of(site: Site, url: str) -> Site | Refusal:
    """The row under which the staging address of a site is scanned. Whoever proved the one has the other."""
    try:
        url = check_url(url, policy())
    except Refused as refused:
        return Refusal(str(refused))
    if Site.objects.filter(workspace=site.workspace, url=url).exclude(staging_of=site).exists():
        return Refusal(f"{url} is a site of its own here. Delete it to have it scanned as the staging address.")
    row, _ = Site.objects.get_or_create(
        staging_of=site,
        defaults={"workspace": site.workspace, "name": f"{site.name} (staging)"[:200], "url": url},
    )
    Site.objects.filter(pk=row.pk).update(url=url, proven_at=site.proven_at)
    row.refresh_from_db()
    return row


def request_scan(
    site: Site,
    *,
    requested_by: User | None = None,
    trigger: Trigger = Trigger.PERSON,
    priority: Priority | None = None,
    full: bool = False,
) -> Scan | Refusal:
    """A waiting scan of the site; the one that already runs or is paused, if one is (a site is scanned once at a
    time). Without a priority it has that of its trigger. `full` opens every page, also those that have not changed."""
    if going := _active(site):
        return going
    if site.workspace.closed_at:
        return Refusal(CLOSED)
    try:
        check_url(site.url, policy())
    except Refused as refused:
        return Refusal(str(refused))
    if not site.is_proven and (refusal := _refused_unproven(site, trigger)):
        return refusal
    plan = plan_of(site.workspace)
    pages = plan.pages_per_scan if site.is_proven else plan.unproven_pages
    scan = Scan(site=site, requested_by=requested_by, trigger=trigger, is_full=full)
    scan.priority = priority or PRIORITIES[trigger]
    scan.max_pages, scan.max_visits = pages, min(pages, plan.visits_per_scan)
    if _started(scan):
        return scan
    return _active(site) or Refusal("Another scan of this site was started at the same moment. Try again.")


def recheck_page(page: Page, *, requested_by: User | None = None) -> Scan | Refusal:
    """A waiting look at this one page, for the person who has just mended something on it; the one that already runs,
    if one does. A scan of the site may run beside it."""
    site = page.scan.site
    try:
        check_url(page.url, policy())
    except Refused as refused:
        return Refusal(str(refused))
    if not site.is_proven and (refusal := _refused_unproven(site, Trigger.PERSON)):
        return refusal
    scan = Scan(site=site, requested_by=requested_by, only_url=page.url, max_pages=1, max_visits=1)
    if _started(scan):
        return scan
    return _active(site, page.url) or Refusal("This page was just being checked. Try again.")


def _active(site: Site, only_url: str = "") -> Scan | None:
    return Scan.objects.active().filter(site=site, only_url=only_url).first()


def _started(scan: Scan) -> bool:
    """Whether the row is there: a site, and each of its pages, is looked at once at a time."""
    last = Scan.objects.whole().filter(site=scan.site).aggregate(last=Max("number"))["last"] or 0
    scan.number = last if scan.only_url else last + 1
    try:
        with transaction.atomic():
            scan.save(force_insert=True)
            transaction.on_commit(poke)
    except IntegrityError:
        return False
    return True


def _refused_unproven(site: Site, trigger: Trigger) -> Refusal | None:
    """What only the owner of a site may have. Counted over the workspace and the registered domain, so that another
    address of the same domain is no way round."""
    if trigger is Trigger.SCHEDULE:
        return Refusal(f"{site.host} is not proven to be yours, so it has no schedule. {PROVE}")
    domain = registrable_domain(site.url)
    same = [other.pk for other in site.workspace.sites.all() if registrable_domain(other.url) == domain]
    day = Scan.objects.filter(site__in=same, created_at__gt=timezone.now() - DAY).order_by("created_at")
    times = list(day.values_list("created_at", flat=True))
    if len(times) < UNPROVEN_A_DAY:
        return None
    wait = times[-UNPROVEN_A_DAY] + DAY - timezone.now()
    hours = max(1, round(wait / timedelta(hours=1)))
    return Refusal(
        f"{domain} is not proven to be yours, so it is scanned {UNPROVEN_A_DAY} times a day at most. {PROVE} "
        f"Or try again in {hours} hour{'' if hours == 1 else 's'}."
    )


def cancel_scan(scan_id: uuid.UUID) -> bool:
    """True when the scan was still going: it ends within two seconds and keeps what it found."""
    return Scan.objects.request_stop(scan_id)


def pause_scan(scan_id: uuid.UUID, by: User | None) -> bool:
    """True when the scan was going or waiting: within two seconds it holds no browser any more and keeps its pages."""
    return Scan.objects.request_pause(scan_id, by)


def resume_scan(scan_id: uuid.UUID) -> bool:
    """True when the scan was paused: it goes on where it stopped as soon as a scanner is free."""
    resumed = Scan.objects.resume(scan_id)
    if resumed:
        transaction.on_commit(poke)
    return resumed
