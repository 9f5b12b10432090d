"""The overview: every site of a workspace as one card. Six queries, however many sites there are."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, RowNumber

from accounts.models import Workspace
from scans.models import REPORTED, Issue, IssueState, Scan, ScanState, Shot, Site
from scans.reports import progress as live
from scans.snapshot import Confidence

PER_PAGE = 48
TREND = 10
DEFAULT_SORT = "recent"
SORTS: dict[str, tuple[str, list[Any]]] = {
    "recent": ("Last scanned", [F("last_scan_at").desc(nulls_last=True), "name"]),
    "score": ("Lowest score", [F("latest_score").asc(nulls_last=True), "name"]),
    "problems": ("Most problems", ["-open_issues", "name"]),
    "name": ("Name", ["name"]),
}


@dataclass(frozen=True, slots=True)
class Card:
    """`scores`: of the last scans, oldest first. `reported`: the newest scan with a report. `last`: the newest scan at
    all, which may be running or have failed. `percent`: how far a running one is. `shot`: the home page's picture."""

    site: Site
    scores: list[int]
    severities: dict[str, int]
    reported: Scan | None
    last: Scan | None
    percent: int
    shot: uuid.UUID | None


def sites_of(workspace: Workspace, search: str = "", sort: str = DEFAULT_SORT) -> QuerySet[Site, Any]:
    """`search` is looked for in name and address; an unknown `sort` is the default one."""
    scans = Scan.objects.whole().filter(site=OuterRef("pk")).order_by("-number")
    scored = scans.filter(state__in=REPORTED, score__overall__isnull=False)
    counted = open_issues(Issue.objects.filter(site=OuterRef("pk"))).order_by().values("site").annotate(n=Count("pk"))
    sites = (
        Site.objects.live()
        .filter(workspace=workspace)
        .annotate(
            last_scan_at=Subquery(scans.values("created_at")[:1]),
            latest_score=Subquery(
                scored.annotate(points=Cast(KT("score__overall"), IntegerField())).values("points")[:1]
            ),
            open_issues=Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0),
        )
    )
    if search:
        sites = sites.filter(Q(name__icontains=search) | Q(url__icontains=search))
    return sites.order_by(*SORTS.get(sort, SORTS[DEFAULT_SORT])[1], "pk")


def board(sites: QuerySet[Site, Any], page: str | None) -> tuple[ListPage[Site], list[Card]]:
    """One page of the sites, and a card for each."""
    listed = Paginator(sites, PER_PAGE).get_page(page)
    shown = list(listed)
    scans = recent_scans(shown)
    severities = open_severities(shown)
    shots = home_shots([scan for rows in scans.values() if (scan := _reported(rows))])
    return listed, [_card(site, scans[site.pk], severities[site.pk], shots) for site in shown]


def _card(site: Site, scans: list[Scan], severities: dict[str, int], shots: Mapping[uuid.UUID, uuid.UUID]) -> Card:
    reported = _reported(scans)
    return Card(
        site=site,
        scores=[scan.overall for scan in reversed(scans) if scan.overall is not None],
        severities=severities,
        reported=reported,
        last=scans[0] if scans else None,
        percent=_percent(scans),
        shot=shots.get(reported.pk) if reported else None,
    )


def _reported(scans: Sequence[Scan]) -> Scan | None:
    return next((scan for scan in scans if scan.overall is not None), None)


def _percent(scans: Sequence[Scan]) -> int:
    running = next((scan for scan in scans if scan.state == ScanState.RUNNING), None)
    return live.progress(running).percent if running else 0


def recent_scans(sites: Sequence[Site]) -> Mapping[uuid.UUID, list[Scan]]:
    """The last TREND scans of each site, newest first."""
    place = Window(RowNumber(), partition_by=F("site"), order_by=F("number").desc())
    rows = Scan.objects.whole().filter(site__in=sites).annotate(place=place).filter(place__lte=TREND)
    found: dict[uuid.UUID, list[Scan]] = defaultdict(list)
    for scan in rows.defer("coverage", "engine").order_by("-number"):
        found[scan.site_id].append(scan)
    return found


def open_severities(sites: Sequence[Site]) -> Mapping[uuid.UUID, dict[str, int]]:
    """What is to be fixed on each site, by severity."""
    rows = (
        open_issues(Issue.objects.filter(site__in=sites))
        .order_by()
        .values_list("site", "severity")
        .annotate(n=Count("pk"))
    )
    found: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for site, severity, count in rows:
        found[site][severity] = count
    return found


def home_shots(scans: Sequence[Scan]) -> dict[uuid.UUID, uuid.UUID]:
    """The desktop picture of the start page, by scan."""
    rows = Shot.objects.filter(page__scan__in=scans, page__depth=0, viewport="desktop")
    return dict(rows.values_list("page__scan", "pk"))


def open_issues(issues: QuerySet[Issue, Any]) -> QuerySet[Issue, Any]:
    """What is certain and neither fixed nor ignored."""
    return issues.filter(state=IssueState.OPEN, confidence=Confidence.CONFIRMED)
