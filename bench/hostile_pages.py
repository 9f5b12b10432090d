"""Pages that fight back, each with a name and what a scan may make of it; shared by `bench.hostile` and the tests."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from functools import cache

from aiohttp import web

Page = str | Callable[[web.Request], Awaitable[web.StreamResponse]]
HEAD = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body><h1>Fine</h1>"
BOMB_MB = 300
DRIP_S = 60


def script(text: str) -> str:
    return f"{HEAD}<script>{text}</script>"


async def download(_: web.Request) -> web.StreamResponse:
    return web.Response(text="x" * 100_000, headers={"Content-Disposition": "attachment; filename=../../x"})


async def basic_auth(_: web.Request) -> web.StreamResponse:
    return web.Response(
        status=401, text=HEAD, content_type="text/html", headers={"WWW-Authenticate": 'Basic realm="x"'}
    )


async def silence(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(DRIP_S)
    return web.Response()


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    await response.write(HEAD.encode())
    for _ in range(DRIP_S * 2):
        await asyncio.sleep(0.5)
        await response.write(b"<p>more")
    return response


async def redirects(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("redirect-loop")


async def long_redirects(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"long-redirects?{int(request.query_string or 0) + 1}")


async def gzip_bomb(_: web.Request) -> web.StreamResponse:
    return web.Response(body=bomb(), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


@cache
def bomb() -> bytes:
    return gzip.compress(HEAD.encode() + b" " * (BOMB_MB << 20))


async def huge_header(_: web.Request) -> web.StreamResponse:
    return web.Response(text=HEAD, headers={"X-Long": "x" * 500_000}, content_type="text/html")


async def service_worker(request: web.Request) -> web.StreamResponse:
    if request.query_string:
        loop = "self.addEventListener('fetch', (e) => e.respondWith(new Promise(() => 0))); while (true);"
        return web.Response(text=loop, content_type="text/javascript")
    register = "navigator.serviceWorker && navigator.serviceWorker.register('service-worker?js', {scope: '/'})"
    return web.Response(text=script(register), content_type="text/html")


PAGES: dict[str, Page] = {
    "dialogs": script("for (;;) alert(1)"),
    "dialogs-timed": script("setInterval(() => confirm('sure?'), 1)"),
    "endless-loop": script("while (true);"),
    "endless-loop-later": script("setTimeout(() => { while (true); }, 200)"),
    "regex": script("/^(a+)+$/.test('a'.repeat(40) + 'b')"),
    "heap-bomb": script("const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()))"),
    "buffer-bomb": script("const all = []; setInterval(() => all.push(new Uint8Array(3e7).fill(7)), 5)"),
    "canvas-bomb": script(
        "const all = []; setInterval(() => { const c = document.createElement('canvas'); c.width = c.height = 8000;"
        "c.getContext('2d').fillRect(0, 0, 8000, 8000); all.push(c); document.body.append(c) }, 10)"
    ),
    "popups": script("for (let i = 0; i < 300; i++) open('/fine?' + i)"),
    "download": download,
    "download-script": script(
        "const a = document.createElement('a'); a.href = 'download'; a.download = 'x'; a.click()"
    ),
    "basic-auth": basic_auth,
    "silence": silence,
    "drip": drip,
    "redirect-loop": redirects,
    "long-redirects": long_redirects,
    "meta-refresh": f"{HEAD}<meta http-equiv=refresh content=0>",
    "reload": script("location.reload()"),
    "gzip-bomb": gzip_bomb,
    "huge-header": huge_header,
    "many-links": HEAD + "".join(f"<a href='/l/{n}'>{n}</a> " for n in range(50_000)),
    "many-nodes": script(
        "const f = document.createDocumentFragment(); for (let i = 0; i < 1e6; i++)"
        "f.append(document.createElement('i')); document.body.append(f)"
    ),
    "deep-nodes": HEAD + "<div>" * 20_000,
    "console-flood": script("for (let i = 0; i < 200000; i++) console.log('x'.repeat(1000))"),
    "console-stream": script("setInterval(() => { for (let i = 0; i < 1000; i++) console.error(i) }, 1)"),
    "service-worker": service_worker,
    "print": script("for (let i = 0; i < 50; i++) print()"),
    "beforeunload": script("onbeforeunload = (e) => { e.preventDefault(); e.returnValue = 'no'; return 'no' }"),
    "long-title": script("document.title = 'y'.repeat(2e7)"),
    "tall": HEAD + "<div style='height: 30000000px'>",
    "filters": HEAD + "<div style='filter: blur(90px); width: 9000px; height: 9000px; background: red'>" * 30,
}
