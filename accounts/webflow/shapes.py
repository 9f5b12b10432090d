"""What the Data API tells of tokens, sites and pages, as frozen dataclasses. Parsing is lenient (see reading.py); kinds
that Webflow may add to (triggers, grants) stay plain texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from accounts.webflow.reading import flag, maybe_text, moment, number, part, parts, text, texts
from accounts.webflow.wire import Json


@dataclass(frozen=True)
class Authorization:
    """What a token may do and where."""

    id: str
    grant_type: str
    scopes: tuple[str, ...]
    rate_limit: int | None  # requests per minute
    site_ids: tuple[str, ...]
    workspace_ids: tuple[str, ...]
    user_ids: tuple[str, ...]
    application_id: str

    @classmethod
    def of(cls, data: Json) -> Self:
        granted = part(data, "authorization")
        where = part(granted, "authorizedTo")
        return cls(
            id=text(granted, "id"),
            grant_type=text(granted, "grantType"),
            scopes=tuple(filter(None, re.split(r"[,\s]+", text(granted, "scope")))),
            rate_limit=number(granted, "rateLimit"),
            site_ids=texts(where, "siteIds"),
            workspace_ids=texts(where, "workspaceIds"),
            user_ids=texts(where, "userIds"),
            application_id=text(part(data, "application"), "id"),
        )


@dataclass(frozen=True)
class Person:
    """Who gave the token. Webflow does not say whether the address is verified: treat it as unverified."""

    id: str
    email: str
    first_name: str
    last_name: str

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(text(data, "id"), text(data, "email"), text(data, "firstName"), text(data, "lastName"))


@dataclass(frozen=True)
class Domain:
    id: str
    host: str
    last_published: datetime | None

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(text(data, "id"), text(data, "url"), moment(data, "lastPublished"))


@dataclass(frozen=True)
class Locale:
    id: str
    cms_locale_id: str
    tag: str
    name: str
    subdirectory: str
    enabled: bool

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            cms_locale_id=text(data, "cmsLocaleId"),
            tag=text(data, "tag"),
            name=text(data, "displayName"),
            subdirectory=text(data, "subdirectory"),
            enabled=flag(data, "enabled", default=True),
        )


@dataclass(frozen=True)
class Site:
    id: str
    workspace_id: str
    name: str
    short_name: str
    preview_url: str  # a picture of the site, not its address
    last_published: datetime | None
    last_updated: datetime | None
    domains: tuple[Domain, ...]
    primary_locale: Locale | None
    secondary_locales: tuple[Locale, ...]

    @classmethod
    def of(cls, data: Json) -> Self:
        locales = part(data, "locales")
        primary = part(locales, "primary")
        return cls(
            id=text(data, "id"),
            workspace_id=text(data, "workspaceId"),
            name=text(data, "displayName"),
            short_name=text(data, "shortName"),
            preview_url=text(data, "previewUrl"),
            last_published=moment(data, "lastPublished"),
            last_updated=moment(data, "lastUpdated"),
            domains=tuple(map(Domain.of, parts(data, "customDomains"))),
            primary_locale=Locale.of(primary) if primary else None,
            secondary_locales=tuple(map(Locale.of, parts(locales, "secondary"))),
        )


@dataclass(frozen=True)
class Page:
    id: str
    site_id: str
    title: str
    slug: str
    parent_id: str
    collection_id: str  # not empty: a CMS template page
    created_on: datetime | None
    last_updated: datetime | None
    archived: bool
    draft: bool
    is_branch: bool  # never published: not to be scanned
    seo_title: str | None
    seo_description: str | None
    og_title: str | None
    og_title_copied: bool
    og_description: str | None
    og_description_copied: bool
    locale_id: str
    published_path: str

    @classmethod
    def of(cls, data: Json) -> Self:
        seo, graph = part(data, "seo"), part(data, "openGraph")
        return cls(
            id=text(data, "id"),
            site_id=text(data, "siteId"),
            title=text(data, "title"),
            slug=text(data, "slug"),
            parent_id=text(data, "parentId"),
            collection_id=text(data, "collectionId"),
            created_on=moment(data, "createdOn"),
            last_updated=moment(data, "lastUpdated"),
            archived=flag(data, "archived"),
            draft=flag(data, "draft"),
            is_branch=flag(data, "isBranch"),
            seo_title=maybe_text(seo, "title"),
            seo_description=maybe_text(seo, "description"),
            og_title=maybe_text(graph, "title"),
            og_title_copied=flag(graph, "titleCopied", default=True),
            og_description=maybe_text(graph, "description"),
            og_description_copied=flag(graph, "descriptionCopied", default=True),
            locale_id=text(data, "localeId"),
            published_path=text(data, "publishedPath"),
        )


@dataclass(frozen=True)
class Webhook:
    id: str
    site_id: str
    trigger: str
    url: str
    created_on: datetime | None
    last_triggered: datetime | None

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            site_id=text(data, "siteId"),
            trigger=text(data, "triggerType"),
            url=text(data, "url"),
            created_on=moment(data, "createdOn"),
            last_triggered=moment(data, "lastTriggered"),
        )


@dataclass(frozen=True)
class Redirect:
    id: str
    from_url: str
    to_url: str

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(text(data, "id"), text(data, "fromUrl"), text(data, "toUrl"))


@dataclass(frozen=True)
class Script:
    """A script that an app registered; what a designer typed into the settings is not told."""

    id: str
    name: str
    version: str
    location: str
    integrity: str

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            name=text(data, "displayName"),
            version=text(data, "version"),
            location=text(data, "hostedLocation"),
            integrity=text(data, "integrityHash"),
        )


@dataclass(frozen=True)
class CodeBlock:
    """Where an app put which of its scripts."""

    site_id: str
    page_id: str
    script_ids: tuple[str, ...]

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            text(data, "siteId"), text(data, "pageId"), tuple(text(each, "id") for each in parts(data, "scripts"))
        )
