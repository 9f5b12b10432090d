"""URLs that go on for ever: calendars, faceted lists, paths that repeat themselves. Pure."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import unquote, urlsplit

DEEPEST_PATH = 12
REPEATS = 3
QUERIES_PER_PATH = 30
DATES_PER_SHAPE = 24
_DATE = re.compile(r"(?:^|[/=&?_-])(?:19|20)\d\d[/_-](?:0?[1-9]|1[0-2])(?:[/_-]\d{1,2})?(?=/?$|[?&])")
_DIGITS = re.compile(r"\d+")


class Traps:
    """Remembers how many variants of one thing were let through."""

    def __init__(self) -> None:
        self._queries: Counter[str] = Counter()
        self._dates: Counter[str] = Counter()

    def springs(self, url: str) -> bool:
        """True for a URL that is one too many. Asked once per URL."""
        parts = urlsplit(url)
        segments = [segment for segment in unquote(parts.path).split("/") if segment]
        if len(segments) > DEEPEST_PATH or _repeats(segments):
            return True
        if parts.query:
            self._queries[parts.path] += 1
            if self._queries[parts.path] > QUERIES_PER_PATH:
                return True
        if _DATE.search(f"{parts.path}?{parts.query}" if parts.query else parts.path):
            shape = _DIGITS.sub("#", f"{parts.path}?{parts.query}")
            self._dates[shape] += 1
            return self._dates[shape] > DATES_PER_SHAPE
        return False


def _repeats(segments: list[str]) -> bool:
    """One segment, or one group of up to three, again and again in a row."""
    for size in (1, 2, 3):
        for start in range(len(segments) - size * REPEATS + 1):
            group = segments[start : start + size]
            if segments[start : start + size * REPEATS] == group * REPEATS:
                return True
    return False
