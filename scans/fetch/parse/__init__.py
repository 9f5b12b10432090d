"""HTML to facts: a `Response` goes in, `PageFacts` come out. No I/O, no exception, whatever the bytes are.

The steps, in the order of the files: `decode` (bytes to text), `bounds` (cut what would explode), `tree` (Lexbor's
tree as flat lists), `selectors` (what customers ask for in it), `elements` and `naming` (how an element is called),
then what is read from it: `head`, `texts`, `assets`, `forms`, `secrets`, and `prints` (hashes that say whether two
pages or two answers are the same).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scans.discover.urls import normalise
from scans.fetch.parse import assets, forms, head, prints, secrets, texts
from scans.fetch.parse.bounds import bounded
from scans.fetch.parse.css import css_assets
from scans.fetch.parse.decode import decode
from scans.fetch.parse.elements import Elements
from scans.fetch.parse.tree import Tree, build
from scans.snapshot import Element, Link, PageFacts, Response, Selected

__all__ = ["css_assets", "is_html", "parse"]

RAW_LIMIT = 2_048
MOST_LINKS = 10_000
MOST_MARKED = 5_000
MOST_SELECTED = 20
_HTML = frozenset({"text/html", "application/xhtml+xml"})


def is_html(response: Response) -> bool:
    """By its content type; without one, by its first character that is none of white space."""
    if response.content_type:
        return response.content_type in _HTML
    return response.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def parse(response: Response, url: str, selectors: Iterable[str] = ()) -> PageFacts:
    """The facts of the page `url`, with what each of `selectors` matches. Relative URLs start at the final URL, or at
    its `<base href>`. What is no HTML has no facts but its answer."""
    if not response.body or not is_html(response):
        return PageFacts(response=response, url=url, html_bytes=len(response.body))
    decoded = decode(response.body, response.headers.get("content-type", ""))
    tree = build(bounded(decoded.text), selectors)
    elements = Elements(tree)
    base = _base(tree, response.final_url or url)
    metas = head.metas(tree)
    webflow = head.webflow(tree, decoded.text, metas)
    main_text = texts.main_text(tree)
    return PageFacts(
        response=response,
        url=url,
        title=head.title(tree),
        doctype=head.has_standards_doctype(decoded.text),
        charset=decoded.charset,
        charset_declared=decoded.declared,
        lang=_lang(tree),
        metas=metas,
        relations=head.relations(tree, base),
        headings=texts.headings(tree, elements),
        links=tuple(_links(tree, elements, base)),
        assets=assets.assets(tree, elements, base),
        images=assets.images(tree, elements, base),
        forms=forms.forms(tree, elements, base),
        secrets=secrets.secrets(tree, elements, decoded.text),
        texts=texts.text_blocks(tree, elements),
        main_text=main_text,
        ids=_ids(tree),
        json_ld=head.json_ld(tree),
        empty_lists=_marked(tree, elements, "w-dyn-empty"),
        unbound=_marked(tree, elements, "w-dyn-bind-empty"),
        invisible=texts.invisible_blocks(tree, elements),
        class_counts={name: len(nodes) for name, nodes in tree.by_class.items()},
        webflow=webflow,
        template=prints.template(tree, webflow),
        content_hash=prints.content_hash(response.body),
        text_hash=prints.text_hash(main_text),
        html_bytes=len(response.body),
        selected={selector: _selected(tree, elements, selector) for selector in tree.selected},
    )


def _selected(tree: Tree, elements: Elements, selector: str) -> Selected:
    nodes = tree.selected[selector]
    return Selected(len(nodes), tuple(elements.at(i) for i in nodes[:MOST_SELECTED] if i is not None))


def _base(tree: Tree, page_url: str) -> str:
    """The first <base href> counts, and only when it is one that browsers take."""
    raw = next((tree.attrs[i]["href"] for i in tree.tagged("base") if "href" in tree.attrs[i]), "")
    return normalise(raw.strip(), page_url) or page_url


def _lang(tree: Tree) -> str:
    attrs = tree.attrs[0] if tree.attrs else {}
    return (attrs.get("lang") or attrs.get("xml:lang") or "").strip()[:64]


def _links(tree: Tree, elements: Elements, base: str) -> Iterator[Link]:
    for i in tree.tagged("a", "area")[:MOST_LINKS]:
        href = tree.attrs[i].get("href", tree.attrs[i].get("xlink:href"))
        url = None if href is None else normalise(href, base, with_fragment=True)
        yield Link(elements.at(i), None if href is None else href[:RAW_LIMIT], url, texts.link_name(tree, i))


def _ids(tree: Tree) -> frozenset[str]:
    """What a fragment can point at."""
    anchors = (tree.attrs[i].get("name") for i in tree.tagged("a"))
    return frozenset(tree.ids) | frozenset(name for name in anchors if name)


def _marked(tree: Tree, elements: Elements, name: str) -> tuple[Element, ...]:
    """Elements of that class that HTML does not hide."""
    return tuple(elements.at(i) for i in tree.classed(name)[:MOST_MARKED] if tree.shown[i])
