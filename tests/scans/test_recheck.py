"""One page looked at again: what is gone, what is left, and what that says of the issues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from scans import launch, recheck, runner
from scans.models import Issue, IssueState, Page, Scan, ScanState, Site
from scans.reports import board, history
from scans.reports import site as site_report
from scans.scanner import Scanner
from tests.build import a_site
from tests.scans.filled import fill
from tests.sites import LocalSite, page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis"),
    pytest.mark.xdist_group("browser"),
]

NAV = '<nav class="w-nav"><a href="/">Home</a> <a href="/about">About us</a> <a href="/gone">Prices</a></nav>'
ABOUT = NAV + '<p style="color:#bbb;background:#fff">Pale words</p><a href="/lost">A page that is lost</a>'


@pytest.fixture
def local() -> Iterator[LocalSite]:
    with LocalSite({"/": page("Studio North, design", NAV), "/about": page("About Studio North", ABOUT)}) as site:
        yield site


@pytest.fixture
def whole(workspace: Workspace, local: LocalSite, scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """The scan of the whole site that a re-check compares with."""
    monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", [local.pair])
    site = launch.add_site(workspace, local.url)
    assert isinstance(site, Site)
    scan = launch.request_scan(site)
    assert isinstance(scan, Scan)
    return run(scan, scanner)


def run(scan: Scan, scanner: Scanner) -> Scan:
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    return scan


def checked(whole: Scan, path: str, scanner: Scanner) -> Scan:
    scan = launch.recheck_page(whole.pages.get(url__endswith=path))
    assert isinstance(scan, Scan)
    return run(scan, scanner)


def rules(issues: object) -> set[str]:
    return {row.rule for row in issues}  # type: ignore[attr-defined]


def test_nothing_is_gone_when_nothing_was_mended(whole: Scan, scanner: Scanner, local: LocalSite) -> None:
    local.asked.clear()
    scan = checked(whole, "/about", scanner)
    assert (scan.state, scan.reason, scan.score) == (ScanState.COMPLETE, "", {})
    assert [p.path for p in scan.pages.all()] == ["/about"]
    assert recheck.verdict(scan).gone == ()
    assert {"links.broken-internal", "accessibility.color-contrast"} <= rules(recheck.verdict(scan).left)
    assert not [path for path in local.asked if path.startswith(("/sitemap", "/favicon"))], "the page and what it names"
    assert not Issue.objects.filter(state=IssueState.FIXED).exists()


def test_what_was_mended_is_fixed_unless_other_pages_had_it(whole: Scan, scanner: Scanner, local: LocalSite) -> None:
    local.routes["/about"] = page("About Studio North", '<p>Dark words</p><a href="/">Home of the studio</a>')
    scan = checked(whole, "/about", scanner)
    lost, gone = (Issue.objects.get(rule="links.broken-internal", message__contains=p) for p in ("/lost", "/gone"))
    assert (lost.state, gone.state) == (IssueState.FIXED, IssueState.OPEN)
    dead = "This link leads to a page of yours that does not open"
    told = sorted((issue.title, issue.elsewhere) for issue in recheck.verdict(scan).gone)
    assert told == [("Text is hard to read on its background", False), (dead, False), (dead, True)]


def test_reports_of_the_site_do_not_count_it(whole: Scan, scanner: Scanner) -> None:
    scan = checked(whole, "/about", scanner)
    assert scan.number == whole.number
    site = scan.site
    assert [line.pk for line in history.scans_of(site)] == [whole.pk]
    assert site_report.newest_report(site) == whole
    assert board.recent_scans([site])[site.pk] == [whole]
    following = launch.request_scan(site)
    assert isinstance(following, Scan)
    assert following.number == whole.number + 1
    assert run(following, scanner).coverage["carried"] == 2


def test_a_page_that_is_no_more_fails_in_words(whole: Scan, scanner: Scanner, local: LocalSite) -> None:
    del local.routes["/about"]
    scan = checked(whole, "/about", scanner)
    assert scan.state == ScanState.FAILED
    assert "404" in scan.reason


def test_it_runs_beside_a_scan_and_once_at_a_time(whole: Scan) -> None:
    about = whole.pages.get(url__endswith="/about")
    checking = launch.recheck_page(about)
    scanning = launch.request_scan(whole.site)
    assert isinstance(scanning, Scan)
    assert scanning != checking
    assert launch.recheck_page(about) == checking
    assert launch.request_scan(whole.site) == scanning


def test_from_the_button_to_the_verdict(whole: Scan, scanner: Scanner, owner_client: Client) -> None:
    there = whole.pages.get(url__endswith="/about")
    button = reverse("page_recheck", args=[there.pk])
    assert button in owner_client.get(reverse("page", args=[whole.pk, there.pk])).content.decode()
    waiting = owner_client.post(button, follow=True)
    assert "Check of /about" in waiting.content.decode()
    run(Scan.objects.exclude(only_url="").get(), scanner)
    said = owner_client.get(waiting.redirect_chain[-1][0]).content.decode()
    assert "Still there" in said
    assert "Text is hard to read on its background" in said
    assert "Was the site published" in said


def test_only_those_who_may_write_check_again(
    workspace: Workspace, viewer_client: Client, stranger_client: Client
) -> None:
    page = Page.objects.filter(scan=fill(a_site(workspace))).first()
    assert page is not None
    for client in (viewer_client, stranger_client):
        assert client.post(reverse("page_recheck", args=[page.pk])).status_code == 404
    shown = viewer_client.get(reverse("page", args=[page.scan_id, page.pk])).content.decode()
    assert "Check again" not in shown
