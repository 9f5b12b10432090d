"""Which field of an object may be changed for which rule, what to write there, and whether a text will do. Pure: what
Webflow said goes in, proposals come out.

Offered is exactly what the Data API can change: settings of a page, fields of a CMS item, the alternative text of a
picture. A template is one text for all its items, so only a text that is there already can be edited, with the fields
it is made of kept; where a problem comes from an item's own field, that field is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from accounts.webflow.content import Asset, Field, Item
from accounts.webflow.shapes import Page
from scans.checks.metadata_titles import (
    DESCRIPTION_MAX,
    DESCRIPTION_MIN,
    TITLE_MAX,
    TITLE_MAX_PX,
    TITLE_MIN,
    length,
    width_px,
)
from scans.checks.pages import is_utility
from scans.webflow.fixing import COPIED, FixKind, words

TITLES = frozenset(f"metadata.title-{end}" for end in ("missing", "default", "long", "short", "duplicate"))
DESCRIPTIONS = frozenset(f"metadata.description-{end}" for end in ("missing", "length", "duplicate"))
ALTS = frozenset({"webflow.asset-alt-missing", "images.suspicious-alt", "accessibility.image-alt"})
TEXTS = frozenset(
    f"content.{end}"
    for end in (
        "lorem-ipsum",
        "default-text",
        "todo-marker",
        "spelling",
        "repeated-word",
        "mojibake",
        "copyright-outdated",
    )
)
LINKS = frozenset(
    f"links.{end}"
    for end in ("broken-internal", "broken-external", "redirect-chain", "redirect-loop", "redirected-internal")
) | {"links.insecure", "links.staging", "links.local"}
SHARING, SEO, ADDRESS = "metadata.og-missing", "webflow.missing-seo", "metadata.address-default"
OF_PAGE = TITLES | DESCRIPTIONS | {SHARING, SEO, ADDRESS}
OF_ITEM = TITLES | DESCRIPTIONS | ALTS | TEXTS | LINKS
_DESCRIBES = re.compile(r"summary|descri|excerpt|intro|teaser", re.I)
_TOKEN = re.compile(r"\{\{?[^{}]{1,200}\}\}?")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SEPARATORS = (" | ", " – ", " — ", " - ", " · ", ": ")
_KEPT = "\n\u200c\u200d"  # joiners: Persian and emoji are wrong without
ALT_MAX, PLAIN_MAX, SLUG_MAX, LINK_MAX = 150, 5000, 100, 2048
Value = str | dict[str, bool]


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of one object, as `Fix` keeps it."""

    kind: FixKind
    object_id: str
    field: str
    label: str
    name: str
    parent_id: str = ""
    locale: str = ""
    part: str = ""

    @property
    def key(self) -> str:
        return ".".join(filter(None, (self.kind.value, self.field, self.part)))


@dataclass(frozen=True, slots=True)
class Proposal:
    """`current` is what stands there, `suggestion` what might; `least` and `most` count characters as search engines
    show them. `search` is the part of a search result it is. `keeps` are the fields that a template's text is made of.
    `may_copy`: for sharing, it can also be taken from the SEO settings."""

    slot: Slot
    current: Value
    suggestion: str
    least: int = 1
    most: int = PLAIN_MAX
    search: str = ""
    is_long: bool = False
    keeps: tuple[str, ...] = ()
    may_copy: bool = False
    is_link: bool = False
    warning: str = ""

    @property
    def is_copied(self) -> bool:
        return self.current == COPIED

    @property
    def current_words(self) -> str:
        return words(self.current)

    @property
    def has_lines(self) -> bool:
        """Whether its field keeps line breaks: a plain text of an item may."""
        return self.is_long and self.slot.kind == FixKind.ITEM


@dataclass(frozen=True, slots=True)
class Context:
    """What is wrong, and where. `file` is the picture's."""

    rule: str
    evidence: Mapping[str, Any]
    url: str
    site: str
    file: str = ""
    locale: str = ""


def for_page(about: Context, page: Page) -> Iterator[Proposal]:
    wanted = _page_fields(about)
    if not wanted or page.is_branch:
        return
    for field in wanted:
        if field == "slug":
            if _may_move(page):
                yield _slug(about, page)
        elif proposal := _page_text(about, page, field):
            yield proposal


def _page_fields(about: Context) -> list[str]:
    missing = [str(each) for each in about.evidence.get("missing") or ()]
    if about.rule in TITLES:
        return ["seo_title"]
    if about.rule in DESCRIPTIONS:
        return ["seo_description"]
    if about.rule == SHARING:
        return [f"og_{part}" for part in ("title", "description") if f"og:{part}" in missing]
    if about.rule == SEO:
        return [f"seo_{part}" for part in ("title", "description") if part in missing]
    return ["slug"] if about.rule == ADDRESS else []


_LABELS = {
    "seo_title": "SEO title",
    "seo_description": "SEO description",
    "og_title": "Title for sharing",
    "og_description": "Description for sharing",
    "slug": "Address of the page (slug)",
}


