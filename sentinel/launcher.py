"""`make run`: everything on one machine, from nothing, until Ctrl-C.

    checks     data folder, port, Chromium: said in one line before anything is started
    servers    a private Redis if none was given, the demo site and a stand-in for Webflow on ports of their own
    database   migrations, static files
    services   web, scanner, worker, cron, watched by the supervisor
    demo       workspace, log-in and a scan of the demo site by the path every scan takes

Then it prints where to look, and watches. It ends what it started and touches nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from environs import EnvValidationError

from demo.serve import digest
from demo.webflow.environment import SAMPLE_PORTS, environment
from scans.browser.chromium import INSTALL, ChromiumMissing, find_chromium
from sentinel.embedded import answers, redis_binary, redis_command, socket_in
from sentinel.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 60
TASK_SECONDS = 300


class Trouble(Exception):
    """It cannot start; the message is the one line the person gets."""


class Stop(BaseException):
    """Someone asked it to end: Ctrl-C, SIGTERM, a closed terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sentinel.launcher", description="Runs QA Sentinel on this machine.")
    parser.add_argument("--verbose", action="store_true", help="show the logs of all processes here")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentinel.settings")
    try:
        with _stoppable(), _locked(_data_dir()) as data:
            return Launcher(data, options.verbose).run()
    except Trouble as trouble:
        print(f"Not started: {trouble}", file=sys.stderr)
        return 1
    except Stop:
        return 0


class Launcher:
    def __init__(self, data: Path, verbose: bool) -> None:
        self.began = time.monotonic()
        self.port = _port()
        _require_free(self.port)
        self.demo_port = _free_port(self.port + 1)
        self.webflow_ports = _webflow_ports(self.port + 20)
        logs = data / "logs"
        logs.mkdir(exist_ok=True)
        self.data = data
        self.scratch: list[Path] = []
        self.supervisor = Supervisor(self._environment(), ROOT, logs, say, verbose)
        self.parent = os.getppid()

    def _environment(self) -> dict[str, str]:
        """What the processes see: our own environment, the Chromium found, the demo site opened for scans."""
        sites = [self.demo_port, *self.webflow_ports[1:]]
        opened = [*settings.SCAN_ALLOWED_HOSTS, *(f"{HOST}:{port}" for port in sites)]
        return {
            **os.environ,
            **(environment(self.webflow_ports[0]) if self.webflow_ports else {}),
            "BASE_URL": os.environ.get("BASE_URL") or f"http://{HOST}:{self.port}",
            "CHROMIUM_PATH": str(_chromium()),
            "SCAN_ALLOWED_HOSTS": ",".join(opened),
            "PYTHONUNBUFFERED": "1",
        }

    def run(self) -> int:
        try:
            self._start()
            self._watch()
        except Stop:
            say("stopping …")
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        say("QA Sentinel starts")
        self._redis()
        self.supervisor.start("demo-site", self._python("-m", "demo.serve", "--port", str(self.demo_port)), core=True)
        self._webflow()
        self._prepare()
        gunicorn = ["gunicorn", "sentinel.wsgi", "--bind", f"{HOST}:{self.port}", "--worker-class", "gthread"]
        self.supervisor.start(
            "web", self._python("-m", *gunicorn, "--workers", "2", "--threads", "8", "--access-logfile", "-")
        )
        self.supervisor.start("scanner", self._manage("scanner"))
        self.supervisor.start(
            "worker", self._manage("rqworker", "default", "--serializer", "rq.serializers.JSONSerializer")
        )
        self.supervisor.start("cron", self._manage("rqcron"))
        self._wait_for_web()
        say("web, scanner, worker and cron are up")
        self._announce(self._demo())

    def _redis(self) -> None:
        """The server given in REDIS_URL, else a private one that ends with us. The machine's own is never looked
        for."""
        if given := os.environ.get("REDIS_URL"):
            if not answers(given):
                raise Trouble("no Redis answers at REDIS_URL. Start it, or unset REDIS_URL to use a private one.")
            return
        binary = redis_binary()
        if binary is None:
            raise Trouble(
                "no Redis server for this system came with the packages. Install redis-server or set REDIS_URL."
            )
        path = socket_in(self.data)
        if path.parent != self.data:
            self.scratch.append(path.parent)
        url = self.supervisor.env["REDIS_URL"] = f"unix://{path}"
        self.supervisor.start("redis", redis_command(binary, path), core=True)
        if not self._until(lambda: answers(url), 15):
            raise Trouble(f"the private Redis server does not answer. Its log: {self.supervisor.log_of('redis')}")

    def _webflow(self) -> None:
        """A stand-in where no app is registered with the real one, so that connecting can be seen here too."""
        if self.webflow_ports:
            port, *sites = map(str, self.webflow_ports)
            allowed = f"{self.supervisor.env['BASE_URL']}/*"
            ports = ["--port", port, "--site-ports", ",".join(sites)]
            self.supervisor.start("webflow", self._python("-m", "demo.webflow", *ports, "--redirect-uri", allowed))

    def _prepare(self) -> None:
        """Migrations and static files, side by side."""
        tasks = {
            name: self.supervisor.task(name, self._manage(name, "--noinput")) for name in ("migrate", "collectstatic")
        }
        for name, process in tasks.items():
            if not self._until(lambda process=process: process.poll() is not None, TASK_SECONDS) or process.returncode:
                log = self.supervisor.log_of(name)
                raise Trouble(f"{name} failed: {_last_line(log)} (log: {log})")
        say("database and files are ready")

    def _wait_for_web(self) -> None:
        web = next(service for service in self.supervisor.services if service.name == "web")
        if not self._until(lambda: _is_up(self.port) or web.deaths > 2, START_SECONDS) or web.deaths > 2:
            log = self.supervisor.log_of("web")
            raise Trouble(f"the web process does not start: {_last_line(log)} (log: {log})")

    def _demo(self) -> dict[str, Any]:
        site = f"http://{HOST}:{self.demo_port}/"
        command = self._manage("seed_demo", site, "--version-of-site", digest(), "--scan")
        process = self.supervisor.task("demo", command, piped=True)
        if not self._until(lambda: process.poll() is not None, TASK_SECONDS + 60):
            process.kill()
        assert process.stdout is not None
        output = process.stdout.read().decode()
        return dict(json.loads(output)) if process.returncode == 0 else {}

    def _announce(self, demo: dict[str, Any]) -> None:
        lines = [f"Open      {self.supervisor.env['BASE_URL']}"]
        if demo:
            took = f"the scan took {demo['seconds']} s" if demo["fresh"] else "from an earlier run"
            failed = f" {demo['state']}: {demo['reason']}" if demo["state"] not in ("complete",) else ""
            lines += [f"Log in    {demo['email']}  password  {demo['password']}", f"Report    {demo['report']}"]
            lines += [f"          ({took}{failed})"]
        else:
            lines.append(f"The demo site could not be scanned. Log: {self.supervisor.log_of('scanner')}")
        if self.webflow_ports:
            lines.append(
                f"Webflow   http://{HOST}:{self.webflow_ports[0]}  (a stand-in: edit and publish its sites there)"
            )
        lines += [
            f"Logs      {self.supervisor.logs}",
            f"Ready after {time.monotonic() - self.began:.0f} s. Ctrl-C stops everything.",
        ]
        width = max(map(len, lines))
        rows = (f"│ {line:<{width}} │" for line in lines)
        say("\n  ".join([f"┌{'─' * (width + 2)}┐", *rows, f"└{'─' * (width + 2)}┘"]))

    def _watch(self) -> NoReturn:
        while True:
            self._tick(0.5)

    def _until(self, done: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                return False
            self._tick(0.1)
        return True

    def _tick(self, seconds: float) -> None:
        self.supervisor.tick()
        if "MAKELEVEL" in os.environ and (os.getppid() != self.parent or _make_waits(self.parent)):
            raise Stop
        time.sleep(seconds)

    def _stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hurry)
        self.supervisor.stop()
        for folder in self.scratch:
            shutil.rmtree(folder, ignore_errors=True)
        say("everything is stopped")

    def _hurry(self, number: int, frame: FrameType | None) -> None:
        self.supervisor.hurry = True

    def _python(self, *arguments: str) -> list[str]:
        return [sys.executable, *arguments]

    def _manage(self, *arguments: str) -> list[str]:
        return self._python("manage.py", *arguments)


