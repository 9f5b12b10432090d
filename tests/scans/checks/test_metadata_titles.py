"""Titles and descriptions, with their silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page
from scans.checks.metadata_titles import width_px
from scans.snapshot import Category, PageFacts, PageSeen, Problem, Severity, Webflow
from tests.scans.checks.build import HOME, of, page, relation, site

GOOD = "We build quiet machines for small workshops, by hand, in Bremen since 1962."


def found(rule: str, url: str = HOME, **facts: object) -> list[Problem]:
    return of(check_page(page(url, **facts), {Category.METADATA}), f"metadata.{rule}")


def crawl(rule: str, *pages: PageFacts | PageSeen) -> list[Problem]:
    return of(check_crawl(site(pages), {Category.METADATA}), f"metadata.{rule}")


@pytest.mark.parametrize("title", ["", "  \n"])
def test_title_missing(title: str) -> None:
    (problem,) = found("title-missing", title=title)
    assert problem.severity is Severity.SERIOUS
    assert found("title-short", title=title) == []


def test_title_present() -> None:
    assert found("title-missing", title="Quiet machines") == []


@pytest.mark.parametrize(
    ("url", "title", "metas"),
    [
        (HOME, "Home", {}),
        ("/x", "Untitled", {}),
        ("/x", "Copy of Quiet machines", {}),
        ("/x", "Page 1", {}),
        ("/about-us", "about-us", {}),
        ("/company/about", "About", {}),
        ("/about-copy", "About Copy", {}),
        ("/about", "Acme", {}),
        ("/about", "acme.example", {}),
        ("/about", "The Machine House", {"og:site_name": "The Machine House"}),
    ],
)
def test_title_default(url: str, title: str, metas: dict[str, str]) -> None:
    (problem,) = found("title-default", url, title=title, metas=metas)
    assert problem.severity is Severity.MODERATE


@pytest.mark.parametrize(
    ("url", "title"),
    [
        (HOME, "Acme"),
        (HOME, "The home of quiet machines"),
        ("/about-us", "About us and our workshop"),
        ("/how-we-build", "How we build"),
        ("/copy", "The art of writing copy"),
        ("/pages", "Page 1 of our history"),
    ],
)
def test_title_written_by_a_person(url: str, title: str) -> None:
    assert found("title-default", url, title=title) == []


@pytest.mark.parametrize(
    ("path", "count"),
    [("/copy-of-about", 1), ("/blog/untitled-2", 1), ("/new-page.html", 1), ("/new-pages-for-print", 0), ("/copy", 0)],
)
def test_an_address_nobody_chose(path: str, count: int) -> None:
    assert [problem.severity for problem in found("address-default", path)] == [Severity.MINOR] * count


def test_title_that_is_an_items_name() -> None:
    item = Webflow(item_slug="sofa")
    assert found("title-default", "/product/sofa", title="Sofa", webflow=item) == []
    assert found("title-default", "/product/sofa", title="Sofa") != []


def test_title_long_in_characters_and_pixels() -> None:
    (problem,) = found("title-long", title="Quiet machines for small workshops, built by hand in Bremen since 1962")
    assert problem.severity is Severity.MINOR
    assert problem.evidence["length"] == 70
    assert problem.evidence["pixels"] > 580


@pytest.mark.parametrize("title", ["W" * 50, "i" * 61, "Quiet machines for small workshops"])
def test_title_not_long(title: str) -> None:
    assert found("title-long", title=title) == []


def test_width_follows_arial() -> None:
    assert width_px("Wi") == round((944 + 222) * 20 / 1000)
    assert width_px("é") == width_px("e")
    assert width_px("静") == 20
    assert width_px("☃") == width_px("0")


def test_title_short() -> None:
    (problem,) = found("title-short", title="Machines")
    assert problem.severity is Severity.MINOR
    assert found("title-short", title="Machines for all") == []
    assert found("title-short", title="静かな機械") == []


def test_title_duplicate() -> None:
    problems = crawl(
        "title-duplicate", page("/a", title="Quiet machines"), page("/b", title="quiet  Machines"), page("/c")
    )
    assert [problem.url for problem in problems] == [f"{HOME}a", f"{HOME}b"]
    assert {problem.severity for problem in problems} == {Severity.MODERATE}
    assert {problem.cause for problem in problems} == {"quiet machines"}
    assert problems[0].evidence["pages"] == [f"{HOME}a", f"{HOME}b"]


def test_title_duplicate_keeps_fifty_pages_as_evidence() -> None:
    problems = crawl("title-duplicate", *(page(f"/{n}") for n in range(60)))
    assert len(problems) == 60
    assert len(problems[0].evidence["pages"]) == 50


@pytest.mark.parametrize(
    ("url", "facts"),
    [
        ("/b", {"relations": [relation("canonical", "/a")]}),
        ("/b", {"metas": {"robots": "noindex"}}),
        ("/b", {"status": 404}),
        ("/a?page=2", {}),
        ("/a?5d8c_page=3", {}),
        ("/a/page/2", {}),
        ("/a/", {}),
        ("/old", {"final_url": f"{HOME}a"}),
    ],
)
def test_title_duplicate_is_silent(url: str, facts: dict[str, object]) -> None:
    assert crawl("title-duplicate", page("/a"), page(url, **facts)) == []


def test_titles_that_are_missing_are_no_duplicates() -> None:
    assert crawl("title-duplicate", page("/a", title=""), page("/b", title="")) == []


@pytest.mark.parametrize("metas", [{}, {"description": ""}, {"description": "  "}])
def test_description_missing(metas: dict[str, str]) -> None:
    (problem,) = found("description-missing", metas=metas)
    assert problem.severity is Severity.MODERATE


def test_description_missing_is_silent() -> None:
    assert found("description-missing", metas={"description": GOOD}) == []
    assert found("description-missing", metas={"robots": "noindex"}) == []


@pytest.mark.parametrize("text", ["Quiet machines.", "x" * 49, "x" * 161])
def test_description_length(text: str) -> None:
    (problem,) = found("description-length", metas={"description": text})
    assert problem.severity is Severity.MINOR
    assert problem.evidence["length"] == len(text)


@pytest.mark.parametrize("text", ["x" * 50, GOOD, "x" * 160, ""])
def test_description_length_is_silent(text: str) -> None:
    assert found("description-length", metas={"description": text}) == []


def test_description_duplicate() -> None:
    problems = crawl("description-duplicate", *(page(f"/{n}", metas={"description": GOOD}) for n in range(2)))
    assert [problem.severity for problem in problems] == [Severity.MINOR] * 2
    assert problems[0].cause == GOOD.lower()
    assert crawl("description-duplicate", page("/a", metas={"description": GOOD}), page("/b")) == []
