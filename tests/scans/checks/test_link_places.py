"""Links to staging, to somebody's own computer, and to sections that are not there, with their silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_site
from scans.snapshot import (
    AssetKind,
    Category,
    Confidence,
    FetchError,
    PageFacts,
    Probes,
    Problem,
    Severity,
    Target,
    TargetState,
    VisitError,
)
from tests.scans.checks.build import HOME, asset, link, page, response, rules, seen, site, target, visit


def hosts_found(href: str, *targets: Target, **more: object) -> list[Problem]:
    return check_crawl(site([page(HOME, links=[link(href, "Shop")])], targets, **more), {Category.LINKS})


def test_staging() -> None:
    (problem,) = hosts_found("https://acme-draft.webflow.io/shop")
    assert (problem.rule, problem.severity) == ("links.staging", Severity.SERIOUS)
    assert problem.cause == "acme-draft.webflow.io"
    assert problem.evidence["target"] == "https://acme-draft.webflow.io/shop"


def test_staging_hosts_that_the_customer_named_or_a_probe_found() -> None:
    assert rules(hosts_found("https://next.acme.example/", staging_hosts=frozenset({"next.acme.example"}))) == [
        "links.staging"
    ]
    probes = Probes(staging=response("https://old.acme.example/"))
    assert rules(hosts_found("https://old.acme.example/", probes=probes)) == ["links.staging"]


def test_staging_is_silent() -> None:
    assert hosts_found("https://acme-draft.webflow.io/shop", is_staging=True) == []
    assert hosts_found("https://webflow.io.example/") == []


@pytest.mark.parametrize(
    "href",
    [
        "http://localhost:3000/",
        "http://127.0.0.1:8000/",
        "http://192.168.0.4/",
        "http://[::1]/",
        "http://printer.local/",
        "file:///C:/Users/me/price.pdf",
        "C:\\Users\\me\\price.pdf",
        "https://acme.design.webflow.com/?pageId=1",
        "https://preview.webflow.com/preview/acme?m=1",
        "https://webflow.com/design/acme",
    ],
)
def test_local(href: str) -> None:
    (problem,) = hosts_found(href)
    assert (problem.rule, problem.severity) == ("links.local", Severity.SERIOUS)
    assert problem.evidence["target"]


@pytest.mark.parametrize(
    "href", ["/shop", "https://webflow.com/designers", "http://8.8.8.8/", "https://localhost.example/", "tel:123"]
)
def test_local_is_silent(href: str) -> None:
    assert hosts_found(href) == []


def test_local_on_a_test_host() -> None:
    """Its own address and opened neighbours stand for real sites, everything else is still local."""
    base = "http://127.0.0.1:8101/"
    for href, verdict, expected in [
        (f"{base}about", None, []),
        ("http://127.0.0.1:8102/", target("http://127.0.0.1:8102/"), []),
        ("http://127.0.0.1:9/", target("http://127.0.0.1:9/", None, error=FetchError.BLOCKED), ["links.local"]),
        ("http://127.0.0.1:9/", target("http://127.0.0.1:9/", None, state=TargetState.NOT_CHECKED), ["links.local"]),
        ("http://127.0.0.1:9/", None, ["links.local"]),
    ]:
        facts = page(base, links=[link(href, "Shop")])
        snapshot = site([facts], [verdict] if verdict else [], start_url=base, hosts=["127.0.0.1:8101"], is_local=True)
        assert rules(check_crawl(snapshot, {Category.LINKS})) == expected, href


def test_a_malformed_link_is_neither() -> None:
    assert hosts_found("https:///localhost/") == []


def sections_found(*pages: PageFacts, **more: object) -> list[Problem]:
    return check_site(site(pages, **more), {Category.LINKS})


def test_broken_fragment_on_the_same_page() -> None:
    (problem,) = sections_found(page(HOME, links=[link("#prices", "Prices")], ids=["team"]))
    assert (problem.rule, problem.severity) == ("links.broken-fragment", Severity.MODERATE)
    assert problem.confidence is Confidence.CONFIRMED
    assert problem.cause == "#prices"
    assert problem.evidence["target"] == f"{HOME}#prices"
    assert "this page" in problem.message


def test_broken_fragment_on_another_page() -> None:
    (problem,) = sections_found(page(HOME, links=[link("/plans#prices", "Prices")]), page("/plans", ids=["team"]))
    assert problem.cause == f"{HOME}plans#prices"
    assert problem.url == HOME


def test_broken_fragment_behind_a_redirect() -> None:
    pages = [page(HOME, links=[link("/old#prices")]), page("/plans")]
    moved = target("/old", chain=[(f"{HOME}old", 301)], final_url=f"{HOME}plans")
    assert rules(check_site(site(pages, [moved]), {Category.LINKS})) == ["links.broken-fragment"]


@pytest.mark.parametrize(
    "href",
    [
        "#",
        "#top",
        "#TOP",
        "#:~:text=prices",
        "#team",
        "#%C3%BCber",
        "#über",
        "#/route",
        "#!route",
        "/unknown#x",
        "mailto:a@b.c#x",
    ],
)
def test_broken_fragment_is_silent(href: str) -> None:
    assert sections_found(page(HOME, links=[link(href)], ids=["team", "über"])) == []


@pytest.mark.parametrize("attrs", [{"role": "button"}, {"aria-controls": "menu"}, {"class": "w-tab-link"}])
def test_broken_fragment_is_silent_on_controls(attrs: dict[str, str]) -> None:
    assert sections_found(page(HOME, links=[link("#menu", "Menu", attrs)])) == []


def test_broken_fragment_fires_on_a_link_with_an_interaction() -> None:
    assert rules(sections_found(page(HOME, links=[link("#menu", "Menu", {"data-w-id": "1"})]))) == [
        "links.broken-fragment"
    ]


def test_broken_fragment_knows_the_ids_of_the_visited_page() -> None:
    home = page(HOME, links=[link("#made")])
    assert check_site(site([seen(home, visit(ids=["made"]))]), {Category.LINKS}) == []
    assert rules(check_site(site([seen(home, visit(ids=[]))]), {Category.LINKS})) == ["links.broken-fragment"]


def test_broken_fragment_knows_the_ids_that_scripts_made_on_a_page_of_the_same_template() -> None:
    first = seen(page("/a", links=[link("#made", base=f"{HOME}a")], template="wf:1"), visit("/a", ids=["made"]))
    second = seen(page("/b", links=[link("#made", base=f"{HOME}b")], template="wf:1"))
    assert check_site(site([first, second]), {Category.LINKS}) == []


def test_broken_fragment_is_a_question_when_an_unvisited_page_has_scripts_of_its_own() -> None:
    scripts = [asset("https://acme.example/toc.js", AssetKind.SCRIPT)]
    (problem,) = sections_found(page(HOME, links=[link("#made")], assets=scripts))
    assert problem.confidence is Confidence.NEEDS_REVIEW


def test_broken_fragment_is_certain_with_webflows_own_scripts_or_a_finished_visit() -> None:
    webflow = [
        asset(f"https://cdn.prod.website-files.com/1/js/{name}", AssetKind.SCRIPT)
        for name in ("webflow.js", "jquery.js")
    ]
    (problem,) = sections_found(page(HOME, links=[link("#made")], assets=webflow))
    assert problem.confidence is Confidence.CONFIRMED
    scripts = page(HOME, links=[link("#made")], assets=[asset("/toc.js", AssetKind.SCRIPT)])
    for error, expected in [(None, Confidence.CONFIRMED), (VisitError.TIMEOUT, Confidence.NEEDS_REVIEW)]:
        (problem,) = check_site(site([seen(scripts, visit(error=error))]), {Category.LINKS})
        assert problem.confidence is expected


def test_broken_fragment_is_silent_on_error_pages() -> None:
    assert sections_found(page(HOME, status=404, links=[link("#x")])) == []
    assert sections_found(page(HOME, links=[link("/gone#x")]), page("/gone", status=404)) == []
