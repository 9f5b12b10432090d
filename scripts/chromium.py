"""Finds a usable Chromium, or gets one: prints its path, or one line on stderr that says what to do.

    .venv/bin/python -m scripts.chromium [LOG]

CHROMIUM_PATH, else Playwright's own, else the system's: if one of them runs, nothing is installed. Otherwise
Playwright's download is tried (not when its host is out of reach), then the system's package manager, with sudo only
where sudo asks for nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from scans.browser.chromium import INSTALL, OLDEST, ChromiumMissing, find_chromium

APT = ("install", "-y", "--no-install-recommends")
# step after step until one is there: the shell alone is the quicker and the smaller one, not every release has it
PACKAGES = {
    "apt-get": (("update",), (*APT, "chromium-headless-shell"), (*APT, "chromium")),
    "dnf": (("install", "-y", "chromium"),),
    "yum": (("install", "-y", "chromium"),),
    "zypper": (("--non-interactive", "install", "chromium"),),
    "pacman": (("-Sy", "--noconfirm", "chromium"),),
    "apk": (("add", "chromium"),),
}
DOWNLOAD_SECONDS = 300


def main(log: Path) -> int:
    try:
        found = _usable()
        if found is None and not os.environ.get("CHROMIUM_PATH"):
            found = _by_playwright(log) or _by_package_manager(log)
    except ChromiumMissing as missing:
        return _say(str(missing))
    if found is None:
        return _say(f"No Chromium {OLDEST} or newer was found, and none could be installed. {INSTALL}")
    print(found)
    return 0


def _say(line: str) -> int:
    print(line, file=sys.stderr)
    return 1


def _usable() -> Path | None:
    """The one that would be used, if it runs and is new enough."""
    configured = os.environ.get("CHROMIUM_PATH", "")
    found = find_chromium(configured)
    version = _version(found) if found else 0
    if configured and version < OLDEST:
        what = f"is Chromium {version}; {OLDEST} or newer is needed" if version else "does not run as a Chromium"
        raise ChromiumMissing(f"CHROMIUM_PATH is {configured!r}, which {what}. {INSTALL}")
    return found if version >= OLDEST else None


def _version(program: Path) -> int:
    """The major version it reports, 0 when it does not run (Ubuntu's /usr/bin/chromium-browser only points at a
    snap)."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r"(\d+)\.\d+\.\d+", done.stdout)
    return int(match.group(1)) if match and done.returncode == 0 else 0


def _by_playwright(log: Path) -> Path | None:
    if not _reachable(os.environ.get("PLAYWRIGHT_DOWNLOAD_HOST") or "https://cdn.playwright.dev"):
        return None
    dependencies = [] if _as_root() is None else ["--with-deps"]
    _run([sys.executable, "-m", "playwright", "install", *dependencies, "chromium"], log)
    return _usable()


def _reachable(url: str) -> bool:
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return True
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), timeout=5):
            return True
    except OSError:
        return False


def _by_package_manager(log: Path) -> Path | None:
    prefix = _as_root()
    manager = next((name for name in PACKAGES if shutil.which(name)), None)
    if prefix is None or manager is None:
        return None
    for step in PACKAGES[manager]:
        _run([*prefix, manager, *step], log)
        if found := _usable():
            return found
    return None


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def _run(command: Sequence[str], log: Path) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log.open("ab") as out:
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=DOWNLOAD_SECONDS, env=env)
        except (OSError, subprocess.TimeoutExpired) as error:
            out.write(f"{error}\n".encode())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else os.devnull)))
