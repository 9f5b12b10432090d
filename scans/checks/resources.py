"""Styles, scripts, fonts, media, frames and icons that do not load, and http resources on an https page.

The fetcher's verdict comes first (crawl stage, every page); the visit adds what only a browser asks for: files named
in stylesheets and by scripts. Both name the same cause, the URL, so one dead file is one issue. Pictures are in
`images`.
"""

from __future__ import annotations

from collections.abc import Iterator

from scans.checks import addresses, hosts
from scans.checks.loading import (
    assets_by_url,
    failed,
    is_broken,
    judged_assets,
    request_evidence,
    status_text,
)
from scans.checks.pages import pages, target_evidence, why
from scans.checks.registry import Rule, crawl_check, page_check, visit_check
from scans.snapshot import Asset, AssetKind, Element, PageFacts, Problem, Request, Severity, SiteSnapshot, Visit

BROKEN = Rule(
    "resources.broken",
    Severity.SERIOUS,
    "A file of the site does not load",
    "Without this style, script, font, video or icon the page looks or works differently than you built it. Publish "
    "the site again; if the file is your own, upload it in Assets and correct its address in Site settings > Custom "
    "code or the Code Embed. Icons are set in Site settings > General.",
)
THIRD_PARTY = Rule(
    "resources.third-party-broken",
    Severity.MODERATE,
    "A file from another service does not load",
    "A font, script or embed of another service is gone, so what it adds is missing. Find the address in Site "
    "settings > Custom code, the page's Custom code or a Code Embed, and update or remove it.",
)
MIXED = Rule(
    "resources.mixed-content",
    Severity.SERIOUS,
    "Page loads something without encryption",
    "Browsers block http:// files on an https:// page, so they are missing for visitors. Find the address in the "
    "element's Settings (D), a Code Embed or Custom code, and write https:// instead.",
)

_KINDS = {
    AssetKind.STYLE: "stylesheet",
    AssetKind.SCRIPT: "script",
    AssetKind.FONT: "font",
    AssetKind.MEDIA: "media file",
    AssetKind.FRAME: "embedded page",
    AssetKind.ICON: "icon",
    AssetKind.OTHER: "file",
}
_REQUESTED = {"stylesheet": "stylesheet", "script": "script", "font": "font", "media": "media file", "manifest": "file"}


@crawl_check(BROKEN, THIRD_PARTY)
def broken_assets(site: SiteSnapshot) -> Iterator[Problem]:
    for seen in pages(site):
        for asset, target in judged_assets(seen.facts, site.targets):
            if asset.kind is not AssetKind.IMAGE and is_broken(target):
                rule = BROKEN if hosts.is_own_of(target.url, seen.facts, site) else THIRD_PARTY
                yield rule.problem(
                    seen.facts.url,
                    f"The {_KINDS[asset.kind]} {target.url} does not load: {why(target)}.",
                    element=asset.element,
                    cause=target.url,
                    **target_evidence(target),
                )


@visit_check(BROKEN, THIRD_PARTY)
def broken_requests(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    known = assets_by_url(page)
    said: set[str] = set()
    for request in visit.requests:
        word = _word(request, known.get(request.url), visit)
        if word and request.url not in said and failed(request) and not hosts.is_tracker(request.url):
            said.add(request.url)
            yield _unloaded(page, request, word, known.get(request.url))


def _word(request: Request, asset: Asset | None, visit: Visit) -> str:
    """What the request was for, "" when another family judges it."""
    if asset is not None and asset.kind is not AssetKind.IMAGE and request.kind == "image":
        return _KINDS[asset.kind]
    if request.kind == "document" and request.url not in (visit.url, visit.final_url):
        return "embedded page"
    return _REQUESTED.get(request.kind, "")


def _unloaded(page: PageFacts, request: Request, word: str, asset: Asset | None) -> Problem:
    rule = BROKEN if hosts.is_own(request.url, page) else THIRD_PARTY
    return rule.problem(
        page.url,
        f"The {word} {request.url} does not load: {status_text(request)}.",
        element=asset.element if asset else None,
        cause=request.url,
        **request_evidence(request),
    )


@page_check(MIXED)
def mixed_content(page: PageFacts) -> Iterator[Problem]:
    if not page.final_url.startswith("https:"):
        return
    severity = Severity.INFO if _is_rescued(page) else Severity.SERIOUS
    for url, asset in assets_by_url(page).items():
        if url.startswith("http:") and not addresses.is_local(url):
            yield _insecure(page, url, asset.element, severity)


@visit_check(MIXED)
def mixed_requests(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    """What stylesheets and scripts ask for; what the HTML names is said already."""
    if not visit.final_url.startswith("https:"):
        return
    known = assets_by_url(page)
    severity = Severity.INFO if _is_rescued(page) else Severity.SERIOUS
    for url in dict.fromkeys(r.url for r in visit.requests if r.kind != "document"):
        named = known.get(url)
        if url.startswith("http:") and (named is None or named.attr == "css") and not addresses.is_local(url):
            yield _insecure(page, url, named.element if named else None, severity)


def _insecure(page: PageFacts, url: str, element: Element | None, severity: Severity) -> Problem:
    rescued = " The page asks browsers to try https instead." if severity is Severity.INFO else ""
    return MIXED.problem(
        page.url,
        f"{url} is loaded over http.{rescued}",
        element=element,
        cause=url,
        severity=severity,
        target=url,
        status=None,
        chain=[],
        error=None,
    )


def _is_rescued(page: PageFacts) -> bool:
    policy = f"{page.response.headers.get('content-security-policy', '')} {page.meta('content-security-policy') or ''}"
    return "upgrade-insecure-requests" in policy.lower()
