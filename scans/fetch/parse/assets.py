"""What a page loads, by the attributes and inline styles that name it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.discover.urls import normalise
from scans.fetch.parse.css import urls_in
from scans.fetch.parse.elements import Elements
from scans.fetch.parse.tree import Tree
from scans.snapshot import Asset, AssetKind, Image

_NOT_LOADED = ("data:", "blob:", "about:", "javascript:", "#")
_SOURCES = {
    "img": AssetKind.IMAGE,
    "script": AssetKind.SCRIPT,
    "iframe": AssetKind.FRAME,
    "frame": AssetKind.FRAME,
    "video": AssetKind.MEDIA,
    "audio": AssetKind.MEDIA,
    "track": AssetKind.MEDIA,
    "embed": AssetKind.OTHER,
}
_PRELOADS = {
    "image": AssetKind.IMAGE,
    "script": AssetKind.SCRIPT,
    "style": AssetKind.STYLE,
    "font": AssetKind.FONT,
    "video": AssetKind.MEDIA,
    "audio": AssetKind.MEDIA,
}
_ICONS = frozenset({"icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"})
_FONTS = re.compile(r"\.(?:woff2?|ttf|otf|eot)(?:[?#]|$)", re.IGNORECASE)
_SHEET = re.compile(r"\.css(?:[?#]|$)", re.IGNORECASE)
_DESCRIPTOR_END = re.compile(r"[^,(]*(?:\([^)]*\)[^,(]*)*")

MOST_ELEMENTS = 10_000

Named = tuple[AssetKind, str, str]  # kind, raw value, attribute


def assets(tree: Tree, elements: Elements, base: str) -> tuple[Asset, ...]:
    found: list[Asset] = []
    for i in _loading(tree)[:MOST_ELEMENTS]:
        for kind, raw, attr in _named(tree, i):
            if raw and not raw.lower().startswith(_NOT_LOADED):
                found.append(Asset(elements.at(i), kind, raw, normalise(raw, base), attr))
    return tuple(found)


def _loading(tree: Tree) -> list[int]:
    styled = {i for i, attrs in enumerate(tree.attrs) if "style" in attrs and "url(" in attrs["style"]}
    return sorted(styled.union(tree.tagged("style", "link", "source", *_SOURCES, *_RARE)))


def images(tree: Tree, elements: Elements, base: str) -> tuple[Image, ...]:
    return tuple(
        Image(
            element=elements.at(i),
            url=normalise(attrs["src"].strip(), base) if attrs.get("src", "").strip() else None,
            raw=attrs.get("src", ""),
            alt=attrs.get("alt"),
            srcset=tuple(url for raw in candidates(attrs.get("srcset", "")) if (url := normalise(raw, base))),
        )
        for i in tree.tagged("img")[:MOST_ELEMENTS]
        for attrs in (tree.attrs[i],)
    )


def _named(tree: Tree, node: int) -> Iterator[Named]:
    tag, attrs = tree.tags[node], tree.attrs[node]
    if tag == "style":
        yield from ((_kind_of(raw), raw, "style") for raw in urls_in(tree.raw_text(node)))
    if not attrs:
        return
    if kind := _SOURCES.get(tag):
        yield kind, attrs.get("src", "").strip(), "src"
    elif tag == "link":
        yield from _linked(attrs)
    elif tag in _RARE:
        yield from _rare(tree, node, tag, attrs)
    if tag in ("img", "source"):
        yield from ((AssetKind.IMAGE, raw, "srcset") for raw in candidates(attrs.get("srcset", "")))
    if "poster" in attrs and tag == "video":
        yield AssetKind.IMAGE, attrs["poster"].strip(), "poster"
    if "url(" in attrs.get("style", ""):
        yield from ((_kind_of(raw), raw, "style") for raw in urls_in(attrs["style"]))


_RARE = frozenset({"source", "object", "input", "image", "use", "feimage"})


def _rare(tree: Tree, node: int, tag: str, attrs: dict[str, str]) -> Iterator[Named]:
    if tag == "source":
        parent = tree.tags[tree.parents[node]]
        yield AssetKind.IMAGE if parent == "picture" else AssetKind.MEDIA, attrs.get("src", "").strip(), "src"
    elif tag == "object":
        yield AssetKind.OTHER, attrs.get("data", "").strip(), "data"
    elif tag == "input" and attrs.get("type", "").lower() == "image":
        yield AssetKind.IMAGE, attrs.get("src", "").strip(), "src"
    elif tag != "input":
        yield AssetKind.IMAGE, (attrs.get("href") or attrs.get("xlink:href", "")).strip(), "href"


def _linked(attrs: dict[str, str]) -> Iterator[Named]:
    rel = set(attrs.get("rel", "").lower().split())
    href = attrs.get("href", "").strip()
    if "stylesheet" in rel:
        yield AssetKind.STYLE, href, "href"
    elif rel & _ICONS:
        yield AssetKind.ICON, href, "href"
    elif "modulepreload" in rel:
        yield AssetKind.SCRIPT, href, "href"
    elif "preload" in rel:
        yield _PRELOADS.get(attrs.get("as", "").lower(), AssetKind.OTHER), href, "href"
        yield from ((AssetKind.IMAGE, raw, "imagesrcset") for raw in candidates(attrs.get("imagesrcset", "")))
    elif "manifest" in rel:
        yield AssetKind.OTHER, href, "href"


def _kind_of(raw: str) -> AssetKind:
    if _FONTS.search(raw):
        return AssetKind.FONT
    return AssetKind.STYLE if _SHEET.search(raw) else AssetKind.IMAGE


def candidates(srcset: str) -> list[str]:
    """The URLs of a srcset, by the HTML standard: a URL may hold commas, only one at its end separates."""
    found: list[str] = []
    rest = srcset
    while rest := rest.lstrip(" \t\n\f\r,"):
        url, *after = rest.split(None, 1)
        rest = after[0] if after else ""
        found.append(url.rstrip(","))
        if not url.endswith(","):
            descriptor = _DESCRIPTOR_END.match(rest)
            rest = rest[descriptor.end() :] if descriptor else ""
            rest = rest[1:] if rest.startswith("(") else rest
    return found
