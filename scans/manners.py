"""How hard a site may be pressed by all customers together: pages at once and the gap between two starts, for each
registrable domain, over all scans of all scanner processes.

A page that is fetched, and a page of an unproven site that is opened in the browser, takes a slot in Redis. A slot ends
by itself when nobody renews it, so a scanner that dies leaves none behind. Asked to slow down (429, 503), everybody
waits; where the owner is proven the number of pages at once is halved as well and grows back by one every ten seconds.
All times are the clock of Redis. Without Redis a scan goes on at half the speed, polite for itself alone."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from scans.discover.urls import registrable_domain
from scans.events import Order
from scans.fetch.politeness import Politeness

logger = logging.getLogger(__name__)

PROVEN = (6, 0.0)  # pages at once, seconds between two starts: the owner's own site
UNPROVEN = (2, 1.0)
SLOT_S = 20.0
RENEW_S = 6.0
POLL_S = 0.15
GROW_S = 10.0
TIMEOUT_S = 1.0
AWAY_S = 5.0  # before an absent Redis is asked again
_AWAY = (RedisError, OSError, TimeoutError)

_CLOCK = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "

# KEYS slots, next start, pause, cut; ARGV token ('' for a turn without a slot), most, gap, slot, grow (milliseconds)
# → milliseconds to wait, 0: go, -1: all slots are taken
_TAKE = (
    _CLOCK
    + """
local wait = math.max(tonumber(redis.call('GET', KEYS[2]) or 0), tonumber(redis.call('GET', KEYS[3]) or 0)) - now
if wait > 0 then return wait end
if ARGV[1] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  local most = tonumber(ARGV[2])
  local cut = redis.call('HMGET', KEYS[4], 'to', 'at')
  if cut[1] then most = math.min(most, cut[1] + math.floor((now - cut[2]) / ARGV[5])) end
  if redis.call('ZCARD', KEYS[1]) >= most then return -1 end
  redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[2], now + ARGV[3], 'PX', ARGV[3]) end
return 0
"""
)

_RENEW = (
    _CLOCK
    + """
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
)

# KEYS pause, cut; ARGV pause (milliseconds), most, grow. Answers that come together halve once.
_PAUSE = (
    _CLOCK
    + """
local ends = now + ARGV[1]
if ends > tonumber(redis.call('GET', KEYS[1]) or 0) then redis.call('SET', KEYS[1], ends, 'PX', ARGV[1]) end
local most = tonumber(ARGV[2])
local cut = redis.call('HMGET', KEYS[2], 'to', 'at')
if cut[1] then
  if now - cut[2] < 1000 then return end
  most = math.min(most, cut[1] + math.floor((now - cut[2]) / ARGV[3]))
end
redis.call('HSET', KEYS[2], 'to', math.max(1, math.floor(most / 2)), 'at', now)
redis.call('PEXPIRE', KEYS[2], ARGV[3] * ARGV[2])
"""
)


def alone(order: Order) -> Politeness:
    """How a site is treated when no other scan can be known of: `manage.py scan`, which needs no Redis."""
    return Politeness(*(PROVEN if order.proven else UNPROVEN))


class Manners:
    """The manners of one scanner process: `Scanner(pool, Manners(url))`."""

    def __init__(self, url: str, proven: tuple[int, float] = PROVEN, unproven: tuple[int, float] = UNPROVEN) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 1)
        )
        self._proven, self._unproven = proven, unproven

    def __call__(self, order: Order) -> Politeness:
        return Shared(self._redis, *(self._proven if order.proven else self._unproven), proven=order.proven)


class Shared(Politeness):
    """One scan's view of the slots. Proven and unproven scans of one domain have slots of their own, so that a stranger
    does not slow the owner down; a pause holds for both."""

    def __init__(self, redis: Redis, concurrency: int, gap_s: float, *, proven: bool) -> None:
        super().__init__(concurrency, gap_s)
        self._redis = redis
        self._who = "owner" if proven else "guest"
        self._by_itself = Politeness(max(1, concurrency // 2), gap_s * 2)
        self._away_until = 0.0
        self._take_script = redis.register_script(_TAKE)
        self._renew_script = redis.register_script(_RENEW)
        self._pause_script = redis.register_script(_PAUSE)

    @asynccontextmanager
    async def slot(self, url: str) -> AsyncIterator[None]:
        token = uuid.uuid4().hex
        try:
            if await self._take(url, token):
                async with self._renewed(url, token):
                    yield
            else:
                async with self._by_itself.slot(url):
                    yield
        finally:
            # also when it was taken in the moment of being cancelled
            if not self._is_away:
                with suppress(*_AWAY):  # then the slot ends by itself
                    await self._redis.zrem(self._key(url, "slots"), token)

    @asynccontextmanager
    async def _renewed(self, url: str, token: str) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(url, token))
        try:
            yield
        finally:
            renewing.cancel()

    async def turn(self, url: str) -> None:
        if not await self._take(url, ""):
            await self._by_itself.turn(url)

    async def pause(self, url: str, seconds: float) -> None:
        await self._by_itself.pause(url, seconds)
        if seconds <= 0:
            return
        keys = [self._key(url, "pause", everybody=True), self._key(url, "cut")]
        try:
            await self._pause_script(keys=keys, args=[_ms(seconds), self._concurrency, _ms(GROW_S)])
        except _AWAY as error:
            self._lose(error)

    def widen(self, gap_s: float) -> None:
        super().widen(gap_s)
        self._by_itself.widen(gap_s)

    async def _take(self, url: str, token: str) -> bool:
        """Waits for a slot; False when Redis is away."""
        keys = [self._key(url, "slots"), self._key(url, "next"), self._key(url, "pause", everybody=True)]
        keys.append(self._key(url, "cut"))
        while not self._is_away:
            args: list[Any] = [token, self._concurrency, _ms(self._gap_s), _ms(SLOT_S), _ms(GROW_S)]
            try:
                wait: Any = await self._take_script(keys=keys, args=args)
            except _AWAY as error:
                self._lose(error)
                break
            finally:
                _heed_cancellation()
            if wait == 0:
                return True
            # a little apart, so that those who wait do not all ask at once
            await asyncio.sleep((POLL_S if wait < 0 else wait / 1000) * random.uniform(1, 1.2))  # noqa: S311
        return False

    async def _renew(self, url: str, token: str) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with suppress(*_AWAY):
                await self._renew_script(keys=[self._key(url, "slots")], args=[token, _ms(SLOT_S)])

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _lose(self, error: BaseException) -> None:
        self._away_until = time.monotonic() + AWAY_S
        logger.warning("no Redis to share slots with (%s): this scan goes on at half the speed", error)

    def _key(self, url: str, what: str, *, everybody: bool = False) -> str:
        who = "all" if everybody else self._who
        return f"sentinel:polite:{{{registrable_domain(url)}}}:{who}:{what}"


def _heed_cancellation() -> None:
    """The client waits with `asyncio.wait_for`, which up to Python 3.11 loses a cancellation that comes together with
    the answer."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
