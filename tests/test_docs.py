"""What the documents say is so: every setting is in the table and in .env.example, every command and every link
exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / "docs").glob("*.md"),
]
OF_THE_LAUNCHER = {"PORT"}  # read by sentinel/launcher.py and the Procfile, not by the settings


def settings_variables() -> set[str]:
    """The names of all variables that settings.py reads through environs."""
    calls = (
        node for node in ast.walk(ast.parse((ROOT / "sentinel/settings.py").read_text())) if isinstance(node, ast.Call)
    )
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_readme_names_every_setting() -> None:
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert table == settings_variables() | OF_THE_LAUNCHER


def test_example_environment_names_every_setting() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {line.lstrip("# ").partition("=")[0] for line in lines if re.match(r"#? ?[A-Z_]+=", line)}
    assert named == settings_variables() | OF_THE_LAUNCHER


def test_makefile_is_short_and_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text()
    assert len(make_targets()) <= 12
    assert set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE)) == make_targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_the_documents_exist(document: Path) -> None:
    text = document.read_text()
    assert set(re.findall(r"\bmake ([a-z]+)\b", _code(text))) <= make_targets()
    assert set(re.findall(r"manage\.py ([a-z_]+)", _code(text))) <= set(get_commands())
    assert not [name for name in re.findall(r"\bbench/(\w+\.py)", text) if not (ROOT / "bench" / name).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_in_the_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
    assert not [target for target in targets if not (document.parent / target).exists()]


def test_processes_of_the_procfile_are_real_commands() -> None:
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert set(procfile) == {"release", "web", "scanner", "worker", "cron"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", " ".join(procfile.values()))) <= set(get_commands())


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert "make test" in _code((ROOT / "README.md").read_text())
    assert script.index("make test") < script.index("make lint")


def _code(text: str) -> str:
    """What stands in code blocks and between backticks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
