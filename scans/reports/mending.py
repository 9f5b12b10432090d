"""What can be mended from an issue's page, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from scans.models import Finding, Fix, Issue, Site
from scans.webflow import offers, targets
from scans.webflow.offers import Hindrance
from scans.webflow.targets import Target

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Panel:
    """`is_likely`: the rule and the object are of a kind that the API can change. `designer_url` leads to what it
    cannot."""

    targets: tuple[Target, ...]
    is_likely: bool
    hindrance: Hindrance
    fixes: Sequence[Fix]
    designer_url: str

    @property
    def may_fix(self) -> bool:
        return self.is_likely and not self.hindrance


def panel(issue: Issue, finding: Finding, site: Site) -> Panel | None:
    """None for a site that is not connected."""
    synced = targets.synced_of(site)
    if synced is None:
        return None
    found = targets.every(issue, finding, synced)
    return Panel(
        found,
        offers.is_likely(finding, synced),
        offers.hindrance(synced),
        list(of(synced.site or site).filter(issue=issue)[:SHOWN]),
        next((each.designer_url for each in found if each.designer_url), targets.designer(synced)),
    )


def of(site: Site) -> QuerySet[Fix, Any]:
    return Fix.objects.filter(site=site).select_related("by", "undone_by", "scan", "issue")
