"""Steps 4 and 5: the pages of a site over HTTP. What the frontier gives is fetched and parsed, what pages point at is
checked beside it, each URL once. `Crawl` holds all that is known of the site and says it as a `SiteSnapshot` when
asked."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from scans import __version__, checks
from scans.browser.script import AXE_VERSION
from scans.checks.performance import LATE_MS
from scans.discover.frontier import Entry, Frontier, SkipReason, Source, page_url
from scans.discover.probes import probe_site
from scans.discover.robots import fetch_robots
from scans.discover.sitemap import fetch_sitemaps
from scans.discover.urls import host_of, normalise, registrable_domain, same_site
from scans.events import Order
from scans.fetch.client import SCAN_LIMIT, Client
from scans.fetch.parse import css_assets, is_html, parse
from scans.fetch.parse.prints import content_hash
from scans.fetch.targets import PER_HOST, TargetChecker
from scans.fetch.verdicts import named
from scans.snapshot import (
    Asset,
    AssetKind,
    FetchError,
    PageFacts,
    PageSeen,
    Probes,
    Response,
    Sitemap,
    SiteSnapshot,
    Skipped,
    Target,
    Visit,
    budgets,
    selectors,
)

SOURCES = 20  # pages remembered as linking to a page
UNPROVEN_PER_HOST = 2  # links and files of one host asked for at once
MOST_TARGETS = 10_000  # URLs checked beside the pages
ENGINE = f"{__version__} {AXE_VERSION}"
THREAD_BYTES = 300_000  # larger HTML is parsed off the loop
WEBFLOW_STAGING = ".webflow.io"
_FONTS = frozenset({"woff", "woff2", "ttf", "otf", "eot"})
_WORDS = {
    FetchError.BLOCKED: "leads to an address that may not be scanned",
    FetchError.DNS: "is not known: the host name does not resolve",
    FetchError.REFUSED: "refuses the connection",
    FetchError.TLS: "has no valid certificate",
    FetchError.TIMEOUT: "did not answer in time",
    FetchError.RESET: "broke off the connection",
    FetchError.REDIRECT_LOOP: "redirects without end",
    FetchError.TOO_LARGE: "answers with more than a scan reads",
    FetchError.PROTOCOL: "does not answer in valid HTTP",
}
_GONE = frozenset({FetchError.REFUSED, FetchError.TIMEOUT, FetchError.RESET})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the start page is none, as a sentence."""

    reason: str


