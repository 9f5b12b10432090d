"""Folders that carry their owner's process id in their name, and what is swept after that process was killed.

Each browser has one as HOME, so a process that outlived its scanner says by its environment or its command line whose
it was. Folders and processes of living scanners are never touched.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from scans.browser.processes import kill

PREFIX = "qa-sentinel-browser-"
_OWNER = re.compile(rf"{PREFIX}(\d+)-")


def make_scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def sweep() -> tuple[int, int]:
    """Ends processes and removes folders whose scanner is gone; how many of each."""
    orphans = [process for process in psutil.process_iter() if _orphaned(process)]
    kill(orphans)
    return len(orphans), sweep_folders()


def sweep_folders() -> int:
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        if _without_owner(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
            swept += not folder.exists()  # another person's stays
    return swept


def processes_of(scratch: Path) -> list[psutil.Process]:
    """All that were started with this folder, a browser whose launch failed for instance."""
    return [process for process in psutil.process_iter() if str(scratch) in "\0".join(_words(process))]


def _orphaned(process: psutil.Process) -> bool:
    return any(_without_owner(word) for word in _words(process))


def _without_owner(text: str) -> bool:
    owner = _OWNER.search(text)
    return owner is not None and not psutil.pid_exists(int(owner[1]))


def _words(process: psutil.Process) -> Iterator[str]:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return
        yield from process.cmdline()
        yield process.environ().get("HOME", "")
    except (psutil.Error, OSError):  # gone, or another person's
        return
