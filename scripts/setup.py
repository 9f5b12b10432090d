"""Sets a bare machine up: the virtual environment, the locked packages, a Chromium. Run by the system's Python,
standard library only.

    python3 scripts/setup.py          what `make run` needs
    python3 scripts/setup.py --dev    and what `make test` and `make lint` need

What was done is noted in .venv, so that the next run has nothing to do. Trouble is one line that says what to do, and
var/setup.log holds the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTES = VENV / "setup.json"
LOG = ROOT / "var" / "setup.log"
OLDEST = (3, 11)
LOCKS = {"runtime": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}


class Trouble(Exception):
    """The set-up cannot go on; the message is the one line the person gets."""


def main(arguments: Sequence[str]) -> int:
    if sys.version_info < OLDEST:
        return _with_newer_python(arguments)
    try:
        _prepare_log()
        _environment()
        _packages("dev" if "--dev" in arguments else "runtime")
        _chromium()
    except Trouble as trouble:
        print(f"Set-up stopped: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except PermissionError as error:
        print(f"Set-up stopped: no permission to write {error.filename}. Use a folder that is yours.", file=sys.stderr)
        return 1
    return 0


def _with_newer_python(arguments: Sequence[str]) -> int:
    for minor in range(15, OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            os.execv(found, [found, __file__, *arguments])
    version = ".".join(map(str, sys.version_info[:2]))
    print(
        f"Python 3.11 or newer is needed, this is {version}. Install one and run: make setup PYTHON=python3.12",
        file=sys.stderr,
    )
    return 1


def _prepare_log() -> None:
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text(f"{time.strftime('%F %T')} {sys.executable} {sys.version}\n")


def _environment() -> None:
    if PYTHON.exists() and _run([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    with _Step("virtual environment"):
        for attempt in (_plain_venv, _venv_after_apt, _venv_without_ensurepip, _virtualenv):
            shutil.rmtree(VENV, ignore_errors=True)
            if attempt() and _run([PYTHON, "-m", "pip", "--version"]):
                return
        if not os.access(ROOT, os.W_OK):
            raise Trouble(f"no permission to write in {ROOT}. Use a folder that is yours.")
        raise Trouble(
            "this Python cannot make a virtual environment. Install its venv package (apt install python3-venv)."
        )


def _plain_venv() -> bool:
    return _run([sys.executable, "-m", "venv", VENV])


def _venv_after_apt() -> bool:
    """Debian and Ubuntu ship Python without its venv."""
    prefix = _as_root()
    if prefix is None or not shutil.which("apt-get"):
        return False
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install = [*prefix, "apt-get", "install", "-y", name]
    fetched = _run(install, 300) or (_run([*prefix, "apt-get", "update"], 180) and _run(install, 300))
    return fetched and _plain_venv()


def _venv_without_ensurepip() -> bool:
    made = _run([sys.executable, "-m", "venv", "--without-pip", VENV])
    return made and _run([sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip"], 180)


def _virtualenv() -> bool:
    return _run([sys.executable, "-m", "virtualenv", VENV])


def _packages(kind: str) -> None:
    notes = _notes()
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in LOCKS.items()}
    if notes.get(kind) == digests[kind]:
        return
    with _Step("Python packages (the first time takes a minute or two)"):
        if not _run([PYTHON, "-m", "pip", "install", "--require-hashes", "-r", LOCKS[kind]], 1800):
            raise Trouble(f"pip could not install {LOCKS[kind].name}. Is the package index reachable? Details: {LOG}")
    _note(**({"runtime": digests["runtime"]} if kind == "dev" else {}), **{kind: digests[kind]})


def _chromium() -> None:
    """Asks scripts/chromium.py, which finds or installs one; what it found is trusted as long as it is there."""
    wanted = os.environ.get("CHROMIUM_PATH", "")
    notes = _notes()
    if notes.get("chromium_path") == wanted and os.access(notes.get("chromium", ""), os.X_OK):
        return
    with _Step("Chromium"):
        done = subprocess.run([PYTHON, "-m", "scripts.chromium", LOG], cwd=ROOT, capture_output=True, text=True)
        _log(done.stderr)
        if done.returncode:
            raise Trouble((done.stderr.strip().splitlines() or ["Chromium could not be looked for."])[-1])
    _note(chromium_path=wanted, chromium=done.stdout.strip())


class _Step:
    """One line of progress: what is done, then how long it took."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.started = time.monotonic()
        print(f"  {self.name} …", end="", flush=True)

    def __exit__(self, kind: object, *_: object) -> None:
        print(f" {'stopped' if kind else 'ready'} ({time.monotonic() - self.started:.0f} s)", flush=True)


def _as_root() -> list[str] | None:
    """How to run something as root without asking anyone; None when that is not possible."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if shutil.which("sudo") and _run(["sudo", "-n", "true"]) else None


def _run(command: Sequence[str | Path], seconds: float = 120) -> bool:
    _log(f"$ {' '.join(map(str, command))}\n")
    with LOG.open("ab") as log:
        try:
            return not subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=seconds, cwd=ROOT
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            log.write(f"{error}\n".encode())
            return False


def _log(text: str) -> None:
    with LOG.open("a") as log:
        log.write(text)


def _notes() -> dict[str, str]:
    try:
        return dict(json.loads(NOTES.read_text()))
    except (OSError, ValueError):
        return {}


def _note(**found: str) -> None:
    NOTES.write_text(json.dumps({**_notes(), **found}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
