"""Private keys in a page, each with the element that shows it. The key itself goes no further than this file."""

from __future__ import annotations

from scans.fetch.parse.elements import Elements
from scans.fetch.parse.tree import Tree
from scans.snapshot import Element, Secret, found, without_secrets


def secrets(tree: Tree, elements: Elements, html: str) -> tuple[Secret, ...]:
    """Also those in comments, which belong to no element."""
    return tuple(Secret(key.kind, key.masked, _element(tree, elements, key.raw)) for key in found(html))


def _element(tree: Tree, elements: Elements, raw: str) -> Element | None:
    for i, text in enumerate(tree.texts):
        if raw in text:
            return without_secrets(elements.at(tree.parents[i]))
    for i, attrs in enumerate(tree.attrs):
        if any(raw in value for value in attrs.values()):
            return without_secrets(elements.at(i))
    return None
