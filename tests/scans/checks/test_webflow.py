"""What only a Webflow tool sees: each rule fires on its mark and keeps silent on the twin."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_crawl, check_page, check_visit
from scans.snapshot import PageFacts, Probes, Problem, Response, Severity, Webflow
from tests.scans.checks.build import element, link, of, page, relation, response, seen, site, text, visit

CDN = "https://cdn.prod.website-files.com"
WEBFLOW = Webflow(page_id="a" * 24, site_id="b" * 24, generator=True)
CREDITED = "https://acme.webflow.io/"
CLASSES = {f"div-block-{n}": 1 for n in range(31)}


def badges(facts: PageFacts, **scan: Any) -> list[Problem]:
    return of(check_crawl(site([facts], **scan)), "webflow.badge")


def test_the_badge_is_one_issue_of_the_site() -> None:
    marked = Webflow(site_id="b" * 24, status="1")
    problems = of(check_crawl(site([page("/", webflow=marked), page("/a", webflow=marked)])), "webflow.badge")
    assert [(p.severity, p.cause) for p in problems] == [("minor", "webflow badge")] * 2


def test_the_badge_in_the_markup_is_named() -> None:
    facts = page(links=[link("https://webflow.com?utm_campaign=brandjs", attrs={"class": "w-webflow-badge"})])
    assert [p.element for p in badges(facts)] == [facts.links[0].element]


@pytest.mark.parametrize(
    ("facts", "scan"),
    [
        (page(webflow=WEBFLOW), {}),
        (page(webflow=Webflow(status="1")), {"is_staging": True}),
        (page(CREDITED, webflow=Webflow(status="1")), {}),
        (page(webflow=Webflow(status="1"), status=404), {}),
    ],
)
def test_no_badge_on_staging_and_error_pages(facts: PageFacts, scan: dict[str, Any]) -> None:
    assert badges(facts, **scan) == []


@pytest.mark.parametrize(
    ("rel", "href", "rules"),
    [
        ("shortcut icon", f"{CDN}/img/favicon.ico", ["webflow.default-favicon"]),
        ("apple-touch-icon", f"{CDN}/img/webclip.png", ["webflow.default-webclip"]),
        ("icon", f"{CDN}/{'b' * 24}/{'c' * 24}_favicon.png", []),
        ("icon", "/img/favicon.ico", []),
    ],
)
def test_webflows_own_icons(rel: str, href: str, rules: list[str]) -> None:
    problems = [p for p in check_page(page(relations=[relation(rel, href)])) if p.rule.startswith("webflow.default")]
    assert [p.rule for p in problems] == rules
    assert all(p.severity == Severity.MINOR and p.cause == href for p in problems)


def _staging(
    status: int | None = 200, robots: bytes | None = b"", robots_status: int = 404, **more: Any
) -> list[Problem]:
    answers = Probes(
        staging=response(CREDITED, status, **more),
        staging_robots=None if robots is None else response(f"{CREDITED}robots.txt", robots_status, body=robots),
    )
    return of(check_crawl(site([page()], probes=answers)), "webflow.staging-indexable")


@pytest.mark.parametrize(
    ("robots", "status"),
    [(b"", 404), (b"", 200), (b"User-agent: *\nDisallow: /private", 200), (b"User-agent: GPTBot\nDisallow: /", 200)],
)
def test_open_staging_is_said(robots: bytes, status: int) -> None:
    problems = _staging(robots=robots, robots_status=status)
    assert [(p.severity, p.cause, p.evidence["target"]) for p in problems] == [("serious", "acme.webflow.io", CREDITED)]


def test_closed_staging_is_silent() -> None:
    assert _staging(robots=b"User-agent: *\r\nDisallow: /", robots_status=200) == []
    assert _staging(robots=b"User-agent: a\nUser-agent: *\nDisallow: / # all", robots_status=200) == []
    assert _staging(status=401) == []
    assert _staging(robots=None) == []
    assert _staging(final_url="https://acme.example/") == []
    assert _staging(headers={"x-robots-tag": "noindex"}) == []


EMPTY = element("div", "No items found.", {"class": "w-dyn-empty"}, selector="#e", path="div.list > div.w-dyn-empty")
UNBOUND = element("p", "", {"class": "w-dyn-bind-empty"}, selector="#u", path="p.w-dyn-bind-empty")


def test_empty_lists_and_fields_are_said_by_the_fetch() -> None:
    problems = [p for p in check_page(page(empty_lists=[EMPTY], unbound=[UNBOUND])) if p.rule.startswith("webflow")]
    assert [(p.rule, p.element, p.severity) for p in problems] == [
        ("webflow.empty-list", EMPTY, "moderate"),
        ("webflow.unbound-field", UNBOUND, "moderate"),
    ]
    assert "No items found." in problems[0].message


def test_the_visit_adds_only_what_scripts_put_there() -> None:
    facts = page(empty_lists=[EMPTY])
    other = element("div", selector="#late", path="div.late > div.w-dyn-empty")
    problems = check_visit(facts, visit(visible_empty_lists=[EMPTY, other], visible_unbound=[UNBOUND]))
    assert [(p.rule, p.element) for p in problems if p.rule.startswith("webflow")] == [
        ("webflow.empty-list", other),
        ("webflow.unbound-field", UNBOUND),
    ]


def test_error_pages_have_no_empty_lists() -> None:
    assert of(check_page(page(status=404, empty_lists=[EMPTY])), "webflow.empty-list") == []


@pytest.mark.parametrize(
    ("words", "personal"), [("x" * 5001, False), ("Ask ann@acme.example", True), ("Call +44 20 7946 0000", True)]
)
def test_hidden_leftovers(words: str, personal: bool) -> None:
    problems = of(check_page(page(invisible=[text(words)])), "webflow.hidden-leftover")
    assert [(p.severity, p.evidence["personal_data"]) for p in problems] == [("info", personal)]


def test_little_hidden_text_is_silent() -> None:
    assert of(check_page(page(invisible=[text("Sold out")])), "webflow.hidden-leftover") == []


TEMPLATE_TALK = "All photos in this template are from Unsplash."


@pytest.mark.parametrize(
    ("path", "words", "fires"),
    [
        ("/style-guide", "", True),
        ("/brand-guidelines/style-guide", "", True),
        ("/brand-guidelines/style-guide.html", "", True),
        ("/licensing", TEMPLATE_TALK, True),
        ("/template-info/changelog", "Version 1.1", True),
        ("/changelog", "In version 2.3 our app starts faster", False),
        ("/licensing", "License our music for your film", False),
        ("/blog/style-guide-for-writers", "", False),
    ],
)
def test_template_pages(path: str, words: str, fires: bool) -> None:
    problems = of(check_page(page(path, main_text=words, webflow=WEBFLOW)), "webflow.template-page")
    assert [(p.severity, p.cause) for p in problems] == [("moderate", path)] * fires


def test_template_pages_that_search_engines_may_not_list_are_silent() -> None:
    facts = page("/style-guide", webflow=WEBFLOW, metas={"robots": "noindex"})
    assert of(check_page(facts), "webflow.template-page") == []


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (page(links=[link("https://webflow.com/templates/designers/ann", "Ann")]), "webflow.com"),
        (page(links=[link("https://brixtemplates.com/", "BRIX Templates")]), "brixtemplates.com"),
        (page(texts=[text("Powered by Webflow")]), "powered by webflow"),
        (page(texts=[text("Template by Ann")]), "template by"),
    ],
)
def test_template_credits(facts: PageFacts, cause: str) -> None:
    problems = of(check_page(facts), "webflow.template-credit")
    assert [(p.severity, p.cause) for p in problems] == [("minor", cause)]


@pytest.mark.parametrize(
    "facts",
    [
        page(links=[link("https://webflow.com/blog/grid", "a good article")]),
        page(links=[link("https://webflow.com?utm_campaign=brandjs", attrs={"class": "w-webflow-badge"})]),
        page(
            texts=[
                text(
                    "We have built shops and sites for nine years, most of them powered by Webflow and some by our own "
                    * 2
                )
            ]
        ),
        page("https://brixtemplates.com/", links=[link("https://brixtemplates.com/all", "All")]),
    ],
)
def test_talk_about_webflow_is_no_credit(facts: PageFacts) -> None:
    assert of(check_page(facts), "webflow.template-credit") == []


def test_generic_classes_are_one_issue_of_the_site() -> None:
    problems = of(check_page(page(class_counts=CLASSES, webflow=WEBFLOW)), "webflow.generic-classes")
    assert [(p.severity, p.cause, len(p.evidence["classes"])) for p in problems] == [
        ("info", "generic class names", 31)
    ]


@pytest.mark.parametrize(
    "facts",
    [
        page(class_counts={f"div-block-{n}": 1 for n in range(30)}, webflow=WEBFLOW),
        page(class_counts={f"card-{n}": 1 for n in range(40)}, webflow=WEBFLOW),
        page(class_counts=CLASSES),
    ],
)
def test_named_classes_are_silent(facts: PageFacts) -> None:
    assert of(check_page(facts), "webflow.generic-classes") == []


def test_a_page_with_nothing_of_webflow_says_nothing() -> None:
    clean = page(links=[link()], texts=[text("Quiet machines")])
    answers = Probes(staging=Response(CREDITED, CREDITED, None, {}, b""))
    problems = [*check_page(clean), *check_crawl(site([seen(clean)], probes=answers)), *check_visit(clean, visit())]
    assert [p for p in problems if p.rule.startswith("webflow")] == []
