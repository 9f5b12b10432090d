"""The command line is a contract: one clear line for bad input, the exit code says what happened, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sites import Answer, LocalSite, page

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("browser")


def scan(*arguments: str, opened: str = "", timeout: float = 90) -> subprocess.CompletedProcess[str]:
    """`manage.py scan` as a person would call it: with neither database nor queue."""
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "scan", *arguments],
        env=environment(opened),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def environment(opened: str) -> dict[str, str]:
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    return {**os.environ, **nowhere, "SCAN_ALLOWED_HOSTS": opened}


def scan_site(routes: dict[str, Answer | str], *arguments: str) -> subprocess.CompletedProcess[str]:
    with LocalSite(routes) as site:
        return scan(site.url, *arguments, opened=site.pair)


def assert_one_clear_line(result: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in result.stderr
    said = [line for line in result.stderr.splitlines() if line.strip() and "discovering:" not in line]
    assert len(said) == 1, result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "http://",
        "not a url",
        "http://127.0.0.1",
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://10.0.0.1/",
        "x" * 3000,
    ],
)
def test_an_address_that_may_not_be_scanned_is_refused(url: str) -> None:
    result = scan("--", url)
    assert result.returncode == 2
    assert_one_clear_line(result)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--max-pages", "0"],
        ["--viewports", "watch"],
        ["--only", "poetry"],
        ["--fail-on", "bad"],
        ["--baseline", "/nowhere"],
    ],
)
def test_bad_usage_is_2(arguments: list[str]) -> None:
    result = scan("https://acme.example", *arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (None, "cannot be read"),
        ("[", "it is not JSON"),
        ('[{"kind": "required-element", "name": "x", "terms": ["p >"]}]', "Line 1, “p >”: It is not a CSS selector."),
        ("[]" + " " * 1_000_000, "it is larger than 1000 kB"),
    ],
)
def test_rules_that_are_none_are_2(rules: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    if rules is not None:
        file.write_text(rules)
    result = scan("https://acme.example", "--rules", str(file))
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_host_that_does_not_resolve_fails() -> None:
    result = scan("https://no-such-host.qa-sentinel-example.com", "--no-browser")
    assert result.returncode == 3
    assert_one_clear_line(result)
    assert "does not resolve" in result.stderr


def test_a_port_that_refuses_fails() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        pair = f"127.0.0.1:{free.getsockname()[1]}"
    result = scan(f"http://{pair}/", "--no-browser", opened=pair)
    assert result.returncode == 3
    assert "refuses the connection" in result.stderr


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (Answer(status=500), "500"),
        (Answer(status=302, headers={"Location": "/"}), "redirects without end"),
        (Answer(b"%PDF-1.7", content_type="application/pdf"), "not a web page"),
    ],
)
def test_a_start_page_that_is_none_fails(start: Answer, words: str) -> None:
    result = scan_site({"/": start}, "--no-browser")
    assert result.returncode == 3
    assert_one_clear_line(result)
    assert words in result.stderr


@pytest.mark.parametrize(
    "start",
    [
        Answer(b""),
        Answer(b"<p>" + b"x" * 10_500_000),
        Answer(b"<title>\xff\xfe\xc3(</title>\x00<p>\xed\xa0\x80", headers={}),
    ],
    ids=["empty", "10 MB", "invalid UTF-8"],
)
def test_odd_pages_are_scanned_all_the_same(start: Answer) -> None:
    result = scan_site({"/": start}, "--format", "json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["status"] == "complete" or report["reason"]
    assert "metadata.viewport-missing" in {issue["rule"] for issue in report["issues"]}


def test_a_site_that_dies_half_way_gives_what_it_gave() -> None:
    def dies(handler: object) -> None:
        handler.connection.close()  # type: ignore[attr-defined]

    routes: dict = {f"/{n}": page(f"Page {n} of Studio North") for n in range(3)}
    routes |= {f"/dead/{n}": dies for n in range(5)}
    routes["/"] = page("Home of Studio North", "".join(f'<a href="{path}">Go {path}</a>' for path in routes))
    result = scan_site(routes, "--no-browser", "--format", "json")
    report = json.loads(result.stdout)
    assert (result.returncode, report["status"]) == (0, "partial")
    assert report["coverage"]["fetched"] == 4
    assert "5 pages did not answer" in report["reason"]
    assert sum(skipped["reason"] == "unanswered" for skipped in report["coverage"]["skipped"]) == 5


FAULTY = {"/": page("Home of Studio North", '<a href="/gone">Prices</a>')}


def test_fail_on_decides_between_0_and_1() -> None:
    assert scan_site(FAULTY, "--no-browser", "--fail-on", "serious").returncode == 1
    assert scan_site(FAULTY, "--no-browser", "--fail-on", "critical").returncode == 0
    assert scan_site(FAULTY, "--no-browser").returncode == 0


def test_what_the_baseline_holds_is_not_said_again(tmp_path: Path) -> None:
    baseline = tmp_path / "before.json"
    with LocalSite(FAULTY) as site:
        scan(site.url, "--no-browser", "--format", "json", "--output", str(baseline), opened=site.pair)
        before = json.loads(baseline.read_text())["issues"]
        result = scan(site.url, "--no-browser", "--baseline", str(baseline), "--fail-on", "info", opened=site.pair)
    assert before
    assert result.returncode == 0, result.stdout


def test_only_limits_the_categories() -> None:
    report = json.loads(scan_site(FAULTY, "--no-browser", "--only", "links,site", "--format", "json").stdout)
    assert {issue["category"] for issue in report["issues"]} == {"links", "site"}
    assert set(report["score"]["categories"]) == {"links", "site"}


def test_the_browser_looks_at_the_chosen_widths_and_leaves_nothing_running() -> None:
    report = json.loads(scan_site(FAULTY, "--viewports", "desktop,mobile", "--format", "json").stdout)
    assert report["pages"][0]["viewports"] == ["desktop", "mobile"]
    assert report["engine"]["chromium"]
    assert report["cost"]["cpu_s"] > 0


def test_ctrl_c_ends_it_with_what_it_has(tmp_path: Path) -> None:
    slow = Answer(page("Slow").encode(), delay_s=2)
    routes: dict = {f"/{n}": slow for n in range(60)}
    routes["/"] = page("Home of Studio North", "".join(f'<a href="{path}">Go {path}</a>' for path in routes))
    with LocalSite(routes) as site:
        process = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "scan", site.url, "--no-browser", "--format", "json"],
            env=environment(site.pair),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        end = time.monotonic() + 30
        while not site.asked and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    assert json.loads(out)["status"] == "partial"


def test_chromium_that_is_not_there_is_one_line() -> None:
    with LocalSite(FAULTY) as site:
        result = subprocess.run(
            [sys.executable, ROOT / "manage.py", "scan", site.url],
            env={**environment(site.pair), "CHROMIUM_PATH": "/nowhere/chromium"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 3
    assert_one_clear_line(result)
