"""What pages look like, from scan to scan: silent first, then a question, until somebody approves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from accounts.models import User, Workspace
from scans import compare, launch, retention, runner
from scans.models import Baseline, Issue, IssueState, Page, Scan, ScanState, Shot, Site, VisualChange
from scans.scanner import Scanner
from tests.sites import LocalSite, page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis"),
    pytest.mark.xdist_group("browser"),
]

NAV = '<nav><a href="/">Home</a> <a href="/about">About</a></nav>'
MOVING = """<style>@keyframes turn { to { transform: rotate(360deg) } }
#spin { width: 80px; height: 80px; background: linear-gradient(red, blue); animation: turn 1.3s infinite }</style>
<div id="spin"></div><p id="clock"></p><canvas id="c" width="200" height="60"></canvas><script>
setInterval(() => { document.getElementById("clock").textContent = String(Math.random()) }, 50);
const g = document.getElementById("c").getContext("2d");
setInterval(() => { g.fillStyle = `hsl(${Math.random() * 360},90%,50%)`; g.fillRect(0, 0, 200, 60) }, 40);</script>"""
TALL = '<section style="height:900px;background:linear-gradient(#fff, #9cf)">Below</section>'
PRICE = '<section style="height:300px;background:#eee"><h2>Prices</h2><p class="price">From {} a month</p></section>'


def home(price: str = "$10", extra: str = "") -> str:
    return page(
        "Studio North, design", NAV + extra + PRICE.format(price) + "<p>Words that stay.</p>" * 5 + MOVING + TALL
    )


@pytest.fixture
def local() -> Iterator[LocalSite]:
    with LocalSite({"/": home(), "/about": page("About Studio North", NAV + "<p>Who we are.</p>")}) as site:
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


def said(scan: Scan) -> list[tuple[str, str]]:
    found = scan.findings.filter(issue__rule="visual.changed").values_list("page__url", "viewport")
    return sorted((url.partition("//")[2].partition("/")[2], viewport) for url, viewport in found)


WIDTHS = [("", "desktop"), ("", "mobile"), ("", "tablet")]


def test_two_scans_of_an_unchanged_page_that_moves_say_nothing(site: Site, scanner: Scanner) -> None:
    first = scanned(site, scanner)
    assert (said(first), Baseline.objects.count()) == ([], 6)
    second = scanned(site, scanner, full=True)
    assert second.coverage["visited"] == 2
    assert (said(second), VisualChange.objects.count()) == ([], 0)
    assert set(Baseline.objects.values_list("scan", flat=True)) == {first.pk}


def test_a_change_is_a_question_at_each_width_and_one_issue(site: Site, scanner: Scanner, local: LocalSite) -> None:
    scanned(site, scanner)
    local.routes["/"] = home(extra='<div style="height:37px;background:#fde">Sale now on</div>')
    scan = scanned(site, scanner)
    assert said(scan) == WIDTHS
    issue = Issue.objects.get(rule="visual.changed")
    assert (issue.confidence, issue.category, issue.state) == ("needs-review", "visual", IssueState.OPEN)
    change = VisualChange.objects.get(viewport="desktop")
    assert change.taller == 37
    assert change.boxes[0][3] < 60, "what stands below the band is where it was"
    assert change.percent < 8
    finding = scan.findings.get(issue=issue, viewport="desktop")
    assert finding.box["width"] == 1440
    assert "37 px taller" in finding.message


def test_it_is_said_until_it_is_approved_and_again_when_that_is_undone(
    site: Site, scanner: Scanner, local: LocalSite, owner: User
) -> None:
    scanned(site, scanner)
    local.routes["/"] = home(extra='<div style="height:80px;background:#036">New</div>')
    second, third = scanned(site, scanner), scanned(site, scanner)
    assert said(second) == said(third) == WIDTHS
    assert third.coverage["carried"] == 2, "carried pages keep their question"
    issue = Issue.objects.get(rule="visual.changed")
    changes = VisualChange.objects.filter(page__scan=third)
    assert compare.approve(site, changes.filter(viewport="desktop"), owner) == 1
    issue.refresh_from_db()
    assert issue.state == IssueState.OPEN
    assert compare.approve(site, changes, owner) == 2
    assert compare.approve(site, changes, owner) == 0
    issue.refresh_from_db()
    assert issue.state == IssueState.FIXED
    assert said(scanned(site, scanner)) == []
    assert said(scanned(site, scanner, full=True)) == []
    assert compare.undo(site, changes) == 3
    last = scanned(site, scanner)
    assert said(last) == WIDTHS
    issue.refresh_from_db()
    assert (issue.state, issue.last_scan) == (IssueState.OPEN, last)
    assert Baseline.objects.filter(is_current=True).count() == 6


def test_what_the_customer_leaves_out_is_left_out(site: Site, scanner: Scanner, local: LocalSite) -> None:
    scanned(site, scanner)
    local.routes["/"] = home("$99,000,000")
    assert said(scanned(site, scanner)) == WIDTHS
    site.ignored_selectors = [".price"]
    site.save()
    last = scanned(site, scanner)
    assert (said(last), last.coverage["visited"]) == ([], 2), "other settings: every page is opened anew"
    site.ignored_selectors = []
    site.ignored_boxes = [{"viewport": "desktop", "x": 0, "y": 0, "width": 1440, "height": 2000, "path": "/"}]
    site.save()
    assert said(scanned(site, scanner)) == WIDTHS[1:]
    site.visual_threshold, site.ignored_boxes = 60.0, []
    site.save()
    assert said(scanned(site, scanner)) == []


def test_a_check_of_one_page_compares_and_approves_nothing(site: Site, scanner: Scanner, local: LocalSite) -> None:
    first = scanned(site, scanner)
    local.routes["/"] = home(extra='<div style="height:80px;background:#036">New</div>')
    again = launch.recheck_page(first.pages.get(url=site.url))
    assert isinstance(again, Scan)
    runner.run(again.pk, scanner)
    assert said(again) == WIDTHS
    assert set(Baseline.objects.values_list("scan", flat=True)) == {first.pk}


def test_baselines_outlive_their_scan_and_go_with_the_site(
    site: Site, scanner: Scanner, local: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scanned(site, scanner)
    scanned(site, scanner)
    monkeypatch.setattr(settings, "RETENTION_SCANS", 1)
    assert retention.prune() == 1
    assert not default_storage.exists(f"shots/{first.pk}")
    files = [str(row.file.name) for row in Baseline.objects.all()]
    assert len(files) == 6
    assert all(name.startswith(f"baselines/{site.pk}/") and default_storage.exists(name) for name in files)
    local.routes["/"] = home(extra='<div style="height:80px;background:#036">New</div>')
    assert said(scanned(site, scanner)) == WIDTHS
    retention.remove_site(site)
    assert not any(map(default_storage.exists, files))


def test_a_picture_of_a_page_not_at_rest_is_no_baseline(site: Site, scanner: Scanner) -> None:
    first = scanned(site, scanner)
    Baseline.objects.all().delete()
    Shot.objects.filter(page__scan=first, viewport="mobile").update(digest="")
    Page.objects.filter(scan=first, url=site.url).update(visit_error="timeout: not done")
    assert compare.keep_first(first) == 2
