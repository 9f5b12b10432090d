"""Spelling: what is said, and the much that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scans.checks import check_crawl, spelling
from scans.snapshot import Category, PageFacts, Problem
from tests.scans.checks.build import of, page, site, text

ENGLISH = "We build machines that work without any noise and last for a very long time in every kitchen"


def misspelled(*pages: PageFacts) -> list[Problem]:
    return of(check_crawl(site(pages), {Category.CONTENT}), "content.spelling")


def words(*pages: PageFacts) -> list[str]:
    return [problem.evidence["word"] for problem in misspelled(*pages)]


def one(sentence: str, lang: str = "en", tag: str = "p") -> PageFacts:
    return page(lang=lang, texts=[text(sentence, tag)])


def test_an_unknown_word_is_a_question_with_the_word_as_its_cause() -> None:
    problems = misspelled(one(f"{ENGLISH} with easy managment of parts"))
    assert [(p.cause, p.severity, p.confidence) for p in problems] == [("en: managment", "minor", "needs-review")]
    assert problems[0].element is not None
    assert "managment" in problems[0].message


@pytest.mark.parametrize(
    "sentence",
    [
        "The colour of the color, an organisation and an organization",
        "Ask Managment Gmbh or Mangrt Brothers",
        "Write to managment@acme.example or see https://acme.example/managment and acme.com/managment",
        "The file managment_final and the key managment2 and state-of-managment",
        "Our onboarding and every website, checkout and webhook",
        "Managment is our word: managment",
    ],
)
def test_names_codes_addresses_and_the_sites_own_words_are_silent(sentence: str) -> None:
    assert words(one(f"{ENGLISH}. {sentence}")) == []


def test_a_word_of_two_pages_is_the_sites_own() -> None:
    first = page("/a", texts=[text(f"{ENGLISH} managment")])
    assert words(first, page("/b", texts=[text(f"{ENGLISH} managment")])) == []


def test_code_inside_a_sentence_is_not_read() -> None:
    block = text(f"{ENGLISH}, say managment to it", "p")
    html = "<p>... say <code>managment</code> to it</p>"
    assert words(page(lang="en", texts=[replace(block, element=replace(block.element, html=html))])) == []


def test_code_is_not_read() -> None:
    assert words(one(f"{ENGLISH} managment", tag="code")) == []


@pytest.mark.parametrize("lang", ["", "de", "pt-BR", "xx"])
def test_a_language_without_a_dictionary_is_silent(lang: str) -> None:
    assert words(one("Völlig unbekannte wörter stehen hierr", lang)) == []


def test_a_page_in_another_language_than_it_says_is_silent() -> None:
    assert words(one("Wir bauen leise maschinen welche ohne lärm arbeiten und lange halten sollen")) == []


def test_a_foreign_quotation_on_a_page_is_silent() -> None:
    quotation = text("Suspendisse varius tristique elementum malesuada pellentesque")
    prose = [text(f"{ENGLISH} and {n}") for n in ("bread", "water", "light", "summer", "winter", "garden", "window")]
    assert words(page(texts=[*prose, quotation])) == []


@pytest.mark.parametrize(
    ("lang", "sentence", "word"),
    [
        (
            "fr-FR",
            "Nous construisons des machines silencieuses pour toutes les maisons avec une garantiie",
            "garantiie",
        ),
        (
            "nl",
            "Wij maken stille machines voor iedere keuken met garantie en onderhoudt en servicebeurtenn",
            "servicebeurtenn",
        ),
    ],
)
def test_other_languages_have_their_own_dictionary(lang: str, sentence: str, word: str) -> None:
    assert words(one(sentence, lang)) == [word]


def test_a_scan_says_at_most_a_hundred() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    odd = [text(f"{ENGLISH} and zzq{a}{b}x") for a in letters for b in letters[:6]]
    pages = [page(f"/{n}", texts=[text(ENGLISH), block]) for n, block in enumerate(odd)]
    assert len(misspelled(*pages)) == 100


def test_a_site_of_too_many_words_is_read_as_far_as_the_dictionary_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "_SAMPLE", 10)
    monkeypatch.setattr(spelling, "_MOST_TRIED", 30)
    many = (
        "water table chair house garden window letter music paper summer winter river mountain bread butter cheese "
        "apple orange lemon flower horse sheep school teacher doctor nurse driver street bridge market station train "
        "ticket travel morning evening dinner lunch breakfast pencil mirror button jacket trousers"
    )
    pages = page(lang="en", texts=[text(f"{ENGLISH} with easy managment"), text(f"{many} sentense")])
    assert words(pages) == ["managment"]
