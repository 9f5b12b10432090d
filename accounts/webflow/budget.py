"""How often one token may ask. Webflow counts requests per token and minute (60 or 120) and says in every answer what
is left; a bucket that follows those answers keeps us from ever meeting its 429."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

DEFAULT_LIMIT = 60
WINDOW_SECONDS = 60.0


class Budget(Protocol):
    def take(self) -> float:
        """Takes one request out of the budget and gives 0, or takes nothing and gives the seconds to wait."""

    def feed(self, limit: int, remaining: int) -> None:
        """What the last answer's headers said."""

    def rest(self, seconds: float) -> None:
        """Webflow asked for a pause."""


@dataclass
class _Bucket:
    limit: int
    left: float
    at: float


class LocalBudget:
    """For one process; its threads share it. Refills evenly over the minute."""

    def __init__(self, limit: int = DEFAULT_LIMIT, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._bucket = _Bucket(limit, float(limit), clock())

    def take(self) -> float:
        with self._lock:
            bucket, now = self._bucket, self._clock()
            rate = bucket.limit / WINDOW_SECONDS
            bucket.left = min(bucket.limit, bucket.left + max(0.0, now - bucket.at) * rate)
            bucket.at = max(now, bucket.at)
            resting = bucket.at - now
            if resting > 0 or bucket.left < 1:
                return resting + max(0.0, 1 - bucket.left) / rate
            bucket.left -= 1
            return 0.0

    def feed(self, limit: int, remaining: int) -> None:
        with self._lock:
            self._bucket.limit = max(1, limit)
            self._bucket.left = min(self._bucket.left, float(max(0, remaining)))

    def rest(self, seconds: float) -> None:
        """The refill starts anew when the pause is over, with one request to begin with."""
        with self._lock:
            self._bucket.left = 1.0
            self._bucket.at = max(self._bucket.at, self._clock() + max(0.0, seconds))
