"""The whole site in one scan, and what a check says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scans.snapshot.fetched import PageFacts, Response, Target
from scans.snapshot.visited import Visit
from scans.snapshot.words import Confidence, Element, Severity


@dataclass(frozen=True, slots=True)
class Skipped:
    """A URL that was found and not scanned, with the reason in a word of `scans.discover.frontier.SkipReason`."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One scanned page in its site. `depth` is clicks from the start page (None: not linked); `sources` are some of the
    URLs that link to it (at most 20)."""

    facts: PageFacts
    visit: Visit | None = None
    depth: int | None = None
    in_sitemap: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Robots:
    """robots.txt: `status` None when it could not be fetched. `blocks_all`: our agent may fetch nothing."""

    url: str
    status: int | None
    text: str = ""
    sitemaps: tuple[str, ...] = ()
    blocks_all: bool = False
    blocked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sitemap:
    """All sitemaps of the site together: the files that were read, the URLs listed, and what was wrong with a file."""

    files: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificate of the start host; `error` when it does not verify, `days_left` until it ends."""

    error: str = ""
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class Probes:
    """Questions asked of the host beside its pages; None where one does not apply or had no answer.

    `not_found`: the answer to an invented path. `plain_http`: http:// of an https host. `other_host`: the www twin
    (or the bare one). `staging_robots`: (host, robots.txt status and text) of the `*.webflow.io` twin if one is known
    and answers."""

    not_found: PageFacts | None = None
    plain_http: Response | None = None
    other_host: Response | None = None
    staging: Response | None = None
    staging_robots: Response | None = None
    favicon: Response | None = None
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class SiteSnapshot:
    """Everything seen in one scan. `pages` by URL; `targets` by URL without fragment, pages included.

    `is_staging`: the start host is `*.webflow.io` or a configured staging host. `is_local`: loopback or an opened test
    host, where nothing about TLS or search engines is said. `exhaustive`: the crawl ended by itself, not by its budget.
    `hosts`: the hosts taken as this site's own. `staging_hosts`: where the customer keeps the site before it goes live.
    `syndication_hosts`: foreign hosts a canonical may point at, because the customer publishes there first.
    """

    start_url: str
    pages: Mapping[str, PageSeen]
    targets: Mapping[str, Target]
    robots: Robots
    sitemap: Sitemap
    probes: Probes = Probes()
    skipped: tuple[Skipped, ...] = ()
    hosts: frozenset[str] = frozenset()
    is_staging: bool = False
    is_local: bool = False
    exhaustive: bool = True
    staging_hosts: frozenset[str] = frozenset()
    syndication_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """One occurrence of one rule on one page.

    `cause` names what has to be changed, when it is not the element itself: the dead URL, the template, the host. Equal
    rule and cause are one issue. "" means: decided from the element's path, else from the page's template or URL
    (`scans.findings.cause_of`). `title` is the name that a customer gave the rule, "" for rules of ours. `evidence` is
    JSON-ready.
    """

    rule: str
    url: str
    message: str
    severity: Severity
    confidence: Confidence = Confidence.CONFIRMED
    element: Element | None = None
    viewport: str = ""
    cause: str = ""
    title: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
