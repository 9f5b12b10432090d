"""Sideways scrolling and content that never appears."""

from __future__ import annotations

import pytest

from scans.checks import check_visit
from scans.snapshot import DESKTOP, MOBILE, TABLET, Element, Problem, Viewport, ViewportSeen
from tests.scans.checks.build import element, of, page, visit

WIDE = element("div", selector="#wide", path="section.hero > div.wide")
NEXT = element("p", selector="#next")
STUCK = element("h2", "Our machines", selector="#stuck", path="section > h2.title")


def at(viewport: Viewport, excess: int = 0, *overflowing: Element, hidden: tuple[Element, ...] = ()) -> ViewportSeen:
    return ViewportSeen(viewport, viewport.width + excess, 5000, overflowing, hidden)


def overflows(*viewports: ViewportSeen) -> list[Problem]:
    return of(check_visit(page(), visit(viewports=viewports)), "layout.horizontal-overflow")


def hidden(*elements: Element) -> list[Problem]:
    return of(check_visit(page(), visit(viewports=[at(DESKTOP, hidden=elements)])), "layout.hidden-content")


def test_the_culprit_is_named_and_is_one_cause_at_two_widths() -> None:
    problems = overflows(at(DESKTOP), at(TABLET, 40, WIDE, NEXT), at(MOBILE, 120, WIDE))
    assert [(p.viewport, p.element, p.severity) for p in problems] == [
        ("tablet", WIDE, "serious"),
        ("mobile", WIDE, "serious"),
    ]
    assert {p.cause for p in problems} == {WIDE.path}
    assert problems[0].evidence == {"width": 768, "scroll_width": 808, "also": ["#next"]}
    assert "120 px" in problems[1].message


def test_no_sideways_scrolling() -> None:
    assert overflows(at(DESKTOP), at(TABLET, 1, WIDE), at(MOBILE, 30)) == []


def test_content_that_stays_hidden() -> None:
    problem = hidden(STUCK)[0]
    assert (problem.severity, problem.viewport, problem.element, problem.cause) == ("serious", "desktop", STUCK, "")
    assert "Our machines" in problem.message
    assert len(hidden(element("img"))) == 1


@pytest.mark.parametrize(
    "closed",
    [
        element("div", ""),
        element("nav", "Home", {"class": "w-nav-menu"}),
        element("div", "Tab 2", path="div.tabs > div.w-tab-pane"),
        element("p", "Answer", path="div.faq > div.accordion-body > p"),
        element("div", "Join", {"class": "newsletter-modal"}),
        element("div", "Slide 2", {"class": "w-slide"}),
        element("div", "Thank you", {"class": "w-form-done"}),
        element("div", "Menu", {"role": "menu"}),
        element("div", "Twice", {"aria-hidden": "true"}),
    ],
)
def test_what_is_closed_by_design(closed: Element) -> None:
    assert hidden(closed) == []
