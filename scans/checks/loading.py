"""What a page loads and what became of it: the fetcher's verdict on each asset, and the requests of the visited page.

Both sides say "broken" only where the fault is the site's: not for trackers, not for what our own policy refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scans.checks import hosts
from scans.snapshot import Asset, PageFacts, Request, Target, TargetState

# Answers of our network and our policy, or of a page that changed its mind. The fetcher, which knows whether names
# resolve at all here, judges the same URLs by its own tries.
_NOT_THE_SITES_FAULT = (
    "ERR_ABORTED",
    "ERR_BLOCKED_BY_CLIENT",
    "ERR_BLOCKED_BY_ADMINISTRATOR",
    "ERR_CACHE_MISS",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_NAME_NOT_RESOLVED",
    "ERR_NETWORK_ACCESS_DENIED",
    "ERR_NETWORK_CHANGED",
    "ERR_PROXY",
    "ERR_TUNNEL_CONNECTION_FAILED",
)
_HINTS = ("preconnect", "dns-prefetch", "prefetch", "canonical", "alternate")


def environment_refused(request: Request) -> bool:
    """Refused by our own policy or network: it tells nothing about the site. A script whose error page is no script
    ends as aborted too, but it was answered."""
    answered = request.status is not None and request.status >= 400
    return request.blocked or (not answered and any(word in request.failure for word in _NOT_THE_SITES_FAULT))


def failed(request: Request) -> bool:
    """A true failure: an error status, or no answer for a reason that lies with the site, twice."""
    if request.recovered or environment_refused(request):
        return False
    return bool(request.failure) or (request.status is not None and request.status >= 400)


def status_text(request: Request) -> str:
    return str(request.status) if request.status and request.status >= 400 else request.failure or "no answer"


def request_evidence(request: Request) -> dict[str, Any]:
    return {"target": request.url, "status": request.status, "chain": [], "error": request.failure or None}


def judged_assets(page: PageFacts, targets: Mapping[str, Target]) -> Iterator[tuple[Asset, Target]]:
    """Each asset of the page with the verdict on it, once for one element and URL."""
    said: set[tuple[str, str]] = set()
    for asset in page.assets:
        target = targets.get((asset.url or "").partition("#")[0])
        if target is None or (asset.element.selector, target.url) in said or _is_only_a_hint(asset):
            continue
        said.add((asset.element.selector, target.url))
        yield asset, target


def is_broken(target: Target) -> bool:
    return target.state is TargetState.BROKEN and not hosts.is_tracker(target.url)


def assets_by_url(page: PageFacts) -> dict[str, Asset]:
    """The first asset of each URL; what style sheets load counts where they were read (attr "css")."""
    known: dict[str, Asset] = {}
    for asset in page.assets:
        if asset.url:
            known.setdefault(asset.url.partition("#")[0], asset)
    return known


def _is_only_a_hint(asset: Asset) -> bool:
    return asset.element.tag == "link" and any(
        word in _HINTS for word in asset.element.attrs.get("rel", "").lower().split()
    )
