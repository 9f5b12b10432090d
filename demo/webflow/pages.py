"""Renders what is published as Webflow's own markup: identity attributes, publish time, w- classes."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from demo.webflow.state import SUBDOMAIN, Asset, Block, Form, Item, Page, Site, Snapshot

CSS = (
    "body{margin:0;font:18px/1.6 system-ui,sans-serif;color:#1f2933}"
    ".container{max-width:60rem;margin:0 auto;padding:1.5rem}"
    ".w-nav{background:#12324a;color:#fff}.w-nav-link{color:#fff;padding:.75rem;display:inline-block}"
    "img{max-width:100%;height:auto}"
    ".w-input{display:block;width:100%;padding:.6rem;margin:0 0 1rem;box-sizing:border-box;border:1px solid #52606d}"
    ".w-button{background:#12324a;color:#fff;border:0;padding:.75rem 1.5rem}"
    ".w-form-done,.w-form-fail{display:none}a{color:#0b5394}"
    ".footer{border-top:1px solid #cbd2d9;margin-top:3rem}"
)
JS = """document.documentElement.classList.add("w-mod-js");
document.querySelectorAll(".w-form form").forEach((form) => form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const root = document.documentElement.dataset, body = new URLSearchParams();
  body.set("name", form.dataset.name); body.set("pageId", form.dataset.wfPageId);
  body.set("elementId", form.dataset.wfElementId);
  new FormData(form).forEach((value, key) => body.set(`fields[${key}]`, value));
  const block = form.closest(".w-form"), button = form.querySelector("[type=submit]"), label = button.value;
  button.value = button.dataset.wait;
  const answer = await fetch(`/api/v1/form/${root.wfSite}`, {method: "POST", body}).catch(() => ({ok: false}));
  button.value = label;
  if (answer.ok) form.style.display = "none";
  block.querySelector(".w-form-done").style.display = answer.ok ? "block" : "none";
  block.querySelector(".w-form-fail").style.display = answer.ok ? "none" : "block";
}));
"""


@dataclass(frozen=True)
class View:
    """One host of a site as a visitor sees it."""

    site: Site
    shown: Snapshot
    host: str  # with its port
    key: str  # SUBDOMAIN or the domain's id

    @property
    def is_staging(self) -> bool:
        return self.key == SUBDOMAIN

    def template_for(self, path: str) -> tuple[Page, Item] | None:
        for page in self.shown.pages.values():
            if page.collection_id and path.startswith(f"{page.path}/"):
                slug = path.removeprefix(f"{page.path}/")
                for item in self.items_of(page.collection_id):
                    if (item.live or {}).get("slug") == slug:
                        return page, item
        return None

    def items_of(self, collection_id: str) -> list[Item]:
        return [each for each in self.shown.items.values() if each.collection_id == collection_id and not each.archived]

    def static(self) -> list[Page]:
        return [each for each in self.shown.pages.values() if not each.collection_id and not each.utility]

    def addresses(self) -> list[str]:
        templates = [each for each in self.shown.pages.values() if each.collection_id]
        found = [each.path for each in self.static()]
        for page in templates:
            found += [f"{page.path}/{(each.live or {})['slug']}" for each in self.items_of(str(page.collection_id))]
        return found


def render(view: View, page: Page, item: Item | None = None) -> str:
    values = {key: str(value) for key, value in ((item.live or {}) if item else {}).items() if isinstance(value, str)}
    title = _filled(page.seo_title or page.title, values)
    identity = f'data-wf-domain="{view.host}" data-wf-page="{page.id}" data-wf-site="{view.site.id}"'
    if item:
        slug = escape(values.get("slug", ""))
        identity += f' data-wf-collection="{page.collection_id}" data-wf-item-slug="{slug}"'
    when = view.shown.at.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)")
    links = "".join(_nav_link(each, page) for each in view.static())
    body = "\n".join(_block(view, page, block, values) for block in page.blocks)
    return (
        "<!DOCTYPE html><!-- This site was created in Webflow. https://webflow.com -->"
        f'<!-- Last Published: {when} --><html {identity} lang="en"><head><meta charset="utf-8"/>'
        f"<title>{escape(title)}</title>{_meta(page, values)}"
        '<meta content="width=device-width, initial-scale=1" name="viewport"/>'
        '<meta content="Webflow" name="generator"/>'
        f'<link href="/{view.site.id}/css/{view.site.short_name}.webflow.shared.css" rel="stylesheet" type="text/css"/>'
        '</head><body><div class="w-nav" role="banner"><div class="container w-container">'
        '<nav role="navigation" class="w-nav-menu">'
        f'{links}</nav></div></div><main class="container w-container">{body}</main>'
        '<footer class="footer"><div class="container w-container">'
        f"<p>© 2026 {escape(view.site.name)}</p></div></footer>"
        f'<script src="/{view.site.id}/js/webflow.js" type="text/javascript"></script></body></html>'
    )


def _meta(page: Page, values: dict[str, str]) -> str:
    description = _filled(page.seo_description or "", values)
    title = _filled((page.seo_title if page.og_title_copied else page.og_title) or page.title, values)
    og_description = description if page.og_description_copied else _filled(page.og_description or "", values)
    tags = [("name", "description", description), ("property", "og:title", title)]
    tags.append(("property", "og:description", og_description))
    return "".join(f'<meta content="{escape(text)}" {kind}="{name}"/>' for kind, name, text in tags if text)


def _nav_link(each: Page, current: Page) -> str:
    here = ' aria-current="page" class="w-nav-link w--current"' if each.id == current.id else ' class="w-nav-link"'
    return f'<a href="{each.path}"{here}>{escape(each.title)}</a>'


def _filled(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def _block(view: View, page: Page, block: Block, values: dict[str, str]) -> str:
    text = escape(_filled(block.text, values))
    match block.kind:
        case "heading":
            return f"<h1>{text}</h1>"
        case "text":
            return f"<p>{text}</p>"
        case "link":
            return f'<p><a href="{escape(block.href)}">{text}</a></p>'
        case "value":
            value = values.get(block.ref, "")
            return f"<p>{escape(value)}</p>" if value else '<p class="w-dyn-bind-empty"></p>'
        case "image":
            return _image(view.shown.assets[block.ref])
        case "list":
            return _list(view, block.ref)
        case "form":
            return _form(view.site.forms[block.ref], page)
    return ""


def _image(asset: Asset) -> str:
    return (
        f'<img src="/{asset.site_id}/{asset.id}_{escape(asset.name)}" loading="lazy" width="640" height="360" '
        f'alt="{escape(asset.alt or "")}"/>'
    )


def _list(view: View, collection_id: str) -> str:
    items = view.items_of(collection_id)
    if not items:
        return '<div class="w-dyn-list"><div class="w-dyn-empty"><div>No items found.</div></div></div>'
    folder = next((each.path for each in view.shown.pages.values() if each.collection_id == collection_id), "")
    rows = "".join(
        f'<div role="listitem" class="w-dyn-item"><a href="{folder}/{escape(str((each.live or {})["slug"]))}" '
        f'class="w-inline-block"><h2>{escape(str((each.live or {})["name"]))}</h2></a></div>'
        for each in items
    )
    return f'<div class="w-dyn-list"><div role="list" class="w-dyn-items">{rows}</div></div>'


def _form(form: Form, page: Page) -> str:
    name = form.name.lower().replace(" ", "-")
    kinds = {"Email": "email", "Phone": "tel", "Number": "number"}
    fields = "".join(
        f'<label for="{key}">{escape(each["displayName"])}</label><input class="w-input" id="{key}" '
        f'name="{escape(each["displayName"])}" data-name="{escape(each["displayName"])}" '
        f'type="{kinds.get(each["type"], "text")}" maxlength="256" required=""/>'
        for key, each in form.fields.items()
    )
    return (
        f'<div class="w-form"><form id="{name}" name="{name}" data-name="{escape(form.name)}" method="get" '
        f'data-wf-page-id="{page.id}" data-wf-element-id="{form.element_id}" aria-label="{escape(form.name)}">{fields}'
        '<input type="submit" data-wait="Please wait..." class="w-button" value="Send"/></form>'
        '<div class="w-form-done" tabindex="-1" role="region"><div>Thank you! We write back within a day.</div></div>'
        '<div class="w-form-fail" tabindex="-1" role="region">'
        "<div>That did not work. Please write to us.</div></div></div>"
    )


def sitemap(view: View) -> str:
    rows = "".join(f"<url><loc>http://{view.host}{escape(path)}</loc></url>" for path in view.addresses())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
    )


def robots(view: View) -> str:
    """Of the webflow.io host, what Webflow publishes there when its indexing is switched off."""
    return "User-agent: *\nDisallow: /" if view.is_staging else f"Sitemap: http://{view.host}/sitemap.xml\n"
