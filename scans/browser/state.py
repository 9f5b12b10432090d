"""A picture of a pool, for metrics and the admin: plain values, no browser in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from scans.browser.lease import Usage


class BrowserUse(StrEnum):
    IDLE = "idle"
    LEASED = "leased"
    RETIRING = "retiring"  # worn: finishes its last pages while its scan goes on in another


@dataclass(frozen=True, slots=True)
class LeaseState:
    scan_id: str
    seconds: float
    pages: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class BrowserState:
    pid: int
    state: BrowserUse
    memory_mb: int
    age_s: int
    pages: int
    scan_id: str


@dataclass(frozen=True, slots=True)
class PoolState:
    """`broken`: nothing starts any more, the process should end. `counts` are the pool's decisions since it started;
    `isolated`: browsers are in network namespaces of their own."""

    size: int
    idle: int
    launching: bool
    waiting: int
    target: int
    broken: bool
    isolated: bool
    leases: tuple[LeaseState, ...]
    browsers: tuple[BrowserState, ...]
    counts: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        leases = [{"scan_id": lease.scan_id, "seconds": round(lease.seconds, 1)} for lease in self.leases]
        return {**asdict(self), "leases": leases}
