"""Sites that never end: each scan does, within its limits, with a reason, and the next one runs normally."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import psutil
import pytest

from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.events import Ended, Fetched, Order, Status, Visited
from scans.fetch.guard import Policy
from scans.scanner import Scanner
from tests.sites import Answer, LocalSite, page

pytestmark = pytest.mark.xdist_group("browser")
LIMIT_S = 75
PAGES = 12

Endless = Callable[[str], Answer]


def html(title: str, body: str = "") -> Answer:
    return Answer(page(title, body).encode())


def links(*targets: str) -> str:
    return "".join(f'<p><a href="{target}">Go to {target}</a></p>' for target in targets)


def calendar(path: str) -> Answer:
    """The next month has a next month."""
    month = int(path.rpartition("/")[2] or 0) if path.startswith("/calendar/") else 0
    return html(f"Month {month}", links(f"/calendar/{month + 1}", f"/calendar/{month + 2}"))


def sessions(path: str) -> Answer:
    """Each page gives each link a session of its own."""
    now = time.monotonic_ns()
    return html("A page of many sessions", links(f"/a?sid={now}", f"/b?PHPSESSID={now + 1}", f"/c;jsessionid={now}"))


def facets(path: str) -> Answer:
    """Every filter can be added to every other."""
    query = urlsplit(path).query
    return html(f"Shop {query}", links(*(f"/shop?{query}&{name}={n}" for name in ("size", "hue") for n in range(4))))


def spiral(path: str) -> Answer:
    """A relative link that digs one folder deeper each time, as a wrong base does."""
    return html(f"Deep {len(path)}", links("deeper/page/", "../up/page/", "a/../b/"))


def soft_404(path: str) -> Answer:
    """Whatever is asked for is there, and links to more that is not."""
    return html("This page could not be found", links(f"{path.rstrip('/')}/x", f"/lost/{abs(hash(path)) % 10**6}"))


def sitemap(*urls: str, index: bool = False) -> Answer:
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    rows = "".join(f"<{inner}><loc>{url}</loc></{inner}>" for url in urls)
    body = f'<?xml version="1.0"?><{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{outer}>'
    return Answer(body.encode(), content_type="application/xml")


class EndlessSite(LocalSite):
    """Answers every path by a function."""

    def __init__(self, answer: Endless, **routes: Answer) -> None:
        super().__init__({f"/{name.replace('__', '.')}": route for name, route in routes.items()})
        self._answer = answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_GET(self) -> None:
                site.asked.append(self.path)
                known = self.path.strip("/").endswith((".txt", ".xml", ".ico")) or self.path in site.routes
                missing = Answer(b"no", 404, "text/plain")
                self.answer(site.routes.get(self.path, missing) if known else site._answer(self.path))

            do_HEAD = do_GET

        return Handler


@pytest.fixture(scope="module")
def scanner(chromium_path: str) -> Iterator[Scanner]:
    with Scanner(BrowserPool(chromium_path, Limits(max_size=1))) as scanner:
        yield scanner


def scan(scanner: Scanner, site: LocalSite) -> tuple[Ended, set[str], int]:
    """The last event, the pages fetched, how many were opened."""
    order = Order(site.url, Policy.of([site.pair]), max_pages=PAGES, max_visits=2, proven=True, deadline_s=60)
    run = scanner.start_scan(order, name="hostile")
    fetched, opened = set(), 0
    while not isinstance(event := run.next_event(timeout=1), Ended):
        opened += isinstance(event, Visited)
        if isinstance(event, Fetched):
            fetched.add(event.page.url)
    return event, fetched, opened


@pytest.mark.parametrize("trap", [calendar, sessions, facets, spiral, soft_404])
def test_trap_costs_its_budget_and_no_more(scanner: Scanner, trap: Endless) -> None:
    with EndlessSite(trap) as site:
        began = time.monotonic()
        ended, fetched, opened = scan(scanner, site)
        assert time.monotonic() - began < LIMIT_S
        assert ended.status is Status.COMPLETE, ended.reason
        assert 1 <= len(fetched) <= PAGES
        assert opened == min(2, len(fetched))
        assert len(site.asked) < 40 * PAGES
        said = " ".join([*ended.coverage.limits, *(skipped.reason for skipped in ended.coverage.skipped)])
        assert said, "what was left out is said"


def test_sitemap_of_ten_thousand(scanner: Scanner) -> None:
    with EndlessSite(lambda path: html(f"Page {path}")) as site:
        site.routes["/sitemap.xml"] = sitemap(*(f"{site.url}p/{n}" for n in range(10_000)))
        began = time.monotonic()
        ended, fetched, _ = scan(scanner, site)
        assert time.monotonic() - began < LIMIT_S
        assert (ended.status, len(fetched)) == (Status.COMPLETE, PAGES)
        assert ended.coverage.discovered >= 10_000
        assert any("more are known" in limit for limit in ended.coverage.limits)


def test_sitemaps_that_name_each_other_without_end(scanner: Scanner) -> None:
    with EndlessSite(lambda path: html(f"Page {path}")) as site:
        site.routes["/sitemap.xml"] = sitemap(f"{site.url}sitemap.xml", f"{site.url}0.xml", index=True)
        for n in range(300):
            site.routes[f"/{n}.xml"] = sitemap(f"{site.url}{n + 1}.xml", f"{site.url}{n + 2}.xml", index=True)
        began = time.monotonic()
        ended, _, opened = scan(scanner, site)
        assert time.monotonic() - began < LIMIT_S
        assert (ended.status, opened) == (Status.COMPLETE, 1)
        assert sum(path.endswith(".xml") for path in site.asked) < 110


def test_nothing_is_left_and_the_next_scan_is_normal(scanner: Scanner) -> None:
    assert scanner.pool is not None
    with LocalSite({"/": page("Home of Studio North", links("/about")), "/about": page()}) as site:
        while not scanner.pool.state().browsers:
            time.sleep(0.05)
        used = [psutil.Process(browser.pid) for browser in scanner.pool.state().browsers]
        family = [*used, *(child for one in used for child in one.children(recursive=True))]
        ended, fetched, opened = scan(scanner, site)
        assert (ended.status, len(fetched), opened) == (Status.COMPLETE, 2, 2)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
