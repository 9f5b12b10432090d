"""Links, as the place they name: a staging host, somebody's own computer, a section that is not on the page.

In: the whole site. Out: one problem for each link. Sections are judged last, with the ids that scripts made in the
visited pages; a page nobody visited is judged by its HTML, and one whose scripts may add ids is put as a question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from scans.checks import addresses
from scans.checks.links import address, capped, is_control, is_malformed, label
from scans.checks.pages import is_own, is_page, pages
from scans.checks.registry import Rule, crawl_check, site_check
from scans.snapshot import (
    AssetKind,
    Confidence,
    FetchError,
    Link,
    PageFacts,
    PageSeen,
    Problem,
    Severity,
    SiteSnapshot,
    TargetState,
)

STAGING = Rule(
    "links.staging",
    Severity.SERIOUS,
    "This link leads to a staging site",
    "Visitors leave the live site for its unfinished copy (or for the template's demo), and search engines see "
    "everything twice. In the Designer: select the link › Element settings panel (D) › Link settings, and choose the "
    "page itself in place of the webflow.io address.",
)
LOCAL = Rule(
    "links.local",
    Severity.SERIOUS,
    "This link only works on your own computer or account",
    "It names a file, a private network or the Webflow Designer, which no visitor can open. In the Designer: select "
    "the link › Element settings panel (D) › Link settings, and choose the public page. For a file, use Link "
    "settings › File and upload it.",
)
BROKEN_FRAGMENT = Rule(
    "links.broken-fragment",
    Severity.MODERATE,
    "This link jumps to a section that is not there",
    "The click does nothing or stays at the top of the page, because no element has that ID. In the Designer: select "
    "the section › Element settings panel (D) › ID and enter the name after the #, or select the link › Link "
    "settings › Page section and choose one that exists.",
)

TOP = "top"
DIRECTIVE = ":~:"  # text fragments, https://wicg.github.io/scroll-to-text-fragment/
ROUTES = ("/", "!")  # "#/shop" and "#!shop" are addresses inside an app
# Scripts known to add no sections: Webflow's runtime, its libraries, measuring and consent.
HARMLESS = re.compile(
    r"/js/webflow|\.webflow\.|/js/[\w.-]*\.[0-9a-f]{8,}\.js|jquery|webfont|gsap|modernizr|html5shiv|googletagmanager|"
    r"google-analytics|gtag|recaptcha|turnstile|hotjar|clarity|fbevents|plausible|cookie|consent|email-decode",
    re.I,
)


@crawl_check(STAGING, LOCAL)
def check_hosts(site: SiteSnapshot) -> Iterator[Problem]:
    probed = (site.probes.staging, site.probes.staging_robots)
    staging = site.staging_hosts | {addresses.host(response.url) for response in probed if response}
    for seen in pages(site):
        yield from capped(p for link in seen.facts.links for p in _on_host(site, staging, seen.facts.url, link))


def _on_host(site: SiteSnapshot, staging: frozenset[str], page_url: str, link: Link) -> Iterator[Problem]:
    url = address(link)
    if url is None or is_own(url, site) or is_malformed(link):
        return
    if not site.is_staging and addresses.is_web(url) and addresses.is_staging(url, staging):
        message = f"{label(link)} leads to the staging address {url}"
        yield STAGING.problem(page_url, message, element=link.element, cause=addresses.host(url), target=url)
    elif addresses.is_local(url) and not _is_opened(site, url):
        cause = addresses.without_fragment(url)
        yield LOCAL.problem(page_url, f"{label(link)} leads to {url}", element=link.element, cause=cause, target=url)


def _is_opened(site: SiteSnapshot, url: str) -> bool:
    """On a test host, a local neighbour that our own policy let us ask stands for another site."""
    target = site.targets.get(addresses.without_fragment(url))
    if not site.is_local or target is None or target.error is FetchError.BLOCKED:
        return False
    return target.state is not TargetState.NOT_CHECKED


@dataclass(frozen=True, slots=True)
class _Anchors:
    """The ids of every page, by each address that leads to it. `made`: ids that scripts made on pages of a template."""

    by_place: dict[str, PageSeen]
    made: dict[str, frozenset[str]]

    def verdict(self, page: PageSeen, name: str) -> Confidence | None:
        """How sure it is that the page has no such id; None when it has one, or a page of the same template."""
        names = {name, unquote(name)}
        known = page.facts.ids | self.made.get(page.facts.template, frozenset())
        if not names.isdisjoint(known | (page.visit.ids if page.visit else frozenset())):
            return None
        settled = page.visit is not None and page.visit.error is None
        return Confidence.CONFIRMED if settled or not _may_add_ids(page.facts) else Confidence.NEEDS_REVIEW


@site_check(BROKEN_FRAGMENT)
def check_fragments(site: SiteSnapshot) -> Iterator[Problem]:
    anchors = _Anchors(_places(site), _made(site))
    for seen in pages(site):
        yield from capped(p for link in seen.facts.links for p in _on_section(anchors, seen.facts.url, link))


def _on_section(anchors: _Anchors, page_url: str, link: Link) -> Iterator[Problem]:
    target, _, name = (link.url or "").partition("#")
    name = name.partition(DIRECTIVE)[0]
    if not name or name.lower() == TOP or name.startswith(ROUTES) or not addresses.is_web(target):
        return
    page = anchors.by_place.get(target)
    confidence = anchors.verdict(page, name) if page and not is_malformed(link) else None
    if page is None or confidence is None or is_control(link.element):
        return
    here = page_url in (page.facts.url, page.facts.final_url)
    message = f"{label(link)} jumps to #{unquote(name)}, but {'this page' if here else target} has no such section"
    # The same "#prices" in the navigation of forty pages is one mistake; "/plans#prices" is one of that page.
    cause = f"#{name}" if here else f"{target}#{name}"
    yield BROKEN_FRAGMENT.problem(
        page_url, message, element=link.element, cause=cause, confidence=confidence, target=link.url, fragment=name
    )


def _places(site: SiteSnapshot) -> dict[str, PageSeen]:
    by_final = {seen.facts.final_url: seen for seen in pages(site)}
    moved = {
        url: by_final[target.final_url]
        for url, target in site.targets.items()
        if target.final_url in by_final and target.state is TargetState.OK
    }
    return moved | by_final | {url: seen for url, seen in site.pages.items() if is_page(seen.facts)}


def _made(site: SiteSnapshot) -> dict[str, frozenset[str]]:
    made: dict[str, frozenset[str]] = defaultdict(frozenset)
    for seen in pages(site):
        if seen.visit and seen.facts.template:
            made[seen.facts.template] |= seen.visit.ids - seen.facts.ids
    return made


def _may_add_ids(facts: PageFacts) -> bool:
    scripts = (asset.url or "" for asset in facts.assets if asset.kind is AssetKind.SCRIPT)
    return any(url and not HARMLESS.search(url) for url in scripts)
