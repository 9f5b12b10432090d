"""What a page says about itself: title, metas, links of its head, structured data, Webflow's marks, doctype."""

from __future__ import annotations

import re

from scans.discover.urls import normalise
from scans.fetch.parse.tree import Tree
from scans.snapshot import TEXT_LIMIT, Meta, Relation, Webflow

CONTENT_LIMIT = 2_048
JSON_LIMIT = 200_000
MOST = 1_000
_DOCTYPE = re.compile(r"\s*(?:<!--.*?-->\s*|<\?[^>]*>\s*)*<!doctype\s+html\b([^>]*)>", re.IGNORECASE | re.DOTALL)
_QUIRKS = re.compile(
    r"-//w3c//dtd html (?:3|4\.0 (?:frameset|transitional))|-//w3o//|-//ietf//|-//netscape|-//microsoft|-//softquad"
    r"|-//w3c//dtd html 4\.01 (?:frameset|transitional)//[a-z]*[\"']\s*$",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(r"<!--\s*Last Published:\s*([^>]{1,100}?)\s*-->")
_SVG = frozenset({"svg", "g", "symbol", "defs", "a", "path"})
_START = 4_096


def title(tree: Tree) -> str:
    for i in tree.tagged("title"):
        if tree.tags[tree.parents[i]] not in _SVG:
            return " ".join(tree.raw_text(i).split())[:TEXT_LIMIT]
    return ""


def has_standards_doctype(html: str) -> bool:
    """False in quirks mode: no doctype, or one that browsers take for an old page."""
    found = _DOCTYPE.match(html[:_START])
    return found is not None and not _QUIRKS.search(found[1])


def metas(tree: Tree) -> tuple[Meta, ...]:
    found: list[Meta] = []
    for i in tree.tagged("meta"):
        attrs = tree.attrs[i]
        name = attrs.get("name") or attrs.get("property") or attrs.get("http-equiv") or attrs.get("itemprop")
        if name:
            found.append(Meta(name.strip().lower()[:TEXT_LIMIT], attrs.get("content", "").strip()[:CONTENT_LIMIT]))
        elif "charset" in attrs:
            found.append(Meta("charset", attrs["charset"].strip()[:TEXT_LIMIT]))
    return tuple(found[:MOST])


def relations(tree: Tree, base: str) -> tuple[Relation, ...]:
    found: list[Relation] = []
    for i in tree.tagged("link"):
        attrs = tree.attrs[i]
        raw = attrs.get("href", "").strip()
        found.append(
            Relation(
                rel=tuple(attrs.get("rel", "").lower().split()),
                raw=raw[:CONTENT_LIMIT],
                url=normalise(raw, base) if raw else None,
                hreflang=attrs.get("hreflang", "").strip()[:TEXT_LIMIT],
                sizes=attrs.get("sizes", "").strip()[:TEXT_LIMIT],
            )
        )
    return tuple(found[:MOST])


def json_ld(tree: Tree) -> tuple[str, ...]:
    found = (
        tree.raw_text(i)[:JSON_LIMIT]
        for i in tree.tagged("script")
        if tree.attrs[i].get("type", "").strip().lower() == "application/ld+json"
    )
    return tuple(found)[:100]


def webflow(tree: Tree, html: str, metas: tuple[Meta, ...]) -> Webflow:
    attrs = tree.attrs[0] if tree.attrs else {}
    published = _PUBLISHED.search(html[:_START])
    return Webflow(
        page_id=attrs.get("data-wf-page", "")[:TEXT_LIMIT],
        site_id=attrs.get("data-wf-site", "")[:TEXT_LIMIT],
        domain=attrs.get("data-wf-domain", "")[:TEXT_LIMIT],
        collection_id=attrs.get("data-wf-collection", "")[:TEXT_LIMIT],
        item_slug=attrs.get("data-wf-item-slug", "")[:TEXT_LIMIT],
        status=attrs.get("data-wf-status", "")[:TEXT_LIMIT],
        generator=any(m.name == "generator" and "webflow" in m.content.lower() for m in metas),
        published=published[1] if published else "",
    )
