"""The Data API's answers about tokens, sites, publishing, webhooks, redirects and scripts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from aiohttp import web

from demo.webflow import shapes
from demo.webflow.guard import Refusal, grant_of, missing, paged, sent, site_of, studio_of
from demo.webflow.state import SUBDOMAIN, Site, Webhook

TRIGGERS = (
    "form_submission",
    "site_publish",
    "page_created",
    "page_metadata_updated",
    "page_deleted",
    "ecomm_new_order",
    "ecomm_order_changed",
    "ecomm_inventory_changed",
    "collection_item_created",
    "collection_item_changed",
    "collection_item_deleted",
    "collection_item_published",
    "collection_item_unpublished",
    "comment_created",
)
WEBHOOKS_PER_TRIGGER = 75


async def introspect(request: web.Request) -> web.Response:
    return web.json_response(shapes.introspection(studio_of(request).account, grant_of(request)))


async def authorized_by(request: web.Request) -> web.Response:
    return web.json_response(shapes.person(studio_of(request).account))


async def sites(request: web.Request) -> web.Response:
    reachable = studio_of(request).account.sites_of(grant_of(request))
    return web.json_response({"sites": [shapes.site(each, str(request.url.origin())) for each in reachable]})


async def site(request: web.Request) -> web.Response:
    return web.json_response(shapes.site(site_of(request), str(request.url.origin())))


async def custom_domains(request: web.Request) -> web.Response:
    home = site_of(request)
    return web.json_response({"customDomains": [shapes.domain(home, each) for each in home.domains]})


async def publish(request: web.Request) -> web.Response:
    studio, home, body = studio_of(request), site_of(request), await sent(request)
    wanted, page_id = body.get("customDomains") or [], body.get("pageId") or ""
    domains = [each for each in home.domains if each.id in wanted]
    to_subdomain = body.get("publishToWebflowSubdomain") is True
    if len(domains) != len(wanted):
        raise Refusal(400, "invalid_domain", "Invalid domain")
    if not domains and not to_subdomain:
        raise Refusal(400, "no_domains", "No domains to publish to")
    if page_id and page_id not in home.pages:
        raise missing("Page")
    _limit(studio.account.switches.publish_limit, home, studio.account.now() - timedelta(minutes=1))
    studio.queue(home, [*(each.id for each in domains), *([SUBDOMAIN] if to_subdomain else [])], page_id)
    told = [shapes.domain(home, each) for each in domains]
    scope = "page" if page_id else "site"
    answer = {"customDomains": told, "publishToWebflowSubdomain": to_subdomain, "publishScope": scope}
    return web.json_response(answer, status=202)


def _limit(limited: bool, home: Site, since: datetime) -> None:
    if limited and any(at > since for at in home.published_on):
        raise Refusal(429, "too_many_requests", "One publish per minute", {"Retry-After": "60"})


async def webhooks(request: web.Request) -> web.Response:
    home = site_of(request)
    return web.json_response({"webhooks": [shapes.webhook(each, home) for each in home.webhooks.values()]})


async def create_webhook(request: web.Request) -> web.Response:
    account, home, body = studio_of(request).account, site_of(request), await sent(request)
    trigger, url = body.get("triggerType"), body.get("url")
    if trigger not in TRIGGERS:
        raise Refusal(400, "unsupported_webhook_trigger_type", "Unsupported trigger type")
    if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise Refusal(400, "validation_error", "Validation Error: url")
    if body.get("filter") and trigger != "form_submission":
        raise Refusal(400, "incompatible_webhook_filter", "Filters are for form_submission")
    if sum(each.trigger == trigger for each in home.webhooks.values()) >= WEBHOOKS_PER_TRIGGER:
        raise Refusal(400, "validation_error", "Too many webhooks of this trigger type")
    created = Webhook(
        id=secrets.token_hex(12),
        site_id=home.id,
        app_id=account.app.client_id,
        trigger=str(trigger),
        url=url,
        created_on=account.now(),
        filter=body.get("filter"),
    )
    home.webhooks[created.id] = created
    return web.json_response(shapes.webhook(created, home), status=201)


def _webhook(request: web.Request) -> tuple[Site, Webhook]:
    for home in studio_of(request).account.sites_of(grant_of(request)):
        if found := home.webhooks.get(request.match_info["webhook"]):
            return home, found
    raise missing("Webhook")


async def webhook(request: web.Request) -> web.Response:
    home, found = _webhook(request)
    return web.json_response(shapes.webhook(found, home))


async def delete_webhook(request: web.Request) -> web.Response:
    home, found = _webhook(request)
    del home.webhooks[found.id]
    return web.Response(status=204)


def _enterprise(request: web.Request) -> Site:
    home = site_of(request)
    if not home.enterprise:
        raise Refusal(403, "not_enterprise_plan_site", "This site is not on an Enterprise plan")
    return home


async def redirects(request: web.Request) -> web.Response:
    home = _enterprise(request)
    rows = [{"id": key, "fromUrl": old, "toUrl": new} for key, (old, new) in home.redirects.items()]
    return paged(request, "redirects", rows)


async def create_redirect(request: web.Request) -> web.Response:
    home, body = _enterprise(request), await sent(request)
    old, new = body.get("fromUrl"), body.get("toUrl")
    if not isinstance(old, str) or not isinstance(new, str) or not old.startswith("/"):
        raise Refusal(400, "validation_error", "Validation Error: fromUrl and toUrl")
    if any(old == known for known, _ in home.redirects.values()):
        raise Refusal(409, "conflict", "A redirect from this path exists")
    key = secrets.token_hex(12)
    home.redirects[key] = (old, new)
    return web.json_response({"id": key, "fromUrl": old, "toUrl": new})


async def delete_redirect(request: web.Request) -> web.Response:
    home = _enterprise(request)
    home.redirects.pop(request.match_info["redirect"], None)
    return await redirects(request)


async def robots_txt(request: web.Request) -> web.Response:
    _enterprise(request)
    return web.json_response({"rules": [{"userAgent": "*", "allows": [], "disallows": []}], "sitemap": ""})


async def registered_scripts(request: web.Request) -> web.Response:
    return paged(request, "registeredScripts", site_of(request).scripts)


async def custom_code(request: web.Request) -> web.Response:
    home = site_of(request)
    applied = [
        {"id": each["id"], "location": "header", "version": each["version"], "attributes": {}} for each in home.scripts
    ]
    times = {"lastUpdated": "2026-03-02T09:00:00.000Z", "createdOn": "2026-03-02T09:00:00.000Z"}
    return web.json_response({"scripts": applied} | times)


async def code_blocks(request: web.Request) -> web.Response:
    home = site_of(request)
    applied = [
        {"id": each["id"], "location": "header", "version": each["version"], "attributes": {}} for each in home.scripts
    ]
    block = {
        "siteId": home.id,
        "pageId": None,
        "type": "site",
        "scripts": applied,
        "createdOn": "2026-03-02T09:00:00.000Z",
        "lastUpdated": "2026-03-02T09:00:00.000Z",
    }
    return paged(request, "blocks", [block] if applied else [])
