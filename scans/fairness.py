"""Whose scan is next: pure. Between workspaces the one with the fewest scans under way goes first, however many wait
behind it; within a workspace the most urgent, then the oldest. A workspace never has more under way than its plan
allows: the rest goes on waiting."""

from __future__ import annotations

import heapq
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A scan that waits. The smaller `urgency` is, the sooner; ids are time-ordered, so the smaller is the older."""

    urgency: int
    id: uuid.UUID
    workspace: uuid.UUID


def fair_order(
    waiting: Iterable[Candidate], load: Mapping[uuid.UUID, int], limits: Mapping[uuid.UUID, int]
) -> Iterator[Candidate]:
    """The candidates in the order in which they may start. `load` is how many scans each workspace has under way,
    `limits` how many it may have; who has none here gets nothing. What the limits keep back is not in the answer."""
    lines: dict[uuid.UUID, deque[Candidate]] = defaultdict(deque)
    for candidate in sorted(waiting):
        lines[candidate.workspace].append(candidate)
    heap = [(load.get(workspace, 0), line[0]) for workspace, line in lines.items()]
    heapq.heapify(heap)
    while heap:
        under_way, first = heapq.heappop(heap)
        if under_way >= limits.get(first.workspace, 0):
            continue
        line = lines[first.workspace]
        line.popleft()
        yield first
        if line:
            heapq.heappush(heap, (under_way + 1, line[0]))
