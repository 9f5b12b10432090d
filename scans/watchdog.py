"""Ends a scanner that cannot go on, so that its supervisor starts it again and its scans go on elsewhere.

A thread asks the scanner's loop for a sign of life every second. When none comes for half a minute, or the pool has
given up starting browsers, it says why, with the stack of the loop's thread, and the process exits at once: whatever
blocks the loop would block an orderly end too. Database rows and Redis are safe (scans are leased), and the driver ends
its browsers when its pipe closes.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from typing import Protocol

logger = logging.getLogger(__name__)

TICK_S = 1.0
SILENT_S = 30.0
EXIT_CODE = 70  # EX_SOFTWARE


class Watched(Protocol):
    """What is watched of a scanner. `stopping`: it is ending anyway, within its own deadlines."""

    stopping: bool

    def poke(self, answer: threading.Event) -> None: ...

    @property
    def broken(self) -> bool: ...

    @property
    def thread_id(self) -> int | None: ...


class Watchdog(threading.Thread):
    """`start()` it beside a scanner that runs. Silence is counted in its own ticks: a machine that slept, or a process
    that was stopped, is not a loop that hangs."""

    def __init__(self, scanner: Watched, silent_s: float = SILENT_S) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._scanner = scanner
        self._silent_s = silent_s

    def run(self) -> None:
        answer, silent = threading.Event(), 0.0
        answer.set()
        while not self._scanner.stopping:
            if answer.is_set():
                answer.clear()
                silent = 0.0
                self._scanner.poke(answer)
            elif silent >= self._silent_s:
                self._exit(f"its loop has been silent for {silent:.0f} s", self._stack())
            if self._scanner.broken:
                self._exit("no browser starts any more, or nobody watches them", "")
            if not answer.wait(TICK_S):
                silent += TICK_S
            else:
                time.sleep(TICK_S)

    def _stack(self) -> str:
        frame = sys._current_frames().get(self._scanner.thread_id or 0)
        return "".join(traceback.format_stack(frame)) if frame else ""

    def _exit(self, reason: str, stack: str) -> None:
        logger.critical("the scanner ends itself: %s\n%s", reason, stack)
        logging.shutdown()
        os._exit(EXIT_CODE)
