"""What has not changed since the scan before is carried over, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Workspace
from scans import launch, runner
from scans.models import Finding, Issue, IssueState, Page, Scan, ScanState, Shot, Site, Tier
from scans.scanner import Scanner
from tests.sites import Answer, LocalSite, page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis"),
    pytest.mark.xdist_group("browser"),
]

STYLE = '<link rel="stylesheet" href="/site.css">'
SCRIPT = '<script src="/site.js"></script>'
NAV = '<nav><a href="/">Home</a> <a href="/about">About us</a> <a href="/prices">Prices</a></nav>'
PALE = '<p style="color:#bbb;background:#fff">Pale words that are hard to read</p>'


def css(text: str) -> Answer:
    return Answer(text.encode(), content_type="text/css")


def js(text: str) -> Answer:
    return Answer(text.encode(), content_type="text/javascript")


@pytest.fixture
def local() -> Iterator[LocalSite]:
    routes = {
        "/": page("Studio North, design", NAV + PALE, STYLE),
        "/about": page("About Studio North", NAV + PALE + '<img src="/us.png" alt="Us" width="40" height="40">', STYLE),
        "/prices": page("Prices of Studio North", NAV + '<a href="#made">To the list</a>', SCRIPT),
        "/site.css": css("p { margin: 0 }"),
        "/site.js": js("addEventListener('load', () => document.body.insertAdjacentHTML('beforeend', '<p id=made>x'))"),
    }
    with LocalSite(routes) as site:
        yield site


@pytest.fixture
def site(workspace: Workspace, local: LocalSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", [local.pair])
    site = launch.add_site(workspace, local.url)
    assert isinstance(site, Site)
    return site


def scanned(site: Site, scanner: Scanner, *, full: bool = False) -> Scan:
    scan = launch.request_scan(site, full=full)
    assert isinstance(scan, Scan)
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert (scan.state, scan.reason) == (ScanState.COMPLETE, "")
    return scan


def opened(scan: Scan) -> list[str]:
    """Paths of the pages that this scan itself opened in the browser."""
    return sorted(p.path for p in scan.pages.filter(carried_from=None, visited_at__isnull=False))


def said(scan: Scan) -> set[tuple[str, str, str]]:
    return set(scan.findings.values_list("key", "issue__fingerprint", "tier"))


def test_an_unchanged_site_is_not_opened_again(site: Site, scanner: Scanner) -> None:
    first, second = scanned(site, scanner), scanned(site, scanner)
    assert opened(first) == ["/", "/about", "/prices"]
    assert opened(second) == []
    assert (second.coverage["visited"], second.coverage["carried"]) == (0, 3)
    assert second.coverage["note"].endswith("all 3 are as they were when they were opened last.")
    assert said(second) == said(first)
    assert second.score == first.score
    assert second.engine["chromium"] == ""


def test_figures_pictures_and_places_come_along(site: Site, scanner: Scanner) -> None:
    first, second, third = (scanned(site, scanner) for _ in range(3))
    before, after = Page.objects.get(scan=first, url=site.url), Page.objects.get(scan=third, url=site.url)
    assert after.carried_from == first
    assert (after.vitals, after.viewports, after.visited_at) == (before.vitals, before.viewports, before.visited_at)
    boxes = [list(scan.findings.order_by("key").values_list("key", "box")) for scan in (first, second)]
    assert boxes[0] == boxes[1]
    second.delete()
    first.delete()
    assert all(default_storage.exists(shot.file.name) for shot in Shot.objects.filter(page__scan=third))
    assert Shot.objects.filter(page__scan=third).count() == 9


def test_one_changed_page_is_the_only_one_opened(site: Site, scanner: Scanner, local: LocalSite) -> None:
    scanned(site, scanner)
    local.routes["/about"] = page("About Studio North", NAV + PALE + "<p>We moved.</p>", STYLE)
    assert opened(scanned(site, scanner)) == ["/about"]


def test_a_changed_style_or_script_opens_the_pages_that_use_it(site: Site, scanner: Scanner, local: LocalSite) -> None:
    scanned(site, scanner)
    local.routes["/site.css"] = css("p { margin: 1 }")  # as long as before: only its content tells
    assert opened(scanned(site, scanner)) == ["/", "/about"]
    local.routes["/site.js"] = js("document.title")
    last = scanned(site, scanner)
    assert opened(last) == ["/prices"]
    assert last.findings.filter(issue__rule="links.broken-fragment").exists(), "the script made the id"


def test_what_only_the_browser_saw_is_remembered(site: Site, scanner: Scanner) -> None:
    for scan in (scanned(site, scanner), scanned(site, scanner)):
        assert not scan.findings.filter(issue__rule="links.broken-fragment").exists()


def test_a_mended_picture_is_seen(site: Site, scanner: Scanner, local: LocalSite) -> None:
    scanned(site, scanner)
    issue = Issue.objects.get(rule="images.broken")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>'
    local.routes["/us.png"] = Answer(svg, content_type="image/svg+xml")
    assert opened(scanned(site, scanner)) == ["/about"]
    issue.refresh_from_db()
    assert issue.state == IssueState.FIXED


def test_carried_issues_are_met_and_reopened(site: Site, scanner: Scanner) -> None:
    scanned(site, scanner)
    issue = Issue.objects.get(rule="accessibility.color-contrast")
    Issue.objects.filter(pk=issue.pk).update(state=IssueState.FIXED)
    second = scanned(site, scanner)
    issue.refresh_from_db()
    assert (issue.state, issue.last_scan) == (IssueState.OPEN, second)
    assert {f.tier for f in Finding.objects.filter(issue=issue)} == {Tier.VISIT}


def test_every_page_is_opened_when_asked_or_when_it_was_long_ago(site: Site, scanner: Scanner) -> None:
    first = scanned(site, scanner)
    assert len(opened(scanned(site, scanner, full=True))) == 3
    last = scanned(site, scanner)
    assert opened(last) == []
    long_ago = timezone.now() - timedelta(days=settings.SCAN_CARRY_DAYS, minutes=1)
    Page.objects.filter(scan=last, url=site.url).update(visited_at=long_ago)
    assert opened(scanned(site, scanner)) == ["/"]
    assert first.pages.count() == 3


def test_a_page_that_could_not_be_opened_is_tried_again(site: Site, scanner: Scanner) -> None:
    first = scanned(site, scanner)
    Page.objects.filter(scan=first, url=site.url).update(visit_print="", visit_error="timeout: not done after 30 s")
    assert opened(scanned(site, scanner)) == ["/"]


def test_a_cancelled_scan_is_not_what_is_compared_with(site: Site, scanner: Scanner) -> None:
    first = scanned(site, scanner)
    cancelled = launch.request_scan(site)
    assert isinstance(cancelled, Scan)
    Scan.objects.request_stop(cancelled.pk)
    last = scanned(site, scanner)
    assert opened(last) == []
    assert {p.carried_from for p in last.pages.all()} == {first}
