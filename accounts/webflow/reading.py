"""Reads single values out of Webflow's JSON and never fails: half of the official examples break the official schema,
so a missing value, a null and a wrong type are all "not given"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from accounts.webflow.errors import BadAnswer
from accounts.webflow.wire import Json


def text(data: Json, *names: str) -> str:
    """The first of `names` that holds a text; "" if none does."""
    return next((clean(value) for name in names if isinstance(value := data.get(name), str)), "")


def clean(value: str) -> str:
    """Without what JSON can spell and a database cannot keep: NUL and halves of surrogate pairs."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def maybe_text(data: Json, name: str) -> str | None:
    """For values where null (nobody wrote one) and "" (meant to be empty) differ."""
    value = data.get(name)
    return clean(value) if isinstance(value, str) else None


def flag(data: Json, name: str, default: bool = False) -> bool:
    value = data.get(name)
    return value if isinstance(value, bool) else default


def number(data: Json, name: str) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(data: Json, *names: str) -> datetime | None:
    """An aware time, or None where there is none or where it cannot be read."""
    try:
        value = datetime.fromisoformat(text(data, *names))
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def part(data: Json, name: str) -> Json:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def parts(data: Json, name: str) -> Iterator[Json]:
    """The objects of a list; what is no object is passed over."""
    value = data.get(name)
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def texts(data: Json, name: str) -> tuple[str, ...]:
    value = data.get(name)
    return tuple(clean(each) for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def rows(data: Json, name: str, identified: bool = True) -> list[Json]:
    """The list an answer is about. Without it the answer is no answer: an empty list would read as "all deleted". Every
    row is an object and, if `identified`, has an id."""
    value: Any = data.get(name)
    fits = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    if not fits or (identified and not all(text(row, "id") for row in value)):
        raise BadAnswer(said=f"no list of {name}")
    return list(value)


def whole(data: Json) -> Json:
    """The object an answer is: it has an id."""
    if not text(data, "id"):
        raise BadAnswer(said="an object without an id")
    return data
