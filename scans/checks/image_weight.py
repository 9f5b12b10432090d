"""Pictures that cost more than they show: too large, in an old format, loaded at the wrong time, moving the layout.

In: the pictures as rendered at desktop width, the requests that brought them, and the lab figures of the visit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scans.checks.performance import is_below_first_screen, weight
from scans.checks.registry import Rule, visit_check
from scans.snapshot import DESKTOP, PageFacts, Problem, Request, SeenImage, Severity, Visit

OVERSIZED = Rule(
    "images.oversized",
    Severity.MODERATE,
    "Picture is much larger than it is shown",
    "Visitors on phones wait for pixels they never see. Open Assets, choose the picture and Compress it, or upload it "
    "at about twice the width at which it is shown; Webflow then makes the smaller versions by itself.",
)
LEGACY = Rule(
    "images.legacy-format",
    Severity.MINOR,
    "Picture is in an old, heavy format",
    "WebP or AVIF shows the same in about half the bytes. Open Assets, choose the picture and press Compress, or Site "
    "settings > General > Image compression, then publish.",
)
LAZY_LCP = Rule(
    "images.lazy-lcp",
    Severity.MODERATE,
    "The main picture waits to be loaded",
    "The largest thing on the first screen is marked to load late, so the page looks empty for longer. Select the "
    "image, open Settings (D) > Load and choose Eager.",
)
NOT_LAZY = Rule(
    "images.not-lazy",
    Severity.MINOR,
    "Pictures far down load at once",
    "They compete with what visitors see first. Select each image, open Settings (D) > Load and choose Lazy.",
)
MISSING_DIMENSIONS = Rule(
    "images.missing-dimensions",
    Severity.MINOR,
    "Picture without a size pushes the page down",
    "The text jumps when the picture arrives. Select the image and set width and height in Settings (D), or an aspect "
    "ratio in the Style panel (S) > Size.",
)

_SAVED_BYTES = 100_000
_HEAVY_BYTES = 500_000
_LEGACY_BYTES = 100_000
_EAGER_BYTES = 300_000
_EAGER_COUNT = 3
_BELOW_PX = 2 * DESKTOP.height


@visit_check(OVERSIZED, LEGACY)
def heavy_pictures(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    said: set[str] = set()
    for image, request in _brought(visit):
        if image.url in said or not image.visible or "svg" in request.content_type:
            continue
        said.add(image.url)
        yield from _too_large(page, image, request)
        yield from _old_format(page, image, request)


def _brought(visit: Visit) -> Iterator[tuple[SeenImage, Request]]:
    requests = {request.url: request for request in visit.requests if request.kind == "image"}
    return ((image, requests[image.url]) for image in visit.images if image.url in requests)


def sizes(image: SeenImage) -> dict[str, Any]:
    """In pixels: the file's own width and height, and those it is shown at."""
    return {
        "natural": [image.natural_width, image.natural_height],
        "shown": [round(image.width), round(image.height)],
    }


def _too_large(page: PageFacts, image: SeenImage, request: Request) -> Iterator[Problem]:
    size = weight(request)
    shown = image.width / image.natural_width if image.natural_width and image.width else 1.0
    saved = int(size * (1 - min(1.0, shown) ** 2))
    if not (size > _HEAVY_BYTES or (shown <= 0.5 and saved >= _SAVED_BYTES)):
        return
    yield OVERSIZED.problem(
        page.url,
        f"{image.url} is {image.natural_width}×{image.natural_height} px and {size // 1000} kB, shown at "
        f"{image.width:.0f}×{image.height:.0f} px.",
        element=image.element,
        cause=image.url,
        target=image.url,
        bytes=size,
        could_save=saved,
        **sizes(image),
    )


def _old_format(page: PageFacts, image: SeenImage, request: Request) -> Iterator[Problem]:
    size = weight(request)
    if request.content_type.split(";")[0] in ("image/jpeg", "image/png") and size > _LEGACY_BYTES:
        yield LEGACY.problem(
            page.url,
            f"{image.url} is {request.content_type} of {size // 1000} kB, and no WebP or AVIF is offered.",
            element=image.element,
            cause=image.url,
            target=image.url,
            bytes=size,
            content_type=request.content_type,
            **sizes(image),
        )


@visit_check(LAZY_LCP)
def lazy_main_picture(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    element = visit.vitals.lcp_element
    if element is None or is_below_first_screen(element):
        return
    if element.tag == "img" and element.attrs.get("loading") == "lazy":
        figures: dict[str, Any] = {"lcp_ms": visit.vitals.lcp_ms, "src": element.attrs.get("src", "")}
        yield LAZY_LCP.problem(
            page.url, "The largest picture of the first screen has loading=lazy.", element=element, **figures
        )


@visit_check(NOT_LAZY)
def eager_pictures_below(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    below = [(image, weight(request)) for image, request in _brought(visit) if _is_eager_below(image)]
    total = sum(size for _, size in below)
    if len(below) > _EAGER_COUNT and total > _EAGER_BYTES:
        yield NOT_LAZY.problem(
            page.url,
            f"{len(below)} pictures more than two screens down load at once, {total // 1000} kB together.",
            element=below[0][0].element,
            bytes=total,
            pictures=[{"target": image.url, "bytes": size} for image, size in below[:20]],
        )


def _is_eager_below(image: SeenImage) -> bool:
    box = image.element.box
    return box is not None and box.y > _BELOW_PX and image.element.attrs.get("loading") != "lazy"


@visit_check(MISSING_DIMENSIONS)
def pictures_that_push(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for image in visit.images:
        if image.visible and image.pushes:
            yield MISSING_DIMENSIONS.problem(
                page.url,
                f"It has no size of its own: what stands below jumps by {image.pushes:.0f} px when it arrives.",
                element=image.element,
                pushes=round(image.pushes),
                src=image.element.attrs.get("src", ""),
            )
