"""A real HTTP server on a loopback port, opened through the policy, for one test."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from scans.fetch.client import Client
from scans.fetch.guard import Policy

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Served:
    """`asked` are the (method, path with query) pairs that arrived, in order."""

    base: str
    host: str
    asked: list[tuple[str, str]]

    @property
    def policy(self) -> Policy:
        return Policy.of([self.host])

    def url(self, path: str) -> str:
        return self.base + path

    def count(self, path: str) -> int:
        return sum(asked == path for _, asked in self.asked)


@asynccontextmanager
async def serving(handler: Handler, *, tls: bool = False) -> AsyncIterator[Served]:
    asked: list[tuple[str, str]] = []

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        asked.append((request.method, request.path_qs))
        return await handler(request)  # type: ignore[arg-type]

    runner = web.ServerRunner(web.Server(note), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=_self_signed() if tls else None)
    await site.start()
    host = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield Served(f"http{'s' if tls else ''}://{host}", host, asked)
    finally:
        await runner.cleanup()


def _self_signed() -> ssl.SSLContext:
    """A certificate of localhost that no authority signed, good for a hundred years."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("localhost.pem"))
    return context


@asynccontextmanager
async def visiting(handler: Handler, **options: object) -> AsyncIterator[tuple[Served, Client]]:
    async with serving(handler) as served, Client(served.policy, **options) as client:  # type: ignore[arg-type]
        yield served, client


def html(text: str, status: int = 200, **headers: str) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
