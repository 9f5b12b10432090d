"""Bytes to text as browsers do it: byte-order mark, header, `<meta>` in the first 1,024 bytes, else a guess. Never
fails."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_HEADER = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,512}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.+-]+)", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
_KNOWN = re.compile(r"utf-8|cp\d+|iso8859-\d+|koi8-[ru]|gb18030|big5(hkscs)?|euc_jp|iso2022_jp|mac-(roman|cyrillic)")
META_WITHIN = 1024


@dataclass(frozen=True, slots=True)
class Text:
    """`charset` is the encoding used, `declared` says whether header, meta or byte-order mark named one."""

    text: str
    charset: str
    declared: bool


def decode(body: bytes, content_type: str = "") -> Text:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return Text(_clean(body[len(mark) :].decode(name, "replace")), name, True)
    header = _HEADER.search(content_type)
    meta = _META.search(body[:META_WITHIN])
    declared = header is not None or meta is not None
    for label in (header and header[1], meta and meta[1].decode("ascii")):
        if label and (name := _codec(label)):
            return Text(_clean(body.decode(name, "replace")), name, declared)
    return _guessed(body, declared)


def _guessed(body: bytes, declared: bool) -> Text:
    try:
        return Text(_clean(body.decode("utf-8")), "utf-8", declared)
    except UnicodeDecodeError:
        return Text(_clean(body.decode("cp1252", "replace")), "cp1252", declared)


def _codec(label: str) -> str:
    """Python's name for a label that the web uses, "" for all others (Python has codecs that must not be reachable)."""
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return ""
    name = "utf-8" if name.startswith("utf-16") else _WIDER.get(name, name)
    return name if _KNOWN.fullmatch(name) else ""


def _clean(text: str) -> str:
    """Browsers drop NUL in text, and no database keeps it."""
    return text.replace("\0", "")
