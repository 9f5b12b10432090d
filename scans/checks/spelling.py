"""Words that the page's language does not know.

In: the texts of all pages. A word is said only when it has five letters or more, is lower-case, is used once on the
whole site (what is used twice is the site's own word) and is unknown to the Hunspell dictionary of the page's
language. A page on which many words are unknown is written in another language than it says, and is left alone; so
is a quotation or filler text.

Dictionaries load once for each process and language (English 0.4 s and 25 MB, French 2 s, Dutch 3 s); verdicts are
kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Protocol

from spylls.hunspell import Dictionary

from scans.checks.pages import pages
from scans.checks.registry import Rule, crawl_check
from scans.snapshot import Confidence, PageFacts, Problem, Severity, SiteSnapshot, TextBlock

SPELLING = Rule(
    "content.spelling",
    Severity.MINOR,
    "Is this word misspelled?",
    "The dictionary of the page's language does not know it. Double-click the text in the Designer, or open the CMS "
    "item, and correct it; ignore it when it is right.",
    Confidence.NEEDS_REVIEW,
)

_DATA = Path(__file__).parent / "data"
_DICTIONARIES = _DATA / "dictionaries"
_LANGUAGES = frozenset(folder.name for folder in _DICTIONARIES.iterdir() if folder.is_dir())
_WEB_WORDS = frozenset(json.loads((_DATA / "content.json").read_text(encoding="utf-8"))["web_words"])
_MOST = 100
_MOST_TRIED = 10_000  # different words in a scan: an unknown Dutch word takes up to 12 ms
_SAMPLE = 60
_FOREIGN_SHARE = 0.15
_QUOTE_WORDS = 3

_CODE = frozenset({"code", "pre", "kbd", "samp", "address"})
_CODE_INSIDE = re.compile(r"<(code|kbd|samp)\b[^>]{0,200}>([^<]{1,200})</\1>", re.IGNORECASE)
_LONGEST = 40
_NOT_PROSE = re.compile(r"@|://|^www\.|\.(?:com|org|net|io|co|de|fr|nl|uk)\b|[_#\\{}<>=\d]", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w.'’/&-])[^\W\d_]{5,}(?![\w'’/&-]|\.\w)")


class _Speller(Protocol):
    def lookup(self, word: str) -> bool: ...


@crawl_check(SPELLING)
def unknown_words(site: SiteSnapshot) -> Iterator[Problem]:
    read = [(seen.facts, language) for seen in pages(site) if (language := _language(seen.facts)) in _LANGUAGES]
    count = Counter(word.lower() for page, _ in read for text in page.texts for word in _words(text))
    tried: set[str] = set()
    found = (problem for page, language in read for problem in _page(page, language, count, tried))
    yield from islice(found, _MOST)


def _language(page: PageFacts) -> str:
    return page.lang.lower().replace("_", "-").split("-")[0]


def _words(text: TextBlock) -> list[str]:
    if text.element.tag in _CODE:
        return []
    prose = (piece for piece in text.text.split() if len(piece) <= _LONGEST and not _NOT_PROSE.search(piece))
    code = {word for _, said in _CODE_INSIDE.findall(text.element.html) for word in _WORD.findall(said)}
    return [word for word in _WORD.findall(" ".join(prose)) if word not in code]


def _page(page: PageFacts, language: str, count: Counter[str], tried: set[str]) -> Iterator[Problem]:
    sample = _sample(page)
    tried |= sample
    if len(tried) > _MOST_TRIED or _is_foreign(sample, language):
        return
    for text in page.texts:
        words = {word for word in _words(text) if word.islower()}
        once = sorted(word for word in words if count[word] == 1)
        tried |= words
        if len(tried) > _MOST_TRIED:
            return
        unknown = [word for word in once if not _is_known(language, word)]
        if len(unknown) < _QUOTE_WORDS or not _is_foreign(words, language):
            yield from (_problem(page, text, word, language) for word in unknown)


def _sample(page: PageFacts) -> set[str]:
    words = (word for text in page.texts for word in _words(text) if word.islower())
    return set(islice(dict.fromkeys(words), _SAMPLE))


def _is_foreign(words: set[str], language: str) -> bool:
    """Too many words are unknown for slips: it is another language, or filler."""
    unknown = sum(not _is_known(language, word) for word in words)
    return unknown >= _QUOTE_WORDS and unknown > _FOREIGN_SHARE * len(words)


def _problem(page: PageFacts, text: TextBlock, word: str, language: str) -> Problem:
    at = text.text.find(word)
    around = text.text[max(0, at - 30) : at + len(word) + 30]
    return SPELLING.problem(
        page.url,
        f"“{word}” in “…{around}…”",
        element=text.element,
        cause=f"{language}: {word}",
        word=word,
        language=language,
    )


@lru_cache(maxsize=100_000)
def _is_known(language: str, word: str) -> bool:
    return word in _WEB_WORDS or _speller(language).lookup(word)


_loading = Lock()
_spellers: dict[str, _Speller] = {}


def _speller(language: str) -> _Speller:
    """Scans of one process share a dictionary; the lock keeps two from loading it at once."""
    with _loading:
        if language not in _spellers:
            _spellers[language] = Dictionary.from_files(str(_DICTIONARIES / language / "index"))
        return _spellers[language]
