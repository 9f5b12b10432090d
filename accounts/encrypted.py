"""Every encrypted column, so that a new key reaches all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from accounts.models import WebflowConnection
from sentinel import crypto

BATCH = 200


@dataclass(frozen=True, slots=True)
class Column:
    model: type[Model]
    field: str
    bound_to: Callable[[Any], str]

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.field}"


COLUMNS = (Column(WebflowConnection, "token_encrypted", lambda row: row.bound_to),)


def left(column: Column) -> int:
    """How many rows are not encrypted with the current key."""
    return int(_pending(column).count())


def rotate_batch(column: Column, after: Any = None) -> tuple[int, Any]:
    """Re-encrypts the next rows after that primary key; how many, and the last key seen (None: none is left). A row
    that was changed meanwhile keeps its change. Raises CannotDecrypt."""
    rows = _pending(column).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    done, last = 0, None
    for row in rows[:BATCH]:
        old, bound_to, last = getattr(row, column.field), column.bound_to(row), row.pk
        fresh = crypto.encrypt(crypto.decrypt(old, bound_to=bound_to), bound_to=bound_to)
        same = column.model._default_manager.filter(pk=row.pk, **{column.field: old})
        done += same.update(**{column.field: fresh})
    return done, last


def _pending(column: Column) -> Any:
    current = {f"{column.field}__startswith": crypto.current_prefix()}
    return column.model._default_manager.exclude(**{column.field: ""}).exclude(**current)
