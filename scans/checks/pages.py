"""Words about pages that several families share: which answers are pages at all, which of them search engines may
list, and what is kept as evidence of a link's target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scans.checks import addresses
from scans.snapshot import Hop, PageFacts, PageSeen, SiteSnapshot, Target

HTML_TYPES = ("", "text/html", "application/xhtml+xml")
EVIDENCE_PAGES = 50
# Pages that a site wants kept out of search: Webflow's utility and shop pages, and what templates bring along.
UTILITY = re.compile(
    r"thanks?(-?you)?(-.*)?|danke|merci|gracias|grazie|obrigado|bedankt|40[14]|(page-)?not-found|search(-results)?|suche|"
    r"(.*-)?password(-.*)?|access-denied|user-account|checkout|paypal-checkout|order-confirmation|cart|"
    r"style-?guide|licen[sc](e|es|ing)|change-?log|instructions"
)

STYLE_GUIDE = re.compile(r"/style-?guide(?:\.html)?/?$", re.IGNORECASE)


def is_page(facts: PageFacts) -> bool:
    """It answers 200 with HTML. Nothing is taken from error pages: their links are the template's, not the author's."""
    return facts.status == 200 and facts.response.content_type in HTML_TYPES


def pages(site: SiteSnapshot) -> Iterator[PageSeen]:
    return (seen for seen in site.pages.values() if is_page(seen.facts))


def is_own(url: str, site: SiteSnapshot) -> bool:
    return addresses.host(url) in site.hosts


def is_utility(url: str) -> bool:
    path = addresses.split(url).path.lower().removesuffix(".html")
    return any(UTILITY.fullmatch(part) for part in path.split("/"))


def is_sampler(facts: PageFacts) -> bool:
    """A style guide kept out of search: sample texts and several main headings are what it is for."""
    return is_noindex(facts) and STYLE_GUIDE.search(addresses.split(facts.final_url).path) is not None


def is_noindex(facts: PageFacts) -> bool:
    return bool(facts.robots_directives & {"noindex", "none"})


def is_listed(facts: PageFacts) -> bool:
    """Search engines may list it under its own URL: indexable, and its canonical does not hand over to another page."""
    if not (is_page(facts) and facts.indexable):
        return False
    own = {addresses.place(facts.url), addresses.place(facts.final_url)}
    named = [relation.url for relation in facts.related("canonical") if relation.url]
    return not named or addresses.place(named[0]) in own


def chain_evidence(chain: tuple[Hop, ...]) -> list[dict[str, Any]]:
    return [{"url": hop.url, "status": hop.status} for hop in chain]


def target_evidence(target: Target) -> dict[str, Any]:
    """What the reports promise for links, images and resources: target, status, chain, error; `final_url` where a chain
    ended."""
    ended = {"final_url": target.final_url} if target.chain and target.final_url else {}
    return {
        "target": target.url,
        "status": target.status,
        "chain": chain_evidence(target.chain),
        **ended,
        "error": target.error.value if target.error else None,
    }


def why(target: Target) -> str:
    """In words, why a target is not all right."""
    if target.detail:
        return target.detail
    if target.status is not None:
        return f"the answer is {target.status}"
    return f"there is no answer ({target.error.value})" if target.error else "there is no answer"
