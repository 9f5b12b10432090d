from pathlib import Path

import pytest

from scans.browser import chromium
from scans.browser.chromium import ChromiumMissing, find_chromium


def test_configured_program_is_taken(chromium_path: str) -> None:
    assert find_chromium(chromium_path) == Path(chromium_path)


def test_configured_program_that_is_none_is_said_in_one_line() -> None:
    with pytest.raises(ChromiumMissing, match=r"^CHROMIUM_PATH is '/no/such', but there is no such program\. [^\n]+$"):
        find_chromium("/no/such")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_order_of_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert find_chromium() is None
    for path in (
        "bin/chromium",
        "bin/chromium-headless-shell",
        "own/chromium-1208/chrome-linux64/chrome",
        "own/chromium_headless_shell-999/chrome-linux/headless_shell",
        "own/chromium_headless_shell-1208/chrome-headless-shell-linux64/chrome-headless-shell",
    ):
        better = program(tmp_path / path)
        assert find_chromium() == better


def test_old_version_is_refused() -> None:
    with pytest.raises(ChromiumMissing, match=r"Chromium 119\.0\.1; 120 or newer"):
        chromium._check_version("119.0.1")
    chromium._check_version("120.0.0")
