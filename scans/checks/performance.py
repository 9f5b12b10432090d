"""How fast and how heavy the page is: lab figures of one visit, its requests, and the headers of the fetch.

One visit is one run, and the message says so. Thresholds are those of the Core Web Vitals ("good" and "poor") and of
the rule catalogue; sizes are bytes on the wire. Connections of the fetcher tell time to first byte and compression
for every page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from scans.checks import addresses, hosts
from scans.checks.loading import environment_refused
from scans.checks.pages import pages
from scans.checks.registry import Rule, crawl_check, page_check, visit_check
from scans.snapshot import DESKTOP, Element, PageFacts, Problem, Request, Severity, SiteSnapshot, Visit

LCP = Rule(
    "performance.lcp",
    Severity.MODERATE,
    "Main content appears late",
    "Visitors see the largest part of the first screen only after this time; 2.5 s is good. If it is a picture, "
    "select it, set Load to Eager in Settings (D) and compress it in Assets; if it is text, load fewer fonts and "
    "scripts before it.",
)
CLS = Rule(
    "performance.cls",
    Severity.MODERATE,
    "Page jumps while it loads",
    "People lose the line or press the wrong button. Select the named element and reserve its room: width and height "
    "of images in Settings (D), a min height for embeds and lists in the Style panel (S).",
)
BLOCKING = Rule(
    "performance.blocking-time",
    Severity.MODERATE,
    "Scripts block the page",
    "While scripts run, taps and clicks do nothing. Remove tools you no longer need in Site settings > Custom code "
    "and Apps & Integrations, and load the others with defer.",
)
TTFB = Rule(
    "performance.ttfb",
    Severity.MODERATE,
    "Server answers late",
    "Nothing can appear before the first byte arrives; 0.8 s is the limit. On Webflow hosting look at redirects and "
    "at a proxy or CDN in front of the site; very large Collection lists on one page slow it down too.",
)
PAGE_WEIGHT = Rule(
    "performance.page-weight",
    Severity.MODERATE,
    "Page is heavy",
    "Every megabyte costs visitors on phones seconds and money. Compress the named files in Assets, shorten "
    "background videos, and remove embeds that are not needed.",
)
REQUESTS = Rule(
    "performance.request-count",
    Severity.MINOR,
    "Page asks for very many files",
    "Each file has its own delay. Remove tools in Site settings > Custom code that are no longer used, and limit the "
    "items of Collection lists in their settings (D).",
)
DOM_SIZE = Rule(
    "performance.dom-size",
    Severity.MINOR,
    "Page has very many elements",
    "Browsers need longer to draw and scroll it. Paginate long Collection lists in their settings (D), and delete "
    "hidden copies of sections that were built for other breakpoints.",
)
RENDER_BLOCKING = Rule(
    "performance.render-blocking",
    Severity.MINOR,
    "A file of another service holds up the page",
    "The page stays white until this file has arrived. In Site settings > Custom code move the script to the footer "
    "code or add defer; host fonts under Site settings > Fonts instead of loading them from elsewhere.",
)
UNCOMPRESSED = Rule(
    "performance.uncompressed",
    Severity.MODERATE,
    "Page is sent uncompressed",
    "Text shrinks to a quarter by gzip or Brotli. Webflow hosting compresses by itself: look at the proxy or server "
    "in front of the site and switch compression on there.",
)
UNCACHED = Rule(
    "performance.uncached",
    Severity.MINOR,
    "Files are loaded anew on every visit",
    "Browsers are not allowed to keep these files for a day, so returning visitors wait again. Files in Webflow's "
    "Assets are cached by themselves; for your own server send Cache-Control: max-age with at least 86400.",
)
FONTS = Rule(
    "performance.many-fonts",
    Severity.MINOR,
    "Page loads many fonts",
    "Text appears late or changes its look while fonts arrive. Open Site settings > Fonts and remove weights and "
    "styles that no class uses; use WOFF2 or one variable font.",
)
THIRD_PARTY = Rule(
    "performance.third-party-weight",
    Severity.MINOR,
    "Other services are a large part of the page",
    "You do not control how fast or how safe they are. Look through Site settings > Custom code and Apps & "
    "Integrations for chats, videos and trackers that can load later or go.",
)

_MB = 1_000_000
_UNCOMPRESSED_BYTES = 10_000
_DAY = 86_400
_FONT_COUNT, _FONT_BYTES = 6, 300_000
_FOREIGN_SHARE, _FOREIGN_BYTES = 0.4, 500_000
_MAX_REQUESTS = 100
_LATE_MS = 800
_STATIC = ("stylesheet", "script", "image", "font", "media")
_TEXT_SHRINKS = 4
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_ONE_RUN = "One run in the lab; visitors' own devices differ."


def weight(request: Request) -> int:
    """Bytes on the wire; of a cached answer what it would have been, by its body."""
    if request.wire_bytes or not request.from_cache:
        return request.wire_bytes
    return request.body_bytes // (_TEXT_SHRINKS if request.content_encoding else 1)


def _judge(value: float, moderate: float, serious: float) -> Severity | None:
    if value <= moderate:
        return None
    return Severity.SERIOUS if value > serious else Severity.MODERATE


@visit_check(LCP, CLS, BLOCKING)
def vitals(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    seen = visit.vitals
    if visit.error is not None:
        return
    main = seen.lcp_element
    late = main is None or not is_below_first_screen(main)
    if late and seen.lcp_ms is not None and (severity := _judge(seen.lcp_ms, 2500, 4000)):
        yield _vital(LCP, page, visit, severity, f"Main content after {seen.lcp_ms / 1000:.1f} s.", seen.lcp_element)
    if seen.cls is not None and (severity := _judge(seen.cls, 0.1, 0.25)):
        yield _shift(page, visit, severity, seen.cls)
    if seen.tbt_ms is not None and (severity := _judge(seen.tbt_ms, 200, 600)):
        yield _vital(BLOCKING, page, visit, severity, f"Scripts block the page for {seen.tbt_ms:.0f} ms.", None)


def is_below_first_screen(element: Element) -> bool:
    """Then it was painted while we scrolled, and is not what a visitor waits for."""
    return element.box is not None and element.box.viewport == DESKTOP.name and element.box.y >= DESKTOP.height


def _vital(
    rule: Rule, page: PageFacts, visit: Visit, severity: Severity, message: str, element: Element | None
) -> Problem:
    seen = visit.vitals
    figures = {"lcp_ms": seen.lcp_ms, "fcp_ms": seen.fcp_ms, "ttfb_ms": seen.ttfb_ms, "tbt_ms": seen.tbt_ms}
    rounded: dict[str, Any] = {name: round(value) for name, value in figures.items() if value is not None}
    return rule.problem(
        page.url,
        f"{message} {_ONE_RUN}",
        element=element,
        severity=severity,
        runs=1,
        cold=seen.cold,
        **rounded,
    )


def _shift(page: PageFacts, visit: Visit, severity: Severity, cls: float) -> Problem:
    moved = visit.vitals.shifted
    what = ", ".join(element.selector for element in moved[:3]) or "unknown elements"
    return CLS.problem(
        page.url,
        f"The layout shifts by {cls:.2f}; moved: {what}. {_ONE_RUN}",
        element=moved[0] if moved else None,
        severity=severity,
        runs=1,
        cold=visit.vitals.cold,
        cls=round(cls, 3),
        good=0.1,
        moved=[element.selector for element in moved[:10]],
    )


@crawl_check(TTFB)
def late_answers(site: SiteSnapshot) -> Iterator[Problem]:
    """A kind of page is slow when most of its pages are: a single one that was late met a hiccup of ours or theirs."""
    kinds: dict[str, list[PageFacts]] = {}
    for seen in pages(site):
        template = seen.facts.template
        kinds.setdefault(template if template.startswith("wf:") else "", []).append(seen.facts)
    for alike in kinds.values():
        if median(page.response.ttfb_ms for page in alike) > _LATE_MS:
            yield from (_late(page) for page in alike if page.response.ttfb_ms > _LATE_MS)


def _late(page: PageFacts) -> Problem:
    took = page.response.ttfb_ms
    message = f"The first byte came after {took:.0f} ms. {_ONE_RUN}"
    return TTFB.problem(page.url, message, ttfb_ms=round(took), good=_LATE_MS, runs=1)


@page_check(UNCOMPRESSED)
def uncompressed(page: PageFacts) -> Iterator[Problem]:
    response = page.response
    if page.status != 200:
        return
    size = len(response.body) or page.html_bytes
    if size > _UNCOMPRESSED_BYTES and not response.headers.get("content-encoding", "").replace("identity", "").strip():
        yield UNCOMPRESSED.problem(
            page.url,
            f"{size // 1000} kB of HTML came without gzip, Brotli or zstd.",
            cause=f"uncompressed html | {addresses.host(page.final_url)}",
            bytes=size,
        )


@visit_check(PAGE_WEIGHT, REQUESTS, DOM_SIZE)
def sizes(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    if visit.error is not None:
        return
    loaded = over_the_network(visit)
    total = sum(weight(request) for request in loaded)
    if severity := _judge(total, 3 * _MB, 5 * _MB):
        yield _heavy(page, loaded, total, severity)
    if len(loaded) > _MAX_REQUESTS:
        message = f"The page asks for {len(loaded)} files."
        yield REQUESTS.problem(page.url, message, requests=len(loaded), limit=_MAX_REQUESTS, kinds=_kinds(loaded))
    if visit.dom_elements > 1500:
        severity = Severity.MODERATE if visit.dom_elements > 3000 else Severity.MINOR
        message = f"The page has {visit.dom_elements:,} elements."
        yield DOM_SIZE.problem(page.url, message, severity=severity, elements=visit.dom_elements, limit=1500)


def _kinds(loaded: list[Request]) -> dict[str, int]:
    """How many of each kind of file, the most first."""
    return dict(Counter(request.kind for request in loaded).most_common())


def over_the_network(visit: Visit) -> list[Request]:
    return [r for r in visit.requests if r.url.startswith("http") and not environment_refused(r)]


def _heavy(page: PageFacts, loaded: list[Request], total: int, severity: Severity) -> Problem:
    heaviest = sorted(loaded, key=weight, reverse=True)[:5]
    names = ", ".join(f"{_file_name(r.url)} ({weight(r) / _MB:.1f} MB)" for r in heaviest)
    return PAGE_WEIGHT.problem(
        page.url,
        f"The page weighs {total / _MB:.1f} MB. Heaviest: {names}.",
        severity=severity,
        bytes=total,
        requests=len(loaded),
        heaviest=[{"target": r.url, "bytes": weight(r)} for r in heaviest],
    )


def _file_name(url: str) -> str:
    return addresses.split(url).path.rpartition("/")[2][-60:] or addresses.hostname(url)


@visit_check(RENDER_BLOCKING)
def render_blocking(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for url in dict.fromkeys(visit.render_blocking):
        if url.startswith("http") and not hosts.is_own(url, page) and not hosts.is_webflow_asset(url):
            message = f"The page waits for {url} before it shows anything."
            yield RENDER_BLOCKING.problem(page.url, message, cause=url.split("?")[0], target=url)


@visit_check(UNCACHED)
def uncached(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    short = [r for r in visit.requests if _is_own_static(r, page) and not _is_kept(r)]
    if short:
        host = addresses.host(short[0].url)
        yield UNCACHED.problem(
            page.url,
            f"{len(short)} files of {host} may be kept for less than a day, such as {_file_name(short[0].url)}.",
            cause=f"uncached | {host}",
            files=[{"target": r.url, "cache_control": r.cache_control} for r in short[:20]],
        )


def _is_own_static(request: Request, page: PageFacts) -> bool:
    return (
        request.kind in _STATIC
        and request.status == 200
        and request.url.startswith("http")
        and hosts.is_own(request.url, page)
        and "text/html" not in request.content_type
        and not (request.from_cache and not request.cache_control)
    )


def _is_kept(request: Request) -> bool:
    said = request.cache_control.lower()
    if "no-store" in said or "no-cache" in said:
        return False
    age = _MAX_AGE.search(said)
    return "immutable" in said or (age is not None and int(age[1]) >= _DAY)


@visit_check(FONTS)
def fonts(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    loaded = {
        r.url: weight(r) for r in visit.requests if r.kind == "font" and r.url.startswith("http") and r.status == 200
    }
    total = sum(loaded.values())
    if len(loaded) > _FONT_COUNT or total > _FONT_BYTES:
        yield FONTS.problem(
            page.url,
            f"{len(loaded)} font files, {total // 1000} kB together.",
            files=[{"target": url, "bytes": size} for url, size in loaded.items()][:20],
            fonts=len(loaded),
            bytes=total,
        )


@visit_check(THIRD_PARTY)
def third_party_weight(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    by_host: dict[str, int] = {}
    total = 0
    for request in over_the_network(visit):
        total += weight(request)
        if not hosts.is_own(request.url, page) and not hosts.is_webflow_asset(request.url):
            name = addresses.hostname(request.url)
            by_host[name] = by_host.get(name, 0) + weight(request)
    foreign = sum(by_host.values())
    if foreign > _FOREIGN_BYTES and foreign > _FOREIGN_SHARE * total:
        heaviest = sorted(by_host.items(), key=lambda one: -one[1])[:5]
        yield THIRD_PARTY.problem(
            page.url,
            f"{foreign / total:.0%} of the page ({foreign / _MB:.1f} MB) comes from other services: "
            f"{', '.join(name for name, _ in heaviest)}.",
            bytes=foreign,
            total=total,
            share=round(foreign / total, 2),
            hosts=dict(heaviest),
        )
