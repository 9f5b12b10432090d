"""Whole words in any script, whatever is hidden between their letters."""

from __future__ import annotations

import time

import pytest

from scans.checks.phrases import MOST_TRIES, Text, is_visible, plain


def stands(term: str, text: str) -> bool:
    return any(True for _ in Text(plain(text)).places(plain(term)))


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("acme", "We are ACME."),
        ("Straße", "in der STRASSE 5"),
        ("İzmir", "i̇zmir"),
        ("café", "Cafe\u0301 Central"),
        ("acme corp", "Acme\u00a0\n Corp"),
        ("acme", "Ac\u00adme and Ac\u200bme"),
        ("acme", "\u202eacme\u202c"),
        ("acme", "ＡＣＭＥ"),
        ("office", "oﬃce"),
        ("don't", "Don’t"),
        ("co-op", "co\u2011op"),
        ("C++", "We write C++, and C."),
        ("$5", "only $5!"),
        ("acme", "acme's best"),
        ("禁止", "使用禁止です"),
        ("ห้าม", "กรุณาห้ามสูบ"),
        ("привет", "Привет, мир"),
    ],
)
def test_whole_words_are_found(term: str, text: str) -> None:
    assert stands(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("acme", "acmeology, placacme, acme_x, acme2"),
        ("cat", "concatenate"),
        ("क", "की"),
        ("cafe", "cafe\u0301"),
        ("5", "15 or 51"),
        ("acme corp", "acme. corp"),
        ("он", "тон"),
    ],
)
def test_parts_of_words_are_not(term: str, text: str) -> None:
    assert not stands(term, text)


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u200d", "\u00ad", "\u3164", "\u2800", "\ufeff\u2060", "\u202e"])
def test_nothing_to_see(text: str) -> None:
    assert not is_visible(text)


@pytest.mark.parametrize("text", ["a", "$", "!", "字", "🎄", "१"])
def test_something_to_see(text: str) -> None:
    assert is_visible(text)


def test_a_page_made_to_be_slow_is_given_up_and_not_judged() -> None:
    text = Text("a" * (2 * MOST_TRIES))
    began = time.perf_counter()
    assert list(text.places("a")) == []
    assert text.exhausted
    assert time.perf_counter() - began < 5
