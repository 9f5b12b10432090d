"""Step 5, the doubt: what failed while a page was open is asked for once more before anybody says that it is broken.

The second opinion is the fetcher's, whose own verdict is confirmed by a second try and shared by all pages of a scan.
A request that sends something (POST and the like) is never repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from scans.checks.loading import failed
from scans.snapshot import Request, Target, TargetState, Visit

MOST_ASKED = 50  # of one page: beyond that it is not a hiccup
_ASKED_BY_SCRIPT = ("xhr", "fetch")
_ONLY_IN_THE_PAGE = "ERR_FAILED"  # Chromium's word for CORS: a second request from elsewhere proves nothing

Ask = Callable[[str], Awaitable[Target | None]]


async def confirmed(visit: Visit, ask: Ask) -> Visit:
    """The visit, its failed requests marked as `recovered` where `ask` gets an answer now."""
    doubtful = list(dict.fromkeys(request.url for request in visit.requests if _is_doubtful(request, visit)))
    if not doubtful:
        return visit
    asked = doubtful[:MOST_ASKED]
    verdicts = dict(zip(asked, await asyncio.gather(*map(ask, asked)), strict=True))
    again = {url for url, target in verdicts.items() if target is not None and target.state is TargetState.OK}
    if not again:
        return visit
    return replace(visit, requests=tuple(_recovered(request, visit, again) for request in visit.requests))


def _recovered(request: Request, visit: Visit, again: set[str]) -> Request:
    return replace(request, recovered=True) if request.url in again and _is_doubtful(request, visit) else request


def _is_doubtful(request: Request, visit: Visit) -> bool:
    if not failed(request) or request.method not in ("GET", "HEAD") or not request.url.startswith("http"):
        return False
    if request.url in (visit.url, visit.final_url):
        return False
    return not (request.kind in _ASKED_BY_SCRIPT and _ONLY_IN_THE_PAGE in request.failure)
