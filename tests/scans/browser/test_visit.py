import asyncio
import base64
import io

import pytest
from aiohttp import web
from PIL import Image

from scans.fetch.parse import parse
from scans.snapshot import Response
from tests.scans.browser.conftest import LocalSite, Visits

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HEAD = '<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"></head>'


async def png(_: web.Request) -> web.Response:
    return web.Response(body=PNG, content_type="image/png", headers={"Cache-Control": "max-age=3600"})


@pytest.fixture(scope="module", autouse=True)
def _pictures(site: LocalSite) -> None:
    site.add("/dot.png", png)


def test_page_is_seen_at_three_widths(site: LocalSite, visits: Visits) -> None:
    url = site.add("/widths", HEAD + "<body style='margin:0'><h1>Hello</h1><div style='height:3000px'>long</div>")
    visit = visits(url)
    assert (visit.error, visit.status, visit.title, visit.final_url) == (None, 200, "A page", url)
    assert [v.viewport.width for v in visit.viewports] == [1440, 768, 390]
    assert [v.scroll_width for v in visit.viewports] == [1440, 768, 390]
    pictures = [Image.open(io.BytesIO(shot.data)) for shot in visit.shots]
    assert [picture.size for picture in pictures] == [(shot.width, shot.height) for shot in visit.shots]
    assert [picture.width for picture in pictures] == [1440, 768, 390]
    assert all(picture.height > 3000 for picture in pictures)


