import pytest

from scans.fetch.parse import parse
from scans.snapshot import AssetKind, FetchError, Response

URL = "https://www.example.com/blog/post"


def page(html, url=URL, **headers):
    body = html if isinstance(html, bytes) else html.encode()
    return parse(Response(url, url, 200, {"content-type": "text/html; charset=utf-8", **headers}, body), url)


WEBFLOW = """<!DOCTYPE html><!-- This site was created in Webflow. https://webflow.com -->
<!-- Last Published: Wed Oct 09 2024 16:05:01 GMT+0000 (Coordinated Universal Time) -->
<html data-wf-domain="www.example.com" data-wf-page="6502aa"
data-wf-site="63efff" data-wf-collection="77cc" data-wf-item-slug="first-post" lang="en"><head><meta charset="utf-8">
<title> First
 post </title><meta content="A &amp; B" property="og:title"><meta content="Webflow" name="Generator">
<meta http-equiv="X-UA-Compatible" content="IE=edge"><link href="/css/site.css" rel="stylesheet">
<link rel="Shortcut ICON" href="fav.png" sizes="32x32"><link rel="alternate" hreflang="de" href="/de/">
<script type="application/ld+json">{"@type": "Article"}</script>
<noscript><img src="https://pixel.example.net/p.gif"></noscript><link rel="canonical" href="/blog/post"></head>
<body><h1 id="top">Hello <em>World</em></h1><a name="old">x</a></body></html>"""


def test_the_head_of_a_webflow_page():
    facts = page(WEBFLOW)
    assert facts.title == "First post" and facts.lang == "en" and facts.doctype
    assert facts.meta("og:title") == "A & B" and facts.meta("x-ua-compatible") == "IE=edge"
    webflow = facts.webflow
    assert (webflow.page_id, webflow.site_id, webflow.domain) == ("6502aa", "63efff", "www.example.com")
    assert (webflow.collection_id, webflow.item_slug, webflow.generator) == ("77cc", "first-post", True)
    assert webflow.published.startswith("Wed Oct 09 2024")
    assert facts.template == "wf:6502aa"
    assert facts.related("icon")[0].url == "https://www.example.com/blog/fav.png"
    assert facts.related("alternate")[0].hreflang == "de"
    assert facts.related("canonical")[0].url == URL, "what follows a noscript in the head is still in the head"
    assert facts.json_ld == ('{"@type": "Article"}',)
    assert facts.ids == {"top", "old"}
    assert [a.kind for a in facts.assets] == [AssetKind.STYLE, AssetKind.ICON], "nothing in noscript is loaded"


@pytest.mark.parametrize(
    ("start", "standards"),
    [
        ("<!doctype html>", True),
        ("\n<!-- a --> <!DOCTYPE html>", True),
        ('<!DOCTYPE html SYSTEM "about:legacy-compat">', True),
        (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
            True,
        ),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">', False),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">', False),
        ("", False),
        ("<p><!doctype html>", False),
    ],
)
def test_quirks_mode(start, standards):
    assert page(f"{start}<html><body>x").doctype is standards


@pytest.mark.parametrize(
    ("body", "header", "text", "charset", "declared"),
    [
        ("<p>grün".encode(), "text/html; charset=utf-8", "grün", "utf-8", True),
        ("<p>grün".encode("latin-1"), "text/html; charset=ISO-8859-1", "grün", "cp1252", True),
        ('<meta charset="windows-1251"><p>Привет'.encode("cp1251"), "text/html", "Привет", "cp1251", True),
        ('<meta charset="utf-16"><p>grün'.encode(), "text/html", "grün", "utf-8", True),
        ("\ufeff<p>grün".encode("utf-16-le"), "text/html; charset=utf-8", "grün", "utf-16-le", True),
        ("<p>grün".encode(), "text/html", "grün", "utf-8", False),
        ("<p>grün’s".encode("cp1252"), "text/html", "grün’s", "cp1252", False),
        (b"<p>gr\xfcn", "text/html; charset=utf-8", "gr\ufffdn", "utf-8", True),
        (b'<meta charset="rot13"><p>abc', "text/html", "abc", "utf-8", True),
        (b'<meta charset="unicode_escape"><p>\\x41', "text/html", "\\x41", "utf-8", True),
        (b"<p>a\0b", "text/html; charset=utf-8", "ab", "utf-8", True),
    ],
)
def test_charsets(body, header, text, charset, declared):
    facts = parse(Response(URL, URL, 200, {"content-type": header}, body), URL)
    assert (facts.main_text, facts.charset, facts.charset_declared) == (text, charset, declared)


def test_a_charset_after_the_first_kilobyte_is_none():
    assert not parse(
        Response(URL, URL, 200, {}, b"<!--" + b"x" * 1100 + b'--><meta charset="utf-8">'), URL
    ).charset_declared


