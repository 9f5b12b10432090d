"""Languages: the one a page says it is in, the one it is written in, and its translations (hreflang).

The language of a text is told by py3langid (trained on character n-grams). It is asked only about 200 letters and
more, in two halves that must agree, and believed only when it is nearly certain: a page in two languages, or full of
names, is left alone. Filler Latin is no language mistake; content.lorem-ipsum tells of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from scans.checks import addresses
from scans.checks.language_codes import LANGUAGES, REGIONS
from scans.checks.pages import is_page, pages
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import Confidence, PageFacts, Problem, Relation, Severity, SiteSnapshot

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANG_MISMATCH = Rule(
    "metadata.lang-mismatch",
    Severity.MODERATE,
    "This page seems to be in another language than it says",
    "Screen readers pronounce it wrongly, and browsers offer to translate it. In Webflow: Site settings › General › "
    "Language code; on a site with locales, Site settings › Localization; for one page, the lang attribute under "
    "Element settings panel (D) › Custom attributes of its body.",
    Confidence.NEEDS_REVIEW,
)
HREFLANG_INVALID = Rule(
    "metadata.hreflang-invalid",
    Severity.MODERATE,
    "The links between this page's translations are wrong",
    "Search engines ignore them and may send readers to the wrong language. Every translation must name itself and "
    "the others, with full addresses and codes such as en, en-GB or x-default. In Webflow: Site settings › "
    "Localization writes them; hand-made ones are in Page settings › Custom code.",
)
HREFLANG_ONE_WAY = Rule(
    "metadata.hreflang-not-reciprocal",
    Severity.MODERATE,
    "A translation of this page does not point back",
    "Search engines believe a pair of translations only when both name each other. In Webflow: Site settings › "
    "Localization writes both sides; hand-made ones are in Page settings › Custom code of the other page.",
)

SAMPLE = 600  # characters of each half: about 1 ms
LETTERS_MIN = 200
CERTAIN = 0.99
LATIN = "la"
# Asked only about languages that web pages are written in: with all 140 it knows, rare ones win over short texts.
KNOWN = (
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km "
    "kn ko ky la lb lt lv mk ml mn mr ms mt my ne nl nn no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr "
    "uk ur uz vi xh zh zu"
)
RELATED = (
    "no nb nn da",
    "hr sr bs sh",
    "id ms",
    "pt gl",
    "cs sk",
    "af nl",
    "es ca gl",
    "bg mk",
    "hi mr ne",
    "fil tl",
    "fa ps",
)
FAMILIES = tuple(frozenset(family.split()) for family in RELATED)
OLD_CODES = {"iw": "he", "in": "id", "ji": "yi", "nb": "no"}

CODE = re.compile(r"([a-z]{2})(?:-[a-z]{4})?(?:-([a-z]{2}|\d{3}))?", re.I)  # a number is a UN region, as in es-419


@page_check(LANG_MISMATCH)
def check_language(page: PageFacts) -> Iterator[Problem]:
    said = _primary(page.lang)
    if not is_page(page) or said not in KNOWN.split():
        return
    written = written_in(page.main_text, said)
    if written:
        message = f"The page says lang=“{page.lang}”, but its text reads like “{written}”"
        yield LANG_MISMATCH.problem(page.url, message, lang=page.lang, detected=written)


def written_in(text: str, said: str) -> str:
    """The ISO 639-1 code of the text's language when it certainly is another one than `said`, else ""."""
    text = text[: 2 * SAMPLE]
    if sum(map(str.isalpha, text)) < LETTERS_MIN:
        return ""
    middle = text.find(" ", len(text) // 2)
    written = _classify(text[:middle])
    if written in ("", LATIN, said) or any({said, written} <= family for family in FAMILIES):
        return ""
    return written if _classify(text[middle:]) == written else ""


def _classify(text: str) -> str:
    language, probability = _identifier().classify(text)
    return OLD_CODES.get(language, language) if probability >= CERTAIN else ""


@cache
def _identifier() -> LanguageIdentifier:
    """Loaded at the first question: it takes about a second and 60 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(KNOWN.split())
    return identifier


def _primary(lang: str) -> str:
    code = re.split("[-_]", lang.strip().lower(), maxsplit=1)[0]
    return OLD_CODES.get(code, code)


@page_check(HREFLANG_INVALID)
def check_hreflang(page: PageFacts) -> Iterator[Problem]:
    alternates = _alternates(page)
    if not is_page(page) or not alternates:
        return
    faults = [f"“{a.hreflang}” is no language code" for a in alternates if not _is_code(a.hreflang)]
    faults += [f"“{a.raw}” is no full address" for a in alternates if not _is_full(a)]
    if _places_of(page).isdisjoint(addresses.place(a.url) for a in alternates if a.url):
        faults.append("the page does not name itself")
    if faults:
        yield HREFLANG_INVALID.problem(page.url, f"hreflang: {'; '.join(faults)}", faults=faults[:20])


@crawl_check(HREFLANG_ONE_WAY)
def check_hreflang_returns(site: SiteSnapshot) -> Iterator[Problem]:
    scanned = {addresses.place(seen.facts.url): seen.facts for seen in pages(site)}
    named = {key: {addresses.place(a.url) for a in _alternates(facts) if a.url} for key, facts in scanned.items()}
    for key, page in scanned.items():
        own = _places_of(page)
        for other in sorted(named[key] - own):
            if other in scanned and named[other].isdisjoint(own):
                target = scanned[other].url
                message = f"{target} is named as a translation but does not name this page"
                yield HREFLANG_ONE_WAY.problem(page.url, message, target=target)


def _alternates(page: PageFacts) -> list[Relation]:
    return [relation for relation in page.related("alternate") if relation.hreflang]


def _places_of(page: PageFacts) -> set[tuple[str, str, str]]:
    """Where a page is: its address, and the one it calls canonical."""
    canonicals = [relation.url for relation in page.related("canonical") if relation.url]
    return {addresses.place(url) for url in (page.url, page.final_url, *canonicals)}


def _is_code(code: str) -> bool:
    if code.lower() == "x-default":
        return True
    parts = CODE.fullmatch(code)
    if parts is None or parts[1].lower() not in LANGUAGES:
        return False
    return parts[2] is None or parts[2].isdigit() or parts[2].lower() in REGIONS


def _is_full(alternate: Relation) -> bool:
    return alternate.url is not None and alternate.raw.strip().lower().startswith(("http://", "https://"))
