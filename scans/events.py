"""What the engine is asked and what it answers, page by page as it happens: the contract between 4–7 and whoever
listens (the runner keeps events in the database, the command line prints them)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scans.fetch.guard import Policy
from scans.snapshot import (
    VIEWPORTS,
    Box,
    Category,
    CustomRule,
    PageFacts,
    Problem,
    Skipped,
    Viewport,
    Visit,
    WebflowSite,
)


@dataclass(frozen=True, slots=True)
class Known:
    """A page that an earlier scan opened. As long as its print is the same, what was seen then is true now. `ids` and
    `links` are those that only the browser saw, `boxes` places elements on the pictures of then."""

    print: str
    ids: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    boxes: Mapping[str, Box] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """One scan as the engine sees it. `proven`: the site is the customer's, so it may be scanned at full speed.
    `visited` are URLs kept by an earlier attempt: fetched again (milliseconds), not opened again. `known` are the pages
    of the scan before, by URL: those that have not changed are carried over, not opened. `only` limits the categories
    judged. `single`: this one page, no site around it. `custom_rules` are the customer's own; `webflow` is what Webflow
    itself says of the site, None where it is not connected; `staging`: this is its address before it goes live.
    `ignore` are selectors not to be compared on pictures; `salt`: what else makes results of other scans none of this
    one's."""

    url: str
    policy: Policy
    max_pages: int = 100
    max_visits: int = 100
    viewports: tuple[Viewport, ...] = VIEWPORTS
    only: frozenset[Category] | None = None
    browser: bool = True
    proven: bool = False
    tabs: int = 3
    deadline_s: float = 1800
    visited: frozenset[str] = frozenset()
    known: Mapping[str, Known] = field(default_factory=dict)
    single: bool = False
    custom_rules: tuple[CustomRule, ...] = ()
    webflow: WebflowSite | None = None
    staging: bool = False
    ignore: tuple[str, ...] = ()
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What may be asked of a scan under way: `stop` ends it early with what it has, `leave` lets it finish the pages
    it is at and take no new ones."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    leave: asyncio.Event = field(default_factory=asyncio.Event)


class Phase(StrEnum):
    DISCOVERING = "discovering"
    FETCHING = "fetching"
    VISITING = "visiting"
    CHECKING = "checking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """`eta_s` is the time left in seconds, None until it can be told."""

    phase: Phase
    found: int
    fetched: int
    visit_total: int
    visited: int
    findings: int
    current: tuple[str, ...] = ()
    eta_s: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    page: PageFacts
    depth: int | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Visited:
    """`boxes` places elements of problems already told by `Fetched`, by selector; `print` as in `Known`."""

    page: PageFacts
    visit: Visit
    problems: tuple[Problem, ...]
    boxes: Mapping[str, Box] = field(default_factory=dict)
    print: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """A page that is as it was: what the scan before saw of it in the browser holds."""

    page: PageFacts


@dataclass(frozen=True, slots=True)
class Judged:
    """What only the whole site shows. `withdrawn`: told before and no longer true now that more pages are known."""

    problems: tuple[Problem, ...]
    withdrawn: tuple[Problem, ...] = ()


class Status(StrEnum):
    """`HANDED_BACK`: the scanner goes; the pages that were under way are done, the rest is for the next one."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HANDED_BACK = "handed-back"


@dataclass(frozen=True, slots=True)
class Coverage:
    """`note` is the sentence a report shows; `limits` are caps that were reached, in words."""

    discovered: int = 0
    fetched: int = 0
    visited: int = 0
    carried: int = 0
    skipped: tuple[Skipped, ...] = ()
    limits: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds and peak memory of the leased browser tree and of our own part, bytes received from the site."""

    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0
    bytes_in: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every scan. `reason` is a sentence for people, "" when complete."""

    status: Status
    reason: str
    coverage: Coverage
    engine: Mapping[str, Any]
    judged: tuple[Category, ...]
    cost: Cost = Cost()


Event = Progress | Fetched | Visited | Carried | Judged | Ended
