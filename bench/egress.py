"""That nothing on a page reaches an address which the egress policy does not open.

    python -m bench.egress [LABELLED_JSON] [--json]

Opens a page for every way in which a browser can be made to connect (URLs of every spelling, redirects, sub-resources,
scripts, workers, sockets, WebRTC, prefetching, forms, pop-ups), all aimed at a canary on loopback. `tcp` and `udp` are
who came, and must be 0. `control` are the ways that do reach a canary which the policy opens: the pages are no blanks.
LABELLED_JSON holds rows of `url` and `expected`: block, allow, reject, resolve-then-decide or either; each is asked of
`check_url`, `check_target` and a running proxy, and `wrong` lists those that answer otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web

from bench import ways_out
from bench.ways_out import Canary, canary
from scans.browser.look import Deadlines
from scans.browser.pool import BrowserPool
from scans.browser.proxy import EgressProxy
from scans.browser.sizing import Limits
from scans.browser.visit import Visitor
from scans.discover.urls import parse
from scans.fetch.guard import Policy, Refused, check_target, check_url

QUICK = Deadlines(page_s=8, load_s=2, settle_ms=600)
REFUSED = ("block", "reject")
ANSWER_S = 15.0


@contextlib.asynccontextmanager
async def serving(there: str) -> AsyncIterator[str]:
    """The hostile pages, and the redirects some of them need."""
    pages = ways_out.pages(there)

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/redirect":
            raise web.HTTPFound(f"http://{request.query_string}")
        if request.path == "/worker.js":
            return web.Response(text=f"fetch('http://{request.query_string}')", content_type="text/javascript")
        return web.Response(text=pages.get(request.path[1:], ""), content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def visit_all(pool: BrowserPool, caught: Canary, *, opened: bool) -> dict[str, Any]:
    """Every page, and the canary's own address as a page, spelled in every way."""
    there = f"127.0.0.1:{caught.port}"
    async with serving(there) as site:
        policy = Policy.of([site, *([there] if opened else [])])
        async with pool.lease(policy, "bench") as lease, Visitor(lease, deadlines=QUICK) as visitor:
            urls = [f"http://{site}/{name}" for name in ways_out.pages(there)]
            urls += [f"http://{site}/redirect?{there}/top"]
            urls += [f"http://{host}:{caught.port}/" for host in ways_out.SPELLINGS if not opened]
            visits = await asyncio.gather(*(visitor.visit(url, viewports=(), axe=False) for url in urls))
            return {"pages": len(visits), "denials": lease.denials}


async def ways() -> dict[str, Any]:
    async with BrowserPool(limits=Limits(max_size=1)) as pool:
        async with canary() as caught:
            figures = await visit_all(pool, caught, opened=False)
            figures |= {"port": caught.port, "tcp": len(caught.connections), "udp": caught.datagrams}
            figures["came"] = caught.connections[:20]
        async with canary() as caught:
            await visit_all(pool, caught, opened=True)
            seen = {line.split(" ")[1].strip("/?") for line in caught.connections if line.endswith("HTTP/1.1")}
            figures["control"] = sorted(seen - {""})
        figures["isolated"] = pool.state().isolated
    return figures


async def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    async with EgressProxy() as proxy:
        proxy.use(Policy())
        answers = await asyncio.gather(*(ask(proxy, row["url"]) for row in rows))
    wrong = []
    for row, proxied in zip(rows, answers, strict=True):
        answer = {"url": verdict(check_url, row["url"]), "target": verdict(check_target, row["url"]), "proxy": proxied}
        if not right(row["expected"], answer):
            wrong.append({"url": row["url"], "expected": row["expected"], **answer})
    return {"labelled": len(rows), "wrong": wrong}


def right(expected: str, answer: dict[str, str]) -> bool:
    """A person may not name an IP address at all, so `allow` is what a page may."""
    if expected in REFUSED:
        return all(answer.values())
    if expected == "allow":
        return not answer["target"] and not answer["proxy"]
    return answer["proxy"] != "connected"


def verdict(check: Any, url: str) -> str:
    try:
        check(url, Policy())
    except Refused as refused:
        return refused.reason
    return ""


async def ask(proxy: EgressProxy, url: str) -> str:
    """The proxy's word for a refusal, "" when it tried to connect. What is no http URL never gets to the proxy."""
    parsed = parse(url)
    if parsed is None or parsed.protocol not in ("http:", "https:"):
        return "not-http"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writer.write(f"GET {parsed.href.replace('https:', 'http:', 1)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    try:
        async with asyncio.timeout(ANSWER_S):
            answer = (await reader.read()).decode("latin-1")
    except TimeoutError:
        return ""
    finally:
        writer.close()
    return answer.rpartition("egress-denied:")[2] if "egress-denied:" in answer else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", nargs="?", type=Path, metavar="LABELLED_JSON")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    figures = asyncio.run(ways())
    if options.labelled:
        figures |= asyncio.run(judge(json.loads(options.labelled.read_text())))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:10} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
