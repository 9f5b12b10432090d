"""What a block of code cost this process and everything below it, processes that ended meanwhile included.

with Usage() as usage: ...
usage.cpu_s, usage.peak_mb, usage.whole_mb

with Usage(process.pid) as usage: ...   the same for another process
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection

import psutil

from scans.browser.processes import process_memory, tree

CPU_EVERY_S = 0.25
MEMORY_EVERY = 8  # reading the memory of a browser costs 50 ms of CPU and holds it up: every two seconds


class Usage:
    """`cpu_s` are CPU seconds; what a process used in its last quarter of a second is not seen. `peak_mb` is the most
    memory (PSS) that all below the process, the browser and its driver, held at one time; `whole_mb` is with the
    process itself. `apart` are processes below it that are no part of the work."""

    def __init__(self, pid: int = 0, apart: Collection[int] = ()) -> None:
        self._own = pid or os.getpid()
        self._apart = apart

    def __enter__(self) -> Usage:
        self.peak_mb = self.whole_mb = 0.0
        self._before = self._processes()
        self._seen = dict(self._before)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._seen |= self._processes()

    @property
    def cpu_s(self) -> float:
        return sum(self._seen.values()) - sum(self._before.values())

    def _sample(self) -> None:
        rounds = 0
        while not self._over.wait(CPU_EVERY_S):
            self._seen |= self._processes()
            rounds += 1
            if rounds % MEMORY_EVERY == 0:
                self._measure()

    def _measure(self) -> None:
        memory = {process.pid: process_memory(process.pid) for process in self._tree()}
        whole = sum(memory.values())
        self.whole_mb = max(self.whole_mb, whole / 2**20)
        self.peak_mb = max(self.peak_mb, (whole - memory.get(self._own, 0)) / 2**20)

    def _tree(self) -> list[psutil.Process]:
        return [process for process in tree(self._own) if process.pid not in self._apart]

    def _processes(self) -> dict[tuple[int, float], float]:
        """CPU seconds of each process itself, its ended children not among them: those were seen while they lived."""
        found = {}
        for process in self._tree():
            try:
                times = process.cpu_times()
                found[(process.pid, process.create_time())] = times.user + times.system
            except psutil.Error:
                continue
        return found
