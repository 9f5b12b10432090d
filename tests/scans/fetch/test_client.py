import asyncio
import gzip
import socket
import time
import zlib
from itertools import pairwise

import pytest
from aiohttp import web

from scans.fetch.client import HEADER_LIMIT, Client
from scans.fetch.guard import Policy
from scans.fetch.politeness import Politeness
from scans.snapshot import FetchError, Hop

from .server import html, serving, visiting


def get(handler, path="/", **options):
    async def run():
        async with visiting(handler) as (served, client):
            return served, await client.get(served.url(path), **options)

    return asyncio.run(run())


async def redirects(request):
    if request.path == "/start":
        return web.Response(status=301, headers={"Location": "/middle?x=1#part"})
    if request.path == "/middle":
        return web.Response(status=302, headers={"Location": "end"})
    if request.path == "/loop":
        return web.Response(status=302, headers={"Location": "/loop"})
    if request.path == "/private":
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/"})
    if request.path == "/app":
        return web.Response(status=302, headers={"Location": "itms-apps://x"})
    if request.path == "/reserved":
        return web.Response(status=302, headers={"Location": "http://shop.invalid/"})
    return html("<p>end")


def test_redirects_are_followed_and_recorded():
    served, response = get(redirects, "/start")
    assert (response.status, response.body, response.error) == (200, b"<p>end", None)
    assert response.url == served.url("/start")
    assert response.final_url == served.url("/end")
    assert response.chain == (Hop(served.url("/start"), 301), Hop(served.url("/middle?x=1"), 302))
    assert response.content_type == "text/html" and response.wire_bytes == 6 and response.ttfb_ms > 0


def test_a_redirect_loop_ends_after_ten():
    served, response = get(redirects, "/loop")
    assert response.error is FetchError.REDIRECT_LOOP
    assert len(response.chain) == 10 and served.count("/loop") == 11


@pytest.mark.parametrize(
    ("path", "error"),
    [("/private", FetchError.BLOCKED), ("/app", FetchError.PROTOCOL), ("/reserved", FetchError.DNS)],
)
def test_a_redirect_to_what_cannot_be_asked_keeps_its_chain(path, error):
    served, response = get(redirects, path)
    assert response.error is error
    assert response.chain == (Hop(served.url(path), 302),)


def test_a_loop_that_only_wants_a_cookie_is_none():
    async def handler(request):
        if "seen" in request.cookies:
            return html("welcome")
        return web.Response(status=302, headers={"Location": "/", "Set-Cookie": "seen=1"})

    async def run():
        async with serving(handler) as served:
            port = served.host.rpartition(":")[2]
            async with Client(Policy.of([f"localhost:{port}"])) as client:
                return await client.get(f"http://localhost:{port}/")

    response = asyncio.run(run())
    assert response.body == b"welcome" and len(response.chain) == 1


def test_a_slow_drip_ends_at_the_deadline():
    async def drip(request):
        reply = web.StreamResponse()
        await reply.prepare(request)
        while True:
            await reply.write(b"x")
            await asyncio.sleep(0.05)

    started = time.monotonic()
    _, response = get(drip, timeout=0.5)
    assert response.error is FetchError.TIMEOUT
    assert time.monotonic() - started < 3


def test_endless_html_is_cut_off_and_kept():
    async def endless(request):
        reply = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
        await reply.prepare(request)
        while True:
            await reply.write(b"<p>more" * 1000)

    _, response = get(endless, limit=50_000)
    assert response.truncated and response.error is None and len(response.body) == 50_000


def test_other_content_over_the_limit_is_too_large():
    async def big(request):
        return web.Response(body=b"x" * 60_000, content_type="video/mp4")

    _, response = get(big, limit=50_000)
    assert response.truncated and response.error is FetchError.TOO_LARGE and response.status == 200
    assert response.wire_bytes == 60_000


def test_a_gzip_bomb_costs_its_limit():
    bomb = gzip.compress(b"\0" * 50_000_000)

    async def handler(request):
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})

    _, response = get(handler, limit=1_000_000)
    assert response.truncated and len(response.body) == 1_000_000
    assert response.wire_bytes <= len(bomb)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello", wbits=-15)),
    ],
)
def test_encodings_are_undone(encoding, body):
    async def handler(request):
        assert request.headers["Accept-Encoding"] == "gzip, deflate"
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    _, response = get(handler)
    assert response.body == b"hello" and response.error is None


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_broken_and_unknown_encodings_are_errors_with_their_status(encoding):
    async def handler(request):
        return web.Response(body=b"no such thing", headers={"Content-Encoding": encoding})

    _, response = get(handler)
    assert (response.status, response.error) == (200, FetchError.PROTOCOL)


