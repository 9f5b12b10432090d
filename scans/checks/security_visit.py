"""What only an open page gives away: libraries with known holes, trackers that do not wait, unprotected cookies.

In: what libraries say of themselves (the page's own words), the requests of the first load, and names and flags of the
cookies on the site's host. Nobody has clicked anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scans.checks import addresses, trackers
from scans.checks.registry import Rule, visit_check
from scans.snapshot import Confidence, Cookie, PageFacts, Problem, Severity, Visit

LIBRARY = Rule(
    "security.vulnerable-library",
    Severity.MODERATE,
    "A script library has a known security hole",
    "Attackers know how to misuse this version on pages that show what visitors or addresses bring along. Load the "
    "named version or a later one: look for the script in Site settings > Custom code, the page's Custom code, a Code "
    "Embed, or ask the maker of the app that brings it.",
)
TRACKER = Rule(
    "security.tracker-before-consent",
    Severity.MODERATE,
    "A tracker runs before anybody agreed",
    "In the EU and the UK visitors have to agree first. Check that your consent tool holds this script back: Site "
    "settings > Custom code and Apps & Integrations, or the tag's consent settings in Google Tag Manager. If your "
    "visitors are elsewhere, ignore this.",
    Confidence.NEEDS_REVIEW,
)
COOKIE = Rule(
    "security.insecure-cookie",
    Severity.MODERATE,
    "A cookie is not protected",
    "Without Secure it also travels over unencrypted connections; without HttpOnly any script on the page can read a "
    "log-in and take it over. Whoever sets the cookie has to add the flag: your server or proxy, or the script in Site "
    "settings > Custom code.",
)

_DATA = Path(__file__).parent / "data" / "vulnerable_libraries.json"
_VERSION = re.compile(r"v?(\d{1,4}(?:\.\d{1,6}){1,3})(?:[-+ ].*)?", re.DOTALL)
# "jquery-3.4.1.min.js", "jquery/3.4.1/jquery.min.js", "jquery@3.4.1/dist/jquery.js", "jquery.min.js?ver=3.4.1"
_AFTER_NAME = r"(?:(?:\.bundle|\.slim|\.core|\.full)?(?:\.min)?[-.@/_]v?|(?:\.min)?\.js\?(?:[^#]*&)?v(?:er(?:sion)?)?=)"
_NUMBER = r"(\d{1,4}(?:\.\d{1,6}){1,3})(?![\d.]*\d)"
_SESSION = re.compile(
    r"(?:^|[-_.])(?:sess(?:ion)?(?:[-_.]?id)?|sid|auth(?:[-_.]?token)?|access[-_.]?token|refresh[-_.]?token|jwt|login)"
    r"(?:$|[-_.])|^(?:phpsessid|jsessionid|asp\.net_sessionid|aspsessionid\w*|cfid|cftoken|laravel_session|connect\.sid)$",
    re.IGNORECASE,
)
_READ_BY_SCRIPTS = re.compile(r"csrf|xsrf", re.IGNORECASE)
_LIMIT = 20

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Hole:
    """Versions from `first` on, below `fixed`, have it."""

    first: Version
    fixed: Version
    below: str
    cve: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class _Known:
    title: str
    file: re.Pattern[str]
    holes: tuple[_Hole, ...]


def _load() -> dict[str, _Known]:
    rows = json.loads(_DATA.read_text(encoding="utf-8"))["libraries"]
    return {row["id"]: _Known(row["title"], _file(row["files"]), tuple(map(_hole, row["ranges"]))) for row in rows}


def _file(names: list[str]) -> re.Pattern[str]:
    spelled = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"/(?:{spelled}){_AFTER_NAME}{_NUMBER}", re.IGNORECASE)


def _hole(row: dict[str, Any]) -> _Hole:
    first, fixed = _whole(version(row["from"])), _whole(version(row["below"]))
    return _Hole(first, fixed, row["below"], row["cve"], row["what"], row["source"])


def version(text: str) -> Version:
    """(3, 4, 1) for "3.4.1", "v3.4.1-rc1"; () for anything that is no version."""
    found = _VERSION.fullmatch(text.strip()[:40])
    return tuple(map(int, found[1].split("."))) if found else ()


def _whole(numbers: Version) -> Version:
    """3.5 and 3.5.0 are the same."""
    return (*numbers, 0, 0, 0, 0)[:4]


LIBRARIES = _load()


@visit_check(LIBRARY)
def vulnerable_libraries(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    """Equal libraries in equal versions are one cause, wherever they were found."""
    for (name, number), script in _found(visit).items():
        known = LIBRARIES[name]
        own = _whole(version(number))
        hole = next((hole for hole in known.holes if hole.first <= own < hole.fixed), None)
        if hole is not None:
            yield LIBRARY.problem(
                page.url,
                f"{known.title} {number} has a known hole ({hole.cve}: {hole.what}); {hole.below} is the first version "
                "without it.",
                cause=f"{name} {number}",
                target=script,
                version=number,
                fixed=hole.below,
                cve=hole.cve,
                source=hole.source,
            )


def _found(visit: Visit) -> dict[tuple[str, str], str]:
    """(library, version) → the script it came by, "" when only the page says so."""
    found = {}
    for request in visit.requests:
        if request.kind == "script" and request.status == 200:
            found.update({one: request.url for one in _carried(request.url) if one not in found})
    for library in visit.libraries:
        if library.name in LIBRARIES and (numbers := version(library.version)):
            found.setdefault((library.name, ".".join(map(str, numbers))), "")
    return found


def _carried(url: str) -> Iterator[tuple[str, str]]:
    parts = addresses.split(url)
    named = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
    for name, known in LIBRARIES.items():
        if match := known.file.search(named[:2000]):
            yield name, match[1]


@visit_check(TRACKER)
def trackers_before_consent(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    calls: dict[str, list[str]] = {}
    refused = any(trackers.is_refused(request.url) for request in visit.requests)
    for request in visit.requests:
        service = trackers.called(request.url)
        if service and not (refused and trackers.is_loader(request.url)):
            calls.setdefault(service, []).append(request.url)
    kept: dict[str, list[str]] = {}
    for cookie in visit.cookies:
        if service := trackers.set_by(cookie.name):
            kept.setdefault(service, []).append(cookie.name)
    for service in sorted(calls.keys() | kept.keys()):
        yield _tracked(page, service, calls.get(service, []), kept.get(service, []))


def _tracked(page: PageFacts, service: str, urls: list[str], names: list[str]) -> Problem:
    names = list(dict.fromkeys(names))[:_LIMIT]
    did = [f"is called {len(urls)} times" if len(urls) > 1 else "is called"] if urls else []
    did += [f"has set {', '.join(names[:5])}"] if names else []
    return TRACKER.problem(
        page.url,
        f"{service} {' and '.join(did)} before anything was clicked.",
        cause=f"tracker {service}",
        target=urls[0].split("?")[0] if urls else "",
        hosts=sorted({addresses.hostname(url) for url in urls})[:_LIMIT],
        cookies=names,
    )


@visit_check(COOKIE)
def insecure_cookies(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    encrypted = (visit.final_url or page.final_url).startswith("https://")
    for cookie in visit.cookies:
        if missing := _missing(cookie, encrypted):
            yield COOKIE.problem(
                page.url,
                f"The cookie {cookie.name[:80]} of {cookie.domain[:80]} has no {' and no '.join(missing)}.",
                cause=f"cookie {cookie.name} {' '.join(missing)}",
                missing=missing,
                cookie=cookie.name,
            )


def _missing(cookie: Cookie, encrypted: bool) -> list[str]:
    """A tracker's own cookie is judged as that, and an answer to a consent banner is no secret."""
    if trackers.set_by(cookie.name) or trackers.is_consent(cookie.name):
        return []
    missing = [] if cookie.secure or not encrypted else ["Secure"]
    if not cookie.http_only and _SESSION.search(cookie.name) and not _READ_BY_SCRIPTS.search(cookie.name):
        missing.append("HttpOnly")
    return missing
