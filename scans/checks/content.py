"""Left-overs and slips in what visitors read: filler, default and to-do texts, headings, doubled words, broken
characters, thin and duplicate pages, plain e-mail addresses, old copyright years. Spelling is in `spelling`.

In: the visible texts of one page, each with the element that holds it. A false alarm costs more trust than a miss,
so each rule asks for the whole text of an element, or for two signs at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from scans.checks.pages import is_listed, is_page, is_sampler, pages
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import AssetKind, Confidence, PageFacts, PageSeen, Problem, Severity, SiteSnapshot, TextBlock

LOREM = Rule(
    "content.lorem-ipsum",
    Severity.SERIOUS,
    "Placeholder Latin is online",
    "Visitors read filler text that was never replaced. Double-click the element in the Designer and write the real "
    "text; in a Collection item replace it in the CMS panel. Then publish.",
)
DEFAULT_TEXT = Rule(
    "content.default-text",
    Severity.SERIOUS,
    "Webflow's sample text is online",
    "This is the text a new element starts with. Double-click the element in the Designer and write the real text, or "
    "delete it.",
)
TODO = Rule(
    "content.todo-marker",
    Severity.MODERATE,
    "A note to yourself is online",
    "Visitors see a marker that was meant for the team. Double-click the element in the Designer and finish or delete "
    "the text; leave notes as Comments (C) instead.",
)
H1_MISSING = Rule(
    "content.h1-missing",
    Severity.MODERATE,
    "Page has no main heading",
    "The H1 tells visitors, screen readers and search engines what the page is about. Select the top heading, open "
    "Settings (D) and choose H1; keep its look by its class.",
)
H1_MULTIPLE = Rule(
    "content.h1-multiple",
    Severity.MINOR,
    "Page has several main headings",
    "One H1 for each page makes clear what it is about. Select the other headings, open Settings (D) and choose H2 or "
    "lower; keep their look by their class.",
)
REPEATED = Rule(
    "content.repeated-word",
    Severity.MINOR,
    "A word stands there twice",
    "Probably a slip of the keyboard. Double-click the text in the Designer, or open the CMS item, and delete one of "
    "the two.",
    Confidence.NEEDS_REVIEW,
)
MOJIBAKE = Rule(
    "content.mojibake",
    Severity.MODERATE,
    "Text shows broken characters",
    "An accent or a quotation mark was lost when the text was imported. Double-click the text in the Designer, or "
    "open the CMS item, and type it again; save a CSV as UTF-8 before you import it.",
)
THIN = Rule(
    "content.thin",
    Severity.INFO,
    "Page says very little",
    "Search engines rarely show pages with under 50 words. Add text in the Designer, or open the page's settings "
    "(gear) > SEO and switch off indexing when the page is not meant to be found.",
)
DUPLICATE = Rule(
    "content.duplicate",
    Severity.MODERATE,
    "Two pages have the same text",
    "Search engines show only one of them, and not the one you choose. Delete one and redirect it in Site settings > "
    "Publishing > 301 redirects, or name the main one as canonical in the page's settings (gear) > SEO.",
)
UNLINKED = Rule(
    "content.unlinked-contact",
    Severity.INFO,
    "E-mail address cannot be tapped",
    "Visitors must copy it by hand. Select the address in the text, press the link sign and choose Email.",
)
COPYRIGHT = Rule(
    "content.copyright-outdated",
    Severity.INFO,
    "Copyright year is old",
    "The site looks abandoned. Select the text in the footer (a Component changes it on every page) and write this "
    "year, or put the year in by a line of script in a Code Embed.",
)

_WORDS: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "content.json").read_text(encoding="utf-8"))
_FILLER_PHRASES: tuple[str, ...] = tuple(_WORDS["filler_phrases"])
_FILLER = frozenset(_WORDS["filler_words"])
_DEFAULTS = {entry["text"]: entry.get("tags") for entry in _WORDS["default_texts"]}
_REPEATS = {language: frozenset(words) for language, words in _WORDS["repeats"].items()}
_NOT_THIN = re.compile("|".join(re.escape(word) for word in _WORDS["not_thin"]), re.IGNORECASE)
_LATIN_SHARE = 0.6
_THIN_WORDS = 50
_DUPLICATE_WORDS = 20
_GALLERY_PICTURES = 6
_SENTENCE_WORDS = 5
_MARKER_LENGTH = 200

_WORD = re.compile(r"[^\W\d_]+")
_CODE = ("code", "pre", "kbd", "samp", "textarea")
_QUOTES = frozenset(("blockquote", "q", *_CODE))
_MARKER_STARTS = frozenset("TFX[pPaAtwWeEyY")
_MARKER = re.compile(
    r"(?:TODO|FIXME|TBD|XXX|\[?(?:TODO|FIXME|TBD|XXX)\]?|(?i:placeholder(?: text)?|(?:asdf)+|test test|(?:www\.)?"
    r"example\.com|\[?your text here\]?))[\s.:!…]*"
)
_NOTE = re.compile(r"\[?(?:TODO|FIXME)\]?\s?:\s?\S")
_SPANISH = ("es", "pt", "gl", "ca", "it")
_DOUBLED = re.compile(r"(?<![\w'’-])([^\W\d_]{2,}) \1(?![\w'’-])")
_BROKEN_CHARACTERS = re.compile("\ufffd|â€[™œ\x9d“”¦˜¢]|Ã[©¨¼¶¤±§¡³®¯´¹¢]|Ã\xad|Â[©®°£·»«]|ï¿½|â„¢")
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w@])")
_SAMPLE_DOMAINS = (
    "example.",
    "domain.",
    "yourdomain.",
    "company.",
    "yourcompany.",
    "email.",
    "mail.com",
    "test.",
    "acme.",
)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©|\(c\)|copyright|by)?\s*(\d{4})"
    r"(?:\s*(?:[-–—/]|to|bis|until)\s*(\d{4}|present|today|now|heute|aujourd\S*))?",
    re.IGNORECASE,
)
_YEAR_BY_SCRIPT = re.compile(r"(?:class|id|data-[\w-]+|fs-[\w-]+)=\"[^\"]*(?:year|date)|data-[\w-]*year", re.IGNORECASE)


@page_check(LOREM)
def filler(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page) or is_sampler(page):
        return
    texts = [text for text in page.texts if text.element.tag not in _QUOTES]
    said = "\n".join(text.text for text in texts).lower()
    markers = [phrase for phrase in _FILLER_PHRASES if phrase in said]
    if len(markers) < 2:
        return
    for text in texts:
        lower = text.text.lower()
        if any(marker in lower for marker in markers) and _latin_share(lower) >= _LATIN_SHARE:
            yield LOREM.problem(
                page.url, f"Filler text: “{text.text[:120]}”", element=text.element, text=text.text[:300]
            )


def _latin_share(text: str) -> float:
    """Of a text in lower case. An article about filler text quotes it among its own words; filler is nothing else."""
    words = _WORD.findall(text)
    return sum(word in _FILLER for word in words) / len(words) if words else 0.0


@page_check(DEFAULT_TEXT)
def default_texts(page: PageFacts) -> Iterator[Problem]:
    for text in page.texts if is_page(page) and not is_sampler(page) else ():
        if text.text in _DEFAULTS and ((tags := _DEFAULTS[text.text]) is None or text.element.tag in tags):
            yield DEFAULT_TEXT.problem(
                page.url,
                f"The sample text “{text.text[:120]}” was never replaced.",
                element=text.element,
                text=text.text[:300],
            )


@page_check(TODO)
def todo_markers(page: PageFacts) -> Iterator[Problem]:
    for text in page.texts if is_page(page) else ():
        if (
            text.text[:1] in _MARKER_STARTS
            and len(text.text) <= _MARKER_LENGTH
            and text.element.tag not in _CODE
            and _is_marker(text.text, page.lang)
        ):
            yield TODO.problem(
                page.url, f"“{text.text[:120]}” is a note, not content.", element=text.element, text=text.text[:300]
            )


def _is_marker(text: str, lang: str) -> bool:
    if _NOTE.match(text):
        return True
    if not _MARKER.fullmatch(text):
        return False
    return not (text.startswith("TODO") and lang.lower().startswith(_SPANISH))


@page_check(H1_MISSING, H1_MULTIPLE)
def main_heading(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page):
        return
    main = [h for h in page.headings if h.level == 1 and (h.text.strip() or re.search(r'alt="[^"]', h.element.html))]
    if not main:
        yield H1_MISSING.problem(
            page.url,
            "There is no H1 with text on this page.",
            headings=[f"H{h.level} {h.text[:100]}" for h in page.headings[:10]],
        )
    if len(main) > 1 and not is_sampler(page):
        yield H1_MULTIPLE.problem(
            page.url,
            f"{len(main)} headings are H1: {', '.join(f'“{h.text[:40]}”' for h in main[:5])}.",
            element=main[1].element,
            cause=_several_causes(page),
            headings=[h.text[:100] for h in main[:20]],
        )


def _several_causes(page: PageFacts) -> str:
    return f"several h1 | {page.template if page.template.startswith('wf:') else 'static pages'}"


@page_check(REPEATED)
def repeated_words(page: PageFacts) -> Iterator[Problem]:
    language = page.lang.lower().split("-")[0]
    meant = _REPEATS.get(language)
    if meant is None or not is_page(page):
        return
    for text in page.texts:
        if text.element.tag in _CODE or not _may_slip(text.text):
            continue
        if found := next((m for m in _DOUBLED.finditer(text.text) if m[1].islower() and m[1] not in meant), None):
            around = text.text[max(0, found.start() - 30) : found.end() + 30]
            yield REPEATED.problem(
                page.url, f"“{found[0]}” in “…{around}…”", element=text.element, word=found[1], around=around
            )


def _may_slip(text: str) -> bool:
    """Buttons that roll a second copy of their text into view say all of it twice, on purpose."""
    words = text.split()
    half = len(words) // 2
    doubles = len(words) >= _SENTENCE_WORDS and any(map(str.startswith, words[1:], words))
    return doubles and words[:half] != words[half : 2 * half]


@page_check(MOJIBAKE)
def broken_characters(page: PageFacts) -> Iterator[Problem]:
    for text in page.texts if is_page(page) else ():
        found = None if text.text.isascii() else _BROKEN_CHARACTERS.search(text.text)
        if found and text.element.tag not in _CODE:
            around = text.text[max(0, found.start() - 30) : found.end() + 30]
            yield MOJIBAKE.problem(
                page.url, f"“{found[0]}” in “{around}”", element=text.element, found=found[0], around=around
            )


@page_check(THIN)
def thin(page: PageFacts) -> Iterator[Problem]:
    words = len(page.main_text.split())
    if is_page(page) and page.indexable and words < _THIN_WORDS and not _is_short_by_nature(page):
        yield THIN.problem(page.url, f"The page has {words} words of its own.", words=words, needed=_THIN_WORDS)


def _is_short_by_nature(page: PageFacts) -> bool:
    pictures = sum(asset.kind is AssetKind.IMAGE and asset.attr == "src" for asset in page.assets)
    shows_media = any(asset.kind in (AssetKind.FRAME, AssetKind.MEDIA) for asset in page.assets)
    named = _NOT_THIN.search(page.final_url.partition("://")[2].partition("/")[2]) or _NOT_THIN.search(page.title)
    return bool(page.forms or shows_media or named) or max(pictures, len(page.images)) >= _GALLERY_PICTURES


@page_check(UNLINKED)
def unlinked_contacts(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page):
        return
    linked = " ".join(
        f"{link.href or ''} {link.name}" for link in page.links if "@" in (link.href or "") or "@" in link.name
    ).lower()
    said: set[str] = set()
    for text in page.texts:
        for address in _EMAIL.findall(text.text) if "@" in text.text and text.element.tag not in _CODE else ():
            known = address.lower()
            if known not in said and known not in linked and not known.partition("@")[2].startswith(_SAMPLE_DOMAINS):
                said.add(known)
                yield UNLINKED.problem(
                    page.url, f"{address} is plain text.", element=text.element, cause=known, address=address
                )


@page_check(COPYRIGHT)
def old_copyright(page: PageFacts) -> Iterator[Problem]:
    year = _this_year(page)
    for text in page.texts if year and is_page(page) else ():
        found = _COPYRIGHT.search(text.text) if _is_in_footer(text) else None
        if found is None or _YEAR_BY_SCRIPT.search(text.element.html):
            continue
        last = found[2] or found[1]
        if last.isdigit() and 1990 <= int(last) < year - 1:
            yield COPYRIGHT.problem(
                page.url, f"The footer says “{found[0].strip()}”.", element=text.element, year=int(last), this_year=year
            )


def _this_year(page: PageFacts) -> int:
    """By the clock of the server that answered; 0 when it told none."""
    try:
        return parsedate_to_datetime(page.response.headers.get("date", "")).year
    except (TypeError, ValueError):
        return 0


def _is_in_footer(text: TextBlock) -> bool:
    return text.landmark == "footer" or "footer" in f"{text.element.component} {text.element.path}".lower()


@crawl_check(DUPLICATE)
def duplicates(site: SiteSnapshot) -> Iterator[Problem]:
    groups: dict[str, dict[str, PageSeen]] = {}
    for seen in pages(site):
        page = seen.facts
        if page.text_hash and is_listed(page) and len(page.main_text.split()) >= _DUPLICATE_WORDS:
            groups.setdefault(page.text_hash, {}).setdefault(page.final_url, seen)
    for text_hash, same in groups.items():
        for url, seen in same.items() if len(same) > 1 else ():
            others = [other for other in same if other != url]
            yield DUPLICATE.problem(
                seen.facts.url,
                f"The same text is on {others[0]}.",
                cause=f"same text {text_hash}",
                words=len(seen.facts.main_text.split()),
                same=others[:20],
            )
