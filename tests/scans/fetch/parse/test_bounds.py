import time

import pytest

from scans.fetch.parse import bounds, parse, tree
from scans.fetch.parse.bounds import bounded
from scans.snapshot import Response

URL = "https://www.example.com/"
HOSTILE = {
    "nested": "<div>" * 100_000,
    "lists never closed": "<ul><li>" * 100_000,
    "formatting copied into every block": "".join(f"<b a{n}>" for n in range(5_000)) + "<p>x" * 20_000,
    "attributes": "<a " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
    "comments": "<!--" * 200_000,
    "dates": "<!-- Last Published:" * 50_000,
    "tokens": "<input name=csrf" * 50_000,
    "imports": "<style>" + "@import url(" * 100_000,
    "srcset": '<img srcset="' + "a (" * 100_000 + '">',
    "metas": "<meta charset=" * 100_000,
    "NUL": "\0" * 100_000 + "<p>x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_cost_little(name):
    body = HOSTILE[name].encode()
    started = time.process_time()
    facts = parse(Response(URL, URL, 200, {"content-type": "text/html"}, body), URL)
    assert time.process_time() - started < 10
    assert facts.html_bytes == len(body)


def test_twenty_thousand_levels_are_no_recursion():
    facts = parse(Response(URL, URL, 200, {}, b"<div>" * 19_000 + b'<a href="/deep">deep</a>'), URL)
    assert facts.links[0].url == "https://www.example.com/deep"


def test_ten_megabytes_are_read_as_far_as_we_look():
    facts = parse(Response(URL, URL, 200, {}, b"<p>hello <a href=/x>you</a></p>\n" * 330_000), URL)
    assert 0 < len(facts.links) <= 10_000 and len(facts.main_text) == 100_000


def test_large_honest_pages_are_not_cut():
    icons = "<svg viewBox='0 0 9 9'>" + "<path d='M0 0'/><circle r='1'/>" * 3 + "</svg>"
    html = f"<ul>{f'<li>a <a href=/x><b>b</b></a><br>{icons}' * 6_000}</ul>"
    assert html.count("<") > 25_000
    assert bounded(html) == html


def test_a_data_url_is_no_flood_of_attributes():
    html = f"<img src='data:image/png;base64,{'A' * 200_000}'><p>after"
    assert bounded(html) == html


def test_nodes_are_capped(monkeypatch):
    monkeypatch.setattr(tree, "MOST_NODES", 100)
    monkeypatch.setattr(bounds, "MOST_TAGS", 10**9)
    assert len(tree.build("<p>x" * 1000).tags) == 100
