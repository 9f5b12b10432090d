"""Serves the bundled demo site the way its host would: clean URLs, its own 404 page, robots.txt and sitemap.xml.

    python -m demo.serve [--port 8001]

`digest()` names the version of the site's files: another version is worth another scan.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import mimetypes
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

SITE = Path(__file__).resolve().parent / "site"
MOVED = {"/portfolio": "/work"}
TEXT = ("text/", "application/xml", "image/svg+xml")


def digest() -> str:
    files = sorted(path for path in SITE.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]


def file_for(path: str) -> Path | None:
    """The file behind a URL path: `/about` is about.html, `/` is index.html; None for anything that is not in the
    site."""
    name = unquote(path).strip("/") or "index"
    for candidate in (SITE / name, SITE / f"{name}.html"):
        if candidate.is_file() and candidate.resolve().is_relative_to(SITE):
            return candidate
    return None


@cache
def body_of(file: Path, host: str) -> tuple[bytes, str]:
    """Bytes and content type; the text files say {host} where a published site names its own address."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    body = file.read_bytes()
    if file.suffix in (".html", ".xml", ".txt"):
        body = body.replace(b"{host}", host.encode())
    return body, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    timeout = 30

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in MOVED:
            self._answer(HTTPStatus.MOVED_PERMANENTLY, b"", "text/plain", {"Location": MOVED[path]})
        elif file := file_for(path):
            self._answer(HTTPStatus.OK, *body_of(file, self._host()))
        else:
            self._answer(HTTPStatus.NOT_FOUND, *body_of(SITE / "404.html", self._host()))

    do_HEAD = do_GET

    def _host(self) -> str:
        return f"127.0.0.1:{cast(ThreadingHTTPServer, self.server).server_port}"

    def _answer(self, status: HTTPStatus, body: bytes, kind: str, extra: dict[str, str] | None = None) -> None:
        headers = {
            "Content-Type": kind,
            "Cache-Control": "no-cache" if kind.startswith("text/html") else "max-age=86400",
        }
        if kind.startswith(TEXT) and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
        self.send_response(status)
        for name, value in {**headers, **(extra or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads the demo site's requests."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves the bundled demo site on this machine.")
    parser.add_argument("--port", type=int, default=8001)
    port: int = parser.parse_args().port
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
