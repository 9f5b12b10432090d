"""The arithmetic and the order of writes on a folder that looks like the cgroup file system; the kernel's part is its
own."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from scans.browser import cgroup
from scans.browser.cgroup import LEAF, Room

GB = 1 << 30


def files(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def own(folder: Path, text: str) -> Path:
    files(folder, own=text)
    return folder / "own"


def test_room_is_the_tightest_of_all_above_us(tmp_path: Path) -> None:
    files(tmp_path / "a", memory__max=f"{GB}", memory__current=f"{GB // 2}", memory__stat=f"inactive_file {GB // 4}\n")
    files(tmp_path / "a" / "b", memory__max="max", memory__current="1000")
    assert cgroup.room(own(tmp_path, "0::/a/b\n"), tmp_path) == Room(GB, GB // 4)


def test_room_of_cgroup_v1(tmp_path: Path) -> None:
    names = {"memory__limit_in_bytes": f"{GB}", "memory__usage_in_bytes": "5000"}
    files(tmp_path / "memory" / "job", **names, memory__stat="total_inactive_file 1000\n")
    assert cgroup.room(own(tmp_path, "4:memory:/job\n0::/\n"), tmp_path) == Room(GB, 4000)


def test_room_without_a_limit_is_the_machine(tmp_path: Path) -> None:
    files(tmp_path / "memory", memory__limit_in_bytes="9223372036854771712", memory__usage_in_bytes="5000")
    for said in ("4:memory:/\n", "0::/\n", ""):
        assert cgroup.room(own(tmp_path, said), tmp_path).total == psutil.virtual_memory().total


def test_room_in_a_container_that_sees_only_its_part(tmp_path: Path) -> None:
    files(tmp_path, memory__max=f"{GB}", memory__current="0")
    assert cgroup.room(own(tmp_path, "0::/kubepods/of/the/host\n"), tmp_path).total == GB


@pytest.fixture
def delegated(tmp_path: Path) -> Path:
    files(tmp_path, cgroup__controllers="cpu memory")
    return files(
        tmp_path / "us", cgroup__controllers="memory", cgroup__procs=f"{os.getpid()}\n", cgroup__subtree_control=""
    )


def test_browsers_get_cgroups_where_the_system_delegates(tmp_path: Path, delegated: Path) -> None:
    base = cgroup.delegated(own(tmp_path, "0::/us\n"), tmp_path)
    assert base == delegated
    assert (delegated / LEAF / "cgroup.procs").read_text() == str(os.getpid())
    assert (delegated / "cgroup.subtree_control").read_text() == "+memory"
    folder = cgroup.make(base, "browser", 700)
    assert folder is not None
    assert (folder / "memory.max").read_text() == "700"


def test_moved_before_is_found_again(tmp_path: Path, delegated: Path) -> None:
    assert cgroup.delegated(own(tmp_path, f"0::/us/{LEAF}\n"), tmp_path) == delegated


def test_cgroup_shared_with_others_is_left_alone(tmp_path: Path, delegated: Path) -> None:
    (delegated / "cgroup.procs").write_text(f"1\n{os.getpid()}\n")
    assert cgroup.delegated(own(tmp_path, "0::/us\n"), tmp_path) is None
    assert not (delegated / LEAF).exists()


@pytest.mark.parametrize("said", ["", "4:memory:/us\n", "0::/nowhere\n"])
def test_nothing_delegated(tmp_path: Path, delegated: Path, said: str) -> None:
    assert cgroup.delegated(own(tmp_path, said), tmp_path) is None


def test_folder_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    assert cgroup.make(tmp_path / "missing", "browser", 1) is None
    cgroup.remove(tmp_path / "missing")
