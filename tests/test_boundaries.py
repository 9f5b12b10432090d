"""The arrows and the sizes of the house style, read from the code itself. Needs neither Django nor a database."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "billing", "demo", "scans", "sentinel")
FILE_LINES, FUNCTION_LINES = 400, 40
SOURCES = sorted(
    path for app in (*APPS, "bench", "scripts") for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)

# of the project's own package: the edges that every app may stand on
SHARED = ("sentinel.ids", "sentinel.admin", "sentinel.emails", "sentinel.storage", "sentinel.crypto", "sentinel.logs")

# who → whom it may import of ours; what is not listed may import anything that the arrows allow
ARROWS = {
    "accounts": ("accounts", *SHARED),
    "billing": ("billing", "accounts", *SHARED),
    "scans": ("scans", "billing", "accounts", *SHARED),
    "demo": ("demo",),
    "scans.snapshot": ("scans.snapshot",),
    "scans.checks": ("scans.checks", "scans.snapshot"),
    "scans.fetch": ("scans.fetch", "scans.snapshot", "scans.discover"),
    "scans.discover": ("scans.discover", "scans.fetch", "scans.snapshot"),
    "scans.browser": ("scans.browser", "scans.fetch", "scans.snapshot", "scans.discover"),
}
WEBFLOW = (
    "client",
    "wire",
    "reading",
    "shapes",
    "content",
    "changes",
    "errors",
    "ids",
    "budget",
    "tokens",
    "signature",
)
PURE = (
    "scans.snapshot",
    "scans.checks",
    "scans.fetch",
    "scans.discover",
    "scans.browser",
    "demo",
    *(f"accounts.webflow.{name}" for name in WEBFLOW),
)
ENQUEUERS = {
    "accounts.mail",
    "accounts.exports",
    "scans.launch",
    "scans.schedules",
    "scans.dispatch",
    "scans.management.commands.rqcron",
}
SAFE = {
    "sentinel/svg.py",
    "templates/django/forms/field.html",
}  # our own drawings; help texts, which Django's template trusts too
CATCHERS = {"scans.checks.registry", "scans.engine", "scans.runner"}  # one check, one page, one job


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imports(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module imported below `node`, with its line; `from a import b` counts as a.b, so that modules are seen."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from ((f"{child.module}.{alias.name}", child.lineno) for alias in child.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def of(package: str) -> list[Path]:
    return [path for path in SOURCES if within(module(path), (package,))]


def test_there_is_something_to_look_at() -> None:
    assert all(of(package) for package in ARROWS)


@pytest.mark.parametrize("package", ARROWS)
def test_imports_follow_the_arrows(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in of(package)
        for name, line in imports(tree(path))
        if name.split(".")[0] in APPS and not within(name, ARROWS[package])
    ]
    assert not wrong


@pytest.mark.parametrize("package", PURE)
def test_pure_parts_and_edges_know_no_django(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in of(package)
        for name, line in imports(tree(path))
        if name.split(".")[0] in ("django", "django_rq", "rq")
    ]
    assert not wrong


def test_first_party_imports_stand_at_the_top() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in SOURCES
        for function in functions(path)
        for name, line in imports(function)
        if name.split(".")[0] in APPS and name != "sentinel.system_checks"  # registered when the app is ready
    }
    assert not wrong


def test_only_the_named_steps_enqueue() -> None:
    wrong = {
        module(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr.startswith("enqueue") and module(path) not in ENQUEUERS
    }
    assert not wrong


def test_everything_is_caught_in_the_named_places_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and module(path) not in CATCHERS
    ]
    assert not wrong


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id == "Exception") for kind in kinds)


def test_files_and_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {n} lines"
        for path in SOURCES
        if (n := len(path.read_text().splitlines())) > FILE_LINES
    ]
    for path in SOURCES:
        for function in functions(path):
            if (size := _lines(function)) > FUNCTION_LINES:
                long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {size} lines")
    assert not long


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_nothing_is_marked_safe() -> None:
    marks = re.compile(r"""\bmark_safe\b|\|\s*safe\b|\{%\s*autoescape\s+off|\bSafeString\((?!""\))""")
    files = [*SOURCES, *(ROOT / "templates").rglob("*.html")]
    assert {str(path.relative_to(ROOT)) for path in files if marks.search(path.read_text())} <= SAFE


def test_templates_carry_no_script_and_no_style() -> None:
    inline = re.compile(
        r"<style\b|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|hx-on", re.IGNORECASE
    )
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "email" not in path.parts]
    assert not [str(path.relative_to(ROOT)) for path in pages if inline.search(path.read_text())]


def test_no_names_without_meaning() -> None:
    vague = {"utils", "helpers", "services", "managers", "handlers", "common", "misc"}
    assert not [str(path.relative_to(ROOT)) for path in SOURCES if path.stem in vague]
