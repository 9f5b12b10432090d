"""Small real web sites on loopback, for tests: routes in, a running server out.

with LocalSite({"/": page("Home", '<a href="/gone">gone</a>')}) as site:
    site.url     http://127.0.0.1:49152/
    site.pair    127.0.0.1:49152, for SCAN_ALLOWED_HOSTS
    site.asked   paths in the order they were asked for
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


Route = Answer | str | Callable[[BaseHTTPRequestHandler], None]


def page(title: str = "A page of Studio North", body: str = "", head: str = "") -> str:
    """A page with little wrong on it."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="description" content="What this page
is about, said in one sentence that is neither short nor
long.">{head}</head><body><main><h1>{title}</h1>{body}</main></body></html>"""


def redirect(target: str, status: int = 301) -> Answer:
    return Answer(status=status, headers={"Location": target})


class LocalSite:
    """Unknown paths answer 404. Routes may be changed while it runs."""

    def __init__(self, routes: Mapping[str, Route], port: int = 0) -> None:
        self.routes = dict(routes)
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.pair = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.pair}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def do_GET(self) -> None:
                site.asked.append(self.path)
                route = site.routes.get(self.path, Answer(b"not here", 404, "text/plain"))
                if isinstance(route, str):
                    route = Answer(route.encode())
                if isinstance(route, Answer):
                    self.answer(route)
                else:
                    route(self)

            do_HEAD = do_GET

            def answer(self, said: Answer) -> None:
                time.sleep(said.delay_s)
                self.send_response(said.status)
                self.send_header("Content-Type", said.content_type)
                self.send_header("Content-Length", str(len(said.body)))
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(said.body)

            def log_message(self, format: str, *args: object) -> None:
                return None

        return Handler
