"""The page as flat lists: node 0 is <html>, parents come before children, a subtree is one range.

Walking a parser's objects again and again is what makes HTML slow in Python; here each node is touched once, and
selectors, texts and shortened HTML are then made from lists. No step of it recurses, so depth costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scans.fetch.parse.selectors import matches

TEXT = ""  # the tag of a text node
MOST_NODES = 60_000
UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "title", "datalist", "iframe", "object"})
_LANDMARKS = {
    "header": "header",
    "nav": "nav",
    "main": "main",
    "footer": "footer",
    "aside": "aside",
    "banner": "header",
    "navigation": "nav",
    "contentinfo": "footer",
    "complementary": "aside",
}
INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span "  # noqa: SIM905
    "strike strong sub sup time tt u var wbr img".split()
)
_NO_ATTRIBUTES: dict[str, str] = {}


@dataclass(slots=True)
class Tree:
    """Per node: `tags`, `attrs`, `texts` (of text nodes; with a space in front where a block ends), `parents`, `ends`
    (first index after the subtree), `positions` (nth of its tag among its siblings), `shown` (not hidden by HTML
    itself), `landmarks`. Per page: how many children of a tag a node has, the nodes of each tag and class, the uses of
    each id, what each selector that was asked for matches (None: beyond the last node that was read)."""

    tags: list[str] = field(default_factory=list)
    attrs: list[dict[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    landmarks: list[str] = field(default_factory=list)
    siblings: dict[tuple[int, str], int] = field(default_factory=dict)
    by_tag: dict[str, list[int]] = field(default_factory=dict)
    ids: Counter[str] = field(default_factory=Counter)
    by_class: dict[str, list[int]] = field(default_factory=dict)
    selected: dict[str, list[int | None]] = field(default_factory=dict)

    def tagged(self, *tags: str) -> list[int]:
        """The nodes of these tags, in document order."""
        found = [self.by_tag.get(tag, []) for tag in tags]
        return found[0] if len(found) == 1 else sorted(node for nodes in found for node in nodes)

    def classed(self, name: str) -> list[int]:
        return self.by_class.get(name, [])

    def within(self, node: int, *tags: str) -> Iterator[int]:
        """Descendants of these tags, in document order."""
        return (i for i in range(node + 1, self.ends[node]) if self.tags[i] in tags)

    def first_child(self, node: int) -> int | None:
        """The first child element."""
        i = node + 1
        while i < self.ends[node] and not self.tags[i]:
            i += 1
        return i if i < self.ends[node] else None

    def ancestors(self, node: int) -> Iterator[int]:
        """From the parent up to <html>."""
        while (node := self.parents[node]) >= 0:
            yield node

    def raw_text(self, node: int) -> str:
        return "".join(self.texts[node : self.ends[node]])

    def class_of(self, node: int) -> str:
        return self.attrs[node].get("class", "")

    def add(self, parent: int, tag: str, attrs: dict[str, str], text: str) -> int:
        """A new last node. Its subtree ends right after it until its descendants are there."""
        index = len(self.tags)
        self.tags.append(tag)
        self.attrs.append(attrs)
        self.texts.append(text)
        self.parents.append(parent)
        self.ends.append(index + 1)
        return index


def build(html: str, selectors: Iterable[str] = ()) -> Tree:
    parser = LexborHTMLParser(html, scripting=True)
    tree = Tree()
    root = parser.root
    if root is None:
        return tree
    found = {selector: matches(parser, selector) for selector in selectors}
    places = _fill(tree, root)
    tree.selected = {selector: [places.get(node) for node in nodes] for selector, nodes in found.items()}
    return tree


def _fill(tree: Tree, root: LexborNode) -> dict[int, int]:
    """The nodes from `root` on; returns where each element of the parser's stands, by its identity."""
    places: dict[int, int] = {}
    open_: list[int] = []
    identities: list[int] = []
    beside = ""  # the tag that a text follows or begins
    closed = False
    for node in root.traverse(include_text=True):
        tag = node.tag or ""
        if tag[:1] in "-!" and tag != "-text":  # comments and the like
            continue
        above = node.parent
        identity = above.mem_id if above is not None else 0
        while identities and identities[-1] != identity:
            identities.pop()
            beside, closed = tree.tags[open_[-1]], True
            tree.ends[open_.pop()] = len(tree.tags)
        parent = open_[-1] if open_ else -1
        if tag == "-text":
            text = node.text_content or ""
            if beside in INLINE or not text.isspace():  # white space beside a block is only the author's indentation
                _add_text(tree, parent, f" {text}" if closed and beside not in INLINE else text)
                beside = "span"
            continue
        beside, closed = tag, False
        identities.append(node.mem_id)
        open_.append(_add_element(tree, parent, tag, node.attributes))
        places[node.mem_id] = open_[-1]
        if len(tree.tags) >= MOST_NODES:
            break
    for index in open_:
        tree.ends[index] = len(tree.tags)
    return places


def _add_text(tree: Tree, parent: int, text: str) -> None:
    tree.add(parent, TEXT, _NO_ATTRIBUTES, text)
    tree.positions.append(0)
    tree.shown.append(parent >= 0 and tree.shown[parent])
    tree.landmarks.append(tree.landmarks[parent] if parent >= 0 else "")


def _add_element(tree: Tree, parent: int, tag: str, raw: Mapping[str, str | None]) -> int:
    attrs = {name: value or "" for name, value in raw.items()} if raw else _NO_ATTRIBUTES
    index = tree.add(parent, tag, attrs, "")
    key = (parent, tag)
    position = tree.siblings[key] = tree.siblings.get(key, 0) + 1
    tree.positions.append(position)
    tree.shown.append((parent < 0 or tree.shown[parent]) and not _is_hidden(tag, attrs))
    landmark = _LANDMARKS.get(attrs.get("role", tag))
    tree.landmarks.append(landmark or (tree.landmarks[parent] if parent >= 0 else ""))
    tree.by_tag.setdefault(tag, []).append(index)
    if identifier := attrs.get("id"):
        tree.ids[identifier] += 1
    if attribute := attrs.get("class"):
        for name in dict.fromkeys(attribute.split()):
            tree.by_class.setdefault(name, []).append(index)
    return index


def _is_hidden(tag: str, attrs: dict[str, str]) -> bool:
    if tag in UNSEEN or not attrs:
        return tag in UNSEEN
    if "hidden" in attrs or "w-condition-invisible" in attrs.get("class", ""):
        return True
    style = attrs.get("style", "")
    return "none" in style and "display:none" in style.replace(" ", "").lower()