def _page_text(about: Context, page: Page, field: str) -> Proposal | None:
    current = value_of_page(page, field)
    text = current if isinstance(current, str) else ""
    keeps = tuple(dict.fromkeys(_TOKEN.findall(text))) if page.collection_id else ()
    if page.collection_id and not keeps:
        return None
    is_title, is_seo = field.endswith("title"), field.startswith("seo")
    least, most = (TITLE_MIN, TITLE_MAX) if is_title else (DESCRIPTION_MIN, DESCRIPTION_MAX)
    suggestion = text if keeps else _suggested(about, page, field, text)
    return Proposal(
        Slot(FixKind.PAGE, page.id, field, _LABELS[field], page.title or "Home", locale=about.locale),
        current,
        suggestion,
        1 if keeps or not is_seo else least,
        PLAIN_MAX if keeps else most,
        field.removeprefix("seo_") if is_seo else "",
        not is_title,
        keeps,
        not is_seo and current != COPIED and bool(page.seo_title if is_title else page.seo_description),
        warning="This is the text of a CMS template: it changes the pages of all its items."
        if page.collection_id
        else "",
    )


def value_of_page(page: Page, field: str) -> Value:
    if field in ("og_title", "og_description") and getattr(page, f"{field}_copied"):
        return dict(COPIED)
    return getattr(page, field) or ""


def _suggested(about: Context, page: Page, field: str, text: str) -> str:
    if field in ("og_title", "og_description"):
        return getattr(page, field.replace("og", "seo")) or (page.title if field == "og_title" else "")
    if field == "seo_description":
        own = page.og_description if not page.og_description_copied else ""
        return shortened(text if about.rule in DESCRIPTIONS and text else own or "", DESCRIPTION_MAX)
    if about.rule == "metadata.title-long" and text:
        return shortened(text, TITLE_MAX)
    return title_of(page.title, about.site)


def title_of(name: str, site: str) -> str:
    """ "About – Harbour Bakery"; without the site's name where both are too long, cut where one is."""
    name = " ".join(name.split())
    both = f"{name} – {site}" if site and site.lower() not in name.lower() else name
    return both if length(both) <= TITLE_MAX else shortened(name, TITLE_MAX)


def shortened(text: str, most: int) -> str:
    """Whole sentences or parts of a title if they are enough, else whole words."""
    text = " ".join(text.split())
    if length(text) <= most:
        return text
    ends = [at for mark in (". ", *_SEPARATORS) for at in _places(text, mark)]
    parts = [text[: at + 1].rstrip(" |–—-·:") for at in ends]
    good = [part for part in parts if most // 2 <= length(part) <= most]
    if good:
        return max(good, key=len)
    while length(text) > most:
        shorter = text.rpartition(" ")[0]
        text = shorter or text[:-1]
    return text.rstrip(" ,;:|–—-·")


def _places(text: str, mark: str) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(mark), text)]


def _may_move(page: Page) -> bool:
    """Webflow ignores the slug of the home page, of templates and of utility pages."""
    return bool(page.slug) and not page.collection_id and page.published_path != "/" and not is_utility(f"/{page.slug}")


def _slug(about: Context, page: Page) -> Proposal:
    suggestion = "-".join(re.findall(r"[a-z0-9]+", page.title.lower()))[:60].strip("-")
    return Proposal(
        Slot(FixKind.PAGE, page.id, "slug", _LABELS["slug"], page.title, locale=about.locale),
        page.slug,
        "" if suggestion == page.slug else suggestion,
        most=SLUG_MAX,
        warning="The old address stops working with the next publish: a 301 redirect has to lead to the new one.",
    )


def for_asset(about: Context, asset: Asset) -> Iterator[Proposal]:
    if about.rule in ALTS and asset.content_type.startswith("image/"):
        yield Proposal(
            Slot(FixKind.ASSET, asset.id, "alt", "Alt text", asset.name or asset.file_name),
            asset.alt or "",
            "",
            most=ALT_MAX,
            warning="Elements that have an alt text of their own, or are marked as decorative, keep theirs.",
        )


def for_item(
    about: Context, item: Item, fields: tuple[Field, ...], collection: str, page: Page | None
) -> Iterator[Proposal]:
    """`page` is the template, whose texts tell which field they take."""
    editable = [field for field in fields if field.editable]
    for field, part, current in _item_fields(about, item, editable, page):
        what = {"Image": "Alt text of", "MultiImage": "Alt text of a picture in"}.get(field.type, "Field")
        slot = Slot(
            FixKind.ITEM,
            item.id,
            field.slug,
            f"{what} “{field.name[:100]}”",
            item.name,
            collection,
            about.locale,
            part,
        )
        yield Proposal(slot, current, _item_text(about, current), **_item_limits(about, field, part))