class Crawl:
    """One site being fetched: `open` it, `fetch` what `frontier` gives, ask for the `site`."""

    def __init__(self, order: Order, client: Client) -> None:
        self.client = client
        self.pages: dict[str, PageFacts] = {}
        self.visits: dict[str, Visit] = {}
        self.unanswered = 0
        self._order = order
        self._selectors = selectors(order.custom_rules)
        self._staging = order.webflow.staging_host if order.webflow else None
        self._aliases: dict[str, str] = {}
        self._styles: dict[str, tuple[str, ...]] = {}
        self._contents: dict[str, str] = {}
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._over_targets = False
        self._probes: asyncio.Task[Probes] | None = None
        self.sitemap = Sitemap()
        self.frontier = Frontier(order.url, max_pages=order.max_pages)

    async def open(self) -> PageFacts | Unreadable:
        """The start page, robots.txt and the sitemaps. Where the start URL leads to is the site."""
        response = await self.client.get_page(self._order.url)
        if problem := _unreadable(response):
            return Unreadable(f"{host_of(self._order.url)} {problem}.")
        start = page_url(response.final_url) or self._order.url
        if registrable_domain(start) != registrable_domain(self._order.url):
            # whoever proved one site has not proved the one it leads to
            return Unreadable(f"{host_of(self._order.url)} leads to {host_of(start)}: scan that address instead.")
        self.robots = await fetch_robots(self.client, start)
        if not self._order.proven:
            self.client.politeness.widen(self.robots.crawl_delay_s)
        self.frontier = Frontier(
            start, max_pages=self._order.max_pages, allowed=self.robots.allowed, prefer=self._order.known
        )
        self.hosts = self.frontier.hosts
        per_host = PER_HOST if self._order.proven else UNPROVEN_PER_HOST
        self._targets = TargetChecker(self.client, self.hosts, per_host=per_host)
        self._targets.know(response)
        # the start page was asked for by a person: it is read whatever robots.txt says of it
        self.frontier.next()
        page = await self._parsed(response, start)
        if not self._order.single:
            self._probes = asyncio.create_task(probe_site(self.client, start, staging_host=self._staging))
            self.sitemap = await fetch_sitemaps(self.client, start, self.robots.sitemaps)
        self._learn(page, 0)
        for url in self.sitemap.urls:
            self.frontier.add(url, Source.SITEMAP)
        return page

    async def fetch(self, entry: Entry) -> PageFacts | None:
        """One page of the frontier; None when the URL turned out to be none, or one that is known already."""
        response = await self.client.get_page(entry.url)
        if self.client.politeness.is_failing(entry.url):
            self.frontier.stop()
        if response.status != 200:
            self._dead(entry.url, response)
            return None
        self._targets.know(response)
        url = page_url(response.final_url) or entry.url
        if url != entry.url:
            self._aliases[entry.url] = url
            if not self.frontier.mark_alias(entry.url, url) or url in self.pages:
                return None
        if not is_html(response):
            self.frontier.skip(url, SkipReason.NOT_A_PAGE)
            return None
        page = await self._parsed(await self._once_more_if_late(response, entry.url), url)
        self._learn(page, entry.depth)
        return page

    async def _once_more_if_late(self, response: Response, url: str) -> Response:
        """A single late answer is a hiccup of ours or theirs: the quicker of two counts."""
        if response.ttfb_ms <= LATE_MS:
            return response
        again = await self.client.get_page(url)
        return replace(response, ttfb_ms=min(response.ttfb_ms, again.ttfb_ms)) if again.status == 200 else response

    def _dead(self, url: str, response: Response) -> None:
        """The verdict is the target checker's: it asks again before a URL is called broken."""
        self._targets.know(response)
        self._ask(url)
        if response.status is not None:
            self.frontier.skip(url, SkipReason.ERROR)
        elif response.error is FetchError.BLOCKED:
            self.frontier.skip(url, SkipReason.REFUSED)
        else:
            self.frontier.skip(url, SkipReason.UNANSWERED)
            self.unanswered += response.error in _GONE

    async def _parsed(self, response: Response, url: str) -> PageFacts:
        if len(response.body) > THREAD_BYTES:
            page = await asyncio.to_thread(parse, response, url, self._selectors)
        else:
            page = parse(response, url, self._selectors)
        # the facts are what is kept: a thousand pages of raw HTML are not
        return replace(page, response=replace(response, body=b""))

    def _learn(self, page: PageFacts, depth: int | None) -> None:
        self.pages[page.url] = page
        clicks = None if depth is None else depth + 1
        for link in page.links:
            if link.url is not None:
                self.follow(link.url, clicks, in_navigation=link.element.component == "Navigation")
        for asset in page.assets:
            if asset.url is not None:
                self._asset(asset)
        for relation in page.relations:
            if relation.url is not None and {"canonical", "alternate"} & set(relation.rel):
                self._ask(relation.url)
        # without one there is nothing to ask: an empty address would be the page itself
        if (named := page.meta("og:image")) and (image := normalise(named, page.final_url)):
            self._ask(image, picture=True)

    def follow(self, url: str, depth: int | None, *, in_navigation: bool = False) -> None:
        """A link: another page to fetch when it is one of ours, else something to check."""
        if self._order.single:
            return self._ask(url)
        if not self.frontier.add(url, Source.NAVIGATION if in_navigation else Source.LINK, depth):
            page = page_url(url)
            if page is not None and not (same_site(page, self.hosts) and self._is_page_or_left_out(page)):
                self._ask(url)

    def _is_page_or_left_out(self, url: str) -> bool:
        """Known as a page, or not to be asked: robots.txt forbids it, or it leads into a trap."""
        reason = self.frontier.reason(url)
        return reason is None or reason in (SkipReason.ROBOTS, SkipReason.TRAP)

    def _asset(self, asset: Asset) -> None:
        assert asset.url is not None
        url = asset.url.partition("#")[0]
        if asset.kind not in (AssetKind.STYLE, AssetKind.SCRIPT) or not same_site(url, self.hosts):
            self._ask(url)
        elif url not in self._asked:
            self._spawn(url, self._read(url, asset.kind))

    async def _read(self, url: str, kind: AssetKind) -> None:
        """A style sheet or script of the site's own. What a style sheet loads (fonts, backgrounds, more sheets) is
        checked as well."""
        response = await self.client.get(url)
        self._targets.know(response)
        if response.status != 200:
            await self._targets.check(url)
            return
        self._contents[url] = content_hash(response.body)
        if kind is AssetKind.STYLE:
            self._styles[url] = tuple(css_assets(response, url))
            for loaded in self._styles[url]:
                self._ask(loaded)

    async def print_of(self, page: PageFacts) -> str:
        """Equal for two loads of a page that look and behave the same: its HTML, the content of the site's own styles
        and scripts, what the site says of its other files' versions, the addresses of foreign ones, and the
        rules; of the customer's own those that judge a visit."""
        parts = [ENGINE, checks.version(), self._order.salt, page.content_hash]
        parts += map(repr, budgets(self._order.custom_rules, page.url))
        files = dict.fromkeys(asset.url.partition("#")[0] for asset in page.assets if asset.url)
        for url in files:
            parts.append(await self._version(url))
            parts += [await self._version(loaded) for loaded in self._styles.get(url, ())]
        return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    async def _version(self, url: str) -> str:
        task = self._asked.get(url)
        if task is None or not same_site(url, self.hosts):
            return url
        await asyncio.wait({task})
        target = self._targets.known(url)
        said = f"{target.state} {target.status} {target.validator}" if target else ""
        return f"{url} {self._contents.get(url) or said}"

    async def verdict(self, url: str) -> Target | None:
        """The fetcher's word on what a page asked for, None when there is none."""
        url = url.partition("#")[0]
        self._ask(url)
        if task := self._asked.get(url):
            await asyncio.wait({task})
        return self._targets.known(url)

    def _ask(self, url: str, *, picture: bool = False) -> None:
        """Checks a URL beside the crawl, once."""
        key = f"picture {url}" if picture else url
        if key in self._asked:
            return
        if len(self._asked) >= MOST_TARGETS:
            self._over_targets = True
            return
        self._spawn(key, self._targets.check_image(url) if picture else self._targets.check(url))

    def _spawn(self, key: str, work: Coroutine[Any, Any, Any]) -> None:
        self._asked[key] = asyncio.create_task(work)

    async def close(self) -> None:
        """Ends what is still being asked: what has no answer yet stays unknown."""
        tasks = list(self._asked.values())
        if self._probes is not None:
            tasks.append(self._probes)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def is_open(self) -> bool:
        return bool(self.pages)

    async def site(self) -> SiteSnapshot:
        """Everything known, once every question asked until now has its answer."""
        while waiting := [task for task in self._asked.values() if not task.done()]:
            await asyncio.gather(*waiting, return_exceptions=True)
        asked = self._probes is not None and not self._probes.cancelled()
        probes = await self._probes if self._probes is not None and asked else None
        links = self._links()
        depths = self._depths(links)
        listed = {self._final(page_url(url) or url) for url in self.sitemap.urls}
        sources: dict[str, list[str]] = {}
        for page, targets in links.items():
            for target in targets:
                sources.setdefault(target, []).append(page)
        return SiteSnapshot(
            start_url=self.frontier.start_url,
            pages={
                url: PageSeen(
                    facts=self.with_styles(page),
                    visit=self.visits.get(url),
                    depth=depths.get(url),
                    in_sitemap=url in listed,
                    sources=tuple(sources.get(url, ())[:SOURCES]),
                )
                for url, page in self.pages.items()
            },
            targets=self._targets.finish(),
            robots=self.robots.snapshot([s.url for s in self.skipped if s.reason == SkipReason.ROBOTS]),
            sitemap=self.sitemap,
            probes=probes if probes else Probes(),
            skipped=self.skipped,
            hosts=self.hosts,
            is_staging=self._order.staging or host_of(self.frontier.start_url).endswith(WEBFLOW_STAGING),
            is_local=self._is_local(),
            staging_hosts=frozenset(filter(None, [self._staging])),
            exhaustive=self.frontier.is_exhausted,
        )

    def _links(self) -> dict[str, list[str]]:
        """Page → pages it links to, redirects followed, links added by script included."""
        links = {}
        for url, page in self.pages.items():
            visit = self.visits.get(url)
            found = [link.url for link in page.links if link.url] + list(visit.links if visit else ())
            targets = (self._final(page_url(target) or target) for target in found)
            links[url] = list(dict.fromkeys(t for t in targets if t in self.pages and t != url))
        return links

    def _final(self, url: str) -> str:
        return self._aliases.get(url, url)

    def _depths(self, links: dict[str, list[str]]) -> dict[str, int]:
        """Clicks from the start page."""
        depths, waiting = {self.frontier.start_url: 0}, deque([self.frontier.start_url])
        while waiting:
            page = waiting.popleft()
            for target in links.get(page, ()):
                if target not in depths:
                    depths[target] = depths[page] + 1
                    waiting.append(target)
        return depths

    def with_styles(self, page: PageFacts) -> PageFacts:
        """With what its style sheets load, as assets of the element that names the sheet."""
        more = [
            Asset(asset.element, _kind(url), url, url, "css")
            for asset in page.assets
            if asset.kind is AssetKind.STYLE and asset.url
            for url in self._styles.get(asset.url.partition("#")[0], ())
        ]
        return replace(page, assets=(*page.assets, *more)) if more else page

    def _is_local(self) -> bool:
        parts = urlsplit(self.frontier.start_url)
        return self._order.policy.opens(parts.hostname or "", parts.port or 80)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.frontier.skipped

    @property
    def limits(self) -> tuple[str, ...]:
        """Caps of the fetch tier that were reached, in words."""
        counts = Counter(skipped.reason for skipped in self.skipped)
        said = []
        if counts[SkipReason.BUDGET]:
            said.append(f"{self._order.max_pages} pages were read; {counts[SkipReason.BUDGET]} more are known")
        if self.is_open and self.robots.stop:
            said.append("robots.txt could not be read, so only the start page was asked for")
        if counts[SkipReason.STOPPED]:
            said.append("the site answered with errors again and again, so no more pages were asked for")
        if self.client.bytes_in >= SCAN_LIMIT:
            said.append(f"{SCAN_LIMIT // 1_000_000} MB were read, the most a scan takes")
        if self._over_targets:
            said.append(f"{MOST_TARGETS:,} links and files were checked, the most a scan checks")
        if cut := sum(page.response.truncated for page in self.pages.values()):
            said.append(f"{cut} pages are longer than a scan reads; their beginning was checked")
        return tuple(said)


def _kind(url: str) -> AssetKind:
    extension = urlsplit(url).path.rpartition(".")[2].lower()
    if extension == "css":
        return AssetKind.STYLE
    return AssetKind.FONT if extension in _FONTS else AssetKind.IMAGE


def _unreadable(response: Response) -> str:
    """Why this is no start page, "" when it is one."""
    if response.error is not None and not (response.truncated and is_html(response)):
        if response.error is FetchError.TOO_LARGE and response.content_type:
            return f"is not a web page but {response.content_type}"
        return _WORDS[response.error]
    if response.status != 200:
        return f"answers {named(response.status or 0)}"
    if response.body and not is_html(response):
        return f"is not a web page but {response.content_type or 'something else'}"
    return ""
