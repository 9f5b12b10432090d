"""Whose scan is next, as pure arithmetic."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from scans.fairness import Candidate, fair_order

A, B, C = (uuid.UUID(int=n) for n in (1, 2, 3))
HIGH, NORMAL, LOW = 0, 10, 20
PLENTY = {A: 1000, B: 1000, C: 1000}


def line(workspace: uuid.UUID, *urgencies: int, born: int = 0) -> list[Candidate]:
    """Scans of a workspace, the oldest first; `born` makes them younger than others."""
    first = workspace.int * 1_000_000 + born * 1_000_000_000
    return [Candidate(urgency, uuid.UUID(int=first + n), workspace) for n, urgency in enumerate(urgencies)]


def owners(order: Sequence[Candidate]) -> str:
    return "".join("ABC"[candidate.workspace.int - 1] for candidate in order)


def test_one_customer_is_served_oldest_first() -> None:
    waiting = line(A, HIGH, HIGH, HIGH)
    assert list(fair_order(reversed(waiting), {}, PLENTY)) == waiting


def test_a_person_goes_before_publish_schedule_and_bulk() -> None:
    bulk, schedule, publish, person = waiting = line(A, LOW, NORMAL + 3, NORMAL + 2, HIGH)
    assert list(fair_order(waiting, {}, PLENTY)) == [person, publish, schedule, bulk]


def test_customers_take_turns() -> None:
    waiting = line(A, *[HIGH] * 4) + line(B, *[HIGH] * 2, born=1) + line(C, HIGH, born=2)
    assert owners(list(fair_order(waiting, {}, PLENTY))) == "ABCABAA"


def test_a_thousand_scans_are_not_before_another_customers_first() -> None:
    waiting = line(A, *[HIGH] * 1000) + line(B, LOW, born=1)
    assert owners(list(fair_order(waiting, {A: 1}, PLENTY)))[0] == "B"
    assert owners(list(fair_order(waiting, {}, PLENTY)))[:2] == "AB"


def test_who_has_less_under_way_goes_first() -> None:
    waiting = line(A, HIGH, HIGH) + line(B, NORMAL, NORMAL, born=1)
    assert owners(list(fair_order(waiting, {A: 2, B: 0}, PLENTY))) == "BBAA"


def test_nobody_gets_more_than_the_plan_allows() -> None:
    waiting = line(A, *[HIGH] * 5) + line(B, *[HIGH] * 5)
    order = owners(list(fair_order(waiting, {A: 1, B: 3}, {A: 2, B: 3})))
    assert order == "A"


def test_who_has_no_limit_gets_nothing() -> None:
    assert not list(fair_order(line(A, HIGH), {}, {}))
