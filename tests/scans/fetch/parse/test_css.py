from scans.fetch.parse.css import css_assets, urls_in
from scans.snapshot import Response


def test_every_way_to_name_a_url():
    css = r"""@import "a.css"; @import url('b.css') screen; .x{background:url( c.png )}
    .y{src:url("d\"e.woff2")} .z{background:URL(f%20g.png),url('h,i.png')} /* url(no.png) */
    .w{fill:url(#g); mask:url(data:image/svg+xml;x)} .v{background:url()} .u{background:url(j\6B .png)}"""
    assert urls_in(css) == ["a.css", "b.css", "c.png", 'd"e.woff2', "f%20g.png", "h,i.png", "jk.png"]


def test_urls_start_at_the_sheet():
    body = '@charset "utf-8"; .a{background:url(../img/ü.png)} .b{background:url(../img/ü.png)}'.encode()
    sheet = Response("https://a.test/css/x.css", "https://cdn.example.com/css/x.css", 200, {}, body)
    assert css_assets(sheet, "https://www.example.com/") == ["https://cdn.example.com/img/%C3%BC.png"]
