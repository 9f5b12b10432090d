"""Each content rule on its smallest firing page and on its silent twin."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_crawl, check_page
from scans.snapshot import Category, PageFacts, Problem, Severity
from tests.scans.checks.build import asset, form, heading, image, link, of, page, relation, site, text

LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."
QUOTED = (
    "Printers have used the words “lorem ipsum dolor sit amet” since the sixteenth century, when somebody scrambled "
    "a text of Cicero to show what a typeface looks like without a reader being distracted by what it says."
)
PROSE = " ".join(f"word{n}" for n in range(80))
DATE = {"content-type": "text/html", "date": "Mon, 23 Nov 2026 22:00:00 GMT"}


def found(rule: str, facts: PageFacts) -> list[Problem]:
    return of(check_page(facts), rule)


def with_text(words: str, tag: str = "p", **facts: Any) -> PageFacts:
    return page(texts=[text(words, tag)], **facts)


FIRING = [
    ("content.lorem-ipsum", with_text(LOREM), Severity.SERIOUS),
    ("content.lorem-ipsum", with_text("Suspendisse varius enim in eros elementum tristique."), Severity.SERIOUS),
    ("content.default-text", with_text("Heading", "h2"), Severity.SERIOUS),
    ("content.default-text", with_text("This is some text inside of a div block.", "div"), Severity.SERIOUS),
    ("content.default-text", with_text("Button Text", "a"), Severity.SERIOUS),
    ("content.default-text", with_text("Text Link", "a"), Severity.SERIOUS),
    ("content.default-text", with_text("What’s a Rich Text element?", "h4"), Severity.SERIOUS),
    ("content.todo-marker", with_text("TODO"), Severity.MODERATE),
    ("content.todo-marker", with_text("TODO: ask Ann for the price"), Severity.MODERATE),
    ("content.todo-marker", with_text("Your text here"), Severity.MODERATE),
    ("content.todo-marker", with_text("asdf"), Severity.MODERATE),
    ("content.todo-marker", with_text("example.com"), Severity.MODERATE),
    ("content.repeated-word", with_text("We build the the quietest machines"), Severity.MINOR),
    ("content.mojibake", with_text("Itâ€™s quiet"), Severity.MODERATE),
    ("content.mojibake", with_text("CafÃ© Central"), Severity.MODERATE),
    ("content.mojibake", with_text("Caf\ufffd Central"), Severity.MODERATE),
    ("content.unlinked-contact", with_text("Write to ann@quiet.example today"), Severity.INFO),
    ("content.h1-missing", page(headings=[heading("Machines", 2)]), Severity.MODERATE),
    ("content.h1-missing", page(headings=[heading("", 1)]), Severity.MODERATE),
    ("content.h1-multiple", page(headings=[heading("One"), heading("Two")]), Severity.MINOR),
    ("content.thin", page("/machines", main_text="Soon more"), Severity.INFO),
    ("content.copyright-outdated", page(texts=[text("© 2024 Acme", landmark="footer")], headers=DATE), Severity.INFO),
    (
        "content.copyright-outdated",
        page(texts=[text("Copyright © 2019–2023 Acme", landmark="footer")], headers=DATE),
        Severity.INFO,
    ),
]

SILENT = [
    ("content.lorem-ipsum", with_text("Lorem ipsum")),
    ("content.lorem-ipsum", with_text(QUOTED)),
    ("content.lorem-ipsum", with_text(LOREM, "blockquote")),
    ("content.lorem-ipsum", with_text(LOREM, status=404)),
    ("content.default-text", with_text("Heading south in winter", "h2")),
    ("content.default-text", with_text("Heading", "p")),
    ("content.default-text", with_text("Text Link", "p")),
    ("content.todo-marker", with_text("todo", lang="es")),
    ("content.todo-marker", with_text("TODO", "h2", lang="es")),
    ("content.todo-marker", with_text("Our TODO app keeps your day in order")),
    ("content.todo-marker", with_text("TODO: write a test", "code")),
    ("content.repeated-word", with_text("All the good that that machine had had was gone")),
    ("content.repeated-word", with_text("We sell Duran Duran records and 10 10 packs")),
    ("content.repeated-word", with_text("Contact us Contact us")),
    ("content.repeated-word", with_text("learn more about us learn more about us now now")),
    ("content.repeated-word", with_text("kita kita pergi ke pasar", lang="id")),
    ("content.mojibake", with_text("Café Central, São Paulo, Ã propos, SÃO")),
    ("content.mojibake", with_text("Itâ€™s", "code")),
    (
        "content.unlinked-contact",
        with_text("Write to ann@quiet.example", links=[link("mailto:ann@quiet.example", "Mail")]),
    ),
    ("content.unlinked-contact", with_text("name@example.com")),
    ("content.h1-missing", page(headings=[heading("Machines")])),
    ("content.h1-multiple", page(headings=[heading("One"), heading("", 1), heading("Two", 2)])),
    ("content.thin", page("/machines", main_text=PROSE)),
    ("content.thin", page("/contact", main_text="Call us")),
    ("content.thin", page("/legal/privacy", main_text="Soon more")),
    ("content.thin", page("/join", main_text="Join us", forms=[form()])),
    ("content.thin", page("/work", main_text="Our work", assets=[asset(f"/{n}.jpg") for n in range(6)])),
    ("content.thin", page("/machines", main_text="Soon more", metas={"robots": "noindex"})),
    ("content.copyright-outdated", page(texts=[text("© 2025 Acme", landmark="footer")], headers=DATE)),
    ("content.copyright-outdated", page(texts=[text("© 2014–2026 Acme", landmark="footer")], headers=DATE)),
    ("content.copyright-outdated", page(texts=[text("© 2014 - present Acme", landmark="footer")], headers=DATE)),
    ("content.copyright-outdated", page(texts=[text("© 2014 Acme", landmark="main")], headers=DATE)),
    ("content.copyright-outdated", page(texts=[text("© 2014 Acme", landmark="footer")])),
    (
        "content.copyright-outdated",
        page(texts=[text("© 2014 Acme", attrs={"class": "current-year"}, landmark="footer")], headers=DATE),
    ),
]


@pytest.mark.parametrize(("rule", "facts", "severity"), FIRING)
def test_fires(rule: str, facts: PageFacts, severity: Severity) -> None:
    problems = found(rule, facts)
    assert [p.severity for p in problems] == [severity]
    assert problems[0].url == facts.url


@pytest.mark.parametrize(("rule", "facts"), SILENT)
def test_is_silent(rule: str, facts: PageFacts) -> None:
    assert found(rule, facts) == []


def test_a_heading_of_filler_is_said_when_the_page_has_more_of_it() -> None:
    facts = page(texts=[text("Lorem ipsum", "h2"), text(LOREM), text("Real words about machines")])
    assert [p.element.tag for p in found("content.lorem-ipsum", facts) if p.element] == ["h2", "p"]


def test_an_address_is_one_cause_wherever_it_stands() -> None:
    facts = page(texts=[text("Ann@Quiet.example"), text("or ann@quiet.example again")])
    assert [(p.cause, p.evidence["address"]) for p in found("content.unlinked-contact", facts)] == [
        ("ann@quiet.example", "Ann@Quiet.example")
    ]


def test_the_doubled_word_needs_a_person() -> None:
    problem = found("content.repeated-word", with_text("We build the the quietest machines"))[0]
    assert (problem.confidence, problem.evidence["word"]) == ("needs-review", "the")


def _twins(**second: Any) -> list[Problem]:
    first = page("/a", main_text=PROSE, text_hash="1")
    return of(
        check_crawl(site([first, page("/b", main_text=PROSE, **{"text_hash": "1", **second})])), "content.duplicate"
    )


def test_equal_pages_are_one_cause_and_name_each_other() -> None:
    problems = _twins()
    assert [p.evidence["same"] for p in problems] == [["https://acme.example/b"], ["https://acme.example/a"]]
    assert len({p.cause for p in problems}) == 1


@pytest.mark.parametrize(
    "second",
    [
        {"text_hash": "2"},
        {"relations": [relation("canonical", "/a")]},
        {"metas": {"robots": "noindex"}},
        {"status": 404},
        {"final_url": "https://acme.example/a"},
    ],
)
def test_pages_that_hand_over_are_no_duplicates(second: dict[str, Any]) -> None:
    assert _twins(**second) == []


def test_short_pages_are_no_duplicates() -> None:
    pages = [page(path, main_text="Soon more", text_hash="1") for path in ("/a", "/b")]
    assert of(check_crawl(site(pages)), "content.duplicate") == []


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a.", "a@", "1", "+1 ", "© ", "the ", "é", "_", "lorem ipsum ", "TODO", "asdf"]
)
def test_texts_made_to_cost_time_cost_none(piece: str) -> None:
    """A pattern that backtracks over these would run into the timeout of the suite."""
    hostile = piece * (20_000 // len(piece))
    facts = page(
        texts=[text(hostile), text(hostile, landmark="footer")],
        invisible=[text(hostile)],
        images=[image(alt=f"image{hostile}x")],
        main_text=hostile,
        title=hostile,
        headers=DATE,
    )
    check_page(facts, {Category.CONTENT, Category.WEBFLOW, Category.IMAGES})
    check_crawl(site([facts]), {Category.CONTENT})


@pytest.mark.parametrize(("metas", "count"), [({}, 3), ({"robots": "noindex"}, 0)])
def test_a_style_guide_kept_out_of_search_may_show_samples(metas: dict[str, str], count: int) -> None:
    guide = page(
        "/utility-pages/style-guide",
        metas=metas,
        texts=[text(LOREM), text("Button Text", "a")],
        headings=[heading("H1"), heading("Another H1")],
    )
    rules = ("content.lorem-ipsum", "content.default-text", "content.h1-multiple")
    assert sum(len(found(rule, guide)) for rule in rules) == count