def test_picture_shows_what_is_below_the_fold(site: LocalSite, visits: Visits) -> None:
    blocks = "".join(f"<div style='height:1000px;background:{c}'></div>" for c in ("red", "lime", "blue"))
    url = site.add("/colours", HEAD + f"<body style='margin:0'>{blocks}")
    for shot in visits(url, axe=False).shots:
        picture = Image.open(io.BytesIO(shot.data)).convert("RGB")
        at = [picture.getpixel((shot.width // 2, y)) for y in (500, 1500, 2500)]
        assert [max(range(3), key=colour.__getitem__) for colour in at] == [0, 1, 2]


def test_overflow_names_the_element_that_sticks_out(site: LocalSite, visits: Visits) -> None:
    wide = "<section class='hero'><div class='banner' style='width:900px;height:40px'><p>wide</p></div></section>"
    clipped = "<div style='overflow:hidden'><div class='inside' style='width:2000px;height:40px'>clipped</div></div>"
    visit = visits(site.add("/overflow", f"{HEAD}<body style='margin:0'>{wide}{clipped}"), axe=False)
    desktop, tablet, mobile = visit.viewports
    assert desktop.overflowing == ()
    assert [element.selector for element in tablet.overflowing] == ["div.banner"]
    assert (mobile.scroll_width, mobile.overflowing[0].path) == (900, "section.hero > div.banner")
    assert mobile.overflowing[0].box is not None
    assert (mobile.overflowing[0].box.viewport, mobile.overflowing[0].box.width) == ("mobile", 900)


def test_hidden_overflow_does_not_scroll(site: LocalSite, visits: Visits) -> None:
    body = "<body style='margin:0;overflow-x:hidden'><div style='width:3000px'>off canvas</div>"
    assert all(
        not v.overflowing and v.scroll_width == v.viewport.width
        for v in visits(site.add("/off", HEAD + body)).viewports
    )


def test_hidden_content_is_what_an_interaction_never_showed(site: LocalSite, visits: Visits) -> None:
    page = f"""{HEAD}<body>
      <div style="height:1500px">space</div>
      <div class="stuck" style="opacity:0">Never shown</div>
      <div class="late" style="opacity:0;transition:opacity .2s">Shown when scrolled to</div>
      <div class="later" style="opacity:0">Shown with a delay</div>
      <nav class="menu"><div style="opacity:0">A closed menu</div></nav>
      <div class="w-tab-pane" style="opacity:0">A closed tab</div>
      <div class="quiet">In plain sight</div>
      <script>
        new IntersectionObserver((seen) => seen.forEach((e) => {{ if (e.isIntersecting) {{
          e.target.style.opacity = 1;
          setTimeout(() => document.querySelector(".later").style.opacity = 1, 350);
        }} }})).observe(document.querySelector(".late"));
      </script>"""
    for view in visits(site.add("/hidden", page)).viewports:
        assert [element.selector for element in view.hidden] == ["div.stuck"]


def test_axe_names_elements_as_the_parser_does(site: LocalSite, visits: Visits) -> None:
    html = f"""{HEAD}<body><main><section class="hero w--current"><div><img src="/dot.png" class="photo
    a1b2c3d4e"></div>
      <div><img src="/dot.png" id="unique"><p>Low <b>contrast</b></p></div></section></main>
      <div class="w-dyn-list"><div class="posts"><img src="/dot.png" class="thumb"></div></div>
      <footer><form name="signup"><input type="image" src="/dot.png"><img src="/dot.png"></form></footer>"""
    url = site.add("/alike", html)
    visit = visits(url)
    facts = parse(Response(url, url, 200, {"content-type": "text/html"}, html.encode()), url)
    fetched = {image.element.selector: image.element for image in facts.images}
    for seen in (image.element for image in visit.images):
        same = fetched[seen.selector]
        assert (seen.path, seen.component, seen.tag, seen.html) == (same.path, same.component, same.tag, same.html)
        assert dict(seen.attrs) == dict(same.attrs)
    [missing_alt] = [rule for rule in visit.axe if rule.rule == "image-alt" and not rule.incomplete]
    assert (missing_alt.impact, len(missing_alt.nodes)) == ("critical", 4)
    assert {node.element.selector for node in missing_alt.nodes} == set(fetched)
    assert "#unique" in visit.boxes and all(node.element.box for node in missing_alt.nodes)


def test_axe_is_silent_on_a_sound_page(site: LocalSite, visits: Visits) -> None:
    sound = "<body><main><h1>Title</h1><p>Text</p><img src='/dot.png' alt='A dot'></main>"
    assert [rule.rule for rule in visits(site.add("/sound", HEAD + sound)).axe if not rule.incomplete] == []


def test_console_errors_and_failed_requests(site: LocalSite, visits: Visits) -> None:
    page = f"""{HEAD}<body><img src="/missing.png"><script>
      console.error("it is", {{broken: 1}}); console.log("fine");
      fetch("/api/none").catch(() => 0);
      Promise.reject(new Error("nobody caught this"));
      null.foo;
    </script>"""
    visit = visits(site.add("/errors", page), axe=False)
    assert [(line.level, line.text, line.line > 0) for line in visit.console] == [
        ("error", "it is Object", True),
        ("log", "fine", True),
    ]
    assert [error.message.split(":")[0] for error in visit.errors] == ["TypeError", "Error"]
    assert all(error.source.endswith("/errors") for error in visit.errors)
    statuses = {request.url.rpartition("/")[2]: (request.kind, request.status) for request in visit.requests}
    assert statuses == {"errors": ("document", 200), "missing.png": ("image", 404), "none": ("fetch", 404)}
    [image] = visit.images
    assert (image.natural_width, image.complete) == (0, True)


def test_requests_tell_sizes_cache_and_redirects(site: LocalSite, visits: Visits) -> None:
    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound("/dot.png?moved")

    site.add("/old.png", moved)
    url = site.add("/sizes", f"{HEAD}<body><img src='/dot.png?fresh' alt=''><img src='/old.png' alt=''>")
    first, again = visits(url, axe=False), visits(url, axe=False)
    sizes = {request.url.rpartition("/")[2]: request for request in first.requests}
    assert sizes["dot.png?fresh"].wire_bytes >= len(PNG)
    assert sizes["dot.png?fresh"].cache_control == "max-age=3600"
    assert (sizes["old.png"].status, sizes["dot.png?moved"].status) == (302, 200)
    [cached] = [request for request in again.requests if request.url.endswith("?fresh")]
    assert cached.from_cache
    assert cached.wire_bytes == sizes["dot.png?fresh"].wire_bytes


def test_reused_tab_does_not_leak(site: LocalSite, visits: Visits) -> None:
    noisy = site.add(
        "/noisy", f"{HEAD}<body><img src='/gone.png'><script>console.error('mine'); undefined_name;</script>"
    )
    calm = site.add("/calm", HEAD + "<body><p>Calm</p>")
    assert visits(noisy, axe=False).errors
    visit = visits(calm, axe=False)
    assert (visit.console, visit.errors, visit.limits) == ((), (), ())
    assert [request.url for request in visit.requests] == [calm]


def test_vitals(site: LocalSite, visits: Visits) -> None:
    page = f"""{HEAD}<body><p class="small">first</p><h1 class="big" style="font-size:80px">A big headline</h1>
      <script>
        const pushing = "<div style='height:400px'>pushes down</div>";
        const work = (times) => {{ let sum = 0; for (let i = 0; i < times; i++) sum += Math.sqrt(i) % 3; return sum; }};
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {{
          window.sum = work(3e7);
          document.querySelector(".small").insertAdjacentHTML("afterend", pushing);
        }}, 60)));
      </script><img src="/slow.png" alt="">"""
    slow = site.add("/vitals", page)

    async def wait(request: web.Request) -> web.Response:
        await asyncio.sleep(0.7)
        return await png(request)

    site.add("/slow.png", wait)
    visit = visits(slow, axe=False)
    vitals = visit.vitals
    assert vitals.lcp_element is not None and vitals.lcp_element.selector == "h1.big"
    assert vitals.cls is not None and vitals.cls > 0.05
    assert "h1.big" in {element.selector for element in vitals.shifted}
    # on a busy machine the task may come as late as our scrolling, and is then not the page's
    assert max(look.tbt_ms or 0 for look in (vitals, *(visits(slow, axe=False).vitals for _ in range(2)))) > 100
    assert vitals.ttfb_ms is not None and vitals.fcp_ms is not None and vitals.lcp_ms is not None
    assert 0 < vitals.ttfb_ms <= vitals.fcp_ms <= vitals.lcp_ms
    cold = visits.run(visits.visitor.cold_vitals(slow))
    assert cold.cold and cold.lcp_ms is not None and cold.lcp_element is not None


def test_document_as_scripts_made_it(site: LocalSite, visits: Visits) -> None:
    page = f"""{HEAD}<body><link rel="stylesheet" href="/style.css"><a name="anchor"></a><p id="there">text</p>
      <div class="w-dyn-list"><div class="w-dyn-empty">No items found.</div></div>
      <div class="w-dyn-list" style="display:none"><div class="w-dyn-empty">No items found.</div></div>
      <h2 class="w-dyn-bind-empty"></h2><h2 class="w-dyn-bind-empty w-condition-invisible"></h2>
      <script>
        document.body.insertAdjacentHTML("beforeend", "<a id='made' href='/made-by-script#x'>new</a>");
      </script>"""
    visit = visits(site.add("/made", page), axe=False, locate=["#there", "#nowhere", "not a [selector"])
    assert visit.ids == {"anchor", "there", "made"}
    assert visit.links == (f"http://127.0.0.1:{site.port}/made-by-script",)
    assert len(visit.visible_empty_lists) == len(visit.visible_unbound) == 1
    assert "#there" in visit.boxes and "#nowhere" not in visit.boxes
    assert visit.dom_elements > 10


def test_only_the_wanted_widths(site: LocalSite, visits: Visits) -> None:
    visit = visits(site.add("/one", HEAD + "<body>one"), viewports=(), axe=False)
    assert [v.viewport.name for v in visit.viewports] == [s.viewport for s in visit.shots] == ["desktop"]


def test_the_other_slides_of_a_slider_are_loaded(site: LocalSite, visits: Visits) -> None:
    slide = "<img loading='lazy' src='/dot.png?slide{0}' alt='' width=900 height=200 style='flex: none'>"
    slides = "".join(map(slide.format, range(8)))
    page = f"{HEAD}<body><div style='height:2000px'></div><div style='display:flex;overflow:hidden'>{slides}</div>"
    visit = visits(site.add("/slides", page), axe=False)
    assert [(image.complete, image.element.attrs["loading"]) for image in visit.images] == [(True, "lazy")] * 8


def test_lazy_pictures_are_loaded_by_scrolling(site: LocalSite, visits: Visits) -> None:
    page = (
        HEAD
        + "<body><div style='height:9000px'></div><img loading='lazy' src='/dot.png?lazy' alt='' width=10 height=10>"
    )
    [image] = visits(site.add("/lazy", page), axe=False).images
    assert (image.complete, image.natural_width) == (True, 1)


def test_script_redirect_is_followed(site: LocalSite, visits: Visits) -> None:
    target = site.add("/after", HEAD + "<body><h1>Arrived</h1>")
    start = site.add("/before", HEAD + "<body><script>setTimeout(() => location.href = '/after', 30)</script>")
    visit = visits(start, axe=False)
    assert (visit.error, visit.final_url, visit.status) == (None, target, 200)


def test_browser_near_its_memory_limit_shows_pages_as_before(site: LocalSite, visits: Visits) -> None:
    url = site.add("/squeezed", f'{HEAD}<body><h1>Tight</h1><img src="/dot.png" alt="A dot" width="90" height="90">')
    roomy = visits(url)
    visits.lease.horse.memory = int(visits.lease.limits.memory * 0.9)
    assert visits.lease.tight
    tight = visits(url)
    assert tight.error is None and [shot.viewport for shot in tight.shots] == [shot.viewport for shot in roomy.shots]
    assert tight.images == roomy.images and tight.axe == roomy.axe
