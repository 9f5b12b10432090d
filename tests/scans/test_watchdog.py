"""A scanner whose loop hangs ends itself, in a real process; one that works or only was stopped does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from scans.watchdog import EXIT_CODE

ROOT = Path(__file__).resolve().parents[2]
SCANNER = """
import logging, sys, time
from scans.browser.pool import BrowserPool
from scans.scanner import Scanner
from scans.watchdog import Watchdog
logging.basicConfig()

def hang():
    time.sleep(60)

with Scanner({pool}) as scanner:
    Watchdog(scanner, silent_s={silent}).start()
    {then}
    time.sleep({stay})
print("ended by itself")
"""


def start(then: str, pool: str = "None", stay: float = 30, silent: float = 2) -> subprocess.Popen[str]:
    code = SCANNER.format(then=then, pool=pool, stay=stay, silent=silent)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_blocked_loop_ends_the_process_and_says_where_it_hangs() -> None:
    process = start("scanner.loop.call_soon_threadsafe(hang)")
    _, said = process.communicate(timeout=30)
    assert process.returncode == EXIT_CODE
    assert "its loop has been silent for 2 s" in said
    assert "in hang" in said


def test_blocked_loop_leaves_no_browser(chromium_path: str) -> None:
    pool = f"BrowserPool({chromium_path!r})"
    ready = "time.sleep(2); print('ready', flush=True); scanner.loop.call_soon_threadsafe(hang)"
    process = start(ready, pool)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    assert process.wait(timeout=30) == EXIT_CODE
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_broken_pool_ends_the_process(tmp_path: Path) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    process = start("", f"BrowserPool({str(fake)!r})")
    _, said = process.communicate(timeout=60)
    assert process.returncode == EXIT_CODE
    assert "no browser starts any more" in said


def test_working_loop_and_a_stopped_process_are_left_alone() -> None:
    process = start("print('ready', flush=True)", stay=6)
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(4)
    os.kill(process.pid, signal.SIGCONT)
    rest, said = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "ended by itself\n"), said
