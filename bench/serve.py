"""Serves a folder of HTML on loopback the way Webflow hosts: clean URLs, a real 404, nothing listed, and on request the
sitemap that Webflow writes for every site. In a process of its own, so that its work is not counted.

    with served(Path("some/site")) as url: ...
"""

from __future__ import annotations

import argparse
import contextlib
import mimetypes
import posixpath
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def __init__(self, *args: object, root: Path, delay_s: float, sitemap: bool) -> None:
        self.root = root.resolve()
        self.delay_s = delay_s
        self.sitemap = sitemap
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        time.sleep(self.delay_s)
        file = self._file()
        if file is None and self.sitemap and urlsplit(self.path).path == "/sitemap.xml":
            return self._send(200, "text/xml", self._sitemap().encode())
        status, file = (200, file) if file else (404, self.root / "404.html")
        body = file.read_bytes() if file.is_file() else b""
        self._send(status, mimetypes.guess_type(file.name)[0] or "application/octet-stream", body)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def _sitemap(self) -> str:
        """Every page, but for the error pages, which Webflow leaves out."""
        names = sorted(file.relative_to(self.root).with_suffix("").as_posix() for file in self.root.rglob("*.html"))
        paths = ("" if name == "index" else quote(name) for name in names if name not in ("401", "404"))
        rows = "".join(f"<url><loc>http://{self.headers['Host']}/{path}</loc></url>" for path in paths)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'

    def _file(self) -> Path | None:
        name = posixpath.normpath(unquote(urlsplit(self.path).path)).lstrip("/")
        target = (self.root / name).resolve()
        if not target.is_relative_to(self.root):
            return None
        candidates = (target, target / "index.html", target.with_name(target.name + ".html"))
        return next((file for file in candidates if file.is_file()), None)

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextlib.contextmanager
def served(folder: Path, *, sitemap: bool = False) -> Iterator[str]:
    """The site's URL, while it is served."""
    command = [sys.executable, "-m", "bench.serve", str(folder), *(["--sitemap"] if sitemap else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0, metavar="SECONDS", help="wait before each answer")
    parser.add_argument("--sitemap", action="store_true", help="write a sitemap of all pages when there is none")
    options = parser.parse_args()
    handler = partial(Handler, root=options.folder, delay_s=options.delay, sitemap=options.sitemap)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # browsers hang up as they like
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
