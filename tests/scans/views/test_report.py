from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from scans.checks import RULES
from scans.models import Finding, Issue, IssueState, Page, Scan, ScanState, SkippedUrl
from scans.reports.points import FIRST
from scans.reports.score import POINTS
from scans.reports.summary import FOLD_TO
from scans.snapshot import Confidence, Severity
from tests.build import a_site
from tests.scans.filled import Fault, fill
from tests.scans.hostile import HOSTILE

QUERIES = 18


@pytest.fixture
def scan(workspace: Workspace) -> Scan:
    return fill(a_site(workspace))


def url(scan: Scan) -> str:
    return reverse("scan", args=[scan.pk])


def issue_url(scan: Scan, rule: str) -> str:
    return reverse("issue", args=[scan.pk, Issue.objects.get(site=scan.site, rule=rule).pk])


def text(client: Client, address: str, **params: Any) -> str:
    response = client.get(address, params)
    assert response.status_code == 200
    return response.content.decode()


def rules(client: Client, scan: Scan, **params: Any) -> list[str]:
    """The rule ids in the list, in order."""
    return re.findall(r"<code>([a-z]+\.[a-z-]+)</code>", text(client, url(scan), **params))


def firsts(page: str) -> list[str]:
    """The titles under "Fix these first", in order."""
    panel = page.partition('class="panel first-list"')[2].partition("</ol>")[0]
    return re.findall(r'class="first-title"[^>]*>([^<]*)<', panel)


def test_headline_counts_what_is_to_fix(owner_client: Client, scan: Scan) -> None:
    page = text(owner_client, url(scan))
    confirmed = Finding.objects.filter(scan=scan, issue__confidence=Confidence.CONFIRMED)
    assert "13 fixes" in page
    assert f"{confirmed.count()} findings" in page
    assert "12 pages" in page
    assert "Fetched 12 of 21 pages" in page


def test_worst_first_and_doubtful_apart(owner_client: Client, scan: Scan) -> None:
    listed = rules(owner_client, scan)
    assert listed[0] == "site.robots-blocks-all"
    assert len(listed) == 13
    assert "images.suspicious-alt" not in listed
    assert rules(owner_client, scan, confidence="needs-review") == [
        "images.suspicious-alt",
        "links.unverifiable-external",
    ]


def test_the_report_leads_with_the_fixes_that_clear_the_most(owner_client: Client, scan: Scan) -> None:
    page = " ".join(text(owner_client, url(scan)).split())
    counted = Finding.objects.filter(scan=scan, issue__confidence=Confidence.CONFIRMED)
    weights = {issue: counted.filter(issue=issue).count() * POINTS[Severity(issue.severity)] for issue in to_fix(scan)}
    order = sorted(weights, key=lambda issue: -weights[issue])
    assert {*firsts(page)[:2]} == {RULES[issue.rule].title for issue in order[:2]}  # they weigh the same
    assert len(firsts(page)) == FIRST
    assert re.search(rf"The {FIRST} below clear <strong>\d+</strong> of them", page)


def test_fix_first_is_only_on_the_front(owner_client: Client, workspace: Workspace, scan: Scan) -> None:
    for params in ({"severity": "serious"}, {"confidence": "needs-review"}, {"q": "x"}):
        assert "Fix these first" not in text(owner_client, url(scan), **params)
    small = fill(a_site(workspace, "https://small.example/"), issues=FIRST)
    assert "Fix these first" not in text(owner_client, url(small))


def to_fix(scan: Scan) -> list[Issue]:
    return list(Issue.objects.filter(site=scan.site, confidence=Confidence.CONFIRMED))


def test_the_score_is_taken_apart(owner_client: Client, scan: Scan) -> None:
    page = text(owner_client, reverse("scan_score", args=[scan.pk]))
    assert "critical 30, serious 12, moderate 5, minor 2, info 0" in page
    broken = RULES["links.broken-internal"].title
    assert broken in page
    assert "12 × 12 / 12" in " ".join(page.split())  # the dead link of the navigation, on each of twelve pages
    assert "−12.0" in page
    assert RULES["images.suspicious-alt"].title not in page
    assert reverse("scan_score", args=[scan.pk]) in text(owner_client, url(scan))


