"""The proxy is the only way out: nothing on a page reaches an address that the policy does not open."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import ClientSession, web

from scans.browser.proxy import EgressProxy
from scans.fetch.guard import Policy
from scans.snapshot import VisitError
from tests.scans.browser.conftest import Canary, LocalSite, Run, Visits

HEAD = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body>"


def test_no_way_to_the_canary(site: LocalSite, visits: Visits, canary: Canary) -> None:
    there = f"127.0.0.1:{canary.port}"

    async def redirect(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://{there}/redirected.png")

    site.add("/redirect.png", redirect)
    page = f"""{HEAD}<img src="http://{there}/a.png"><img src="http://localhost:{canary.port}/b.png">
      <img src="/redirect.png"><iframe src="http://{there}/frame"></iframe><link rel=preconnect href="http://{there}">
      <link rel=stylesheet href="http://{there}/style.css"><script src="http://[::1]:{canary.port}/s.js"></script>
      <script>
        fetch("http://{there}/fetch", {{mode: "no-cors"}}).catch(() => 0);
        new WebSocket("ws://{there}/socket"); new EventSource("http://{there}/events");
        navigator.sendBeacon("http://{there}/beacon", "x");
        new RTCPeerConnection({{iceServers: [{{urls: "stun:{there}"}}]}}).createDataChannel("x");
        open("http://{there}/popup");
      </script>"""
    visit = visits(site.add("/way-out", page), axe=False)
    assert canary.connections == 0
    assert visit.error is None
    asked = {request.url: request for request in visit.requests if str(canary.port) in request.url}
    assert {f"http://{there}/{name}" for name in ("a.png", "redirected.png", "fetch", "style.css")} <= asked.keys()
    assert all(request.blocked and request.status is None for url, request in asked.items() if url.startswith("http"))
    assert visits.visitor._lease.denials["port"] >= 6


def test_forbidden_page_is_blocked(site: LocalSite, visits: Visits, canary: Canary) -> None:
    visit = visits(f"http://127.0.0.1:{canary.port}/")
    assert (visit.error, visit.error_detail) == (VisitError.BLOCKED, "egress-denied:port")
    assert canary.connections == 0


def test_own_proxy_is_no_way_around(site: LocalSite, visits: Visits) -> None:
    url = visits.visitor._lease.proxy.url
    visit = visits(site.add("/proxy", f"{HEAD}<img src='{url}/x.png'>"), axe=False)
    assert [r.blocked for r in visit.requests if r.url.startswith(url)] == [True]


def test_name_that_does_not_resolve_is_not_an_answer(site: LocalSite, visits: Visits) -> None:
    visit = visits(
        site.add("/dns", f"{HEAD}<img src='http://no-such-host.example.org.invalid.com:80/x.png'>"), axe=False
    )
    [request] = [r for r in visit.requests if "no-such-host" in r.url]
    assert (request.status, request.failure, request.blocked) == (None, "net::ERR_NAME_NOT_RESOLVED", False)


async def _ask(proxy: EgressProxy, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writer.write(raw)
    answer = await asyncio.wait_for(reader.read(), 3)
    writer.close()
    return answer


def test_without_a_policy_everything_is_denied(run: Run[Any], site: LocalSite) -> None:
    async def ask() -> bytes:
        async with EgressProxy() as proxy:
            return await _ask(proxy, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert run(ask()).endswith(b"egress-denied:no-policy")


def test_tunnels_are_checked_and_counted(run: Run[Any], site: LocalSite) -> None:
    async def ask() -> tuple[list[bytes], EgressProxy]:
        async with EgressProxy() as proxy:
            proxy.use(site.policy)
            targets = ("127.0.0.1:22", "10.0.0.1:443", "169.254.169.254:80", "[::1]:443", "localhost:443", "0x7f.1:443")
            answers = [await _ask(proxy, f"CONNECT {target} HTTP/1.1\r\n\r\n".encode()) for target in targets]
            return answers, proxy

    answers, proxy = run(ask())
    denied = [answer.rpartition(b"egress-denied:")[2].decode() for answer in answers]
    assert denied == ["port", "private", "metadata", "loopback", "local-name", "loopback"]
    assert all(answer.startswith(b"HTTP/1.1 403 ") for answer in answers)
    assert proxy.denials.total() == 6


def test_connection_is_kept_and_bodies_are_whole(run: Run[Any], site: LocalSite) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await response.write(body[len(body) // 2 :])
        return response

    url = site.add("/echo", echo)
    sent = [bytes([65 + i]) * (i * 70_000 + 1) for i in range(4)]

    async def ask() -> list[bytes]:
        async with EgressProxy() as proxy, ClientSession() as session:
            proxy.use(site.policy)
            answers = []
            for body in sent:
                async with session.post(url, data=body, proxy=proxy.url) as answer:
                    answers.append(await answer.read())
            assert len(proxy._tasks) == 1, "one connection served all"
            async with session.head(url, proxy=proxy.url) as answer:
                assert answer.status == 200
            return answers

    assert run(ask()) == sent


def test_byte_cap_closes_the_way(run: Run[Any], site: LocalSite) -> None:
    async def big(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 300_000)

    url = site.add("/big", big)

    async def ask() -> bytes:
        async with EgressProxy() as proxy:
            proxy.use(Policy.of([f"127.0.0.1:{site.port}"]), max_bytes=100_000)
            raw = f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            assert len(await _ask(proxy, raw)) < 300_000
            return await _ask(proxy, raw)

    assert run(ask()).endswith(b"egress-denied:byte-cap")


def test_websocket_through_an_open_pair(site: LocalSite, visits: Visits) -> None:
    async def socket(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        await response.send_str("hello over the tunnel")
        await response.close()
        return response

    site.add("/socket", socket)
    script = f"new WebSocket('ws://127.0.0.1:{site.port}/socket').onmessage = (m) => console.log(m.data)"
    visit = visits(site.add("/ws", f"{HEAD}<script>{script}</script><div style='height:4000px'>"), axe=False)
    assert [line.text for line in visit.console] == ["hello over the tunnel"]
