from pathlib import Path

import pytest

from scans.browser import chromium
from scans.browser.chromium import ChromiumMissing, find_chromium


def test_configured_program_is_taken(chromium_path: str) -> None:
    assert find_chromium(chromium_path) == Path(chromium_path)


def test_configured_program_that_is_none_is_said_in_one_line() -> None:
    with pytest.raises(ChromiumMissing, match=r"^CHROMIUM_PATH is '/no/such', but there is no such program\. [^\n]+$"):
        find_chromium("/no/such")


def test_playwrights_own_comes_before_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, system = tmp_path / "chrome", tmp_path / "bin" / "chromium"
    system.parent.mkdir()
    for program in (own, system):
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(system.parent))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert find_chromium("", str(own)) == own
    assert find_chromium("", str(tmp_path / "not-installed")) == system
    system.unlink()
    assert find_chromium() is None


def test_old_version_is_refused() -> None:
    with pytest.raises(ChromiumMissing, match=r"Chromium 119\.0\.1; 120 or newer"):
        chromium._check_version("119.0.1", Path("/usr/bin/chromium"))
    chromium._check_version("120.0.0", Path("/usr/bin/chromium"))
