"""What the probes see of texts, fields and the menu, on small pages in a real browser."""

from __future__ import annotations

import pytest

from scans.snapshot import MOBILE, ViewportSeen, Visit
from tests.scans.browser.conftest import LocalSite, Visits

HEAD = '<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"></head>'
FLUSH = f"{HEAD}<style>p, h1 {{ margin: 0 }}</style><body>"
TWO = "<div style='position:relative;height:60px'>{}</div>"
ABSOLUTE, NOWRAP = "position:absolute;top:0", "width:200px;white-space:nowrap;overflow:hidden"
CLAMP = "height:40px;overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical"
CUT = "width:90px;overflow:hidden;float:left"
SR_ONLY = "position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0);white-space:nowrap"
BAR = "position:fixed;bottom:0;left:0;right:0;background:#fff"
LONG = "Quiet machines for loud workshops, built to last a lifetime and repaired for free. " * 4


def phone(visit: Visit) -> ViewportSeen:
    assert visit.error is None, visit.error_detail
    return next(seen for seen in visit.viewports if seen.viewport == MOBILE)


@pytest.mark.parametrize(
    ("box", "is_cut"),
    [
        (f"<p class=x style='height:30px;overflow:hidden;line-height:20px'>{LONG}</p>", True),
        (f"<p class=x style='{NOWRAP}'>{LONG}</p>", True),
        (f"<div style='height:50px;overflow:hidden'><p class=x>{LONG}</p></div>", True),
        (f"<p style='{NOWRAP};text-overflow:ellipsis'>{LONG}</p>", False),
        (f"<p style='{CLAMP}'>{LONG}</p>", False),
        (f"<p style='position:absolute;width:1px;height:1px;overflow:hidden'>{LONG}</p>", False),
        (f"<p style='height:0;overflow:hidden'>{LONG}</p>", False),
        (f"<p style='height:40px;overflow:auto'>{LONG}</p>", False),
        (f"<div class=faq-answer style='height:40px;overflow:hidden'><p>{LONG}</p></div>", False),
        ("<p style='text-indent:-9999px;overflow:hidden;height:40px'>Logo</p>", False),
        ("<h1 style='line-height:0.9;overflow:hidden;font-size:60px'>Big and tight</h1>", False),
        (f"<p style='height:40px'>{LONG}</p>", False),
    ],
)  # fmt: skip
def test_text_that_its_box_cuts(site: LocalSite, visits: Visits, box: str, is_cut: bool) -> None:
    seen = phone(visits(site.add("/cut", f"{HEAD}<body>{box}"), axe=False))
    assert [element.selector for element in seen.clipped] == (["p.x"] if is_cut else [])


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        (TWO.format(f"<p class=a>One line of text</p><p class=b style='{ABSOLUTE}'>Another one here</p>"), 1),
        ("<p class=a>One line of text</p><p class=b style='margin-top:-18px'>Another line here</p>", 1),
        ("<a class='w-button a'>Buy it now</a><a class='w-button b' style='margin-left:-30px'>Or ask</a>", 1),
        ("<p>One line of text</p><p>Another line</p>", 0),
        (f"<p style='height:30px;overflow:hidden'>{LONG}</p><p>Right below what was cut</p>", 0),
        (f"<span style='{SR_ONLY}'>For screen readers alone</span><p>One line of text</p>", 0),
        (f"<div style='{CUT}'><p style='width:300px'>Slide one and two</p></div><p>Beside</p>", 0),
        ("<p style='width:150px'>Some <a href='/a'>linked words that break</a> and <em>others</em> after</p>", 0),
        (TWO.format(f"<img src=/dot.png style='width:300px;height:100px'><h1 style='{ABSOLUTE}'>Over</h1>"), 0),
        ("<header style='position:fixed;top:0'>Always on top of it</header><p>Some text below it</p>", 0),
        (TWO.format(f"<p>One line of text</p><div class=w-dropdown-list style='{ABSOLUTE}'>Entry one</div>"), 0),
        (TWO.format(f"<p>One line of text</p><p style='{ABSOLUTE};background:#fff'>A card over it</p>"), 0),
        (TWO.format("<label style='position:absolute'>Name</label><input style='width:200px'>"), 0),
        ("<h1 style='font-size:80px;line-height:.8;margin:0'>Big</h1><p style='margin:0'>Right below</p>", 0),
        (TWO.format(f"<p>One line of text</p><p style='{ABSOLUTE};opacity:0'>Not to be seen</p>"), 0),
    ],
)  # fmt: skip
def test_texts_on_each_other(site: LocalSite, visits: Visits, boxes: str, said: int) -> None:
    found = phone(visits(site.add("/over", FLUSH + boxes), axe=False)).overlapping
    assert len(found) == said
    for overlap in found:
        assert (overlap.other.classes[-1], overlap.element.classes[-1]) == ("a", "b")
        assert 0.25 <= overlap.share <= 1


