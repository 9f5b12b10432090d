"""Every encrypted column, so that a new key reaches all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Model

from accounts.adapter import SECOND_FACTOR
from accounts.models import OutgoingMail, WebflowConnection
from sentinel import crypto

BATCH = 200


@dataclass(frozen=True, slots=True)
class Column:
    """`key`: of a JSON field the one value that is encrypted."""

    model: type[Model]
    field: str
    bound_to: Callable[[Any], str]
    key: str = ""

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.path.replace('__', '.')}"

    @property
    def path(self) -> str:
        return f"{self.field}__{self.key}" if self.key else self.field

    def read(self, row: Any) -> str:
        kept = getattr(row, self.field)
        return str(kept[self.key] if self.key else kept)

    def written(self, row: Any, fresh: str) -> Any:
        return {**getattr(row, self.field), self.key: fresh} if self.key else fresh


COLUMNS = (
    Column(WebflowConnection, "token_encrypted", lambda row: row.bound_to),
    Column(OutgoingMail, "text", lambda row: row.bound_to),
    Column(OutgoingMail, "html", lambda row: row.bound_to),
    Column(Authenticator, "data", lambda _: SECOND_FACTOR, "secret"),
    Column(Authenticator, "data", lambda _: SECOND_FACTOR, "seed"),
)


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
        bound_to, last = column.bound_to(row), row.pk
        fresh = crypto.encrypt(crypto.decrypt(column.read(row), bound_to=bound_to), bound_to=bound_to)
        same = column.model._default_manager.filter(pk=row.pk, **{column.field: getattr(row, column.field)})
        done += same.update(**{column.field: column.written(row, fresh)})
    return done, last


def _pending(column: Column) -> Any:
    rows: Any = column.model._default_manager.all()
    kept = rows.filter(**{f"{column.field}__has_key": column.key}) if column.key else rows.exclude(**{column.field: ""})
    return kept.exclude(**{f"{column.path}__startswith": crypto.current_prefix()})
