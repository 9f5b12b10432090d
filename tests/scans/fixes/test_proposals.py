"""What is suggested."""

from __future__ import annotations

import pytest

from scans.checks.metadata_titles import length
from scans.webflow.proposals import cleaned, shortened, title_of


@pytest.mark.parametrize(
    ("name", "site", "title"),
    [
        ("About", "Harbour Bakery", "About – Harbour Bakery"),
        ("Harbour Bakery", "Harbour Bakery", "Harbour Bakery"),
        ("About", "", "About"),
        (
            "A very long name of a page about many things",
            "and a site with a long name",
            "A very long name of a page about many things",
        ),
    ],
)
def test_a_title_from_the_names(name: str, site: str, title: str) -> None:
    assert title_of(name, site) == title


@pytest.mark.parametrize(
    "text",
    ["word " * 40, "x" * 300, "漢" * 80, "One part of it | the other part of it that goes on and on | and a third one"],
)
def test_what_is_shortened_is_never_too_long(text: str) -> None:
    assert 0 < length(shortened(text, 60)) <= 60


def test_whole_sentences_are_kept() -> None:
    text = "We bake bread by the harbour every night. It is sold until it is gone, and then we go to bed. " * 2
    assert shortened(text, 160).endswith("night.")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" a\r\nb\x00 ", "a\nb"), ("می\u200cخواهم", "می\u200cخواهم"), ("👩\u200d🍳", "👩\u200d🍳"), ("\u202egnp", "gnp")],
)
def test_what_no_setting_holds_is_left_out(typed: str, kept: str) -> None:
    assert cleaned(typed, is_long=True) == kept