def test_small_print_and_fields_of_a_phone(site: LocalSite, visits: Visits) -> None:
    page = f"""{HEAD}<body><p class=small style="font-size:10px">Small <b>print</b></p>
      <p>Normal<sup style="font-size:8px">1</sup></p>
      <p style="font-size:9px;display:none">Not there</p><p style="font-size:12px">Just right</p>
      <input class=little style="font-size:14px"><input style="font-size:16px">
      <input type=checkbox style="font-size:8px">
      <select class=choice style="font-size:13px"><option>One</select><textarea style="font-size:1rem"></textarea>"""
    visit = visits(site.add("/small", page), axe=False)
    seen = phone(visit)
    assert [(one.element.selector, one.px) for one in seen.tiny] == [("p.small", 10)]
    assert [(one.element.selector, one.px) for one in seen.zooming] == [("input.little", 14), ("select.choice", 13)]
    assert not any(view.tiny or view.zooming or view.covering for view in visit.viewports if view != seen)


@pytest.mark.parametrize(
    ("box", "share"),
    [
        (f"<div class=x style='{BAR};height:60%'>Subscribe now</div>", 0.6),
        (f"<div class=x style='{BAR};height:20%'>Subscribe now</div>", None),
        ("<div style='position:fixed;inset:0;z-index:-1;background:#eee'>Backdrop</div>", None),
        ("<div style='position:fixed;inset:0;pointer-events:none'>Grain</div>", None),
        ("<div style='position:fixed;inset:0;visibility:hidden'>Closed menu</div>", None),
    ],
)  # fmt: skip
def test_what_lies_over_a_phone_screen(site: LocalSite, visits: Visits, box: str, share: float | None) -> None:
    covering = phone(
        visits(site.add("/covered", f"{HEAD}<body style='margin:0'><p>{LONG * 8}</p>{box}"), axe=False)
    ).covering
    assert (covering and (covering.element.selector, covering.share)) == (share and ("div.x", share))


def test_a_page_that_is_one_fixed_box_covers_nothing(site: LocalSite, visits: Visits) -> None:
    page = f"{HEAD}<body><div style='position:fixed;inset:0;overflow:auto'><p>{LONG}</p></div>"
    assert phone(visits(site.add("/fixed", page), axe=False)).covering is None


NAV = """<div class="nav w-nav"><style>.w-nav-menu{{display:none}} .open{{display:block}}</style>
  <nav class="w-nav-menu"><a href="/">Home</a></nav><div class="burger w-nav-button">=</div></div><script>{}</script>"""
TOGGLE = """const [menu, button] = [".w-nav-menu", ".w-nav-button"].map((name) => document.querySelector(name));
  button.addEventListener("click", () => setTimeout(() => menu.classList.toggle("open"), %d));"""


@pytest.mark.parametrize(
    ("script", "opened"), [("", False), (TOGGLE % 0, True), (TOGGLE % 120, True), ("throw new Error('early')", False)]
)
def test_the_menu_button_is_pressed_on_a_phone(site: LocalSite, visits: Visits, script: str, opened: bool) -> None:
    menu = visits(site.add("/nav", f"{HEAD}<body>{NAV.format(script)}"), axe=False).menu
    assert menu is not None and menu.element.selector == "div.burger" and menu.opened is opened


def test_what_the_press_sets_off_is_not_told_of_the_page(site: LocalSite, visits: Visits) -> None:
    script = """document.querySelector(".w-nav-button").addEventListener("click", () => {
      fetch("/pressed"); console.error("pressed"); alert("pressed"); location.href = "/elsewhere"; });"""
    url = site.add("/press", f"{HEAD}<body>{NAV.format(script)}")
    visit = visits(url, axe=False)
    assert (visit.error, visit.dialog, visit.console, visit.final_url) == (None, None, (), url)
    assert [request.url for request in visit.requests] == [url]
    assert len(visit.shots) == 3


@pytest.mark.parametrize(
    "page",
    ["<p>No navigation</p>", NAV.format("").replace('w-nav-button"', 'w-nav-button" style="display:none"')],
)
def test_no_button_is_pressed_where_there_is_none(site: LocalSite, visits: Visits, page: str) -> None:
    assert visits(site.add("/no-nav", HEAD + "<body>" + page), axe=False).menu is None


def test_a_covered_button_is_left_alone(site: LocalSite, visits: Visits) -> None:
    banner = "<div style='position:fixed;inset:0;background:#fff'>Cookies?</div>"
    assert visits(site.add("/banner", f"{HEAD}<body>{NAV.format('')}{banner}"), axe=False).menu is None


def test_the_menu_is_on_no_picture(site: LocalSite, visits: Visits) -> None:
    page = f"{HEAD}<body>{NAV.format(TOGGLE % 0)}"
    first, again = (visits(site.add("/pictured", page), axe=False).shots for _ in range(2))
    assert [shot.data for shot in first] == [shot.data for shot in again]
