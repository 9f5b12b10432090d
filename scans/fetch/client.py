"""HTTP for one scan: URL in, `Response` out, whatever happens on the way.

Nothing a server does raises here. Every hop of a redirect is asked of the guard and followed by hand; every name is
resolved by the guard's resolver and every socket checked once more; a body is unpacked piece by piece up to its
limit; one deadline covers the whole chain, so slow drips end too. Cookies live as long as the client: some sites
redirect in circles without them.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
import zlib
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import SimpleNamespace, TracebackType
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from scans.discover.urls import normalise, parse
from scans.fetch.guard import Policy, Refused, Resolver, Unresolved, check_target
from scans.fetch.inflate import ACCEPT, ENCODINGS, Inflater
from scans.fetch.politeness import DEFAULT_WAIT_S, LONGEST_WAIT_S, Politeness, retry_after
from scans.snapshot import FetchError, Hop, Response

USER_AGENT = "Mozilla/5.0 (compatible; QASentinelBot/1.0; +https://qasentinel.dev/bot)"
PAGE_LIMIT = 10 * 1024 * 1024
SCAN_LIMIT = 200 * 1024 * 1024
TIMEOUT_S = 15.0
CONNECT_S = 10.0
REDIRECTS = 10
HEADER_LIMIT = 2048
_HEADER_LINE = 64 * 1024
_HTML = frozenset({"", "text/html", "application/xhtml+xml"})
_ASK_AGAIN = frozenset({429, 503})


class _GuardedResolver(AbstractResolver):
    """aiohttp's view of our resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=found, proto=0, flags=flags)
            for found, ip in await self._resolver.resolve(host, port)
        ]

    async def close(self) -> None:
        return None


@dataclass(slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    location: str | None
    body: bytes = b""
    ttfb_ms: float = 0.0
    wire_bytes: int = 0
    truncated: bool = False
    error: FetchError | None = None


@dataclass(slots=True)
class _Journey:
    """What is known so far of a chain of requests, for the moment something breaks it off."""

    url: str
    at: str
    chain: list[Hop] = field(default_factory=list)

    def response(self, answer: _Answer | None = None, error: FetchError | None = None) -> Response:
        if answer is None:
            return Response(self.url, self.at, None, {}, b"", tuple(self.chain), error)
        return Response(
            url=self.url,
            final_url=self.at,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            chain=tuple(self.chain),
            error=error or answer.error,
            ttfb_ms=answer.ttfb_ms,
            wire_bytes=answer.wire_bytes,
            truncated=answer.truncated,
        )


class Client:
    """`async with Client(policy) as client`. `bytes_in` counts what came over the wire."""

    def __init__(
        self,
        policy: Policy,
        *,
        politeness: Politeness | None = None,
        user_agent: str = USER_AGENT,
        scan_limit: int = SCAN_LIMIT,
    ) -> None:
        self.policy = policy
        self.resolver = Resolver(policy)
        self.politeness = politeness or Politeness()
        self.bytes_in = 0
        self._user_agent = user_agent
        self._scan_limit = scan_limit
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Client:
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(self.resolver),
            use_dns_cache=False,
            socket_factory=self._socket,
            limit=64,
            limit_per_host=12,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": self._user_agent,
                "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                "Accept-Language": "en,*;q=0.5",
                "Accept-Encoding": ACCEPT,
            },
            cookie_jar=aiohttp.CookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_HEADER_LINE,
            max_field_size=_HEADER_LINE,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            trace_configs=[_send_times()],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        self.resolver.check_socket(str(address[0]), int(address[1]))
        return socket.socket(family, kind, proto)

    def page_slot(self, url: str) -> AbstractAsyncContextManager[None]:
        return self.politeness.slot(url)

    async def get_page(self, url: str) -> Response:
        """A page, politely: takes a slot of its host; asked to wait (429, 503), everybody waits and it is tried once
        more. Asked to wait for longer than a scan can, it is not, and the crawl should end."""
        async with self.page_slot(url):
            response = await self.get(url)
            too_long = False
            if response.status in _ASK_AGAIN:
                wait = _wait_for(response)
                too_long = wait is None
                await self.politeness.pause(url, LONGEST_WAIT_S if wait is None else wait)
                if not too_long:
                    await self.politeness.turn(url)
                    response = await self.get(url)
        self.politeness.note(url, response.status)
        if too_long:
            self.politeness.give_up(url)
        return response

    async def get(
        self,
        url: str,
        *,
        method: str = "GET",
        limit: int = PAGE_LIMIT,
        timeout: float = TIMEOUT_S,  # noqa: ASYNC109 - one deadline for all hops, the caller's own
        redirects: int = REDIRECTS,
    ) -> Response:
        """`limit` caps the unpacked body: HTML that is longer comes back truncated, anything else is TOO_LARGE as
        well."""
        journey = _Journey(url, url)
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(journey, method, limit, redirects)
        except Refused as refusal:
            # a name that can never exist is the site's mistake, everything else is our own refusal
            reserved = refusal.reason == "reserved-name"
            return journey.response(error=FetchError.DNS if reserved else FetchError.BLOCKED)
        except (aiohttp.ClientError, OSError, ValueError, ssl.SSLError) as error:
            return journey.response(error=_error_of(error))

    async def _follow(self, journey: _Journey, method: str, limit: int, redirects: int) -> Response:
        while True:
            journey.at = check_target(journey.at, self.policy)
            if self.bytes_in >= self._scan_limit:
                return journey.response(error=FetchError.TOO_LARGE)
            answer = await self._exchange(journey.at, method, min(limit, self._scan_limit - self.bytes_in))
            if answer.location is None:
                return journey.response(answer)
            if len(journey.chain) >= redirects:
                return journey.response(answer, FetchError.REDIRECT_LOOP)
            journey.chain.append(Hop(journey.at, answer.status))
            target = normalise(answer.location, journey.at)
            if target is None:
                return journey.response(answer, FetchError.PROTOCOL)
            journey.at = target

    async def _exchange(self, url: str, method: str, limit: int) -> _Answer:
        if self._session is None:
            raise RuntimeError("the client is used outside of its context")
        await self._resolve(url)
        times: dict[str, float] = {"sent": time.perf_counter()}
        async with self._session.request(
            method, URL(url, encoded=True), allow_redirects=False, trace_request_ctx=times
        ) as reply:
            answer = _Answer(reply.status, _headers(reply), _location(reply))
            answer.ttfb_ms = (time.perf_counter() - times["sent"]) * 1000
            if method == "HEAD":
                answer.wire_bytes = reply.content_length or 0
            elif answer.location is None:
                await self._read(reply, answer, limit)
            return answer

    async def _resolve(self, url: str) -> None:
        """Asks before aiohttp does, where a refusal can still be told from a failure."""
        parsed = parse(url)
        if parsed is not None:
            await self.resolver.resolve(
                parsed.hostname, int(parsed.port or (443 if parsed.protocol == "https:" else 80))
            )

    async def _read(self, reply: aiohttp.ClientResponse, answer: _Answer, limit: int) -> None:
        encoding = answer.headers.get("content-encoding", "").strip().lower()
        if encoding not in ENCODINGS:
            answer.error = FetchError.PROTOCOL
            reply.close()
            return
        inflater, body = Inflater(encoding), bytearray()
        try:
            async for chunk in reply.content.iter_any():
                answer.wire_bytes += len(chunk)
                self.bytes_in += len(chunk)
                if _fill(body, inflater, chunk, limit):
                    answer.truncated = True
                    break
        except zlib.error:
            answer.error = FetchError.PROTOCOL
        answer.body = bytes(body)
        if answer.truncated:
            reply.close()
            answer.wire_bytes = max(answer.wire_bytes, reply.content_length or 0)
            if answer.headers.get("content-type", "").split(";")[0].strip().lower() not in _HTML:
                answer.error = FetchError.TOO_LARGE