def test_headers_are_lower_case_joined_and_capped():
    async def handler(request):
        reply = html("x", **{"X-Long": "y" * 9000, "X-Odd": "caf\udcc3\udca9"})
        reply.headers.add("Set-Cookie", "a=1")
        reply.headers.add("Set-Cookie", "b=2")
        return reply

    _, response = get(handler)
    assert response.headers["set-cookie"] == "a=1\nb=2"
    assert len(response.headers["x-long"]) == HEADER_LIMIT
    assert "QASentinelBot" not in response.headers


def test_our_name_is_said_and_the_proxy_of_the_environment_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    agents = []

    async def handler(request):
        agents.append(request.headers["User-Agent"])
        return html("x")

    assert get(handler)[1].status == 200
    assert agents == ["Mozilla/5.0 (compatible; QASentinelBot/1.0; +https://qasentinel.dev/bot)"]


def raw_server(answer: bytes | None):
    """Speaks these bytes to whoever connects, then hangs up."""

    async def run():
        async def talk(reader, writer):
            await reader.readline()
            if answer:
                writer.write(answer)
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Client(Policy.of([host])) as client:
            return await client.get(f"http://{host}/"), await client.get(f"https://{host}/")

    return asyncio.run(run())


def test_broken_servers_are_values():
    nothing, tls = raw_server(None)
    assert nothing.error is FetchError.RESET and nothing.status is None
    assert tls.error in (FetchError.TLS, FetchError.RESET)
    assert raw_server(b"SSH-2.0-OpenSSH_9\r\n")[0].error is FetchError.PROTOCOL
    short = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")[0]
    assert short.error is FetchError.RESET


def test_a_certificate_that_nobody_signed_is_a_tls_error():
    async def handler(request):
        return html("x")

    async def run():
        async with serving(handler, tls=True) as served, Client(served.policy) as client:
            return await client.get(served.url("/"))

    response = asyncio.run(run())
    assert response.error is FetchError.TLS and response.status is None


def test_refused_unresolved_and_forbidden_are_told_apart():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{held.getsockname()[1]}"

    async def run():
        async with Client(Policy.of([closed, "nothing.invalid:80"])) as client:
            return [
                (await client.get(url)).error
                for url in (f"http://{closed}/", "http://nothing.invalid/", "http://127.0.0.1:1/", "http://[::1]/")
            ]

    assert asyncio.run(run()) == [FetchError.REFUSED, FetchError.DNS, FetchError.BLOCKED, FetchError.BLOCKED]


def test_a_scan_has_a_last_byte():
    async def handler(request):
        return html("x" * 1000)

    async def run():
        async with visiting(handler, scan_limit=2500) as (served, client):
            return [await client.get(served.url("/")) for _ in range(4)]

    *_, third, fourth = asyncio.run(run())
    assert third.truncated and len(third.body) == 500
    assert fourth.error is FetchError.TOO_LARGE and fourth.status is None


def test_head_reads_no_body():
    async def handler(request):
        return html("x" * 1000)

    served, response = get(handler, method="HEAD")
    assert response.status == 200 and response.body == b"" and response.wire_bytes == 1000
    assert served.asked == [("HEAD", "/")]


def busy(wait: str, status: int = 429):
    answers = []

    async def handler(request):
        answers.append(time.monotonic())
        return html("slow down", status, **{"Retry-After": wait}) if len(answers) == 1 else html("ok")

    return handler, answers


def get_page(handler):
    async def run():
        async with visiting(handler) as (served, client):
            return await client.get_page(served.url("/"))

    return asyncio.run(run())


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for_once(status):
    handler, asked = busy("1", status)
    assert get_page(handler).status == 200
    assert asked[1] - asked[0] >= 1


def test_who_wants_more_time_than_we_have_is_not_asked_again():
    handler, asked = busy("3600")
    assert get_page(handler).status == 429 and len(asked) == 1


def test_pages_of_a_host_keep_their_distance_and_number():
    running = starts = most = 0
    times = []

    async def handler(request):
        nonlocal running, starts, most
        running, starts = running + 1, starts + 1
        most = max(most, running)
        times.append(time.monotonic())
        await asyncio.sleep(0.3)
        running -= 1
        return html("x")

    async def run():
        async with visiting(handler, politeness=Politeness(2, 0.1)) as (served, client):
            await asyncio.gather(*(client.get_page(served.url(f"/{n}")) for n in range(6)))

    asyncio.run(run())
    assert starts == 6 and most == 2
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.09


def test_ten_server_errors_in_a_row_are_a_reason_to_stop():
    async def handler(request):
        return html("x", 500 if request.path != "/ok" else 200)

    async def run():
        async with visiting(handler) as (served, client):
            for n in range(9):
                await client.get_page(served.url(f"/{n}"))
            before = client.politeness.is_failing(served.base)
            await client.get_page(served.url("/9"))
            after = client.politeness.is_failing(served.base)
            await client.get_page(served.url("/ok"))
            return before, after, client.politeness.is_failing(served.base)

    assert asyncio.run(run()) == (False, True, False)
