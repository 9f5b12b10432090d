"""Tier A: a site as Webflow's Data API v2 tells it. Names are those of the API in our spelling; what the API leaves
null is "" or None. Whoever has the connection fills it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class WebflowDomain:
    """A custom domain; `url` is its bare host."""

    id: str
    url: str
    last_published: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebflowLocale:
    """`subdirectory` is "" for the primary one."""

    id: str
    cms_locale_id: str = ""
    subdirectory: str = ""


@dataclass(frozen=True, slots=True)
class WebflowPage:
    """`collection_id` makes it the template of a Collection. `published_path` is "" when the API names none. SEO fields
    are what the page's settings hold, "" when nobody filled them in."""

    id: str
    title: str = ""
    slug: str = ""
    parent_id: str = ""
    collection_id: str = ""
    last_updated: datetime | None = None
    archived: bool = False
    draft: bool = False
    is_branch: bool = False
    seo_title: str = ""
    seo_description: str = ""
    locale_id: str = ""
    published_path: str = ""


@dataclass(frozen=True, slots=True)
class WebflowCollection:
    id: str
    display_name: str = ""
    slug: str = ""


@dataclass(frozen=True, slots=True)
class WebflowItem:
    """`name` and `slug` are those of its field data."""

    id: str
    collection_id: str
    name: str = ""
    slug: str = ""
    cms_locale_id: str = ""
    last_published: datetime | None = None
    last_updated: datetime | None = None
    is_archived: bool = False
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class WebflowAsset:
    id: str
    content_type: str = ""
    hosted_url: str = ""
    display_name: str = ""
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class WebflowDeleted:
    """A page (or an item, then with its Collection) that was there and is gone; `path` is where it was published."""

    id: str
    path: str
    name: str = ""
    collection_id: str = ""


@dataclass(frozen=True, slots=True)
class WebflowSite:
    """`unpublished_after`: how long changes may wait for the next publish, by the customer's settings."""

    id: str
    short_name: str = ""
    display_name: str = ""
    last_published: datetime | None = None
    last_updated: datetime | None = None
    domains: tuple[WebflowDomain, ...] = ()
    locales: tuple[WebflowLocale, ...] = ()
    pages: tuple[WebflowPage, ...] = ()
    collections: tuple[WebflowCollection, ...] = ()
    items: tuple[WebflowItem, ...] = ()
    assets: tuple[WebflowAsset, ...] = ()
    deleted: tuple[WebflowDeleted, ...] = ()
    unpublished_after: timedelta = timedelta(days=1)

    @property
    def staging_host(self) -> str:
        return f"{self.short_name}.webflow.io" if self.short_name else ""
