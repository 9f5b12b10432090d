"""One node of the tree as an `Element`, named by the rules of `naming`. Names of ancestors are worked out once."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from scans.fetch.parse import naming
from scans.fetch.parse.tree import INLINE, Tree
from scans.snapshot import HTML_LIMIT, TEXT_LIMIT, Element

CHAIN = 40
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_ENDS = frozenset({"html", "body", "head"})
_SILENT = frozenset({"script", "style", "template", "noscript"})
_BLOCK_WORDS = {"w-slider": "Slider", "w-tabs": "Tabs", "w-lightbox": "Lightbox"}


class Elements:
    """Makes and remembers the elements of one page."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._made: dict[int, Element] = {}
        self._selectors: dict[int, str] = {}
        self._steps: dict[int, tuple[str, ...]] = {}
        self._carriers: dict[int, str] = {}
        self._sections: dict[int, str] = {}

    def at(self, node: int) -> Element:
        if node not in self._made:
            tree = self._tree
            self._made[node] = Element(
                selector=self.selector(node),
                html=self.html(node),
                tag=tree.tags[node],
                text=self.text(node),
                attrs=_short(tree.attrs[node]),
                component=self.component(node),
                path=naming.path(self._path_steps(node)),
            )
        return self._made[node]

    def selector(self, node: int) -> str:
        climbed: list[int] = []
        while node not in self._selectors:
            if anchor := self._anchor(node):
                self._selectors[node] = anchor
            else:
                climbed.append(node)
                node = self._tree.parents[node]
        selector = self._selectors[node]
        for below in reversed(climbed):
            steps = f"{selector} > {self._step(below)}".rsplit(" > ", CHAIN)
            selector = " > ".join(steps[-CHAIN:])
            self._selectors[below] = selector
        return selector

    def _anchor(self, node: int) -> str:
        tree, tag = self._tree, self._tree.tags[node]
        if tag in _ENDS or tree.parents[node] < 0:
            return tag
        identifier = tree.attrs[node].get("id", "")
        if identifier and tree.ids[identifier] == 1 and naming.is_stable_id(identifier):
            return f"#{identifier}"
        for name in naming.plain_kept(tree.class_of(node)):
            if len(tree.by_class[name]) == 1:
                return f"{tag}.{name}"
        return ""

    def _step(self, node: int) -> str:
        tree, tag = self._tree, self._tree.tags[node]
        alone = tree.siblings[tree.parents[node], tag] == 1
        return tag if alone else f"{tag}:nth-of-type({tree.positions[node]})"

    def _path_steps(self, node: int) -> tuple[str, ...]:
        climbed: list[int] = []
        while node >= 0 and node not in self._steps and self._tree.tags[node] not in _ENDS:
            climbed.append(node)
            node = self._tree.parents[node]
        steps = self._steps.get(node, ())
        for below in reversed(climbed):
            steps = (*steps, naming.step(self._tree.tags[below], self._tree.class_of(below)))[-naming.STEPS :]
            self._steps[below] = steps
        return steps

    def component(self, node: int) -> str:
        return self._nearest(node, self._carriers, self._carrier) or self._nearest(node, self._sections, self._section)

    def _nearest(self, node: int, known: dict[int, str], name: Callable[[int], str]) -> str:
        climbed: list[int] = []
        word = ""
        while node >= 0 and node not in known:
            climbed.append(node)
            if word := name(node):
                break
            node = self._tree.parents[node]
        word = word or known.get(node, "")
        known.update(dict.fromkeys(climbed, word))
        return word

    def _carrier(self, node: int) -> str:
        tree, tag, attrs = self._tree, self._tree.tags[node], self._tree.attrs[node]
        if tag in _ENDS or tag == "main":
            return ""
        tokens = attrs.get("class", "")
        names = tokens.split()
        if tag == "nav" or "w-nav" in names or attrs.get("role") == "navigation":
            return "Navigation"
        if tag == "footer" or "footer" in tokens.lower():
            return "Footer"
        if tag == "header":
            return "Header"
        if "w-dyn-list" in names:
            first = tree.first_child(node)
            return naming.labelled("Collection list", (tokens, "" if first is None else tree.class_of(first)))
        if tag == "form" or "w-form" in names:
            return self._form_name(node)
        return next((naming.labelled(word, (tokens,)) for name, word in _BLOCK_WORDS.items() if name in names), "")

    def _form_name(self, node: int) -> str:
        form = node if self._tree.tags[node] == "form" else next(self._tree.within(node, "form"), node)
        attrs = self._tree.attrs[form]
        name = attrs.get("data-name") or attrs.get("name") or attrs.get("id") or ""
        return f"Form “{name[:60]}”" if name else "Form"

    def _section(self, node: int) -> str:
        tree, tag = self._tree, self._tree.tags[node]
        parent = tree.parents[node]
        if tag in _ENDS or tag == "main" or parent < 0:
            return ""
        if tag != "section" and tree.tags[parent] not in ("main", "body"):
            return ""
        name = naming.custom_class(tree.class_of(node))
        return f"Section .{name}" if name else ""

    def text(self, node: int, limit: int = TEXT_LIMIT) -> str:
        """What the element says, as far as HTML shows it; of something hidden, all it holds."""
        return " ".join("".join(self._pieces(node, 4 * limit)).split())[:limit]

    def _pieces(self, node: int, enough: int) -> list[str]:
        tree, pieces, size = self._tree, [], 0
        hidden = not tree.shown[node]
        i, end = node, tree.ends[node]
        while i < end and size < enough:
            tag = tree.tags[i]
            if (tag in _SILENT and i != node) or not (hidden or tree.shown[i]):
                i = tree.ends[i]
                continue
            if tag:
                pieces.append(" " if tag == "br" or tag not in INLINE else "")
                size += 1  # thousands of elements in each other, all without text, must not be read from each anew
            else:
                pieces.append(tree.texts[i])
                size += len(tree.texts[i])
            i += 1
        return pieces

    def html(self, node: int) -> str:
        """The beginning of its outer HTML. Made from the lists: the serialiser would write a whole body first."""
        tree, pieces, size = self._tree, [], 0
        open_: list[int] = []
        i, end = node, tree.ends[node]
        while size < HTML_LIMIT:
            while open_ and tree.ends[open_[-1]] <= i:
                pieces.append(f"</{tree.tags[open_.pop()]}>")
                size += len(pieces[-1])
            if i >= end:
                break
            tag = tree.tags[i]
            raw = i > 0 and tree.tags[tree.parents[i]] in _SILENT
            pieces.append(_start_tag(tag, tree.attrs[i]) if tag else _text(tree.texts[i], raw))
            size += len(pieces[-1])
            if tag and tag not in _VOID:
                open_.append(i)
            i += 1
        return "".join(pieces)[:HTML_LIMIT]


def _start_tag(tag: str, attrs: dict[str, str]) -> str:
    written = "".join(f' {name}="{escape(value[:HTML_LIMIT])}"' for name, value in attrs.items())
    return f"<{tag}{written}>"


def _text(text: str, raw: bool) -> str:
    return text[:HTML_LIMIT] if raw else escape(text[:HTML_LIMIT], quote=False)


def _short(attrs: dict[str, str]) -> dict[str, str]:
    if all(len(value) <= TEXT_LIMIT for value in attrs.values()):
        return attrs
    return {name: value[:TEXT_LIMIT] for name, value in attrs.items()}
