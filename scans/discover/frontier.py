"""Which URL next, and why each other one was left out. Pure: no network, no clock.

A URL is one page: normalised, without fragment and tracking parameters. `/a`, `/a/` and `/a/index.html` stay three
until a redirect says that they are one (`mark_alias`). The start page comes first, then what is linked, by clicks
from the start, navigation before the rest, and what only a sitemap or the API knows in between, by the depth of its
path. The caller adds no links found on pages that did not answer 200: a 404 page with relative links never ends.

Every bound holds whatever a site does: pages by the budget, known URLs by `MOST_KNOWN`.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate
from urllib.parse import urlsplit

from scans.discover.traps import Traps
from scans.discover.urls import host_of, normalise, own_hosts, parse, strip_tracking
from scans.snapshot import Skipped

MOST_KNOWN = 100_000
MOST_SKIPPED = 10_000
LONGEST_URL = 2_048


class SkipReason(StrEnum):
    SCHEME = "scheme"
    MALFORMED = "malformed"
    OUT_OF_SCOPE = "out-of-scope"
    NOT_A_PAGE = "not-a-page"
    EXCLUDED = "excluded"
    ROBOTS = "robots"
    TRAP = "trap"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    ERROR = "error"
    BUDGET = "budget"
    STOPPED = "stopped"


class Source(StrEnum):
    """Where a URL was found."""

    START = "start"
    NAVIGATION = "navigation"
    LINK = "link"
    SITEMAP = "sitemap"
    API = "api"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page to fetch. `depth` is clicks from the start page, None for one that no link has led to."""

    url: str
    depth: int | None
    source: Source


_FILE = re.compile(
    r"(?:"
    r"7z|aac|apk|avi|avif|bin|bmp|bz2|css|csv|dmg|doc|docx|eot|epub|exe|flac|gif|gz|"
    r"heic|ico|ics|iso|jar|jpeg|jpg|js|json|m4a|m4v|map|mjs|mkv|mov|mp3|mp4|mpeg|mpg|"
    r"msi|odp|ods|odt|ogg|ogv|otf|pdf|pkg|png|ppt|pptx|ps|psd|rar|rss|rtf|svg|svgz|swf|"
    r"tar|tgz|tif|tiff|ttf|vcf|wasm|wav|webm|webmanifest|webp|wmv|woff|woff2|xls|xlsx|xml|"
    r"xz|zip"
    r")",
    re.IGNORECASE,
)
_RANK = {Source.START: 0, Source.NAVIGATION: 1, Source.LINK: 2, Source.API: 3, Source.SITEMAP: 3}


def page_url(raw: str, base: str | None = None) -> str | None:
    """The URL under which a page is known, None when it is no web address."""
    url = normalise(raw, base)
    return None if url is None else strip_tracking(url)


def is_page_like(url: str) -> bool:
    """False when the path ends like a file that no browser shows as a page."""
    name = urlsplit(url).path.rpartition("/")[2]
    return "." not in name or not _FILE.fullmatch(name.rpartition(".")[2])


