"""Pages for what axe-core finds, several rules on one page where they cannot hide each other."""

from __future__ import annotations

from scans.snapshot import Confidence
from tests.sites.plan import REVIEW, Family, Page, Want, want


def axe(rule: str, *at: str, count: int | None = None, confidence: Confidence = Confidence.CONFIRMED) -> Want:
    return Want(f"accessibility.{rule}", count or len(at) or 1, at, confidence)


_NAMES = """<p><button id="b-empty" style="width:48px;height:48px"></button></p>
<p><a id="a-empty" href="/accessibility" class="note-link" style="width:48px;height:48px"></a></p>
<p><input id="i-submit" type="submit" value=""></p>
<p><input id="i-image" type="image" src="/images/light.jpg" width="60" height="40"></p>
<p><img id="no-alt" src="/images/light.jpg" width="150" height="100"></p>
<p><span id="r-img" role="img" style="display:inline-block;width:40px;height:40px"></span></p>
<p><svg id="s-img" role="img" width="40" height="40"><rect width="40" height="40"/></svg></p>
<p><object id="obj" data="/images/drawing.svg" type="image/svg+xml" width="60" height="40"></object></p>
<map name="shelf"><area id="area" href="/accessibility" shape="rect" coords="0,0,50,50"></map>
<p><img src="/images/light.jpg" usemap="#shelf" width="150" height="100" alt="Two shelves with bowls"></p>
<details><summary id="sum"></summary><p>The story of the shelf.</p></details>
<p><a class="note-link" href="/accessibility"><img id="same-alt" src="/images/light.jpg" width="60" height="40" alt="The first shelf">The first shelf</a></p>"""
_FIELDS = """<p><input id="no-label" name="colour"></p>
<p><select id="no-name" name="size"><option>Small</option></select></p>
<p><label for="title-only-x">Another</label><input id="title-only-x" name="other"></p>
<p><input id="by-title" name="weight" title="The weight in grams"></p>
<p><label for="fill">Name for the box</label> <input id="fill" name="box" autocomplete="nonsense"></p>
<p><label for="twice">One</label> <label for="twice">Two</label> <input id="twice" name="two" type="text"></p>"""
_ARIA = """<p><span id="role" role="kiln">Unknown role</span></p>
<p><span id="attr" aria-labeled="x">Misspelled attribute</span></p>
<p><button id="value" aria-expanded="maybe">Unfold</button></p>
<p><span id="box" role="checkbox" tabindex="0" aria-label="Glazed" style="padding:12px;display:inline-block">Glazed</span></p>
<div id="list" role="list"><span role="button" tabindex="0" style="padding:12px;display:inline-block">Lonely</span></div>
<p><span id="item" role="option" aria-selected="false">Lonely option</span></p>
<p><button id="allowed" aria-checked="true">Check</button></p>
<p><span id="prohibited" role="strong" aria-label="A name that nobody hears">Loud</span></p>
<div id="hidden-focus" aria-hidden="true"><button>Still reached</button></div>
<p><span id="cmd" role="button" tabindex="0" style="padding:16px;display:inline-block"></span></p>
<p><span id="switch" role="switch" aria-checked="false" tabindex="0" style="padding:16px;display:inline-block"></span></p>
<p><span id="bar" role="progressbar" aria-valuenow="4" style="padding:4px;display:inline-block"></span></p>
<p><span id="meter" role="meter" aria-valuenow="4" style="padding:4px;display:inline-block"></span></p>
<p><span id="tip" role="tooltip" style="padding:4px;display:inline-block"></span></p>
<p><span id="textbox" role="textbox" tabindex="0" style="padding:16px;display:inline-block"></span></p>
<div role="tablist" aria-label="Shelves"><span id="tab" role="tab" tabindex="0" aria-selected="true" style="padding:16px;display:inline-block"></span></div>
<ul role="tree" aria-label="Shelves"><li id="tree" role="treeitem" tabindex="0" style="padding:16px"></li></ul>"""
_TABLES = """<table><caption>Prices of bowls</caption><tr><th id="th" scope="col">Bowl</th></tr></table>
<table><tr><th scope="col">Bowl</th><th scope="col">Price</th></tr><tr><td id="td-h" headers="nothing">Blue</td><td>12</td></tr></table>
<table><tr><th id="scope" scope="word">Cup</th><th>Price</th></tr><tr><td>Grey</td><td>9</td></tr></table>
<table summary="Colours of the year"><caption>Colours of the year</caption><tr><th scope="col">Month</th></tr><tr><td>May</td></tr></table>
<table><tr><th id="empty-th" scope="col"></th><th scope="col">Price</th></tr><tr><td>Plate</td><td>20</td></tr></table>
<dl id="dl"><p>Not a term</p><dt>Kiln</dt><dd>An oven</dd></dl>
<div><dt id="dt">A lonely term</dt></div>
<ul id="ul"><li>One</li><div>Not an item</div></ul>
<div><li id="li">A lonely item</li></div>
<h2 id="h-empty"></h2><h4 id="h-skip">A heading that skipped one</h4>"""
_SEEN = """<p id="grey" style="color:#aaa">This grey is too light to read on white.</p>
<p>A link in a text <a id="plain" href="/accessibility" style="text-decoration:none;color:#333">that looks like the text</a> around it.</p>
<p id="spacing" style="letter-spacing:0 !important;line-height:1 !important">Spacing that nobody can change.</p>
<p><a id="small-1" href="/links" style="display:inline-block;width:12px;font:12px/12px sans-serif">1</a><a id="small-2" href="/images" style="display:inline-block;width:12px;font:12px/12px sans-serif">2</a></p>
<p><button id="tabbed" tabindex="3">I come first</button></p>
<p><button id="key-1" accesskey="k">Kiln</button> <button id="key-2" accesskey="k">Clay</button></p>
<p><button id="nest">Outside <a class="note-link" style="padding:16px" href="/accessibility">inside</a></button></p>
<marquee id="moves">Clay, clay, clay</marquee>
<blink id="blinks">New</blink>
<p id="valid" lang="xx-klingon">A phrase in a language that has no code.</p>"""
_FRAMES = """<p><iframe id="frame" src="/images/note.html" width="200" height="100"></iframe></p>
<p><video id="video" width="200" height="100" controls></video></p>
<p><iframe id="same-1" title="A note" src="/images/note.html" width="200" height="100"></iframe>
<iframe id="same-2" title="A note" src="/images/note-2.html" width="200" height="100"></iframe></p>"""

