"""Webflow's Data API v2, one method per endpoint the product needs. Sync, thread-safe, knows no Django.

    with WebflowClient(token, base_url="https://api.webflow.com/v2") as webflow:
        for site in webflow.sites(): …

Every method may raise the errors of errors.py; BadId when an id is none. Lists that come in pages are iterators and
ask for the next hundred when they get there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from accounts.webflow import content, shapes
from accounts.webflow.budget import Budget, LocalBudget
from accounts.webflow.changes import ItemChange, PageChange, PublishedItems, Publishing, is_after
from accounts.webflow.errors import BadAnswer
from accounts.webflow.ids import checked, checked_element
from accounts.webflow.reading import number, part, rows, whole
from accounts.webflow.wire import Json, Limits, Wire

PAGE_SIZE = 100
MOST_ROWS = 200_000  # an answer that promises more is not believed
MOST_ITEMS_PER_CALL = 100
T = TypeVar("T")


@dataclass
class _Rows:
    key: str
    path: str
    params: Mapping[str, str]


class WebflowClient:
    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        budget: Budget | None = None,
        limits: Limits | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._wire = Wire(token, base_url, budget or LocalBudget(), limits or Limits(), pause)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    # the token

    def introspect(self) -> shapes.Authorization:
        answer = self._wire.read("token/introspect")
        whole(part(answer, "authorization"))
        return shapes.Authorization.of(answer)

    def authorized_by(self) -> shapes.Person:
        return shapes.Person.of(whole(self._wire.read("token/authorized_by")))

    # sites

    def sites(self) -> list[shapes.Site]:
        return [shapes.Site.of(row) for row in rows(self._wire.read("sites"), "sites")]

    def site(self, site_id: str) -> shapes.Site:
        return shapes.Site.of(whole(self._wire.read(f"sites/{checked(site_id)}")))

    def custom_domains(self, site_id: str) -> list[shapes.Domain]:
        answer = self._wire.read(f"sites/{checked(site_id)}/custom_domains")
        return [shapes.Domain.of(row) for row in rows(answer, "customDomains")]

    def publish_site(
        self, site_id: str, *, custom_domains: Sequence[str] = (), to_subdomain: bool = False, page_id: str = ""
    ) -> Publishing:
        """Queues a publish of the given domains (ids). Without `page_id` everything staged goes live, also what others
        left unfinished. At most one per minute: RateLimited otherwise."""
        body: Json = {
            "customDomains": [checked(each) for each in custom_domains],
            "publishToWebflowSubdomain": to_subdomain,
        }
        if page_id:
            body["pageId"] = checked(page_id)
        return Publishing.of(self._wire.write("POST", f"sites/{checked(site_id)}/publish", body))

    # pages

    def pages(self, site_id: str, *, locale_id: str = "") -> Iterator[shapes.Page]:
        for row in self._rows(_Rows("pages", f"sites/{checked(site_id)}/pages", _locale(locale_id))):
            yield shapes.Page.of(row)

    def page(self, page_id: str, *, locale_id: str = "") -> shapes.Page:
        return shapes.Page.of(whole(self._wire.read(f"pages/{checked(page_id)}", _locale(locale_id))))

    def update_page(self, page_id: str, change: PageChange, *, locale_id: str = "") -> shapes.Page:
        """Staged: live only after a publish."""
        path = f"pages/{checked(page_id)}"
        return shapes.Page.of(whole(self._wire.write("PUT", path, change.body(), _locale(locale_id))))

    # CMS

    def collections(self, site_id: str) -> list[content.Collection]:
        answer = self._wire.read(f"sites/{checked(site_id)}/collections")
        return [content.Collection.of(row) for row in rows(answer, "collections")]

    def collection(self, collection_id: str) -> content.Collection:
        return content.Collection.of(whole(self._wire.read(f"collections/{checked(collection_id)}")))

    def items(
        self, collection_id: str, *, cms_locale_id: str = "", since: datetime | None = None, live: bool = False
    ) -> Iterator[content.Item]:
        """Last changed first, so that `since` ends the reading early; `live` gives the published state."""
        params = {"sortBy": "lastUpdated", "sortOrder": "desc"}
        if cms_locale_id:
            params["cmsLocaleId"] = checked_element(cms_locale_id)
        path = f"collections/{checked(collection_id)}/items{'/live' if live else ''}"
        for row in self._rows(_Rows("items", path, params)):
            if since is not None and not is_after(row, since):
                return
            yield content.Item.of(row)

    def item(self, collection_id: str, item_id: str, *, cms_locale_id: str = "", live: bool = False) -> content.Item:
        params = {"cmsLocaleId": checked_element(cms_locale_id)} if cms_locale_id else {}
        path = f"collections/{checked(collection_id)}/items/{checked(item_id)}{'/live' if live else ''}"
        return content.Item.of(whole(self._wire.read(path, params)))

    def update_items(self, collection_id: str, changes: Sequence[ItemChange]) -> list[content.Item]:
        """Staged: live only after publish_items or a publish of the site."""
        return self._update_items(f"collections/{checked(collection_id)}/items", changes)

    def update_items_live(self, collection_id: str, changes: Sequence[ItemChange]) -> list[content.Item]:
        """Public at once; Conflict for an item that was never published."""
        return self._update_items(f"collections/{checked(collection_id)}/items/live", changes)

    def publish_items(self, collection_id: str, item_ids: Sequence[str]) -> PublishedItems:
        body: Json = {"itemIds": [checked(each) for each in _bounded(item_ids)]}
        return PublishedItems.of(self._wire.write("POST", f"collections/{checked(collection_id)}/items/publish", body))

    # assets

    def assets(self, site_id: str) -> Iterator[content.Asset]:
        for row in self._rows(_Rows("assets", f"sites/{checked(site_id)}/assets", {})):
            yield content.Asset.of(row)

    def asset(self, asset_id: str) -> content.Asset:
        return content.Asset.of(whole(self._wire.read(f"assets/{checked(asset_id)}")))

    def update_asset(
        self, asset_id: str, *, alt: str | None = None, name: str | None = None, locale_id: str = ""
    ) -> content.Asset:
        """Staged: live only after a publish, and only where the element takes the asset's own alternative text."""
        body = {key: value for key, value in {"altText": alt, "displayName": name}.items() if value is not None}
        return content.Asset.of(
            whole(self._wire.write("PATCH", f"assets/{checked(asset_id)}", body, _locale(locale_id)))
        )

    # forms

    def forms(self, site_id: str) -> Iterator[content.Form]:
        """Conflict (`forms_require_republish`) where the site has to be published once before."""
        for row in self._rows(_Rows("forms", f"sites/{checked(site_id)}/forms", {})):
            yield content.Form.of(row)

    def form_submissions(self, site_id: str, element_id: str) -> Iterator[content.FormSubmission]:
        """Of one form, by the id of its element. They are visitors' personal data."""
        params = {"elementId": checked_element(element_id)}
        for row in self._rows(_Rows("formSubmissions", f"sites/{checked(site_id)}/form_submissions", params)):
            yield content.FormSubmission.of(row)

    def delete_form_submission(self, submission_id: str) -> None:
        self._wire.write("DELETE", f"form_submissions/{checked(submission_id)}")

    # webhooks

    def webhooks(self, site_id: str) -> list[shapes.Webhook]:
        """Those that this app made."""
        return [
            shapes.Webhook.of(row) for row in rows(self._wire.read(f"sites/{checked(site_id)}/webhooks"), "webhooks")
        ]

    def create_webhook(self, site_id: str, trigger: str, url: str) -> shapes.Webhook:
        body: Json = {"triggerType": trigger, "url": url}
        return shapes.Webhook.of(whole(self._wire.write("POST", f"sites/{checked(site_id)}/webhooks", body)))

    def delete_webhook(self, webhook_id: str) -> None:
        self._wire.write("DELETE", f"webhooks/{checked(webhook_id)}")

    # Enterprise workspaces only: EnterpriseOnly elsewhere

    def redirects(self, site_id: str) -> Iterator[shapes.Redirect]:
        for row in self._rows(_Rows("redirects", f"sites/{checked(site_id)}/redirects", {})):
            yield shapes.Redirect.of(row)

    def create_redirect(self, site_id: str, from_url: str, to_url: str) -> shapes.Redirect:
        body: Json = {"fromUrl": from_url, "toUrl": to_url}
        return shapes.Redirect.of(whole(self._wire.write("POST", f"sites/{checked(site_id)}/redirects", body)))

    # code that apps put on the site

    def registered_scripts(self, site_id: str) -> list[shapes.Script]:
        answer = self._wire.read(f"sites/{checked(site_id)}/registered_scripts")
        return [shapes.Script.of(row) for row in rows(answer, "registeredScripts")]

    def custom_code(self, site_id: str) -> list[shapes.CodeBlock]:
        """The blocks of app scripts, per site and page."""
        path = f"sites/{checked(site_id)}/custom_code/blocks"
        return [shapes.CodeBlock.of(row) for row in self._rows(_Rows("blocks", path, {}), identified=False)]

    # inside

    def _update_items(self, path: str, changes: Sequence[ItemChange]) -> list[content.Item]:
        body: Json = {"items": [change.body() for change in _bounded(changes)]}
        answer = self._wire.write("PATCH", path, body)
        found = rows(answer, "items") if "items" in answer else [whole(answer)]
        return [content.Item.of(row) for row in found]

    def _rows(self, what: _Rows, identified: bool = True) -> Iterator[Json]:
        """Every row of a list that comes in pages. The step is what came, not what was asked for: Webflow may give
        fewer."""
        offset = 0
        while offset < MOST_ROWS:
            answer = self._wire.read(what.path, {**what.params, "limit": PAGE_SIZE, "offset": offset})
            found = rows(answer, what.key, identified)
            yield from found
            offset += len(found)
            total = number(part(answer, "pagination"), "total")
            if not found or (total is None and len(found) < PAGE_SIZE) or (total is not None and offset >= total):
                return
        raise BadAnswer(said=f"more than {MOST_ROWS} {what.key}")


def _locale(locale_id: str) -> dict[str, str]:
    return {"localeId": checked_element(locale_id)} if locale_id else {}


def _bounded(things: Sequence[T]) -> Sequence[T]:
    if not 0 < len(things) <= MOST_ITEMS_PER_CALL:
        raise ValueError(f"between 1 and {MOST_ITEMS_PER_CALL} items go into one call, not {len(things)}")
    return things
