"""The Data API's answers about pages, the CMS, assets and forms."""

from __future__ import annotations

import re

from aiohttp import web

from demo.webflow import shapes
from demo.webflow.guard import (
    Refusal,
    asset_of,
    collection_of,
    forms_of,
    item_of,
    missing,
    page_of,
    paged,
    sent,
    site_of,
    studio_of,
)
from demo.webflow.publishing import Studio
from demo.webflow.state import Collection, Item, Json, Page, Site

SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
PAGE_FIELDS = {
    ("seo", "title"): "seo_title",
    ("seo", "description"): "seo_description",
    ("openGraph", "title"): "og_title",
    ("openGraph", "titleCopied"): "og_title_copied",
    ("openGraph", "description"): "og_description",
    ("openGraph", "descriptionCopied"): "og_description_copied",
}


async def pages(request: web.Request) -> web.Response:
    home = site_of(request)
    return paged(request, "pages", [shapes.page(each, home) for each in home.pages.values()])


async def page(request: web.Request) -> web.Response:
    home, found = page_of(request)
    return web.json_response(shapes.page(found, home))


async def update_page(request: web.Request) -> web.Response:
    home, found = page_of(request)
    body = await sent(request)
    values = {name: body[part][key] for (part, key), name in PAGE_FIELDS.items() if key in (body.get(part) or {})}
    if body.get("title"):
        values["title"] = body["title"]
    if "slug" in body and found.slug and not found.collection_id and not found.utility:
        values["slug"] = _slug(home, found, body["slug"])
    if not all(isinstance(value, str | bool | None) for value in values.values()):
        raise Refusal(400, "validation_error", "Validation Error: texts are expected")
    studio_of(request).change_page(home, found, values)
    return web.json_response(shapes.page(found, home))


def _slug(home: Site, page: Page, slug: object) -> str:
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        raise Refusal(400, "validation_error", "Validation Error: slug")
    if any(each.slug == slug and each is not page for each in home.pages.values()):
        raise Refusal(409, "conflict", "A page with this slug exists")
    return slug


async def dom(request: web.Request) -> web.Response:
    _, found = page_of(request)
    nodes: list[Json] = [
        {
            "id": f"{found.id}-{n}",
            "type": "text",
            "text": {"html": f"<p>{each.text}</p>", "text": each.text},
            "attributes": {},
        }
        for n, each in enumerate(found.blocks)
        if each.kind in ("heading", "text")
    ]
    pagination = {"limit": 100, "offset": 0, "total": len(nodes)}
    told = {"pageId": found.id, "branchId": None, "nodes": nodes, "pagination": pagination}
    return web.json_response(told | {"lastUpdated": shapes.stamp(found.last_updated)})


async def collections(request: web.Request) -> web.Response:
    home = site_of(request)
    if not home.cms_plan:
        raise Refusal(406, "", "Not Acceptable")
    return web.json_response({"collections": [shapes.collection(each, False) for each in home.collections.values()]})


async def collection(request: web.Request) -> web.Response:
    _, found = collection_of(request)
    return web.json_response(shapes.collection(found, True))


async def items(request: web.Request) -> web.Response:
    return _items(request, live=False)


async def live_items(request: web.Request) -> web.Response:
    return _items(request, live=True)


def _items(request: web.Request, live: bool) -> web.Response:
    home, found = collection_of(request)
    rows = [each for each in found.items.values() if not live or each.live is not None]
    for name in ("name", "slug"):
        if wanted := request.query.get(name):
            rows = [each for each in rows if each.fields.get(name) == wanted]
    if request.query.get("sortBy") == "lastUpdated":
        rows.sort(key=lambda each: each.last_updated, reverse=request.query.get("sortOrder") == "desc")
    return paged(request, "items", [shapes.item(each, home, live) for each in rows])


async def item(request: web.Request) -> web.Response:
    home, _, found = item_of(request)
    return web.json_response(shapes.item(found, home))


async def live_item(request: web.Request) -> web.Response:
    home, _, found = item_of(request)
    if found.live is None:
        raise Refusal(404, "item_not_found", "Item not found")
    return web.json_response(shapes.item(found, home, live=True))


async def update_items(request: web.Request) -> web.Response:
    return await _update_items(request, live=False)


async def update_items_live(request: web.Request) -> web.Response:
    return await _update_items(request, live=True)


