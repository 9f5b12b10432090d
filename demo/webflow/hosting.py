"""The published sites: one server per host, showing that host's snapshot."""

from __future__ import annotations

import re

from aiohttp import web

from demo.webflow import pages
from demo.webflow.pages import View
from demo.webflow.publishing import Studio
from demo.webflow.state import Form, Site

FILE = re.compile(r"/[0-9a-f]{24}/(?P<asset>[0-9a-f]{24})_[^/]+")
FIELD = re.compile(r"fields\[(?P<name>.{1,200})\]")
UNPUBLISHED = "<!DOCTYPE html><html lang=en><title>Not published</title><h1>This site is not published</h1></html>"


def host(studio: Studio, site: Site, key: str) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        return _answer(site, key, request)

    async def submit(request: web.Request) -> web.Response:
        return await _submit(studio, site, request)

    app = web.Application()
    app.router.add_post("/api/v1/form/{site}", submit)
    app.router.add_get("/{path:.*}", answer)
    return app


def _answer(site: Site, key: str, request: web.Request) -> web.Response:
    shown = site.published.get(key)
    if shown is None:
        return web.Response(text=UNPUBLISHED, status=404, content_type="text/html")
    view = View(site, shown, request.host, key)
    path = request.path.rstrip("/") or "/"
    if file := _file(view, path):
        return file
    if found := view.template_for(path):
        return _html(pages.render(view, *found))
    for page in view.static():
        if page.path == path:
            return _html(pages.render(view, page))
    for old, new in site.redirects.values():
        if old == path:
            return web.Response(status=301, headers={"Location": new})
    missing = next((each for each in shown.pages.values() if each.utility and each.slug == "404"), None)
    return _html(
        pages.render(view, missing) if missing else "<!DOCTYPE html><title>Not found</title><h1>Not found</h1>", 404
    )


def _file(view: View, path: str) -> web.Response | None:
    if path == "/sitemap.xml":
        return web.Response(text=pages.sitemap(view), content_type="application/xml")
    if path == "/robots.txt":
        return web.Response(text=pages.robots(view), content_type="text/plain")
    if path == f"/{view.site.id}/css/{view.site.short_name}.webflow.shared.css":
        return web.Response(text=pages.CSS, content_type="text/css")
    if path == f"/{view.site.id}/js/webflow.js":
        return web.Response(text=pages.JS, content_type="text/javascript")
    if (found := FILE.fullmatch(path)) and (asset := view.shown.assets.get(found["asset"])):
        return web.Response(body=asset.data, content_type=asset.content_type)
    return None


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


async def _submit(studio: Studio, site: Site, request: web.Request) -> web.Response:
    """What Webflow's script sends when a visitor presses the button."""
    sent = await request.post()
    form = _form(site, str(sent.get("elementId", "")))
    if request.match_info["site"] != site.id or form is None:
        return web.json_response({"msg": "not found", "code": 404}, status=404)
    answers = {found["name"]: str(value) for key, value in sent.items() if (found := FIELD.fullmatch(key))}
    studio.submit(site, form, answers)
    return web.json_response({"msg": "ok", "code": 200})


def _form(site: Site, element_id: str) -> Form | None:
    return next((each for each in site.forms.values() if each.element_id == element_id), None)