class Frontier:
    """`include` and `exclude` are patterns of path and query with `*`, e.g. "/blog/*". `allowed` asks robots.txt.
    `prefer` are URLs that come before all others, so that a small budget meets the pages of the scan before again."""

    def __init__(
        self,
        start_url: str,
        hosts: Collection[str] = (),
        max_pages: int = 100,
        *,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        allowed: Callable[[str], bool] = lambda url: True,
        prefer: Collection[str] = (),
    ) -> None:
        start = page_url(start_url)
        if start is None:
            raise ValueError(f"{start_url!r} is no web address")
        self.start_url = start
        self.hosts = own_hosts(start, hosts)
        self.max_pages = max_pages
        self.taken = 0
        self._given_back = 0
        self._include = [re.compile(translate(pattern)) for pattern in include]
        self._exclude = [re.compile(translate(pattern)) for pattern in exclude]
        self._allowed = allowed
        self._traps = Traps()
        self._prefer = prefer
        self._heap: list[tuple[bool, int, int, int, str]] = []
        self._waiting: dict[str, Entry] = {}
        self._seen: set[str] = set()
        self._skipped: dict[str, SkipReason] = {}
        self.add(start, Source.START, 0)

    def add(self, url: str, source: Source, depth: int | None = None) -> bool:
        """True when the URL is a page to fetch and was not known before. A known one that waits may move up."""
        page = page_url(url)
        if page is None:
            return self.skip(url, SkipReason.SCHEME if parse(url) else SkipReason.MALFORMED)
        if page in self._seen:
            self._promote(page, source, depth)
            return False
        if reason := self._reason_against(page, source):
            return self.skip(page, reason)
        self._seen.add(page)
        self._wait(Entry(page, depth, source))
        return True

    def next(self) -> Entry | None:
        """The next page to fetch, None when there is none or the budget is used up."""
        while self._heap and self.taken < self.max_pages:
            url = heapq.heappop(self._heap)[-1]
            if entry := self._waiting.pop(url, None):
                self.taken += 1
                return entry
        return None

    def mark_alias(self, url: str, final_url: str) -> bool:
        """`url` was fetched and led to `final_url`. False when that is no new page of this site: drop the answer."""
        final, page = page_url(final_url), page_url(url)
        if final is None or page is None or final == page:
            return final is not None
        if host_of(final) not in self.hosts:
            return self._give_back(page, SkipReason.OUT_OF_SCOPE)
        if final in self._seen and final not in self._waiting:
            return self._give_back(page, SkipReason.DUPLICATE)
        self._waiting.pop(final, None)
        self._seen.add(final)
        return True

    def skip(self, url: str, reason: SkipReason) -> bool:
        """Notes why a URL is left out; the first reason stays. Always False, for `return self.skip(…)`."""
        if len(self._skipped) < MOST_SKIPPED:
            self._skipped.setdefault(url[:LONGEST_URL], reason)
        return False

    def reason(self, url: str) -> SkipReason | None:
        """Why this URL was left out, None when it was not."""
        return self._skipped.get(url)

    def stop(self) -> None:
        """No more pages: what waits is left out."""
        for url in self._waiting:
            self.skip(url, SkipReason.STOPPED)
        self._waiting.clear()
        self._heap.clear()

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """All that was left out until now; with the budget used up, what still waits too."""
        left = tuple(self._waiting) if self.taken >= self.max_pages else ()
        rest = (Skipped(url, SkipReason.BUDGET) for url in left[: MOST_SKIPPED - len(self._skipped)])
        return (*(Skipped(url, reason) for url, reason in self._skipped.items()), *rest)

    @property
    def found(self) -> int:
        """Pages of the site known until now, fetched or not."""
        return len(self._seen)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def open(self) -> bool:
        """Whether `next` would give a page."""
        return bool(self._waiting) and self.taken < self.max_pages

    @property
    def is_exhausted(self) -> bool:
        """True when the site ended before the budget did."""
        return not self._waiting and SkipReason.STOPPED not in self._skipped.values()

    def _reason_against(self, url: str, source: Source) -> SkipReason | None:
        if len(url) > LONGEST_URL or len(self._seen) >= MOST_KNOWN:
            return SkipReason.REFUSED if len(url) > LONGEST_URL else SkipReason.BUDGET
        if host_of(url) not in self.hosts:
            return SkipReason.OUT_OF_SCOPE
        if not is_page_like(url) and source is not Source.START:
            return SkipReason.NOT_A_PAGE
        if source is not Source.START and self._is_excluded(url):
            return SkipReason.EXCLUDED
        if not self._allowed(url):
            return SkipReason.ROBOTS
        if url in self._skipped:
            return self._skipped[url]
        return SkipReason.TRAP if self._traps.springs(url) else None

    def _is_excluded(self, url: str) -> bool:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if self._include and not any(pattern.match(path) for pattern in self._include):
            return True
        return any(pattern.match(path) for pattern in self._exclude)

    def _wait(self, entry: Entry) -> None:
        self._waiting[entry.url] = entry
        steps = entry.depth if entry.depth is not None else max(1, urlsplit(entry.url).path.strip("/").count("/") + 1)
        later = entry.source is not Source.START and entry.url not in self._prefer
        heapq.heappush(self._heap, (later, steps, _RANK[entry.source], len(self._seen), entry.url))

    def _promote(self, url: str, source: Source, depth: int | None) -> None:
        known = self._waiting.get(url)
        if known and depth is not None and (known.depth is None or depth < known.depth):
            self._wait(Entry(url, depth, source))

    def _give_back(self, url: str, reason: SkipReason) -> bool:
        """The page cost nothing of the budget after all. As often as the budget is large, else redirects would be
        free."""
        if self._given_back < self.max_pages:
            self._given_back += 1
            self.taken -= 1
        return self.skip(url, reason)
