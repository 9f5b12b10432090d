"""What a workspace can see of Webflow: its connections, their sites, how far the reading has come."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import ConnectionStatus, WebflowConnection, Workspace
from accounts.webflow.wire import Limits
from scans.webflow import listing
from scans.webflow.objects import SyncedSite

AT_ONCE = Limits(timeout=5, deadline=8, patience=2)  # somebody waits for the page


@dataclass(frozen=True, slots=True)
class Reach:
    """`read` of `sites` have had their pages, items and pictures read. `was_told`: Webflow named the sites of the
    connections that had to be asked for this page."""

    connections: tuple[WebflowConnection, ...]
    sites: int
    read: int
    watched: int
    was_told: bool

    @property
    def is_reading(self) -> bool:
        return self.read < self.sites and any(connection.is_active for connection in self.connections)


def of(workspace: Workspace) -> Reach:
    """Asks Webflow at once for the sites of a connection that was just made."""
    connections = tuple(WebflowConnection.objects.live().filter(workspace=workspace).order_by("created_at"))
    new = [each for each in connections if each.is_active and each.listed_at is None]
    told = [listing.list_sites(each, AT_ONCE) is not None for each in new]
    counted = sites(workspace).aggregate(
        every=Count("pk"), read=Count("pk", filter=Q(synced_at__isnull=False)), watched=Count("site")
    )
    return Reach(connections, counted["every"], counted["read"], counted["watched"], all(told))


def sites(workspace: Workspace, search: str = "") -> QuerySet[SyncedSite]:
    """Those of connections that the workspace has, working or not."""
    found = SyncedSite.objects.filter(workspace=workspace, gone_at=None, connection__isnull=False)
    found = found.exclude(connection__status=ConnectionStatus.REVOKED).select_related("site", "connection")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(short_name__icontains=search))
    return found.order_by("name", "pk")


def ask_again(workspace: Workspace) -> bool:
    """Lists the sites of all working connections anew and has their objects read; whether Webflow told them."""
    active = WebflowConnection.objects.active().filter(workspace=workspace).select_related("workspace")
    told = [listing.list_sites(each, AT_ONCE) for each in active]
    rows = [site.pk for found in told for site in found or ()]
    SyncedSite.objects.filter(pk__in=rows).update(wanted_at=timezone.now())
    return bool(told) and None not in told
