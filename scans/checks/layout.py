"""What is wrong with the layout at each width: a page that scrolls sideways, content that never appears.

In: the three widths of one visit. Out: one problem per width, with equal causes, so that the same culprit at tablet
and phone width is one issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.checks.registry import Rule, visit_check
from scans.snapshot import Element, PageFacts, Problem, Severity, ViewportSeen, Visit

OVERFLOW = Rule(
    "layout.horizontal-overflow",
    Severity.SERIOUS,
    "Page scrolls sideways",
    "Visitors can push the page to the side and see empty space, mostly on phones. Switch the Designer to that "
    "breakpoint, select the named element and look in the Style panel (S) for a fixed width, a negative margin or a "
    "grid that does not shrink; set Max W to 100 % or let its wrapper clip it with Overflow: Hidden.",
)
HIDDEN = Rule(
    "layout.hidden-content",
    Severity.SERIOUS,
    "Content never becomes visible",
    "After scrolling through the whole page this is still invisible, so visitors never see it. Select the element, "
    "open Interactions (H) and check that its trigger (Scroll into view, Page load) still exists and is switched on "
    "for this breakpoint, or remove the initial state with opacity 0.",
)

_ROUNDING = 1  # px: fractions of a pixel add up to one
_CLOSED = re.compile(
    r"w-dropdown-list|w-nav-menu|w-nav-overlay|w-tab-pane|w-slide\b|w-slider|w-lightbox|w-form-(?:done|fail)|w-commerce|"
    r"modal|pop-?up|accordion|drawer|off-?canvas|tooltip|dropdown|lightbox|overlay|menu|loader|preloader|cookie|consent|"
    r"slider|slide\b|carousel|swiper|splide|marquee|tab-pane|toast|search-results|sr-only|visually-hidden",
    re.IGNORECASE,
)
_MEDIA = ("img", "video", "picture", "iframe", "svg", "canvas")


@visit_check(OVERFLOW)
def horizontal_overflow(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for seen in visit.viewports:
        excess = seen.scroll_width - seen.viewport.width
        if seen.overflowing and excess > _ROUNDING:
            yield _overflow(page, seen, excess)


def _overflow(page: PageFacts, seen: ViewportSeen, excess: int) -> Problem:
    worst = seen.overflowing[0]
    return OVERFLOW.problem(
        page.url,
        f"At {seen.viewport.name} width ({seen.viewport.width} px) the page is {excess} px too wide: "
        f"{worst.selector} sticks out most.",
        element=worst,
        viewport=seen.viewport.name,
        cause=worst.path or worst.selector,
        width=seen.viewport.width,
        scroll_width=seen.scroll_width,
        also=[element.selector for element in seen.overflowing[1:6]],
    )


@visit_check(HIDDEN)
def hidden_content(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for seen in visit.viewports:
        for element in seen.hidden:
            if _tells_something(element) and not _closed_by_design(element):
                yield _hidden(page, seen, element)


def _hidden(page: PageFacts, seen: ViewportSeen, element: Element) -> Problem:
    what = f"“{element.text[:80]}”" if element.text.strip() else f"<{element.tag}>"
    return HIDDEN.problem(
        page.url,
        f"{what} is still invisible at {seen.viewport.name} width after scrolling through the page.",
        element=element,
        viewport=seen.viewport.name,
        width=seen.viewport.width,
    )


def _tells_something(element: Element) -> bool:
    return bool(element.text.strip()) or element.tag in _MEDIA


def _closed_by_design(element: Element) -> bool:
    """Menus, tabs, accordions, pop-ups and sliders hide their content until somebody opens them."""
    if element.attrs.get("aria-hidden") == "true" or element.attrs.get("role") in (
        "dialog",
        "menu",
        "tabpanel",
        "tooltip",
    ):
        return True
    return bool(_CLOSED.search(f"{element.path} {element.attrs.get('class', '')} {element.attrs.get('id', '')}"))
