"""The head's rules: viewport, charset, doctype, favicon, noindex, robots.txt, structured data, with their silent
twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page
from scans.snapshot import Category, PageFacts, Probes, Problem, Robots, Severity
from tests.scans.checks.build import HOME, of, page, relation, response, site

VIEWPORT = {"viewport": "width=device-width, initial-scale=1"}


def head(rule: str, **facts: object) -> list[Problem]:
    return of(check_page(page(**{"metas": VIEWPORT, **facts}), {Category.METADATA}), f"metadata.{rule}")


def crawl(rule: str, *pages: PageFacts, **more: object) -> list[Problem]:
    return of(check_crawl(site(pages, **more), {Category.METADATA}), f"metadata.{rule}")


@pytest.mark.parametrize("metas", [{}, {"viewport": "width=1024"}, {"viewport": "initial-scale=1,width = 980"}])
def test_viewport_missing(metas: dict[str, str]) -> None:
    (problem,) = head("viewport-missing", metas=metas)
    assert problem.severity is Severity.SERIOUS
    assert problem.cause == ""


@pytest.mark.parametrize("content", ["width=device-width", "initial-scale=1", "width=device-width, minimum-width=300"])
def test_viewport_is_flexible(content: str) -> None:
    assert head("viewport-missing", metas={"viewport": content}) == []


@pytest.mark.parametrize(("rule", "fact"), [("charset-missing", "charset_declared"), ("doctype-missing", "doctype")])
def test_charset_and_doctype(rule: str, fact: str) -> None:
    (problem,) = head(rule, **{fact: False})
    assert problem.severity is Severity.MINOR
    assert head(rule, **{fact: True}) == []


@pytest.mark.parametrize("facts", [{"status": 404}, {"headers": {"content-type": "text/plain"}}])
def test_only_pages_are_judged(facts: dict[str, object]) -> None:
    bad = {"metas": {}, "doctype": False, "charset_declared": False, "json_ld": ["{"], "title": "", **facts}
    assert check_page(page(**bad), {Category.METADATA}) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "no valid JSON"),
        ("", "no valid JSON"),
        ('{"@type": "Organization"}', "@context is missing"),
        ('{"@context": "https://schema.org"}', "@type is missing"),
        ('[{"@context": "https://schema.org", "@type": "Thing"}, {"@type": "Thing"}]', "@context is missing"),
        ('"Organization"', "no object"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_structured_data_invalid(text: str, fault: str) -> None:
    (problem,) = head("structured-data-invalid", json_ld=[text])
    assert problem.severity is Severity.MODERATE
    assert fault in problem.message
    assert len(problem.evidence["block"]) <= 300


@pytest.mark.parametrize(
    "text",
    [
        '{"@context": "https://schema.org", "@type": "Organization"}',
        '{"@context": "https://schema.org", "@graph": [{"@type": "Thing"}]}',
        '[{"@context": "https://schema.org", "@type": "Thing"}]',
    ],
)
def test_structured_data_valid(text: str) -> None:
    assert head("structured-data-invalid", json_ld=[text]) == []


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"metas": {"robots": "noindex, nofollow"}}, "robots tag"),
        ({"metas": {"robots": "none"}}, "robots tag"),
        ({"headers": {"content-type": "text/html", "x-robots-tag": "noindex"}}, "X-Robots-Tag"),
    ],
)
def test_noindex(facts: dict[str, object], where: str) -> None:
    (problem,) = crawl("noindex", page("/about", **facts))
    assert problem.severity is Severity.SERIOUS
    assert where in problem.message


@pytest.mark.parametrize(
    "path",
    [
        "/thank-you",
        "/thanks",
        "/thank-you-newsletter",
        "/404",
        "/search",
        "/401",
        "/utility-pages/password",
        "/checkout",
    ],
)
def test_noindex_is_silent_on_utility_pages(path: str) -> None:
    assert crawl("noindex", page(path, metas={"robots": "noindex"})) == []


def test_noindex_is_silent() -> None:
    hidden = page("/about", metas={"robots": "noindex"})
    assert crawl("noindex", hidden, is_staging=True) == []
    assert crawl("noindex", page("/about", metas={"robots": "index, follow"})) == []
    assert crawl("noindex", page("/about", status=404, metas={"robots": "noindex"})) == []


def robots(text: str, *blocked: str, **more: object) -> Robots:
    return Robots(f"{HOME}robots.txt", 200, text, blocked=frozenset(blocked), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("User-agent: *\nDisallow: /p\nDisallow: /private/ # ours", "private/plans", "Disallow: /private/"),
        ("Disallow: /*/plans$", "a/plans", "Disallow: /*/plans$"),
        ("Disallow: /*.pdf\nDisallow: /plans", "x/plans.pdf?a=1", "Disallow: /*.pdf"),
        ("Disallow: /plans$\nDisallow: /z*z", "plans/a", "Disallow: /plans/a"),
        ("Disallow: /*.pdf", "plans", "Disallow: /plans"),
        ("Disallow:\nAllow: /\nnonsense", "plans", "Disallow: /plans"),
        ("Disallow: /a*b*c$", "a/c/b/c", "Disallow: /a*b*c$"),
    ],
)
def test_robots_blocked_names_the_line(text: str, path: str, line: str) -> None:
    (problem,) = crawl("robots-blocked", page(HOME), robots=robots(text, HOME + path))
    assert problem.severity is Severity.SERIOUS
    assert problem.url == HOME + path
    assert problem.cause == line
    assert problem.evidence["target"] == f"{HOME}robots.txt"


def test_robots_blocked_is_silent() -> None:
    blocked = robots("Disallow: /plans", f"{HOME}plans")
    assert crawl("robots-blocked", page(HOME), robots=robots("Disallow: /x")) == []
    assert crawl("robots-blocked", page(HOME), robots=blocked, is_staging=True) == []
    assert crawl("robots-blocked", page(HOME), robots=robots("Disallow: /search", f"{HOME}search")) == []
    assert crawl("robots-blocked", page(HOME), robots=robots("Disallow: /", f"{HOME}plans", blocks_all=True)) == []


def test_robots_txt_full_of_stars_ends() -> None:
    text = f"Disallow: /{'*a' * 200}$"
    (problem,) = crawl("robots-blocked", page(HOME), robots=robots(text, f"{HOME}{'a' * 2000}b"))
    assert problem.cause.endswith("b")


def test_favicon_missing() -> None:
    probes = Probes(favicon=response(f"{HOME}favicon.ico", 404))
    problems = crawl("favicon-missing", page(HOME), page("/about"), probes=probes)
    assert [problem.severity for problem in problems] == [Severity.MINOR] * 2
    assert {problem.cause for problem in problems} == {"favicon.ico"}


def test_favicon_is_silent() -> None:
    icon = page(HOME, relations=[relation("shortcut icon", "/icon.png")])
    touch = page("/about", relations=[relation("apple-touch-icon", "/icon.png")])
    assert crawl("favicon-missing", icon, touch, probes=Probes(favicon=response(f"{HOME}favicon.ico", 404))) == []
    assert crawl("favicon-missing", page(HOME), probes=Probes(favicon=response(f"{HOME}favicon.ico"))) == []
    assert crawl("favicon-missing", page(HOME)) == []
