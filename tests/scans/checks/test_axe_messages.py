"""axe's sentences in a designer's words, with their figures as evidence."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks.axe_messages import said
from scans.snapshot import Element
from tests.scans.checks.build import element

CONTRAST = (
    "Element has insufficient color contrast of 3.94 (foreground color: #808080, background color: #ffffff, "
    "font size: 10.5pt (14px), font weight: normal). Expected contrast ratio of 4.5:1"
)
SHADOW = (
    "Element has insufficient color contrast of 2.1 between the foreground and shadow color (foreground color: #fff, "
    "text-shadow color: #999999, font size: 12.0pt (16px), font weight: bold). Expected contrast ratio of 3:1"
)
BESIDE = (
    "The link has insufficient color contrast of 1.5:1 with the surrounding text. (Minimum contrast is 3:1, "
    "link text: #1f6fff, surrounding text: #94979e)"
)
SMALL = "Target has insufficient size (20px by 18.5px, should be at least 24px by 24px)"
TIGHT = (
    "Target has insufficient space to its closest neighbors. Safe clickable space has a diameter of 19.5px instead of "
    "at least 24px."
)
PRICE = element("div", "$ 60.52", {"class": "price"})


@pytest.mark.parametrize(
    ("line", "message", "figures"),
    [
        (
            CONTRAST,
            "“$ 60.52” has a contrast of 3.94:1 (#808080 on #ffffff, 14 px); 4.5:1 is needed.",
            {"contrast": 3.94, "needed": 4.5, "foreground": "#808080", "background": "#ffffff", "font_px": 14.0},
        ),
        (
            SHADOW,
            "“$ 60.52” has a contrast of 2.1:1 (#fff on #999999, 16 px); 3:1 is needed.",
            {"contrast": 2.1, "font_weight": "bold"},
        ),
        (
            BESIDE,
            "The link “$ 60.52” stands out from the text around it by 1.5:1 (#1f6fff beside #94979e) and has no "
            "underline; 3:1 is needed.",
            {"contrast": 1.5, "needed": 3.0, "surrounding": "#94979e"},
        ),
        (
            SMALL,
            "“$ 60.52” is 20 × 18.5 px to tap; 24 × 24 px is needed.",
            {"width": 20.0, "height": 18.5, "needed": 24.0},
        ),
        (TIGHT, "“$ 60.52” has 19.5 px of room to tap; 24 px is needed.", {"space": 19.5, "needed": 24.0}),
    ],
)
def test_figures_are_taken_out_of_the_sentence(line: str, message: str, figures: dict[str, Any]) -> None:
    text, evidence = said("color-contrast", PRICE, line)
    assert text == message
    assert figures.items() <= evidence.items()
    assert evidence["axe_says"] == line


@pytest.mark.parametrize(
    ("rule", "node", "message"),
    [
        (
            "link-name",
            element("a", attrs={"href": "https://www.facebook.com/acme"}),
            "A link to www.facebook.com has no text, and no picture in it has an alt text.",
        ),
        (
            "link-name",
            element("a", attrs={"href": "#"}),
            "A link to nowhere yet has no text, and no picture in it has an alt text.",
        ),
        ("label", element("input", attrs={"name": "Name", "placeholder": "Ann"}), "The text field “Ann” has no label."),
        ("label", element("input", attrs={"type": "email"}), "The e-mail field has no label."),
        ("select-name", element("select"), "The drop-down field has no label."),
        (
            "button-name",
            element("button", attrs={"class": "w-button send-button"}),
            "A button .send-button has no text and no label.",
        ),
        ("region", element("div"), "An empty <div> stands outside header, navigation, main part and footer."),
        (
            "region",
            element("input", attrs={"type": "submit", "value": "Send email"}),
            "“Send email” stands outside header, navigation, main part and footer.",
        ),
        (
            "region",
            element("input", attrs={"type": "email", "placeholder": "Your address", "value": "ann@example.com"}),
            "“Your address” stands outside header, navigation, main part and footer.",
        ),
        (
            "frame-title",
            element("iframe", attrs={"src": "https://www.youtube.com/embed/x"}),
            "The frame of www.youtube.com has no title.",
        ),
        ("heading-order", element("h4", "90%"), "“90%” is an H4, and a level before it is missing."),
        (
            "region",
            element("div", "Sale! " * 40),
            "“Sale! Sale! Sale! Sale! Sale! Sale! Sale! Sale! Sale! Sale!…” stands outside header, navigation, main "
            "part and footer.",
        ),
    ],
)
def test_elements_are_called_what_a_person_calls_them(rule: str, node: Element, message: str) -> None:
    assert said(rule, node, "axe's line")[0] == message


def test_why_a_contrast_could_not_be_measured() -> None:
    line = "Element's background color could not be determined due to a background gradient"
    message, _ = said("color-contrast", PRICE, line)
    assert message == "“$ 60.52”: the contrast could not be measured, because its background is a gradient."


def test_axes_own_words_stand_where_there_are_none_of_ours() -> None:
    assert said("aria-roles", PRICE, "Role must be one of the valid ARIA roles") == (
        "Role must be one of the valid ARIA roles",
        {},
    )