async def _update_items(request: web.Request, live: bool) -> web.Response:
    home, found = collection_of(request)
    wanted = (await sent(request)).get("items")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
        raise Refusal(400, "validation_error", "Validation Error: between 1 and 100 items")
    changed = [(_item(found, each.get("id")), each) for each in wanted]
    _check_live(live, [each for each, _ in changed])
    for each, values in changed:
        _change(studio_of(request), home, each, values, live)
    return web.json_response({"items": [shapes.item(each, home, live) for each, _ in changed]})


async def update_item(request: web.Request) -> web.Response:
    home, _, found = item_of(request)
    _change(studio_of(request), home, found, await sent(request), live=False)
    return web.json_response(shapes.item(found, home))


async def update_item_live(request: web.Request) -> web.Response:
    home, _, found = item_of(request)
    _check_live(True, [found])
    _change(studio_of(request), home, found, await sent(request), live=True)
    return web.json_response(shapes.item(found, home, live=True))


def _check_live(live: bool, changed: list[Item]) -> None:
    if live and any(each.last_published is None for each in changed):
        said = "Live PATCH updates can't be applied to items that have never been published"
        raise Refusal(409, "conflict", said)


def _change(studio: Studio, home: Site, found: Item, values: Json, live: bool) -> None:
    found.draft = values.get("isDraft", found.draft)
    found.archived = values.get("isArchived", found.archived)
    studio.change_item(home, found, values.get("fieldData") or {})
    if live:
        studio.publish_item(home, found)


def _item(found: Collection, item_id: object) -> Item:
    if isinstance(item_id, str) and item_id in found.items:
        return found.items[item_id]
    raise Refusal(404, "item_not_found", "Item not found")


async def publish_items(request: web.Request) -> web.Response:
    home, found = collection_of(request)
    body = await sent(request)
    ids = body.get("itemIds") or [each.get("id") for each in body.get("items") or []]
    if not ids:
        raise Refusal(400, "validation_error", "Validation Error: itemIds")
    account = studio_of(request).account
    if account.switches.same_time_publishing and len({each.at for each in home.published.values()}) > 1:
        raise Refusal(409, "", "The site is published to domains at different times")
    chosen = [_item(found, each) for each in ids]
    for each in chosen:
        studio_of(request).publish_item(home, each)
    return web.json_response({"publishedItemIds": [each.id for each in chosen], "errors": []}, status=202)


def _base(home: Site) -> str:
    return f"http://{home.domains[0].host}" if home.domains else f"http://{home.staging_host}"


async def assets(request: web.Request) -> web.Response:
    home = site_of(request)
    return paged(request, "assets", [shapes.asset(each, _base(home)) for each in home.assets.values()])


async def asset(request: web.Request) -> web.Response:
    home, found = asset_of(request)
    return web.json_response(shapes.asset(found, _base(home)))


async def update_asset(request: web.Request) -> web.Response:
    home, found = asset_of(request)
    body = await sent(request)
    names = {"altText": "alt", "displayName": "name"}
    if not all(isinstance(body.get(key), str | None) for key in names):
        raise Refusal(400, "validation_error", "Validation Error: texts are expected")
    studio_of(request).change_asset(home, found, {name: body[key] for key, name in names.items() if key in body})
    return web.json_response(shapes.asset(found, _base(home)))


async def forms(request: web.Request) -> web.Response:
    home = site_of(request)
    if studio_of(request).account.switches.forms_republish:
        raise Refusal(409, "forms_require_republish", "The site must be republished to use the forms API")
    return paged(request, "forms", [shapes.form(each, home) for each in home.forms.values()])


async def form(request: web.Request) -> web.Response:
    for home, each in forms_of(request):
        if each.id == request.match_info["form"]:
            return web.json_response(shapes.form(each, home))
    raise missing("Form")


async def form_submissions(request: web.Request) -> web.Response:
    """Of a site, by the form's element, or of a form."""
    element, form_id, site_id = (
        request.query.get("elementId"),
        request.match_info.get("form"),
        request.match_info.get("site"),
    )
    rows = [
        shapes.submission(each, of, home)
        for home, of in forms_of(request)
        if site_id in (None, home.id) and element in (None, of.element_id) and form_id in (None, of.id)
        for each in of.submissions
    ]
    return paged(request, "formSubmissions", rows)


async def delete_form_submission(request: web.Request) -> web.Response:
    for _, of in forms_of(request):
        for each in of.submissions:
            if each.id == request.match_info["submission"]:
                of.submissions.remove(each)
                return web.Response(status=204)
    raise missing("Form submission")


async def form_submission(request: web.Request) -> web.Response:
    for home, of in forms_of(request):
        for each in of.submissions:
            if each.id == request.match_info["submission"]:
                return web.json_response(shapes.submission(each, of, home))
    raise missing("Form submission")
