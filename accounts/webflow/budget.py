"""How often one token may ask. Webflow counts requests per token and minute (60 or 120) and says in every answer what
is left; a budget that counts along keeps us from meeting its 429."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

DEFAULT_LIMIT = 60
WINDOW_SECONDS = 61.0  # Webflow's minute, and what the way there may differ from one request to the next


class Budget(Protocol):
    def take(self) -> float:
        """Takes one request out of the budget and gives 0, or takes nothing and gives the seconds to wait."""

    def feed(self, limit: int, remaining: int) -> None:
        """What the last answer's headers said."""

    def rest(self, seconds: float) -> None:
        """Webflow asked for a pause."""


class LocalBudget:
    """For one process; its threads share it. It remembers when it asked, so that there are never more than `limit`
    requests within a window, wherever Webflow's own minute begins."""

    def __init__(self, limit: int = DEFAULT_LIMIT, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = limit
        self._asked: deque[float] = deque()
        self._rests_until = clock()

    def take(self) -> float:
        with self._lock:
            now = self._clock()
            self._forget(now)
            wait = self._rests_until - now
            if len(self._asked) >= self._limit:
                wait = max(wait, self._asked[-self._limit] + WINDOW_SECONDS - now)
            if wait > 0:
                return wait
            self._asked.append(now)
            return 0.0

    def feed(self, limit: int, remaining: int) -> None:
        """What somebody else asked with this token counts, as of now."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            self._limit = max(1, limit)
            others = self._limit - max(0, remaining) - len(self._asked)
            self._asked.extend([now] * max(0, others))

    def rest(self, seconds: float) -> None:
        with self._lock:
            self._rests_until = max(self._rests_until, self._clock() + max(0.0, seconds))

    def _forget(self, now: float) -> None:
        while self._asked and self._asked[0] <= now - WINDOW_SECONDS:
            self._asked.popleft()