def test_the_score_of_a_stranger_does_not_exist(stranger_client: Client, scan: Scan) -> None:
    assert stranger_client.get(reverse("scan_score", args=[scan.pk])).status_code == 404


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"category": "forms"}, ["forms.no-autocomplete"]),
        ({"severity": "critical"}, ["site.robots-blocks-all"]),
        ({"group": "Navigation"}, ["links.broken-internal"]),
        ({"q": "process"}, ["links.broken-internal"]),
        ({"q": "metadata.desc"}, ["metadata.description-missing"]),
        ({"q": ".button-primary"}, ["accessibility.color-contrast"]),
        ({"q": "/blog/post-11", "category": "metadata"}, ["metadata.description-missing"]),
        ({"state": "fixed"}, []),
        ({"category": "no-such", "severity": "critical", "page": "x"}, ["site.robots-blocks-all"]),
    ],
)
def test_filters(owner_client: Client, scan: Scan, params: dict[str, str], expected: list[str]) -> None:
    assert rules(owner_client, scan, **params) == expected


def test_one_page_only(owner_client: Client, scan: Scan) -> None:
    page = Page.objects.get(scan=scan, url__endswith="/blog/post-11")
    listed = rules(owner_client, scan, on=page.pk)
    there = Finding.objects.filter(page=page, issue__confidence=Confidence.CONFIRMED).values("issue__rule").distinct()
    assert sorted(listed) == sorted(row["issue__rule"] for row in there)
    assert "on /blog/post-11" in text(owner_client, url(scan), on=page.pk)


def test_sorted_by_pages_and_by_age(owner_client: Client, scan: Scan) -> None:
    by_pages = rules(owner_client, scan, sort="pages")
    assert set(by_pages[:4]) == {
        "links.broken-internal",
        "accessibility.color-contrast",
        "forms.no-autocomplete",
        "webflow.badge",
    }
    newest = (
        Issue.objects.filter(site=scan.site, confidence=Confidence.CONFIRMED)
        .order_by("-pk")
        .values_list("rule", flat=True)
    )
    assert rules(owner_client, scan, sort="newest") == list(newest)


def test_new_is_what_no_scan_before_had(owner_client: Client, workspace: Workspace) -> None:
    site = a_site(workspace)
    first = fill(site, issues=9)
    second = fill(site, issues=10)
    assert "New" not in re.findall(r'tag-new">(\w+)<', text(owner_client, url(first)))
    page = text(owner_client, url(second))
    assert page.count("tag-new") == 1
    assert "1 new since the last scan" in page
    assert rules(owner_client, second, new="on") == ["forms.no-autocomplete"]
    assert "scan #1" in page


def test_nothing_is_new_after_scans_that_were_cancelled(owner_client: Client, workspace: Workspace) -> None:
    site = a_site(workspace)
    fill(site, issues=9, state=ScanState.CANCELLED)
    page = text(owner_client, url(fill(site, issues=10)))
    assert "tag-new" not in page
    assert "New only" not in page


def test_many_of_one_kind_are_folded(owner_client: Client, workspace: Workspace) -> None:
    scan = fill(a_site(workspace), issues=120, occurrences=2)
    listed = rules(owner_client, scan)
    assert listed.count("links.broken-internal") == FOLD_TO
    folded = f"4 more: {RULES['links.broken-internal'].title}"
    link = re.search(rf'href="([^"]+)">{folded}<', text(owner_client, url(scan)))
    assert link is not None
    assert link[1] == "?rule=links.broken-internal"
    assert rules(owner_client, scan, rule="links.broken-internal") == 8 * ["links.broken-internal"]
    assert folded not in text(owner_client, url(scan), rule="links.broken-internal")