def test_links_keep_what_was_written_and_where_it_leads():
    facts = page(
        '<a href="../x#part">Read</a><a href=" /y ">y</a><a href="">self</a><a>none</a><a href="http://">bad</a>'
        '<a href="mailto:a@b.c">mail</a><map><area href="/area" alt="Area"></map><svg><a xlink:href="/svg"></a></svg>'
    )
    assert [(link.href, link.url) for link in facts.links] == [
        ("../x#part", "https://www.example.com/x#part"),
        (" /y ", "https://www.example.com/y"),
        ("", URL),
        (None, None),
        ("http://", None),
        ("mailto:a@b.c", None),
        ("/area", "https://www.example.com/area"),
        ("/svg", "https://www.example.com/svg"),
    ]


def test_base_href_moves_everything_and_a_bad_one_nothing():
    moved = page('<base href="/other/"><base href="/third/"><a href="x"></a><img src="y">')
    assert moved.links[0].url == "https://www.example.com/other/x"
    assert moved.assets[0].url == "https://www.example.com/other/y"
    assert page('<base href="javascript:x"><a href="x"></a>').links[0].url == "https://www.example.com/blog/x"


def test_relative_urls_start_at_the_final_url():
    response = Response("https://a.example.com/", "https://www.example.com/en/", 200, {}, b'<a href="x">x</a>')
    facts = parse(response, "https://a.example.com/")
    assert facts.links[0].url == "https://www.example.com/en/x" and facts.url == "https://a.example.com/"


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<a href="/" aria-label=" Go  home ">x</a>', "Go home"),
        ('<a href="/"><img src="l.png" alt="Logo"> of <b>us</b></a>', "Logo of us"),
        ('<a href="/" title="Tip"><i class="icon"></i></a>', "Tip"),
        ('<a href="/"><div>Two</div><div>blocks</div></a>', "Two blocks"),
        ('<a href="/">in<b>line</b></a>', "inline"),
        ('<a href="/"><style>x{}</style><script>y</script></a>', ""),
    ],
)
def test_names_of_links(html, name):
    assert page(html).links[0].name == name


def test_assets_of_every_kind():
    facts = page(
        '<link rel="preload" as="font" href="/f.woff2"><link rel="preconnect" href="https://cdn.example.net">'
        '<style>.a{background:url("/bg.png")}@font-face{src:url(/g.woff)}</style><script src="/s.js"></script>'
        '<picture><source srcset="/p.avif 1x, /p2.avif 2x">'
        '<img src="/p.jpg" srcset="/p-500.jpg 500w,/p,1000.jpg 1000w"></picture>'
        '<video poster="/v.jpg"><source src="/v.mp4"><track src="/v.vtt"></video><iframe src="/i"></iframe>'
        '<object data="/o.pdf"></object><div style="background-image:url(&quot;/d.png&quot;)"></div>'
        '<img src="data:image/gif,x"><input type="image" src="/b.png"><iframe src="about:blank"></iframe>'
        '<svg><use href="#a"></use><image href="/v.svg"></svg>'
        "<template><img src=/never.png></template>"
    )
    assert [(a.kind.value, a.raw, a.attr) for a in facts.assets] == [
        ("font", "/f.woff2", "href"),
        ("image", "/bg.png", "style"),
        ("font", "/g.woff", "style"),
        ("script", "/s.js", "src"),
        ("image", "/p.avif", "srcset"),
        ("image", "/p2.avif", "srcset"),
        ("image", "/p.jpg", "src"),
        ("image", "/p-500.jpg", "srcset"),
        ("image", "/p,1000.jpg", "srcset"),
        ("image", "/v.jpg", "poster"),
        ("media", "/v.mp4", "src"),
        ("media", "/v.vtt", "src"),
        ("frame", "/i", "src"),
        ("other", "/o.pdf", "data"),
        ("image", "/d.png", "style"),
        ("image", "/b.png", "src"),
        ("image", "/v.svg", "href"),
    ]
    assert all(a.url for a in facts.assets)


def test_images_tell_absent_from_empty_alts():
    facts = page('<img src="a.png"><img src="b.png" alt><img alt="c" srcset="c.png 1x, c2.png 2x">')
    assert [image.alt for image in facts.images] == [None, "", "c"]
    assert [image.url for image in facts.images] == [
        "https://www.example.com/blog/a.png",
        "https://www.example.com/blog/b.png",
        None,
    ]
    assert facts.images[2].srcset == ("https://www.example.com/blog/c.png", "https://www.example.com/blog/c2.png")


def test_forms():
    facts = page(
        '<div class="w-form"><form data-name="Email Form" method="GET"><input name="email" type="email">'
        "<select></select>"
        '<input type="submit" value="Send"></form><div class="w-form-done"><div>Thank you!</div></div></div>'
        '<form action="http://api.example.com/in" method=post><textarea></textarea><button>Go</button></form>'
    )
    inside, outside = facts.forms
    assert inside.in_webflow_block and inside.method == "get" and inside.action is None and inside.url is None
    assert [field.element.tag for field in inside.fields] == ["input", "select", "input"]
    assert not outside.in_webflow_block and outside.method == "post" and outside.url == "http://api.example.com/in"
    assert "Thank you!" in [block.text for block in facts.texts], "Webflow's messages are texts of the page"
    assert inside.done is not None and inside.done.text == "Thank you!" and inside.fail is None
    assert outside.done is None and [field.type for field in outside.fields] == ["textarea", "submit"]


