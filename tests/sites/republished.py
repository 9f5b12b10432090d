"""Faults that carry what a publish changes in their names: asset ids, hashes of files and classes, ids of pages."""

from __future__ import annotations

import re

from tests.sites.base import SITE_ID
from tests.sites.plan import Family, Page

_CMS = ' data-wf-collection="64f0c2a9b41d6d559a77beef" data-wf-item-slug="{}" lang="en"><head>'


def _post(slug: str) -> Page:
    title = f"A letter about the {slug}"
    description = f"Studio North writes about this: {title.lower()}. Clay, heat and patience."
    return Page(f"/posts/{slug}", title, "<h1>Another head</h1>", edits=(
        (' lang="en"><head>', _CMS.format(slug)), (f'<meta content="{description}" name="description">', ""),
    ))  # fmt: skip


_PAGES = (
    _post("kiln"),
    _post("wheel"),
    Page("/posts-about/pictures", "Pictures with a number", f'<p class="row_a1b2c"><img src="/images/{SITE_ID}_lost.png" '
         f'width="200" height="100" alt="image of a bowl"></p><p><img class="photo_x7f3k2" src="/{SITE_ID}/{SITE_ID}_gone.webp" '
         'width="100" height="50" alt="A bowl by the window"></p><p style="color:#aaa" class="pale_q8w2e">Hard to read.</p>'),
    Page("/posts-about/files", "Files with a number", '<script src="/js/chunk.5f2c9a1b7.js"></script>'
         '<p id="w-node-64f0c2a9-b41d6d55" class="w-node-64f0c2a9-b41d6d55 box_b3c4d"><a href="#">Nowhere</a> <a href="/gone-page">Gone</a></p>',
         head='<link rel="stylesheet" href="/css/site.webflow.shared.5f2c9a1b7.css">'),
    Page("/posts-about/widths", "Boxes with a number", '<div class="wide_a9b8c" style="width:1800px;background:#eee">Wide.</div>'
         '<p class="ghost_d4e5f" style="opacity:0" data-w-id="64f0c2a9-b41d-6d55-9a77">It never comes, this line.</p>'),
)  # fmt: skip

FAMILY = Family("posts-about", "Numbers in names", _PAGES)

_TAG = re.compile(r"<([a-z][a-z0-9]*)((?:\s+[\w:-]+=\"[^\"<>]*\")+)(\s*/?)>")
_HASHES = {
    "64f0c2a9b41d6d559a77": "65a9d1e8c30f4b7788aa",
    "64f0c2a9-b41d": "65a9d1e8-c30f",
    "5f2c9a1b7": "9d8e7f6a5",
    "0a1b2c3d4e5f6": "f6e5d4c3b2a10",
    "row_a1b2c": "row_k9m8n",
    "photo_x7f3k2": "photo_p1q2r3",
    "pale_q8w2e": "pale_z4y5x",
    "box_b3c4d": "box_t6u7v",
    "wide_a9b8c": "wide_h2j3k",
    "ghost_d4e5f": "ghost_s5r6q",
}


def publish_again(text: str) -> str:
    """The same site with other hashes and ids, its attributes in another order and with other white space."""
    for old, new in _HASHES.items():
        text = text.replace(old, new)
    if "<html" in text:
        text = _TAG.sub(_turned, text).replace("\n", "\n\n  ")
    return text


def _turned(tag: re.Match[str]) -> str:
    attributes = re.findall(r"[\w:-]+=\"[^\"]*\"", tag[2])
    return f"<{tag[1]}  {'   '.join(reversed(attributes))}{tag[3]}>"
