"""Titles and descriptions: what search engines print of a page. Each page by itself first, then equal ones on two
pages.

Lengths are in characters, where a full-width one (Chinese, Japanese, Korean) counts twice because it is twice as
wide.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from scans.checks import addresses
from scans.checks.pages import EVIDENCE_PAGES, is_listed, is_noindex, is_page
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import TEXT_LIMIT, PageFacts, Problem, Severity, SiteSnapshot

TITLE_MISSING = Rule(
    "metadata.title-missing",
    Severity.SERIOUS,
    "This page has no title",
    "The title is the headline in search results and the words on the browser tab. In the Designer: Pages panel › "
    "the page's gear › SEO settings › Title tag. On a CMS template page, build it from fields with + Add field.",
)
TITLE_DEFAULT = Rule(
    "metadata.title-default",
    Severity.MODERATE,
    "This page's title was never written",
    "It is only a working name, so nobody who sees it in search results knows what the page offers. In the Designer: "
    "Pages panel › the page's gear › SEO settings › Title tag, and say in 30 to 60 characters what is here and who "
    "you are.",
)
TITLE_LONG = Rule(
    "metadata.title-long",
    Severity.MINOR,
    "This page's title is cut off in search results",
    "Search engines show about 60 characters. In the Designer: Pages panel › the page's gear › SEO settings › Title "
    "tag, and put the important words first.",
)
TITLE_SHORT = Rule(
    "metadata.title-short",
    Severity.MINOR,
    "This page's title says very little",
    "A title under 10 characters wastes the headline in search results. In the Designer: Pages panel › the page's "
    "gear › SEO settings › Title tag, and add what the page offers and your name.",
)
TITLE_DUPLICATE = Rule(
    "metadata.title-duplicate",
    Severity.MODERATE,
    "Several pages have the same title",
    "Search engines cannot tell them apart and show only one. In the Designer: Pages panel › each page's gear › SEO "
    "settings › Title tag. On a CMS template page, add the item's name with + Add field.",
)
DESCRIPTION_MISSING = Rule(
    "metadata.description-missing",
    Severity.MODERATE,
    "This page has no description",
    "Search engines then print some words they find on the page. In the Designer: Pages panel › the page's gear › "
    "SEO settings › Meta description, and invite readers in 50 to 160 characters.",
)
DESCRIPTION_LENGTH = Rule(
    "metadata.description-length",
    Severity.MINOR,
    "This page's description has the wrong length",
    "Under 50 characters it says too little, over 160 it is cut off. In the Designer: Pages panel › the page's gear "
    "› SEO settings › Meta description.",
)
DESCRIPTION_DUPLICATE = Rule(
    "metadata.description-duplicate",
    Severity.MINOR,
    "Several pages have the same description",
    "In search results they look like one page. In the Designer: Pages panel › each page's gear › SEO settings › "
    "Meta description. On a CMS template page, use a summary field of the item with + Add field.",
)
ADDRESS_DEFAULT = Rule(
    "metadata.address-default",
    Severity.MINOR,
    "This page's address was never chosen",
    "Visitors see it in the address bar, in search results and in every link that is shared. In the Designer: Pages "
    "panel › the page's gear › Slug; in the CMS: the item's Slug. Then add a 301 redirect from the old address in Site "
    "settings › Publishing, and publish.",
)

TITLE_MIN, TITLE_MAX, TITLE_MAX_PX = 10, 60, 580
DESCRIPTION_MIN, DESCRIPTION_MAX = 50, 160
DEFAULT_TITLE = re.compile(
    r"home( ?page)?|index|untitled( page| document)?( \d+)?|new page|document|copy of .*|"
    r"(page|seite|página|pagina|strona) \d+",
    re.I,
)
DEFAULT_ADDRESS = re.compile(r"copy-of-.+|untitled(-page)?(-\d+)?|new-page(-\d+)?", re.I)
COPIED = re.compile(r"\bcopy( \d+)?$", re.I)
TITLE_FONT_PX = 20  # Google's desktop results
# Advance widths of Arial in thousandths of the font size (its metrics are those of Helvetica, Adobe Core 14 AFM files).
_ADVANCES = {
    191: "'", 222: "ijl‘’", 260: "|", 278: " !,./:;I[]\\ft·", 333: "()-`r“”", 334: "{}", 350: "•", 355: '"', 389: "*",
    469: "^", 500: "Jcksvxyz", 584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "Mm",
    889: "%", 944: "W", 1000: "—…", 1015: "@",
}  # fmt: skip
ADVANCE = {letter: width for width, letters in _ADVANCES.items() for letter in letters}
USUAL_ADVANCE = 556  # digits, most small letters, the en dash


@page_check(TITLE_MISSING, TITLE_DEFAULT, TITLE_LONG, TITLE_SHORT)
def check_title(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page):
        return
    title = page.title.strip()
    if not title:
        yield TITLE_MISSING.problem(page.url, "The page has no title")
        return
    if _is_default(title, page):
        yield TITLE_DEFAULT.problem(page.url, f"The title is only “{title}”", title=title)
    size, pixels = length(title), width_px(title)
    if size > TITLE_MAX and pixels > TITLE_MAX_PX:
        message = f"The title has {size} characters and is about {pixels} px wide: “{title}”"
        yield TITLE_LONG.problem(page.url, message, title=title, length=size, limit=TITLE_MAX, pixels=pixels)
    if size < TITLE_MIN:
        yield TITLE_SHORT.problem(
            page.url, f"The title has {size} characters: “{title}”", title=title, length=size, needed=TITLE_MIN
        )


@page_check(ADDRESS_DEFAULT)
def check_address(page: PageFacts) -> Iterator[Problem]:
    last = addresses.split(page.url).path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    if is_page(page) and DEFAULT_ADDRESS.fullmatch(last):
        yield ADDRESS_DEFAULT.problem(page.url, f"The address ends in “{last}”, a working name", slug=last)


@page_check(DESCRIPTION_MISSING, DESCRIPTION_LENGTH)
def check_description(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page) or is_noindex(page):
        return
    text = description(page)
    size = length(text)
    if not text:
        yield DESCRIPTION_MISSING.problem(page.url, "The page has no meta description")
    elif not DESCRIPTION_MIN <= size <= DESCRIPTION_MAX:
        message = f"The description has {size} characters: “{text}”"
        figures: dict[str, Any] = {"length": size, "needed": DESCRIPTION_MIN, "limit": DESCRIPTION_MAX}
        yield DESCRIPTION_LENGTH.problem(page.url, message, description=text[:TEXT_LIMIT], **figures)


@crawl_check(TITLE_DUPLICATE)
def check_title_duplicates(site: SiteSnapshot) -> Iterator[Problem]:
    yield from _duplicates(site, TITLE_DUPLICATE, "title", lambda page: page.title)


@crawl_check(DESCRIPTION_DUPLICATE)
def check_description_duplicates(site: SiteSnapshot) -> Iterator[Problem]:
    yield from _duplicates(site, DESCRIPTION_DUPLICATE, "description", description)


def description(page: PageFacts) -> str:
    return (page.meta("description") or "").strip()


def length(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def width_px(text: str) -> int:
    """About how wide Google draws a title."""
    return round(sum(map(_advance, text)) * TITLE_FONT_PX / 1000)


def _advance(letter: str) -> int:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1000
    return ADVANCE.get(letter) or ADVANCE.get(unicodedata.normalize("NFD", letter)[0], USUAL_ADVANCE)


def _is_default(title: str, page: PageFacts) -> bool:
    if DEFAULT_TITLE.fullmatch(title):
        return True
    path = addresses.split(page.final_url).path.strip("/")
    if not path:
        return False
    slug = path.rpartition("/")[2].lower()
    copied = COPIED.search(title) is not None and re.search(r"-copy(-\d+)?$", slug) is not None
    # "Sofa" at /product/sofa is the item's name, and right; "About" at /about is the page's working name.
    is_slug = title.lower() == slug and not (page.webflow.item_slug and slug.isalpha())
    return copied or is_slug or title.lower() in _site_names(page)


def _site_names(page: PageFacts) -> set[str]:
    name = addresses.bare(addresses.hostname(page.final_url))
    return {name, name.partition(".")[0], (page.meta("og:site_name") or "").strip().lower()}


def _duplicates(site: SiteSnapshot, rule: Rule, what: str, text_of: Callable[[PageFacts], str]) -> Iterator[Problem]:
    """Pages that hand over to another by canonical are left out, and the pages of one paginated list count as one."""
    groups: dict[str, dict[tuple[str, str, str], PageFacts]] = defaultdict(dict)
    for seen in site.pages.values():
        text = " ".join(text_of(seen.facts).split())
        if text and is_listed(seen.facts):
            groups[text.casefold()].setdefault(addresses.first_of_pages(seen.facts.final_url), seen.facts)
    for key, group in groups.items():
        urls = [page.url for page in group.values()]
        for page in group.values() if len(group) > 1 else ():
            yield rule.problem(
                page.url,
                f"{len(urls)} pages have the {what} “{' '.join(text_of(page).split())}”",
                cause=key[:TEXT_LIMIT],
                pages=urls[:EVIDENCE_PAGES],
            )
