"""The account of the stand-in. Mutable on purpose: it is the thing itself, not a report about it."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
RESOURCES = ("assets", "cms", "comments", "components", "custom_code", "forms", "pages", "sites", "site_config")
ALL_SCOPES = ("authorized_user:read", *(f"{name}:{how}" for name in RESOURCES for how in ("read", "write")))
SUBDOMAIN = "subdomain"  # the key of the webflow.io host among a site's published states
BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def object_id(name: str) -> str:
    """The same id for the same name in every run, so that addresses stay."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]


def uuid_of(name: str) -> str:
    digits = hashlib.sha256(name.encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


@dataclass(frozen=True)
class Block:
    """A piece of a page: heading, text, image, link, list, form or value (of an item's field)."""

    kind: str
    text: str = ""
    href: str = ""
    ref: str = ""  # asset, collection, form or field


@dataclass
class Page:
    id: str
    site_id: str
    title: str
    slug: str
    blocks: list[Block] = field(default_factory=list)
    collection_id: str | None = None
    parent_id: str | None = None
    utility: bool = False  # 404 and its kin: not in the sitemap
    draft: bool = False
    archived: bool = False
    is_branch: bool = False
    seo_title: str | None = None
    seo_description: str | None = None
    og_title: str | None = None
    og_title_copied: bool = True
    og_description: str | None = None
    og_description_copied: bool = True
    created_on: datetime = BEGINNING
    last_updated: datetime = BEGINNING

    @property
    def path(self) -> str:
        """Of a template, the folder of its items."""
        return f"/{self.slug.removeprefix('detail_')}" if self.slug else "/"


@dataclass
class Item:
    id: str
    collection_id: str
    fields: Json
    draft: bool = False
    archived: bool = False
    created_on: datetime = BEGINNING
    last_updated: datetime = BEGINNING
    last_published: datetime | None = None
    live: Json | None = None  # the fields as visitors see them


@dataclass
class Collection:
    id: str
    site_id: str
    name: str
    singular: str
    slug: str
    fields: list[Json]
    items: dict[str, Item] = field(default_factory=dict)
    last_updated: datetime = BEGINNING


@dataclass
class Asset:
    id: str
    site_id: str
    name: str
    alt: str | None
    data: bytes
    content_type: str = "image/png"
    last_updated: datetime = BEGINNING


@dataclass
class Submission:
    id: str
    form_id: str
    answers: Json
    on: datetime


@dataclass
class Form:
    id: str
    site_id: str
    name: str
    page_id: str
    element_id: str
    fields: dict[str, Json]
    redirect_url: str | None = None
    submissions: list[Submission] = field(default_factory=list)


@dataclass
class Webhook:
    id: str
    site_id: str
    app_id: str
    trigger: str
    url: str
    created_on: datetime
    filter: Json | None = None
    last_triggered: datetime | None = None
    active: bool = True


@dataclass
class Snapshot:
    """What one host shows: pages, items and assets as they were when they were published there."""

    at: datetime
    pages: dict[str, Page]
    items: dict[str, Item]
    assets: dict[str, Asset]


@dataclass
class Domain:
    id: str
    host: str


@dataclass
class Site:
    id: str
    workspace_id: str
    name: str
    short_name: str
    domains: list[Domain] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    redirects: dict[str, tuple[str, str]] = field(default_factory=dict)
    scripts: list[Json] = field(default_factory=list)
    published: dict[str, Snapshot] = field(default_factory=dict)  # by SUBDOMAIN or the domain's id
    last_published: datetime | None = None
    last_updated: datetime = BEGINNING
    enterprise: bool = False
    cms_plan: bool = True
    staging_host: str = ""
    published_on: list[datetime] = field(default_factory=list)

    @property
    def locale_id(self) -> str:
        return object_id(f"{self.id} locale")

    @property
    def cms_locale_id(self) -> str:
        return object_id(f"{self.id} cms locale")

    def items(self) -> Iterator[Item]:
        return itertools.chain.from_iterable(each.items.values() for each in self.collections.values())


@dataclass
class App:
    client_id: str
    client_secret: str
    name: str = "QA Sentinel"
    redirect_uris: tuple[str, ...] = ()  # one that ends in * allows what begins so
    scopes: tuple[str, ...] = ALL_SCOPES

    def allows(self, redirect_uri: str) -> bool:
        return any(
            redirect_uri.startswith(each[:-1]) if each.endswith("*") else redirect_uri == each
            for each in self.redirect_uris
        )


@dataclass
class Grant:
    """One person's permission for the app: a code first, a token then."""

    id: str
    code: str
    scopes: tuple[str, ...]
    redirect_uri: str
    created_on: datetime
    site_ids: tuple[str, ...]
    whole_workspace: bool = False
    token: str = ""
    code_used: bool = False
    revoked: bool = False
    last_used: datetime | None = None
    window_began: float = 0.0
    window_used: int = 0


@dataclass
class Fault:
    """What the next fitting requests get instead of, or (with `delay` alone) before, their answer. `skip` of them pass
    first; `is_late`: what was asked for is done, and only the answer is lost."""

    path: str  # a regular expression over the path
    method: str = ""
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int = 1
    skip: int = 0
    is_late: bool = False

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class Switches:
    consent: str = ""  # allow or deny: the permission page answers itself
    publish_limit: bool = True  # one publish per site and minute
    publish_seconds: float = 0.2
    rate_limit: int = 60
    rate_window: float = 60.0
    hook_retry_seconds: float = 600.0
    hook_timeout: float = 10.0
    example_spelling: bool = False  # payloads as the official examples have them, not as the schema says
    same_time_publishing: bool = False  # items refuse to be published when the domains differ in time
    forms_republish: bool = False


@dataclass
class Delivery:
    url: str
    trigger: str
    attempt: int
    status: int  # 0: no answer


@dataclass
class Account:
    app: App
    sites: dict[str, Site] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)  # method and path of every API request
    switches: Switches = field(default_factory=Switches)
    workspace_id: str = field(default_factory=lambda: object_id("workspace"))
    user_id: str = field(default_factory=lambda: object_id("user"))
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """To the millisecond, as it is told."""
        now = datetime.now(UTC) + self.ahead
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def grant(self, *scopes: str, site_ids: tuple[str, ...] = ()) -> Grant:
        """A token without the detour over the permission page. No scopes means all, no sites the whole workspace."""
        grant = Grant(
            id=secrets.token_hex(12),
            code=secrets.token_urlsafe(32),
            scopes=scopes or self.app.scopes,
            redirect_uri="",
            created_on=self.now(),
            site_ids=site_ids,
            whole_workspace=not site_ids,
            token=secrets.token_hex(32),
            code_used=True,
        )
        self.grants.append(grant)
        return grant

    def sites_of(self, grant: Grant) -> list[Site]:
        return [site for site in self.sites.values() if grant.whole_workspace or site.id in grant.site_ids]

    def site_named(self, short_name: str) -> Site | None:
        return next((site for site in self.sites.values() if site.short_name == short_name), None)
