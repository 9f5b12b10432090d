"""A small Designer: one page per site to edit titles, descriptions, items and alternative texts, to delete pages and to
publish. Each button posts one thing and comes back."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from demo.webflow.guard import STUDIO
from demo.webflow.html import document, escape
from demo.webflow.sample import picture
from demo.webflow.state import SUBDOMAIN, Asset, Item, Page, Site


def designer(app: web.Application) -> None:
    app.router.add_get("/", overview)
    app.router.add_get("/previews/{id}.png", preview)
    app.router.add_get("/design/{name}", show)
    app.router.add_post("/design/{name}/pages/{id}", edit_page)
    app.router.add_post("/design/{name}/pages/{id}/delete", delete_page)
    app.router.add_post("/design/{name}/items/{id}", edit_item)
    app.router.add_post("/design/{name}/assets/{id}", edit_asset)
    app.router.add_post("/design/{name}/publish", publish)


async def overview(request: web.Request) -> web.Response:
    sites = request.app[STUDIO].account.sites.values()
    rows = "".join(f'<li><a href="/design/{each.short_name}">{escape(each.name)}</a></li>' for each in sites)
    return document("Sites", f"<h1>Sites of the stand-in for Webflow</h1><ul>{rows}</ul>")


async def show(request: web.Request) -> web.Response:
    site = _site(request)
    hosts = [(SUBDOMAIN, site.staging_host), *((each.id, each.host) for each in site.domains)]
    boxes = "".join(
        f'<label><input type="checkbox" name="host" value="{key}" checked> <a href="http://{host}/">{escape(host)}</a></label>'
        for key, host in hosts
    )
    body = (
        f'<p><a href="/">All sites</a></p><h1>{escape(site.name)}</h1>'
        f'<form method="post" action="/design/{site.short_name}/publish">{boxes}<button>Publish</button></form>'
        f"<p>Last published: {site.last_published or 'never'}</p>"
        f"<h2>Pages</h2>{''.join(_page(site, each) for each in site.pages.values())}"
        f"<h2>CMS items</h2>{''.join(_item(site, each) for each in site.items())}"
        f"<h2>Assets</h2>{''.join(_asset(site, each) for each in site.assets.values())}"
    )
    return document(f"{site.name} — Designer", body)


async def preview(request: web.Request) -> web.Response:
    """The picture of a site that the API names: one colour, of its own."""
    site = request.app[STUDIO].account.sites.get(request.match_info["id"])
    if site is None:
        raise web.HTTPNotFound
    red, green, blue = (128 + value // 2 for value in bytes.fromhex(site.id[:6]))
    return web.Response(body=picture((red, green, blue)), content_type="image/png")


def _page(site: Site, page: Page) -> str:
    action = f"/design/{site.short_name}/pages/{page.id}"
    fields = "".join(
        (
            _text("title", "Name", page.title),
            _text("seo_title", "SEO title", page.seo_title or ""),
            _text("seo_description", "Meta description", page.seo_description or ""),
        )
    )
    return (
        f'<details id="{page.id}"><summary>{escape(page.title)} <code>{escape(page.path)}</code></summary>'
        f'<form method="post" action="{action}">{fields}<button>Save page</button></form>'
        f'<form method="post" action="{action}/delete"><button>Delete page</button></form></details>'
    )


def _item(site: Site, item: Item) -> str:
    fields = "".join(_text(name, name, value) for name, value in _texts(item))
    return (
        f'<details id="{item.id}"><summary>{escape(str(item.fields.get("name", "")))}{" (draft)" if item.draft else ""}'
        f'</summary><form method="post" action="/design/{site.short_name}/items/{item.id}">{fields}'
        "<button>Save item</button></form></details>"
    )


def _texts(item: Item) -> Iterator[tuple[str, str]]:
    return ((name, value or "") for name, value in item.fields.items() if isinstance(value, str | None))


def _asset(site: Site, asset: Asset) -> str:
    return (
        f'<details id="{asset.id}"><summary>{escape(asset.name)}</summary>'
        f'<form method="post" action="/design/{site.short_name}/assets/{asset.id}">'
        f"{_text('alt', 'Alternative text', asset.alt or '')}<button>Save asset</button></form></details>"
    )


def _text(name: str, label: str, value: str) -> str:
    return f'<label>{escape(label)}<input type="text" name="{escape(name)}" value="{escape(value)}"></label>'


def _site(request: web.Request) -> Site:
    site = request.app[STUDIO].account.site_named(request.match_info["name"])
    if site is None:
        raise web.HTTPNotFound
    return site


def _again(site: Site) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/design/{site.short_name}")


async def edit_page(request: web.Request) -> web.Response:
    site, form = _site(request), await request.post()
    if page := site.pages.get(request.match_info["id"]):
        values = {name: str(form.get(name, "")) or None for name in ("seo_title", "seo_description")}
        title = {"title": str(form.get("title")) or page.title}
        request.app[STUDIO].change_page(site, page, title | values)
    raise _again(site)


async def delete_page(request: web.Request) -> web.Response:
    site = _site(request)
    if page := site.pages.get(request.match_info["id"]):
        request.app[STUDIO].delete_page(site, page)
    raise _again(site)


async def edit_item(request: web.Request) -> web.Response:
    site, form = _site(request), await request.post()
    item = next((each for each in site.items() if each.id == request.match_info["id"]), None)
    if item:
        known = {name for name, _ in _texts(item)}
        fields = {name: str(value) for name, value in form.items() if name in known}
        request.app[STUDIO].change_item(site, item, fields)
    raise _again(site)


async def edit_asset(request: web.Request) -> web.Response:
    site, form = _site(request), await request.post()
    if asset := site.assets.get(request.match_info["id"]):
        request.app[STUDIO].change_asset(site, asset, {"alt": str(form.get("alt", "")) or None})
    raise _again(site)


async def publish(request: web.Request) -> web.Response:
    site, form = _site(request), await request.post()
    known = {SUBDOMAIN, *(each.id for each in site.domains)}
    if hosts := [host for host in map(str, form.getall("host", [])) if host in known]:
        request.app[STUDIO].queue(site, hosts)
    raise _again(site)
