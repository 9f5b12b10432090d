"""Words in a page's text, as a reader sees them: whole words, whatever their case, in any script.

Both sides are written the same way first: compatibility forms are plain letters (ﬁ is fi, full-width A is A), curly
quotes are straight, and characters that nobody sees (soft hyphens, zero-width spaces, marks of direction) are gone. No
regular expression is made from what a customer wrote, so nothing can run for ever.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_INVISIBLE = dict.fromkeys(
    [
        *(0xAD, 0x34F, 0x61C, 0xFEFF, *range(0x180B, 0x180F), *range(0x200B, 0x2010), *range(0x202A, 0x202F)),
        *(*range(0x2060, 0x2070), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0200)),
    ]
)
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_STRAIGHT = str.maketrans("‘’‚‛“”„‟‐‑", "''''\"\"\"\"--")
# scripts that put no space between words: Thai to Myanmar, Khmer, Japanese, Chinese
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x312F), (0x31A0, 0xA4CF))
_UNSPACED_FAR = ((0xF900, 0xFAFF), (0x20000, 0x3FFFF))
MOST_TRIES = 50_000  # places looked at on one page


def plain(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_STRAIGHT)
        text = unicodedata.normalize("NFKC", text.casefold()).translate(_INVISIBLE)
    return " ".join(text.lower().split())


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of it."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK_LETTERS for char in plain(text))


class Text:
    """One page's text, already `plain`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tries = MOST_TRIES

    @property
    def exhausted(self) -> bool:
        """So much was looked at that the answer is not known: nothing should be said."""
        return self._tries <= 0

    def places(self, term: str) -> Iterator[int]:
        """Where `term` (`plain`, not empty) stands as whole words."""
        at = self._text.find(term)
        while at >= 0 and not self.exhausted:
            self._tries -= 1
            end = at + len(term)
            if not self._runs_on(at) and not self._runs_on(end):
                yield at
            at = self._text.find(term, at + 1)

    def _runs_on(self, at: int) -> bool:
        """Whether a word goes on from before `at` to after it."""
        if not 0 < at < len(self._text):
            return False
        before, after = self._text[at - 1], self._text[at]
        if _is_mark(after):  # a vowel sign or an accent belongs to the letter before it
            return True
        return _is_of_word(before) and _is_of_word(after) and not (_is_unspaced(before) or _is_unspaced(after))


def _is_mark(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char)[0] == "M"


def _is_of_word(char: str) -> bool:
    return char.isalnum() or char == "_" or _is_mark(char)


def _is_unspaced(char: str) -> bool:
    code = ord(char)
    return code >= 0x0E00 and any(low <= code <= high for low, high in (*_UNSPACED, *_UNSPACED_FAR))
