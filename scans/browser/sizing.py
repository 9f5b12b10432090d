"""How many browsers there should be: pure arithmetic, so that growth and shrinking can be read and tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The pool's rules (docs: scanner). Memory is the proportional set size of one browser's process tree."""

    min_size: int = 1
    max_size: int = 10
    idle_s: float = 300.0
    age_s: float = 1800.0
    pages: int = 50
    memory: int = 512 * MB
    kill_factor: float = 1.5
    cgroup_factor: float = 1.4
    sample_s: float = 2.0
    health_s: float = 30.0
    health_timeout_s: float = 5.0
    close_s: float = 5.0
    lease_s: float = 30.0
    memory_share: float = 0.8

    @property
    def kill_memory(self) -> int:
        return int(self.memory * self.kill_factor)

    @property
    def cgroup_memory(self) -> int:
        """Where the kernel itself steps in: between "replace" and "kill", which has only samples to go by."""
        return int(self.memory * self.cgroup_factor)


def target_size(limits: Limits, *, leased: int, due: int, affordable: int) -> int:
    """Browsers there should be now.

    `due` are the scans that wait (in our queues or for a lease). One more than is leased is kept warm while anything
    waits. `affordable` is how many the memory allows; what is leased is never counted away, it ends by itself.
    """
    wanted = leased + due + (1 if due else 0)
    most = min(limits.max_size, max(affordable, 1))
    return max(leased, min(max(wanted, limits.min_size), most))


def affordable_size(limits: Limits, *, memory_total: int, used_by_others: int) -> int:
    """How many browsers fit into `memory_share` of the memory this process may use, each at its full limit."""
    return max(0, int((memory_total * limits.memory_share - used_by_others) // limits.memory))


def surplus(limits: Limits, *, target: int, size: int, idle_seconds: Sequence[float]) -> int:
    """How many idle browsers to end: above the target, and idle for long enough."""
    tired = sum(1 for seconds in idle_seconds if seconds >= limits.idle_s)
    return max(0, min(size - target, tired))