@pytest.mark.parametrize(
    ("html", "label"),
    [
        ('<label for="a">Your <b>name</b></label><input id="a">', "Your name"),
        ('<label><input id="a"> I agree</label>', "I agree"),
        ('<input aria-label=" Your  name ">', "Your name"),
        ('<p id="p">Your name</p><input aria-labelledby="p none">', "Your name"),
        ('<label for="b">Other</label><input id="a" placeholder="Name">', ""),
        ("<label><button>Send</button></label>", ""),
    ],
)
def test_labels_of_fields(html, label):
    [field] = page(f"<form>{html}</form>").forms[0].fields
    assert field.label == label


def test_fields_know_what_people_choose_from_and_what_is_hidden():
    form = page(
        '<form><select><option>First choice<option>Second choice</select><input hidden name="trap">'
        '<a class="button" href="#">Send</a><div role="button">Go</div><p>Text</p></form>'
    ).forms[0]
    assert form.fields[0].options == ("First choice", "Second choice") and form.fields[0].shown
    assert not form.fields[1].shown
    assert [element.text for element in form.controls] == ["Send", "Go"]


def test_texts_belong_to_blocks_and_hidden_ones_to_nobody():
    facts = page(
        "<header><nav><a href=/>Home</a></nav></header><main><h1>Big <em>news</em></h1>"
        "<p>One <a href=/>link</a><br>two</p>"
        "<div><a href=/>Text Link</a></div><ul><li>Item<ul><li>Inner</li></ul>tail</li></ul>"
        "<p hidden>no</p><p style='display: none'>no</p><script>no</script><template>no</template>"
        "<div class='w-condition-invisible'><p>secret <span>words</span></p></div></main><footer>End</footer>"
    )
    assert [(block.element.tag, block.text, block.landmark) for block in facts.texts] == [
        ("a", "Home", "nav"),
        ("h1", "Big news", "main"),
        ("p", "One link two", "main"),
        ("a", "Text Link", "main"),
        ("li", "Item tail", "main"),
        ("li", "Inner", "main"),
        ("footer", "End", "footer"),
    ]
    assert [block.text for block in facts.invisible] == ["secret words"]
    assert facts.main_text == "Big news One link two Text Link Item Inner tail"
    assert [heading.text for heading in facts.headings] == ["Big news"]


def test_main_text_without_main_leaves_the_frame_out():
    facts = page(
        "<div class='w-nav'>Menu</div><header>Top</header><section><header>Kept</header><p>Words</p></section>"
        "<div class='footer-wrap'>Imprint</div>"
    )
    assert facts.main_text == "Kept Words"


def test_cms_left_overs():
    facts = page(
        "<div class='list w-dyn-empty'>No items found.</div><p class='w-dyn-bind-empty'></p>"
        "<div class='w-condition-invisible'><p class='w-dyn-bind-empty'></p></div>"
    )
    assert [element.text for element in facts.empty_lists] == ["No items found."]
    assert len(facts.unbound) == 1
    assert facts.class_counts["w-dyn-bind-empty"] == 2


def test_equal_templates_and_different_ones():
    def post(title, items):
        return page(
            f"<body><main class=post><h1>{title}</h1><ul class=tags>{'<li class=tag>x</li>' * items}</ul></main>"
        )

    assert post("One", 3).template == post("Two", 9).template
    assert post("One", 3).template.startswith("dom:")
    assert post("One", 3).template != page("<body><main class=shop><h1>One</h1></main>").template


def test_content_hash_ignores_what_every_answer_has_new():
    first = page('<!-- Last Published: Mon --><script nonce="a1"></script><input name="csrf_token" value="1"><p>x')
    again = page('<!-- Last Published: Tue --><script nonce="b2"></script><input name="csrf_token" value="2"><p>x')
    other = page('<!-- Last Published: Tue --><script nonce="b2"></script><input name="csrf_token" value="2"><p>y')
    assert first.content_hash == again.content_hash != other.content_hash
    assert first.text_hash == again.text_hash != other.text_hash


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"", {"content-type": "text/html"}), (b"%PDF-1.7", {"content-type": "application/pdf"}), (b"plain", {})],
)
def test_what_is_no_html_has_no_facts(body, headers):
    facts = parse(Response(URL, URL, 200, headers, body), URL)
    assert facts.links == () and facts.html_bytes == len(body)


def test_an_error_has_no_facts():
    facts = parse(Response(URL, URL, None, {}, b"", error=FetchError.DNS), URL)
    assert facts.status is None and facts.title == ""
