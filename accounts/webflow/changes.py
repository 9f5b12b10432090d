"""What a fix sends: only what was set is in the body."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.webflow.ids import checked, checked_element
from accounts.webflow.reading import flag, moment, text, texts
from accounts.webflow.wire import Json


@dataclass(frozen=True)
class PageChange:
    """None leaves a value as it is. Webflow ignores `slug` for the home page, templates and utility pages. A text for
    sharing is one of its own unless it is said to be copied from the SEO settings."""

    title: str | None = None
    slug: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    og_title: str | None = None
    og_description: str | None = None
    og_title_copied: bool | None = None
    og_description_copied: bool | None = None

    def body(self) -> Json:
        graph = _set(
            title=self.og_title,
            titleCopied=_copied(self.og_title, self.og_title_copied),
            description=self.og_description,
            descriptionCopied=_copied(self.og_description, self.og_description_copied),
        )
        seo = _set(title=self.seo_title, description=self.seo_description)
        return _set(title=self.title, slug=self.slug, seo=seo or None, openGraph=graph or None)


@dataclass(frozen=True)
class ItemChange:
    """A field with several images needs the whole list, with fileId and url of each, or the others are lost."""

    id: str
    fields: Json = field(default_factory=dict)
    cms_locale_id: str = ""
    draft: bool | None = None
    archived: bool | None = None

    def body(self) -> Json:
        locale = checked_element(self.cms_locale_id) if self.cms_locale_id else None
        return _set(
            id=checked(self.id),
            cmsLocaleId=locale,
            isDraft=self.draft,
            isArchived=self.archived,
            fieldData=self.fields or None,
        )


@dataclass(frozen=True)
class Publishing:
    """What Webflow queued; it is done when the site's `last_published` moves or the webhook comes."""

    domain_ids: tuple[str, ...]
    to_subdomain: bool
    scope: str

    @classmethod
    def of(cls, data: Json) -> Publishing:
        domains = data.get("customDomains")
        ids = tuple(text(each, "id") for each in domains if isinstance(each, dict)) if isinstance(domains, list) else ()
        return cls(ids, flag(data, "publishToWebflowSubdomain"), text(data, "publishScope"))


@dataclass(frozen=True)
class PublishedItems:
    item_ids: tuple[str, ...]
    errors: tuple[str, ...]

    @classmethod
    def of(cls, data: Json) -> PublishedItems:
        return cls(texts(data, "publishedItemIds"), texts(data, "errors"))


def is_after(data: Json, since: datetime) -> bool:
    """Whether an item was changed since; one without a time may have been."""
    changed = moment(data, "lastUpdated")
    return changed is None or changed >= since


def _copied(text: str | None, copied: bool | None) -> bool | None:
    return False if copied is None and text is not None else copied


def _set(**values: object) -> Json:
    return {name: value for name, value in values.items() if value is not None}
