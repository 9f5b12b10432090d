"""Tier V: what a browser saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scans.snapshot.probed import Cookie, Covering, Dialog, EmailField, Library, Menu, Overlap, Sized
from scans.snapshot.words import Box, Element, Viewport


class VisitError(StrEnum):
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    BLOCKED = "blocked"
    NOT_A_PAGE = "not-a-page"
    NAVIGATION = "navigation"
    LIMIT = "limit"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the visited page. `kind` is Chromium's resource type (document, stylesheet, image, media, font,
    script, xhr, fetch, …). `failure` is Chromium's text ("net::ERR_…") or "". `blocked` says our own policy refused
    it. `recovered`: it failed while the page was open, and answered when it was asked for once more."""

    url: str
    kind: str
    status: int | None = None
    failure: str = ""
    blocked: bool = False
    wire_bytes: int = 0
    body_bytes: int = 0
    content_type: str = ""
    cache_control: str = ""
    content_encoding: str = ""
    from_cache: bool = False
    frame_url: str = ""
    method: str = "GET"
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    level: str
    text: str
    url: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class PageError:
    """An uncaught exception or rejection. `source` is the script URL of the top frame, "" when unknown."""

    message: str
    source: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True)
class AxeNode:
    element: Element
    summary: str


@dataclass(frozen=True, slots=True)
class AxeResult:
    """One rule's answer. `incomplete` marks what axe could not decide. `impact` is a Severity word."""

    rule: str
    impact: str
    help: str
    help_url: str
    tags: tuple[str, ...]
    nodes: tuple[AxeNode, ...]
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Vitals:
    """Lab figures of one load; None where the browser gave none. `cls` counts what pictures without a size push
    also when they came in time for the first paint; `shifted` are the elements that move."""

    lcp_ms: float | None = None
    fcp_ms: float | None = None
    ttfb_ms: float | None = None
    tbt_ms: float | None = None
    cls: float | None = None
    lcp_element: Element | None = None
    shifted: tuple[Element, ...] = ()
    cold: bool = False


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image as rendered at the desktop viewport. Natural sizes are 0 when it did not decode. `pushes`: how far, in
    CSS pixels, it moves what stands right below it on the first screen when it arrives."""

    element: Element
    url: str
    natural_width: int
    natural_height: int
    width: float
    height: float
    complete: bool
    visible: bool
    pushes: float = 0


@dataclass(frozen=True, slots=True)
class Shot:
    """A full-page picture, JPEG or PNG or WebP bytes that our own browser encoded, at CSS-pixel scale 1. `ignored` are
    the boxes (x, y, width, height) of what never rests or is not to be compared; `ready`: the page had come to rest."""

    viewport: str
    width: int
    height: int
    content_type: str
    data: bytes
    ignored: tuple[tuple[int, int, int, int], ...] = ()
    ready: bool = True


@dataclass(frozen=True, slots=True)
class ViewportSeen:
    """Layout at one width. `overflowing`: elements that stick out of the document, worst first, empty when it does not
    scroll sideways. `hidden`: text or media still invisible (opacity 0 / visibility hidden) after scrolling through.
    `clipped`: text that its own box cuts. `tiny`, `zooming` (text and fields too small) and `covering`: phones only."""

    viewport: Viewport
    scroll_width: int
    scroll_height: int
    overflowing: tuple[Element, ...] = ()
    hidden: tuple[Element, ...] = ()
    clipped: tuple[Element, ...] = ()
    overlapping: tuple[Overlap, ...] = ()
    tiny: tuple[Sized, ...] = ()
    zooming: tuple[Sized, ...] = ()
    covering: Covering | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One page in Chromium, loaded once and looked at at each width. With `error` set, what was seen until then.

    `menu` is None where there is no menu button to press; nothing but that button is ever pressed."""

    url: str
    final_url: str = ""
    status: int | None = None
    title: str = ""
    error: VisitError | None = None
    error_detail: str = ""
    viewports: tuple[ViewportSeen, ...] = ()
    axe: tuple[AxeResult, ...] = ()
    console: tuple[ConsoleLine, ...] = ()
    errors: tuple[PageError, ...] = ()
    requests: tuple[Request, ...] = ()
    vitals: Vitals = Vitals()
    images: tuple[SeenImage, ...] = ()
    dom_elements: int = 0
    ids: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    visible_empty_lists: tuple[Element, ...] = ()
    visible_unbound: tuple[Element, ...] = ()
    render_blocking: tuple[str, ...] = ()
    emails: tuple[EmailField, ...] = ()
    menu: Menu | None = None
    dialog: Dialog | None = None
    libraries: tuple[Library, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    boxes: Mapping[str, Box] = field(default_factory=dict)
    shots: tuple[Shot, ...] = ()
    limits: tuple[str, ...] = ()
    wall_ms: float = 0.0

    @property
    def bytes(self) -> int:
        return sum(r.wire_bytes for r in self.requests)
