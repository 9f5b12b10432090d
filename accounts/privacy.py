"""What every model holds about people and how long its rows stay: declared once, next to the models of each app
(`holdings.py`, found when the apps are ready), and used for all of it: the copy people ask for, the nightly tidying
up, the table in docs/data-protection.md. A model that is not declared fails a test."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

logger = logging.getLogger(__name__)

BATCH = 1000


@dataclass(frozen=True, slots=True)
class WithParent:
    """A row goes with the row that this key leads to."""

    parent: str

    def __str__(self) -> str:
        return f"as long as its {self.parent.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Days:
    """So long after the moment in the field `since`, where it is set; of those rows that are `only`."""

    days: int
    since: str
    only: Q = field(default_factory=Q)

    def __str__(self) -> str:
        if not self.days:
            return "until it expires"
        return f"{self.days // 365} years" if self.days % 365 == 0 and self.days > 365 else f"{self.days} days"


@dataclass(frozen=True, slots=True)
class Until:
    """Something else ends it: which, in words that go on after "until". `scans.retention` knows the plan's days."""

    words: str

    def __str__(self) -> str:
        return f"until {self.words}"


@dataclass(frozen=True, slots=True)
class Forever:
    reason: str

    def __str__(self) -> str:
        return f"for ever: {self.reason}"


Kept = WithParent | Days | Until | Forever


@dataclass(frozen=True, slots=True)
class Holding:
    """`personal`: fields that say something about a person, or may. `workspace`, `person`: the lookup from a row to the
    workspace or person in whose copy it stands; "" when it stands in none. `secret` fields stand in no copy, `beside`
    are lookups that do besides the model's own fields. `file`: the field with the name of a picture."""

    model: type[models.Model]
    what: str
    kept: Kept
    personal: tuple[str, ...] = ()
    workspace: str = ""
    person: str = ""
    secret: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    file: str = ""

    @property
    def name(self) -> str:
        return self.model._meta.label

    @property
    def columns(self) -> list[str]:
        """What a copy says of a row."""
        own = [each for each in self.model._meta.concrete_fields if each.name not in self.secret]
        return [*(each.attname for each in own), *self.beside]


HOLDINGS: dict[type[models.Model], Holding] = {}


def declare(*holdings: Holding) -> None:
    HOLDINGS.update({holding.model: holding for holding in holdings})


def declared() -> list[Holding]:
    return [HOLDINGS[model] for model in sorted(HOLDINGS, key=lambda model: model._meta.label)]


def prune(slice_s: float = 45) -> int:
    """Deletes rows whose days are over, `BATCH` of each model at a time, and goes on for so many seconds as long as
    there are more; returns how many."""
    removed, ends = 0, time.monotonic() + slice_s
    for holding, old in _overdue(timezone.now()):
        while ids := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            # by the plain manager: audit events cannot be deleted in any other way
            holding.model._base_manager.filter(pk__in=ids).delete()
            removed += len(ids)
            if len(ids) < BATCH or time.monotonic() >= ends:
                break
    if removed:
        logger.info("%d rows past their days removed", removed)
    return removed


def overdue() -> int:
    """Rows that should be gone already; what a prune that keeps up leaves is 0."""
    return sum(old.count() for _, old in _overdue(timezone.now()))


def _overdue(now: datetime) -> Iterator[tuple[Holding, models.QuerySet[models.Model]]]:
    for holding in declared():
        if isinstance(kept := holding.kept, Days):
            past = Q(**{f"{kept.since}__lt": now - timedelta(days=kept.days)})
            yield holding, holding.model._base_manager.filter(past, kept.only)


def table() -> str:
    """The declarations in Markdown."""
    lines = ["| what | about people | kept | in a copy of |", "|---|---|---|---|"]
    for holding in declared():
        personal = ", ".join(f"`{name}`" for name in holding.personal) or "nothing"
        copies = " and ".join(
            word for word, path in (("a workspace", holding.workspace), ("a person", holding.person)) if path
        )
        lines.append(f"| {holding.what} (`{holding.name}`) | {personal} | {holding.kept} | {copies or 'nothing'} |")
    return "\n".join(lines) + "\n"
