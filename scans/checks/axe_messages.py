"""What one axe finding says to a designer: the element by a name a person would use, and the figures in axe's sentence
taken out of it.

axe's own first line is kept as evidence (`axe_says`); where there are no words of ours for a rule it is the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from scans.checks import addresses
from scans.checks.field_kinds import called
from scans.snapshot import Element, Field

NAME_SHOWN = 60
_NUMBER = r"([\d.]+)"
_COLOUR = r"(#[0-9a-f]{3,8})"
_CONTRAST = re.compile(
    rf"contrast of {_NUMBER} (?:between .{{0,60}} )?\((?:foreground|text-shadow) color: {_COLOUR}, "
    rf"(?:background|text-shadow) color: {_COLOUR}, font size: [\d.]+pt \({_NUMBER}px\), font weight: (\w+)\)\. "
    rf"Expected contrast ratio of {_NUMBER}"
)
_LINK_CONTRAST = re.compile(
    rf"contrast of {_NUMBER}:1 with the surrounding text\. \(Minimum contrast is {_NUMBER}:1, "
    rf"link text: {_COLOUR}, surrounding text: {_COLOUR}"
)
_SIZE = re.compile(rf"\((?:smallest space is )?{_NUMBER}px by {_NUMBER}px, should be at least {_NUMBER}px")
_SPACE = re.compile(rf"diameter of {_NUMBER}px (?:instead of|which is) at least {_NUMBER}px")
_NAMELESS = ("label", "select-name")
_OF_FIELDS = (*_NAMELESS, "autocomplete-valid", "form-field-multiple-labels", "label-title-only")
_FIELDS = {
    "select": "drop-down field",
    "textarea": "text area",
    "email": "e-mail field",
    "tel": "phone field",
    "url": "web address field",
    "checkbox": "checkbox",
    "radio": "radio button",
}
_WHY_UNMEASURED = (
    ("gradient", "its background is a gradient"),
    ("background image", "its background is a picture"),
    ("image node", "there is a picture in it"),
    ("pseudo element", "a decoration lies behind it"),
    ("overlap", "something else lies over or under it"),
    ("obscured", "something else covers a part of it"),
    ("too short", "it is too short to tell"),
    ("same color", "text and background seem to have one colour"),
    ("no value", "it is empty until somebody types"),
)

_BUTTONS = ("submit", "button", "reset")


def said(axe_id: str, element: Element, line: str, *, certain: bool = True) -> tuple[str, dict[str, Any]]:
    """The message and the figures. `line` is the first line of axe's summary; `certain` unless axe could not decide."""
    for measured in (_contrast, _link_contrast, _target):
        if found := measured(element, line):
            message, figures = found
            return message, {**figures, "axe_says": line}
    if axe_id in _OF_FIELDS:
        return _field(axe_id, element, line, certain), {"axe_says": line}
    words = _WORDS.get(axe_id)
    if axe_id == "color-contrast" and (why := next((why for mark, why in _WHY_UNMEASURED if mark in line), "")):
        return f"{named(element)}: the contrast could not be measured, because {why}.", {"axe_says": line}
    return (words(element), {"axe_says": line}) if words else (line, {})


def named(element: Element) -> str:
    """What a person calls the element."""
    shown = (
        "value" if element.attrs.get("type") in _BUTTONS else "placeholder"
    )  # what a field shows is no text of its own
    text = " ".join((element.text or element.attrs.get(shown, "")).split())
    if text:
        return f"“{text}”" if len(text) <= NAME_SHOWN else f"“{text[:NAME_SHOWN].rstrip()}…”"
    return f"An empty <{element.tag}>{_class_of(element)}"


def _contrast(element: Element, line: str) -> tuple[str, dict[str, Any]] | None:
    found = _CONTRAST.search(line)
    if found is None:
        return None
    contrast, size, needed = float(found[1]), float(found[4]), float(found[6])
    message = (
        f"{named(element)} has a contrast of {contrast:g}:1 ({found[2]} on {found[3]}, {size:g} px); "
        f"{needed:g}:1 is needed."
    )
    figures = {"contrast": contrast, "needed": needed, "foreground": found[2], "background": found[3]}
    return message, {**figures, "font_px": size, "font_weight": found[5]}


def _link_contrast(element: Element, line: str) -> tuple[str, dict[str, Any]] | None:
    found = _LINK_CONTRAST.search(line)
    if found is None:
        return None
    contrast, needed = float(found[1]), float(found[2])
    message = (
        f"The link {named(element)} stands out from the text around it by {contrast:g}:1 ({found[3]} beside "
        f"{found[4]}) and has no underline; {needed:g}:1 is needed."
    )
    return message, {"contrast": contrast, "needed": needed, "foreground": found[3], "surrounding": found[4]}


def _target(element: Element, line: str) -> tuple[str, dict[str, Any]] | None:
    if found := _SIZE.search(line):
        width, height, least = (float(number) for number in found.groups())
        message = f"{named(element)} is {width:g} × {height:g} px to tap; {least:g} × {least:g} px is needed."
        return message, {"width": width, "height": height, "needed": least}
    if found := _SPACE.search(line):
        space, least = float(found[1]), float(found[2])
        return f"{named(element)} has {space:g} px of room to tap; {least:g} px is needed.", {
            "space": space,
            "needed": least,
        }
    return None


def _link(element: Element) -> str:
    href = element.attrs.get("href", "").strip()
    where = addresses.hostname(href) if addresses.is_web(href) else href
    if where in ("", "#"):
        where = "nowhere yet"
    return f"A link to {where[:NAME_SHOWN]} has no text, and no picture in it has an alt text."


def _field(axe_id: str, element: Element, line: str, certain: bool) -> str:
    """Which field it is: a list of equal lines tells nobody which to mend."""
    field = Field(element)
    name = called(field)
    which = f"{_FIELDS.get(field.type, f'{field.type} field')}{f' “{name}”' if name else ''}"
    return f"The {which} has no label." if certain and axe_id in _NAMELESS else f"The {which}: {line}"


def _file(element: Element) -> str:
    return element.attrs.get("src", "").partition("?")[0].rpartition("/")[2][-NAME_SHOWN:]


def _frame(element: Element) -> str:
    src = element.attrs.get("src", "")
    host = addresses.hostname(src) if addresses.is_web(src) else ""
    return f"The frame of {host} has no title." if host else "A frame has no title."


_WORDS: dict[str, Callable[[Element], str]] = {
    "link-name": _link,
    "button-name": lambda element: f"A button{_class_of(element)} has no text and no label.",
    "frame-title": _frame,
    "image-alt": lambda element: f"The picture {_file(element) or 'without a file'} has no alt text.",
    "html-has-lang": lambda _: "The page does not name its language.",
    "heading-order": lambda element: f"{named(element)} is an {element.tag.upper()}, and a level before it is missing.",
    "empty-heading": lambda element: f"An {element.tag.upper()}{_class_of(element)} has no text.",
    "region": lambda element: f"{named(element)} stands outside header, navigation, main part and footer.",
    "landmark-one-main": lambda _: "No element of the page is its main part.",
    "page-has-heading-one": lambda _: "The page has no H1.",
    "video-caption": lambda _: "A film with sound needs captions; we cannot see whether it has some.",
}


def _class_of(element: Element) -> str:
    custom = next((name for name in element.classes if not name.startswith("w-")), "")
    return f" .{custom[:NAME_SHOWN]}" if custom else ""
