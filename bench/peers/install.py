"""Puts the locked peers into a folder outside the repository, once for each state of the lock file.

No install script is run and no browser is downloaded: all of them drive the Chromium that is measured."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALL_S = 600


class PeersMissing(Exception):
    """They cannot be installed; the message is one line that says why."""


def install(folder: Path) -> Path:
    """The folder of the installed packages. Raises PeersMissing without Node, npm or a registry."""
    packages = folder / "node_modules"
    # npm writes its own copy of the lock as the last thing
    if (packages / ".package-lock.json").exists() and all(_same(HERE / name, folder / name) for name in FILES):
        return packages
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise PeersMissing("the peers need Node 20 or newer and npm on PATH")
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    _clean_install(npm, folder)
    return packages


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _clean_install(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}
    try:
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        raise PeersMissing(f"npm did not install the peers within {INSTALL_S} s") from None
    if run.returncode:
        said = " ".join(run.stderr.replace("npm error", "").split())
        raise PeersMissing(f"npm did not install the peers: {said[:200]}")