def say(line: str) -> None:
    """One line for the person; where nobody reads any more (a closed terminal, a broken pipe) there is still work to
    do."""
    with contextlib.suppress(OSError):
        print(f"  {line}", flush=True)


def _data_dir() -> Path:
    """The data folder, after the settings were read and it was seen to be writable."""
    try:
        data = Path(settings.DATA_DIR).resolve()
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            return data
    except EnvValidationError as error:
        raise Trouble(f"a setting is wrong. {_reasons(error)}") from error
    except OSError as error:
        where = error.filename or os.environ.get("DATA_DIR", "the data folder")
        raise Trouble(f"no permission to write {where}. Set DATA_DIR to a folder that is yours.") from error


def _reasons(error: EnvValidationError) -> str:
    messages = error.error_messages
    if isinstance(messages, list):
        return "; ".join(messages)
    return "; ".join(f"{name}: {' '.join(why)}" for name, why in messages.items())


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[Path]:
    """One launcher per data folder: two would share a Redis socket and a log."""
    with (data / "launcher.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"it already runs on {data}. Stop that one, or set DATA_DIR to another folder.") from None
        yield data


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Trouble(f"PORT is {given!r}, which is no port number. Try PORT=8000.")
    return int(given)


def _require_free(port: int) -> None:
    try:
        with socket.create_server((HOST, port)):
            return
    except PermissionError as error:
        raise Trouble(f"port {port} is reserved for root. Choose one above 1023: PORT=8000 make run") from error
    except OSError as error:
        raise Trouble(
            f"port {port} is taken. Free it, or choose another: PORT={_free_port(port + 10)} make run"
        ) from error


def _free_port(wanted: int) -> int:
    """`wanted` if it is free, so that the demo site's address stays the same from run to run; else any."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError, OverflowError), socket.create_server((HOST, port)) as server:
            return int(server.getsockname()[1])
    raise Trouble(f"no free port on {HOST}.")


def _webflow_ports(wanted: int) -> list[int]:
    """Those of the stand-in and of its sites; none where the real Webflow is configured."""
    if os.environ.get("WEBFLOW_CLIENT_ID"):
        return []
    return [_free_port(port) for port in range(wanted, wanted + SAMPLE_PORTS)]


def _chromium() -> Path:
    try:
        found = find_chromium(settings.CHROMIUM_PATH)
    except ChromiumMissing as missing:
        raise Trouble(str(missing)) from missing
    if found is None:
        raise Trouble(f"there is no Chromium. {INSTALL}")
    return found


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _make_waits(pid: int) -> bool:
    """Whether `make`, our parent, was interrupted alone: it then blocks SIGINT and waits for us, who heard nothing."""
    with contextlib.suppress(OSError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        blocked = next(line.split()[1] for line in status if line.startswith("SigBlk:"))
        return bool(int(blocked, 16) >> (signal.SIGINT - 1) & 1)
    return False


if __name__ == "__main__":
    sys.exit(main())