def test_the_next_page_is_one_click_away(owner_client: Client, workspace: Workspace) -> None:
    scan = fill(a_site(workspace), issues=120, occurrences=2)
    page = text(owner_client, url(scan))
    link = re.search(r'rel="next"\s+href="([^"]+)"', page)
    assert link is not None
    first, second = (
        re.findall(r'class="issue-title" href="([^"?]+)', shown)
        for shown in (page, text(owner_client, url(scan) + link[1]))
    )
    assert (len(first), len(second)) == (50, 2)
    assert not set(first) & set(second)


def test_queries_stay_few_however_large_the_scan(
    owner_client: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    small, large = (
        fill(a_site(workspace), pages=2),
        fill(a_site(workspace, "large.example"), pages=40, issues=90, occurrences=9),
    )
    with django_assert_max_num_queries(QUERIES) as asked:
        text(owner_client, url(small))
    few = len(asked)
    with django_assert_max_num_queries(few):
        text(owner_client, url(large))


@pytest.mark.parametrize("name", ["scan_pages", "scan_skipped"])
def test_lists_ask_no_more_for_more_rows(
    owner_client: Client, workspace: Workspace, django_assert_max_num_queries: Any, name: str
) -> None:
    small, large = (
        fill(a_site(workspace), pages=2, skipped=2),
        fill(a_site(workspace, "large.example"), pages=40, skipped=40),
    )
    with django_assert_max_num_queries(QUERIES) as asked:
        text(owner_client, reverse(name, args=[small.pk]))
    with django_assert_max_num_queries(len(asked)):
        text(owner_client, reverse(name, args=[large.pk]))


def test_issue_and_page_ask_no_more_for_more_rows(
    owner_client: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    small, large = fill(a_site(workspace), pages=2), fill(a_site(workspace, "large.example"), pages=40)
    for address in (
        lambda scan: issue_url(scan, "links.broken-internal"),
        lambda scan: reverse("page", args=[scan.pk, Page.objects.filter(scan=scan).first().pk]),  # type: ignore[union-attr]
    ):
        ours, theirs = address(small), address(large)
        with django_assert_max_num_queries(QUERIES) as asked:
            text(owner_client, ours)
        with django_assert_max_num_queries(len(asked)):
            text(owner_client, theirs)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"state": ScanState.PARTIAL, "reason": "3 pages could not be opened."}, "This report is not complete"),
        (
            {"state": ScanState.FAILED, "reason": "The host does not resolve.", "pages": 0, "issues": 0},
            "This scan failed",
        ),
        ({"state": ScanState.CANCELLED, "reason": "Cancelled."}, "This scan was cancelled"),
    ],
)
def test_says_how_it_ended(owner_client: Client, workspace: Workspace, fields: dict[str, Any], says: str) -> None:
    page = text(owner_client, url(fill(a_site(workspace), **fields)))
    assert says in page
    assert fields["reason"] in page


def test_limits_reached_are_said(owner_client: Client, workspace: Workspace) -> None:
    coverage = {
        "discovered": 1240,
        "fetched": 100,
        "visited": 60,
        "skipped": 1140,
        "limits": ["The page limit was reached."],
    }
    page = text(owner_client, url(fill(a_site(workspace), coverage=coverage)))
    assert "Fetched 100 pages of 1,240 found and opened 60 of them in a browser." in page
    assert "The page limit was reached." in page


def test_clean_is_not_the_same_as_no_match(owner_client: Client, workspace: Workspace, scan: Scan) -> None:
    clean = fill(a_site(workspace, "clean.example"), issues=0)
    assert "Nothing broken here" in text(owner_client, url(clean))
    page = text(owner_client, url(scan), q="no such words")
    assert "No issue fits" in page
    assert "Nothing broken here" not in page
    assert f'href="{url(scan)}">Clear the filter' in page


