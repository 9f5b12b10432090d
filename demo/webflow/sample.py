"""The account that `make run` shows: a studio with three sites. The first has what a careful person would find: an
image without an alternative text, an item with an empty field, a draft, a page without a description, a
link to nowhere."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache

from demo.webflow.environment import CLIENT_ID, CLIENT_SECRET
from demo.webflow.publishing import publish
from demo.webflow.state import (
    SUBDOMAIN,
    Account,
    App,
    Asset,
    Block,
    Collection,
    Domain,
    Form,
    Item,
    Page,
    Site,
    object_id,
    uuid_of,
)

ARTICLES = (
    ("How a loaf gets its crust", "how-a-loaf-gets-its-crust", "Steam in the first ten minutes, and patience after."),
    ("Rye from the next valley", "rye-from-the-next-valley", "We visited the field that our flour comes from."),
    ("The oven is sixty years old", "the-oven-is-sixty-years-old", ""),
    ("Why we close on Mondays", "why-we-close-on-mondays", "Dough rests, and so do we."),
    ("Baking with children", "baking-with-children", "Twelve children, four doughs and one very floury afternoon."),
    ("A letter from Lyon", "a-letter-from-lyon", "Our apprentice writes home about butter."),
)


def sample_account(
    redirect_uris: Sequence[str] = ("http://127.0.0.1*", "http://localhost*", "http://testserver/*"),
) -> Account:
    account = Account(App(CLIENT_ID, CLIENT_SECRET, redirect_uris=tuple(redirect_uris)))
    for site in (_bakery(account), _pottery(account), _unpublished(account)):
        account.sites[site.id] = site
    return account


def _site(account: Account, name: str, short_name: str) -> Site:
    site = Site(object_id(f"site {short_name}"), account.workspace_id, name, short_name)
    site.domains.append(Domain(object_id(f"domain {short_name}"), f"www.{short_name}.example"))
    return site


def add_page(site: Site, title: str, slug: str, description: str | None, *blocks: Block) -> Page:
    page = Page(object_id(f"{site.short_name} page {slug}"), site.id, title, slug, [Block("heading", title), *blocks])
    page.seo_title, page.seo_description = f"{title} – {site.name}", description
    site.pages[page.id] = page
    return page


def _asset(site: Site, name: str, alt: str | None, colour: tuple[int, int, int]) -> Asset:
    asset = Asset(object_id(f"{site.short_name} asset {name}"), site.id, name, alt, picture(colour))
    site.assets[asset.id] = asset
    return asset


def _bakery(account: Account) -> Site:
    site = _site(account, "Harbour Bakery", "harbour-bakery")
    loaf = _asset(site, "loaf.png", "A dark loaf on a linen cloth", (146, 96, 52))
    oven = _asset(site, "IMG_2041.png", None, (70, 70, 82))
    journal = _journal(site)
    add_page(
        site,
        "Home",
        "",
        "Sourdough bread, baked every night by the harbour and sold until it is gone.",
        Block("text", "Bread from four things: flour, water, salt and time."),
        Block("image", ref=loaf.id),
        Block("link", "Read the journal", "/journal"),
    )
    about = Block("text", "Three bakers, one oven, and a dough that is older than two of us.")
    add_page(site, "About", "about", None, about, Block("image", ref=oven.id))
    add_page(
        site,
        "Bread",
        "bread",
        "Rye, spelt and wheat: the loaves of the week and what goes into them.",
        Block("text", "Rye on Tuesday, spelt on Thursday, wheat every day."),
        Block("link", "Order for Saturday", "/order"),
    )
    add_page(site, "Journal", "journal", "Notes from the bakehouse.", Block("list", ref=journal.id))
    template = add_page(
        site, "{name}", "detail_journal", "{summary}", Block("value", ref="summary"), Block("value", ref="body")
    )
    template.collection_id = journal.id
    _contact(site)
    lost = add_page(site, "Not found", "404", None, Block("text", "There is no such page."), Block("link", "Home", "/"))
    lost.utility = True
    publish(account, site, [SUBDOMAIN, site.domains[0].id])
    _drafts(site, journal)
    return site


def _drafts(site: Site, journal: Collection) -> None:
    """What is not public: a page and an item."""
    add_page(site, "Winter menu", "winter-menu", None, Block("text", "Not yet.")).draft = True
    fields = {"name": "Stollen season", "slug": "stollen-season", "summary": "From November.", "body": "To be written."}
    item = Item(object_id("bakery draft"), journal.id, fields, draft=True)
    journal.items[item.id] = item


def _journal(site: Site) -> Collection:
    fields = [
        _field("name", "Name", "PlainText", required=True),
        _field("slug", "Slug", "PlainText", required=True),
        _field("summary", "Summary", "PlainText"),
        _field("body", "Body", "RichText"),
        _field("picture", "Picture", "Image"),
    ]
    journal = Collection(object_id(f"{site.short_name} journal"), site.id, "Journal", "Article", "journal", fields)
    for name, slug, summary in ARTICLES:
        item = Item(
            object_id(f"bakery {slug}"), journal.id, {"name": name, "slug": slug, "summary": summary, "picture": None}
        )
        item.fields["body"] = f"{name}. {summary or 'Longer than any of us has been here.'}"
        journal.items[item.id] = item
    site.collections[journal.id] = journal
    return journal


def _field(slug: str, name: str, kind: str, required: bool = False) -> dict[str, object]:
    return {
        "id": object_id(f"field {slug}"),
        "isRequired": required,
        "isEditable": True,
        "type": kind,
        "slug": slug,
        "displayName": name,
        "helpText": None,
        "validations": {},
    }


def _contact(site: Site) -> None:
    page_id, form_id = object_id(f"{site.short_name} page contact"), object_id(f"{site.short_name} form")
    fields = {
        uuid_of("form name"): {"displayName": "Name", "type": "Plain", "placeholder": "", "userVisible": True},
        uuid_of("form email"): {"displayName": "Email", "type": "Email", "placeholder": "", "userVisible": True},
    }
    site.forms[form_id] = Form(form_id, site.id, "Contact form", page_id, uuid_of(f"{site.short_name} form"), fields)
    add_page(site, "Contact", "contact", "Write to the bakers, or come by before ten.", Block("form", ref=form_id))


def _pottery(account: Account) -> Site:
    site = _site(account, "Kiln and Clay", "kiln-and-clay")
    cup = _asset(site, "cup.png", "A blue cup", (60, 90, 150))
    add_page(site, "Home", "", "Cups, bowls and courses in a small pottery.", Block("image", ref=cup.id))
    add_page(
        site,
        "Courses",
        "courses",
        "Learn to throw a bowl in one weekend.",
        Block("text", "Six places, two wheels each."),
    )
    add_page(site, "Visit", "visit", "Open from Thursday to Sunday.", Block("text", "Ring the bell twice."))
    site.enterprise = True
    publish(account, site, [SUBDOMAIN, site.domains[0].id])
    return site


def _unpublished(account: Account) -> Site:
    site = _site(account, "Lantern Hotel", "lantern-hotel")
    add_page(site, "Home", "", None, Block("text", "Opening in spring."))
    return site


@cache
def picture(colour: tuple[int, int, int], width: int = 640, height: int = 360) -> bytes:
    """A PNG of one colour."""
    rows = (b"\0" + bytes(colour) * width) * height
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
