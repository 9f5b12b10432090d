"""The pool with real browsers: they are warm before they are asked for, and not one is left afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from scans.browser.chromium import ChromiumMissing
from scans.browser.pool import BrowserPool, NoBrowser
from scans.browser.scratch import PREFIX, sweep, sweep_folders
from scans.browser.sizing import MB, Limits
from scans.browser.visit import Visitor
from scans.browser.workhorse import Workhorse
from scans.fetch.guard import Policy
from scans.snapshot import VisitError
from tests.scans.browser.conftest import LocalSite, Run

PAGE = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body><h1>Fine</h1>"


def chromiums() -> set[int]:
    found = set()
    for process in psutil.Process().children(recursive=True):
        try:
            if "--remote-debugging-pipe" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = chromiums()
    yield
    assert chromiums() <= before


def gone(horse: Workhorse) -> bool:
    """No process of its group, no folder."""
    folders = [horse.scratch, *([horse.chromium.profile] if horse.chromium.profile else [])]
    return horse.chromium.pid not in groups() and not any(Path(folder).exists() for folder in folders)


def groups() -> Iterator[int]:
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:  # dead, and only not yet read by its parent
                yield os.getpgid(process.pid)


async def until(is_so: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


def test_lease_is_warm_measured_and_ended(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    url = site.add("/page", PAGE)

    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(sample_s=0.3)) as pool:
            await until(lambda: pool.state().idle == 1)
            asked = time.perf_counter()
            async with pool.lease(site.policy, "scan-1") as lease:
                assert time.perf_counter() - asked < 0.2
                async with Visitor(lease) as visitor:
                    visits = await asyncio.gather(*(visitor.visit(url) for _ in range(4)))
                assert [visit.error for visit in visits] == [None] * 4
                await asyncio.sleep(0.7)
                [state] = pool.state().leases
                assert (state.scan_id, state.pages) == ("scan-1", 4)
                horse = lease.horse
            await until(lambda: gone(horse))
            usage = lease.usage
            assert usage.cpu_s > 0.3
            assert 50 * MB < usage.peak_memory < 1500 * MB
            assert usage.memory_seconds > 0
            assert usage.bytes_in >= 4 * len(PAGE) // 2
            await until(lambda: pool.state().idle == 1)
            assert pool.state().counts["launched"] == 2

    run(work())


def test_scans_never_share_a_browser(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    url = site.add("/keep", PAGE + "<script>console.log(document.cookie); document.cookie = 'a=1;max-age=999'</script>")

    async def one(pool: BrowserPool) -> tuple[int, list[str]]:
        async with pool.lease(site.policy, "x") as lease, Visitor(lease) as visitor:
            visit = await visitor.visit(url, viewports=(), axe=False)
            return lease.horse.chromium.pid, [line.text for line in visit.console]

    async def work() -> list[tuple[int, list[str]]]:
        async with BrowserPool(chromium_path, Limits(max_size=2)) as pool:
            return list(await asyncio.gather(*(one(pool) for _ in range(3))))

    seen = run(work())
    assert len({pid for pid, _ in seen}) == 3
    assert [lines for _, lines in seen] == [[""]] * 3


def test_nobody_waits_for_ever(run: Run[Any], chromium_path: str) -> None:
    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(max_size=1, lease_s=1)) as pool:
            await until(lambda: pool.state().idle == 1)
            async with pool.lease(Policy(), "first"):
                with pytest.raises(NoBrowser, match="No browser became free within 1 s"):
                    await pool.lease(Policy(), "second").__aenter__()
                assert pool.state().waiting == 0

    run(work())


def test_killed_browser_is_replaced_under_a_running_scan(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    url = site.add("/again", PAGE)

    async def work() -> None:
        async with BrowserPool(chromium_path) as pool, pool.lease(site.policy, "x") as lease, Visitor(lease) as visitor:
            assert (await visitor.visit(url, viewports=(), axe=False)).error is None
            first = lease.horse
            os.kill(first.chromium.pid, signal.SIGKILL)
            await until(lambda: not first.alive)
            assert (await visitor.visit(url, viewports=(), axe=False)).error is None
            assert lease.horse is not first
            assert lease.usage.bytes_in > lease.horse.proxy.bytes_in
            await until(lambda: gone(first))

    run(work())


def test_a_killed_driver_is_replaced_under_a_running_scan(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    """It takes all browsers with it, the idle ones too, and Playwright calls them connected."""
    url = site.add("/once-more", PAGE)

    async def work() -> None:
        async with BrowserPool(chromium_path) as pool, pool.lease(site.policy, "x") as lease, Visitor(lease) as visitor:
            assert (await visitor.visit(url, viewports=(), axe=False)).error is None
            first = lease.horse
            await until(lambda: pool.state().idle == 1)
            driver().kill()
            assert (await visitor.visit(url, viewports=(), axe=False)).error is None
            assert lease.horse is not first
            assert not pool.broken

    run(work())


def driver() -> psutil.Process:
    return next(child for child in psutil.Process().children() if "run-driver" in child.cmdline())


def test_browser_over_its_memory_is_killed(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    async def never(_: Any) -> Any:
        await asyncio.sleep(20)

    site.add("/never.png", never)
    script = "const all = []; setInterval(() => all.push(new Uint8Array(3e7).fill(7)), 20)"
    bomb = f"{PAGE}<img src='/never.png'><script>{script}</script>"
    url = site.add("/bomb", bomb)

    async def work() -> None:
        limits = Limits(memory=400 * MB, sample_s=0.2)
        async with (
            BrowserPool(chromium_path, limits) as pool,
            pool.lease(site.policy, "x") as lease,
            Visitor(lease) as visitor,
        ):
            visit = await visitor.visit(url, axe=False)
            assert visit.error in (VisitError.CRASHED, VisitError.BROWSER)
            assert pool.state().counts["killed"] >= 1
            assert (await visitor.visit(site.add("/good", PAGE), axe=False)).error is None

    run(work())


def test_worn_browser_is_renewed_between_pages(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    url = site.add("/worn", PAGE)

    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(pages=2)) as pool, pool.lease(site.policy, "x") as lease:
            async with Visitor(lease, tabs=2) as visitor:
                visits = await asyncio.gather(*(visitor.visit(url, viewports=(), axe=False) for _ in range(5)))
            assert [visit.error for visit in visits] == [None] * 5
            assert pool.state().counts["renewed"] == 2

    run(work())


def test_stopped_browser_is_killed_at_the_end(run: Run[Any], chromium_path: str) -> None:
    async def work() -> Workhorse:
        async with BrowserPool(chromium_path, Limits(close_s=0.5)) as pool, pool.lease(Policy(), "x") as lease:
            os.kill(lease.horse.chromium.pid, signal.SIGSTOP)
            return lease.horse

    assert gone(run(work()))


def test_sick_idle_browser_is_replaced(run: Run[Any], chromium_path: str) -> None:
    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(health_s=0.2, health_timeout_s=0.3, close_s=0.5)) as pool:
            await until(lambda: pool.state().idle == 1)
            sick = pool._idle[0]
            os.kill(sick.chromium.pid, signal.SIGSTOP)
            await until(lambda: gone(sick))
            await until(lambda: pool.state().idle == 1)
            assert pool.state().counts["sick"] == 1

    run(work())


def test_cancelled_scan_leaves_nothing(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    async def hang(_: Any) -> Any:
        await asyncio.sleep(20)

    url = site.add("/hang", hang)

    async def work() -> None:
        async with BrowserPool(chromium_path) as pool:
            horses: list[Workhorse] = []

            async def scan() -> None:
                async with pool.lease(site.policy, "x") as lease, Visitor(lease) as visitor:
                    horses.append(lease.horse)
                    await visitor.visit(url)

            task = asyncio.create_task(scan())
            await until(lambda: bool(horses))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: gone(horses[0]))

    run(work())


def test_pool_grows_with_the_queue_and_shrinks_again(run: Run[Any], chromium_path: str) -> None:
    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(max_size=2, idle_s=0.5)) as pool:
            await until(lambda: pool.state().idle == 1)
            pool.due = 1
            await until(lambda: pool.state().idle == 2)
            pool.due = 0
            await until(lambda: pool.state().idle == 1)
            await asyncio.sleep(0.3)
            assert (pool.state().size, pool.state().counts["shrunk"]) == (1, 1)

    run(work())


def test_old_idle_browser_is_replaced(run: Run[Any], chromium_path: str) -> None:
    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(age_s=2)) as pool:
            await until(lambda: pool.state().idle == 1)
            old = pool._idle[0]
            await until(lambda: gone(old))
            assert pool.state().counts["sick"] >= 1

    run(work())


def test_browser_that_does_not_answer_delays_no_kill(run: Run[Any], chromium_path: str) -> None:
    """One that is idle is frozen and asked for its health; the leased one, over its memory, is killed meanwhile."""

    async def work() -> None:
        limits = Limits(max_size=2, min_size=2, sample_s=0.3, health_s=0.2, health_timeout_s=6)
        async with BrowserPool(chromium_path, limits) as pool:
            await until(lambda: pool.state().idle == 2)
            async with pool.lease(Policy(), "x") as lease:
                frozen = pool._idle[0]
                os.kill(frozen.chromium.pid, signal.SIGSTOP)
                await asyncio.sleep(1)
                pool.limits = replace(limits, memory=20 * MB)
                await until(lambda: not lease.horse.alive, seconds=3)

    run(work())


def test_kill_is_logged_with_its_reason(run: Run[Any], chromium_path: str, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with BrowserPool(chromium_path, Limits(memory=20 * MB, sample_s=0.2)) as pool:
            await until(lambda: pool.state().counts.get("killed", 0) > 0)

    run(work())
    assert any("killed" in line and "over 30 MB" in line for line in caplog.messages)


def test_picture_of_the_pool_is_json(run: Run[Any], chromium_path: str) -> None:
    async def work() -> dict[str, Any]:
        async with BrowserPool(chromium_path, Limits(max_size=2, min_size=2, sample_s=0.2)) as pool:
            await until(lambda: pool.state().idle == 2)
            async with pool.lease(Policy(), "scan-9"):
                await until(lambda: all(one.memory_mb for one in pool.state().browsers))
                said: dict[str, Any] = json.loads(json.dumps(pool.state().as_dict()))
                return said

    said = run(work())
    assert sorted((one["state"], one["scan_id"]) for one in said["browsers"]) == [("idle", ""), ("leased", "scan-9")]
    assert all(one["memory_mb"] > 20 and one["pid"] and one["age_s"] >= 0 for one in said["browsers"])
    assert said["counts"] == {"launched": 2}


def test_orphans_of_killed_scanners_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own, dead = (tmp_path / f"{PREFIX}{pid}-x" for pid in (os.getpid(), 2**22 + 1))
    processes = []
    for folder in (own, dead):
        folder.mkdir()
        processes.append(subprocess.Popen(["sleep", "30"], env={"HOME": str(folder), "PATH": os.defpath}))
    try:
        assert sweep() == (1, 1)
        assert processes[1].poll() is not None
        assert processes[0].poll() is None
    finally:
        processes[0].kill()
        processes[0].wait()


def test_folders_of_killed_processes_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own, dead = (tmp_path / f"{PREFIX}{pid}-x" for pid in (os.getpid(), 2**22 + 1))
    for folder in (own, dead, tmp_path / "somebody-elses"):
        folder.mkdir()
    assert sweep_folders() == 1
    assert own.exists() and not dead.exists() and (tmp_path / "somebody-elses").exists()


def test_pool_that_cannot_start_says_so(run: Run[Any], tmp_path: Path) -> None:
    with pytest.raises(ChromiumMissing):
        run(BrowserPool("/no/such").start())
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)

    async def work() -> None:
        async with BrowserPool(str(fake)) as pool:
            with pytest.raises(NoBrowser, match="No browser starts on this machine"):
                await pool.lease(Policy(), "x").__aenter__()
            assert pool.state().broken

    run(work())
