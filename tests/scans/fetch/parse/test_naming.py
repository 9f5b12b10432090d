import pytest
from selectolax.lexbor import LexborHTMLParser

from scans.fetch.parse import naming
from scans.fetch.parse.elements import Elements
from scans.fetch.parse.tree import build
from scans.snapshot import HTML_LIMIT

PAGE = """<!doctype html><html><head><title>x</title></head><body class="body">
<div class="navbar w-nav"><a id="logo" href="/">Logo</a><a class="nav-link w--current" href="/a">A</a>
<a class="nav-link" href="/b">B</a></div>
<main><section class="hero w-node-1a2b"><div class="cards"><a class="card css-1q2w3e4" href="/c">C</a>
<a class="card" href="/d">D</a></div></section>
<div class="w-dyn-list"><div role="list" class="posts w-dyn-items"><a class="post" href="/p">P</a></div></div>
<div class="form-block w-form"><form data-name="Contact us"><input class="field"></form></div>
<div class="tabs w-tabs"><p>tab</p></div><div><p id="w-tabs-0-pane">plain</p></div></main>
<div class="page-footer"><section class="links"><a href="/imprint">Imprint</a></section></div></body></html>"""


@pytest.fixture(scope="module")
def named():
    """Selector → element, for every element of the page."""
    tree = build(PAGE)
    elements = Elements(tree)
    return {elements.selector(i): elements.at(i) for i, tag in enumerate(tree.tags) if tag}


def by_text(named, text):
    return min((e for e in named.values() if e.text == text), key=lambda e: len(e.html))


def test_every_selector_finds_exactly_its_element(named):
    document = LexborHTMLParser(PAGE)
    assert len(named) == sum(1 for _ in document.root.traverse())
    for selector, element in named.items():
        [found] = document.css(selector)
        assert found.tag == element.tag and dict(found.attributes) == dict(element.attrs)


def test_selectors_prefer_ids_then_single_classes_then_the_way(named):
    assert "#logo" in named and "section.hero" in named
    assert by_text(named, "D").selector == "div.cards > a:nth-of-type(2)"
    assert by_text(named, "plain").selector == "body > main > div:nth-of-type(4) > p", (
        "ids made by Webflow are not stable"
    )
    assert by_text(named, "A").selector == "div.navbar > a:nth-of-type(2)", "a state is no name"


def test_paths_are_equal_where_markup_is(named):
    assert by_text(named, "C").path == by_text(named, "D").path == "main > section.hero > div.cards > a.card"
    assert by_text(named, "A").path == by_text(named, "B").path == "div.navbar.w-nav > a.nav-link"


def test_paths_have_six_steps_at_most():
    tree = build("<body>" + "".join(f"<div class=d{n}>" for n in range(9)) + "<p>x")
    path = Elements(tree).at(tree.tagged("p")[0]).path
    assert path == "div.d4 > div.d5 > div.d6 > div.d7 > div.d8 > p"


@pytest.mark.parametrize(
    ("text", "component"),
    [
        ("Logo", "Navigation"),
        ("C", "Section .hero"),
        ("P", "Collection list .posts"),
        ("tab", "Tabs .tabs"),
        ("plain", ""),
        ("Imprint", "Footer"),
    ],
)
def test_components(named, text, component):
    assert by_text(named, text).component == component


def test_forms_have_the_name_their_owner_gave(named):
    assert named["input.field"].component == "Form “Contact us”"


@pytest.mark.parametrize(
    ("token", "kept"),
    [
        ("button", True),
        ("div-block-12", True),
        ("w-button", True),
        ("h2-title", True),
        ("w--open", False),
        ("is-active", False),
        ("current", False),
        ("w-node-_0d1f-aa", False),
        ("css-1q2w3e4", False),
        ("styles_deadbeef01", False),
        ("currently", True),
    ],
)
def test_passing_classes(token, kept):
    assert bool(naming.kept(token)) is kept


def test_html_is_the_beginning_of_the_element():
    tree = build('<div class="a"><p title="&quot;x&quot;">one &amp; <br>two</p><script>a<b</script></div>')
    html = Elements(tree).html(tree.tagged("div")[0])
    assert html == '<div class="a"><p title="&quot;x&quot;">one &amp; <br> two</p><script>a<b</script></div>'
    long = build("<div>" + "<p>word</p>" * 10_000 + "</div>")
    assert len(Elements(long).html(long.tagged("div")[0])) == HTML_LIMIT
