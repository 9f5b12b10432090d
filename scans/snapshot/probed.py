"""What our script measured of a page, beside its layout: texts, fields, the menu, and what the browser keeps of it."""

from __future__ import annotations

from dataclasses import dataclass

from scans.snapshot.words import Element


@dataclass(frozen=True, slots=True)
class Overlap:
    """`element` is painted over `other`; `share` of the smaller one is covered, 0 to 1."""

    element: Element
    other: Element
    share: float


@dataclass(frozen=True, slots=True)
class Sized:
    """Text or a field, and its font size in CSS pixels."""

    element: Element
    px: float


@dataclass(frozen=True, slots=True)
class Covering:
    """A fixed element that lies over content; `share` of the screen, 0 to 1."""

    element: Element
    share: float


@dataclass(frozen=True, slots=True)
class Menu:
    """Webflow's menu button on a phone, after it was pressed."""

    element: Element
    opened: bool


@dataclass(frozen=True, slots=True)
class EmailField:
    """A field that asks for an e-mail, and what the browser's own check lets through. `words` are its name, id,
    placeholder, labels. `may_be_empty`: no field of the form is required. `fields`: how many the form has."""

    element: Element
    form: Element
    words: tuple[str, ...]
    type: str
    required: bool
    takes_empty: bool
    takes_malformed: bool
    may_be_empty: bool
    fields: int = 1
    has_password: bool = False
    novalidate: bool = False


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie of the page's own host, never its value. `session`: it ends with the browser."""

    name: str
    domain: str
    secure: bool = False
    http_only: bool = False
    session: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """What a library on the page says of itself."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Dialog:
    """The first alert, confirm or prompt that the page opened by itself."""

    kind: str
    text: str
