"""Canonicals: which address of a page search engines shall list. A wrong one takes a page out of search without a
trace."""

from __future__ import annotations

from collections.abc import Iterator

from scans.checks import addresses
from scans.checks.pages import is_noindex, is_own, is_page, pages, target_evidence, why
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import FetchError, PageFacts, Problem, Relation, Severity, SiteSnapshot, TargetState

MISSING = Rule(
    "metadata.canonical-missing",
    Severity.MINOR,
    "This page does not name its main address",
    "When it can be opened under several addresses, search engines choose one by themselves. In Webflow: Site "
    "settings › SEO › Global canonical tag URL, enter your domain (https://www.your-company.com) and publish.",
)
MULTIPLE = Rule(
    "metadata.canonical-multiple",
    Severity.SERIOUS,
    "This page names two different main addresses",
    "Search engines then ignore both canonical tags. In Webflow, keep one: Site settings › SEO › Global canonical "
    "tag URL, or the tag in Page settings › Custom code › Inside <head> tag.",
)
BROKEN = Rule(
    "metadata.canonical-broken",
    Severity.SERIOUS,
    "This page's main address cannot be listed",
    "The canonical tag sends search engines to an address that fails, redirects or asks not to be listed, so neither "
    "page is found. In the Designer: Pages panel › the page's gear › SEO settings › Canonical tag or Custom code, "
    "and name the page's final address; for all pages, Site settings › SEO › Global canonical tag URL.",
)
OFFSITE = Rule(
    "metadata.canonical-offsite",
    Severity.SERIOUS,
    "This page hands its place in search to another site",
    "The canonical tag says that the original is on a staging or foreign host, so search engines list that one in "
    "place of yours. In Webflow: Site settings › SEO › Global canonical tag URL must be your own domain; also look "
    "in Page settings › Custom code.",
)


@page_check(MISSING, MULTIPLE)
def check_canonicals(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page):
        return
    named = [relation.url or relation.raw for relation in page.related("canonical")]
    if not named and page.indexable:
        yield MISSING.problem(page.url, "The page has no canonical tag")
    if len(set(named)) > 1:
        yield MULTIPLE.problem(page.url, f"{len(named)} canonical tags: {', '.join(named[:5])}", canonicals=named[:10])


@crawl_check(BROKEN, OFFSITE)
def check_canonical_targets(site: SiteSnapshot) -> Iterator[Problem]:
    for seen in pages(site):
        canonicals = seen.facts.related("canonical")
        if canonicals:
            yield from _judge(site, seen.facts, canonicals[0])


def _judge(site: SiteSnapshot, page: PageFacts, canonical: Relation) -> Iterator[Problem]:
    if canonical.url is None or not addresses.is_web(canonical.url):
        message = f"The canonical is no web address: {canonical.raw}"
        yield BROKEN.problem(page.url, message, cause=canonical.raw, target=canonical.raw)
        return
    url = addresses.without_fragment(canonical.url)
    if not is_own(url, site):
        yield from _offsite(site, page, url)
        return
    fault = _fault(site, page, url)
    if fault:
        target = site.targets.get(url)
        evidence = target_evidence(target) if target else {"target": url}
        yield BROKEN.problem(page.url, f"The canonical {url} cannot be listed: {fault}", cause=url, **evidence)


def _offsite(site: SiteSnapshot, page: PageFacts, url: str) -> Iterator[Problem]:
    """A staging site's canonical points at the live one, as it should."""
    host = addresses.host(url)
    twin = addresses.bare(host) in {addresses.bare(own) for own in site.hosts}
    if not (site.is_staging or twin or host in site.syndication_hosts):
        what = "the staging host" if addresses.is_staging(url, site.staging_hosts) else "another host,"
        yield OFFSITE.problem(page.url, f"The canonical points at {what} {host}", cause=host, target=url)


def _fault(site: SiteSnapshot, page: PageFacts, url: str) -> str:
    target, named = site.targets.get(url), site.pages.get(url)
    if target and target.error is not FetchError.BLOCKED:
        if target.state is TargetState.BROKEN:
            return why(target)
        if target.state is TargetState.OK and target.chain:
            return f"it redirects to {target.final_url}"
    if named and named.facts.url != page.url and is_noindex(named.facts):
        return "it says noindex"
    return ""
