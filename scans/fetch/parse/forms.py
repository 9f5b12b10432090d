"""Forms: their fields with the names people read, where they send to, and the messages of their Webflow block."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from itertools import islice

from scans.discover.urls import normalise
from scans.fetch.parse.elements import Elements
from scans.fetch.parse.tree import Tree
from scans.snapshot import TEXT_LIMIT, Element, Field, Form

ACTION_LIMIT = 2_048
MOST_FORMS = 500
MOST_FIELDS = 500
MOST_CONTROLS = 50
MOST_OPTIONS = 5
_FIELDS = frozenset({"input", "select", "textarea", "button"})
_LABEL_ABOVE = 12  # ancestors in which a <label> is looked for


def forms(tree: Tree, elements: Elements, base: str) -> tuple[Form, ...]:
    nodes = tree.tagged("form")[:MOST_FORMS]
    if not nodes:
        return ()
    inside = _inside(tree, nodes)
    names = _Names(tree, elements)
    blocks = frozenset(tree.classed("w-form"))
    return tuple(_form(tree, elements, base, node, inside[node], names, blocks) for node in nodes)


def _form(
    tree: Tree, elements: Elements, base: str, node: int, inside: list[int], names: _Names, blocks: frozenset[int]
) -> Form:
    attrs = tree.attrs[node]
    action = attrs.get("action")
    block = next((above for above in tree.ancestors(node) if above in blocks), None)
    fields = islice((i for i in inside if tree.tags[i] in _FIELDS), MOST_FIELDS)
    return Form(
        element=elements.at(node),
        method=attrs.get("method", "get").strip().lower() or "get",
        action=None if action is None else action[:ACTION_LIMIT],
        url=None if action is None else normalise(action, base),
        in_webflow_block=block is not None,
        fields=tuple(Field(elements.at(i), names.label(i), _options(tree, elements, i), tree.shown[i]) for i in fields),
        controls=tuple(elements.at(i) for i in inside if tree.tags[i] not in _FIELDS)[:MOST_CONTROLS],
        done=_message(tree, elements, block, "w-form-done"),
        fail=_message(tree, elements, block, "w-form-fail"),
    )


def _inside(tree: Tree, forms: list[int]) -> dict[int, list[int]]:
    """Fields and possible buttons of each form: of the innermost one around them, or of the one they name."""
    owned: dict[int, list[int]] = {form: [] for form in forms}
    by_id = {tree.attrs[form]["id"]: form for form in reversed(forms) if "id" in tree.attrs[form]}
    open_: list[int] = []
    for i in _nodes(tree, forms, by_id):
        while open_ and tree.ends[open_[-1]] <= i:
            open_.pop()
        if i in owned:
            open_.append(i)
            continue
        owner = tree.attrs[i].get("form") if tree.tags[i] in _FIELDS else None
        form = (open_[-1] if open_ else None) if owner is None else by_id.get(owner)
        if form is not None:
            owned[form].append(i)
    return owned


def _nodes(tree: Tree, forms: list[int], by_id: dict[str, int]) -> Iterable[int]:
    """In document order: the forms, what stands in them and may belong to them, and fields elsewhere that name one."""
    found = set(forms)
    end = 0
    for form in forms:
        for i in range(max(form, end), tree.ends[form]):
            tag = tree.tags[i]
            if tag in _FIELDS or tag == "a" or (tag and tree.attrs[i].get("role") == "button"):
                found.add(i)
        end = max(end, tree.ends[form])
    if by_id:
        found.update(i for i in tree.tagged(*_FIELDS) if tree.attrs[i].get("form") in by_id)
    return sorted(found)


def _message(tree: Tree, elements: Elements, block: int | None, name: str) -> Element | None:
    if block is None:
        return None
    marked = tree.classed(name)
    at = bisect(marked, block)
    return elements.at(marked[at]) if at < len(marked) and marked[at] < tree.ends[block] else None


def _options(tree: Tree, elements: Elements, node: int) -> tuple[str, ...]:
    if tree.tags[node] != "select":
        return ()
    return tuple(elements.text(option) for option in islice(tree.within(node, "option"), MOST_OPTIONS))


class _Names:
    """What the fields of one page are called."""

    def __init__(self, tree: Tree, elements: Elements) -> None:
        self._tree = tree
        self._elements = elements
        self._texts: dict[int, str] = {}  # one label may stand around ten thousand fields
        self._by_for: dict[str, int] = {}
        for i in tree.tagged("label"):
            self._by_for.setdefault(tree.attrs[i].get("for", ""), i)
        wanted = {
            identifier
            for i in tree.tagged(*_FIELDS)
            for identifier in tree.attrs[i].get("aria-labelledby", "").split()[:MOST_OPTIONS]
        }
        self._by_id = {attrs["id"]: i for i, attrs in enumerate(tree.attrs) if attrs.get("id") in wanted and wanted}

    def label(self, node: int) -> str:
        attrs = self._tree.attrs[node]
        labels = [self._labelling(node)] if self._tree.tags[node] != "button" else []
        said = self._said(label for label in labels if label is not None)
        named = self._said(self._by_id.get(word) for word in attrs.get("aria-labelledby", "").split()[:MOST_OPTIONS])
        return (said or named or " ".join(attrs.get("aria-label", "").split()))[:TEXT_LIMIT]

    def _labelling(self, node: int) -> int | None:
        identifier = self._tree.attrs[node].get("id")
        if identifier and identifier in self._by_for:
            return self._by_for[identifier]
        above = islice(self._tree.ancestors(node), _LABEL_ABOVE)
        return next((i for i in above if self._tree.tags[i] == "label"), None)

    def _said(self, nodes: Iterable[int | None]) -> str:
        return " ".join(text for i in nodes if i is not None and (text := self._text(i)))

    def _text(self, node: int) -> str:
        if node not in self._texts:
            self._texts[node] = self._elements.text(node)
        return self._texts[node]
