"""The time a browser is lent to one scan.

A `Lease` is what a scan holds: the current workhorse, a fresh one when that is worn (`renew`), and what all of them
used.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext

from scans.browser.proxy import EgressProxy
from scans.browser.sizing import MB, Limits
from scans.browser.workhorse import Workhorse
from scans.fetch.guard import Policy

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
AGENT = "QASentinelBot/1.0 (+https://qasentinel.dev/bot)"
GROWING = 0.7
TIGHT = 0.85


@dataclass(frozen=True, slots=True)
class Usage:
    """What a lease cost: CPU seconds of the browser trees, their peak memory in bytes, byte-seconds, bytes loaded."""

    cpu_s: float = 0.0
    peak_memory: int = 0
    memory_seconds: float = 0.0
    bytes_in: int = 0

    def plus(self, horse: Workhorse) -> Usage:
        return Usage(
            self.cpu_s + horse.cpu,
            max(self.peak_memory, horse.peak_memory),
            self.memory_seconds + horse.memory_seconds,
            self.bytes_in + horse.proxy.bytes_in,
        )


class Lease:
    """`browser` is the one to drive. `worn` asks for `renew()` before the next page, when no page is open."""

    def __init__(
        self,
        horse: Workhorse,
        policy: Policy,
        scan_id: str,
        limits: Limits,
        agent: str,
        replace: Callable[[Lease, asyncio.Event], Awaitable[Workhorse]],
    ) -> None:
        self.scan_id = scan_id
        self.policy = policy
        self.doubtful = False
        self.limits = limits
        self._agent = agent
        self._replace = replace
        self._past: list[Workhorse] = []
        self.retiring: list[Workhorse] = []
        self._take(horse)

    def _take(self, horse: Workhorse) -> None:
        self.horse = horse
        self.doubtful = False
        horse.proxy.use(self.policy)

    @property
    def browser(self) -> Browser:
        return self.horse.chromium.browser

    @property
    def proxy(self) -> EgressProxy:
        return self.horse.proxy

    @property
    def over_memory(self) -> bool:
        """Two samples in a row: one may have met the short moment in which a whole page is painted for its picture."""
        return min(self.horse.memory, self.horse.memory_before) > self.limits.memory

    @property
    def growing(self) -> bool:
        """On the way to its limit: what pages left behind should be collected now and then."""
        return self.horse.memory > self.limits.memory * GROWING

    @property
    def tight(self) -> bool:
        """Near its limit: tabs that have grown should go before the browser has to."""
        return self.horse.memory > self.limits.memory * TIGHT

    @property
    def worn(self) -> bool:
        return bool(self.wear)

    @property
    def wear(self) -> str:
        """Why this browser has had enough, "" when it has not."""
        horse, limits = self.horse, self.limits
        reasons = {
            "it is gone": not horse.alive,
            "in doubt": self.doubtful,
            f"over {limits.memory // MB} MB": self.over_memory,
            f"{limits.pages} pages": horse.pages >= limits.pages,
            f"{limits.age_s:.0f} s old": horse.age >= limits.age_s,
        }
        return ", ".join(reason for reason, true in reasons.items() if true)

    @property
    def horses(self) -> tuple[Workhorse, ...]:
        """Those that still run: the one in use, and worn ones that finish their last pages."""
        return (*self.retiring, self.horse)

    @property
    def usage(self) -> Usage:
        usage = Usage()
        for horse in (*self._past, self.horse):
            usage = usage.plus(horse)
        return usage

    @property
    def denials(self) -> dict[str, int]:
        """How often our policy refused something, by reason."""
        said: Counter[str] = Counter()
        for horse in (*self._past, self.horse):
            said.update(horse.proxy.denials)
        return dict(said)

    async def renew(self, finished: asyncio.Event) -> None:
        """A fresh browser in place of this one, which ends when `finished` is set. Raises what `BrowserPool.lease`
        raises."""
        old = self.horse
        horse = await self._replace(self, finished)
        self._past.append(old)
        self._take(horse)

    async def new_context(self) -> BrowserContext:
        """A context as a visit wants it: no downloads, no service workers, no permissions, viewports set by the tab."""
        version = self.browser.version.partition(".")[0]
        return await self.browser.new_context(
            user_agent=f"{USER_AGENT.format(version)} {self._agent}".rstrip(),
            accept_downloads=False,
            service_workers="block",
            permissions=[],
            no_viewport=True,
            locale="en-US",
        )
