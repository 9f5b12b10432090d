"""Scans under fire: processes and servers are killed at random while scans are asked for; afterwards no scan may be
lost, done twice or wrong, and nothing may be left running.

    python -m bench.chaos [--minutes 10] [--scans 100] [--seed 1] [--scanners 2] [--keep] [--json]

It works on a throwaway installation of its own (bench.rig): nothing else on this machine is touched. Faults
(bench.faults) strike while something is being scanned. 60 s after the last one every scan must have ended. What is
wrong is counted from what the database saw (bench.audit); the exit code is 1 when anything is. `overdue_s` is the
longest that a lease stayed in the past, `seconds_after_last_fault` what the last scan needed to end."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import psutil

from bench.faults import inject
from bench.rig import Rig

RIG = Rig(Path(tempfile.gettempdir()) / f"qa-sentinel-chaos-{os.getpid()}")
os.environ.update(RIG.environment)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import InterfaceError, OperationalError, connection  # noqa: E402

from accounts.models import Workspace  # noqa: E402
from bench import audit  # noqa: E402
from scans.launch import request_scan  # noqa: E402
from scans.models import Scan, Site  # noqa: E402

WORKSPACES = 24  # each with one site: a scan that lost its scanner occupies its site for half a minute
FAULTS_EVERY_S = (2.0, 8.0)
QUIET_S = 5.0  # a fault waits at most so long for a scan to run
SETTLE_S = 60.0
LEFT_S = 5.0
LEASE_S = 30.0
LOOK_EVERY_S = 0.5
WRONG = ("lost", "done_twice", "ended_unseen", "duplicate_pages", "wrong_pages", "kept_twice", "late_writes")


class Chaos:
    """One run. Everything happens in one thread, turn by turn: servers that are down are simply met again later."""

    def __init__(self, rig: Rig, chance: random.Random, seconds: float, wanted: int) -> None:
        self.rig, self.chance, self.seconds, self.wanted = rig, chance, seconds, wanted
        self.faults: Counter[str] = Counter()
        self.accepted: set[uuid.UUID] = set()
        self.overdue_s = 0.0
        self.last_fault = 0.0
        self._looked = 0.0
        self._running = self._unfinished = 0
        self._sites: list[Site] = []

    def run(self) -> None:
        call_command("migrate", verbosity=0)
        audit.install()
        self._sites = [_site(number, self.rig.sites) for number in range(WORKSPACES)]
        self.rig.tick()
        began = time.monotonic()
        strike = began + self.seconds / 20
        while (now := time.monotonic()) < began + self.seconds:
            if now - began > self._due():
                self._request()
            if now >= strike and (self._running or now > strike + QUIET_S):
                self._strike()
                strike = now + self.chance.uniform(*FAULTS_EVERY_S)
            self._turn()
        self._settle()

    def _due(self) -> float:
        """When the next scan is to be asked for, in seconds after the start."""
        return len(self.accepted) * self.seconds / self.wanted * 0.95

    def _request(self) -> None:
        with _reachable():
            busy = set(Scan.objects.active().values_list("site_id", flat=True))
            free = [site for site in self._sites if site.pk not in busy]
            if free and isinstance(scan := request_scan(self.chance.choice(free)), Scan):
                self.accepted.add(scan.pk)

    def _strike(self) -> None:
        if name := inject(self.rig, self.chance):
            self.faults[name] += 1
            self.last_fault = time.time()

    def _turn(self) -> None:
        self.rig.tick()
        if time.monotonic() - self._looked > LOOK_EVERY_S:
            self._looked = time.monotonic()
            with _reachable():
                self._running, self._unfinished = audit.under_way()
                self.overdue_s = max(self.overdue_s, audit.overdue_s())
        time.sleep(0.05)

    def _settle(self) -> None:
        """No more faults: what was begun has to end now."""
        self._looked = 0.0
        self._turn()
        while self._unfinished and time.time() < self.last_fault + SETTLE_S:
            self._turn()

    def result(self, seed: int) -> dict[str, Any]:
        """Stops the scanners, and says what came out."""
        self.rig.stop_scanners()
        left = _left(self.rig)
        seen = audit.verdict(self.rig.pages, self.accepted)
        return {
            "scans": sum(seen["statuses"].values()),
            "faults": self.faults.total(),
            **seen,
            "seconds_after_last_fault": round(max(0.0, audit.last_end() - self.last_fault), 1),
            "overdue_s": round(self.overdue_s, 1),
            "seed": seed,
            "leftover_processes": left,
        }


@contextmanager
def _reachable() -> Iterator[None]:
    """A database that is just being restarted is met again at the next turn."""
    try:
        yield
    except (OperationalError, InterfaceError):
        connection.close()


def _site(number: int, urls: list[str]) -> Site:
    workspace = Workspace.objects.create(name=f"Workspace {number}")
    return Site.objects.create(workspace=workspace, name=f"Site {number}", url=urls[number % len(urls)])


def _left(rig: Rig) -> list[str]:
    """Browsers, drivers and whatever else the scanners left, 5 s after they ended."""
    end = time.monotonic() + LEFT_S
    while (left := rig.adopted()) and time.monotonic() < end:
        time.sleep(0.1)
    return [_name(process) for process in left]


def _name(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {process.name()}"
    except psutil.NoSuchProcess:
        return str(process.pid)


def _is_good(result: dict[str, Any]) -> bool:
    in_time = result["overdue_s"] <= LEASE_S and result["seconds_after_last_fault"] <= SETTLE_S
    return in_time and not result["leftover_processes"] and not any(result[name] for name in WRONG)


def _print(faults: Counter[str], result: dict[str, Any], rig: Rig) -> None:
    for name, times in faults.most_common():
        print(f"{name:24} {times:>5}")
    print(f"{'processes started again':24} {sum(part.starts - 1 for part in rig.parts):>5}\n")
    for name, value in result.items():
        print(f"{name:24} {value if isinstance(value, list | dict) else f'{value:>5}'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--scans", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scanners", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help=f"keep the logs ({RIG.folder})")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    RIG.keep = options.keep
    RIG.hire(options.scanners)
    with RIG as rig:
        chaos = Chaos(rig, random.Random(options.seed), options.minutes * 60, options.scans)
        chaos.run()
        result = chaos.result(options.seed)
        connection.close()
    if not options.json:
        _print(chaos.faults, result, rig)
    print(json.dumps(result))
    return 0 if _is_good(result) else 1


if __name__ == "__main__":
    sys.exit(main())
