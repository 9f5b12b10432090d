"""The launcher as a person meets it: real processes, real signals, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from demo.serve import digest
from scans.checks import RULES
from sentinel.embedded import SOCKET_PATH_LIMIT, answers, redis_binary, socket_in
from sentinel.supervisor import Supervisor
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "BASE_URL",
    "DATA_DIR",
    "PORT",
    "MAKELEVEL",
    "SCAN_ALLOWED_HOSTS",
    "WEBFLOW_CLIENT_ID",
)


def launch(data: Path, **env: str) -> subprocess.Popen[str]:
    """The launcher in a bare environment, as `make run` starts it."""
    bare = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.Popen(
        [sys.executable, "-m", "sentinel.launcher"],
        cwd=ROOT,
        env={**bare, "DATA_DIR": str(data), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def refused(data: Path, **env: str) -> str:
    process = launch(data, **env)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert output.count("\n") == 1, output
    return output


def planted() -> set[str]:
    """The rules of demo/FAULTS.md, without those that hang on how fast the machine is just now."""
    rules = set(re.findall(r"^\| `([a-z0-9.-]+)`", (ROOT / "demo/FAULTS.md").read_text(), re.MULTILINE))
    return {rule for rule in rules if not rule.startswith("performance.")}


def found_rules(data: Path) -> set[str]:
    """The rules with an issue in the launcher's own database."""
    with contextlib.closing(sqlite3.connect(data / "sentinel.sqlite3")) as database:
        return {rule for (rule,) in database.execute("SELECT DISTINCT rule FROM scans_issue")}


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_taken_port_is_one_line_with_another_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} is taken. Free it, or choose another: PORT=" in refused(tmp_path, PORT=str(port))


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_one_line(tmp_path: Path, port: str) -> None:
    assert f"PORT is {port!r}" in refused(tmp_path, PORT=port)


def test_a_wrong_chromium_is_one_line(tmp_path: Path) -> None:
    assert "CHROMIUM_PATH is '/nowhere/chromium'" in refused(
        tmp_path, PORT=str(free_port()), CHROMIUM_PATH="/nowhere/chromium"
    )


def test_a_data_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Set DATA_DIR to a folder that is yours" in refused(tmp_path / "file" / "data", PORT=str(free_port()))


def test_a_wrong_setting_is_one_line_with_its_name(tmp_path: Path) -> None:
    assert "SCAN_TABS" in refused(tmp_path, PORT=str(free_port()), SCAN_TABS="many")


def test_a_redis_that_does_not_answer_is_said(tmp_path: Path) -> None:
    process = launch(tmp_path, PORT=str(free_port()), REDIS_URL="redis://127.0.0.1:1/0")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no Redis answers at REDIS_URL" in output


@pytest.mark.timeout(300)
def test_it_runs_scans_the_demo_and_leaves_nothing(tmp_path: Path, chromium_path: str) -> None:
    port = free_port()
    process = launch(tmp_path, PORT=str(port), CHROMIUM_PATH=chromium_path)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            break
    output = "".join(lines)
    assert f"http://127.0.0.1:{port}/scans/" in output, output
    assert "demo@qasentinel.dev" in output

    webflow = re.search(r"Webflow +(http://127\.0\.0\.1:\d+)", output)
    assert webflow, output
    with urllib.request.urlopen(f"{webflow[1]}/_control/state") as answer:
        assert len(json.load(answer)["sites"]) == 3

    assert planted() & set(RULES) <= found_rules(tmp_path)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.status == 200
    second = refused(tmp_path, PORT=str(free_port()))
    assert "it already runs on" in second
    everything = psutil.Process(process.pid).children(recursive=True)
    assert len(everything) >= 6

    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    assert process.wait(timeout=30) == 0
    assert time.monotonic() - asked < 22
    _, alive = psutil.wait_procs(everything, timeout=2)
    assert not alive


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    said: list[str] = []
    watched = Supervisor(os.environ, tmp_path, tmp_path, said.append)
    yield watched
    watched.hurry = True
    watched.stop()


def test_a_dead_service_comes_back_and_its_orphans_go(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "orphan"
    script = f"""
import subprocess, time
orphan = subprocess.Popen(["sleep", "300"], start_new_session=True)
open({str(note)!r}, "w").write(str(orphan.pid))
time.sleep(300)
"""
    service = supervisor.start("dying", [sys.executable, "-c", script])
    assert eventually(lambda: note.exists() and note.read_text() != "")
    orphan, first = int(note.read_text()), service.process
    assert first is not None
    first.kill()
    assert eventually(lambda: supervisor.tick() or (service.process is not None and service.process is not first))
    assert not psutil.pid_exists(orphan)


def test_a_service_that_ignores_the_request_is_ended(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentinel.supervisor.STOP_SECONDS", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
    )
    service = supervisor.start("deaf", [sys.executable, "-c", deaf])
    assert service.process is not None
    assert eventually(lambda: "deaf" in supervisor.log_of("deaf").read_text())
    supervisor.stop()
    assert service.process.poll() is not None


def test_a_killed_supervisor_takes_its_services_along(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"""
import time
from pathlib import Path
from sentinel.supervisor import Supervisor
watched = Supervisor({{}}, Path({str(tmp_path)!r}), Path({str(tmp_path)!r}), print)
Path({str(note)!r}).write_text(str(watched.start("sleeper", ["/bin/sleep", "300"]).process.pid))
time.sleep(300)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    assert eventually(lambda: note.exists() and note.read_text() != "")
    service = psutil.Process(int(note.read_text()))
    parent.kill()
    parent.wait()
    assert eventually(lambda: not service.is_running() or service.status() == psutil.STATUS_ZOMBIE)


def test_a_long_data_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * SOCKET_PATH_LIMIT)
    deep.mkdir()
    short = socket_in(deep)
    short.parent.rmdir()
    assert len(str(short)) <= SOCKET_PATH_LIMIT
    assert socket_in(Path("/tmp")) == Path("/tmp/redis.sock")


def test_there_is_a_redis_without_one_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    binary = redis_binary()
    assert binary is not None
    assert b"v=" in subprocess.run([binary, "--version"], capture_output=True, check=True).stdout


def test_answers_is_false_for_nobody_and_nonsense() -> None:
    assert not answers("redis://127.0.0.1:1")
    assert not answers("nonsense")


def test_the_digest_is_the_same_for_the_same_site() -> None:
    assert digest() == digest()
