"""What cannot be read or pressed at one of the widths."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_visit
from scans.findings import cause_of
from scans.snapshot import (
    DESKTOP,
    MOBILE,
    TABLET,
    Covering,
    Element,
    Menu,
    Overlap,
    Problem,
    Sized,
    Viewport,
    ViewportSeen,
)
from tests.scans.checks.build import element, of, page, visit

PRICE = element("p", "from 49 € a month", selector="#price", path="div.card > p.price", component="Section .prices")
TITLE = element("h2", "Quiet machines", selector="#title", path="div.card > h2.title", component="Section .prices")


def at(viewport: Viewport, **found: Any) -> ViewportSeen:
    return ViewportSeen(viewport, viewport.width, 5000, **found)


def said(rule: str, *seen: ViewportSeen, metas: dict[str, str] | None = None, **visited: Any) -> list[Problem]:
    return of(check_visit(page(metas=metas or {}), visit(viewports=list(seen), **visited)), f"layout.{rule}")


def test_cut_text_is_said_for_each_width_as_one_cause() -> None:
    problems = said("clipped-text", at(DESKTOP), at(TABLET, clipped=(PRICE,)), at(MOBILE, clipped=(PRICE,)))
    assert [(p.viewport, p.severity, p.confidence) for p in problems] == [
        ("tablet", "moderate", "needs-review"),
        ("mobile", "moderate", "needs-review"),
    ]
    assert len({cause_of(problem, None) for problem in problems}) == 1
    assert "from 49 €" in problems[0].message and "768 px" in problems[0].message
    assert said("clipped-text", at(DESKTOP), at(MOBILE)) == []


def test_two_texts_on_each_other() -> None:
    problem = said("overlapping", at(MOBILE, overlapping=(Overlap(TITLE, PRICE, 0.5),)))[0]
    assert (problem.severity, problem.confidence, problem.element) == ("moderate", "needs-review", TITLE)
    assert problem.cause == "div.card > h2.title over div.card > p.price"
    assert "50%" in problem.message and problem.evidence["target"] == "#price"
    assert said("overlapping", at(MOBILE)) == []


def test_small_print() -> None:
    problem = said("tiny-text", at(MOBILE, tiny=(Sized(PRICE, 10.5),)))[0]
    assert (problem.severity, problem.confidence, problem.evidence) == ("minor", "confirmed", {"font_px": 10.5})
    assert "10.5 px" in problem.message
    assert said("tiny-text", at(MOBILE)) == []


def test_fields_that_make_a_phone_zoom() -> None:
    field = element("input", attrs={"name": "Email"})
    problem = said("input-zoom", at(MOBILE, zooming=(Sized(field, 14),)))[0]
    assert (problem.severity, problem.message) == ("minor", "The text of “Email” is 14 px high on a phone.")
    nameless = said("input-zoom", at(MOBILE, zooming=(Sized(element("input", selector="input.x"), 14),)))
    assert "input.x" in nameless[0].message
    zoomed = at(MOBILE, zooming=(Sized(field, 14),))
    for content in ("width=device-width, maximum-scale=1", "maximum-scale=1.0, initial-scale=1", "user-scalable=no"):
        assert said("input-zoom", zoomed, metas={"viewport": content}) == []
    assert len(said("input-zoom", zoomed, metas={"viewport": "width=device-width, maximum-scale=10"})) == 1


def test_a_menu_that_does_not_open() -> None:
    button = element("div", selector="div.burger", component="Navigation")
    problem = said("mobile-menu-broken", menu=Menu(button, opened=False))[0]
    assert (problem.severity, problem.viewport, problem.element) == ("serious", "mobile", button)
    assert said("mobile-menu-broken", menu=Menu(button, opened=True)) == []
    assert said("mobile-menu-broken") == [], "no button, no finding"


@pytest.mark.parametrize(
    ("banner", "severity", "consent"),
    [
        (element("div", "Join our list", {"class": "newsletter"}), "moderate", False),
        (element("div", "We use cookies", {"class": "banner"}), "info", True),
        (element("div", "Choose", {"id": "onetrust-consent-sdk"}), "info", True),
        (
            element("div", "", {"fs-cc": "banner"}, selector="div.fs", path="body > div.fs-cc-banner_component"),
            "info",
            True,
        ),
    ],
)
def test_what_covers_a_phone(banner: Element, severity: str, consent: bool) -> None:
    problem = said("covered-content", at(MOBILE, covering=Covering(banner, 0.6)))[0]
    assert (problem.severity, problem.confidence, problem.evidence["consent"]) == (severity, "needs-review", consent)
    assert "60%" in problem.message
    assert said("covered-content", at(MOBILE)) == []
