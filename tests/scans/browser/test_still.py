"""Two pictures of a page that nobody changed are alike, whatever moves on it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from scans.snapshot import Shot
from scans.visual.diff import compare
from tests.scans.browser.conftest import LocalSite, Visits
from tests.sites import page

STYLE = """<style>
body { margin: 0; font: 16px sans-serif } main > * { height: 120px }
@keyframes turn { to { transform: rotate(360deg) } } @keyframes slide { to { transform: translateX(900px) } }
@keyframes show { from { opacity: 0 } }
.spin { width: 90px; background: linear-gradient(red, blue); animation: turn 1.7s linear infinite }
.ticker { width: 200px; background: teal; animation: slide 11s linear infinite }
.late { background: #fc0; animation: show 2.5s both }
.slow { background: #ddd; transition: background 3s } .slow.on { background: #036 }
</style>"""
ALIVE = {
    "animations that end and that never do": '<div class="spin"></div><div class="ticker"></div>'
    '<p class="late">Late</p>',
    "a transition under way": '<div class="slow">x</div>'
    "<script>setTimeout(() => document.querySelector('.slow').classList.add('on'), 30)</script>",
    "an animation by script": '<div id="a">anim</div><script>document.getElementById("a").animate('
    '[{background:"red"},{background:"lime"}], {duration: 900, iterations: Infinity})</script>',
    "a clock": '<p id="c">0</p><script>setInterval(() => { document.getElementById("c").textContent = '
    'Math.random() }, 90)</script>',
    "a carousel by script": '<div id="r" style="background:#08f;width:300px">one</div><script>let x = 0; setInterval('
    '() => { document.getElementById("r").style.marginLeft = (x += 7) % 800 + "px" }, 16)</script>',
    "a canvas": '<canvas id="k" width="600" height="100"></canvas><script>const g = document.getElementById("k")'
    '.getContext("2d"); setInterval(() => { g.fillStyle = `rgb(${Math.random() * 255},9,9)`; '
    "g.fillRect(0, 0, 600, 100) }, 50)</script>",
    "a cursor": '<input autofocus value="type here" style="width:400px;font-size:40px">',
    "a consent banner": '<div id="onetrust-consent-sdk"><div id="b" style="position:fixed;bottom:0;width:100%;height:'
    "90px\">We like cookies</div></div><script>document.getElementById('b').style.background = "
    "`hsl(${Math.random() * 360},90%,50%)`</script>",
    "a picture without a file": '<img id="e" alt="" style="width: 300px; height: 100px"><script>'
    'if (performance.now() % 1 < 0.5) document.getElementById("e").setAttribute("src", "")</script>',
}  # fmt: skip


def twice(visits: Visits, url: str, **options: object) -> list[tuple[Shot, Shot]]:
    first, second = visits(url, **options), visits(url, **options)
    assert (first.error, second.error, len(first.shots)) == (None, None, 3)
    return list(zip(first.shots, second.shots, strict=True))


def changed(before: Shot, after: Shot) -> int:
    return compare(before.data, after.data, before.ignored, after.ignored).changed


@pytest.mark.parametrize("kind", ALIVE)
def test_what_moves_is_no_change(kind: str, site: LocalSite, visits: Visits) -> None:
    url = site.add("/" + kind.replace(" ", "-"), page(kind, f"<p>Words that stay.</p>{ALIVE[kind]}", STYLE))
    assert [changed(*pair) for pair in twice(visits, url)] == [0, 0, 0]


def test_a_page_at_rest_hides_nothing_and_is_the_same_to_the_byte(site: LocalSite, visits: Visits) -> None:
    body = (
        '<p class="late">Fades in</p><form><input name="q" aria-label="Search"></form><img src="/dot.png" alt="">' * 3
    )
    for before, after in twice(visits, site.add("/calm", page("Calm page of ours", body, STYLE))):
        assert (before.ignored, before.ready) == ((), True)
        assert before.data == after.data


def test_an_animation_is_pictured_at_its_end(site: LocalSite, visits: Visits) -> None:
    url = site.add("/end", page("End", '<div class="late" style="position:absolute;inset:0;height:auto"></div>', STYLE))
    for shot in visits(url, axe=False).shots:
        at = Image.open(io.BytesIO(shot.data)).convert("RGB").getpixel((shot.width // 2, 400))
        assert at == pytest.approx((255, 204, 0), abs=6)


def test_the_customers_selectors_are_looked_up_at_each_width(site: LocalSite, visits: Visits) -> None:
    body = '<div class="news" style="width:50%;height:80px">News</div>'
    url = site.add("/chosen", page("Chosen", body, "<style>body { margin: 0 } h1 { margin: 0; height: 50px }</style>"))
    visit = visits(url, axe=False, ignore=(".news", ":::no selector", ".nowhere"))
    assert [shot.ignored for shot in visit.shots] == [((0, 50, 720, 80),), ((0, 50, 384, 80),), ((0, 50, 195, 80),)]
