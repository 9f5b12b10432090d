"""Which address of the Data API is answered by what, and with which scope."""

from __future__ import annotations

from aiohttp import web

from demo.webflow import content, sites
from demo.webflow.guard import STUDIO, Handler, guarded
from demo.webflow.publishing import Studio
from demo.webflow.shapes import problem

ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", "/token/introspect", sites.introspect, ""),
    ("GET", "/token/authorized_by", sites.authorized_by, "authorized_user:read"),
    ("GET", "/sites", sites.sites, "sites:read"),
    ("GET", "/sites/{site}", sites.site, "sites:read"),
    ("GET", "/sites/{site}/custom_domains", sites.custom_domains, "sites:read"),
    ("POST", "/sites/{site}/publish", sites.publish, "sites:write"),
    ("GET", "/sites/{site}/webhooks", sites.webhooks, "sites:read"),
    ("POST", "/sites/{site}/webhooks", sites.create_webhook, "sites:write"),
    ("GET", "/webhooks/{webhook}", sites.webhook, "sites:read"),
    ("DELETE", "/webhooks/{webhook}", sites.delete_webhook, "sites:write"),
    ("GET", "/sites/{site}/redirects", sites.redirects, "sites:read"),
    ("POST", "/sites/{site}/redirects", sites.create_redirect, "sites:write"),
    ("DELETE", "/sites/{site}/redirects/{redirect}", sites.delete_redirect, "sites:write"),
    ("GET", "/sites/{site}/robots_txt", sites.robots_txt, "site_config:read"),
    ("GET", "/sites/{site}/registered_scripts", sites.registered_scripts, "custom_code:read"),
    ("GET", "/sites/{site}/custom_code", sites.custom_code, "custom_code:read"),
    ("GET", "/sites/{site}/custom_code/blocks", sites.code_blocks, "custom_code:read"),
    ("GET", "/sites/{site}/pages", content.pages, "pages:read"),
    ("GET", "/pages/{page}", content.page, "pages:read"),
    ("PUT", "/pages/{page}", content.update_page, "pages:write"),
    ("GET", "/pages/{page}/dom", content.dom, "pages:read"),
    ("GET", "/sites/{site}/collections", content.collections, "cms:read"),
    ("GET", "/collections/{collection}", content.collection, "cms:read"),
    ("GET", "/collections/{collection}/items", content.items, "cms:read"),
    ("PATCH", "/collections/{collection}/items", content.update_items, "cms:write"),
    ("GET", "/collections/{collection}/items/live", content.live_items, "cms:read"),
    ("PATCH", "/collections/{collection}/items/live", content.update_items_live, "cms:write"),
    ("POST", "/collections/{collection}/items/publish", content.publish_items, "cms:write"),
    ("GET", "/collections/{collection}/items/{item}", content.item, "cms:read"),
    ("PATCH", "/collections/{collection}/items/{item}", content.update_item, "cms:write"),
    ("GET", "/collections/{collection}/items/{item}/live", content.live_item, "cms:read"),
    ("PATCH", "/collections/{collection}/items/{item}/live", content.update_item_live, "cms:write"),
    ("GET", "/sites/{site}/assets", content.assets, "assets:read"),
    ("GET", "/assets/{asset}", content.asset, "assets:read"),
    ("PATCH", "/assets/{asset}", content.update_asset, "assets:write"),
    ("GET", "/sites/{site}/forms", content.forms, "forms:read"),
    ("GET", "/forms/{form}", content.form, "forms:read"),
    ("GET", "/forms/{form}/submissions", content.form_submissions, "forms:read"),
    ("GET", "/sites/{site}/forms/{form}/submissions", content.form_submissions, "forms:read"),
    ("GET", "/sites/{site}/form_submissions", content.form_submissions, "forms:read"),
    ("GET", "/sites/{site}/form_submissions/{submission}", content.form_submission, "forms:read"),
    ("DELETE", "/sites/{site}/form_submissions/{submission}", content.delete_form_submission, "forms:write"),
    ("GET", "/form_submissions/{submission}", content.form_submission, "forms:read"),
    ("DELETE", "/form_submissions/{submission}", content.delete_form_submission, "forms:write"),
)


def data_api(studio: Studio) -> web.Application:
    app = web.Application()
    app[STUDIO] = studio
    for method, path, handler, scope in ROUTES:
        app.router.add_route(method, path, guarded(handler, scope))
    app.router.add_route("*", "/{rest:.*}", guarded(_unknown, ""))
    return app


async def _unknown(request: web.Request) -> web.Response:
    return web.json_response(problem("resource_not_found", "Route not found"), status=404)