def test_issue_shows_proof_and_place(owner_client: Client, scan: Scan) -> None:
    page = text(owner_client, issue_url(scan, "links.broken-internal"))
    assert "&lt;a href=&quot;/process&quot;" in page
    assert "nav.navbar &gt; a:nth-of-type(3)" in page
    assert "301 · https://studio-north.example/our-process" in page
    assert 'href="https://studio-north.example/process"' in page
    assert "/picture.webp" in page
    assert page.count('<td class="cell-page">') == 12


def test_issue_without_element_has_no_picture(owner_client: Client, scan: Scan) -> None:
    page = text(owner_client, issue_url(scan, "site.robots-blocks-all"))
    assert "/picture.webp" not in page
    assert "the whole site" in page


def test_next_issue_follows_the_filter(owner_client: Client, scan: Scan) -> None:
    first = issue_url(scan, "links.broken-internal")
    page = text(owner_client, first, category="links")
    assert "1 of 2" in page
    assert issue_url(scan, "links.generic-text") + "?category=links" in page


def test_issue_of_another_scan_is_not_found(owner_client: Client, workspace: Workspace, scan: Scan) -> None:
    other = fill(a_site(workspace, "other.example"))
    issue = Issue.objects.filter(site=other.site).first()
    assert issue is not None
    assert owner_client.get(reverse("issue", args=[scan.pk, issue.pk])).status_code == 404


def test_ignore_is_undone_with_one_click(owner_client: Client, scan: Scan) -> None:
    issue = Issue.objects.get(site=scan.site, rule="webflow.badge")
    response = owner_client.post(reverse("issue_ignore", args=[issue.pk]), {"next": url(scan)}, follow=True)
    assert response.redirect_chain == [(url(scan), 302)]
    undo = reverse("issue_reopen", args=[issue.pk])
    assert f'action="{undo}"' in response.content.decode()
    assert "webflow.badge" not in rules(owner_client, scan)
    assert rules(owner_client, scan, state="ignored", confidence="any") == ["webflow.badge"]
    owner_client.post(undo)
    assert "webflow.badge" in rules(owner_client, scan)


def test_ignore_never_leads_elsewhere(owner_client: Client, scan: Scan) -> None:
    issue = Issue.objects.get(site=scan.site, rule="webflow.badge")
    response = owner_client.post(reverse("issue_ignore", args=[issue.pk]), {"next": "https://evil.example/"})
    assert response["Location"] == url(scan)


def test_page_view_pins_findings_on_its_pictures(owner_client: Client, scan: Scan) -> None:
    page = Page.objects.filter(scan=scan, shots__isnull=False).first()
    assert page is not None
    html = text(owner_client, reverse("page", args=[scan.pk, page.pk]))
    assert html.count('<figure class="screen ') == 3
    assert 'viewBox="0 0 1440 2600"' in html
    placed = Finding.objects.filter(page=page, box__isnull=False)
    assert html.count('class="pin severity-') == placed.count()
    for finding in placed:
        assert f'href="#finding-{finding.pk}"' in html
        assert f'id="finding-{finding.pk}"' in html


def test_page_that_could_not_be_opened_says_why(owner_client: Client, scan: Scan) -> None:
    page = Page.objects.filter(scan=scan).last()
    assert page is not None
    Page.objects.filter(pk=page.pk).update(visited_at=None, visit_error="timeout: 30 s", limits=["50 MB were loaded."])
    html = text(owner_client, reverse("page", args=[scan.pk, page.pk]))
    assert "The page did not finish loading in time. (30 s)" in html
    assert "50 MB were loaded." in html


def test_pages_are_searched_and_sorted(owner_client: Client, scan: Scan) -> None:
    address = reverse("scan_pages", args=[scan.pk])
    assert re.findall(r'live">([^<]+)<', text(owner_client, address, q="pricing")) == ["/pricing"]
    listed = re.findall(r'live">([^<]+)<', text(owner_client, address, sort="address"))
    assert listed == sorted(listed)
    assert "No page fits" in text(owner_client, address, q="nothing")


