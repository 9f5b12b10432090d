"""A site of Webflow's that becomes one of ours, and the webhooks that are made for it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django import Settings

from accounts.acting import Acting
from accounts.models import AuditEvent, ConnectionStatus, User, WebflowConnection, Workspace
from demo.webflow.server import StandIn
from demo.webflow.state import Fault
from demo.webflow.state import Site as WebflowSite
from scans import ownership
from scans.launch import Refusal, add_site
from scans.models import Proof, Site, SyncedSite, Webhook
from scans.webflow import listing, watching
from scans.webflow.inbox import TRIGGERS
from tests.build import a_site
from tests.scans.webflow.cast import a_synced, connect, watch


@pytest.fixture
def by(owner: User) -> Acting:
    return Acting(owner)


@pytest.fixture
def site(connection: WebflowConnection, workspace: Workspace) -> SyncedSite:
    """One that can be watched."""
    return a_synced(workspace, watched=False, connection=connection)


def refusal(answer: Site | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.message


def test_watching_takes_the_address_and_counts_as_proof(site: SyncedSite, by: Acting) -> None:
    ours = watching.watch(site, by)
    assert isinstance(ours, Site)
    assert (ours.url, ours.name, ours.is_proven) == ("https://www.bakery.com/", "Bakery", True)
    site.refresh_from_db()
    assert site.site == ours and site.wanted_at is not None and site.hooks_checked_at is None
    assert AuditEvent.objects.get(action="site.added").target == ours.url
    assert watching.watch(site, by) == ours
    assert AuditEvent.objects.filter(action="site.added").count() == 1


def test_a_site_that_is_there_is_taken_and_proven(site: SyncedSite, by: Acting, workspace: Workspace) -> None:
    known = a_site(workspace, "www.bakery.com")
    assert watching.watch(site, by) == known
    known.refresh_from_db()
    assert known.proven_at is not None and Site.objects.count() == 1


def test_without_its_connection_the_proof_has_seven_days(
    site: SyncedSite, by: Acting, connection: WebflowConnection
) -> None:
    ours = watching.watch(site, by)
    assert isinstance(ours, Site) and ours.proof_method == Proof.WEBFLOW
    assert ownership.recheck(ours)
    WebflowConnection.objects.filter(pk=connection.pk).update(status=ConnectionStatus.REVOKED)
    day = ownership.DAY + timedelta(minutes=1)
    Site.objects.update(proof_checked_at=timezone.now() - day)
    assert ownership.recheck_due() == 1
    ours.refresh_from_db()
    assert ours.is_proven and ours.proof_lost_at is not None
    Site.objects.update(proof_checked_at=timezone.now() - day, proof_lost_at=timezone.now() - ownership.GRACE - day)
    assert ownership.recheck_due() == 1
    ours.refresh_from_db()
    assert not ours.is_proven
    WebflowConnection.objects.filter(pk=connection.pk).update(status=ConnectionStatus.ACTIVE)
    assert ownership.prove(ours, Proof.WEBFLOW, by.person).is_there


def test_without_a_domain_it_is_the_webflow_address(site: SyncedSite, by: Acting) -> None:
    SyncedSite.objects.update(domains=[{"id": "a", "host": "not-mine.com", "last_published": None}])
    ours = watching.watch(site, by)
    assert isinstance(ours, Site) and ours.url == "https://bakery.webflow.io/"


def test_never_published(site: SyncedSite, by: Acting) -> None:
    SyncedSite.objects.update(last_published=None)
    assert "was never published" in refusal(watching.watch(site, by))
    assert not Site.objects.exists()


def test_no_more_than_the_plan_holds(site: SyncedSite, by: Acting, workspace: Workspace) -> None:
    for number in range(200):
        if isinstance(add_site(workspace, f"https://site-{number}.com/"), Refusal):
            break
    assert "Your plan holds" in refusal(watching.watch(site, by))
    site.refresh_from_db()
    assert site.site is None


def test_another_webflow_site_with_the_same_address(site: SyncedSite, by: Acting, workspace: Workspace) -> None:
    other = a_synced(workspace, "copy", watched=False, connection=site.connection, domains=site.domains)
    ours = watching.watch(site, by)
    assert "belongs to another Webflow site" in refusal(watching.watch(other, by))
    SyncedSite.objects.filter(pk=site.pk).update(gone_at=timezone.now())
    assert watching.watch(other, by) == ours, "the domain went over"
    site.refresh_from_db()
    assert site.site is None


@pytest.mark.parametrize("how", ["gone", "broken", "none"])
def test_what_no_connection_reaches(site: SyncedSite, by: Acting, how: str) -> None:
    if how == "gone":
        SyncedSite.objects.update(gone_at=timezone.now())
    elif how == "broken":
        WebflowConnection.objects.update(status=ConnectionStatus.NEEDS_RECONNECT)
    else:
        SyncedSite.objects.update(connection=None)
    assert "Connect Webflow again" in refusal(watching.watch(site, by))


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "", "a b", "evil.com:99999", "x@evil.com"])
def test_an_address_that_may_not_be_scanned(site: SyncedSite, by: Acting, host: str) -> None:
    SyncedSite.objects.update(domains=[{"id": "a", "host": host, "last_published": "2026-03-02"}])
    assert refusal(watching.watch(site, by))
    assert not Site.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_pressed_by_many_at_once(site: SyncedSite, by: Acting) -> None:
    barrier, answers = threading.Barrier(8), []

    def press() -> None:
        try:
            barrier.wait()
            answers.append(watching.watch(site, by))
        finally:
            database.close()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {Site.objects.get()} and len(answers) == 8
    assert AuditEvent.objects.filter(action="site.added").count() == 1


# webhooks


@pytest.fixture
def watched(synced: SyncedSite, settings: Settings) -> SyncedSite:
    settings.BASE_URL = "http://127.0.0.1:9"
    watch(synced)
    return synced


def look_again() -> int:
    SyncedSite.objects.update(hooks_checked_at=timezone.now() - timedelta(days=1, minutes=1))
    return watching.register_due()


def calls(webflow: StandIn, method: str) -> int:
    return sum(each == method and "/webhooks" in path for each, path in webflow.account.requests)


def hooks_at(bakery: WebflowSite) -> list[str]:
    return sorted(hook.trigger for hook in bakery.webhooks.values())


def test_webhooks_are_made_once(webflow: StandIn, watched: SyncedSite, bakery: WebflowSite) -> None:
    assert watching.register_due() == len(TRIGGERS)
    assert hooks_at(bakery) == sorted(TRIGGERS)
    assert {hook.url for hook in bakery.webhooks.values()} == {"http://127.0.0.1:9/webflow/hooks/"}
    assert watched.webhooks.count() == len(TRIGGERS)
    webflow.account.requests.clear()
    assert watching.register_due() == 0 and calls(webflow, "GET") == 0, "once a day"
    assert look_again() == 0
    assert (calls(webflow, "GET"), calls(webflow, "POST")) == (1, 0)


def test_sites_nobody_watches_have_none(webflow: StandIn, synced: SyncedSite) -> None:
    assert watching.register_due() == 0 and calls(webflow, "GET") == 0


def test_without_the_scope_nothing_is_asked(webflow: StandIn, workspace: Workspace, bakery: WebflowSite) -> None:
    listing.list_sites(connect(webflow, workspace, "sites:read"))
    watch(SyncedSite.objects.get(webflow_id=bakery.id))
    assert watching.register_due() == 0
    assert calls(webflow, "GET") == calls(webflow, "POST") == 0


def test_one_that_is_missing_is_made_again(webflow: StandIn, watched: SyncedSite, bakery: WebflowSite) -> None:
    watching.register_due()
    lost = next(hook for hook in bakery.webhooks.values() if hook.trigger == "page_deleted")
    del bakery.webhooks[lost.id]
    assert look_again() == 1
    assert hooks_at(bakery) == sorted(TRIGGERS)
    assert watched.webhooks.get(trigger="page_deleted").webflow_id != lost.id


def test_one_that_kept_silent_is_replaced(webflow: StandIn, watched: SyncedSite, bakery: WebflowSite) -> None:
    """Webflow switched it off and still lists it; a publish that only the hourly look found gives it away."""
    watching.register_due()
    dead = next(hook for hook in bakery.webhooks.values() if hook.trigger == "site_publish")
    dead.active = False
    Webhook.objects.update(created_at=timezone.now() - timedelta(days=1))
    webflow.account.ahead = -timedelta(minutes=10)
    webflow.publish(bakery)
    assert watched.connection is not None
    listing.list_sites(watched.connection)
    assert watching.register_due() == 1
    assert dead.id not in bakery.webhooks and hooks_at(bakery) == sorted(TRIGGERS)


def test_other_webhooks_of_ours_are_left_alone(webflow: StandIn, watched: SyncedSite, bakery: WebflowSite) -> None:
    watching.register_due()
    for hook in bakery.webhooks.values():
        hook.url = "https://another-installation.example/hooks/"
    assert look_again() == len(TRIGGERS)
    assert len(bakery.webhooks) == 2 * len(TRIGGERS)


def test_two_workspaces_share_the_webhooks_of_a_site(
    webflow: StandIn, watched: SyncedSite, bakery: WebflowSite
) -> None:
    watching.register_due()
    other = connect(webflow, Workspace.objects.create(name="Other"))
    listing.list_sites(other)
    watch(SyncedSite.objects.get(workspace=other.workspace, webflow_id=bakery.id))
    assert watching.register_due() == look_again() == 0
    assert len(bakery.webhooks) == len(TRIGGERS)


def test_a_trigger_webflow_refuses_leaves_the_others(
    webflow: StandIn, watched: SyncedSite, bakery: WebflowSite
) -> None:
    webflow.account.faults.append(Fault("/webhooks$", method="POST", status=400, body="{}"))
    assert watching.register_due() == len(TRIGGERS) - 1
    assert look_again() == 1


@pytest.mark.parametrize("fault", [{"status": 503, "times": 3}, {"status": 429, "headers": {"Retry-After": "60"}}])
def test_when_webflow_is_down_it_is_tried_soon(webflow: StandIn, watched: SyncedSite, fault: dict[str, Any]) -> None:
    webflow.account.faults.append(Fault("/webhooks$", **fault))
    assert watching.register_due() == 0
    watched.refresh_from_db()
    assert watched.hooks_checked_at is not None
    wait = watched.hooks_checked_at + timedelta(days=1) - timezone.now()
    assert timedelta(minutes=4) < wait < timedelta(minutes=6)


def test_a_revoked_token_breaks_the_connection(webflow: StandIn, watched: SyncedSite) -> None:
    webflow.account.grants[0].revoked = True
    assert watching.register_due() == 0
    assert WebflowConnection.objects.get().status == ConnectionStatus.NEEDS_RECONNECT


def test_a_new_permission_is_used_at_once(
    webflow: StandIn, workspace: Workspace, bakery: WebflowSite, settings: Settings
) -> None:
    settings.BASE_URL = "http://127.0.0.1:9"
    listing.list_sites(connect(webflow, workspace, "sites:read"))
    synced = SyncedSite.objects.get(webflow_id=bakery.id)
    watch(synced)
    watching.register_due()
    listing.list_sites(connect(webflow, workspace))
    assert watching.register_due() == len(TRIGGERS)
