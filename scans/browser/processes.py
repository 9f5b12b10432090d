"""What a browser's processes use, and how they end.

A tree is the browser process and everything below it. Chromium's zygote reaps the renderers it forked, so the children
times of the living processes hold the CPU of dead ones too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

import psutil

KILLED_S = 2.0


def tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def is_running(pid: int) -> bool:
    """False for a process that ended and was not yet read by its parent, too."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def group(number: int) -> list[psutil.Process]:
    """All of a process group, those too whose parent died before them; nothing when it is our own."""
    if number == os.getpgrp():
        return []
    return [process for process in psutil.process_iter() if _group_of(process.pid) == number]


def _group_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        return os.getpgid(pid)
    return -1


def tree_memory(pid: int) -> int:
    """Bytes of memory the tree would give back: the proportional set size of each process, added up."""
    return sum(_memory(process) for process in tree(pid))


def process_memory(pid: int) -> int:
    try:
        return _memory(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return 0


def tree_cpu(pid: int) -> float:
    """CPU seconds the tree has used since it was started."""
    return sum(seconds for process in tree(pid) for seconds in _cpu(process))


def kill(processes: Sequence[psutil.Process]) -> None:
    """Ends those that still run, and waits for it. psutil knows a process by its start time too, so a number that was
    used again is not hit."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=KILLED_S)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:  # a sandboxed renderer is not ours to look into: its private pages are public knowledge
        return _private(process)
    except psutil.NoSuchProcess:
        return 0


def _private(process: psutil.Process) -> int:
    try:
        info = process.memory_info()
    except psutil.Error:
        return 0
    return max(0, int(info.rss - info.shared))


def _cpu(process: psutil.Process) -> Iterator[float]:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return
    yield from (times.user, times.system, times.children_user, times.children_system)
