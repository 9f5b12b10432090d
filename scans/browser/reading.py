"""What the probes answered, as JSON, turned into the snapshot's dataclasses.

The probes run in a world the page cannot reach, but the values are the page's own: capped there, typed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scans.snapshot import (
    TEXT_LIMIT,
    AxeNode,
    AxeResult,
    Box,
    Cookie,
    Covering,
    Element,
    EmailField,
    Library,
    Menu,
    Overlap,
    SeenImage,
    Sized,
    Viewport,
    ViewportSeen,
    Vitals,
)

Json = Mapping[str, Any]

MOST_COOKIES = 100
NAME_LIMIT = 100


def box(numbers: Sequence[float], viewport: str) -> Box:
    x, y, width, height = numbers
    return Box(viewport, x, y, width, height)


def element(said: Json, viewport: str) -> Element:
    return Element(
        selector=said["selector"],
        html=said["html"],
        tag=said["tag"],
        text=said["text"],
        attrs=said["attrs"],
        component=said["component"],
        path=said["path"],
        box=box(said["box"], viewport),
    )


def elements(said: Iterable[Json], viewport: str) -> tuple[Element, ...]:
    return tuple(element(one, viewport) for one in said)


def vitals(said: Json, viewport: str, *, cold: bool = False) -> Vitals:
    painted = said["lcp_element"]
    return Vitals(
        lcp_ms=said["lcp_ms"],
        fcp_ms=said["fcp_ms"],
        ttfb_ms=said["ttfb_ms"],
        tbt_ms=said["tbt_ms"],
        cls=said["cls"],
        lcp_element=element(painted, viewport) if painted else None,
        shifted=elements(said["shifted"], viewport),
        cold=cold,
    )


def image(said: Json, viewport: str) -> SeenImage:
    return SeenImage(
        element=element(said["element"], viewport),
        url=said["url"],
        natural_width=said["natural_width"],
        natural_height=said["natural_height"],
        width=said["width"],
        height=said["height"],
        complete=said["complete"],
        visible=said["visible"],
        pushes=said["pushes"],
    )


def layout(said: Json, viewport: Viewport) -> ViewportSeen:
    return ViewportSeen(
        viewport=viewport,
        scroll_width=said["scroll_width"],
        scroll_height=said["scroll_height"],
        overflowing=elements(said["overflowing"], viewport.name),
        hidden=elements(said["hidden"], viewport.name),
        clipped=elements(said["clipped"], viewport.name),
        overlapping=tuple(_overlap(one, viewport.name) for one in said["overlapping"]),
        tiny=_sized(said["tiny"], viewport.name),
        zooming=_sized(said["zooming"], viewport.name),
        covering=_covering(said["covering"], viewport.name),
    )


def _overlap(said: Json, viewport: str) -> Overlap:
    return Overlap(element(said["element"], viewport), element(said["other"], viewport), said["share"])


def _sized(said: Iterable[Json], viewport: str) -> tuple[Sized, ...]:
    return tuple(Sized(element(one["element"], viewport), one["px"]) for one in said)


def _covering(said: Json | None, viewport: str) -> Covering | None:
    return Covering(element(said["element"], viewport), said["share"]) if said else None


def menu(said: Json | None, viewport: str) -> Menu | None:
    return Menu(element(said["element"], viewport), said["opened"]) if said else None


def email(said: Json, viewport: str) -> EmailField:
    return EmailField(
        element=element(said["element"], viewport),
        form=element(said["form"], viewport),
        words=tuple(word for word in said["words"] if word),
        type=said["type"],
        required=said["required"],
        takes_empty=said["takes_empty"],
        takes_malformed=said["takes_malformed"],
        may_be_empty=said["may_be_empty"],
        fields=said["fields"],
        has_password=said["has_password"],
        novalidate=said["novalidate"],
    )


def libraries(names: Sequence[str], said: object) -> tuple[Library, ...]:
    """The page itself answers here: anything but a list of short texts is nothing."""
    if not isinstance(said, list) or len(said) != len(names):
        return ()
    told = zip(names, said, strict=True)
    return tuple(Library(name, text[:NAME_LIMIT]) for name, text in told if isinstance(text, str) and text)


def cookies(said: Iterable[Json]) -> tuple[Cookie, ...]:
    """Names and flags; the values stay in the browser's answer."""
    found = [
        Cookie(
            name=str(one["name"])[:NAME_LIMIT],
            domain=str(one["domain"])[:TEXT_LIMIT],
            secure=bool(one["secure"]),
            http_only=bool(one["httpOnly"]),
            session=bool(one["session"]),
        )
        for one in said
    ]
    return tuple(sorted(found, key=lambda cookie: (cookie.name, cookie.domain))[:MOST_COOKIES])


def axe(said: Iterable[Json], viewport: str) -> tuple[AxeResult, ...]:
    return tuple(
        AxeResult(
            rule=rule["rule"],
            impact=rule["impact"],
            help=rule["help"],
            help_url=rule["help_url"],
            tags=tuple(rule["tags"]),
            nodes=tuple(AxeNode(element(node["element"], viewport), node["summary"]) for node in rule["nodes"]),
            incomplete=rule["incomplete"],
        )
        for rule in said
    )