_WHOLE = (
    Page("/accessibility/lang-missing", "A page that keeps its language secret", edits=((' lang="en">', ">"),),
         wants=(axe("html-has-lang", "html"),)),
    Page("/accessibility/lang-invalid", "A page in a language of its own", edits=((' lang="en">', ' lang="clay">'),),
         wants=(axe("html-lang-valid", "html"),)),
    Page("/accessibility/lang-two", "A page in two languages", edits=((' lang="en">', ' lang="en" xml:lang="fr">'),),
         wants=(axe("html-xml-lang-mismatch", "html"),)),
    Page("/accessibility/no-zoom", "A page that cannot be enlarged",
         edits=(("initial-scale=1", "initial-scale=1, user-scalable=no"),), wants=(axe("meta-viewport"),)),
    Page("/accessibility/refresh", "A page that does not wait", head='<meta http-equiv="refresh" content="600">',
         wants=(axe("meta-refresh"),)),
    Page("/accessibility/no-main", "A page without a middle",
         edits=(('<main class="page-main">', '<div class="page-main">'), ("</main>", "</div>")),
         wants=(axe("landmark-one-main", "html"), Want("accessibility.region", None))),
    Page("/accessibility/two-mains", "A page with two middles", '<main id="second"><p>The second middle.</p></main>',
         wants=(Want("accessibility.landmark-no-duplicate-main", 1), Want("accessibility.landmark-main-is-top-level", 1),
                Want("accessibility.landmark-unique", None))),
    Page("/accessibility/two-banners", "A page with two heads and feet",
         edits=(("<main class", '<header id="head-2"><p>Again.</p></header><main class'),
                ("<script src=", '<footer id="foot-2"><p>The end, again.</p></footer><script src=')),
         wants=(Want("accessibility.landmark-no-duplicate-banner", 1), Want("accessibility.landmark-no-duplicate-contentinfo", 1),
                Want("accessibility.landmark-unique", None))),
    Page("/accessibility/region", "A page with a stray line", edits=(("<main class", '<p id="stray">A stray line.</p><main class'),),
         wants=(axe("region", "#stray"),)),
    Page("/accessibility/inner-landmarks", "A page with a head inside its middle",
         '<div id="inner-head" role="banner"><p>A head.</p></div><div id="inner-foot" role="contentinfo"><p>A foot.</p></div>',
         wants=(Want("accessibility.landmark-banner-is-top-level", 1), Want("accessibility.landmark-contentinfo-is-top-level", 1),
                Want("accessibility.landmark-no-duplicate-banner", 1), Want("accessibility.landmark-no-duplicate-contentinfo", 1),
                Want("accessibility.landmark-unique", None))),
    Page("/accessibility/skip-link", "A page whose short cut is closed",
         edits=(('<body>', '<body><a id="skip" style="position:absolute;left:-9999px" href="#lost-part">Skip to the text</a>'),),
         wants=(axe("skip-link", "#skip"), axe("region", "#skip"), want("links.broken-fragment", "#skip"))),
    Page("/accessibility/hidden-body", "A page that is not read out", edits=(("<body>", '<body aria-hidden="true">'),),
         wants=(axe("aria-hidden-body", "body"), axe("aria-hidden-focus", "body"), axe("page-has-heading-one", "html"),
                axe("landmark-one-main", "html"), axe("bypass", "html", confidence=REVIEW))),
    Page("/accessibility/dialog", "A box without a name", '<div id="dialog" role="dialog"><p>A box.</p></div>',
         wants=(axe("aria-dialog-name", "#dialog"),)),
)  # fmt: skip
_PAGES = (
    Page("/accessibility/names", "Things without a name", _NAMES, wants=(
        axe("button-name", "#b-empty"), axe("link-name", "#a-empty"), axe("input-button-name", "#i-submit"),
        axe("input-image-alt", "#i-image"), axe("image-alt", "#no-alt"), axe("role-img-alt", "#r-img"),
        axe("svg-img-alt", "#s-img"), axe("object-alt", "#obj"), axe("area-alt", "#area"), axe("summary-name", "#sum"),
        axe("image-redundant-alt", "#same-alt"))),
    Page("/accessibility/fields", "Fields without a label", _FIELDS, wants=(
        axe("label", "#no-label"), axe("select-name", "#no-name"), axe("autocomplete-valid", "#fill"),
        Want("accessibility.label-title-only", 1, ("#by-title",)),
        axe("form-field-multiple-labels", "#twice", confidence=REVIEW))),
    Page("/accessibility/aria", "Roles that do not fit", _ARIA, wants=(
        axe("aria-roles", "#role"), axe("aria-valid-attr", "#attr"), axe("aria-valid-attr-value", "#value"),
        axe("aria-required-attr", "#box"), axe("aria-required-children", "#list"), axe("aria-required-parent", "#item"),
        axe("aria-allowed-attr", "#allowed"), axe("aria-prohibited-attr", "#prohibited"), axe("aria-hidden-focus", "#hidden-focus"),
        axe("aria-command-name", "#cmd"), axe("aria-toggle-field-name", "#switch"), axe("aria-progressbar-name", "#bar"),
        axe("aria-meter-name", "#meter"), axe("aria-tooltip-name", "#tip"), axe("aria-input-field-name", "#textbox"),
        axe("aria-tab-name", "#tab"), axe("aria-treeitem-name", "#tree"))),
    Page("/accessibility/tables", "Tables and lists out of order", _TABLES, wants=(
        Want("accessibility.th-has-data-cells", 1, confidence=REVIEW), axe("td-headers-attr"), axe("scope-attr-valid", "#scope"),
        axe("table-duplicate-name"), axe("empty-table-header", "#empty-th"), axe("definition-list", "#dl"),
        axe("dlitem", "#dt"), axe("list", "#ul"), axe("listitem", "#li"), axe("empty-heading", "#h-empty"),
        axe("heading-order", "#h-skip"))),
    Page("/accessibility/seen", "Things that are hard to see or reach", _SEEN, wants=(
        axe("color-contrast", "#grey"), axe("link-in-text-block", "#plain"), axe("avoid-inline-spacing", "#spacing"),
        axe("target-size", "#small-1", "#small-2"), axe("tabindex", "#tabbed"), axe("accesskeys", count=1),
        axe("nested-interactive", "#nest"), axe("marquee", "#moves"), axe("blink", "#blinks"),
        axe("valid-lang", "#valid"))),
    Page("/accessibility/frames", "Frames and films", _FRAMES, wants=(
        axe("frame-title", "#frame"), Want("accessibility.video-caption", None, confidence=REVIEW),
        Want("accessibility.frame-title-unique", None, confidence=REVIEW))),
)  # fmt: skip

FAMILY = Family("accessibility", "For everybody", (*_WHOLE, *_PAGES))
