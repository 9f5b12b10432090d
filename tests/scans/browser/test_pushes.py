"""Pictures that move the page when they arrive: what is said does not depend on whether they won the race this time."""

from __future__ import annotations

import pytest
from aiohttp import web

from scans.snapshot import Visit
from tests.scans.browser.conftest import LocalSite, Visits

STYLE = "<style>body, p{margin:0} img{display:block}</style>"
HEAD = f"<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'>{STYLE}"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><rect width="600" height="300"/></svg>'
BELOW = "<p>What stands below.</p>"


async def drawing(_: web.Request) -> web.Response:
    return web.Response(text=SVG, content_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


def seen(site: LocalSite, visits: Visits, body: str) -> Visit:
    site.add("/drawing.svg", drawing)
    return visits(site.add("/pushes", f"{HEAD}<body>{body}"), axe=False, viewports=())


@pytest.mark.parametrize("attribute", ["", 'loading="lazy"'])
def test_each_visit_says_the_same(site: LocalSite, visits: Visits, attribute: str) -> None:
    page = f'<img src="/drawing.svg" alt="" {attribute}>{BELOW}<div style="height:3000px"></div>'
    looks = [seen(site, visits, page) for _ in range(3)]
    assert [[round(image.pushes) for image in look.images] for look in looks] == [[300]] * 3
    assert {look.vitals.cls for look in looks} == {looks[0].vitals.cls}
    assert (looks[0].vitals.cls or 0) > 0.003
    assert [element.selector for element in looks[0].vitals.shifted] == ["body > p"]


@pytest.mark.parametrize(
    "body",
    [
        f'<img src="/drawing.svg" alt="" width="600" height="300">{BELOW}',
        f'<img src="/drawing.svg" alt="" style="aspect-ratio: 2 / 1; width: 400px">{BELOW}',
        f'<img src="/drawing.svg" alt="" style="height: 200px">{BELOW}',
        f'<img src="/drawing.svg" alt="" style="position: absolute">{BELOW}',
        f'<div style="height: 320px"><img src="/drawing.svg" alt=""></div>{BELOW}',
        f'<div style="height: 1200px"></div><img src="/drawing.svg" alt="">{BELOW}',
        '<img src="/drawing.svg" alt="">',
        f'<img src="/drawing.svg" alt="" style="display: none">{BELOW}',
    ],
    ids=["attributes", "ratio", "height", "out of the flow", "room", "further down", "nothing below", "hidden"],
)
def test_a_picture_that_keeps_its_place_free_pushes_nothing(site: LocalSite, visits: Visits, body: str) -> None:
    visit = seen(site, visits, body)
    assert [image.pushes for image in visit.images] == [0]
    assert (visit.vitals.cls, visit.vitals.shifted) == (0, ())


def test_the_page_notices_nothing(site: LocalSite, visits: Visits) -> None:
    watch = """<script>
      const seen = [], note = (name) => () => { seen.push(name); document.title = seen.join(); };
      addEventListener("load", () => setTimeout(() => {
        const all = { subtree: true, attributes: true, childList: true };
        new MutationObserver(note("changed")).observe(document.body, all);
        let begins = true;
        const resized = () => { if (!begins) note("resized")(); begins = false; };
        new ResizeObserver(resized).observe(document.querySelector("img"));
      }));
    </script>"""
    visit = seen(site, visits, f'<img src="/drawing.svg" alt="">{BELOW}{watch}')
    assert [round(image.pushes) for image in visit.images] == [300]
    assert visit.title == "t"
