"""The budget of a token that several processes use, kept in Redis under a hash of the token."""

from __future__ import annotations

import hashlib
from typing import Any

from accounts.webflow.budget import DEFAULT_LIMIT, WINDOW_SECONDS

KEEP_SECONDS = 3600

# One bucket per key: what is left, as of when, out of how many per window. Redis's own clock is the only one.
REFILL = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local h = redis.call('HMGET', KEYS[1], 'limit', 'left', 'at')
local limit = tonumber(h[1]) or tonumber(ARGV[1])
local left = tonumber(h[2]) or limit
local at = tonumber(h[3]) or now
local rate = limit / tonumber(ARGV[2])
left = math.min(limit, left + math.max(0, now - at) * rate)
at = math.max(now, at)
local function keep()
  redis.call('HSET', KEYS[1], 'limit', tostring(limit), 'left', tostring(left), 'at', string.format('%.6f', at))
  redis.call('EXPIRE', KEYS[1], tonumber(ARGV[3]))
end
"""
TAKE = REFILL + (
    """
local wait = at - now
if wait > 0 or left < 1 then
  wait = wait + math.max(0, 1 - left) / rate
else
  left = left - 1
end
keep()
return tostring(wait)
"""
)
FEED = REFILL + "limit = math.max(1, tonumber(ARGV[4])); left = math.min(left, tonumber(ARGV[5])); keep()"
REST = REFILL + "left = 1; at = math.max(at, now + tonumber(ARGV[4])); keep()"


class SharedBudget:
    """`redis` is a connected client; the caller decides which."""

    def __init__(self, redis: Any, token: str, limit: int = DEFAULT_LIMIT) -> None:
        self._redis = redis
        self._key = f"webflow:budget:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
        self._limit = limit

    def take(self) -> float:
        return float(self._run(TAKE))

    def feed(self, limit: int, remaining: int) -> None:
        self._run(FEED, limit, max(0, remaining))

    def rest(self, seconds: float) -> None:
        self._run(REST, max(0.0, seconds))

    def _run(self, script: str, *values: float) -> Any:
        return self._redis.eval(script, 1, self._key, self._limit, WINDOW_SECONDS, KEEP_SECONDS, *values)
