"""The only way out for Chromium: a forward proxy that asks the egress policy before it dials.

In: what Chromium sends a proxy (CONNECT for https and WebSockets, absolute-form requests for http). Out: bytes from
addresses that the policy let through. A name is resolved once and every answer is checked, and one of these addresses
is what is dialled, so nothing can be rebound in between. Anything not allowed is answered 403 `egress-denied:<reason>`
and counted; while no policy is set everything is denied.

Each browser has a proxy on a port of its own, so policy, counters and caps belong to one lease. (Credentials would do
the same, but make Playwright intercept every request.) `denied` and `failed` remember host:port pairs: Chromium cannot
tell a refusal of ours or a name that does not resolve from an answer of the site, the visit can.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import NamedTuple

from scans.browser.message import Head, parse_head
from scans.discover.urls import parse
from scans.fetch.guard import Policy, Refused, Resolver, Unresolved, check_host

CHUNK = 64 * 1024
HEAD_LIMIT = 256 * 1024
HEAD_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 10.0
MAX_CONNECTIONS = 256
MAX_BYTES = 200 * 1024 * 1024
REMEMBERED = 1000

Pair = tuple[str, int]


class Unreachable(Exception):
    """No connection; `error` is the word Chromium would have used itself."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Wires(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class EgressProxy:
    """`async with EgressProxy() as proxy`, then `proxy.use(policy)`; `proxy.url` is what Chromium is given."""

    def __init__(self) -> None:
        self.denials: Counter[str] = Counter()
        self.denied: dict[Pair, str] = {}
        self.failed: dict[Pair, str] = {}
        self.bytes_in = 0
        self.bytes_out = 0
        self.max_bytes = MAX_BYTES
        self._resolver: Resolver | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, policy: Policy, max_bytes: int = MAX_BYTES) -> None:
        self._resolver, self.max_bytes = Resolver(policy), max_bytes

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self, listener: socket.socket | None = None) -> None:
        """On `listener`, which may be of another network namespace, else on a free port."""
        where = {"sock": listener} if listener else {"host": "127.0.0.1", "port": 0}
        self._server = await asyncio.start_server(self._accept, limit=HEAD_LIMIT, **where)

    async def close(self) -> None:
        """Ends every connection at once."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> EgressProxy:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(Wires(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: Wires) -> None:
        try:
            await _Connection(self, client).run()
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # the browser or the site went away in the middle: there is nobody left to tell
        finally:
            client.writer.close()

    async def dial(self, host: str, port: int) -> Wires:
        """A connection to a checked address. Raises Refused, or Unreachable with Chromium's word for it."""
        if self._resolver is None:
            raise Refused("no-policy", "This browser is not lent to a scan.")
        if self.bytes_in > self.max_bytes:
            raise Refused("byte-cap", "This scan has loaded as much as it may.")
        check_host(host, port, self._resolver.policy)
        try:
            addresses = await self._resolver.resolve(host, port)
        except Unresolved as error:
            raise Unreachable("net::ERR_NAME_NOT_RESOLVED") from error
        return await self._connect([ip for _, ip in addresses], port)

    async def _connect(self, addresses: list[str], port: int) -> Wires:
        failure = "net::ERR_ADDRESS_UNREACHABLE"
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                for ip in addresses:
                    try:
                        return Wires(*await asyncio.open_connection(ip, port, limit=HEAD_LIMIT))
                    except ConnectionRefusedError:
                        failure = "net::ERR_CONNECTION_REFUSED"
                    except OSError:
                        continue
        except TimeoutError:
            failure = "net::ERR_CONNECTION_TIMED_OUT"
        raise Unreachable(failure)

    def note(self, pair: Pair, outcome: Refused | Unreachable | None) -> None:
        self.failed.pop(pair, None)
        if isinstance(outcome, Refused):
            self.denials[outcome.reason] += 1
            if len(self.denied) < REMEMBERED:
                self.denied[pair] = outcome.reason
        elif outcome is not None and len(self.failed) < REMEMBERED:
            self.failed[pair] = outcome.error

    async def copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, length: int | None = None) -> None:
        """Until the end, or `length` bytes."""
        while length is None or length > 0:
            data = await source.read(CHUNK if length is None else min(CHUNK, length))
            if not data:
                if length is None:
                    return
                raise EOFError("the body ended early")
            length = None if length is None else length - len(data)
            self.count(len(data))
            sink.write(data)
            await sink.drain()

    def count(self, received: int) -> None:
        self.bytes_in += received
        if self.bytes_in > self.max_bytes:
            self.denials["byte-cap"] += 1
            raise EOFError("byte cap")


