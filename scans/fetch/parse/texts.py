"""What a page says: blocks of text, headings, the names of links, the main text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from scans.fetch.parse.elements import Elements
from scans.fetch.parse.tree import INLINE, Tree
from scans.snapshot import Heading, TextBlock

MAIN_TEXT_LIMIT = 100_000
BLOCK_LIMIT = 20_000
MOST_BLOCKS = 5_000
NAME_LIMIT = 512
_LEVELS = {f"h{n}": n for n in range(1, 7)}
_SILENT = frozenset({"script", "style", "template", "noscript"})


def text_blocks(tree: Tree, elements: Elements) -> tuple[TextBlock, ...]:
    """Each shown text belongs to its element, or to the outermost element that it is only an inline part of."""
    own = {tree.parents[i] for i, text in enumerate(tree.texts) if text and tree.shown[i] and not text.isspace()}
    blocks: dict[int, list[str]] = {}
    for i, text in enumerate(tree.texts):
        if text and tree.shown[i]:
            owner = _owner(tree, own, tree.parents[i])
            if owner in own:
                blocks.setdefault(owner, []).append(text)
    found = ((node, _collapsed("".join(pieces))[:BLOCK_LIMIT]) for node, pieces in islice(blocks.items(), MOST_BLOCKS))
    return tuple(TextBlock(elements.at(node), text, tree.landmarks[node]) for node, text in found if text)


def _owner(tree: Tree, own: set[int], node: int) -> int:
    owner = node
    while tree.tags[node] in INLINE and tree.parents[node] >= 0:
        node = tree.parents[node]
        if node in own:
            owner = node
    return owner


def invisible_blocks(tree: Tree, elements: Elements) -> tuple[TextBlock, ...]:
    """The outermost `.w-condition-invisible` elements with all the text they carry."""
    found: list[TextBlock] = []
    end = 0
    for i in tree.classed("w-condition-invisible"):
        if i >= end:
            end = tree.ends[i]
            found.append(TextBlock(elements.at(i), elements.text(i, BLOCK_LIMIT), tree.landmarks[i]))
    return tuple(found[:MOST_BLOCKS])


def headings(tree: Tree, elements: Elements) -> tuple[Heading, ...]:
    """Those that are shown; an empty one has the text ""."""
    return tuple(
        Heading(elements.at(i), _LEVELS[tree.tags[i]], elements.text(i))
        for i in tree.tagged(*_LEVELS)[:MOST_BLOCKS]
        if tree.shown[i]
    )


def link_name(tree: Tree, node: int) -> str:
    """aria-label, else text with the alts of images inside, else title."""
    attrs = tree.attrs[node]
    if label := _collapsed(attrs.get("aria-label", "")):
        return label[:NAME_LIMIT]
    return (_collapsed("".join(_spoken(tree, node))) or _collapsed(attrs.get("title", "")))[:NAME_LIMIT]


def _spoken(tree: Tree, node: int) -> Iterator[str]:
    i, size = node + 1, 0
    while i < tree.ends[node] and size < 4 * NAME_LIMIT:
        tag = tree.tags[i]
        if tag in _SILENT:
            i = tree.ends[i]
            continue
        piece = tree.texts[i] if not tag else f" {tree.attrs[i].get('alt', '')} " if tag == "img" else " "
        size += len(piece)
        yield piece if tag not in INLINE or tag == "img" else ""
        i += 1


def main_text(tree: Tree) -> str:
    """The shown text of <main>, else of <body>, without navigation, header and footer."""
    start = next((i for i, mark in enumerate(tree.landmarks) if mark == "main" and tree.shown[i]), 0)
    pieces: list[str] = []
    size, i = 0, start
    end = tree.ends[start] if tree.tags else 0
    while i < end and size < 2 * MAIN_TEXT_LIMIT:
        tag = tree.tags[i]
        if (not tree.shown[i] and tag != "html") or (tag and _is_frame(tree, i)):
            i = tree.ends[i]
            continue
        pieces.append((" " if tag == "br" or tag not in INLINE else "") if tag else tree.texts[i])
        size += len(tree.texts[i])
        i += 1
    return _collapsed("".join(pieces))[:MAIN_TEXT_LIMIT]


def _is_frame(tree: Tree, node: int) -> bool:
    """True for what frames the page's own content: the site's navigation, header and footer."""
    tag, attrs = tree.tags[node], tree.attrs[node]
    if tag in ("nav", "footer") or attrs.get("role") in ("navigation", "contentinfo", "banner"):
        return True
    if tag == "header":
        return not any(tree.tags[above] in ("main", "article", "section") for above in tree.ancestors(node))
    tokens = attrs.get("class", "")
    return bool(tokens) and tag in ("div", "section") and ("footer" in tokens.lower() or "w-nav" in tokens.split())


def _collapsed(text: str) -> str:
    return " ".join(text.split())