def test_what_was_left_out_says_why(owner_client: Client, scan: Scan) -> None:
    address = reverse("scan_skipped", args=[scan.pk])
    page = text(owner_client, address)
    assert page.count("<tr data-row>") == 9
    assert "Closed by robots.txt" in page
    assert text(owner_client, address, reason="robots").count("<tr data-row>") == 3
    assert "No address fits" in text(owner_client, address, q="nothing")


def addresses(scan: Scan) -> list[str]:
    page = Page.objects.filter(scan=scan).first()
    assert page is not None
    return [
        url(scan),
        issue_url(scan, "webflow.badge"),
        reverse("scan_pages", args=[scan.pk]),
        reverse("page", args=[scan.pk, page.pk]),
        reverse("scan_skipped", args=[scan.pk]),
    ]


def test_strangers_find_nothing(stranger_client: Client, client: Client, scan: Scan) -> None:
    for address in addresses(scan):
        assert stranger_client.get(address).status_code == 404
        assert client.get(address).status_code == 302


def test_viewers_read_and_change_nothing(viewer_client: Client, stranger_client: Client, scan: Scan) -> None:
    for address in addresses(scan):
        assert 'type="submit" data-key="e"' not in text(viewer_client, address)
    issue = Issue.objects.get(site=scan.site, rule="webflow.badge")
    for client in (viewer_client, stranger_client):
        for name in ("issue_ignore", "issue_reopen"):
            assert client.post(reverse(name, args=[issue.pk])).status_code == 404
    issue.refresh_from_db()
    assert issue.state == IssueState.OPEN


def test_hostile_text_stays_text(owner_client: Client, workspace: Workspace) -> None:
    faults = tuple(
        Fault(
            f"unknown.rule-{number}",
            Severity.SERIOUS,
            evil,
            evil,
            evil[:200],
            "one",
            evil,
            evil,
            evidence={"target": evil, evil: [evil], "chain": [{"url": evil, "status": 301}]},
        )
        for number, evil in enumerate(HOSTILE)
    )
    scan = fill(a_site(workspace), faults=faults, issues=len(faults))
    Page.objects.filter(scan=scan).update(
        title=HOSTILE[0], visit_error=HOSTILE[1], limits=list(HOSTILE), error=HOSTILE[2][:40]
    )
    SkippedUrl.objects.bulk_create(SkippedUrl(scan=scan, url=evil, reason="robots") for evil in HOSTILE)
    found = [url(scan), f"{url(scan)}?page=2", *addresses_of_all(scan)]
    for address in found:
        inert(text(owner_client, address))


def addresses_of_all(scan: Scan) -> list[str]:
    issues = [
        reverse("issue", args=[scan.pk, pk]) for pk in Issue.objects.filter(site=scan.site).values_list("pk", flat=True)
    ]
    page = Page.objects.filter(scan=scan).first()
    assert page is not None
    views = [
        reverse("page", args=[scan.pk, page.pk]),
        *(reverse(n, args=[scan.pk]) for n in ("scan_pages", "scan_skipped")),
    ]
    return issues + views


def inert(page: str) -> None:
    """Parsed as browsers do: no element, attribute or address that was not ours."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(page)
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on"), (node.tag, name)
            assert name not in ("style", "srcdoc"), (node.tag, name)
            if name in ("href", "src", "action", "xlink:href", "formaction"):
                assert re.match(r"(https?://|/|#|\?|$)", (value or "").strip()), (node.tag, name, value)
    assert not tree.css("iframe, object, embed, base, math, marquee, video, style")
    for script in tree.css("script"):
        assert (script.attributes.get("src") or "").startswith("/static/")
        assert not script.text().strip()
    for image in tree.css("img"):
        assert (image.attributes.get("src") or "").startswith(("/findings/", "/shots/"))
