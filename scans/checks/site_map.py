"""The site as a map: which pages the sitemap lists and the links reach, and where the two disagree.

In: all pages, with their depth in clicks, and the sitemap. Out: one problem for each page or listed URL.
"""

from __future__ import annotations

from collections.abc import Iterator

from scans.checks import addresses
from scans.checks.pages import is_listed, is_noindex, is_own, is_utility, pages, target_evidence, why
from scans.checks.registry import Rule, crawl_check, site_check
from scans.snapshot import FetchError, PageSeen, Problem, Severity, SiteSnapshot, Target, TargetState

SITEMAP_MISSING = Rule(
    "site.sitemap-missing",
    Severity.MINOR,
    "This site has no sitemap",
    "Search engines find new and changed pages later. In Webflow: Site settings › SEO › Sitemap, switch on "
    "“Auto-generate sitemap” and publish.",
)
SITEMAP_BROKEN_URL = Rule(
    "site.sitemap-broken-url",
    Severity.MODERATE,
    "The sitemap lists an address that it should not",
    "Search engines trust a sitemap less with every entry that fails, redirects, asks not to be listed or belongs to "
    "another host. In Webflow: Site settings › SEO › Sitemap, generate it anew and check the default domain under "
    "Publishing; for one page, Pages panel › the page's gear › SEO settings › Sitemap indexing.",
)
SITEMAP_INCOMPLETE = Rule(
    "site.sitemap-incomplete",
    Severity.MINOR,
    "This page is not in the sitemap",
    "Search engines learn of its changes later. In the Designer: Pages panel › the page's gear › SEO settings › "
    "Sitemap indexing, switch it on and publish; with a sitemap of your own, add the page under Site settings › SEO "
    "› Sitemap.",
)
ORPHAN_PAGE = Rule(
    "site.orphan-page",
    Severity.MINOR,
    "No link leads to this page",
    "It is online and in the sitemap, but visitors cannot find their way to it. Link to it from the navigation or a "
    "fitting page, or take it offline in the Designer: Pages panel › the page's gear › Draft.",
)
DEEP_PAGE = Rule(
    "site.deep-page",
    Severity.INFO,
    "This page takes more than four clicks to reach",
    "Few visitors go that far, and search engines come by rarely. In the Designer, link to it from the navigation, a "
    "category page or a list of related pages.",
)

DEPTH_MAX = 4


@crawl_check(SITEMAP_MISSING)
def check_sitemap(site: SiteSnapshot) -> Iterator[Problem]:
    if site.sitemap.files or site.is_staging:
        return
    named = site.robots.sitemaps
    what = (
        f"The sitemap in robots.txt cannot be read: {named[0]}"
        if named
        else "No sitemap in robots.txt or at /sitemap.xml"
    )
    yield SITEMAP_MISSING.problem(
        site.start_url, what, cause="sitemap", target=named[0] if named else "", errors=list(site.sitemap.errors[:10])
    )


@crawl_check(SITEMAP_BROKEN_URL)
def check_sitemap_urls(site: SiteSnapshot) -> Iterator[Problem]:
    for url in dict.fromkeys(site.sitemap.urls):
        if not is_own(url, site):
            if not site.is_staging:  # the sitemap of a staging host lists the live one, as it should
                host = addresses.host(url)
                message = f"The sitemap lists {url}, which is on another host"
                yield SITEMAP_BROKEN_URL.problem(
                    url, message, cause=host, target=url, sitemaps=list(site.sitemap.files[:5])
                )
            continue
        fault = _fault(site, url)
        if fault:
            target = site.targets.get(url)
            evidence = target_evidence(target) if target else {"target": url}
            message = f"The sitemap lists {url}: {fault}"
            yield SITEMAP_BROKEN_URL.problem(url, message, cause=url, sitemaps=list(site.sitemap.files[:5]), **evidence)


def _fault(site: SiteSnapshot, url: str) -> str:
    target, seen = site.targets.get(url), site.pages.get(url)
    if target and (fault := _answer_fault(target)):
        return fault
    if seen is None:
        return ""
    if seen.facts.status not in (None, 200):
        return f"the answer is {seen.facts.status}"
    if seen.facts.response.chain:
        return f"it redirects to {seen.facts.final_url}"
    return "it says noindex" if is_noindex(seen.facts) else ""


def _answer_fault(target: Target) -> str:
    if target.error is FetchError.BLOCKED:  # our own refusal
        return ""
    if target.state is TargetState.BROKEN:
        return why(target)
    return f"it redirects to {target.final_url}" if target.state is TargetState.OK and target.chain else ""


@crawl_check(SITEMAP_INCOMPLETE)
def check_sitemap_complete(site: SiteSnapshot) -> Iterator[Problem]:
    """Silent where the sitemap lists nothing of this host: then site.sitemap-broken-url says so."""
    listed = {addresses.place(url) for url in site.sitemap.urls if is_own(url, site)}
    for seen in pages(site) if listed and not site.is_staging else ():
        url = seen.facts.final_url
        linked = seen.depth is not None and is_own(url, site)
        if linked and is_listed(seen.facts) and not seen.in_sitemap and not _is_extra(url, listed):
            message = "Pages link here, but the sitemap does not list it"
            yield SITEMAP_INCOMPLETE.problem(seen.facts.url, message, sources=list(seen.sources[:5]))


def _is_extra(url: str, listed: set[tuple[str, str, str]]) -> bool:
    """Listed after all, a later page of a list, or a page that nobody looks for."""
    here = addresses.place(url)
    return here in listed or addresses.first_of_pages(url) != here or is_utility(url)


@site_check(ORPHAN_PAGE)
def check_orphans(site: SiteSnapshot) -> Iterator[Problem]:
    """After all visits, because a script may have made the link. A crawl that was cut short has not seen every link."""
    if not site.exhaustive:
        return
    linked = {place for seen in pages(site) for place in _leads_to(seen)}
    for seen in pages(site):
        url = seen.facts.final_url
        if seen.depth is None and not _is_left_alone(site, seen) and addresses.place(url) not in linked:
            how = "The sitemap lists this page" if seen.in_sitemap else "This page is online"
            yield ORPHAN_PAGE.problem(seen.facts.url, f"{how}, but no page links to it", in_sitemap=seen.in_sitemap)


def _leads_to(seen: PageSeen) -> set[tuple[str, str, str]]:
    """Where a page leads, by itself or by its scripts, other than to itself."""
    urls = [link.url for link in seen.facts.links if link.url] + list(seen.visit.links if seen.visit else ())
    return {addresses.place(url) for url in urls} - {addresses.place(seen.facts.final_url)}


def _is_left_alone(site: SiteSnapshot, seen: PageSeen) -> bool:
    """The home page, what is not meant to be found, and an address that only redirects to a page of its own."""
    url = seen.facts.final_url
    at_home = url == site.start_url or addresses.split(url).path in ("", "/")
    return at_home or is_noindex(seen.facts) or is_utility(url) or bool(seen.facts.response.chain)


@crawl_check(DEEP_PAGE)
def check_depth(site: SiteSnapshot) -> Iterator[Problem]:
    for seen in pages(site):
        if seen.depth is not None and seen.depth > DEPTH_MAX:
            message = f"This page is {seen.depth} clicks away from the start page"
            yield DEEP_PAGE.problem(
                seen.facts.url, message, depth=seen.depth, limit=DEPTH_MAX, sources=list(seen.sources[:5])
            )
