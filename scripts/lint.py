"""The static checks, one line each; all of them run, and the output of those that fail follows.

.venv/bin/python -m scripts.lint        (`make lint`)
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]

CHECKS: dict[str, list[str | Path]] = {
    "ruff check": [BIN / "ruff", "check", "."],
    "ruff format": [BIN / "ruff", "format", "--check", "."],
    "mypy --strict": [BIN / "mypy"],
    "djlint": [BIN / "djlint", "templates", "--lint", "--quiet"],
    "boundaries": [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--noconftest",
        "tests/test_boundaries.py",
    ],
    "vendored files": [sys.executable, "scripts/vendor_assets.py", "--check"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "check --deploy": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
}


def main() -> int:
    with tempfile.TemporaryDirectory() as data:
        env = {**os.environ, **_deployed(data)}
        failed = [name for name, command in CHECKS.items() if not _passes(name, command, env)]
    return 1 if failed else 0


def _passes(name: str, command: list[str | Path], env: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'}  {name}  ({time.monotonic() - began:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout.rstrip(), flush=True)
    return done.returncode == 0


def _deployed(data: str) -> dict[str, str]:
    """The settings of an installation behind HTTPS, on a data folder of its own."""
    return {
        "DATA_DIR": data,
        "SECRET_KEY": os.urandom(48).hex(),
        "HTTPS": "true",
        "EMBEDDED": "true",
        "SCAN_ALLOWED_HOSTS": "",
    }


if __name__ == "__main__":
    sys.exit(main())
