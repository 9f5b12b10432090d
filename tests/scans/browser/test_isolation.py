"""What a browser's processes are given of ours: nothing. No network, no environment."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from scans.browser.isolation import has_namespaces
from scans.browser.pool import BrowserPool
from scans.browser.visit import Visitor
from scans.fetch.guard import Policy
from tests.scans.browser.conftest import QUICK, LocalSite, Run

PAGE = "<!doctype html><html lang=en><title>t</title><link rel=icon href='data:,'><body><h1>Fine</h1>"
KNOWN = {"HOME", "TMPDIR", "LANG", "PATH", "PW_LANG_NAME", "PWD", "OLDPWD", "_", "SHLVL"}
needs_namespaces = pytest.mark.skipif(not has_namespaces(), reason="the system allows no network namespaces")


def tree() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]


def test_no_process_of_the_tree_knows_our_environment(
    run: Run[Any], chromium_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:very-secret@db/name")
    monkeypatch.setenv("NODE_OPTIONS", "")
    before = {one.pid for one in tree()}

    async def work() -> dict[str, dict[str, str]]:
        async with BrowserPool(chromium_path) as pool, pool.lease(Policy(), "x"):
            fresh = [one for one in tree() if one.pid not in before]
            assert any("run-driver" in one.cmdline() for one in fresh)
            return {f"{one.pid} {one.name()}": one.environ() for one in fresh}

    environments = run(work())
    assert len(environments) >= 4
    for process, environment in environments.items():
        assert "very-secret" not in str(environment), process
        ours = {name for name in environment if name in os.environ} - KNOWN
        assert not ours, process


@needs_namespaces
def test_browser_has_a_network_of_its_own(run: Run[Any], chromium_path: str, site: LocalSite) -> None:
    url = site.add("/inside", PAGE)

    async def work() -> tuple[set[str], str]:
        async with BrowserPool(chromium_path) as pool, pool.lease(site.policy, "x") as lease:
            async with Visitor(lease, deadlines=QUICK) as visitor:
                assert (await visitor.visit(url, axe=False)).error is None
            pid = lease.horse.chromium.pid
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            return {network(one.pid) for one in family}, devices(pid)

    networks, inside = run(work())
    assert len(networks) == 1 or os.geteuid() != 0  # a sandboxed zygote has one more, an empty one too
    assert network(os.getpid()) not in networks
    assert inside == "lo"


def network(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def devices(pid: int) -> str:
    lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()
    return " ".join(line.split(":")[0].strip() for line in lines if ":" in line)


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a system that forbids them: the door leads nowhere."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    has_namespaces.cache_clear()
    yield
    monkeypatch.undo()
    has_namespaces.cache_clear()


def test_without_namespaces_the_proxy_is_what_is_left(
    run: Run[Any],
    chromium_path: str,
    site: LocalSite,
    no_namespaces: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = site.add("/outside", PAGE)

    async def work() -> None:
        async with BrowserPool(chromium_path) as pool, pool.lease(site.policy, "x") as lease:
            assert not pool.state().isolated
            async with Visitor(lease, deadlines=QUICK) as visitor:
                assert (await visitor.visit(url, axe=False)).error is None
                blocked = await visitor.visit("http://10.0.0.1/", axe=False)
                assert blocked.error_detail == "egress-denied:private"

    with caplog.at_level(logging.WARNING):
        run(work())
        assert not has_namespaces()
    assert len([line for line in caplog.messages if "in the network of this machine" in line]) == 1
