"""The site's hosting: what a certificate, robots.txt, the twin host and an invented path answer.

In: the answers that were asked for beside the pages (`SiteSnapshot.probes`). Out: at most one problem for each rule,
on the start page. A probe that had no answer says nothing, and loopback or test hosts say nothing about TLS and
hosts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from scans.checks import addresses
from scans.checks.pages import chain_evidence, is_own, pages
from scans.checks.registry import Rule, crawl_check
from scans.snapshot import Link, PageFacts, Problem, Severity, SiteSnapshot

ROBOTS_BLOCKS_ALL = Rule(
    "site.robots-blocks-all",
    Severity.CRITICAL,
    "Search engines may not read this site at all",
    "robots.txt forbids every page, so the site disappears from search. In Webflow: Site settings › SEO › Indexing › "
    "robots.txt, take out “Disallow: /”, save and publish.",
)
SOFT_404 = Rule(
    "site.soft-404",
    Severity.SERIOUS,
    "Addresses that do not exist answer as if they did",
    "Search engines collect endless empty pages, and dead links go unnoticed. Webflow's own hosting answers 404: "
    "look at the proxy or redirect in front of it, and under Site settings › Publishing › 301 redirects for a rule "
    "that catches every path.",
)
DEFAULT_404 = Rule(
    "site.default-404",
    Severity.MINOR,
    "The “page not found” page is still Webflow's own",
    "Visitors who mistype an address meet a page without your words and ways out. In the Designer: Pages panel › "
    "Utility pages › 404, and write what they can do now.",
)
HOST_DUPLICATE = Rule(
    "site.host-duplicate",
    Severity.MODERATE,
    "The site answers with and without www",
    "Search engines see two equal sites and split their value. In Webflow: Site settings › Publishing › Production, "
    "connect both domains and choose one as the default; the other then redirects.",
)
HTTPS_NOT_ENFORCED = Rule(
    "site.https-not-enforced",
    Severity.SERIOUS,
    "The site can be opened without encryption",
    "Everybody on the way can read and change what visitors see and send, and browsers warn of it. In Webflow: Site "
    "settings › Publishing › Advanced publishing options › Enable SSL, then publish.",
)
TLS_INVALID = Rule(
    "site.tls-invalid",
    Severity.CRITICAL,
    "Browsers warn visitors away from this site",
    "The certificate does not verify, so visitors see a full-page warning. In Webflow: Site settings › Publishing › "
    "Production, check the domain's DNS records there and publish again; with a proxy in front, renew its "
    "certificate.",
)
TLS_EXPIRING = Rule(
    "site.tls-expiring",
    Severity.MODERATE,
    "The site's certificate ends soon",
    "After that day, browsers warn visitors away. Webflow renews by itself while the DNS records are right: Site "
    "settings › Publishing › Production, look for a warning beside the domain; with a proxy in front, renew its "
    "certificate.",
)
MIXED_HOSTS = Rule(
    "site.mixed-hosts",
    Severity.MINOR,
    "This page's links use another host name of the site",
    "Each such click costs a redirect, and search engines see two addresses of each page. In the Designer: select "
    "the link › Element settings panel (D) › Link settings, and choose the page instead of a full address.",
)

TLS_DAYS_LEFT = 21
# The 404 page that every Webflow site starts with.
WEBFLOW_404 = re.compile(r"the page you are looking for doesn['’]t exist or has been moved", re.I)


@crawl_check(ROBOTS_BLOCKS_ALL)
def check_robots(site: SiteSnapshot) -> Iterator[Problem]:
    robots = site.robots
    if robots.blocks_all and robots.status == 200 and not site.is_staging:
        message = "robots.txt forbids every page to search engines"
        yield ROBOTS_BLOCKS_ALL.problem(
            site.start_url, message, cause=robots.url, target=robots.url, text=robots.text[:500]
        )


@crawl_check(SOFT_404, DEFAULT_404)
def check_not_found(site: SiteSnapshot) -> Iterator[Problem]:
    answer = site.probes.not_found
    if answer is None:
        return
    if answer.status == 200:
        chain = chain_evidence(answer.response.chain)
        message = f"{answer.url} does not exist but answers 200"
        yield SOFT_404.problem(
            site.start_url, message, cause="404", target=answer.url, status=200, chain=chain, error=None
        )
    elif _is_webflows(answer):
        message = "The 404 page has only Webflow's default text"
        yield DEFAULT_404.problem(site.start_url, message, cause="404", target=answer.url, status=answer.status)


def _is_webflows(answer: PageFacts) -> bool:
    texts = [block.text for block in answer.texts] or [answer.main_text]
    return any(WEBFLOW_404.search(text) for text in texts)


@crawl_check(HOST_DUPLICATE, HTTPS_NOT_ENFORCED)
def check_twins(site: SiteSnapshot) -> Iterator[Problem]:
    if site.is_local:
        return
    other, plain = site.probes.other_host, site.probes.plain_http
    host = addresses.host(other.final_url) if other else ""
    if other and other.status == 200 and host != _main_host(site):
        message = f"{host} answers 200 as well, instead of redirecting to {_main_host(site)}"
        yield HOST_DUPLICATE.problem(
            site.start_url, message, cause=host, target=other.url, status=200, host=_main_host(site)
        )
    if plain and plain.status == 200 and plain.final_url.startswith("http://"):
        message = f"{plain.final_url} answers 200 instead of redirecting to https"
        yield HTTPS_NOT_ENFORCED.problem(site.start_url, message, cause="https", target=plain.url, status=200)


@crawl_check(TLS_INVALID, TLS_EXPIRING)
def check_certificate(site: SiteSnapshot) -> Iterator[Problem]:
    tls = site.probes.tls
    if tls is None or site.is_local:
        return
    if tls.error:
        yield TLS_INVALID.problem(
            site.start_url,
            f"The certificate is not valid: {tls.error}",
            cause="tls",
            error=tls.error,
            days_left=tls.days_left,
        )
    elif tls.days_left is not None and tls.days_left < 0:
        yield TLS_INVALID.problem(site.start_url, "The certificate has expired", cause="tls", days_left=tls.days_left)
    elif tls.days_left is not None and tls.days_left < TLS_DAYS_LEFT:
        message = f"The certificate ends in {tls.days_left} days"
        yield TLS_EXPIRING.problem(site.start_url, message, cause="tls", days_left=tls.days_left)


@crawl_check(MIXED_HOSTS)
def check_mixed_hosts(site: SiteSnapshot) -> Iterator[Problem]:
    """One problem for each page and host that is not the one the scan started on."""
    main = _main_host(site)
    for seen in pages(site):
        first, counts = _other_hosts(site, seen.facts, main)
        for host, link in first.items():
            message = f"{counts[host]} links of this page go to {host} instead of {main}"
            yield MIXED_HOSTS.problem(
                seen.facts.url, message, element=link.element, cause=host, target=link.url, links=counts[host]
            )


def _other_hosts(site: SiteSnapshot, page: PageFacts, main: str) -> tuple[dict[str, Link], Counter[str]]:
    """Own hosts other than the main one that the page links to: the first link to each, and how many there are."""
    first: dict[str, Link] = {}
    counts: Counter[str] = Counter()
    for link in page.links if addresses.host(page.final_url) == main else ():
        host = addresses.host(link.url) if link.url and addresses.is_web(link.url) else main
        if host != main and link.url and is_own(link.url, site):
            first.setdefault(host, link)
            counts[host] += 1
    return first, counts


def _main_host(site: SiteSnapshot) -> str:
    """Where the start page ended up."""
    start = site.pages.get(site.start_url)
    return addresses.host(start.facts.final_url if start else site.start_url)
