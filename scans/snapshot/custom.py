"""Rules of the customer's own, as they travel with an order: what they ask for, and on which pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from scans.snapshot.words import Severity


class CustomKind(StrEnum):
    FORBIDDEN_TEXT = "forbidden-text"
    REQUIRED_TEXT = "required-text"
    FORBIDDEN_ELEMENT = "forbidden-element"
    REQUIRED_ELEMENT = "required-element"
    FORBIDDEN_HOST = "forbidden-host"
    PAGE_WEIGHT = "page-weight"
    REQUEST_COUNT = "request-count"
    LCP = "lcp"

    @property
    def is_budget(self) -> bool:
        """Judged by a visit, the others by the fetched page."""
        return self in (CustomKind.PAGE_WEIGHT, CustomKind.REQUEST_COUNT, CustomKind.LCP)

    @property
    def takes_selectors(self) -> bool:
        return self in (CustomKind.FORBIDDEN_ELEMENT, CustomKind.REQUIRED_ELEMENT)


@dataclass(frozen=True, slots=True)
class CustomRule:
    """`terms` are words, selectors or hosts by kind; `limit` of a budget is in kB, requests or milliseconds. `path`
    is a pattern of URL paths in which `*` stands for anything; it has no slash at its end."""

    id: str
    kind: CustomKind
    name: str
    severity: Severity = Severity.MODERATE
    path: str = "*"
    terms: tuple[str, ...] = ()
    limit: int = 0

    @property
    def is_budget(self) -> bool:
        return self.kind.is_budget

    def applies_to(self, url: str) -> bool:
        path = unquote(urlsplit(url).path) or "/"
        return _matches(self.path, path) or (len(path) > 1 and _matches(self.path, path.removesuffix("/")))


def _matches(pattern: str, path: str) -> bool:
    """From left to right, each piece at its first place: no backtracking, whatever the pattern."""
    first, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    if not path.startswith(first):
        return False
    at, last = len(first), rest.pop()
    for piece in rest:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= at


def selectors(rules: Iterable[CustomRule]) -> tuple[str, ...]:
    """Those that the parser has to look up, each once."""
    return tuple(dict.fromkeys(term for rule in rules if rule.kind.takes_selectors for term in rule.terms))


def budgets(rules: Iterable[CustomRule], url: str) -> list[CustomRule]:
    """Those that judge a visit of this page."""
    return [rule for rule in rules if rule.is_budget and rule.applies_to(url)]
