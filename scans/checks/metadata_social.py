"""What a shared link looks like: the picture, headline and text that chats and social networks take from a page."""

from __future__ import annotations

from collections.abc import Iterator

from scans.checks import addresses
from scans.checks.pages import is_noindex, is_page, pages, target_evidence, why
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import FetchError, PageFacts, Problem, Severity, SiteSnapshot, Target, TargetState

OG_MISSING = Rule(
    "metadata.og-missing",
    Severity.MINOR,
    "A shared link to this page looks bare",
    "Chats and social networks show no picture, headline or text when somebody shares it. In the Designer: Pages "
    "panel › the page's gear › Open Graph settings: title, description and image.",
)
OG_IMAGE_BROKEN = Rule(
    "metadata.og-image-broken",
    Severity.MODERATE,
    "The picture for shared links does not load",
    "Whoever shares this page shares a grey box. In the Designer: Pages panel › the page's gear › Open Graph "
    "settings › Open Graph image, and choose a picture again; the address must be complete, starting with https://.",
)
OG_IMAGE_SMALL = Rule(
    "metadata.og-image-small",
    Severity.MINOR,
    "The picture for shared links is too small",
    "Networks show it as a thumbnail or leave it out. In the Designer: Pages panel › the page's gear › Open Graph "
    "settings › Open Graph image, and use 1200 × 630 px.",
)
TWITTER_CARD_MISSING = Rule(
    "metadata.twitter-card-missing",
    Severity.INFO,
    "X shows only a bare address for this page",
    "Without a card or a shared picture, a post with this link has no preview. An Open Graph image is enough: in the "
    "Designer, Pages panel › the page's gear › Open Graph settings › Open Graph image.",
)

PARTS = ("og:title", "og:description", "og:image")
IMAGE_MIN = (600, 315)


@page_check(OG_MISSING, TWITTER_CARD_MISSING)
def check_sharing(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page) or is_noindex(page):
        return
    missing = [part for part in PARTS if not (page.meta(part) or "").strip()]
    if missing:
        yield OG_MISSING.problem(page.url, f"The page has no {', '.join(missing)}", missing=missing)
    if "og:image" in missing and not (page.meta("twitter:card") or "").strip():
        yield TWITTER_CARD_MISSING.problem(page.url, "The page has neither twitter:card nor og:image")


@crawl_check(OG_IMAGE_BROKEN, OG_IMAGE_SMALL)
def check_sharing_images(site: SiteSnapshot) -> Iterator[Problem]:
    for seen in pages(site):
        raw = (seen.facts.meta("og:image") or "").strip()
        if raw:
            yield from _image(site, seen.facts, raw)


def _image(site: SiteSnapshot, page: PageFacts, raw: str) -> Iterator[Problem]:
    url = addresses.without_fragment(addresses.parsed(raw, page.final_url) or raw)
    if not raw.lower().startswith(("http://", "https://")):
        message = f"The address of og:image is not complete: {raw}"
        yield OG_IMAGE_BROKEN.problem(page.url, message, target=url, address=raw)  # a fault of the template's field
        return
    target = site.targets.get(url)
    if target is None or target.error is FetchError.BLOCKED:
        return
    fault = _fault(target)
    if fault:
        message = f"The og:image {url} does not load: {fault}"
        yield OG_IMAGE_BROKEN.problem(page.url, message, cause=url, **target_evidence(target))
    elif target.image_size and any(size < least for size, least in zip(target.image_size, IMAGE_MIN, strict=True)):
        width, height = target.image_size
        message = f"The og:image is {width} × {height} px, the least is 600 × 315 px"
        yield OG_IMAGE_SMALL.problem(
            page.url, message, cause=url, width=width, height=height, needed=list(IMAGE_MIN), **target_evidence(target)
        )


def _fault(target: Target) -> str:
    if target.state is TargetState.BROKEN:
        return why(target)
    is_image = target.content_type.startswith("image/") or not target.content_type
    return "" if target.state is not TargetState.OK or is_image else f"it is no picture but {target.content_type}"
