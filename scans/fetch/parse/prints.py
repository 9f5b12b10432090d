"""Short names for sameness: what template a page is made from, whether its HTML or its text changed."""

from __future__ import annotations

import hashlib
import re

from scans.fetch.parse import naming
from scans.fetch.parse.tree import INLINE, UNSEEN, Tree
from scans.snapshot import Webflow

DEPTH = 6
# What servers write anew into every answer: without it two answers of an unchanged page are equal. (word to look
# for, cut)
_PASSING = tuple(
    (word, re.compile(pattern, re.IGNORECASE))
    for word, pattern in (
        (b"Last Published:", rb"<!--\s*Last Published:[^>]{0,100}-->"),
        (b"nonce=", rb"\bnonce=(?:\"[^\"]{0,200}\"|'[^']{0,200}')"),
        (b"csrf", rb"<(?:input|meta)[^<>]{0,200}name=[\"']?csrf[^<>]{0,400}>"),
        (b"authenticity_token", rb"<input[^<>]{0,200}authenticity_token[^<>]{0,400}>"),
        (b"__RequestVerificationToken", rb"<input[^<>]{0,200}__RequestVerificationToken[^<>]{0,400}>"),
        (b"__CF$cv$params", rb"__CF\$cv\$params=\{[^}]{0,1000}\}"),
        (b"email-protection#", rb"/cdn-cgi/l/email-protection#[0-9a-f]{1,400}"),
        (b"data-cfemail", rb"data-cfemail=\"[^\"]{0,400}\""),
    )
)
_OWN_CONTENT = frozenset({"w-richtext", "w-embed"})


def content_hash(body: bytes) -> str:
    for word, pattern in _PASSING:
        if word in body:
            body = pattern.sub(b"", body)
    return _short(body)


def text_hash(text: str) -> str:
    return _short(text.encode("utf-8", "replace")) if text else ""


def template(tree: Tree, webflow: Webflow) -> str:
    if webflow.page_id and (webflow.collection_id or webflow.item_slug):
        return f"wf:{webflow.page_id}"
    return f"dom:{skeleton_hash(tree)}"


def skeleton_hash(tree: Tree) -> str:
    """Tags and first classes of the upper levels. Equal neighbours count once: a list of nine is a list of three."""
    below: dict[int, list[str]] = {}
    for i in reversed(_skeleton(tree)):
        inside = "".join(reversed(below.pop(i, [])))
        name = ".".join((tree.tags[i], *naming.plain_kept(tree.class_of(i))[:1]))
        mark = f"<{name}{inside}>"
        mark = mark if len(mark) < 64 else _short(mark.encode())
        siblings = below.setdefault(tree.parents[i], [])
        if not siblings or siblings[-1] != mark:
            siblings.append(mark)
    return _short("".join(below.get(-1, [])).encode())[:16]


def _skeleton(tree: Tree) -> list[int]:
    """The nodes that make the skeleton: what an editor writes into rich text or what is only a piece of text is
    none."""
    found: list[int] = []
    depths = {-1: -1}
    i = 0
    while i < len(tree.tags):
        tag = tree.tags[i]
        depth = depths[tree.parents[i]] + 1
        if not tag or tag in INLINE or tag == "br" or (tag in UNSEEN and tag != "html") or depth > DEPTH + 1:
            i = tree.ends[i]
            continue
        found.append(i)
        depths[i] = depth
        i = tree.ends[i] if _OWN_CONTENT.intersection(tree.class_of(i).split()) else i + 1
    return found


def _short(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