def _item_limits(about: Context, field: Field, part: str) -> dict[str, Any]:
    if part:
        return {"most": ALT_MAX}
    if about.rule in TITLES:
        return {"most": TITLE_MAX}
    if about.rule in DESCRIPTIONS:
        return {"least": DESCRIPTION_MIN, "most": DESCRIPTION_MAX, "is_long": True}
    return {"most": LINK_MAX, "is_link": True} if field.type == "Link" else {"is_long": True}


def _item_text(about: Context, current: str) -> str:
    if about.rule in TITLES:
        return shortened(current, TITLE_MAX)
    if about.rule in DESCRIPTIONS:
        return shortened(current, DESCRIPTION_MAX)
    return "" if about.rule in ALTS else current


def _item_fields(
    about: Context, item: Item, fields: list[Field], page: Page | None
) -> Iterator[tuple[Field, str, str]]:
    plain = [
        (field, item.raw.get(field.slug)) for field in fields if field.type == "PlainText" and field.slug != "slug"
    ]
    texts = [(field, value if isinstance(value, str) else "") for field, value in plain]
    if about.rule in ALTS:
        yield from _pictures(about, item, fields)
    elif about.rule in LINKS:
        yield from ((field, "", item.raw[field.slug]) for field in fields if _leads_there(about, item, field))
    elif about.rule in TEXTS:
        yield from ((field, "", text) for field, text in _holders(about, texts))
    elif about.rule in TITLES:
        seen = str(about.evidence.get("title") or "")
        yield from ((field, "", text) for field, text in texts if text and text in seen)
    elif about.rule in DESCRIPTIONS:
        yield from ((field, "", text) for field, text in texts if _describes(about, field, text, page))


def _pictures(about: Context, item: Item, fields: list[Field]) -> Iterator[tuple[Field, str, str]]:
    for field in fields:
        if field.type in ("Image", "MultiImage"):
            for picture in pictures_of(item.raw.get(field.slug)):
                if about.file and about.file == file_of(picture):
                    yield field, about.file, str(picture.get("alt") or "")


def pictures_of(value: object) -> list[dict[str, Any]]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def file_of(picture: Mapping[str, Any]) -> str:
    return str(picture.get("fileId") or "")


def _leads_there(about: Context, item: Item, field: Field) -> bool:
    value, target = item.raw.get(field.slug), str(about.evidence.get("target") or "")
    return (
        field.type == "Link"
        and isinstance(value, str)
        and bool(target)
        and target in (value, _joined(about.url, value))
    )


def _joined(url: str, value: str) -> str:
    try:
        return urljoin(url, value)
    except ValueError:
        return ""


def _holders(about: Context, texts: list[tuple[Field, str]]) -> list[tuple[Field, str]]:
    """The one field that holds what was found, if it stands there exactly once."""
    for name in ("text", "around", "word"):
        words = str(about.evidence.get(name) or "").strip(" …")
        if words:
            found = [(field, text) for field, text in texts if words in text]
            return found if sum(text.count(words) for _, text in found) == 1 else []
    return []


def _describes(about: Context, field: Field, text: str, page: Page | None) -> bool:
    pattern = (page.seo_description if page else "") or ""
    if _TOKEN.search(pattern):
        named = f"{{{field.slug}}}" in pattern
        if named or not any(mark in pattern for mark in ("{{", "wf")):
            return named
    seen = str(about.evidence.get("description") or "")
    return text in seen if text and seen else bool(_DESCRIBES.search(field.slug))


def fault_of(proposal: Proposal, new: str) -> str:
    """Why a text will not do, as a sentence; "" when it will."""
    slot, size = proposal.slot, length(new)
    if not new:
        return "Write a text first: an empty one mends nothing."
    if new == proposal.current:
        return "This is what stands there already."
    if slot.field == "slug" and slot.kind == FixKind.PAGE and not _SLUG.fullmatch(new):
        return "An address takes small letters, digits and single hyphens only, such as “about-us”."
    if proposal.is_link and not _is_link(new):
        return "A link begins with https://, http://, / or #, or is a mailto: or tel: address."
    if size < proposal.least:
        return f"This has {size} character{'' if size == 1 else 's'}; at least {proposal.least} are needed."
    if size > proposal.most and not (proposal.search == "title" and width_px(new) <= TITLE_MAX_PX):
        return f"This has {size} characters; {proposal.most} are the most."
    lost = [token for token in proposal.keeps if token not in new]
    return f"Keep {lost[0]}: there Webflow puts in the item's own text." if lost else ""


def _is_link(text: str) -> bool:
    return " " not in text and text.lower().startswith(("https://", "http://", "/", "#", "mailto:", "tel:"))


def cleaned(text: str, is_long: bool) -> str:
    """Without what no setting holds; a short text is one line."""
    kept = "".join(letter for letter in text.replace("\r\n", "\n") if letter.isprintable() or letter in _KEPT)
    return kept.strip() if is_long else " ".join(kept.split())
