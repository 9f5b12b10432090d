"""The page's head, apart from titles, canonicals, sharing and languages, which have files of their own: what browsers
need to draw it (viewport, charset, doctype, favicon) and what search engines are told (noindex, robots.txt,
structured data)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from scans.checks import addresses
from scans.checks.pages import is_noindex, is_page, is_utility, pages
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import PageFacts, Problem, Severity, SiteSnapshot

VIEWPORT_MISSING = Rule(
    "metadata.viewport-missing",
    Severity.SERIOUS,
    "This page is not made for phones",
    "Without a flexible viewport, phones draw the desktop page and shrink it until nobody can read it. Webflow "
    "writes the tag by itself: look in Page settings › Custom code › Inside <head> tag (and Site settings › Custom "
    "code) for code that replaces it, and use width=device-width, initial-scale=1.",
)
CHARSET_MISSING = Rule(
    "metadata.charset-missing",
    Severity.MINOR,
    "This page does not say how its letters are stored",
    "Browsers then guess, and accents or currency signs can turn into gibberish. Put the tag <meta charset=utf-8> "
    "first in the head; on Webflow, look in Page settings › Custom code for code that was put before it.",
)
DOCTYPE_MISSING = Rule(
    "metadata.doctype-missing",
    Severity.MINOR,
    "Browsers show this page in their compatibility mode",
    "Without <!DOCTYPE html> on the first line, sizes and spacing follow rules from the 1990s and differ from what "
    "the Designer shows. Webflow writes it by itself; on an exported or proxied page, put it back as the very first "
    "line.",
)
STRUCTURED_DATA = Rule(
    "metadata.structured-data-invalid",
    Severity.MODERATE,
    "The structured data of this page cannot be read",
    "Search engines drop it, and with it stars, prices and FAQ entries in their results. In the Designer: Pages "
    "panel › the page's gear › Schema markup or Custom code, and correct the JSON-LD: valid JSON with @context and "
    "@type. Check quotation marks that come from CMS fields.",
)
NOINDEX = Rule(
    "metadata.noindex",
    Severity.SERIOUS,
    "This page asks search engines not to list it",
    "It will not be found on Google. If that is not meant: in the Designer, Pages panel › the page's gear › SEO "
    "settings › Sitemap indexing (and Custom code, for a robots tag), then publish. If it is meant, ignore this "
    "issue.",
)
ROBOTS_BLOCKED = Rule(
    "metadata.robots-blocked",
    Severity.SERIOUS,
    "Search engines may not read this page",
    "Your own links or sitemap send search engines to it, but robots.txt forbids them to open it. In Webflow: Site "
    "settings › SEO › Indexing › robots.txt, and take the Disallow line out or shorten it.",
)
FAVICON_MISSING = Rule(
    "metadata.favicon-missing",
    Severity.MINOR,
    "This site has no icon in the browser tab",
    "Visitors with many tabs open cannot find it again, and search results show a grey globe. In Webflow: Site "
    "settings › General › Icons › Favicon, upload a 32 × 32 px picture and publish.",
)

FIXED_WIDTH = re.compile(r"(?:^|[,;\s])width\s*=\s*\d", re.I)
FAVICON = "favicon.ico"
DISALLOWED_READ = 500


@page_check(VIEWPORT_MISSING, CHARSET_MISSING, DOCTYPE_MISSING, STRUCTURED_DATA)
def check_head(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page):
        return
    viewport = page.meta("viewport")
    if viewport is None:
        yield VIEWPORT_MISSING.problem(page.url, "The page has no viewport tag")
    elif FIXED_WIDTH.search(viewport):
        yield VIEWPORT_MISSING.problem(page.url, f"The viewport has a fixed width: {viewport}", content=viewport)
    if not page.charset_declared:
        yield CHARSET_MISSING.problem(page.url, "Neither the header nor the first 1,024 bytes name a charset")
    if not page.doctype:
        yield DOCTYPE_MISSING.problem(page.url, "The page does not start with <!DOCTYPE html>")
    yield from _structured_data(page)


def _structured_data(page: PageFacts) -> Iterator[Problem]:
    for number, text in enumerate(page.json_ld, 1):
        fault = _fault(text)
        if fault:
            yield STRUCTURED_DATA.problem(
                page.url, f"Structured data block {number}: {fault}", number=number, block=text[:300]
            )


def _fault(text: str) -> str:
    try:
        data = json.loads(text)
    except ValueError as error:
        return f"it is no valid JSON ({error})"
    except RecursionError:
        return "it is nested too deeply"
    entries = data if isinstance(data, list) else [data]
    return next((fault for entry in entries if (fault := _entry_fault(entry))), "")


def _entry_fault(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "it holds no object"
    if "@context" not in entry:
        return "@context is missing"
    return "" if "@type" in entry or "@graph" in entry else "@type is missing"


@crawl_check(NOINDEX)
def check_noindex(site: SiteSnapshot) -> Iterator[Problem]:
    if site.is_staging:
        return
    for seen in pages(site):
        facts = seen.facts
        if is_noindex(facts) and not is_utility(facts.final_url):
            header = facts.response.headers.get("x-robots-tag", "")
            where = "the X-Robots-Tag header" if "noindex" in header.lower() else "a robots tag in the page"
            yield NOINDEX.problem(
                facts.url,
                f"{where[0].upper()}{where[1:]} says noindex",
                where=where,
                says=sorted(facts.robots_directives),
            )


@crawl_check(ROBOTS_BLOCKED)
def check_robots_blocked(site: SiteSnapshot) -> Iterator[Problem]:
    """A robots.txt that forbids everything is one problem of the site (site.robots-blocks-all), not one a page."""
    if site.is_staging or site.robots.blocks_all:
        return
    paths = _disallowed(site.robots.text)
    for url in sorted(site.robots.blocked):
        if not is_utility(url):
            line = _blocking_line(url, paths)
            message = f"robots.txt forbids this page: {line}"
            yield ROBOTS_BLOCKED.problem(url, message, cause=line, target=site.robots.url, line=line)


def _disallowed(text: str) -> list[str]:
    """The paths of all Disallow lines, the longest first: RFC 9309 lets the most specific one decide."""
    pairs = (line.partition("#")[0].partition(":") for line in text.splitlines())
    paths = {path.strip() for field, _, path in pairs if field.strip().lower() == "disallow" and path.strip()}
    return sorted(paths, key=len, reverse=True)[:DISALLOWED_READ]


def _blocking_line(url: str, paths: list[str]) -> str:
    parts = addresses.split(url)
    asked = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"Disallow: {next((path for path in paths if _matches(path, asked)), asked)}"


def _matches(path: str, asked: str) -> bool:
    """`*` is anything and `$` the end. No regular expression: many stars of a hostile file would never end."""
    first, *rest = path.removesuffix("$").split("*")
    if not asked.startswith(first):
        return False
    at = len(first)
    for piece in rest:
        found = asked.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not path.endswith("$") or at == len(asked) or bool(rest and asked.endswith(rest[-1]))


@crawl_check(FAVICON_MISSING)
def check_favicon(site: SiteSnapshot) -> Iterator[Problem]:
    probe = site.probes.favicon
    if probe is None or probe.status in (None, 200):
        return
    for seen in pages(site):
        if not any("icon" in token for relation in seen.facts.relations for token in relation.rel):
            yield FAVICON_MISSING.problem(
                seen.facts.url,
                f"The page names no icon, and /{FAVICON} does not answer either",
                cause=FAVICON,
                target=probe.url,
                status=probe.status,
            )
