"""What a browser is started through: an empty network namespace and a memory cgroup, where the system allows them.

In: the program. Out: a small script that Playwright starts instead of it, and the socket on which the egress proxy
accepts from inside the namespace. Whether the system allows a namespace is found out once a process by making one;
where it does not, Chromium's flags and the proxy are what is left, and `check --deploy` says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scans.browser import enter

logger = logging.getLogger(__name__)

PROBE_S = 10.0
ARRIVAL_S = 20.0


@dataclass(frozen=True, slots=True)
class Doorway:
    """`program` is started in place of Chromium; `knock` is where it hands over the socket inside its namespace."""

    program: Path
    knock: socket.socket

    async def listener(self) -> socket.socket:
        """The socket that listens inside. TimeoutError when it does not come."""
        try:
            async with asyncio.timeout(ARRIVAL_S):
                sender, _ = await asyncio.get_running_loop().sock_accept(self.knock)
            with sender:
                sender.settimeout(ARRIVAL_S)
                _, [received], _, _ = await asyncio.to_thread(socket.recv_fds, sender, 1, 1)
            return socket.socket(fileno=received)
        finally:
            self.close()

    def close(self) -> None:
        self.knock.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{enter.PORT}"


def doorway(folder: Path, program: Path, cgroup: Path | None = None) -> Doorway:
    """`folder` is private and short enough for a unix socket's name."""
    knock = socket.socket(socket.AF_UNIX)
    knock.bind(str(folder / "egress"))
    knock.listen(1)
    knock.setblocking(False)
    return Doorway(script(folder, folder / "egress", program, cgroup), knock)


def script(folder: Path, knock: Path | None, program: Path, cgroup: Path | None) -> Path:
    words = [sys.executable, "-I", "-S", str(Path(enter.__file__)), str(knock or ""), str(cgroup or ""), str(program)]
    door = folder / "chromium"
    door.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    door.chmod(0o700)
    return door


@cache
def has_namespaces() -> bool:
    """True where a browser can be put into a network namespace of its own. Says once why not."""
    if sys.platform != "linux":
        return _unavailable("only Linux has network namespaces")
    with tempfile.TemporaryDirectory(prefix="qa-sentinel-") as folder:
        try:
            return _probe(Path(folder))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return _unavailable(str(error))


def _probe(folder: Path) -> bool:
    """Goes through the door with a program that does nothing, just as a browser would."""
    nothing = shutil.which("true")
    if nothing is None:
        return _unavailable("there is no program to try it with")
    door = doorway(folder, Path(nothing))
    with contextlib.closing(door):
        door.knock.settimeout(PROBE_S)
        done = subprocess.run(  # noqa: S603
            [door.program], env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_S, text=True
        )
        if done.returncode:
            return _unavailable(done.stderr.strip().rpartition("\n")[2])
        sender, _ = door.knock.accept()
        with sender:
            _, received, _, _ = socket.recv_fds(sender, 1, 1)
        for descriptor in received:
            socket.socket(fileno=descriptor).close()
        return bool(received)


def _unavailable(reason: str) -> bool:
    logger.warning("Chromium runs in the network of this machine, behind the egress proxy only: %s", reason)
    return False
