"""The bakery of the stand-in, connected and read; and rows of a scan that found something on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from redis import Redis

from accounts.models import SCOPES, Tier, User, WebflowConnection, Workspace
from demo.webflow.sample import sample_account
from demo.webflow.server import StandIn
from demo.webflow.state import Account, Asset, Collection, Item, Page
from demo.webflow.state import Site as Home
from scans.models import Finding, Fix, Scan, Site, SyncedSite
from scans.webflow import listing, sync
from tests.build import a_finding, a_page, a_scan, a_site, an_issue


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with StandIn(hosting=False) as webflow:
        yield webflow


@pytest.fixture
def webflow(server: StandIn, settings: Settings, live_redis: Redis) -> StandIn:
    """As new for each test."""
    fresh: Account = sample_account()
    for name in ("sites", "grants", "faults", "requests", "switches", "ahead"):
        setattr(server.account, name, getattr(fresh, name))
    server.account.switches.rate_limit = 100_000
    server.account.switches.publish_seconds = 0.0
    settings.WEBFLOW_API_URL = server.api_url
    return server


@dataclass
class Bakery:
    """`home` is the site at Webflow, `synced` its copy, `site` what is scanned, `scan` the last scan of it."""

    home: Home
    connection: WebflowConnection
    synced: SyncedSite
    site: Site
    scan: Scan
    pages: dict[str, Any] = field(default_factory=dict)

    def page(self, slug: str) -> Page:
        return next(page for page in self.home.pages.values() if page.slug == slug)

    def item(self, slug: str) -> Item:
        return next(item for item in self.home.items() if item.fields["slug"] == slug)

    def asset(self, name: str) -> Asset:
        return next(asset for asset in self.home.assets.values() if asset.name == name)

    @property
    def journal(self) -> Collection:
        return next(iter(self.home.collections.values()))

    def found(self, rule: str, path: str, template: str = "", html: str = "", **evidence: Any) -> Finding:
        """Of `rule` on the page at `path`; `template` is the slug of the page it was made by."""
        made_by = self.page(template or path.strip("/"))
        page = self.pages.get(path) or a_page(self.scan, path, webflow_page_id=made_by.id)
        self.pages[path] = page
        issue = an_issue(self.scan, rule, rule=rule, category=rule.split(".", maxsplit=1)[0])
        return a_finding(issue, self.scan, page, evidence=evidence, html=html)


@pytest.fixture
def bakery(webflow: StandIn, workspace: Workspace, owner: User) -> Bakery:
    grant = webflow.account.grant(*SCOPES[Tier.FIX])
    connection = WebflowConnection(
        workspace=workspace, authorization_id=grant.id, scopes=list(grant.scopes), created_by=owner
    )
    connection.keep_token(grant.token)
    connection.save()
    listed = listing.list_sites(connection)
    assert listed is not None
    home = webflow.site("harbour-bakery")
    synced = next(each for each in listed if each.webflow_id == home.id)
    site = a_site(workspace, "www.harbour-bakery.example")
    synced.site = site
    synced.save()
    assert sync.sync(synced)
    return Bakery(home, connection, synced, site, a_scan(site))


def shown(client: Client, finding: Finding) -> str:
    response = client.get(reverse("fix", args=[finding.pk]))
    assert response.status_code == 200
    return response.content.decode()


def fixed(client: Client, finding: Finding, key: str, new: str, seen: str = "", **more: str) -> list[str]:
    """What the person is told."""
    sent = {"key": key, "seen": seen, "new": new, **more}
    response = client.post(reverse("fix_apply", args=[finding.pk]), sent, follow=True)
    return [str(message) for message in response.context["messages"]]


def asked(client: Client, name: str, row: Fix | Site, **sent: str) -> list[str]:
    response = client.post(reverse(name, args=[row.pk]), sent, follow=True)
    return [str(message) for message in response.context["messages"]]
