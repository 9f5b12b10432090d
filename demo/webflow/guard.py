"""What stands before every answer of the Data API: planted faults, the token, its scopes and its rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from demo.webflow.publishing import Studio
from demo.webflow.shapes import problem
from demo.webflow.state import Account, Asset, Collection, Form, Grant, Item, Json, Page, Site

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STUDIO: web.AppKey[Studio] = web.AppKey("studio", Studio)
GRANT = web.RequestKey("grant", Grant) if hasattr(web, "RequestKey") else "grant"


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers
        self.body = problem(code, message)
        if not code:
            del self.body["code"]


def guarded(handler: Handler, scope: str) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        account = request.app[STUDIO].account
        account.requests.append((request.method, request.path))
        if planted := await planted_fault(account, request):
            return planted
        headers: dict[str, str] = {}
        try:
            grant = _grant(account, request)
            headers = _count(account, grant)
            _check_scope(grant, scope)
            request[GRANT] = grant
            response = await handler(request)
            response = await planted_fault(account, request, late=True) or response
        except Refusal as refusal:
            response = web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
        response.headers.update(headers)
        return response

    return answer


async def planted_fault(account: Account, request: web.Request, late: bool = False) -> web.Response | None:
    for fault in account.faults:
        if fault.is_late == late and fault.fits(request.method, request.path):
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            await asyncio.sleep(fault.delay)
            if fault.status:
                kind = {"Content-Type": "application/json"} | fault.headers
                return web.Response(status=fault.status, body=fault.body.encode(), headers=kind)
            return None
    return None


def _grant(account: Account, request: web.Request) -> Grant:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    for grant in account.grants:
        if kind == "Bearer" and token and grant.token == token and not grant.revoked:
            grant.last_used = account.now()
            return grant
    raise Refusal(401, "not_authorized", "Request not authorized")


def _count(account: Account, grant: Grant) -> dict[str, str]:
    """A fixed window per token; the headers that every answer carries."""
    switches, now = account.switches, time.monotonic()
    if now - grant.window_began >= switches.rate_window:
        grant.window_began, grant.window_used = now, 0
    grant.window_used += 1
    left = switches.rate_limit - grant.window_used
    headers = {"X-RateLimit-Limit": str(switches.rate_limit), "X-RateLimit-Remaining": str(max(0, left))}
    if left < 0:
        wait = str(max(1, round(grant.window_began + switches.rate_window - now)))
        raise Refusal(429, "too_many_requests", "Too many requests", headers | {"Retry-After": wait})
    return headers


def _check_scope(grant: Grant, scope: str) -> None:
    if scope and scope not in grant.scopes:
        said = f"OAuthForbidden: You are missing the following scopes - {scope}"
        raise Refusal(403, "missing_scopes", said)


# what a request is about; only what its token may see


def studio_of(request: web.Request) -> Studio:
    return request.app[STUDIO]


def grant_of(request: web.Request) -> Grant:
    grant: Grant = request[GRANT]
    return grant


def site_of(request: web.Request) -> Site:
    for site in studio_of(request).account.sites_of(grant_of(request)):
        if site.id == request.match_info["site"]:
            return site
    raise missing("Site")


def page_of(request: web.Request) -> tuple[Site, Page]:
    for site in studio_of(request).account.sites_of(grant_of(request)):
        if page := site.pages.get(request.match_info["page"]):
            return site, page
    raise missing("Page")


def collection_of(request: web.Request) -> tuple[Site, Collection]:
    for site in studio_of(request).account.sites_of(grant_of(request)):
        if collection := site.collections.get(request.match_info["collection"]):
            if not site.cms_plan:
                raise Refusal(406, "", "Not Acceptable")
            return site, collection
    raise Refusal(404, "collection_not_found", "Collection not found")


def item_of(request: web.Request) -> tuple[Site, Collection, Item]:
    site, collection = collection_of(request)
    if item := collection.items.get(request.match_info["item"]):
        return site, collection, item
    raise Refusal(404, "item_not_found", "Item not found")


def asset_of(request: web.Request) -> tuple[Site, Asset]:
    for site in studio_of(request).account.sites_of(grant_of(request)):
        if asset := site.assets.get(request.match_info["asset"]):
            return site, asset
    raise missing("Asset")


def forms_of(request: web.Request) -> list[tuple[Site, Form]]:
    sites = studio_of(request).account.sites_of(grant_of(request))
    return [(site, form) for site in sites for form in site.forms.values()]


def missing(what: str) -> Refusal:
    return Refusal(404, "resource_not_found", f"Requested resource not found: {what}")


async def sent(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise Refusal(400, "bad_request", "The body is not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "validation_error", "Validation Error: the body must be an object")
    return body


def paged(request: web.Request, key: str, rows: list[Json]) -> web.Response:
    try:
        limit, offset = (int(request.query.get(name, default)) for name, default in (("limit", "100"), ("offset", "0")))
    except ValueError:
        raise Refusal(400, "validation_error", "Validation Error: limit and offset must be integers") from None
    if not 1 <= limit <= 100 or offset < 0:
        raise Refusal(400, "validation_error", "Validation Error: limit must be between 1 and 100")
    pagination = {"limit": limit, "offset": offset, "total": len(rows)}
    return web.json_response({key: rows[offset : offset + limit], "pagination": pagination})
