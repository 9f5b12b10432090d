"""What the probes answered, as JSON, turned into the snapshot's dataclasses.

The probes run in a world the page cannot reach, but the values are the page's own: capped there, typed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scans.snapshot import AxeNode, AxeResult, Box, Element, SeenImage, Viewport, ViewportSeen, Vitals

Json = Mapping[str, Any]


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
    )


def layout(said: Json, viewport: Viewport) -> ViewportSeen:
    return ViewportSeen(
        viewport=viewport,
        scroll_width=said["scroll_width"],
        scroll_height=said["scroll_height"],
        overflowing=elements(said["overflowing"], viewport.name),
        hidden=elements(said["hidden"], viewport.name),
    )


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
