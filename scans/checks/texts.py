"""What people cannot read or press at one of the widths: cut text, texts on each other, small print, fields that make a
phone zoom in, a menu that does not open, a screen that is covered.

In: what the probes measured at each width. Cut, overlapping and covered are questions to a person: a designer may have
meant it so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.checks.registry import Rule, visit_check
from scans.snapshot import MOBILE, Confidence, Element, Overlap, PageFacts, Problem, Severity, ViewportSeen, Visit

CLIPPED = Rule(
    "layout.clipped-text",
    Severity.MODERATE,
    "Text is cut off",
    "Part of this text cannot be read because its box is too small and hides what does not fit. Switch the Designer to "
    "that breakpoint, select the element and set Height to Auto or Overflow to Visible in the Style panel (S) > Size.",
    Confidence.NEEDS_REVIEW,
)
OVERLAPPING = Rule(
    "layout.overlapping",
    Severity.MODERATE,
    "Two elements lie on top of each other",
    "They can hardly be read or pressed. Switch the Designer to that breakpoint, select the named elements and look in "
    "the Style panel (S) for a negative margin, a fixed height or Position: Absolute.",
    Confidence.NEEDS_REVIEW,
)
TINY = Rule(
    "layout.tiny-text",
    Severity.MINOR,
    "Text is too small on a phone",
    "Below 12 pixels most people have to zoom in to read. Switch the Designer to Mobile portrait, select the text and "
    "raise Size in the Style panel (S) > Typography.",
)
ZOOM = Rule(
    "layout.input-zoom",
    Severity.MINOR,
    "Phone zooms in when this field is tapped",
    "iPhones enlarge the page as soon as a field has text below 16 pixels, and leave it enlarged. Switch the Designer "
    "to Mobile portrait, select the field and set Size to 16 px in the Style panel (S) > Typography.",
)
MENU = Rule(
    "layout.mobile-menu-broken",
    Severity.SERIOUS,
    "Menu does not open on phones",
    "Visitors press the menu button and nothing appears, so they cannot reach the other pages. Select the Navbar in "
    "the Designer, open its Settings (D) and press Open menu to see it; check that no script of yours in Site settings "
    "> Custom code stops Webflow's, then publish.",
)
COVERED = Rule(
    "layout.covered-content",
    Severity.MODERATE,
    "Something covers the screen of a phone",
    "Visitors see this before they see the page, and have to find out how to close it. Switch the Designer to Mobile "
    "portrait, select the element and make it smaller, or let it appear later under Interactions (H).",
    Confidence.NEEDS_REVIEW,
)

_CONSENT = re.compile(
    r"cookie|consent|gdpr|ccpa|privacy|onetrust|cybot|usercentrics|didomi|iubenda|axeptio|osano|termly|klaro|"
    r"fs-cc|cky-|cc-window|quantcast|qc-cmp|datenschutz|einwilligung",
    re.IGNORECASE,
)
_NEVER_ZOOMS = re.compile(
    r"maximum-scale\s*=\s*(?:0\.\d+|1(?:\.0*)?)\s*(?:[,;]|$)|user-scalable\s*=\s*(?:no|0)\b", re.I
)


@visit_check(CLIPPED)
def clipped_text(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for seen in visit.viewports:
        for element in seen.clipped:
            message = f"{_named(element)} does not fit into its box at {_width(seen)}."
            yield CLIPPED.problem(
                page.url, message, element=element, viewport=seen.viewport.name, width=seen.viewport.width
            )


@visit_check(OVERLAPPING)
def overlapping(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for seen in visit.viewports:
        for overlap in seen.overlapping:
            yield _overlap(page, seen, overlap)


def _overlap(page: PageFacts, seen: ViewportSeen, overlap: Overlap) -> Problem:
    over, under = overlap.element, overlap.other
    return OVERLAPPING.problem(
        page.url,
        f"{_named(over)} lies on {_named(under)} at {_width(seen)}: {overlap.share:.0%} of the smaller one.",
        element=over,
        viewport=seen.viewport.name,
        cause=f"{over.path or over.selector} over {under.path or under.selector}",
        width=seen.viewport.width,
        share=overlap.share,
        target=under.selector,
    )


@visit_check(TINY)
def tiny_text(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for seen in visit.viewports:
        for text in seen.tiny:
            message = f"{_named(text.element)} is {text.px:g} px high on a phone."
            yield TINY.problem(page.url, message, element=text.element, viewport=seen.viewport.name, font_px=text.px)


@visit_check(ZOOM)
def input_zoom(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    if _NEVER_ZOOMS.search(page.meta("viewport") or ""):
        return  # then an iPhone does not zoom by itself; that people cannot either is a rule of axe
    for seen in visit.viewports:
        for field in seen.zooming:
            message = f"The text of {_field(field.element)} is {field.px:g} px high on a phone."
            yield ZOOM.problem(page.url, message, element=field.element, viewport=seen.viewport.name, font_px=field.px)


@visit_check(MENU)
def mobile_menu(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    if visit.menu is not None and not visit.menu.opened:
        yield MENU.problem(
            page.url,
            "The menu button was pressed at phone width, and no menu appeared.",
            element=visit.menu.element,
            viewport=MOBILE.name,
            width=MOBILE.width,
        )


@visit_check(COVERED)
def covered_content(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for seen in visit.viewports:
        if covering := seen.covering:
            consent = _is_consent(covering.element)
            yield COVERED.problem(
                page.url,
                f"{_named(covering.element)} covers {covering.share:.0%} of a phone screen when the page opens.",
                element=covering.element,
                viewport=seen.viewport.name,
                severity=Severity.INFO if consent else None,
                share=covering.share,
                consent=consent,
            )


def _is_consent(element: Element) -> bool:
    """It has to be answered once, by law, and is gone."""
    named = " ".join(element.attrs.get(name, "") for name in ("id", "class", "aria-label", "fs-cc", "data-name"))
    return bool(_CONSENT.search(f"{element.path} {named} {element.text}"))


def _named(element: Element) -> str:
    return f"“{element.text[:80].strip()}”" if element.text.strip() else element.selector[:120]


def _field(element: Element) -> str:
    name = element.attrs.get("data-name") or element.attrs.get("name") or element.attrs.get("placeholder")
    return f"“{name[:80]}”" if name else element.selector[:120]


def _width(seen: ViewportSeen) -> str:
    return f"{seen.viewport.name} width ({seen.viewport.width} px)"
