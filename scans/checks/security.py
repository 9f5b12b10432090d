"""What a page gives away or leaves open: private keys, missing protective headers, links that hand over the window.

In: what the parser found (keys are masked before they get here) and the headers of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.checks import addresses
from scans.checks.links import LINKS_A_PAGE, label
from scans.checks.pages import is_page, pages
from scans.checks.registry import Rule, crawl_check, page_check
from scans.snapshot import PageFacts, Problem, Severity, SiteSnapshot

EXPOSED_SECRET = Rule(
    "security.exposed-secret",
    Severity.CRITICAL,
    "A private key is shown to everybody",
    "Whoever opens the page's source can use it in your name: take payments, read files, post messages. First make it "
    "void where it was made (Stripe, AWS, Slack, GitHub, …) and make a new one; then delete it from Page or Site "
    "settings › Custom code, or from the Code Embed. A key that was published once stays known.",
)
HEADERS = Rule(
    "security.headers",
    Severity.MINOR,
    "Answers lack protective headers",
    "They tell browsers to insist on https, not to guess file types, and not to show your pages inside other sites. "
    "On Webflow: Site settings › Publishing › Advanced publishing options, as far as your plan has the switches; on "
    "your own server or proxy, add the headers that are named here.",
)
OPEN_TARGET = Rule(
    "security.open-target",
    Severity.INFO,
    "The opened page can steer this one",
    "The link opens a new tab and, by rel=opener, lets it send this tab elsewhere. Select the link and delete rel "
    "under Element settings (D) › Custom attributes; without it browsers are safe.",
)

_ONE_TIME = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)


@page_check(EXPOSED_SECRET)
def exposed_secrets(page: PageFacts) -> Iterator[Problem]:
    for secret in page.secrets if is_page(page) else ():
        yield EXPOSED_SECRET.problem(
            page.url,
            f"The source of the page holds a {secret.kind}: {secret.masked}",
            element=secret.element,
            cause=f"{secret.kind} {secret.masked}",
            kind=secret.kind,
            key=secret.masked,
        )


@crawl_check(HEADERS)
def missing_headers(site: SiteSnapshot) -> Iterator[Problem]:
    """One finding for each set of headers that a host leaves out, on the first page that does."""
    said: set[tuple[str, ...]] = set()
    for seen in pages(site):
        page = seen.facts
        missing = _missing(page)
        host = addresses.host(page.final_url)
        if not missing or (host, *missing) in said:
            continue
        said.add((host, *missing))
        yield HEADERS.problem(
            page.url,
            f"{host} sends no {', no '.join(missing)}.",
            cause=f"headers of {host}: {', '.join(missing)}",
            # Webflow's hosting has no place to set them, save for a few switches of some plans
            severity=Severity.INFO if page.webflow.is_webflow else None,
            missing=missing,
        )


def _missing(page: PageFacts) -> list[str]:
    headers = page.response.headers
    lasts = _ONE_TIME.search(headers.get("strict-transport-security", ""))
    framed = headers.get("x-frame-options") or "frame-ancestors" in headers.get("content-security-policy", "").lower()
    missing = []
    if page.final_url.startswith("https://") and (lasts is None or int(lasts[1][:12]) == 0):
        missing.append("Strict-Transport-Security")
    if headers.get("x-content-type-options", "").strip().lower() != "nosniff":
        missing.append("X-Content-Type-Options: nosniff")
    if not framed:
        missing.append("X-Frame-Options or frame-ancestors")
    return missing


@page_check(OPEN_TARGET)
def open_targets(page: PageFacts) -> Iterator[Problem]:
    opening = [
        link
        for link in page.links
        if "opener" in link.element.attrs.get("rel", "").lower().split()
        and link.element.attrs.get("target", "").strip().lower() == "_blank"
    ]
    for link in opening[:LINKS_A_PAGE] if is_page(page) else ():
        text = f"{label(link)} opens {link.url or link.href} and lets it reach back (rel=opener)."
        yield OPEN_TARGET.problem(page.url, text, element=link.element, target=link.url or link.href)
