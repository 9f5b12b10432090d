"""Small sites that are wrong as a whole: robots.txt, sitemap, 404 page, headers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.sites import Answer, Route, base
from tests.sites.plan import Page, Want
from tests.sites.serve import Host, Served

_SOFT = "<p>There is nothing at this address, and the server says that all is well.</p>"
_WEBFLOW_404 = "<p>The page you are looking for doesn't exist or has been moved</p>"


@dataclass(frozen=True, slots=True)
class Small:
    name: str
    wants: tuple[Want, ...] = ()
    silent: tuple[str, ...] = ()
    robots: str = "User-agent: *\nDisallow: /private\nSitemap: http://[main]/sitemap.xml\n"
    sitemap: bool = True
    missing: str = "<p>Nothing is here. Go back to the start.</p>"
    missing_status: int = 404
    body: str = ""
    host: str = "127.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)


SITES = (
    Small("robots blocks all", (Want("site.robots-blocks-all"),), robots="User-agent: *\nDisallow: /\n", sitemap=True,
          silent=("metadata.robots-blocked",)),
    Small("soft 404", (Want("site.soft-404"), Want("site.sitemap-missing")), missing=_SOFT, missing_status=200,
          robots="User-agent: *\nDisallow:\n", sitemap=False),
    Small("default 404", (Want("site.default-404"),), missing=_WEBFLOW_404),
    Small("no headers", (Want("security.headers"),),
          headers=dict.fromkeys(("X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy", "Referrer-Policy"), "")),
    Small("a sound site", silent=("site.robots-blocks-all", "site.sitemap-missing", "site.soft-404", "site.default-404",
          "security.headers", "metadata.favicon-missing")),
)  # fmt: skip


def manifest(site: Small) -> dict[tuple[str, str], Want]:
    return {(want.page or "/", want.rule): want for want in site.wants}


def silent(site: Small) -> set[tuple[str, str]]:
    return {("/", rule) for rule in site.silent}


@contextlib.contextmanager
def served(site: Small) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The URL to scan, and the hosts to open."""
    with Host({}) as host:
        name = f"{site.host}:{host.port}"
        at = Served(name, host.pair, host.pair)
        host.routes.update(_routes(site, at))
        yield at.url, (name, host.pair, *((f"www.{name}",) if site.host == "localhost" else ()))


def _routes(site: Small, at: Served) -> dict[str, Route]:
    start = Page("/", f"Studio North, {site.name}", site.body)
    lost = Page("/lost", "This page has moved out", site.missing, words=False)
    listed = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{at.url}</loc></url></urlset>'
    found: dict[str, Route] = {
        **base.files(),
        "/": Answer(at.hosts(base.html(start, "", 1)).encode(), headers=site.headers),
        "404": Answer(at.hosts(base.html(lost, "", 2)).encode(), site.missing_status),
        "/robots.txt": Answer(at.hosts(site.robots).encode(), content_type="text/plain"),
        "/favicon.ico": Answer(base.picture(32, 32), content_type="image/png"),
    }
    if site.sitemap:
        found["/sitemap.xml"] = Answer(listed.encode(), content_type="application/xml")
    else:
        found["/sitemap.xml"] = Answer(b"", 404)
    return found
