"""The proxy is the only way out: nothing on a page reaches an address that the policy does not open."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bench import ways_out
from scans.browser import proxy as proxying
from scans.browser.proxy import EgressProxy, Unreachable
from scans.fetch import guard
from scans.fetch.guard import Policy, Refused
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


def test_no_way_out_of_all_that_are_known(run: Run[Any], visits: Visits, site: LocalSite) -> None:
    """Over 40 ways, with a canary on a port that is allowed, so that the address alone is what is refused."""

    async def open_all() -> tuple[list[str], int]:
        async def redirect(request: web.Request) -> web.Response:
            raise web.HTTPFound(f"http://{request.query_string}")

        async def worker(request: web.Request) -> web.Response:
            return web.Response(text=f"fetch('http://{request.query_string}')", content_type="text/javascript")

        site.add("/redirect", redirect)
        site.add("/worker.js", worker)
        async with ways_out.canary() as caught:
            there = f"127.0.0.1:{caught.port}"
            urls = [site.add(f"/{name}", page) for name, page in ways_out.pages(there).items()]
            urls += [f"http://127.0.0.1:{site.port}/redirect?{there}/top"]
            urls += [f"http://{host}:{caught.port}/" for host in ways_out.SPELLINGS]
            for url in urls:
                await visits.visitor.visit(url, viewports=(), axe=False)
            return caught.connections, caught.datagrams

    assert run(open_all()) == ([], 0)
    assert visits.visitor._lease.denials.keys() >= {"loopback", "local-name", "embeds-ipv4", "this-network"}


def answering(*answers: str) -> Callable[..., list[Any]]:
    """A name server whose answer changes with every question; several addresses in one answer are joined by a comma."""
    turns = itertools.cycle(answers)

    def answer(name: str, port: int) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in next(turns).split(",")]

    return answer


@pytest.mark.parametrize("remembered_s", [60.0, 0.0])
def test_name_that_is_rebound_reaches_nobody(
    run: Run[Any], monkeypatch: pytest.MonkeyPatch, remembered_s: float
) -> None:
    """Public first, so that it passes, then loopback: whichever answer a connection meets, it is the one checked."""
    monkeypatch.setattr(guard, "_getaddrinfo", answering("93.184.216.34", "127.0.0.1"))
    monkeypatch.setattr(guard, "FOUND_S", remembered_s)
    monkeypatch.setattr(guard, "NOT_FOUND_S", remembered_s)
    monkeypatch.setattr(proxying, "CONNECT_TIMEOUT_S", 0.05)  # nothing answers there from here

    async def dial(proxy: EgressProxy) -> str:
        try:
            wires = await proxy.dial("rebind.example.com", 8080)
        except (Refused, Unreachable) as error:
            return type(error).__name__
        wires.writer.close()
        return str(wires.writer.get_extra_info("peername")[0])

    async def ask() -> tuple[list[str], Counter[str]]:
        async with ways_out.canary() as caught, EgressProxy() as proxy:
            proxy.use(Policy())
            return caught.connections, Counter([await dial(proxy) for _ in range(40)])

    connections, ends = run(ask())
    assert connections == []
    assert ends.keys() <= {"Refused", "Unreachable", "93.184.216.34"}
    assert ends["Refused"] == (0 if remembered_s else 20)


@pytest.mark.parametrize("bad", ["10.0.0.1", "169.254.169.254", "127.0.0.1"])
def test_mixed_answer_is_refused_whole(run: Run[Any], monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setattr(guard, "_getaddrinfo", answering(f"93.184.216.34,{bad}"))

    async def ask() -> bytes:
        async with EgressProxy() as proxy:
            proxy.use(Policy())
            return await _ask(proxy, b"CONNECT mixed.example.com:443 HTTP/1.1\r\n\r\n")

    assert run(ask()).startswith(b"HTTP/1.1 403 ")


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
