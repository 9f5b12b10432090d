"""Every way in which a page can make a browser connect somewhere, as one page each, and a canary that counts who came.

Shared by `bench.egress` and the tests of the egress proxy.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

HEAD = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body>"
PORTS = (8080, 8443)  # ports that the policy allows, so that only the address can be what is refused

# @@ is the forbidden URL, without a scheme and with a path of its own
MARKUP = {
    "image": "<img alt='' src='http://@@'>",
    "srcset": "<img alt='' srcset='http://@@ 1x'>",
    "style": "<link rel=stylesheet href='http://@@'>",
    "css-import": "<style>@import 'http://@@';</style>",
    "css-background": "<p style='background: url(http://@@)'>x",
    "font": "<style>@font-face {font-family: f; src: url(http://@@)} p {font-family: f}</style><p>x",
    "script": "<script src='http://@@'></script>",
    "module": "<script type=module src='http://@@'></script>",
    "frame": "<iframe src='http://@@'></iframe>",
    "frame-srcdoc": "<iframe srcdoc='<img src=\"http://@@\">'></iframe>",
    "frame-refresh": "<iframe srcdoc='<meta http-equiv=refresh content=\"0;url=http://@@\">'></iframe>",
    "object": "<object data='http://@@'></object>",
    "embed": "<embed src='http://@@'>",
    "video": "<video src='http://@@' autoplay muted></video>",
    "svg": "<svg><image href='http://@@' width=9 height=9 /></svg>",
    "preload": "<link rel=preload as=image href='http://@@'>",
    "modulepreload": "<link rel=modulepreload href='http://@@'>",
    "prefetch": "<link rel=prefetch href='http://@@'>",
    "prerender": '<script type=speculationrules>{"prerender": [{"urls": ["http://@@"]}]}</script>',
    "preconnect": "<link rel=preconnect href='http://@@'><link rel=dns-prefetch href='http://@@'>",
    "manifest": "<link rel=manifest href='http://@@'>",
    "form": "<iframe name=f></iframe><form id=g target=f action='http://@@'></form><script>g.submit()</script>",
    "redirect": "<img alt='' src='/redirect?@@'><iframe src='/redirect?@@'></iframe>",
    "redirect-fetch": "<script>fetch('/redirect?@@', {mode: 'no-cors'}).catch(() => 0)</script>",
    "report": "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'; report-uri http://@@\"><img src=/x>",
}
SCRIPTS = {
    "fetch": "fetch('http://@@', {mode: 'no-cors', keepalive: true}).catch(() => 0)",
    "xhr": "const x = new XMLHttpRequest(); x.open('POST', 'http://@@'); x.send('x')",
    "beacon": "navigator.sendBeacon('http://@@', 'x')",
    "events": "new EventSource('http://@@')",
    "websocket": "new WebSocket('ws://@@'); new WebSocket('wss://@@')",
    "worker": "new Worker(URL.createObjectURL(new Blob([\"fetch('http://@@', {mode: 'no-cors'})\"])))",
    "worker-import": "new Worker(URL.createObjectURL(new Blob([\"importScripts('http://@@')\"])))",
    "shared-worker": "new SharedWorker(URL.createObjectURL(new Blob([\"fetch('http://@@', {mode: 'no-cors'})\"])))",
    "service-worker": "navigator.serviceWorker && navigator.serviceWorker.register('/worker.js?@@')",
    "webtransport": "typeof WebTransport === 'function' && new WebTransport('https://@@').ready.catch(() => 0)",
    "popup": "open('http://@@'); open('http://@@', '_blank', 'noopener')",
    "link-ping": "const a = document.createElement('a'); a.href = '#x'; a.ping = 'http://@@'; a.click()",
    "download": "const d = document.createElement('a'); d.href = 'http://@@'; d.download = 'x'; d.click()",
    "image-object": "new Image().src = 'http://@@'",
}
# @@ is host:port alone
RTC = (
    "const c = new RTCPeerConnection({iceServers: [%s]}); c.createDataChannel('x');"
    "c.createOffer().then((o) => c.setLocalDescription(o))"
)
SERVERS = {
    "stun": "{urls: 'stun:@@'}",
    "turn-udp": "{urls: 'turn:@@?transport=udp', username: 'u', credential: 'c'}",
    "turn-tcp": "{urls: 'turn:@@?transport=tcp', username: 'u', credential: 'c'}",
    "turns": "{urls: 'turns:@@?transport=tcp', username: 'u', credential: 'c'}",
}
SPELLINGS = (
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "127.0.0.1.",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "lo\u00adcalhost",
    "x@127.0.0.1",
)


def pages(there: str) -> dict[str, str]:
    """Name → HTML that tries to reach `there` (host:port) in this way."""
    scripts = {name: f"<script>{text}</script>" for name, text in SCRIPTS.items()}
    found = {name: HEAD + text.replace("@@", f"{there}/{name}") for name, text in (MARKUP | scripts).items()}
    for name, server in SERVERS.items():
        found[name] = f"{HEAD}<script>{RTC % server.replace('@@', there)}</script>"
    port = there.rpartition(":")[2]
    spelled = "".join(f"<img alt='' src='http://{host}:{port}/spelled'>" for host in SPELLINGS)
    return found | {"spellings": HEAD + spelled}


@dataclass
class Canary:
    """Listens on loopback, TCP and UDP, IPv4 and IPv6. Nobody may ever come."""

    port: int = 0
    connections: list[str] = field(default_factory=list)
    datagrams: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = b""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                first = await reader.read(200)
        self.connections.append(first.decode("latin-1").partition("\r\n")[0])
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, canary: Canary) -> None:
        self._canary = canary

    def datagram_received(self, data: bytes, address: object) -> None:
        self._canary.datagrams += 1


@contextlib.asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    found = Canary()
    server = await _server(found)
    found.port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transports = []
    for address in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(found), local_addr=(address, found.port)
            )
            transports.append(transport)
    try:
        yield found
    finally:
        server.close()
        for transport in transports:
            transport.close()


async def _server(found: Canary) -> asyncio.Server:
    hosts = ["127.0.0.1", "::1"] if socket.has_ipv6 else ["127.0.0.1"]
    for port in (*PORTS, 0):
        with contextlib.suppress(OSError):
            return await asyncio.start_server(found.connected, hosts if port else "127.0.0.1", port)
    raise OSError("nothing to listen on")
