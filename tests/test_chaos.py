"""A short run of the chaos bench, as a command: under kills no scan is lost, done twice or wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.usefixtures("chromium_path")
@pytest.mark.xdist_group("browser")
@pytest.mark.timeout(300)
def test_nothing_is_lost_under_fire() -> None:
    command = [sys.executable, "-m", "bench.chaos", "--minutes", "0.6", "--scans", "12", "--seed", "3", "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["scans"] >= 12
    assert result["faults"] >= 3
