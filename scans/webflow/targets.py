"""Which object of Webflow a finding is about, and the way to it.

Known are: the page the scan saw (`data-wf-page`), the ids that the A-rules give in evidence, the asset in a picture's
address, the CMS item by its template and the end of the address, the form of a page, and the component or class that
carries an issue. Only what the copy of the site lists is named: an address or a markup can claim anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from django.db.models import Q

from accounts.webflow.ids import is_id
from scans.models import Finding, Issue, Site
from scans.snapshot import Category
from scans.webflow.objects import SyncedItem, SyncedPage, SyncedSite

_FILE = re.compile(r"/[0-9a-f]{24}/(?P<file>[0-9a-f]{24})_")
_FORM = re.compile(r'data-wf-element-id="([0-9a-f-]{36})"')


class Kind(StrEnum):
    PAGE = "page"
    TEMPLATE = "template"
    ITEM = "item"
    ASSET = "asset"
    FORM = "form"
    CLASS = "class"
    COMPONENT = "component"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.PAGE: "Page in Webflow",
    Kind.TEMPLATE: "CMS template",
    Kind.ITEM: "CMS item",
    Kind.ASSET: "Picture in Assets",
    Kind.FORM: "Form",
    Kind.CLASS: "Class",
    Kind.COMPONENT: "Component",
}


@dataclass(frozen=True, slots=True)
class Target:
    """`id` is Webflow's ("" for a class or component); `collection_id` of a template or item; `locale_id` only where it
    is not the primary one."""

    kind: Kind
    id: str
    name: str
    collection_id: str = ""
    locale_id: str = ""
    designer_url: str = ""
    cms_url: str = ""


def synced_of(site: Site) -> SyncedSite | None:
    """Also of a staging address, which is the same site in Webflow."""
    rows = SyncedSite.objects.filter(Q(site=site) | Q(site=site.staging_of_id), gone_at=None, site__isnull=False)
    return rows.select_related("connection", "site").first()


def of(issue: Issue, finding: Finding, synced: SyncedSite) -> Target | None:
    """The most exact one."""
    return next(iter(every(issue, finding, synced)), None)


def every(issue: Issue, finding: Finding, synced: SyncedSite) -> tuple[Target, ...]:
    """All that are known, the most exact first."""
    page = page_of(finding, synced)
    item = item_of(finding, synced, page)
    found = [
        _asset(finding, synced, page),
        _form(issue, finding, synced, page),
        _item(synced, item) if item else None,
        _page(synced, page) if page else None,
        _carrier(issue, synced, page),
    ]
    return tuple(each for each in found if each is not None)


def page_of(finding: Finding, synced: SyncedSite) -> SyncedPage | None:
    """In the locale whose address the finding has; the primary one otherwise."""
    named = str(finding.evidence.get("page_id") or "")
    webflow_id = named or (finding.page.webflow_page_id if finding.page else "")
    if not is_id(webflow_id):
        return None
    rows = list(synced.pages.filter(webflow_id=webflow_id, gone_at=None))
    locale, path = str(finding.evidence.get("locale_id") or ""), path_of(finding.url)
    primary = str(synced.locales[0]["id"]) if synced.locales else ""
    rows.sort(
        key=lambda row: (row.locale_id != locale, (row.path.rstrip("/") or "/") != path, row.locale_id != primary)
    )
    return rows[0] if rows else None


def item_of(finding: Finding, synced: SyncedSite, page: SyncedPage | None) -> SyncedItem | None:
    rows = SyncedItem.objects.filter(collection__site=synced, collection__gone_at=None, gone_at=None)
    rows = rows.select_related("collection").order_by("pk")
    evidence = finding.evidence
    if is_id(named := str(evidence.get("item_id") or "")):
        locale = str(evidence.get("cms_locale_id") or "")
        found = rows.filter(webflow_id=named)
        return found.filter(cms_locale_id=locale).first() or found.first()
    if page is None or not page.collection_id:
        return None
    slug = path_of(finding.url).rpartition("/")[2]
    found = rows.filter(collection__webflow_id=page.collection_id, slug=slug)
    return found.filter(cms_locale_id=_cms_locale(synced, finding.url)).first() or found.first()


def _cms_locale(synced: SyncedSite, url: str) -> str:
    """By the folder that the address begins with."""
    first = path_of(url).split("/")[1]
    named = [one for one in synced.locales[1:] if one["subdirectory"].strip("/") == first]
    return str((named or synced.locales[:1] or [{"cms_locale_id": ""}])[0]["cms_locale_id"])


def file_of(finding: Finding) -> str:
    """The id of the file in the picture's address; "" when it is none of Webflow's."""
    for text in (str(finding.evidence.get("asset_id") or ""), str(finding.evidence.get("target") or ""), finding.html):
        if is_id(text):
            return text
        if found := _FILE.search(text):
            return found["file"]
    return ""


def locale_of(synced: SyncedSite, page: SyncedPage) -> str:
    """What the API has to be told: "" for the primary locale."""
    primary = str(synced.locales[0]["id"]) if synced.locales else page.locale_id
    return "" if page.locale_id == primary else page.locale_id


def path_of(url: str) -> str:
    return unquote(urlsplit(url).path).rstrip("/") or "/"


def designer(synced: SyncedSite, **where: str) -> str:
    """ "" when the API did not tell the short name."""
    if not synced.short_name:
        return ""
    asked = urlencode({key: value for key, value in where.items() if value})
    return f"{synced.designer_url}?{asked}" if asked else synced.designer_url


def _page(synced: SyncedSite, page: SyncedPage) -> Target:
    return Target(
        Kind.TEMPLATE if page.collection_id else Kind.PAGE,
        page.webflow_id,
        str(page),
        page.collection_id,
        locale_of(synced, page),
        designer(synced, pageId=page.webflow_id),
    )


def _item(synced: SyncedSite, item: SyncedItem) -> Target:
    collection = item.collection.webflow_id
    template = synced.pages.filter(collection_id=collection, gone_at=None).first()
    primary = str(synced.locales[0]["cms_locale_id"]) if synced.locales else item.cms_locale_id
    return Target(
        Kind.ITEM,
        item.webflow_id,
        f"{item} in {item.collection}",
        collection,
        "" if item.cms_locale_id == primary else item.cms_locale_id,
        designer(synced, pageId=template.webflow_id if template else ""),
        designer(synced, pageId=template.webflow_id if template else "", itemId=item.webflow_id),
    )


def _asset(finding: Finding, synced: SyncedSite, page: SyncedPage | None) -> Target | None:
    asset = synced.assets.filter(webflow_id=file, gone_at=None).first() if (file := file_of(finding)) else None
    where = designer(synced, pageId=page.webflow_id if page else "")
    return Target(Kind.ASSET, asset.webflow_id, asset.name, designer_url=where) if asset else None


def _form(issue: Issue, finding: Finding, synced: SyncedSite, page: SyncedPage | None) -> Target | None:
    if issue.category != Category.FORMS:
        return None
    forms: Any = synced.forms.filter(gone_at=None)
    if found := _FORM.search(finding.html):
        rows = list(forms.filter(element_id=found[1])[:2])
    else:
        rows = list(forms.filter(page_id=page.webflow_id)[:2]) if page else []
    if len(rows) != 1:
        return None
    return Target(Kind.FORM, rows[0].webflow_id, rows[0].name, designer_url=designer(synced, pageId=rows[0].page_id))


def _carrier(issue: Issue, synced: SyncedSite, page: SyncedPage | None) -> Target | None:
    if not issue.group or issue.group.startswith("CMS template of"):
        return None
    is_class = issue.group.startswith("Class .")
    where = designer(synced, pageId=page.webflow_id if page else "")
    name = issue.group.removeprefix("Class ") if is_class else issue.group
    return Target(Kind.CLASS if is_class else Kind.COMPONENT, "", name, designer_url=where)
