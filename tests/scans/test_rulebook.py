"""What people may write as rules of their own, and what they are told when they may not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scans.rulebook import MOST_RULES, Faults, Unreadable, from_json, read
from scans.snapshot import CustomKind, CustomRule, Severity
from tests.scans.hostile import HOSTILE

K = CustomKind


def reading(kind: CustomKind, *terms: str, **given: Any) -> CustomRule | Faults:
    fields = {"name": "Ours", "severity": "minor", "path": "*", "limit": None} | given
    return read(kind, fields["name"], fields["severity"], fields["path"], terms, fields["limit"])


def good(kind: CustomKind, *terms: str, **given: Any) -> CustomRule:
    rule = reading(kind, *terms, **given)
    assert isinstance(rule, CustomRule), rule
    return rule


def faults(kind: CustomKind, *terms: str, **given: Any) -> Faults:
    said = reading(kind, *terms, **given)
    assert isinstance(said, dict), said
    assert all(line.endswith(".") for line in said.values())
    return said


def test_a_rule_is_cleaned() -> None:
    rule = good(K.FORBIDDEN_TEXT, " Acme  Corp ", "", "ACME CORP", "x", name="\u202e No\tAcme\n ", path=" blog/* ")
    assert (rule.name, rule.terms, rule.path) == ("No Acme", ("Acme Corp", "x"), "/blog/*")
    assert (rule.severity, rule.limit) == (Severity.MINOR, 0)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", "*"),
        ("*", "*"),
        ("/", "/"),
        ("/pricing/", "/pricing"),
        ("/blog/*", "/blog/*"),
        ("*/team", "*/team"),
        ("https://acme.example/caf%C3%A9/", "/café"),
        ("https://acme.example", "/"),
    ],
)
def test_paths(typed: str, kept: str) -> None:
    assert good(K.LCP, path=typed, limit=1).path == kept


@pytest.mark.parametrize(
    "typed", ["/a?b", "/a#b", "/" + "a" * 200, "*a" * 11, "/a\x00b", "/a%0Ab", "http://[", "/\u202ea"]
)
def test_paths_that_are_none(typed: str) -> None:
    assert list(faults(K.LCP, path=typed, limit=1)) == ["path"]


@pytest.mark.parametrize("name", ["", " ", "\u200b\u200d", "\u00ad\u3164", "\x00", "n" * 121])
def test_names_that_are_none(name: str) -> None:
    assert list(faults(K.LCP, name=name, limit=1)) == ["name"]


@pytest.mark.parametrize(
    "terms", [(), ("", " "), ("\u200b\u2060",), ("ok", "\u00ad"), ("x" * 201,), ("x",) * 51, ("a\x00",)]
)
def test_words_that_are_none(terms: tuple[str, ...]) -> None:
    assert list(faults(K.FORBIDDEN_TEXT, *terms)) == ["terms"]


def test_the_line_that_is_wrong_is_named() -> None:
    said = faults(K.REQUIRED_ELEMENT, ".ok", "", "p >")["terms"]
    assert said == "Line 3, “p >”: It is not a CSS selector."
    assert "Make two rules of it." in faults(K.REQUIRED_ELEMENT, *(f".c{n}" for n in range(6)))["terms"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Example.COM", "example.com"),
        ("*.example.com", "example.com"),
        ("https://old.example.com:8443/x?y", "old.example.com"),
        ("example.com/path", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("example.com.", "example.com"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_hosts(typed: str, kept: str) -> None:
    assert good(K.FORBIDDEN_HOST, typed).terms == (kept,)


@pytest.mark.parametrize(
    "typed", ["com", "a b.example", "javascript:alert(1)", "*", "*.*", "http://", "<b>", "[::1]", ".", "x" * 300]
)
def test_hosts_that_are_none(typed: str) -> None:
    assert list(faults(K.FORBIDDEN_HOST, typed)) == ["terms"]


@pytest.mark.parametrize("limit", [None, 0, -1, 10**9, True, 1.5, "60"])
def test_budgets_that_are_none(limit: Any) -> None:
    assert list(faults(K.REQUEST_COUNT, limit=limit)) == ["limit"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", [K.FORBIDDEN_TEXT, K.REQUIRED_ELEMENT, K.FORBIDDEN_HOST, K.LCP])
def test_whatever_somebody_types_there_is_an_answer(text: str, kind: CustomKind) -> None:
    reading(kind, text, name=text, path=text, severity=text)
    reading(kind, text, name=text, path=text, limit=1)


# ── files ──

ROW = {"kind": "forbidden-text", "name": "No Acme", "terms": ["Acme"]}


def test_a_file() -> None:
    rows = [
        ROW,
        {"kind": "lcp", "name": "Quick", "limit": 2000, "path": "/blog/*", "severity": "serious", "id": "quick"},
        {**ROW, "name": "Off", "enabled": False},
    ]
    first, second = from_json(json.dumps(rows))
    assert (first.kind, first.terms, first.severity, first.path) == (K.FORBIDDEN_TEXT, ("Acme",), "moderate", "*")
    assert (second.id, second.limit, second.path) == ("quick", 2000, "/blog/*")
    assert first.id == from_json(json.dumps([ROW | {"terms": "Acme\nAcme Corp", "severity": "info"}]))[0].id


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "not a JSON list"),
        ("[1]", "rule 1 is not an object"),
        (json.dumps([{**ROW, "name": 5}]), "rule 1 is not an object with texts"),
        (json.dumps([ROW, {**ROW, "pattern": "x"}]), "rule 2: there is no “pattern”"),
        (json.dumps([{**ROW, "kind": "poem"}]), "kind is one of forbidden-text"),
        (json.dumps([{**ROW, "kind": []}]), "kind is one of"),
        (json.dumps([{**ROW, "enabled": 1}]), "enabled is true or false"),
        (json.dumps([{**ROW, "terms": [1]}]), "terms is a list of texts"),
        (json.dumps([{**ROW, "severity": "bad"}]), "severity: Choose from critical"),
        (json.dumps([{**ROW, "kind": "lcp"}]), "limit: A whole number of ms"),
        (json.dumps([{**ROW, "kind": "required-element", "terms": ["p >"]}]), "Line 1, “p >”: It is not"),
        (json.dumps([ROW, ROW]), "two rules have the same id"),
        (json.dumps([ROW] * (MOST_RULES + 1)), "holds 51 rules, 50 are allowed"),
    ],
)
def test_files_that_are_none(text: str, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        from_json(text)
    assert said in str(caught.value)
