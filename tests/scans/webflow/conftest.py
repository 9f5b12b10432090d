"""A workspace that is connected with a stand-in for Webflow. What needs Django's models is imported when it is asked
for: pytest reads this before the settings are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings
from redis import Redis

from accounts.webflow import wire
from demo.webflow.server import StandIn
from demo.webflow.state import Site as WebflowSite

if TYPE_CHECKING:
    from accounts.models import WebflowConnection, Workspace
    from scans.webflow.objects import SyncedSite


@pytest.fixture
def webflow(settings: Settings, live_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """One whose sites have names and no servers."""
    monkeypatch.setattr(wire, "BACKOFF_SECONDS", 0.0)
    with StandIn(hosting=False) as standin:
        standin.account.switches.rate_limit = 10_000
        standin.account.switches.publish_seconds = 0.0
        for name, value in standin.environment.items():
            setattr(settings, name, value)
        settings.WEBFLOW_CLIENT_SECRETS = [standin.account.app.client_secret]
        yield standin


@pytest.fixture
def connection(webflow: StandIn, workspace: Workspace) -> WebflowConnection:
    from tests.scans.webflow.cast import connect

    return connect(webflow, workspace)


@pytest.fixture
def bakery(webflow: StandIn) -> WebflowSite:
    return webflow.site("harbour-bakery")


@pytest.fixture
def synced(connection: WebflowConnection, bakery: WebflowSite) -> SyncedSite:
    """The bakery, read whole."""
    from scans.webflow import listing, sync
    from scans.webflow.objects import SyncedSite

    listing.list_sites(connection)
    sync.work_off()
    return SyncedSite.objects.get(webflow_id=bakery.id)
