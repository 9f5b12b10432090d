"""How long the first reading of a large Webflow account takes, within the limit of Webflow's API.

    python -m bench.webflow_sync [--sites 200] [--pages 100] [--limit 60] [--json]

A stand-in for Webflow with that many sites, which counts requests per token and minute as Webflow does, and the
product's own listing and reading on a database of its own. Its pauses pass at once: `minutes` are those of a clock that
they move on. Half way the job is killed in the middle of a site and another goes on. `most_a_minute` is the busiest
minute, `refused` how often the limit was met, `again` how many requests the kill cost."""

from __future__ import annotations

import argparse
import json
import math
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.db.models import F

from bench import inplace

from accounts.models import WebflowConnection, Workspace  # isort: skip
from accounts.webflow.budget import LocalBudget
from accounts.webflow.client import WebflowClient
from accounts.webflow.wire import Limits
from demo.webflow import guard
from demo.webflow.big import big_account
from demo.webflow.server import StandIn
from scans.webflow import listing, sync
from scans.webflow.objects import SyncedPage, SyncedSite

CALLS_PER_SITE = 4  # pages, collections, assets, forms; each hundred pages more are one more
EVERY = timedelta(seconds=30)
Row = dict[str, Any]


class Killed(BaseException):
    """As by SIGKILL: nobody tidies up."""


@dataclass
class Clock:
    """The machine's, and what was slept; `asked` are the moments of all requests."""

    slept: float = 0.0
    kill_at: int = 0
    asked: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return time.perf_counter() + self.slept

    def pause(self, seconds: float) -> None:
        self.slept += seconds

    def kill_if_due(self) -> None:
        if self.kill_at and len(self.asked) >= self.kill_at:
            self.kill_at = 0
            raise Killed

    def most_a_minute(self) -> int:
        return max(sum(moment <= other < moment + 60 for other in self.asked) for moment in self.asked)


class Budget(LocalBudget):
    """Counts how often Webflow asked for a pause, and is where the job is killed."""

    refused = 0

    def __init__(self, limit: int, clock: Clock) -> None:
        super().__init__(limit, clock)
        self.clock = clock

    def take(self) -> float:
        self.clock.kill_if_due()
        return super().take()

    def rest(self, seconds: float) -> None:
        self.refused += 1
        super().rest(seconds)


class Requests(list[tuple[str, str]]):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def append(self, request: tuple[str, str]) -> None:
        self.clock.asked.append(self.clock())
        super().append(request)


def measure(sites: int, pages: int, limit: int) -> Row:
    clock, account = Clock(), big_account(sites, pages)
    account.switches.rate_limit, account.requests = limit, Requests(clock)
    with StandIn(account, hosting=False) as webflow, ExitStack() as patched:
        patched.enter_context(patch.object(guard, "time", SimpleNamespace(monotonic=clock)))
        budget, token = Budget(limit, clock), webflow.token()

        def client_for(connection: WebflowConnection, limits: Limits) -> WebflowClient:
            return WebflowClient(token, base_url=webflow.api_url, budget=budget, limits=limits, pause=clock.pause)

        for module in (listing, sync):
            patched.enter_context(patch.object(module, "client_for", client_for))
        row = _read(clock, sites, pages)
    return row | {"limit": limit, "most_a_minute": clock.most_a_minute(), "refused": budget.refused}


def _read(clock: Clock, sites: int, pages: int) -> Row:
    needed = 1 + sites * (CALLS_PER_SITE - 1 + max(1, math.ceil(pages / 100)))
    clock.kill_at = needed // 2
    began, wall = clock(), time.perf_counter()
    workspace = Workspace.objects.create(name="Bench")
    listing.list_sites(WebflowConnection.objects.create(workspace=workspace, authorization_id="bench"))
    with suppress(Killed):
        _work_off(clock)
    before = _done()
    _work_off(clock)
    return {
        "sites": sites,
        "read_before_the_kill": before,
        "read_after": _done() - before,
        "pages": SyncedPage.objects.filter(gone_at=None).count(),
        "requests": len(clock.asked),
        "again": len(clock.asked) - needed,
        "minutes": round((clock() - began) / 60, 1),
        "wall_s": round(time.perf_counter() - wall, 1),
    }


def _done() -> int:
    return SyncedSite.objects.filter(synced_at__isnull=False).count()


def _work_off(clock: Clock) -> None:
    """A job every half minute until all is read. Claims and pauses in the rows pass with the clock."""
    while SyncedSite.objects.filter(synced_at=None).exists():
        sync.work_off(slice_s=math.inf)
        clock.slept += EVERY / timedelta(seconds=1)
        SyncedSite.objects.update(claimed_until=F("claimed_until") - EVERY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--limit", type=int, default=60, help="requests a minute: 60 or 120 at Webflow")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    with inplace.installed():
        row = measure(options.sites, options.pages, options.limit)
    if options.json:
        print(json.dumps(row))
    else:
        for name, value in row.items():
            print(f"{name:22} {value}")
    whole = row["read_before_the_kill"] + row["read_after"] == options.sites
    whole = whole and row["pages"] == options.sites * options.pages
    return 0 if whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
