import asyncio

import pytest
from aiohttp import web

from scans.discover.robots import RobotsRules, fetch_robots
from scans.snapshot import FetchError, Response
from tests.scans.fetch.server import visiting

URL = "https://example.com/robots.txt"


def rules(text, status=200):
    return RobotsRules(Response(URL, URL, status, {}, text if isinstance(text, bytes) else text.encode()))


def test_the_most_specific_group_and_rule_count():
    found = rules(
        "User-agent: *\nDisallow: /\n\n"
        "User-agent: QASentinelBot\nDisallow: /private\nAllow: /private/ok$\nCrawl-delay: 2\n"
    )
    assert found.allowed("https://example.com/")
    assert not found.allowed("https://example.com/private/x")
    assert found.allowed("https://example.com/private/ok")
    assert found.crawl_delay_s == 2
    assert not found.snapshot().blocks_all


def test_wildcards():
    found = rules("User-agent: *\nDisallow: /*?sort=\nDisallow: /*.pdf$")
    assert not found.allowed("https://example.com/list?sort=a")
    assert found.allowed("https://example.com/a.pdf.html") and not found.allowed("https://example.com/a.pdf")


def test_everything_disallowed():
    found = rules("User-agent: *\nDisallow: /\n")
    snapshot = found.snapshot(blocked=["https://example.com/a"])
    assert snapshot.blocks_all and snapshot.status == 200 and snapshot.blocked == {"https://example.com/a"}


def test_lines_nobody_knows_change_nothing():
    assert not rules("User-agent: QASentinelBot\nNo-such-thing: x\nUser-agent: *\nDisallow: /\n").allowed(f"{URL}x")


def test_sitemaps_are_absolute():
    found = rules("\ufeffSitemap: https://example.com/a.xml\nSITEMAP: /b.xml\nSitemap: https://example.com/a.xml")
    assert found.sitemaps == ("https://example.com/a.xml", "https://example.com/b.xml")


@pytest.mark.parametrize(
    ("status", "stop"), [(404, False), (403, False), (410, False), (429, True), (500, True), (503, True)]
)
def test_statuses(status, stop):
    found = rules("User-agent: *\nDisallow: /", status)
    assert found.stop is stop and found.allowed("https://example.com/") is not stop
    assert found.snapshot().text == "" and not found.snapshot().blocks_all


def test_no_answer_means_stop():
    assert RobotsRules(Response(URL, URL, None, {}, b"", error=FetchError.TIMEOUT)).stop
    assert not RobotsRules(Response(URL, URL, 302, {}, b"", error=FetchError.REDIRECT_LOOP)).stop


@pytest.mark.parametrize("body", [b"", b"\0\xff\xfe" * 100, b"<html>not found</html>", b"Disallow: /", b"a" * 100_000])
def test_rubbish_allows(body):
    assert rules(body).allowed("https://example.com/")


def test_patterns_made_to_be_slow_are_not():
    found = rules("User-agent: *\nDisallow: /" + "*a" * 500 + "b\n")
    assert found.allowed("https://example.com/" + "a" * 2000)


def test_a_long_delay_is_capped():
    assert rules("User-agent: *\nCrawl-delay: 86400").crawl_delay_s == 30


def test_only_the_first_half_megabyte_is_read():
    async def handler(request):
        return web.Response(body=b"#" * 600_000 + b"\nUser-agent: *\nDisallow: /\n", content_type="text/plain")

    async def run():
        async with visiting(handler) as (served, client):
            return served, await fetch_robots(client, served.url("/deep/page?x"))

    served, found = asyncio.run(run())
    assert served.asked == [("GET", "/robots.txt")]
    assert found.allowed(served.url("/")) and not found.stop
