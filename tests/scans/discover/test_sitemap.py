import asyncio
import gzip

import pytest
from aiohttp import web

from scans.discover import sitemap
from scans.discover.sitemap import Unreadable, fetch_sitemaps, read_sitemap
from tests.scans.fetch.server import html, visiting

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls):
    return f'<?xml version="1.0"?><urlset {NS}>' + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>"


def index(*urls):
    return f"<sitemapindex {NS}>" + "".join(f"<sitemap><loc> {u} </loc></sitemap>" for u in urls) + "</sitemapindex>"


def fetch(files, listed=()):
    async def handler(request):
        body = files.get(request.path)
        if body is None:
            return html("not found", 404)
        body = body.replace("HERE", f"http://{request.host}").encode() if isinstance(body, str) else body
        return web.Response(body=body, content_type="application/xml")

    async def run():
        async with visiting(handler) as (served, client):
            found = await fetch_sitemaps(client, served.url("/a"), [served.url(path) for path in listed])
            return served, found

    served, found = asyncio.run(run())
    return found, [url.removeprefix(served.base) for url in found.urls], served


def test_pages_are_listed_and_pictures_are_not():
    body = urlset("https://e.com/", " https://e.com/a?x=1&amp;y=2 ").replace(
        "</url>", "<image:image><image:loc>https://e.com/i.png</image:loc></image:image></url>", 1
    )
    body = body.replace("<urlset ", '<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" ')
    assert read_sitemap(body.encode()).pages == ["https://e.com/", "https://e.com/a?x=1&y=2"]


def test_text_gzip_encodings_and_prefixes():
    assert read_sitemap(b"\xef\xbb\xbfhttps://e.com/\r\n\r\nhttps://e.com/b\n").pages == [
        "https://e.com/",
        "https://e.com/b",
    ]
    assert read_sitemap(gzip.compress(urlset("https://e.com/z").encode())).pages == ["https://e.com/z"]
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><urlset><url><loc>https://e.com/ü</loc></url></urlset>'
    assert read_sitemap(latin.encode("latin-1")).pages == ["https://e.com/ü"]
    prefixed = f"<s:urlset {NS.replace('xmlns', 'xmlns:s')}><s:url><s:loc>https://e.com/p</s:loc></s:url></s:urlset>"
    assert read_sitemap(prefixed.encode()).pages == ["https://e.com/p"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><urlset>&c;</urlset>', "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset/>', "document type"),
        (b"<urlset><url>", "not valid XML"),
        (b"<!doctype html><html><p>Not found", "web page"),
        (b"\x1f\x8bnot gzip at all", "not a valid gzip"),
        (b"<a>" * 1000, "nested too deep"),
        (b"", "not valid XML"),
    ],
)
def test_what_is_no_sitemap_says_why(body, why):
    with pytest.raises(Unreadable, match=why):
        read_sitemap(body)


def test_a_bomb_is_refused_at_its_limit(monkeypatch):
    monkeypatch.setattr(sitemap, "LIMIT", 1_000_000)
    with pytest.raises(Unreadable, match="larger"):
        read_sitemap(gzip.compress(b" " * 100_000_000))


def test_fifty_thousand_are_enough():
    body = urlset(*(f"https://e.com/{n}" for n in range(50_100)))
    assert len(read_sitemap(body.encode()).pages) == 50_000


def test_an_index_is_followed_three_levels_and_in_no_circle():
    found, urls, served = fetch(
        {
            "/sitemap.xml": index("HERE/one.xml", "HERE/sitemap.xml"),
            "/one.xml": index("HERE/two.xml"),
            "/two.xml": index("HERE/three.xml"),
            "/three.xml": urlset("HERE/too-deep"),
        }
    )
    assert urls == [] and len(found.files) == 3
    assert served.count("/sitemap.xml") == 1 and served.count("/three.xml") == 0
    assert "nested deeper" in found.errors[0]


def test_files_of_an_index_add_up():
    found, urls, _ = fetch(
        {
            "/sitemap.xml": index("HERE/a.xml", "HERE/gone.xml", "HERE/b.xml.gz"),
            "/a.xml": urlset("HERE/x", "HERE/y", "/relative"),
            "/b.xml.gz": gzip.compress(b"https://other.example.com/z"),
        }
    )
    assert urls == ["/x", "/y", "https://other.example.com/z"]
    assert len(found.files) == 3
    assert sorted(error.rpartition(": ")[2] for error in found.errors) == [
        "404 Not Found",
        "“/relative” is not an absolute web address",
    ]


def test_no_sitemap_is_no_error_unless_robots_promised_one():
    found, _, _ = fetch({})
    assert found == sitemap.Sitemap()
    found, _, _ = fetch({}, ["/promised.xml"])
    assert found.errors and "404 Not Found" in found.errors[0]


def test_listed_sitemaps_replace_the_usual_one():
    found, urls, served = fetch({"/map.xml": urlset("HERE/a"), "/sitemap.xml": urlset("HERE/b")}, ["/map.xml"])
    assert urls == ["/a"] and served.count("/sitemap.xml") == 0 and not found.errors