def _fill(body: bytearray, inflater: Inflater, chunk: bytes, limit: int) -> bool:
    """Adds the chunk; True when the limit cut it off."""
    for piece in inflater.feed(chunk):
        body += piece[: limit - len(body)]
        if len(body) >= limit and len(piece) > 0:
            return True
    return False


def _send_times() -> aiohttp.TraceConfig:
    """Marks when a request has left, so that time to first byte holds neither our queue nor the connection's set-up."""

    async def sent(
        _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestHeadersSentParams
    ) -> None:
        context.trace_request_ctx["sent"] = time.perf_counter()

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(sent)
    return trace


def _headers(reply: aiohttp.ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in reply.headers.items():
        key, text = name.lower(), _text(value)
        joint = "\n" if key == "set-cookie" else ", "
        headers[key] = (f"{headers[key]}{joint}{text}" if key in headers else text)[:HEADER_LIMIT]
    return headers


def _location(reply: aiohttp.ClientResponse) -> str | None:
    if reply.status not in (301, 302, 303, 307, 308):
        return None
    value = reply.headers.get("Location")
    return None if value is None else _text(value)


def _text(value: str) -> str:
    """Header bytes beyond ASCII are UTF-8 or nothing."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _wait_for(response: Response) -> float | None:
    said = response.headers.get("retry-after")
    return DEFAULT_WAIT_S if said is None else retry_after(said)


def _error_of(error: BaseException) -> FetchError:
    if isinstance(error, Unresolved | aiohttp.ClientConnectorDNSError):
        return FetchError.DNS
    if isinstance(error, TimeoutError):
        return FetchError.TIMEOUT
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return FetchError.TLS
    if isinstance(error, aiohttp.ClientConnectorError):
        return _no_connection(error.os_error)
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | ConnectionError):
        return FetchError.RESET
    return FetchError.RESET if isinstance(error, OSError) else FetchError.PROTOCOL


def _no_connection(error: OSError) -> FetchError:
    """What kept a connection from coming about. A reset here is one in the middle of the TLS handshake."""
    if error.errno == errno.ETIMEDOUT:
        return FetchError.TIMEOUT
    reset = isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError)
    return FetchError.RESET if reset else FetchError.REFUSED
