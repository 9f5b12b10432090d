"""What a workspace can see of Webflow: its connections, their sites, how far the reading has come."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import WebflowConnection, Workspace
from scans.webflow import sync
from scans.webflow.objects import SyncedSite


@dataclass(frozen=True, slots=True)
class Reach:
    """`read` of `sites` have had their pages, items and pictures read."""

    connections: tuple[WebflowConnection, ...]
    sites: int
    read: int
    watched: int

    @property
    def is_reading(self) -> bool:
        return self.read < self.sites and any(connection.is_active for connection in self.connections)


def of(workspace: Workspace) -> Reach:
    """Asks Webflow at once for the sites of a connection that was just made."""
    connections = tuple(WebflowConnection.objects.live().filter(workspace=workspace).order_by("created_at"))
    for connection in connections:
        if connection.is_active and connection.listed_at is None:
            sync.list_sites(connection)
    counted = sites(workspace).aggregate(
        every=Count("pk"), read=Count("pk", filter=Q(synced_at__isnull=False)), watched=Count("site")
    )
    return Reach(connections, counted["every"], counted["read"], counted["watched"])


def sites(workspace: Workspace, search: str = "") -> QuerySet[SyncedSite]:
    found = SyncedSite.objects.filter(workspace=workspace, gone_at=None).select_related("site")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(short_name__icontains=search))
    return found.order_by("name", "pk")


def ask_again(workspace: Workspace) -> bool:
    """Lists the sites of all working connections anew and has their objects read; whether Webflow told them."""
    told = [sync.list_sites(one) for one in WebflowConnection.objects.active().filter(workspace=workspace)]
    for found in told:
        sync.want([site.webflow_id for site in found or ()])
    return bool(told) and None not in told
