"""The faulty site on loopback: the site itself, a foreign host beside it, and a port where nobody listens."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler

from tests.sites import Answer, LocalSite, Route, base
from tests.sites.plan import Family, Page

Change = Callable[[str], str]
USUAL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
TEXT = ("text/", "application/xml", "application/json", "image/svg+xml")


class Host(LocalSite):
    """Compresses text, sends the usual headers (an empty value takes one away), and has its own page for 404."""

    def wrap(self, context: ssl.SSLContext) -> None:
        """From now on over TLS, before it is served."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                route = site.routes.get(self.path) or site.routes.get(path) or site.routes.get("404")
                if callable(route):
                    return route(self)
                self.answer(route if isinstance(route, Answer) else Answer(b"not here", 404, "text/plain"))

            do_HEAD = do_GET

            def answer(self, said: Answer) -> None:
                headers = {**USUAL, **said.headers}
                wants_gzip = "gzip" in self.headers.get("Accept-Encoding", "") and "Content-Encoding" not in headers
                if said.body and wants_gzip and said.content_type.startswith(TEXT):
                    headers["Content-Encoding"] = "gzip"
                    said = replace(said, body=gzip.compress(said.body, mtime=0))
                kept = {name: value for name, value in headers.items() if value}
                with contextlib.suppress(ConnectionError):
                    super().answer(replace(said, headers=kept))

        return Handler


@dataclass(frozen=True, slots=True)
class Served:
    """`other` and `dead` are host:port, like `main`."""

    main: str
    other: str
    dead: str

    @property
    def url(self) -> str:
        return f"http://{self.main}/"

    @property
    def pairs(self) -> tuple[str, ...]:
        return (self.main, self.other, self.dead)

    def hosts(self, text: str) -> str:
        return text.replace("[main]", self.main).replace("[other]", self.other).replace("[dead]", self.dead)


def home(families: tuple[Family, ...]) -> Page:
    return Page("/", "Studio North, plates and bowls by hand", "<h2>What we write about</h2>")


def all_pages(families: tuple[Family, ...]) -> list[Page]:
    return [home(families), *(page for family in families for page in (base.hub(family), *family.pages))]


@contextlib.contextmanager
def served(families: tuple[Family, ...], change: Change = str, ports: Served | None = None) -> Iterator[Served]:
    """`change` is done to every text that is sent and to every path. With `ports` the site comes up again where it
    was before."""
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(Host({}, port=int(ports.other.partition(":")[2]) if ports else 0))
        main = stack.enter_context(Host({}, port=int(ports.main.partition(":")[2]) if ports else 0))
        dead = ports.dead if ports else f"127.0.0.1:{_closed_port(stack)}"
        at = Served(main.pair, other.pair, dead)
        main.routes.update(_changed(_main(families, at), change))
        other.routes.update(_changed(_other(families, at), change))
        yield at


def _closed_port(stack: contextlib.ExitStack) -> int:
    """Ours, so that nobody else takes it, and without anybody listening."""
    taken = stack.enter_context(contextlib.closing(socket.socket()))
    taken.bind(("127.0.0.1", 0))
    return int(taken.getsockname()[1])


def _main(families: tuple[Family, ...], at: Served) -> dict[str, Route]:
    nav = base.nav(families)
    found: dict[str, Route] = dict(base.files())
    for number, page in enumerate(all_pages(families)):
        body = at.hosts(base.html(page, nav, number)).encode()
        headers = {name: at.hosts(value) for name, value in page.headers.items()}
        assert page.path not in found, f"{page.path} is written twice"
        found[page.path] = Answer(body, content_type=page.content_type, headers=headers, delay_s=page.delay_s)
    for family in families:
        found.update({path: _placed(route, at) for path, route in family.routes.items()})
    lost = Page("/lost", "This page has moved out", "<p>Go back to the start, or write to us.</p>")
    found["404"] = Answer(at.hosts(base.html(lost, nav, 0)).encode(), 404)
    found["/robots.txt"] = Answer(_robots(families, at).encode(), content_type="text/plain")
    found["/sitemap.xml"] = Answer(_sitemap(families, at).encode(), content_type="application/xml")
    return found


def _other(families: tuple[Family, ...], at: Served) -> dict[str, Route]:
    return {path: _placed(route, at) for family in families for path, route in family.other.items()}


def _placed(route: Route, at: Served) -> Route:
    if not isinstance(route, Answer):
        return route
    headers = {name: at.hosts(value) for name, value in route.headers.items()}
    text = route.content_type.startswith(TEXT)
    body = at.hosts(route.body.decode("latin-1")).encode("latin-1") if text else route.body
    return replace(route, headers=headers, body=body)


def _robots(families: tuple[Family, ...], at: Served) -> str:
    lines = [f"Disallow: {path}" for family in families for path in family.disallowed]
    return "\n".join(["User-agent: *", *lines, f"Sitemap: http://{at.main}/sitemap.xml", ""])


def _sitemap(families: tuple[Family, ...], at: Served) -> str:
    urls = [f"http://{at.main}{page.path}" for page in all_pages(families) if page.listed]
    urls += [at.hosts(url) for family in families for url in family.listed]
    rows = "".join(f"<url><loc>{url.replace('&', '&amp;')}</loc></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def _changed(routes: Mapping[str, Route], change: Change) -> dict[str, Route]:
    """Latin-1 keeps every byte; what is no text stays as it is."""
    return {change(path): _with(route, change) for path, route in routes.items()}


def _with(route: Route, change: Change) -> Route:
    if isinstance(route, Answer) and route.content_type.startswith(TEXT):
        return replace(route, body=change(route.body.decode("latin-1")).encode("latin-1"))
    return route
