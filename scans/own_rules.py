"""What people do with the rules of their site: add, change, switch, delete, take back; and what a rule would have said
of the last scan, as far as kept figures tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from scans.custom import CustomRule
from scans.models import Page, Scan, Site
from scans.rulebook import MOST_RULES
from scans.snapshot import CustomKind
from scans.snapshot import CustomRule as Rule

FULL = f"A site holds {MOST_RULES} rules. Delete one that is no longer needed."
UNDO_FOR = timedelta(days=1)


def add(site: Site, rule: Rule) -> CustomRule | None:
    """None when the site is full."""
    with transaction.atomic():
        if not _has_room(site):
            return None
        _forget(site)
        return CustomRule.objects.create(site=site, kind=rule.kind.value, **_fields(rule))


def change(row: CustomRule, rule: Rule) -> None:
    CustomRule.objects.filter(pk=row.pk).update(**_fields(rule))


def switch(row: CustomRule, *, on: bool) -> None:
    CustomRule.objects.filter(pk=row.pk).update(is_enabled=on)


def remove(row: CustomRule) -> None:
    _forget(row.site)
    CustomRule.objects.filter(pk=row.pk).update(deleted_at=timezone.now())


def restore(row: CustomRule) -> bool:
    """False when the site has no room for it any more."""
    with transaction.atomic():
        if not _has_room(row.site):
            return False
        CustomRule.objects.filter(pk=row.pk).update(deleted_at=None)
        return True


def _has_room(site: Site) -> bool:
    """Whoever asks first is answered first: the site's row is locked."""
    Site.objects.select_for_update().get(pk=site.pk)
    return site.custom_rules.kept().count() < MOST_RULES


def _forget(site: Site) -> None:
    site.custom_rules.filter(deleted_at__lt=timezone.now() - UNDO_FOR).delete()


def _fields(rule: Rule) -> dict[str, str | int | None]:
    return {
        "name": rule.name,
        "severity": rule.severity.value,
        "path": rule.path,
        "terms": "\n".join(rule.terms),
        "limit": rule.limit or None,
    }


@dataclass(frozen=True, slots=True)
class Preview:
    """`covered`: pages of the last scan that the path takes in; `over`: how many of them are over the budget, None for
    rules that need the page itself, which is not kept."""

    scan: Scan
    pages: int
    covered: int
    opened: int
    over: int | None


def preview(site: Site, rule: Rule) -> Preview | None:
    """None when the site was never scanned."""
    scan = Scan.objects.comparable().filter(site=site).order_by("-number").first()
    if scan is None:
        return None
    rows = Page.objects.filter(scan=scan).only("url", "bytes", "requests", "vitals", "visited_at", "visit_error")
    pages = list(rows)
    covered = [page for page in pages if rule.applies_to(page.url)]
    opened = [page for page in covered if page.visited_at and not page.visit_error]
    over = sum(_figure(rule.kind, page) > _most(rule) for page in opened) if rule.is_budget else None
    return Preview(scan, len(pages), len(covered), len(opened), over)


def _most(rule: Rule) -> int:
    return rule.limit * 1000 if rule.kind is CustomKind.PAGE_WEIGHT else rule.limit


def _figure(kind: CustomKind, page: Page) -> float:
    if kind is CustomKind.LCP:
        return float(page.vitals.get("lcp_ms") or 0)
    return page.bytes if kind is CustomKind.PAGE_WEIGHT else page.requests
