"""What a style sheet loads."""

from __future__ import annotations

import re

from scans.discover.urls import normalise
from scans.fetch.parse.decode import decode
from scans.snapshot import Response

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_URL = re.compile(
    r"""(?:@import\s+|url\(\s*)(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')"""
    r"""|url\(\s*((?:[^"'()\s\\]|\\[0-9a-f]{1,6}+\s?+|\\.)++)\s*\)""",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_NOT_LOADED = ("data:", "blob:", "about:", "#")
MOST_URLS = 5_000


def urls_in(css: str) -> list[str]:
    """The raw url() and @import values, in order, without data: URLs and references into the document."""
    found: list[str] = []
    for match in _URL.finditer(_COMMENT.sub(" ", css)):
        raw = _ESCAPE.sub(_unescaped, next((g for g in match.groups() if g is not None), "")).strip()
        if raw and not raw.lower().startswith(_NOT_LOADED):
            found.append(raw)
        if len(found) >= MOST_URLS:
            break
    return list(dict.fromkeys(found))


def css_assets(response: Response, page_url: str) -> list[str]:
    """The absolute URLs that a fetched style sheet loads; relative ones start at the sheet, not at `page_url`, which is
    what it is when the sheet is an inline one of that page."""
    base = response.final_url or page_url
    text = decode(response.body, response.headers.get("content-type", "")).text
    return list(dict.fromkeys(url for raw in urls_in(text) if (url := normalise(raw, base))))


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    point = int(match[1], 16)
    return chr(point) if 0 < point < 0x110000 and not 0xD800 <= point < 0xE000 else "\ufffd"
