"""How hard one host may be pressed: pages at once, the gap between two starts, and the pauses it asks for.

Only within one scan; what all customers together do to a domain is decided by whoever runs the scans
(scans/manners.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scans.discover.urls import registrable_domain

LONGEST_WAIT_S = 30.0
DEFAULT_WAIT_S = 2.0
GIVE_UP_AFTER = 10


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    not_before: float = 0.0
    failures: int = 0


class Politeness:
    """`concurrency` pages at once and `gap_s` between their starts, for each registrable domain."""

    def __init__(self, concurrency: int = 4, gap_s: float = 0.0) -> None:
        self._concurrency = concurrency
        self._gap_s = gap_s
        self._hosts: dict[str, _Host] = {}

    def _host(self, url: str) -> _Host:
        domain = registrable_domain(url)
        if domain not in self._hosts:
            self._hosts[domain] = _Host(asyncio.Semaphore(self._concurrency))
        return self._hosts[domain]

    @asynccontextmanager
    async def slot(self, url: str) -> AsyncIterator[None]:
        host = self._host(url)
        async with host.slots:
            await self.turn(url)
            yield

    async def turn(self, url: str) -> None:
        """Waits until the host may be asked again."""
        host = self._host(url)
        async with host.turn:
            while (wait := host.not_before - time.monotonic()) > 0:  # noqa: ASYNC110 - may be pushed back meanwhile
                await asyncio.sleep(wait)
            host.not_before = time.monotonic() + self._gap_s

    def widen(self, gap_s: float) -> None:
        """At least this gap from now on (robots.txt may ask for one)."""
        self._gap_s = max(self._gap_s, gap_s)

    async def pause(self, url: str, seconds: float) -> None:
        """The host asked for it: nobody starts a page there for so long."""
        host = self._host(url)
        host.not_before = max(host.not_before, time.monotonic() + seconds)

    def note(self, url: str, status: int | None) -> None:
        host = self._host(url)
        host.failures = host.failures + 1 if status is not None and status >= 500 else 0

    def give_up(self, url: str) -> None:
        """The host asked for a longer pause than a scan can wait."""
        self._host(url).failures = GIVE_UP_AFTER

    def is_failing(self, url: str) -> bool:
        """True after ten 5xx in a row, or when the host wants none of us for now: whoever crawls should stop."""
        return self._host(url).failures >= GIVE_UP_AFTER


def retry_after(value: str) -> float | None:
    """Seconds to wait before the one retry, None when the host asks for more than we wait."""
    wait = _seconds(value.strip())
    return wait if wait <= LONGEST_WAIT_S else None


def _seconds(value: str) -> float:
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return DEFAULT_WAIT_S
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
