"""Sitemaps: XML, text, gzipped or an index of more, read as a stream with every size bounded. In: where to look. Out:
URLs.

Any document type declaration is refused, so no entity is ever expanded.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from scans.discover.urls import normalise
from scans.fetch.client import Client
from scans.fetch.inflate import Inflater
from scans.fetch.verdicts import named
from scans.snapshot import Response, Sitemap

MOST_URLS = 50_000
MOST_FILES = 200
MOST_ERRORS = 50
LIMIT = 50 * 1024 * 1024
NESTING = 3
TIMEOUT_S = 15.0
_CHUNK = 64 * 1024
_LOC_LIMIT = 4_096


class Unreadable(Exception):
    """The file is no sitemap; the message says why, for people."""


class Listed(NamedTuple):
    """What one file lists: pages, and more sitemaps when it is an index."""

    pages: list[str]
    sitemaps: list[str]


@dataclass(slots=True)
class _Found:
    files: list[str] = field(default_factory=list)
    urls: dict[str, None] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def complain(self, text: str) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(text)

    def take(self, raw: str, file: str) -> None:
        url = normalise(raw)
        if url is None:
            self.complain(f"{file}: “{raw[:200]}” is not an absolute web address")
        elif len(self.urls) < MOST_URLS:
            self.urls[url] = None


async def fetch_sitemaps(client: Client, start_url: str, listed: Sequence[str] = ()) -> Sitemap:
    """All sitemaps that robots.txt lists, else /sitemap.xml, which may be missing without that being an error."""
    found = _Found()
    first = list(dict.fromkeys(listed)) or [normalise("/sitemap.xml", start_url) or start_url]
    waiting = [(url, 1) for url in first]
    seen = set(first)
    while waiting and len(seen) <= MOST_FILES and len(found.urls) < MOST_URLS:
        url, level = waiting.pop(0)
        response = await client.get(url, limit=LIMIT, timeout=TIMEOUT_S)
        if response.status in (404, 410) and level == 1 and not listed:
            break
        for nested in _read(response, found, level):
            if nested not in seen:
                seen.add(nested)
                waiting.append((nested, level + 1))
    return Sitemap(tuple(found.files), tuple(found.urls), tuple(found.errors))


def _read(response: Response, found: _Found, level: int) -> list[str]:
    """Takes the file's URLs; returns the sitemaps to read next."""
    url = response.url
    if response.error is not None or response.status != 200:
        found.complain(f"{url}: {named(response.status) if response.status else response.error}")
        return []
    try:
        pages, sitemaps = read_sitemap(response.body, response.content_type)
    except Unreadable as error:
        found.complain(f"{url}: {error}")
        return []
    found.files.append(url)
    for raw in pages:
        found.take(raw, url)
    if sitemaps and level >= NESTING:
        found.complain(f"{url}: sitemaps are nested deeper than {NESTING} levels")
        return []
    return [nested for raw in sitemaps[:MOST_FILES] if (nested := normalise(raw, response.final_url))]


def read_sitemap(body: bytes, content_type: str = "") -> Listed:
    """Raises `Unreadable`."""
    body = _unpacked(body)
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if not start.startswith(b"<") and (content_type == "text/plain" or start.startswith(b"http")):
        lines = (line.strip() for line in body.decode("utf-8-sig", "replace").splitlines())
        return Listed([line[:_LOC_LIMIT] for line in lines if line][:MOST_URLS], [])
    if b"<html" in start.lower() or b"<!doctype html" in start.lower():
        raise Unreadable("is a web page, not a sitemap")
    return _Reader().read(body)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    plain = bytearray()
    try:
        for piece in Inflater("gzip").feed(body):
            plain += piece
            if len(plain) > LIMIT:
                raise Unreadable("is larger than 50 MiB")
    except zlib.error:
        raise Unreadable("is not a valid gzip file") from None
    return bytes(plain)


class _Enough(Exception):
    pass


class _Reader:
    """Collects the <loc> of <url> and <sitemap>; those of images and videos have other parents."""

    def __init__(self) -> None:
        self._listed = Listed([], [])
        self._path: list[str] = []
        self._loc: list[str] | None = None

    def read(self, body: bytes) -> Listed:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            for at in range(0, len(body), _CHUNK):
                parser.Parse(body[at : at + _CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Unreadable(f"is not valid XML ({expat.ErrorString(error.code)}, line {error.lineno})") from None
        except _Enough:
            pass
        return self._listed

    def _doctype(self, *_: object) -> None:
        raise Unreadable("has a document type declaration, which sitemaps must not have")

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2].lower())
        if len(self._path) > 20:
            raise Unreadable("is nested too deep")
        if self._path[-1] == "loc" and len(self._path) > 1 and self._path[-2] in ("url", "sitemap"):
            self._loc = []

    def _text(self, text: str) -> None:
        if self._loc is not None and len(self._loc) < 64:
            self._loc.append(text[:_LOC_LIMIT])

    def _end(self, _: str) -> None:
        name = self._path.pop()
        if name != "loc" or self._loc is None:
            return
        url, self._loc = "".join(self._loc).strip()[:_LOC_LIMIT], None
        listed = self._listed.pages if self._path[-1] == "url" else self._listed.sitemaps
        if url:
            listed.append(url)
        if len(listed) >= MOST_URLS:
            raise _Enough
