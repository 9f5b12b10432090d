"""Rules of the customer's own through a whole scan: kept as issues of their name, judged anew on pages that have not
changed, and in the foreground from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from scans import launch, runner
from scans.events import Ended, Judged, Order
from scans.fetch.guard import Policy
from scans.models import CustomRule, Finding, Issue, IssueState, Page, Scan, ScanState, Site, Tier
from scans.scanner import Scanner
from scans.snapshot import Category, WebflowSite
from tests.scans.test_command import scan_site
from tests.sites import Answer, LocalSite, page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis"),
    pytest.mark.xdist_group("browser"),
]

NAV = '<nav><a href="/">Home</a> <a href="/blog/one">One</a></nav>'
ROUTES: dict[str, Answer | str] = {
    "/": page("Studio North, design", NAV + "<p>Formerly Acme&shy; Corp.</p>"),
    "/blog/one": page("About Studio North", NAV + '<p class="note">We draw.</p><script src="/a.js"></script>'),
    "/a.js": Answer(b"void 0", content_type="text/javascript"),
}


@pytest.fixture
def local() -> Iterator[LocalSite]:
    with LocalSite(ROUTES) as site:
        yield site


@pytest.fixture
def site(workspace: Workspace, local: LocalSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", [local.pair])
    site = launch.add_site(workspace, local.url)
    assert isinstance(site, Site)
    return site


def a_rule(site: Site, kind: str, name: str, terms: str = "", **fields: Any) -> CustomRule:
    return CustomRule.objects.create(site=site, kind=kind, name=name, terms=terms, severity="serious", **fields)


def scanned(site: Site, scanner: Scanner) -> Scan:
    scan = launch.request_scan(site)
    assert isinstance(scan, Scan)
    runner.run(scan.pk, scanner)
    scan.refresh_from_db()
    assert scan.state == ScanState.COMPLETE
    return scan


def found(scan: Scan) -> set[tuple[str, str]]:
    rows = Finding.objects.filter(scan=scan, issue__category=Category.CUSTOM)
    return {(row.issue.title, row.page.path if row.page else "") for row in rows.select_related("issue", "page")}


def opened(scan: Scan) -> set[str]:
    return {row.path for row in Page.objects.filter(scan=scan, carried_from__isnull=True)}


def test_what_a_rule_finds_is_an_issue_of_its_name(site: Site, scanner: Scanner, owner_client: Client) -> None:
    a_rule(site, "forbidden-text", "<b>No Acme</b>", "acme corp")
    a_rule(site, "required-element", "Analytics", 'script[src*="stats"]', path="/blog/*")
    a_rule(site, "forbidden-element", "No notes", ".note")
    a_rule(site, "request-count", "One file only", limit=1)
    a_rule(site, "forbidden-text", "Switched off", "draw", is_enabled=False)
    scan = scanned(site, scanner)
    assert found(scan) == {
        ("<b>No Acme</b>", "/"),
        ("Analytics", "/blog/one"),
        ("No notes", "/blog/one"),
        ("One file only", "/blog/one"),
    }
    assert scan.score["categories"]["custom"] < 100
    tiers = dict(Finding.objects.filter(issue__category="custom").values_list("issue__rule", "tier"))
    assert (tiers["custom.request-count"], tiers["custom.forbidden-text"]) == (Tier.VISIT, Tier.FETCH)
    note = Finding.objects.get(issue__title="No notes")
    assert (note.selector, bool(note.box)) == ("p.note", True), "the picture can mark it"
    report = owner_client.get(scan.get_absolute_url() + "?category=custom").content.decode()
    assert "&lt;b&gt;No Acme&lt;/b&gt;" in report
    assert "<b>No Acme" not in report
    assert "Your rules" in report
    issue = owner_client.get(reverse("issue", args=[scan.pk, note.issue_id])).content.decode()
    assert "This is one of your own rules" in issue


def test_without_rules_nothing_is_said_of_them(site: Site, scanner: Scanner) -> None:
    assert "custom" not in scanned(site, scanner).score["categories"]


def test_changed_rules_hold_on_pages_that_did_not_change(site: Site, scanner: Scanner) -> None:
    first = scanned(site, scanner)
    assert found(first) == set()
    words = a_rule(site, "forbidden-text", "No Acme", "acme corp")
    second = scanned(site, scanner)
    assert found(second) == {("No Acme", "/")}
    assert opened(second) == set(), "words are looked up in what is fetched anyway"
    budget = a_rule(site, "request-count", "One file only", limit=1, path="/blog/*")
    third = scanned(site, scanner)
    assert found(third) == {("No Acme", "/"), ("One file only", "/blog/one")}
    assert opened(third) == {"/blog/one"}, "only where the budget holds a page is opened for it"
    assert found(scanned(site, scanner)) == found(third), "carried over"
    CustomRule.objects.filter(pk=budget.pk).update(limit=5)
    CustomRule.objects.filter(pk=words.pk).update(name="Not Acme", severity="critical")
    last = scanned(site, scanner)
    assert found(last) == {("Not Acme", "/")}
    assert opened(last) == {"/blog/one"}
    issue = Issue.objects.get(rule="custom.forbidden-text")
    assert (issue.title, issue.severity, issue.first_scan_id) == ("Not Acme", "critical", second.pk)
    CustomRule.objects.all().delete()
    assert found(scanned(site, scanner)) == set()
    assert set(Issue.objects.filter(category="custom").values_list("state", flat=True)) == {IssueState.FIXED}


def test_a_recheck_of_one_page_looks_at_them_too(site: Site, scanner: Scanner) -> None:
    a_rule(site, "forbidden-text", "No Acme", "acme corp")
    scan = scanned(site, scanner)
    checked = launch.recheck_page(Page.objects.get(scan=scan, url=site.url))
    assert isinstance(checked, Scan)
    runner.run(checked.pk, scanner)
    assert found(checked) == {("No Acme", "/")}


def test_a_scan_that_knows_the_site_from_webflow_says_what_the_api_tells(local: LocalSite, scanner: Scanner) -> None:
    published = datetime(2026, 5, 1, tzinfo=UTC)
    known = WebflowSite("b" * 24, last_published=published, last_updated=published + timedelta(days=3))
    order = Order(local.url, Policy.of([local.pair]), browser=False, webflow=known)

    def rules(order: Order) -> set[str]:
        run = scanner.start_scan(order, name="api")
        said: set[str] = set()
        while (event := run.next_event(timeout=30)) is not None and not isinstance(event, Ended):
            said |= {problem.rule for problem in event.problems} if isinstance(event, Judged) else set()
        return said

    assert "webflow.unpublished-changes" in rules(order)
    assert "webflow.unpublished-changes" not in rules(replace(order, webflow=None))


# ── the command line ──


def written(folder: Path, *rows: dict[str, Any]) -> str:
    file = folder / "rules.json"
    file.write_text(json.dumps(rows))
    return str(file)


ACME = {"kind": "forbidden-text", "name": "No \x1b[31mAcme", "terms": ["acme corp"], "severity": "serious"}


def test_rules_from_a_file_fail_the_build(tmp_path: Path) -> None:
    file = written(tmp_path, ACME)
    result = scan_site(
        ROUTES, "--no-browser", "--rules", file, "--only", "custom", "--fail-on", "serious", "--format", "json"
    )
    assert result.returncode == 1, result.stderr
    report = json.loads(result.stdout)
    assert report["score"]["categories"] == {"custom": 94}
    assert [(i["rule"], i["title"], i["category"]) for i in report["issues"]] == [
        ("custom.forbidden-text", "No [31mAcme", "custom")
    ]


def test_sarif_names_the_kind_once_and_the_rule_in_its_results(tmp_path: Path) -> None:
    file = written(tmp_path, ACME, {**ACME, "name": "No drawing", "terms": "draw"})
    result = scan_site(ROUTES, "--no-browser", "--rules", file, "--only", "custom", "--format", "sarif")
    run = json.loads(result.stdout)["runs"][0]
    assert [rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]] == [
        "A word you do not want is on the page"
    ]
    assert {found["message"]["text"].split(":")[0] for found in run["results"]} == {"No [31mAcme", "No drawing"}
