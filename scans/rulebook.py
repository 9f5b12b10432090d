"""What people write as rules of their own, read: from the form of a site, and from a file of `manage.py scan --rules`.

Fields in, a `CustomRule` out, or what is wrong with them, field by field, in sentences. What is let in here is what the
engine takes: selectors are tried with the parser that will look them up, words have to be visible, hosts are hosts.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from scans.checks.phrases import is_visible, plain
from scans.discover.urls import host_of, name_of
from scans.fetch.parse.selectors import fault_of
from scans.snapshot import CustomKind, CustomRule, Severity

MOST_RULES = 50
NAME_LIMIT = 120
PATH_LIMIT = 200
TERM_LIMIT = 200
MOST_TERMS = 50
MOST_SELECTORS = 5  # each is looked up in every page
MOST_STARS = 10
LARGEST = {CustomKind.PAGE_WEIGHT: 1_000_000, CustomKind.REQUEST_COUNT: 100_000, CustomKind.LCP: 120_000}
UNITS = {CustomKind.PAGE_WEIGHT: "kB", CustomKind.REQUEST_COUNT: "files", CustomKind.LCP: "ms"}
_KEYS = frozenset({"id", "kind", "name", "severity", "path", "terms", "limit", "enabled"})

Faults = dict[str, str]
Read = TypeVar("Read")


class Unreadable(Exception):
    """A file of rules that is none; says where and why."""


def read(
    kind: CustomKind, name: str, severity: str, path: str, terms: Iterable[str], limit: int | None, *, id_: str = ""
) -> CustomRule | Faults:
    faults: Faults = {}

    def field(called: str, reader: Callable[[], Read], otherwise: Read) -> Read:
        try:
            return reader()
        except ValueError as error:
            faults[called] = str(error)
            return otherwise

    rule = CustomRule(
        id=id_,
        kind=kind,
        name=field("name", lambda: _name(name), ""),
        severity=field("severity", lambda: _severity(severity), Severity.MODERATE),
        path=field("path", lambda: _path(path), ""),
        terms=field("terms", lambda: _terms(kind, terms), ()),
        limit=field("limit", lambda: _limit(kind, limit), 0),
    )
    return faults or rule


def _name(text: str) -> str:
    """One line without characters that nobody sees or that turn the line around."""
    name = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
    if not is_visible(name):
        raise ValueError("Give the rule a name: it is the title of what it finds.")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"This name is too long: {len(name)} characters, {NAME_LIMIT} are allowed.")
    return name


def _severity(word: str) -> Severity:
    if word not in set(Severity):
        raise ValueError(f"Choose from {', '.join(Severity)}.")
    return Severity(word)


def _path(text: str) -> str:
    """ "/blog/*", "*"; of a whole address the path is taken."""
    text = text.strip()
    if "://" in text:
        text = _path_of(text)
    if "?" in text or "#" in text:
        raise ValueError("Only the path counts: leave out what begins with ? or #.")
    path = unquote(text) or "*"
    if len(path) > PATH_LIMIT or path.count("*") > MOST_STARS:
        raise ValueError(f"At most {PATH_LIMIT} characters and {MOST_STARS} stars.")
    if not path.isprintable():
        raise ValueError("This is not a path. Write it like /blog/* or /pricing.")
    if path[0] not in "/*":
        path = f"/{path}"
    return path.rstrip("/") or "/"


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path or "/"
    except ValueError as error:
        raise ValueError("This is not an address. Write a path like /blog/* or /pricing.") from error


def _terms(kind: CustomKind, lines: Iterable[str]) -> tuple[str, ...]:
    if kind.is_budget:
        return ()
    most = MOST_SELECTORS if kind.takes_selectors else MOST_TERMS
    given = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not given:
        raise ValueError("Write at least one line.")
    if len(given) > most:
        raise ValueError(f"These are {len(given)} lines; a rule holds {most}. Make two rules of it.")
    reader = _selector if kind.takes_selectors else _host if kind is CustomKind.FORBIDDEN_HOST else _word
    found: dict[str, str] = {}
    for number, line in given:
        try:
            term = reader(line)
        except ValueError as error:
            raise ValueError(f"Line {number}, “{_short(line)}”: {error}") from error
        found.setdefault(plain(term) if reader is _word else term, term)
    return tuple(found.values())


def _short(line: str) -> str:
    return line if len(line) <= 60 else f"{line[:60]}…"


def _word(line: str) -> str:
    if len(line) > TERM_LIMIT:
        raise ValueError(f"{len(line)} characters are too many, {TERM_LIMIT} are allowed.")
    if not is_visible(line) or "\x00" in line:
        raise ValueError("There is nothing in it that a reader could see.")
    return " ".join(line.split())


def _selector(line: str) -> str:
    if fault := fault_of(line):
        raise ValueError(fault)
    return line


def _host(line: str) -> str:
    """ "example.com", which stands for its subdomains too; also taken out of an address."""
    address = line if "://" in line else f"http://{line.removeprefix('*.')}"
    name = name_of(host_of(address)).rstrip(".")
    if "." not in name.strip(".") or len(name) > 253 or "*" in name or "[" in name:
        raise ValueError("It is not a host. Write it like example.com.")
    return name


def _limit(kind: CustomKind, limit: int | None) -> int:
    if not kind.is_budget:
        return 0
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= LARGEST[kind]:
        raise ValueError(f"A whole number of {UNITS[kind]} from 1 to {LARGEST[kind]:,}.")
    return limit


# ── a file ──


def from_json(text: str) -> tuple[CustomRule, ...]:
    """The enabled rules of a JSON list, in its order; raises `Unreadable`."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not JSON ({error})") from error
    if not isinstance(rows, list):
        raise Unreadable("it is not a JSON list of rules")
    if len(rows) > MOST_RULES:
        raise Unreadable(f"it holds {len(rows)} rules, {MOST_RULES} are allowed")
    rules = [_from_row(number, row) for number, row in enumerate(rows, 1)]
    if len({rule.id for rule in rules}) < len(rules):
        raise Unreadable("two rules have the same id (without one: the same kind, name and path)")
    return tuple(rule for rule, row in zip(rules, rows, strict=True) if row.get("enabled", True))


def _from_row(number: int, row: Any) -> CustomRule:
    where = f"rule {number}"
    if not isinstance(row, dict) or not all(isinstance(row.get(key, ""), str) for key in ("id", "name", "path")):
        raise Unreadable(f"{where} is not an object with texts for id, name and path")
    if unknown := sorted(set(row) - _KEYS):
        raise Unreadable(f"{where}: there is no “{_short(unknown[0])}”; known are {', '.join(sorted(_KEYS))}")
    if row.get("kind") not in list(CustomKind):
        raise Unreadable(f"{where}: kind is one of {', '.join(CustomKind)}")
    if not isinstance(row.get("enabled", True), bool):
        raise Unreadable(f"{where}: enabled is true or false")
    terms = row.get("terms", [])
    terms = terms.splitlines() if isinstance(terms, str) else terms
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise Unreadable(f"{where}: terms is a list of texts")
    kind, path, severity = CustomKind(row["kind"]), row.get("path", "*"), str(row.get("severity", Severity.MODERATE))
    id_ = row.get("id") or _digest(kind, row.get("name", ""), path)
    rule = read(kind, row.get("name", ""), severity, path, terms, row.get("limit"), id_=id_[:64])
    if isinstance(rule, dict):
        raise Unreadable(f"{where}: " + "; ".join(f"{key}: {said}" for key, said in rule.items()))
    return rule


def _digest(*parts: str) -> str:
    """Stays the same from run to run, so that issues are known again."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
