"""`manage.py scanner` as a process: takes what waits, hands back what it holds, and its death loses nothing."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from accounts.models import Workspace
from scans import launch
from scans.models import Page, Scan, ScannerProcess, ScanState, Site, Tally
from tests.sites import Answer, LocalSite, page

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_redis", "chromium_path"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def local() -> Iterator[LocalSite]:
    with LocalSite({"/": page("Home of Studio North", '<a href="/about">About us</a>'), "/about": page()}) as site:
        yield site


@pytest.fixture
def scan(workspace: Workspace, local: LocalSite, monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.setattr(settings, "SCAN_ALLOWED_HOSTS", [local.pair])
    site = launch.add_site(workspace, local.url)
    assert not isinstance(site, launch.Refusal)
    requested = launch.request_scan(site)
    assert isinstance(requested, Scan)
    return requested


@pytest.fixture
def start(process_env: dict[str, str], local: LocalSite) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts scanners; all of them and their browsers are gone afterwards."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {**process_env, "SCAN_ALLOWED_HOSTS": local.pair, "SCAN_LEASE_SECONDS": "5", "BROWSER_POOL_MAX": "1"}

    def scanner() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(ROOT / "manage.py"), "scanner"]
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True))
        return started[-1]

    yield scanner
    for process in started:
        if process.poll() is None:
            kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """As a lost machine would: the scanner, the driver and the browser, without a word."""
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # the driver ends its browsers as soon as it is alone
            member.kill()
    psutil.wait_procs(family, timeout=10)
    process.wait(timeout=10)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def state(scan: Scan) -> str:
    scan.refresh_from_db()
    return scan.state


def test_a_waiting_scan_is_taken_and_sigterm_leaves_nothing(
    scan: Scan, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    process = start()
    until(lambda: state(scan) == ScanState.COMPLETE)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_a_scan_in_hand_is_given_back_at_sigterm(
    scan: Scan, local: LocalSite, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    slow_down(local)
    process = start()
    until(lambda: Page.objects.filter(scan=scan).exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert state(scan) in (ScanState.PENDING, ScanState.QUEUED)
    assert scan.attempt == 0, "a shutdown is no failed attempt"


def test_a_killed_scanner_costs_time_and_nothing_else(
    scan: Scan, local: LocalSite, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    slow_down(local)
    process = start()
    until(lambda: Page.objects.filter(scan=scan).exists())
    kill_all(process)
    for path in list(local.routes):
        if path != "/":
            local.routes[path] = page()
    start()
    until(lambda: state(scan) == ScanState.COMPLETE, seconds=90)
    assert scan.attempt == 2
    assert scan.pages.count() == 9
    assert scan.pages.filter(visited_at__isnull=True).count() == 0


def test_another_scanner_goes_on_at_once(
    scan: Scan, local: LocalSite, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    slow_down(local, 2)
    leaving = start()
    until(lambda: Page.objects.filter(scan=scan).count() >= 2)
    first = Scan.objects.get(pk=scan.pk).token
    start()
    until(lambda: ScannerProcess.objects.alive().count() == 2)
    began = time.monotonic()
    leaving.send_signal(signal.SIGTERM)
    until(lambda: Scan.objects.get(pk=scan.pk).token != first)
    released = time.monotonic()
    until(lambda: Scan.objects.get(pk=scan.pk).token not in (first, None), seconds=5)
    assert time.monotonic() - released < 3, "woken by a poke, not found by the reaper"
    assert leaving.wait(timeout=20) == 0
    assert time.monotonic() - began < 20
    until(lambda: state(scan) == ScanState.COMPLETE, seconds=60)
    assert scan.attempt == 1
    assert scan.pages.count() == 9


def test_scanners_share_what_waits_and_do_nothing_twice(
    workspace: Workspace, scan: Scan, local: LocalSite, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    scans = [scan]
    for name in "abc":
        local.routes |= {f"/{name}": page(f"Start of {name}"), f"/{name}/about": page()}
        site = launch.add_site(workspace, f"{local.url}{name}")
        assert isinstance(site, Site)
        scans.append(launch.request_scan(site))  # type: ignore[arg-type]
    processes = [start(), start()]
    running = []
    until(lambda: note(running) and all(state(each) == ScanState.COMPLETE for each in scans), seconds=60)
    assert max(running) == 2
    assert all(process.poll() is None for process in processes)
    assert {each.attempt for each in scans} == {1}
    assert Tally.objects.get(name="started").total == 4
    assert ScannerProcess.objects.alive().count() == 2


def test_a_scanner_shows_itself_while_it_lives(
    scan: Scan, local: LocalSite, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    slow_down(local, 2)
    process = start()
    until(lambda: ScannerProcess.objects.filter(running=1, state__leases__0__scan_id=str(scan.pk)).exists())
    row = ScannerProcess.objects.get()
    assert (row.pid, row.region, row.slots) == (process.pid, "local", 1)
    assert row.state["counts"]["launched"] >= 1
    process.send_signal(signal.SIGTERM)
    until(lambda: ScannerProcess.objects.filter(stopping=True).exists(), seconds=5)
    assert process.wait(timeout=20) == 0
    assert not ScannerProcess.objects.exists()


def test_broken_connections_cost_a_scanner_nothing(
    scan: Scan, live_redis: Redis, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """Every connection to Redis and PostgreSQL is cut while its workers wait, and again while one works."""
    process = start()
    until(lambda: state(scan) == ScanState.COMPLETE)
    for _ in range(2):
        cut_redis(live_redis)
        cut_connections()
        again = launch.request_scan(scan.site)
        assert isinstance(again, Scan)
        time.sleep(0.5)
        cut_connections()
        until(lambda scan=again: state(scan) == ScanState.COMPLETE, seconds=60)
        assert again.attempt <= 2
    assert process.poll() is None


def note(running: list[int]) -> bool:
    running.append(Scan.objects.filter(state=ScanState.RUNNING).count())
    return True


def cut_redis(redis: Redis) -> None:
    """Other tests may use the same server: only who works on our database is cut."""
    db = str(redis.connection_pool.connection_kwargs.get("db", 0))
    for client in redis.client_list():
        if client["db"] == db and client["id"] != str(redis.client_id()):
            redis.client_kill_filter(_id=client["id"])


def cut_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def slow_down(local: LocalSite, seconds: float = 4) -> None:
    local.routes |= {f"/slow/{n}": Answer(page("Slow").encode(), delay_s=seconds) for n in range(8)}
    local.routes["/"] = page("Home of slow pages", "".join(f'<a href="/slow/{n}">Slow {n}</a>' for n in range(8)))
