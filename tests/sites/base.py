"""The template of every page of the faulty site, and what it loads: nothing on it is wrong. Same input, same bytes."""

from __future__ import annotations

import io
import json
import random
from html import escape

from PIL import Image

from tests.sites import Answer
from tests.sites.plan import Family, Page

SITE_ID = "64f0c2a9b41d6d559a771c01"
PAGE_ID = "64f0c2a9b41d6d559a77{:04x}"
STYLES = "/css/studio-north.webflow.5f2c9a1b7.css"
RUNTIME = "/js/webflow.0a1b2c3d4e5f6.js"
LOGO = f"/images/{SITE_ID}_logo.svg"
SHARE = f"/images/{SITE_ID}_share.png"
ICON = "/images/favicon.png"
KEEP = {"Cache-Control": "public, max-age=31536000"}

SENTENCES = (
    "The kiln is fired twice a week, and everything that leaves it is checked by hand before it is wrapped.",
    "Our bowls are thrown on a slow wheel, so small marks of the fingers stay visible under the glaze.",
    "Visitors are welcome on Saturday morning, when the whole studio smells of wet clay and fresh coffee.",
    "A white glaze needs patience: three thin coats, two days of rest, and a long night in the heat.",
    "We buy our clay from a family business near the coast, and we reuse every scrap that falls from the table.",
    "Each plate carries the stamp of the person who made it, together with the month of its last firing.",
    "Teachers from the school next door bring their pupils, who shape a cup and paint it on the same day.",
    "Restaurants order sets of forty pieces, usually in a warm grey that makes simple food look generous.",
    "The workshop stands in an old bakery, and the brick oven in the yard still works after ninety years.",
    "Broken pieces are not thrown away: they become gravel for the garden or samples for new colours.",
    "In winter the days are short, so we keep the lamps above the wheels on until late in the evening.",
    "Prices follow the hours of work and the cost of heat, and we explain them to everybody who asks.",
    "The first cup a beginner makes is rarely round, but it is often the one that is used for years.",
    "We ship in boxes of wool and paper, and a broken plate is replaced without any further question.",
    "Twice a year the doors stay open all night, with music in the yard and bread from the old oven.",
    "Glaze tests hang on the wall in long rows, each with a number and a short note about the weather.",
    "Large vases dry for a month under cloth, because clay that dries too quickly will crack in the fire.",
    "The shop keeps a shelf of second choice pieces whose small faults nobody notices after a week.",
    "A repair with gold takes longer than a new cup, and still we are asked for it almost every day.",
    "Our apprentices spend the first month with only one shape, until their hands know it in the dark.",
    "Students pay half of the price, and tools, aprons and tea are part of every evening course.",
    "The colours come from iron, copper and ash, and no two firings have ever given the same blue.",
    "On Mondays the studio rests, the floor is washed and the buckets of clay are turned and covered.",
    "Letters from customers are kept in a tin on the window sill, next to the oldest teapot we own.",
)
CSS = """*{box-sizing:border-box}body{margin:0;font:16px/1.6 sans-serif;color:#1a1a1a;background:#fff}
header,main,footer{padding:16px 24px}header{background:#f2efe9}footer{background:#f2efe9}
main{max-width:760px}a{color:#0b4a8f;text-decoration:underline}.menu{list-style:none;margin:0;padding:0}
.menu-item{display:inline-block;margin:4px 12px 4px 0}.menu-link{display:inline-block;padding:8px 4px}
.entries{padding:0;list-style:none}.entry{padding:10px 0}img{max-width:100%;height:auto}
input,select,textarea,button{font:inherit;padding:8px;margin:4px}h1,h2,h3{line-height:1.25}
.w-condition-invisible{display:none}.wide-note{margin:24px 0}.note-link{display:inline-block;padding:8px 4px}"""


def html(page: Page, nav: str, number: int) -> str:
    """The finished HTML of one page, with the hosts still as tokens."""
    title, description = escape(page.title), escape(page.description or _description(page))
    text = f"""<!DOCTYPE html>
<html data-wf-domain="[main]" data-wf-page="{PAGE_ID.format(number)}" data-wf-site="{SITE_ID}" lang="en"><head>
<meta charset="utf-8"><title>{title}</title>
<meta content="{description}" name="description">
<meta content="{title}" property="og:title"><meta content="{description}" property="og:description">
<meta content="http://[main]{SHARE}" property="og:image"><meta content="summary_large_image" name="twitter:card">
<meta content="width=device-width, initial-scale=1" name="viewport"><meta content="Webflow" name="generator">
<link href="{STYLES}" rel="stylesheet" type="text/css"><link href="{ICON}" rel="icon" type="image/png">
<link href="http://[main]{page.path}" rel="canonical">
{page.head}</head><body>
<header class="site-header"><a class="note-link" href="/"><img src="{LOGO}" width="120" height="32" alt="Studio North, home"></a>
<nav aria-label="Main"><ul class="menu">{nav}</ul></nav></header>
<main class="page-main"><h1 class="page-title">{title}</h1>
{_words("lead", page, 0)}{page.body}{_words("more", page, 3)}
</main><footer class="site-footer"><p class="small-print">Studio North makes plates, bowls and cups in an old bakery.</p></footer>
<script src="{RUNTIME}"></script></body></html>"""
    for old, new in page.edits:
        assert old in text, f"{page.path}: {old!r} is not in the page"
        text = text.replace(old, new)
    return text


def _words(name: str, page: Page, at: int) -> str:
    said = " ".join(random.Random(page.path).sample(SENTENCES, 6)[at : at + 3])
    return f'<p class="{name}">{said}</p>\n' if page.words else ""


def _description(page: Page) -> str:
    return f"Studio North writes about this: {page.title.lower()}. Clay, heat and patience."


def hub(family: Family) -> Page:
    """The page of a family, from which its pages are linked."""
    entries = "".join(
        f'<li class="entry"><a class="note-link" href="{page.path}">{escape(page.title)}</a></li>'
        for page in family.pages
        if page.linked
    )
    return Page(f"/{family.name}", family.title, f'<ul class="entries">{entries}</ul>')


def nav(families: tuple[Family, ...]) -> str:
    return "".join(
        f'<li class="menu-item"><a class="menu-link" href="/{family.name}">{escape(family.title)}</a></li>'
        for family in families
    )


def files() -> dict[str, Answer]:
    """What every page loads."""
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><rect width="120" height="32"/></svg>'
    return {
        STYLES: Answer(CSS.encode(), content_type="text/css", headers=KEEP),
        RUNTIME: Answer(b"window.Webflow = [];", content_type="text/javascript", headers=KEEP),
        LOGO: Answer(drawing, content_type="image/svg+xml", headers=KEEP),
        SHARE: Answer(picture(1200, 630), content_type="image/png", headers=KEEP),
        ICON: Answer(picture(32, 32), content_type="image/png", headers=KEEP),
    }


def picture(width: int, height: int, kind: str = "PNG", *, noise: bool = False, colour: str = "#7a5c3e") -> bytes:
    """A plain picture of a few hundred bytes; with `noise` one that no compression makes small."""
    image = Image.new("RGB", (width, height), colour)
    if noise:
        image.frombytes(random.Random(width * height).randbytes(width * height * 3))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def as_json(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), content_type="application/json")


def script(code: str, **headers: str) -> Answer:
    return Answer(code.encode(), content_type="text/javascript", headers={**KEEP, **headers})


def style(code: str, **headers: str) -> Answer:
    return Answer(code.encode(), content_type="text/css", headers={**KEEP, **headers})
