"""Every link and asset of a scan, asked once: URLs in, `Target` verdicts out.

HEAD first, GET when that is not answered well (many hosts refuse HEAD), and one more GET before anything is called
broken. What the crawl has fetched anyway is handed in with `know` and not asked again.
"""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from PIL import Image, UnidentifiedImageError

from scans.discover.urls import host_of, normalise
from scans.fetch.client import Client
from scans.fetch.verdicts import verdict
from scans.snapshot import FetchError, Response, Target, TargetState

OVERALL = 24
PER_HOST = 6
TIMEOUT_S = 10.0
PEEK = 32 * 1024
IMAGE_PEEK = 256 * 1024
PAUSE_S = 0.5
GIVE_UP_AFTER = 2  # timeouts of one external host
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "ICO")
_VALIDATORS = ("etag", "last-modified", "content-length")
_OFFLINE = "not checked: no external name could be resolved from here"


class TargetChecker:
    """`hosts` are the site's own. Ask with `check`, at the end take all verdicts with `finish`."""

    def __init__(
        self, client: Client, hosts: Collection[str], *, overall: int = OVERALL, per_host: int = PER_HOST
    ) -> None:
        self._client = client
        self._hosts = frozenset(hosts)
        self._targets: dict[str, Target] = {}
        self._doubtful: dict[str, Response] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._overall = asyncio.Semaphore(overall)
        self._per_host = per_host
        self._host_slots: dict[str, asyncio.Semaphore] = {}
        self._silent: Counter[str] = Counter()

    def know(self, response: Response) -> None:
        """An answer that the crawl has. A bad one is not yet believed: `check` asks once more."""
        response = replace(response, body=response.body[:PEEK])
        self._learn(response)
        if response.final_url != response.url:
            self._learn(replace(response, url=response.final_url, chain=()))

    def _learn(self, response: Response) -> None:
        target = _target(response, response.url, own=host_of(response.url) in self._hosts)
        if target.state is TargetState.OK:
            self._targets.setdefault(target.url, target)
        else:
            self._doubtful[target.url] = response

    async def check(self, url: str) -> Target:
        key = normalise(url)
        if key is None:
            return Target(url, TargetState.NOT_CHECKED, detail="not a web address")
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._targets:
                self._targets[key] = await self._ask(key)
            return self._targets[key]

    def known(self, url: str) -> Target | None:
        """The verdict on a URL that was asked or handed in, None before."""
        return self._targets.get(normalise(url) or url)

    async def check_image(self, url: str) -> Target:
        """As `check`, with the picture's size read from its first 256 kB."""
        target = await self.check(url)
        if target.state is not TargetState.OK or target.image_size is not None:
            return target
        async with AsyncExitStack() as slots:
            await self._enter(slots, target.url)
            response = await self._client.get(target.url, limit=IMAGE_PEEK, timeout=TIMEOUT_S)
        if size := image_size(response.body):
            target = self._targets[target.url] = replace(target, image_size=size)
        return target

    def finish(self) -> Mapping[str, Target]:
        """All verdicts by URL. Without any name resolved, what did not resolve says something about us, not the
        sites."""
        if not self._client.resolver.online:
            for url, target in self._targets.items():
                if target.error is FetchError.DNS and host_of(url) not in self._hosts:
                    self._targets[url] = replace(target, state=TargetState.NOT_CHECKED, detail=_OFFLINE)
        return dict(self._targets)

    async def _enter(self, slots: AsyncExitStack, url: str) -> None:
        host = self._host_slots.setdefault(host_of(url), asyncio.Semaphore(self._per_host))
        await slots.enter_async_context(host)
        await slots.enter_async_context(self._overall)

    async def _ask(self, url: str) -> Target:
        host = host_of(url)
        own = host in self._hosts
        async with AsyncExitStack() as slots:
            await self._enter(slots, url)
            if not own and self._silent[host] >= GIVE_UP_AFTER:
                return Target(
                    url, TargetState.UNVERIFIABLE, error=FetchError.TIMEOUT, detail="the host does not answer"
                )
            target = _target(await self._answer(url, own), url, own=own)
        self._silent[host] += target.error is FetchError.TIMEOUT
        return target

    async def _answer(self, url: str, own: bool) -> Response:
        """The best answer of up to three: HEAD (or what the crawl got), GET, and GET again when the first two
        disagree."""
        first = self._doubtful.get(url) or await self._client.get(url, method="HEAD", timeout=TIMEOUT_S)
        state, _ = verdict(first, own=own)
        if state is TargetState.OK or first.error is FetchError.BLOCKED:
            return first
        if first.status is None or first.status >= 500:
            await asyncio.sleep(PAUSE_S)
        second = await self._client.get(url, limit=PEEK, timeout=TIMEOUT_S)
        if verdict(second, own=own)[0] is not TargetState.BROKEN or state is TargetState.BROKEN:
            return second
        await asyncio.sleep(PAUSE_S)
        return await self._client.get(url, limit=PEEK, timeout=TIMEOUT_S)


def _target(response: Response, url: str, *, own: bool) -> Target:
    state, detail = verdict(response, own=own)
    return Target(
        url=url,
        state=state,
        status=response.status,
        final_url=response.final_url,
        error=None if response.error is FetchError.TOO_LARGE and response.status is not None else response.error,
        chain=response.chain,
        content_type=response.content_type,
        detail=detail,
        validator=" ".join(response.headers.get(name, "") for name in _VALIDATORS),
    )


def image_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) by the picture's header, nothing is decoded; None when that cannot be told."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
