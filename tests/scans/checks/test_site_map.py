"""Sitemap, orphans and depth, with the silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_site
from scans.snapshot import (
    Category,
    FetchError,
    PageFacts,
    PageSeen,
    Problem,
    Robots,
    Severity,
    Sitemap,
    Target,
    TargetState,
)
from tests.scans.checks.build import HOME, link, of, page, relation, seen, site, target, visit

PLANS = f"{HOME}plans"


def listing(*urls: str) -> Sitemap:
    return Sitemap(files=(f"{HOME}sitemap.xml",), urls=urls)


def found(rule: str, *pages: PageFacts | PageSeen, targets: tuple[Target, ...] = (), **more: object) -> list[Problem]:
    return of(check_crawl(site(pages or [page(HOME)], targets, **more), {Category.SITE}), f"site.{rule}")


def test_sitemap_missing() -> None:
    (problem,) = found("sitemap-missing", sitemap=Sitemap())
    assert problem.severity is Severity.MINOR
    named = Robots(f"{HOME}robots.txt", 200, sitemaps=(f"{HOME}map.xml",))
    (problem,) = found("sitemap-missing", sitemap=Sitemap(errors=("404 Not Found",)), robots=named)
    assert problem.evidence["target"] == f"{HOME}map.xml"
    assert problem.evidence["errors"] == ["404 Not Found"]


def test_sitemap_missing_is_silent() -> None:
    assert found("sitemap-missing", sitemap=listing(HOME)) == []
    assert found("sitemap-missing", sitemap=Sitemap(), is_staging=True) == []


@pytest.mark.parametrize(
    "verdict",
    [
        target(PLANS, 404),
        target(PLANS, None, error=FetchError.TIMEOUT),
        target(PLANS, chain=[(PLANS, 301)], final_url=HOME),
    ],
)
def test_sitemap_broken_url_by_its_verdict(verdict: Target) -> None:
    (problem,) = found("sitemap-broken-url", sitemap=listing(HOME, PLANS, PLANS), targets=(verdict,))
    assert problem.severity is Severity.MODERATE
    assert problem.cause == problem.url == problem.evidence["target"] == PLANS
    assert problem.evidence["sitemaps"] == [f"{HOME}sitemap.xml"]


@pytest.mark.parametrize(
    "facts",
    [{"status": 404}, {"final_url": HOME, "chain": [(PLANS, 301)]}, {"metas": {"robots": "noindex"}}],
)
def test_sitemap_broken_url_by_its_page(facts: dict[str, object]) -> None:
    (problem,) = found("sitemap-broken-url", page(PLANS, **facts), sitemap=listing(PLANS))
    assert problem.cause == PLANS


def test_sitemap_lists_another_host() -> None:
    foreign = "https://old.example/plans"
    (problem,) = found("sitemap-broken-url", sitemap=listing(foreign))
    assert problem.cause == "old.example"
    assert found("sitemap-broken-url", sitemap=listing(foreign), is_staging=True) == []


@pytest.mark.parametrize(
    "verdict",
    [
        target(PLANS),
        target(PLANS, 403, state=TargetState.UNVERIFIABLE),
        target(PLANS, None, state=TargetState.NOT_CHECKED),
        target(PLANS, None, error=FetchError.BLOCKED),
    ],
)
def test_sitemap_broken_url_is_silent(verdict: Target) -> None:
    assert found("sitemap-broken-url", page(HOME), sitemap=listing(HOME, PLANS), targets=(verdict,)) == []


def test_sitemap_incomplete() -> None:
    (problem,) = found("sitemap-incomplete", page(HOME), seen(page("/plans"), depth=1), sitemap=listing(HOME))
    assert problem.severity is Severity.MINOR
    assert problem.url == PLANS
    assert problem.evidence["sources"] == [HOME]


@pytest.mark.parametrize(
    "other",
    [
        seen(page("/plans"), depth=None),
        seen(page("/plans"), in_sitemap=True),
        page("/plans", metas={"robots": "noindex"}),
        page("/plans", status=404),
        page("/plans", relations=[relation("canonical", HOME)]),
        page("/?page=2"),
        page("/search"),
        page("https://www.acme.example/"),
        page("/old", final_url=HOME),
    ],
)
def test_sitemap_incomplete_is_silent(other: PageFacts | PageSeen) -> None:
    assert found("sitemap-incomplete", page(HOME), other, sitemap=listing(HOME)) == []


def test_sitemap_incomplete_needs_a_sitemap_of_this_host() -> None:
    assert found("sitemap-incomplete", page(HOME), page("/plans"), sitemap=Sitemap()) == []
    assert found("sitemap-incomplete", page(HOME), page("/plans"), sitemap=listing("https://old.example/")) == []
    assert found("sitemap-incomplete", page(HOME), page("/plans"), sitemap=listing(HOME), is_staging=True) == []


def orphans(*pages: PageFacts | PageSeen, **more: object) -> list[Problem]:
    return of(check_site(site([page(HOME), *pages], **more), {Category.SITE}), "site.orphan-page")


@pytest.mark.parametrize(("in_sitemap", "words"), [(True, "The sitemap lists"), (False, "This page is online")])
def test_orphan_page(in_sitemap: bool, words: str) -> None:
    (problem,) = orphans(seen(page("/plans"), depth=None, in_sitemap=in_sitemap, sources=()))
    assert problem.severity is Severity.MINOR
    assert problem.url == PLANS
    assert words in problem.message


@pytest.mark.parametrize(
    "facts",
    [
        page(HOME),
        page("https://www.acme.example/"),
        page("/thank-you"),
        page("/plans", metas={"robots": "noindex"}),
        page("/plans", status=404),
        page("/old", final_url=PLANS, chain=[(f"{HOME}old", 301)]),
    ],
)
def test_orphan_page_is_silent(facts: PageFacts) -> None:
    assert orphans(seen(facts, depth=None, in_sitemap=True)) == []


def test_a_linked_page_is_no_orphan() -> None:
    assert orphans(seen(page("/plans"), depth=3)) == []
    by_script = seen(page("/a"), visit("/a", links=[f"{PLANS}#x"]))
    assert orphans(by_script, seen(page("/plans"), depth=None)) == []


def test_a_page_that_only_links_to_itself_is_an_orphan() -> None:
    itself = page("/plans", links=[link("/plans")])
    assert len(orphans(seen(itself, visit("/plans", links=[PLANS]), depth=None))) == 1


def test_a_crawl_that_was_cut_short_knows_no_orphans() -> None:
    assert orphans(seen(page("/plans"), depth=None), exhaustive=False) == []


def test_deep_page() -> None:
    (problem,) = found("deep-page", seen(page("/plans"), depth=5))
    assert problem.severity is Severity.INFO
    assert problem.evidence["depth"] == 5
    assert found("deep-page", seen(page("/plans"), depth=4), seen(page("/b"), depth=None)) == []
