"""Links, as their targets answered: broken, unverifiable, redirected, insecure.

In: every target's verdict (confirmed by a second try before it is BROKEN) and every page's links. Out: one problem
for each link to a target at fault; `cause` is the target, so one dead URL linked from forty pages is one issue. Our
own refusal to open an address is never the site's fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from scans.checks import addresses
from scans.checks.links import capped, is_malformed, label
from scans.checks.pages import is_own, pages, target_evidence, why
from scans.checks.registry import Rule, crawl_check
from scans.snapshot import Confidence, FetchError, PageFacts, Problem, Severity, SiteSnapshot, Target, TargetState

BROKEN_INTERNAL = Rule(
    "links.broken-internal",
    Severity.SERIOUS,
    "This link leads to a page of yours that does not open",
    "Visitors land on an error page, and search engines lose the way. In the Designer: select the link › Element "
    "settings panel (D) › Link settings, and choose a page that exists. If the page was renamed or deleted, also add "
    "a redirect under Site settings › Publishing › 301 redirects.",
)
BROKEN_EXTERNAL = Rule(
    "links.broken-external",
    Severity.MODERATE,
    "This link leads to another site's dead page",
    "Visitors who follow it get an error. In the Designer: select the link › Element settings panel (D) › Link "
    "settings › URL, and enter the page's new address or take the link out. In a CMS list, change the item's link "
    "field in the CMS panel.",
)
UNVERIFIABLE = Rule(
    "links.unverifiable-external",
    Severity.INFO,
    "We could not check this link: the other site turns robots away",
    "The other site asks for a login, blocks automatic visitors or was too slow. The link may well work: open it "
    "once by hand, and ignore this if it does.",
    Confidence.NEEDS_REVIEW,
)
REDIRECT_CHAIN = Rule(
    "links.redirect-chain",
    Severity.MINOR,
    "This link takes several detours",
    "Each redirect costs the visitor time and search engines may give up. In the Designer: select the link › Element "
    "settings panel (D) › Link settings, and choose the final page. Then shorten the list under Site settings › "
    "Publishing › 301 redirects, so that each old path leads straight to the final one.",
)
REDIRECT_LOOP = Rule(
    "links.redirect-loop",
    Severity.SERIOUS,
    "This link runs in circles",
    "The address redirects to itself without end, so browsers show an error. In Webflow: Site settings › Publishing "
    "› 301 redirects, and remove the rule that points back to a path which is redirected itself.",
)
REDIRECTED = Rule(
    "links.redirected-internal",
    Severity.INFO,
    "This link points at a page's old address",
    "It works, but only over a permanent redirect. In the Designer: select the link › Element settings panel (D) › "
    "Link settings, and choose the page it ends at.",
)
INSECURE = Rule(
    "links.insecure",
    Severity.MINOR,
    "This link uses http although the site offers https",
    "The first request travels unencrypted and costs a redirect. In the Designer: select the link › Element settings "
    "panel (D) › Link settings › URL, and write https:// in place of http://.",
)

PERMANENT = (301, 308)
LOCALE_PATH = re.compile(r"/[a-z]{2,3}(-[a-z0-9]{2,4})?", re.I)
EXCLUDED = "excluded"  # why the customer's own settings left a URL out
Said = list[tuple[Rule, str]]


@crawl_check(BROKEN_INTERNAL, BROKEN_EXTERNAL, UNVERIFIABLE, REDIRECT_CHAIN, REDIRECT_LOOP, REDIRECTED, INSECURE)
def check_targets(site: SiteSnapshot) -> Iterator[Problem]:
    verdicts = _verdicts(site)
    for seen in pages(site):
        yield from capped(_on_page(site, seen.facts, verdicts))


def _on_page(site: SiteSnapshot, page: PageFacts, verdicts: dict[str, Said]) -> Iterator[Problem]:
    for link in page.links:
        url = addresses.without_fragment(link.url or "")
        if url in verdicts and not is_malformed(link):
            evidence = target_evidence(site.targets[url])
            for rule, sentence in verdicts[url]:
                message = f"{label(link)} leads to {url}: {sentence}"
                yield rule.problem(page.url, message, element=link.element, cause=url, **evidence)


def _verdicts(site: SiteSnapshot) -> dict[str, Said]:
    """What is to be said of each target, asked once however often it is linked."""
    secure = _secure_hosts(site)
    excluded = {skipped.url for skipped in site.skipped if skipped.reason == EXCLUDED}
    verdicts = {}
    for url, target in site.targets.items():
        if not addresses.is_web(url) or url in excluded or target.error is FetchError.BLOCKED:
            continue
        said = _own(target) if is_own(url, site) else _foreign(target)
        if url.startswith("http://") and addresses.host(url) in secure:
            said.append((INSECURE, "the same address is served over https"))
        if said:
            verdicts[url] = said
    return verdicts


def _own(target: Target) -> Said:
    if target.error is FetchError.REDIRECT_LOOP:
        return [(REDIRECT_LOOP, "its redirects never end")]
    if target.state is TargetState.BROKEN:
        return [(BROKEN_INTERNAL, why(target))]
    return _redirected(target) if target.state is TargetState.OK and target.chain else []


def _foreign(target: Target) -> Said:
    if target.state is TargetState.UNVERIFIABLE:
        return [(UNVERIFIABLE, why(target))]
    if target.state is not TargetState.BROKEN:
        return []
    if target.error is FetchError.REDIRECT_LOOP:
        return [(REDIRECT_LOOP, "its redirects never end")]
    return [(BROKEN_EXTERNAL, why(target))]


def _redirected(target: Target) -> Said:
    stops = [hop.url for hop in target.chain] + [target.final_url]
    steps = list(pairwise(stops))
    hops = len(steps) - any(_is_host_hop(here, there) for here, there in steps)  # one of http→https or www is normal
    if hops >= 2:
        return [(REDIRECT_CHAIN, f"{len(steps)} redirects until {target.final_url}")]
    if target.chain[0].status in PERMANENT and not _is_normal(target.url, target.final_url):
        return [(REDIRECTED, f"it moved for good to {target.final_url}")]
    return []


def _is_host_hop(here: str, there: str) -> bool:
    host, *rest = addresses.place(here)
    other, *other_rest = addresses.place(there)
    return here != there and rest == other_rest and addresses.bare(host) == addresses.bare(other)


def _is_normal(url: str, final: str) -> bool:
    """A trailing slash, http→https (links.insecure tells that), or the home page sending readers to their language."""
    if addresses.place(url) == addresses.place(final):
        return True
    at_home = addresses.split(url).path in ("", "/")
    return at_home and LOCALE_PATH.fullmatch(addresses.split(final).path.rstrip("/")) is not None


def _secure_hosts(site: SiteSnapshot) -> set[str]:
    """Hosts that answered over https in this scan, whatever they answered."""
    answered = (
        url
        for target in site.targets.values()
        if target.status is not None
        for url in (target.url, *(hop.url for hop in target.chain), target.final_url)
    )
    return {addresses.host(url) for url in answered if url.startswith("https://")}
