"""Pictures that do not show, Webflow's placeholder picture, and alternative texts that say nothing.

The fetcher's verdict on every src and srcset comes first (crawl stage); the visit adds pictures that arrive and do
not decode, and those that only styles and scripts ask for. Both name the same cause, the URL. Absent alts are axe's
(`image-alt`); an empty one is right for decoration, so it is only asked about where the picture looks like content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scans.checks import addresses, hosts
from scans.checks.loading import (
    assets_by_url,
    environment_refused,
    failed,
    is_broken,
    judged_assets,
    request_evidence,
    status_text,
)
from scans.checks.pages import pages, target_evidence, why
from scans.checks.registry import Rule, crawl_check, page_check, visit_check
from scans.snapshot import (
    Asset,
    AssetKind,
    Confidence,
    Element,
    PageFacts,
    Problem,
    Request,
    SeenImage,
    Severity,
    SiteSnapshot,
    Target,
    TargetState,
    Visit,
)

BROKEN = Rule(
    "images.broken",
    Severity.SERIOUS,
    "Picture does not show",
    "Visitors see an empty space or a broken-picture sign. Select the image, open Settings (D) and choose the picture "
    "again from Assets; a CMS picture is replaced in its item, a background in the Style panel (S) > Backgrounds. "
    "Then publish.",
)
PLACEHOLDER = Rule(
    "images.placeholder",
    Severity.SERIOUS,
    "Webflow's placeholder picture is online",
    "The grey sample picture was never replaced. Select the image, open Settings (D) > Choose image, or delete the "
    "element.",
)
SUSPICIOUS_ALT = Rule(
    "images.suspicious-alt",
    Severity.MODERATE,
    "Alternative text does not describe the picture",
    "People who cannot see the picture hear this text instead of it. Select the image, open Settings (D) > Alt text "
    "and say in one short sentence what matters about it; for a CMS picture fill in the alt text of its image field.",
    Confidence.NEEDS_REVIEW,
)
EMPTY_ALT = Rule(
    "images.empty-alt",
    Severity.MINOR,
    "Is this picture really only decoration?",
    "Its alternative text is empty, so a screen reader skips it as decoration, but it looks like content. If it tells "
    "something, select it, open Settings (D) > Alt text and describe it; for CMS pictures fill in the alt text of the "
    "image field. If not, ignore this.",
    Confidence.NEEDS_REVIEW,
)

_SIZE = re.compile(r"(?:-p-\d+)?\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_NOT_PICTURES = ("text/html", "application/xhtml+xml", "application/json")
_CONTENT_PX = 200
_LONG_ALT = 150
_FILE_NAME = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|avif|heic|tiff?|bmp)$|"
    r"^(?:img|dscn?|dsc_|image|photo|screen[-_ ]?shot|untitled|frame|group)[-_ ]?\d[\d_ -]*$|"
    r"^[\w-]+-unsplash(?:[-_ ]?\d+)?$|^__wf_reserved",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"^(?:(?:an? )?(?:image|picture|photo|photograph|graphic|icon) of\b.*|untitled|image|images|picture|photo|"
    r"photograph|pic|img|graphic|alt|alt text|placeholder|bild|foto|imagen|photographie)$",
    re.IGNORECASE,
)
_DECORATION = re.compile(
    r"(?:^|[-_.\s>])(?:bg|background|icons?|ico|divider|decor\w*|pattern|shape|arrow|overlay|blob|gradient|texture|ornament|line|"
    r"dots?|star|quote|spacer|logo)(?:$|[-_.\s\d])",
    re.IGNORECASE,
)


@crawl_check(BROKEN)
def broken_pictures(site: SiteSnapshot) -> Iterator[Problem]:
    for seen in pages(site):
        for asset, target in judged_assets(seen.facts, site.targets):
            if asset.kind is AssetKind.IMAGE and not _is_beacon(asset.element) and (fault := _fault(asset, target)):
                yield BROKEN.problem(
                    seen.facts.url,
                    f"The picture {target.url} does not show: {fault}.",
                    element=asset.element,
                    cause=_picture(target.url),
                    **target_evidence(target),
                )


def _fault(asset: Asset, target: Target) -> str:
    """Why the picture cannot show, "" when it can or nobody knows."""
    if is_broken(target):
        return why(target)
    if target.state is TargetState.OK and target.content_type in _NOT_PICTURES and asset.attr in ("src", "srcset"):
        return f"the address answers with {target.content_type}, not with a picture"
    return ""


@visit_check(BROKEN)
def pictures_seen_broken(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    requests = {request.url: request for request in visit.requests}
    said: set[str] = set()
    for image in visit.images:
        if image.url in (page.url, visit.final_url):
            continue  # an empty src resolves to the page itself: nothing was asked for, so nothing is broken
        request = requests.get(image.url)
        if fault := _seen_fault(image, request):
            said.add(image.url)
            yield _unseen(page, image.url, fault, image.element, request)
    known = assets_by_url(page)
    for request in visit.requests:
        if request.url not in said and _is_lost_picture(request, known):
            said.add(request.url)
            asset = known.get(request.url)
            yield _unseen(page, request.url, status_text(request), asset.element if asset else None, request)


def _seen_fault(image: SeenImage, request: Request | None) -> str:
    if not image.url.startswith("http") or _is_beacon(image.element) or hosts.is_tracker(image.url):
        return ""
    if request is not None and failed(request):
        return status_text(request)
    decoded = bool(image.natural_width and image.natural_height)
    excused = request is not None and (request.recovered or environment_refused(request))
    if decoded or not image.complete or not image.visible or excused:
        return ""
    # A drawing without a size of its own is 0 wide and shows all the same.
    is_drawing = addresses.split(image.url).path.lower().endswith(".svg") or (
        request is not None and "svg" in request.content_type
    )
    return "" if is_drawing and request is not None else "the file is no picture that a browser can show"


def _is_lost_picture(request: Request, known: Mapping[str, Asset]) -> bool:
    asset = known.get(request.url)
    if request.kind != "image" or not failed(request) or hosts.is_tracker(request.url):
        return False
    return asset is None or (asset.kind is AssetKind.IMAGE and not _is_beacon(asset.element))


def _unseen(page: PageFacts, url: str, fault: str, element: Element | None, request: Request | None) -> Problem:
    evidence = request_evidence(request or Request(url=url, kind="image"))
    return BROKEN.problem(
        page.url, f"The picture {url} does not show: {fault}.", element=element, cause=_picture(url), **evidence
    )


def _picture(url: str) -> str:
    """The asset behind one of the sizes that Webflow makes of it ("hero-p-800.jpeg"): one upload mends them all."""
    return _SIZE.sub("", url)


def _is_beacon(element: Element) -> bool:
    """A 1×1 picture counts visitors; nobody looks at it."""
    sides = (element.attrs.get("width", ""), element.attrs.get("height", ""))
    if all(side.removesuffix("px") in ("0", "1") for side in sides):
        return True
    return element.box is not None and max(element.box.width, element.box.height) == 1


@page_check(PLACEHOLDER)
def placeholders(page: PageFacts) -> Iterator[Problem]:
    for image in page.images:
        if image.url and "/plugins/basic/assets/placeholder" in image.url.lower():
            message = "Webflow's sample picture was never replaced."
            yield PLACEHOLDER.problem(page.url, message, element=image.element, target=image.url)


@page_check(SUSPICIOUS_ALT)
def suspicious_alts(page: PageFacts) -> Iterator[Problem]:
    for image in page.images:
        alt = (image.alt or "").strip()
        if alt and (fault := _alt_fault(alt)):
            evidence: dict[str, Any] = {"alt": alt[:300], "length": len(alt), "target": image.url}
            yield SUSPICIOUS_ALT.problem(page.url, f"“{alt[:120]}” {fault}.", element=image.element, **evidence)


def _alt_fault(alt: str) -> str:
    if _FILE_NAME.search(alt):
        return "is a file name"
    if _SAYS_NOTHING.match(alt):
        return "says that there is a picture, not what it shows"
    return f"is {len(alt)} characters long: a screen reader reads all of it" if len(alt) > _LONG_ALT else ""


@page_check(EMPTY_ALT)
def empty_alts(page: PageFacts) -> Iterator[Problem]:
    for image in page.images:
        if image.alt == "" and _looks_like_content(image.element):
            yield _question(page, image.element, target=image.url)


@visit_check(EMPTY_ALT)
def large_empty_alts(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    """Pictures that only their size gives away; the others are asked about already."""
    empty = {
        image.element.selector for image in page.images if image.alt == "" and not _looks_like_content(image.element)
    }
    for image in visit.images:
        large = min(image.width, image.height) >= _CONTENT_PX
        if large and image.visible and image.element.selector in empty and not is_decoration(image.element):
            shown = [round(image.width), round(image.height)]
            yield _question(page, image.element, target=image.url, shown=shown)


def _question(page: PageFacts, element: Element, **evidence: Any) -> Problem:
    named = _own_classes(element.attrs.get("class", ""))
    return EMPTY_ALT.problem(
        page.url,
        "Does this picture tell something that the text around it does not say?",
        element=element,
        cause=f"img .{named}" if named else "",
        **evidence,
    )


@lru_cache(maxsize=2**12)
def _own_classes(tokens: str) -> str:
    return " ".join(name for name in tokens.split() if not name.startswith("w-"))


def _looks_like_content(element: Element) -> bool:
    listed = element.component.startswith("Collection list") or "figure" in element.path
    return listed and not is_decoration(element)


def is_decoration(element: Element) -> bool:
    if element.attrs.get("role") in ("presentation", "none") or element.attrs.get("aria-hidden") == "true":
        return True
    if _is_beacon(element) or "w-dyn-bind-empty" in element.classes:
        return True
    sides = [side for side in (element.attrs.get("width", ""), element.attrs.get("height", "")) if side.isdigit()]
    return any(int(side) < 64 for side in sides) or _is_named_decoration(element.attrs.get("class", ""))


@lru_cache(maxsize=2**12)
def _is_named_decoration(tokens: str) -> bool:
    return bool(_DECORATION.search(" ".join(tokens.split())))
