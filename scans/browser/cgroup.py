"""Memory that this process may use, and a memory cgroup for each browser where the system lets us make one.

In: `/proc/self/cgroup` and the cgroup file system. Out: `room()` for the arithmetic of `sizing`, `delegated()` as the
folder in which browsers get cgroups of their own. A browser in one cannot grow between two samples of its memory: the
kernel ends its largest process, a renderer, and the page counts as crashed. Where nothing is delegated to us (no
cgroup v2, a read-only mount, other people's processes beside us), the samples alone are what is left.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

MOUNT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
LEAF = "qa-sentinel-scanner"
NO_LIMIT = 1 << 60  # cgroup v1 writes a number near 2**63 for "none"


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes this process and its neighbours may use together, and what is used of them."""

    total: int
    used: int


def room(own: Path = OWN, mount: Path = MOUNT) -> Room:
    """The tightest of the machine and the cgroups around us."""
    memory = psutil.virtual_memory()
    rooms = [Room(memory.total, memory.total - memory.available), *_cgroup_rooms(own, mount)]
    return min(rooms, key=lambda found: found.total - found.used)


def _cgroup_rooms(own: Path, mount: Path) -> Iterator[Room]:
    for folder, limit, usage in _folders(own, mount):
        total, used = _number(folder / limit), _number(folder / usage)
        if total is not None and used is not None and total < NO_LIMIT:
            yield Room(total, max(0, used - _cache(folder / "memory.stat")))


def _folders(own: Path, mount: Path) -> Iterator[tuple[Path, str, str]]:
    """Our cgroup and those above it, with the names of the two files, for v2 and v1."""
    for hierarchy, path in _memberships(own):
        v2 = hierarchy == ""
        if not v2 and "memory" not in hierarchy.split(","):
            continue
        root = mount if v2 else mount / "memory"
        names = ("memory.max", "memory.current") if v2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        here = root / path.lstrip("/")
        # in a container the path may be the host's, while only our part is mounted
        here = here if here.is_dir() else root
        for folder in (here, *here.parents):
            yield folder, *names
            if folder == root:
                break


def _memberships(own: Path) -> list[tuple[str, str]]:
    with contextlib.suppress(OSError):
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
        return [(line[1], line[2]) for line in lines if len(line) == 3]
    return []


def _number(file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text())
    return None


def _cache(stat: Path) -> int:
    """Bytes of the page cache that the kernel would give up: counted as used, but free to whoever needs them."""
    with contextlib.suppress(OSError, ValueError):
        fields = dict(line.split() for line in stat.read_text().splitlines())
        return int(fields.get("total_inactive_file", fields.get("inactive_file", 0)))
    return 0


def delegated(own: Path = OWN, mount: Path = MOUNT) -> Path | None:
    """The folder in which browsers get cgroups, None where nothing is delegated. A cgroup that hands memory out to
    children may hold no process itself, so the scanner moves into a leaf of its own first."""
    path = next((path for hierarchy, path in _memberships(own) if hierarchy == ""), None)
    if path is None or not (mount / "cgroup.controllers").exists():
        return None
    here = mount / path.lstrip("/")
    if here.name == LEAF:  # moved before
        return here.parent
    try:
        return here if _hand_out_memory(here) else None
    except OSError:
        return None


def _hand_out_memory(here: Path) -> bool:
    if "memory" not in (here / "cgroup.controllers").read_text().split():
        return False
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    inside = {int(pid) for pid in (here / "cgroup.procs").read_text().split()}
    if not inside <= ours:
        return False  # not made for us alone
    leaf = here / LEAF
    leaf.mkdir(exist_ok=True)
    for pid in inside:
        (leaf / "cgroup.procs").write_text(str(pid))
    (here / "cgroup.subtree_control").write_text("+memory")
    return True


def make(base: Path, name: str, limit: int) -> Path | None:
    """A cgroup whose processes get no more than `limit` bytes, and no swap."""
    folder = base / name
    try:
        folder.mkdir(exist_ok=True)
        (folder / "memory.max").write_text(str(limit))
    except OSError:
        return None
    with contextlib.suppress(OSError):  # there is no such file without swap
        (folder / "memory.swap.max").write_text("0")
    return folder


def remove(folder: Path) -> None:
    """After its last process; the kernel refuses before."""
    with contextlib.suppress(OSError):
        folder.rmdir()
