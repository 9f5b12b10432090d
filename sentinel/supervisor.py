"""Processes that belong together: each in a group of its own, restarted when it dies, all ended together, nothing left
behind.

The supervisor's process adopts what its services orphan (a killed scanner leaves its browsers), so that "everything
below me" is everything that was ever started here. Single-threaded on purpose: the kernel ties a child to the thread
that started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STOP_SECONDS = 18
BACKOFF_SECONDS = (1, 2, 5, 10, 30)
STEADY_SECONDS = 60

_libc = ctypes.CDLL(None)


def die_with_parent() -> None:
    """Runs in a child before exec: should the parent be killed, the kernel sends the child a SIGTERM."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Service:
    """`core` services are needed by the others: they are stopped last. `deaths` in a row say how long to wait before a
    restart."""

    name: str
    command: Sequence[str]
    core: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0


class Supervisor:
    def __init__(
        self, env: Mapping[str, str], folder: Path, logs: Path, say: Callable[[str], None], verbose: bool = False
    ) -> None:
        self.env, self.folder, self.logs, self.say, self.verbose = dict(env), folder, logs, say, verbose
        self.services: list[Service] = []
        self._started: set[int] = set()
        self.hurry = False
        self._others = {child.pid for child in psutil.Process().children()}
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def start(self, name: str, command: Sequence[str], *, core: bool = False) -> Service:
        """Starts a service that is to run for good. The log of the run before is kept beside its own."""
        log = self.log_of(name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        service = Service(name, command, core)
        self.services.append(service)
        self._launch(service)
        return service

    def task(self, name: str, command: Sequence[str], *, piped: bool = False) -> subprocess.Popen[bytes]:
        """Starts a command that ends by itself. `piped`: its stdout is for the caller and its stderr for the person."""
        if piped:
            return self._popen(command, subprocess.PIPE, None)
        with self.log_of(name).open("wb") as log:
            return self._popen(command, log, log)

    def _launch(self, service: Service) -> None:
        service.started = time.monotonic()
        with self.log_of(service.name).open("ab") as log:
            out = None if self.verbose else log
            service.process = self._popen(service.command, out, out)

    def _popen(
        self, command: Sequence[str], out: IO[bytes] | int | None, err: IO[bytes] | int | None
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 (our own commands)
            command,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self._started.add(process.pid)
        return process

    def tick(self) -> None:
        """Looks after the services once: notes deaths, ends what the dead left, restarts what is due."""
        now = time.monotonic()
        for service in self.services:
            if service.process and service.process.poll() is not None:
                self._mourn(service, now)
            elif service.process is None and now >= service.due:
                self._launch(service)
        self._reap()

    def _mourn(self, service: Service, now: float) -> None:
        assert service.process is not None
        code, service.process = service.process.returncode, None
        service.deaths = 1 if now - service.started > STEADY_SECONDS else service.deaths + 1
        wait = BACKOFF_SECONDS[min(service.deaths, len(BACKOFF_SECONDS)) - 1]
        service.due = now + wait
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self.say(f"{service.name} ended ({how}); starting it again in {wait} s. Log: {self.log_of(service.name)}")
        self._end_orphans()

    def _end_orphans(self) -> None:
        """Ends what a dead service left: children we have and did not start."""
        for orphan in self._adopted():
            _kill([*_below(orphan), orphan])
        self._reap()

    def _adopted(self) -> list[psutil.Process]:
        known = self._started | self._others
        return [child for child in psutil.Process().children() if child.pid not in known]

    def _reap(self) -> None:
        """Collects adopted children that ended, so that no zombie stays as long as we run. Looks before it takes: the
        end of a process of ours is for its Popen."""
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, look)) and ended.si_pid not in self._started | self._others:
                os.waitpid(ended.si_pid, 0)

    def stop(self) -> None:
        """Asks everything to end, then makes it: at most 20 s, at once when `hurry` is set meanwhile."""
        self._end([service for service in self.services if not service.core], STOP_SECONDS)
        self._end(self.services, 2)
        for child in psutil.Process().children():
            if child.pid not in self._others:
                _kill([*_below(child), child])
        self._reap()

    def _end(self, services: Sequence[Service], seconds: float) -> None:
        living = [service.process for service in services if service.process and service.process.poll() is None]
        for process in living:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while any(process.poll() is None for process in living) and time.monotonic() < deadline and not self.hurry:
            time.sleep(0.05)


def _below(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _kill(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=2)
