"""Canonicals, with their silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page
from scans.snapshot import Category, FetchError, PageFacts, Problem, Severity, Target, TargetState
from tests.scans.checks.build import HOME, of, page, relation, site, target

PLANS = f"{HOME}plans"


def found(rule: str, *canonicals: str, **facts: object) -> list[Problem]:
    named = page(relations=[relation("canonical", href) for href in canonicals], **facts)
    return of(check_page(named, {Category.METADATA}), f"metadata.canonical-{rule}")


def crawl(rule: str, canonical: str, *targets: Target, other: PageFacts | None = None, **more: object) -> list[Problem]:
    pages = [page(HOME, relations=[relation("canonical", canonical)]), *([other] if other else [])]
    return of(check_crawl(site(pages, targets, **more), {Category.METADATA}), f"metadata.canonical-{rule}")


def test_missing() -> None:
    (problem,) = found("missing")
    assert problem.severity is Severity.MINOR
    assert found("missing", HOME) == []
    assert found("missing", metas={"robots": "noindex"}) == []
    assert found("missing", status=404) == []


def test_multiple() -> None:
    (problem,) = found("multiple", "/a", "/b")
    assert problem.severity is Severity.SERIOUS
    assert problem.evidence["canonicals"] == [f"{HOME}a", f"{HOME}b"]
    assert found("multiple", "/a", "https://acme.example/a") == []


@pytest.mark.parametrize(
    "verdict",
    [
        target(PLANS, 404),
        target(PLANS, None, error=FetchError.TIMEOUT),
        target(PLANS, chain=[(PLANS, 301)], final_url=HOME),
    ],
)
def test_broken(verdict: Target) -> None:
    (problem,) = crawl("broken", "/plans#top", verdict)
    assert problem.severity is Severity.SERIOUS
    assert problem.cause == problem.evidence["target"] == PLANS


def test_broken_when_the_target_is_noindex() -> None:
    (problem,) = crawl("broken", "/plans", other=page("/plans", metas={"robots": "noindex"}))
    assert "noindex" in problem.message
    assert problem.evidence == {"target": PLANS}


@pytest.mark.parametrize("raw", ["https://", "data:text/html,x"])
def test_broken_when_it_is_no_address(raw: str) -> None:
    (problem,) = crawl("broken", raw)
    assert problem.cause == raw


@pytest.mark.parametrize(
    "verdict",
    [
        target(PLANS),
        target(PLANS, 403, state=TargetState.UNVERIFIABLE),
        target(PLANS, None, state=TargetState.NOT_CHECKED),
        target(PLANS, None, error=FetchError.BLOCKED),
        target(f"{HOME}other", 404),
    ],
)
def test_broken_is_silent(verdict: Target) -> None:
    assert crawl("broken", "/plans", verdict, other=page("/plans")) == []


def test_a_noindex_page_that_names_itself_is_not_broken() -> None:
    hidden = page(HOME, relations=[relation("canonical", HOME)], metas={"robots": "noindex"})
    assert of(check_crawl(site([hidden]), {Category.METADATA}), "metadata.canonical-broken") == []


@pytest.mark.parametrize(
    ("url", "word"), [("https://acme.webflow.io/", "staging"), ("https://other.example/x", "another")]
)
def test_offsite(url: str, word: str) -> None:
    (problem,) = crawl("offsite", url)
    assert problem.severity is Severity.SERIOUS
    assert problem.cause == url.split("/")[2]
    assert word in problem.message
    assert crawl("broken", url, target(url, 404)) == []


def test_offsite_is_silent() -> None:
    assert crawl("offsite", "/plans") == []
    assert crawl("offsite", "https://www.acme.example/") == []
    assert crawl("offsite", "https://medium.example/x", syndication_hosts=frozenset({"medium.example"})) == []
    live = page("https://acme.webflow.io/", relations=[relation("canonical", HOME)])
    assert check_crawl(site([live], hosts=["acme.webflow.io"], is_staging=True), {Category.METADATA}) == []
