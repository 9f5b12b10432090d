"""What failed while a page was open is asked for again before it is called broken."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from scans.confirm import MOST_ASKED, confirmed
from scans.events import Ended, Fetched, Order, Visited
from scans.fetch.guard import Policy
from scans.scanner import Scanner
from scans.snapshot import Problem, Request, Target, TargetState, Visit
from tests.sites import LocalSite, page

URL = "https://acme.example/"


def told(*requests: Request, answers: bool = True) -> tuple[list[bool], list[str]]:
    """Which requests recovered, and what was asked for again."""
    asked: list[str] = []

    async def ask(url: str) -> Target | None:
        asked.append(url)
        return Target(url, TargetState.OK, status=200) if answers else Target(url, TargetState.BROKEN, status=503)

    visit = asyncio.run(confirmed(Visit(URL, final_url=URL, requests=requests), ask))
    return [request.recovered for request in visit.requests], asked


def failing(name: str, kind: str = "script", **more: object) -> Request:
    return Request(f"{URL}{name}", kind, status=503, **more)  # type: ignore[arg-type]


def test_a_hiccup_recovers() -> None:
    assert told(failing("a.js"), Request(f"{URL}b.js", "script", status=200)) == ([True, False], [f"{URL}a.js"])


def test_what_is_broken_stays_broken() -> None:
    assert told(failing("a.js"), answers=False) == ([False], [f"{URL}a.js"])


def test_what_sends_something_is_never_repeated() -> None:
    assert told(failing("order", "fetch", method="POST")) == ([False], [])


def test_the_page_itself_and_what_only_it_may_ask_are_not_asked() -> None:
    document = Request(URL, "document", status=500)
    cors = Request(f"{URL}data", "xhr", failure="net::ERR_FAILED")
    assert told(document, cors) == ([False, False], [])


def test_a_url_is_asked_once_and_not_all_of_a_flood() -> None:
    flood = [failing(f"{i}.js") for i in range(200)]
    recovered, asked = told(*flood, *flood)
    assert len(asked) == MOST_ASKED and sum(recovered) == 2 * MOST_ASKED


PIXEL = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


class Moody:
    """Answers 503 until it was asked `bad` times."""

    def __init__(self, bad: int, kind: str, body: bytes) -> None:
        self.bad, self.kind, self.body = bad, kind, body
        self.lock = threading.Lock()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.bad -= 1
            fine = self.bad < 0
        handler.send_response(200 if fine else 503)
        handler.send_header("Content-Type", self.kind)
        handler.send_header("Content-Length", str(len(self.body) if fine else 0))
        handler.end_headers()
        if fine and handler.command == "GET":
            handler.wfile.write(self.body)


@pytest.fixture
def moody() -> Iterator[LocalSite]:
    script = """<p id="later">Nothing yet</p><script>
      for (const name of ["hiccup", "gone"]) {
        const image = document.createElement("img");
        image.src = `/${name}.svg`; image.alt = name; document.body.append(image);
      }
    </script>"""
    with LocalSite(
        {"/": page("Studio North, design", script), "/hiccup.svg": Moody(1, "image/svg+xml", PIXEL)}
    ) as site:
        yield site


@pytest.mark.xdist_group("browser")
def test_a_picture_that_failed_once_is_not_broken(moody: LocalSite, scanner: Scanner) -> None:
    order = Order(moody.url, Policy.of([moody.pair]), max_pages=1, max_visits=1, proven=True)
    run = scanner.start_scan(order, name="hiccup")
    found: list[Problem] = []
    while not isinstance(event := run.next_event(timeout=20), Ended):
        if isinstance(event, Visited):
            found += event.problems
    broken = [problem.cause for problem in found if problem.rule == "images.broken"]
    assert broken == [f"{moody.url}gone.svg"]


class Late:
    """Answers late the first `times`."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.times -= 1
        if self.times >= 0:
            time.sleep(1.2)
        body = page("A page that thinks", "<p>Words.</p>").encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.mark.xdist_group("browser")
def test_a_page_is_late_when_it_is_late_twice(scanner: Scanner) -> None:
    links = '<a href="/once">Once</a> <a href="/twice">Twice</a>'
    with LocalSite({"/": page("Studio North", links), "/once": Late(1), "/twice": Late(2)}) as site:
        order = Order(site.url, Policy.of([site.pair]), max_pages=3, max_visits=0, proven=True)
        run = scanner.start_scan(order, name="late")
        found: list[Problem] = []
        while not isinstance(event := run.next_event(timeout=20), Ended):
            if isinstance(event, Fetched):
                found += event.problems
    assert [problem.url for problem in found if problem.rule == "performance.ttfb"] == [f"{site.url}twice"]
