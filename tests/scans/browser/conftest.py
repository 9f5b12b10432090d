"""One event loop, one warm pool and one small site for all tests of a module. The site is a real server on loopback;
the canary is another one that nobody may ever reach."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from aiohttp import web

from scans.browser.lease import Lease
from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.browser.visit import Deadlines, Visitor
from scans.fetch.guard import Policy
from scans.snapshot import Visit

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
QUICK = Deadlines(page_s=5, load_s=2, close_s=3)


@dataclass
class LocalSite:
    """`add` a page (HTML, or a handler) and get its URL."""

    port: int = 0
    pages: dict[str, str | Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, path: str, page: str | Handler) -> str:
        self.pages[path] = page
        return f"http://127.0.0.1:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404, text="nothing here")
        if isinstance(page, str):
            return web.Response(text=page, content_type="text/html")
        return await page(request)

    @property
    def policy(self) -> Policy:
        return Policy.of([f"127.0.0.1:{self.port}"])


@dataclass
class Canary:
    port: int = 0
    connections: int = 0

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.fixture(scope="module")
def run() -> Iterator[Run[Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def site(run: Run[Any]) -> Iterator[LocalSite]:
    site = LocalSite()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", site.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.port = runner.addresses[0][1]
        return runner

    runner = run(start())
    yield site
    run(runner.cleanup())


@pytest.fixture(scope="module")
def canary(run: Run[Any]) -> Iterator[Canary]:
    canary = Canary()

    async def start() -> asyncio.Server:
        server = await asyncio.start_server(canary.connected, "127.0.0.1", 0)
        canary.port = server.sockets[0].getsockname()[1]
        return server

    server = run(start())
    yield canary
    server.close()


@pytest.fixture(scope="module")
def pool(run: Run[Any], chromium_path: str) -> Iterator[BrowserPool]:
    pool = BrowserPool(chromium_path, Limits(max_size=2))
    run(pool.start())
    yield pool
    run(pool.close())


@dataclass
class Visits:
    run: Run[Any]
    lease: Lease
    visitor: Visitor

    def __call__(self, url: str, **options: Any) -> Visit:
        return self.run(self.visitor.visit(url, **options))


@pytest.fixture(scope="module")
def visits(run: Run[Any], pool: BrowserPool, site: LocalSite) -> Iterator[Visits]:
    """One lease and one visitor with a single tab, so that every test of the module reuses it."""
    lending = pool.lease(site.policy, "tests")
    lease = run(lending.__aenter__())
    yield Visits(run, lease, Visitor(lease, tabs=1, deadlines=QUICK))
    run(lending.__aexit__(None, None, None))
