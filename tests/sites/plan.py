"""What the faulty site is made of: pages with one planted fault each, silent twins, and what a scan has to say of them.

    Page(path, title, body, wants=(Want("links.placeholder"),))            fires
    Page(path, title, body, silent=("links.placeholder",))                 looks wrong and is not

A page is written from one template (`tests.sites.base`) that has nothing wrong with it, so whatever else is said of it
is a false alarm. `[main]`, `[other]` and `[dead]` in any text stand for host and port of this site, of a foreign one,
and of a port where nobody listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scans.snapshot import Confidence
from tests.sites import Route

REVIEW = Confidence.NEEDS_REVIEW


@dataclass(frozen=True, slots=True)
class Want:
    """A rule has to say `count` different things about the page; with `at` about exactly these elements (selectors).
    None: at least one, and all it says there is right. `page` is the path it is said of, the planted page's by
    default."""

    rule: str
    count: int | None = 1
    at: tuple[str, ...] = ()
    confidence: Confidence = Confidence.CONFIRMED
    page: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`edits` are replacements in the finished HTML, each of which must hit. `linked`: from the page of its family;
    `listed`: in the sitemap; `words`: with some sentences around the body."""

    path: str
    title: str
    body: str = ""
    wants: tuple[Want, ...] = ()
    silent: tuple[str, ...] = ()
    head: str = ""
    edits: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    linked: bool = True
    listed: bool = True
    description: str = ""
    words: bool = True
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Family:
    """Pages of one family of rules, with what they load from this site (`routes`) and from the foreign one (`other`).
    `listed` are further addresses for the sitemap, `disallowed` paths for robots.txt."""

    name: str
    title: str
    pages: tuple[Page, ...]
    routes: Mapping[str, Route] = field(default_factory=dict)
    other: Mapping[str, Route] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    disallowed: tuple[str, ...] = ()
    wants: tuple[Want, ...] = ()


def want(rule: str, *at: str, **more: object) -> Want:
    """`want("links.placeholder", "#a", "#b")` names elements and counts them."""
    return Want(rule, count=len(at) or 1, at=at, **more)  # type: ignore[arg-type]
