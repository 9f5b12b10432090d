"""The pages: sites to choose from, publishes and what they did, the gate before going live, what was removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ConnectionStatus, WebflowConnection, Workspace
from demo.webflow.server import StandIn
from demo.webflow.state import Fault, object_id
from scans.launch import staging_of
from scans.models import Publish, Scan, ScanState, Site, SyncedPage, SyncedSite
from scans.reports.publishes import blamed, lines
from scans.reports.removals import removals
from scans.reports.staging import gate
from scans.webflow.inbox import Kind
from tests.build import a_finding, a_page, a_scan, an_issue
from tests.scans.hostile import HOSTILE
from tests.scans.webflow.cast import a_synced, connect

SITES = "/sites/webflow/"


@pytest.fixture
def synced(workspace: Workspace) -> SyncedSite:
    connection = WebflowConnection.objects.create(workspace=workspace, authorization_id="a", listed_at=timezone.now())
    return a_synced(workspace, connection=connection)


def of(synced: SyncedSite) -> Site:
    assert synced.site is not None
    return synced.site


def published(synced: SyncedSite, scan: Scan | None = None, **fields: Any) -> Publish:
    ordinary = {"site": synced, "published_at": timezone.now() - timedelta(minutes=5), "by": "Robin Vale"}
    return Publish.objects.create(**ordinary | {"scan": scan, "hosts": ["www.bakery.com"]} | fields)


def shown(client: Client, synced: SyncedSite) -> str:
    answer = client.get(f"/sites/{of(synced).pk}/publishes/")
    assert answer.status_code == 200
    return str(answer.content.decode())


# the list of sites


def test_a_new_connection_is_listed_at_once(webflow: StandIn, workspace: Workspace, owner_client: Client) -> None:
    connect(webflow, workspace)
    page = owner_client.get(SITES).content.decode()
    assert "Harbour Bakery" in page and "www.harbour-bakery.example" in page and "Never published" in page
    assert f'src="{webflow.url}/previews/' in page
    assert page.count("Watch and scan") == 2, "not the one that was never published"
    assert "0 of 3 sites" in page
    webflow.account.requests.clear()
    owner_client.get(SITES)
    assert not webflow.account.requests


def test_nothing_to_choose_from(owner_client: Client, synced: SyncedSite, workspace: Workspace) -> None:
    assert "No site matches" in owner_client.get(SITES, {"q": "xyz"}).content.decode()
    SyncedSite.objects.update(gone_at=timezone.now())
    assert "No sites to see" in owner_client.get(SITES).content.decode()
    WebflowConnection.objects.update(status=ConnectionStatus.REVOKED)
    assert "Webflow is not connected yet" in owner_client.get(SITES).content.decode()


def test_sites_of_a_connection_that_was_given_back(owner_client: Client, synced: SyncedSite) -> None:
    assert "Bakery" in owner_client.get(SITES).content.decode()
    WebflowConnection.objects.update(status=ConnectionStatus.NEEDS_RECONNECT)
    assert "Bakery" in owner_client.get(SITES).content.decode()
    WebflowConnection.objects.update(status=ConnectionStatus.REVOKED)
    assert "Bakery" not in owner_client.get(SITES).content.decode()


def test_the_list_asks_no_more_for_more_rows(
    owner_client: Client, synced: SyncedSite, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    owner_client.get(SITES)
    with django_assert_max_num_queries(25) as asked:
        owner_client.get(SITES)
    for number in range(8):
        a_synced(workspace, f"more-{number}", connection=synced.connection)
    with django_assert_max_num_queries(len(asked)):
        assert owner_client.get(SITES).content.decode().count("site-card") == 9


@pytest.mark.parametrize("trouble", ["down", "revoked", "no redis", "no key", "nonsense"])
@pytest.mark.parametrize("how", ["look", "ask"])
def test_when_webflow_does_not_tell(
    webflow: StandIn, workspace: Workspace, owner_client: Client, settings: Settings, trouble: str, how: str
) -> None:
    connection = connect(webflow, workspace)
    if trouble == "down":
        webflow.account.faults.append(Fault("/sites$", status=503, times=3))
    elif trouble == "revoked":
        webflow.account.grants[0].revoked = True
    elif trouble == "no redis":
        queues = settings.RQ_QUEUES.items()
        settings.RQ_QUEUES = {name: {**queue, "URL": "redis://127.0.0.1:1/0"} for name, queue in queues}
    elif trouble == "no key":
        WebflowConnection.objects.filter(pk=connection.pk).update(token_encrypted="v1:lost:AAAA")
    else:
        webflow.account.faults.append(Fault("/sites$", status=200, body='{"sites": {}}'))
    answer = owner_client.get(SITES) if how == "look" else owner_client.post(f"{SITES}refresh/", follow=True)
    assert answer.status_code == 200
    assert "Webflow did not tell its sites" in answer.content.decode()


def test_watching_from_the_page(webflow: StandIn, workspace: Workspace, owner_client: Client) -> None:
    synced = a_synced(workspace, watched=False, connection=connect(webflow, workspace))
    answer = owner_client.post(f"{SITES}{synced.pk}/watch/")
    scan = Scan.objects.get()
    assert answer["Location"] == f"/scans/{scan.pk}/"
    assert scan.site.host == "www.bakery.com"
    assert owner_client.post(f"{SITES}{synced.pk}/watch/")["Location"] == f"/scans/{scan.pk}/"


def test_only_who_may_write_watches_and_asks(
    synced: SyncedSite, viewer_client: Client, stranger_client: Client, client: Client
) -> None:
    SyncedSite.objects.update(site=None)
    path = f"{SITES}{synced.pk}/watch/"
    assert [each.post(path).status_code for each in (viewer_client, stranger_client, client)] == [404, 404, 302]
    assert viewer_client.post(f"{SITES}refresh/").status_code == 404
    assert "Watch and scan" not in viewer_client.get(SITES).content.decode()
    assert "Bakery" not in stranger_client.get(SITES).content.decode()


def test_pictures_come_from_one_place_only(owner_client: Client, synced: SyncedSite, settings: Settings) -> None:
    picture = f"{settings.WEBFLOW_PICTURES_ORIGIN}/a.png"
    for url, is_shown in (
        (picture, True),
        ("https://evil.example/a.png", False),
        (picture.replace("/a", ".evil/a"), 0),
    ):
        SyncedSite.objects.update(picture_url=url)
        answer = owner_client.get(SITES)
        assert (f'src="{url}"' in answer.content.decode()) == bool(is_shown)
        directives = answer["Content-Security-Policy"].split("; ")
        assert "img-src 'self' data: https://screenshots.webflow.com" in [one.strip(";") for one in directives]


@pytest.mark.parametrize("text", HOSTILE[:4])
def test_what_webflow_calls_things_stays_text(owner_client: Client, synced: SyncedSite, text: str) -> None:
    SyncedSite.objects.update(name=text, short_name=text, picture_url=text, domains=[{"id": "", "host": text}])
    published(synced, by=text, name=text, path=text, hosts=[text], kind=Kind.REMOVAL)
    for page in (owner_client.get(SITES).content.decode(), shown(owner_client, synced)):
        assert "alert(document.domain)" in page or "evil.example" in page
        assert text not in page


# publishes


def test_no_publish_yet_and_no_connection(owner_client: Client, synced: SyncedSite) -> None:
    assert "No publish yet" in shown(owner_client, synced)
    site = of(synced)
    SyncedSite.objects.update(site=None)
    assert "This site is not connected" in owner_client.get(f"/sites/{site.pk}/publishes/").content.decode()


def test_what_a_publish_broke_and_mended(owner_client: Client, synced: SyncedSite) -> None:
    first, second = a_scan(of(synced)), a_scan(of(synced))
    an_issue(first, "Old")
    an_issue(first, "Mended", state="fixed", fixed_scan=second)
    new = an_issue(second, "New")
    back = an_issue(first, "Back", regressed_scan=second)
    an_issue(second, "Ignored", state="ignored")
    of_first, of_second = published(synced, first), published(synced, second)
    assert [(line.new, line.fixed) for line in lines([of_second, of_first])] == [(2, 1), (None, None)]
    assert blamed(new) == blamed(back) == of_second
    assert blamed(an_issue(first, "First")) is None, "nothing was there to compare with"
    page = shown(owner_client, synced)
    assert "+2" in page and "−1" in page and "Robin Vale" in page
    issue_page = owner_client.get(f"/scans/{second.pk}/issues/{new.pk}/")
    if issue_page.status_code == 200:
        assert "Robin Vale" in issue_page.content.decode()


def test_why_there_is_no_scan(owner_client: Client, synced: SyncedSite) -> None:
    published(synced, settled_at=timezone.now(), refusal="No more today.")
    published(synced, kind=Kind.ITEM, settled_at=timezone.now())
    published(synced, kind=Kind.PAGE)
    page = shown(owner_client, synced)
    assert "Not scanned: No more today." in page and "Before the site was watched" in page
    assert "Waits for its scan" in page


def test_publishes_ask_no_more_for_more_rows(
    owner_client: Client, synced: SyncedSite, django_assert_max_num_queries: Any
) -> None:
    published(synced, a_scan(of(synced)))
    published(synced, kind=Kind.REMOVAL, path="/x")
    shown(owner_client, synced)
    with django_assert_max_num_queries(30) as asked:
        shown(owner_client, synced)
    for number in range(10):
        published(synced, a_scan(of(synced)), published_at=timezone.now())
        published(synced, kind=Kind.REMOVAL, path=f"/x-{number}", object_id=f"{number}")
    with django_assert_max_num_queries(len(asked)):
        shown(owner_client, synced)


# the gate


@pytest.fixture
def staging(synced: SyncedSite) -> Site:
    row = staging_of(of(synced), "https://bakery.webflow.io/")
    assert isinstance(row, Site)
    return row


def broken_link(scan: Scan, path: str, **fields: Any) -> None:
    """As the rule says it: the address of the link is its cause, host and all."""
    target = scan.site.url.rstrip("/") + path
    issue = an_issue(scan, **{"message": f"Leads to {target}"} | fields)
    a_finding(issue, scan, a_page(scan, f"/from{path}"))


def test_without_a_look_at_both_there_is_no_gate(synced: SyncedSite, staging: Site) -> None:
    assert gate(of(synced)) is None
    a_scan(staging)
    assert gate(of(synced)) is None
    a_scan(of(synced))
    assert gate(of(synced)) is not None


def test_ready(owner_client: Client, synced: SyncedSite, staging: Site) -> None:
    """What both have is no reason to wait, though each names its own host; nor is what is minor."""
    live, look = a_scan(of(synced)), a_scan(staging)
    for scan in (live, look):
        broken_link(scan, "/order")
    broken_link(look, "/small", severity="minor")
    seen = gate(of(synced))
    assert seen is not None and seen.is_ready
    assert [row.message for row in seen.problems] == ["Leads to https://bakery.webflow.io/small"]
    page = shown(owner_client, synced)
    assert "Staging is ready to go live" in page and "What else is new is minor." in page


def test_blocked(owner_client: Client, synced: SyncedSite, staging: Site) -> None:
    broken_link(a_scan(of(synced)), "/order")
    look = a_scan(staging)
    broken_link(look, "/order")
    broken_link(look, "/new")
    broken_link(look, "/unsure", confidence="needs-review")
    broken_link(look, "/ignored", state="ignored")
    seen = gate(of(synced))
    assert seen is not None and (seen.blocking, seen.is_ready, len(seen.problems)) == (1, False, 1)
    assert "Staging has 1 new problem" in shown(owner_client, synced)


def test_the_gate_ends_when_the_live_site_is_published(synced: SyncedSite, staging: Site) -> None:
    a_scan(of(synced))
    a_scan(staging)
    published(synced, published_at=timezone.now() - timedelta(hours=1))
    assert gate(of(synced)) is not None
    published(synced, published_at=timezone.now(), kind=Kind.ITEM)
    assert gate(of(synced)) is not None
    published(synced, published_at=timezone.now())
    assert gate(of(synced)) is None


def test_staging_published_again_is_looked_at_first(owner_client: Client, synced: SyncedSite, staging: Site) -> None:
    a_scan(of(synced))
    a_scan(staging)
    again = published(synced, staging=True)
    seen = gate(of(synced))
    assert seen is not None and seen.is_behind and not seen.is_ready
    assert "Staging is being looked at" in shown(owner_client, synced)
    Publish.objects.filter(pk=again.pk).update(scan=a_scan(staging, ScanState.RUNNING))
    seen = gate(of(synced))
    assert seen is not None and seen.is_behind


# what was removed


def test_a_removed_page_and_who_still_links_to_it(owner_client: Client, synced: SyncedSite) -> None:
    SyncedPage.objects.create(site=synced, webflow_id=object_id("s"), path="/services", title="Services")
    scan = a_scan(of(synced))
    issue = an_issue(scan, rule="links.broken-internal")
    for number in range(7):
        page = a_page(scan, f"/page-{number}")
        for selector in ("nav > a", "main > a"):
            target = "https://www.bakery.com/services/old%20one/?x=1"
            a_finding(issue, scan, page, selector=selector, evidence={"target": target})
    a_finding(issue, scan, a_page(scan, "/other"), evidence={"target": "https://www.bakery.com/elsewhere"})
    a_finding(issue, scan, None, evidence={"target": 7})
    gone = published(synced, kind=Kind.REMOVAL, path="/services/old one", name="Old one")
    (found,) = removals(of(synced), [gone], scan)
    assert found.redirect == "/services/old%20one,/services"
    assert [each.path for each in found.linking] == [f"/page-{number}" for number in range(5)]
    assert found.more == 2
    html = shown(owner_client, synced)
    assert "/services/old%20one,/services" in html and "and 2 more" in html and "/page-4" in html


@pytest.mark.parametrize(
    ("path", "line"),
    [("/a", "/a,/"), ("/a/b/c", "/a/b/c,/"), ("/a,b\n/evil", "/a%2Cb/evil,/"), ("/=cmd|x", "/%3Dcmd%7Cx,/")],
)
def test_the_line_of_the_redirect(synced: SyncedSite, path: str, line: str) -> None:
    (found,) = removals(of(synced), [published(synced, kind=Kind.REMOVAL, path=path)], None)
    assert found.redirect == line


def test_what_is_published_again_is_not_removed(synced: SyncedSite) -> None:
    rows = [published(synced, kind=Kind.REMOVAL, path="/about"), published(synced, kind=Kind.SITE)]
    SyncedPage.objects.create(site=synced, webflow_id=object_id("n"), path="/about", title="About")
    assert removals(of(synced), rows, None) == []
    SyncedPage.objects.update(draft=True)
    assert len(removals(of(synced), rows, None)) == 1
