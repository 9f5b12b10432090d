"""What the Data API tells of the CMS, of assets and forms, read as leniently as shapes.py. An item keeps its `raw`
values: a fix has to send back what it read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from accounts.webflow.reading import clean, flag, maybe_text, moment, number, part, parts, text
from accounts.webflow.wire import Json


@dataclass(frozen=True)
class Field:
    id: str
    slug: str
    name: str
    type: str  # PlainText, RichText, Image, MultiImage, Reference, …
    required: bool
    editable: bool

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            slug=text(data, "slug"),
            name=text(data, "displayName"),
            type=text(data, "type"),
            required=flag(data, "isRequired"),
            editable=flag(data, "isEditable", default=True),
        )


@dataclass(frozen=True)
class Collection:
    id: str
    name: str
    singular: str
    slug: str
    last_updated: datetime | None
    fields: tuple[Field, ...]  # empty in the list of collections

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            name=text(data, "displayName"),
            singular=text(data, "singularName"),
            slug=text(data, "slug"),
            last_updated=moment(data, "lastUpdated"),
            fields=tuple(map(Field.of, parts(data, "fields"))),
        )


@dataclass(frozen=True)
class Item:
    id: str
    cms_locale_id: str
    name: str
    slug: str
    created_on: datetime | None
    last_updated: datetime | None
    last_published: datetime | None
    archived: bool
    draft: bool
    raw: Json  # fieldData as it came: a field with several images has to be sent back whole

    @classmethod
    def of(cls, data: Json) -> Self:
        values = part(data, "fieldData")
        return cls(
            id=text(data, "id"),
            cms_locale_id=text(data, "cmsLocaleId"),
            name=text(values, "name"),
            slug=text(values, "slug"),
            created_on=moment(data, "createdOn"),
            last_updated=moment(data, "lastUpdated"),
            last_published=moment(data, "lastPublished"),
            archived=flag(data, "isArchived"),
            draft=flag(data, "isDraft"),
            raw=values,
        )


@dataclass(frozen=True)
class Asset:
    id: str
    site_id: str
    name: str
    file_name: str
    content_type: str
    size: int | None  # bytes
    url: str
    alt: str | None  # None: nobody wrote one
    last_updated: datetime | None

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            site_id=text(data, "siteId"),
            name=text(data, "displayName"),
            file_name=text(data, "originalFileName"),
            content_type=text(data, "contentType"),
            size=number(data, "size"),
            url=text(data, "hostedUrl"),
            alt=maybe_text(data, "altText"),
            last_updated=moment(data, "lastUpdated"),
        )


@dataclass(frozen=True)
class FormField:
    id: str
    name: str
    type: str


@dataclass(frozen=True)
class Form:
    id: str
    name: str
    site_id: str
    page_id: str
    page_name: str
    element_id: str
    last_updated: datetime | None
    fields: tuple[FormField, ...]
    redirect_url: str
    sends_email_confirmation: bool

    @classmethod
    def of(cls, data: Json) -> Self:
        settings = part(data, "responseSettings")
        return cls(
            id=text(data, "id"),
            name=text(data, "displayName"),
            site_id=text(data, "siteId"),
            page_id=text(data, "pageId"),
            page_name=text(data, "pageName"),
            element_id=text(data, "formElementId"),
            last_updated=moment(data, "lastUpdated"),
            fields=_form_fields(data),
            redirect_url=text(settings, "redirectUrl"),
            sends_email_confirmation=flag(settings, "sendEmailConfirmation"),
        )


def _form_fields(data: Json) -> tuple[FormField, ...]:
    """A map of id → field by the schema, a list of such maps by the official example."""
    maps = [part(data, "fields"), *parts(data, "fields")]
    return tuple(
        FormField(clean(str(key)), text(value, "displayName"), text(value, "type"))
        for fields in maps
        for key, value in fields.items()
        if isinstance(value, dict)
    )


@dataclass(frozen=True)
class FormSubmission:
    """A visitor's data. Ask for it only to find a submission of our own."""

    id: str
    form_name: str
    submitted_on: datetime | None
    answers: Json

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(
            id=text(data, "id"),
            form_name=text(data, "displayName"),
            submitted_on=moment(data, "dateSubmitted", "submittedAt"),
            answers=part(data, "formResponse") or part(data, "data"),
        )
