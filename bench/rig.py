"""A throwaway installation that may be ill-treated: PostgreSQL, Redis, a few small sites and scanner processes, each
its own process, started again when it dies.

    rig = Rig(folder)
    os.environ.update(rig.environment)   addresses are settled before anything runs, so that the settings can be read
    rig.hire(2)                          scanners, from the first tick on
    with rig: ...                        rig.tick() as often as possible

Everything is on loopback or a Unix socket and under `folder`. What a killed scanner orphans is adopted by this process
and left alone: whether it ends by itself is one of the things to be seen. Single-threaded on purpose: the kernel ties a
child to the thread that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from scans.browser.processes import kill
from sentinel.supervisor import PR_SET_CHILD_SUBREAPER, die_with_parent
from tests.servers import free_port, postgres_server, postgres_url, redis_server, redis_url

ROOT = Path(__file__).resolve().parent.parent
RESTART_S = 1.0
STOP_S = 20.0
SITE_PAGES = (3, 4, 5, 6)
SITE_DELAY_S = 0.25  # before each answer: a scan of a tiny page would be over before anything could happen to it
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page {number} of {pages}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main><h1>Page {number}</h1>
<p>A small page that links to the others.</p><ul>{links}</ul></main></body></html>"""


@dataclass(slots=True)
class Part:
    """One process that is to run. `due`: when it is started again."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    due: float = 0.0
    starts: int = 0

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tick(self) -> None:
        if self.process is not None and self.process.poll() is not None:
            self.process, self.due = None, max(self.due, time.monotonic() + RESTART_S)
        if self.process is None and time.monotonic() >= self.due:
            self.process = self.launch()
            self.starts += 1

    def hit(self, number: signal.Signals, down_s: float = 0.0) -> None:
        """Sends the signal; the process is not started again for `down_s` seconds."""
        if self.process is not None and self.runs:
            self.process.send_signal(number)
            self.due = time.monotonic() + down_s

    def family(self) -> list[psutil.Process]:
        """All below it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if self.process is not None and self.runs:
                return psutil.Process(self.process.pid).children(recursive=True)
        return []


class Rig:
    """`sites` are the URLs, `pages` says for each what a whole scan of it keeps."""

    postgres: Part
    redis: Part

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keep = False
        ports = [free_port() for _ in SITE_PAGES]
        self.pages = {
            f"http://127.0.0.1:{port}/": _addresses(port, count) for port, count in zip(ports, SITE_PAGES, strict=True)
        }
        self.sites = list(self.pages)
        self.environment = _environment(folder, ports)
        self.scanners: list[Part] = []
        self._served = [Part(f"site-{port}", self._site(port, n)) for port, n in zip(ports, SITE_PAGES, strict=True)]
        self._others = {child.pid for child in psutil.Process().children()}

    @property
    def parts(self) -> list[Part]:
        return [self.postgres, self.redis, *self._served, *self.scanners]

    def hire(self, scanners: int) -> None:
        self.scanners = [Part(f"scanner-{number}", self._scanner(number)) for number in range(scanners)]

    def __enter__(self) -> Rig:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.folder.mkdir(exist_ok=True)  # the settings may have put their keys there
        self.folder.chmod(0o711)  # the unprivileged user of PostgreSQL goes through it
        (self.folder / "tmp").mkdir()
        postgres, redis = postgres_server(self.folder / "postgres"), redis_server(self.folder / "redis")
        self.postgres, self.redis = Part("PostgreSQL", postgres.start), Part("Redis", redis.start)
        try:
            for part in (self.postgres, self.redis, *self._served):
                part.tick()
            postgres.wait()
            redis.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_scanners()
        for part in (*self._served, self.redis, self.postgres):
            part.hit(signal.SIGINT)
        self._wait([self.postgres, self.redis, *self._served], 5)
        kill(self.adopted() + [child for part in self.parts for child in part.family()])
        kill([psutil.Process(part.process.pid) for part in self.parts if part.process is not None and part.runs])
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tick(self) -> None:
        """Looks after all parts once."""
        for part in self.parts:
            part.tick()
        self._reap()

    def stop_scanners(self) -> None:
        """Asks them to end, and makes those that do not within their 20 s."""
        for part in self.scanners:
            part.hit(signal.SIGTERM)
        self._wait(self.scanners, STOP_S)
        for part in self.scanners:
            part.hit(signal.SIGKILL)
        self._wait(self.scanners, 2)

    def _wait(self, parts: list[Part], seconds: float) -> None:
        end = time.monotonic() + seconds
        while any(part.runs for part in parts) and time.monotonic() < end:
            time.sleep(0.05)

    def adopted(self) -> list[psutil.Process]:
        """Living processes that a dead part left, and all below them."""
        ours = {part.process.pid for part in self.parts if part.process is not None} | self._others
        orphans = [child for child in psutil.Process().children() if child.pid not in ours]
        return [process for orphan in orphans for process in _living(orphan)]

    def _reap(self) -> None:
        """Collects adopted children that ended; the end of a part is for its Popen."""
        ours = {part.process.pid for part in self.parts if part.process is not None} | self._others
        for child in psutil.Process().children():
            if child.pid not in ours:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child.pid, os.WNOHANG)

    def _scanner(self, number: int) -> Callable[[], subprocess.Popen[bytes]]:
        return lambda: self._popen(f"scanner-{number}", str(ROOT / "manage.py"), "scanner")

    def _site(self, port: int, pages: int) -> Callable[[], subprocess.Popen[bytes]]:
        def launch() -> subprocess.Popen[bytes]:
            folder = _generate(self.folder / f"site-{pages}", pages)
            served = ("-m", "bench.serve", str(folder), "--port", str(port), "--delay", str(SITE_DELAY_S))
            return self._popen(f"site-{port}", *served)

        return launch

    def _popen(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )


def _environment(folder: Path, ports: list[int]) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "sentinel.settings",
        "SECRET_KEY": "only-for-a-throwaway-installation-" + "x" * 30,
        "EMBEDDED": "true",
        "DATABASE_URL": postgres_url(folder / "postgres"),
        "REDIS_URL": redis_url(folder / "redis"),
        "DATA_DIR": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "SCAN_ALLOWED_HOSTS": ",".join(f"127.0.0.1:{port}" for port in ports),
        "LOG_LEVEL": "INFO",
        "EMAIL_URL": "console:",
    }


def _addresses(port: int, pages: int) -> frozenset[str]:
    return frozenset(f"http://127.0.0.1:{port}/{f'page-{number}' if number else ''}" for number in range(pages))


def _generate(folder: Path, pages: int) -> Path:
    folder.mkdir(exist_ok=True)
    paths = ["/", *(f"/page-{number}" for number in range(1, pages))]
    links = "".join(f'<li><a href="{path}">Page {number}</a></li>' for number, path in enumerate(paths))
    for number in range(pages):
        name = f"page-{number}.html" if number else "index.html"
        (folder / name).write_text(PAGE.format(number=number, pages=pages, links=links))
    return folder


def _living(orphan: psutil.Process) -> list[psutil.Process]:
    try:
        family = [orphan, *orphan.children(recursive=True)]
        return [process for process in family if process.status() != psutil.STATUS_ZOMBIE]
    except psutil.NoSuchProcess:
        return []
