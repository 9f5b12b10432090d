"""What is done to a throwaway installation (bench.rig), one fault at a time, chosen by a seeded generator.

Hard ends come without a word (SIGKILL; PostgreSQL's immediate shutdown is its SIGQUIT). A fault that finds no victim,
because a scanner is just starting, is not counted and another one is chosen."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Callable

import psutil
from redis import Redis
from redis.exceptions import RedisError

from bench.rig import Part, Rig

DOWN_S = 3.0  # a killed server stays away at most so long
Fault = Callable[[Rig, random.Random], bool]


def kill_scanner(rig: Rig, chance: random.Random) -> bool:
    return _signal(_any(rig, chance), signal.SIGKILL)


def stop_scanner(rig: Rig, chance: random.Random) -> bool:
    return _signal(_any(rig, chance), signal.SIGTERM)


def kill_browser(rig: Rig, chance: random.Random) -> bool:
    return _kill_one(_any(rig, chance), chance, _is_browser)


def kill_driver(rig: Rig, chance: random.Random) -> bool:
    return _kill_one(_any(rig, chance), chance, _is_driver)


def kill_redis(rig: Rig, chance: random.Random) -> bool:
    rig.redis.hit(signal.SIGKILL, chance.uniform(0, DOWN_S))
    return True


def flush_redis(rig: Rig, chance: random.Random) -> bool:
    with contextlib.suppress(RedisError), Redis.from_url(rig.environment["REDIS_URL"], socket_timeout=2) as client:
        return bool(client.flushall())
    return False


def restart_postgres(rig: Rig, chance: random.Random) -> bool:
    rig.postgres.hit(signal.SIGQUIT, chance.uniform(0, DOWN_S))
    return True


FAULTS: dict[str, Fault] = {
    "kill -9 scanner": kill_scanner,
    "kill -9 browser": kill_browser,
    "kill -9 driver": kill_driver,
    "kill -9 Redis": kill_redis,
    "FLUSHALL": flush_redis,
    "PostgreSQL immediate": restart_postgres,
    "SIGTERM scanner": stop_scanner,
}


def inject(rig: Rig, chance: random.Random) -> str:
    """Does one thing; says which, "" when nothing could be done to anybody."""
    names = chance.sample(list(FAULTS), len(FAULTS))
    return next((name for name in names if FAULTS[name](rig, chance)), "")


def _any(rig: Rig, chance: random.Random) -> Part | None:
    """A scanner that is up: it has a browser."""
    up = [part for part in rig.scanners if any(_is_browser(process) for process in part.family())]
    return chance.choice(up) if up else None


def _signal(part: Part | None, number: signal.Signals) -> bool:
    if part is not None:
        part.hit(number)
    return part is not None


def _kill_one(part: Part | None, chance: random.Random, is_victim: Callable[[psutil.Process], bool]) -> bool:
    victims = [process for process in part.family() if is_victim(process)] if part else []
    with contextlib.suppress(psutil.NoSuchProcess):
        if victims:
            chance.choice(victims).kill()
            return True
    return False


def _is_driver(process: psutil.Process) -> bool:
    return "run-driver" in _words(process)


def _is_browser(process: psutil.Process) -> bool:
    """Chromium's main process; its children say their type."""
    words = _words(process)
    return any(word.startswith("--user-data-dir=") for word in words) and not any(
        word.startswith("--type=") for word in words
    )


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []
