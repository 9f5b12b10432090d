"""The budget of a token that several processes use, kept in Redis under a hash of the token."""

from __future__ import annotations

import hashlib
from typing import Any

from accounts.webflow.budget import DEFAULT_LIMIT, WINDOW_SECONDS

KEEP_SECONDS = 3600

# Per key a sorted set of the moments of asking, and a hash of limit, number and pause. The only clock is Redis's own.
WINDOW = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local said = KEYS[1] .. ':said'
local h = redis.call('HMGET', said, 'limit', 'rests')
local limit = tonumber(h[1]) or tonumber(ARGV[1])
local window = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.6f', now - window))
local asked = redis.call('ZCARD', KEYS[1])
local function ask(times)
  for n = 1, times do
    local number = redis.call('HINCRBY', said, 'number', 1)
    redis.call('ZADD', KEYS[1], string.format('%.6f', now), tostring(number))
  end
end
local function keep()
  redis.call('EXPIRE', KEYS[1], tonumber(ARGV[3]))
  redis.call('EXPIRE', said, tonumber(ARGV[3]))
end
"""
TAKE = WINDOW + (
    """
local wait = (tonumber(h[2]) or 0) - now
if asked >= limit then
  local first = redis.call('ZRANGE', KEYS[1], asked - limit, asked - limit, 'WITHSCORES')
  wait = math.max(wait, tonumber(first[2]) + window - now)
end
if wait <= 0 then ask(1) end
keep()
return tostring(math.max(0, wait))
"""
)
FEED = WINDOW + (
    """
limit = math.max(1, tonumber(ARGV[4]))
redis.call('HSET', said, 'limit', tostring(limit))
ask(math.min(limit, limit - tonumber(ARGV[5]) - asked))
keep()
"""
)
REST = WINDOW + (
    """
local rests = math.max(tonumber(h[2]) or 0, now + tonumber(ARGV[4]))
redis.call('HSET', said, 'rests', string.format('%.6f', rests))
keep()
"""
)


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