class _Connection:
    """One connection of Chromium: a tunnel, or plain requests one after the other. The connection to the site is kept
    as long as the requests go to the same one."""

    def __init__(self, proxy: EgressProxy, client: Wires) -> None:
        self.proxy = proxy
        self.client = client
        self.site: Wires | None = None
        self.pair: Pair = ("", 0)

    async def run(self) -> None:
        try:
            while head := await self._head():
                method, target, _ = head.words
                if method == "CONNECT":
                    return await self._tunnel(target)
                if not await self._exchange(head, target):
                    return
        finally:
            self._leave()

    async def _head(self) -> Head | None:
        try:
            async with asyncio.timeout(HEAD_TIMEOUT_S):
                return parse_head(await self.client.reader.readuntil(b"\r\n\r\n"))
        except (asyncio.IncompleteReadError, TimeoutError):
            return None

    async def _tunnel(self, target: str) -> None:
        if not await self._reach(f"https://{target}/", 443):
            return
        assert self.site is not None
        self.client.writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self._splice(self.site)

    async def _splice(self, site: Wires) -> None:
        both = {
            asyncio.create_task(self.proxy.copy(site.reader, self.client.writer)),
            asyncio.create_task(self._send(site.writer)),
        }
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _send(self, sink: asyncio.StreamWriter) -> None:
        while data := await self.client.reader.read(CHUNK):
            self.proxy.bytes_out += len(data)
            sink.write(data)
            await sink.drain()

    async def _exchange(self, request: Head, target: str) -> bool:
        """One request and its answer; True when the connection can be used again."""
        if not target.startswith("http://") or not await self._reach(target, 80):
            return False
        assert self.site is not None
        method, _, version = request.words
        path = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        self.site.writer.write(request.raw(f"{method} {path} {version}".encode("latin-1")))
        await self._body(request, self.client.reader, self.site.writer)
        answer = parse_head(await self.site.reader.readuntil(b"\r\n\r\n"))
        while answer.words[1] in ("100", "103"):
            answer = parse_head(await self.site.reader.readuntil(b"\r\n\r\n"))
        self.client.writer.write(answer.raw())
        if answer.words[1] == "101":
            await self._splice(self.site)
            return False
        bodiless = method == "HEAD" or answer.words[1] in ("204", "304")
        if not bodiless:
            await self._answer_body(answer)
        if answer.closes or request.closes:
            self._leave()
        return bodiless or answer.chunked or answer.length is not None

    async def _reach(self, url: str, default_port: int) -> bool:
        """Connects `site` to the URL's host, or says to Chromium why not."""
        parsed = parse(url)
        if parsed is None:
            await self._refuse(("", 0), Refused("malformed", url))
            return False
        pair = (parsed.hostname, int(parsed.port or default_port))
        if self.site is not None and pair == self.pair and not self.site.reader.at_eof():
            return True
        self._leave()
        try:
            self.site, self.pair = await self.proxy.dial(*pair), pair
        except (Refused, Unreachable) as error:
            await self._refuse(pair, error)
            return False
        self.proxy.note(pair, None)
        return True

    async def _refuse(self, pair: Pair, error: Refused | Unreachable) -> None:
        self.proxy.note(pair, error)
        denied = isinstance(error, Refused)
        status = "403 Forbidden" if denied else "502 Bad Gateway"
        body = f"egress-denied:{error.reason}" if isinstance(error, Refused) else f"egress-failed:{error.error}"
        self.client.writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain\r\n"
            f"Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}".encode()
        )
        await self.client.writer.drain()

    async def _body(self, head: Head, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        if head.chunked:
            await self._chunks(source, sink)
        elif head.length:
            await self.proxy.copy(source, sink, head.length)

    async def _answer_body(self, head: Head) -> None:
        assert self.site is not None
        if head.chunked or head.length is not None:
            await self._body(head, self.site.reader, self.client.writer)
        else:
            await self.proxy.copy(self.site.reader, self.client.writer)

    async def _chunks(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while True:
            line = await source.readuntil(b"\r\n")
            sink.write(line)
            size = int(line.split(b";")[0], 16)
            await self.proxy.copy(source, sink, size + 2 if size else 0)
            if size == 0:
                break
        while (line := await source.readuntil(b"\r\n")) != b"\r\n":
            sink.write(line)
        sink.write(line)
        await sink.drain()

    def _leave(self) -> None:
        if self.site is not None:
            self.site.writer.close()
            self.site = None
