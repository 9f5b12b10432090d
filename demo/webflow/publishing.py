"""What changes the account and what visitors see of it; each change is told to the webhooks of its site."""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from demo.webflow import shapes
from demo.webflow.state import SUBDOMAIN, Account, Asset, Form, Item, Json, Page, Site, Snapshot, Submission

Tell = Callable[[Site, str, Json], None]


@dataclass
class Studio:
    """The account at work. `tell` is called on the server's loop."""

    account: Account
    tell: Tell
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def start(self, work: Any) -> None:
        """Runs on beside the requests; kept, so that it is not collected half done."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def queue(self, site: Site, hosts: Iterable[str], page_id: str = "") -> None:
        site.published_on.append(self.account.now())
        self.start(self._later(site, list(hosts), page_id))

    async def _later(self, site: Site, hosts: list[str], page_id: str) -> None:
        await asyncio.sleep(self.account.switches.publish_seconds)
        publish(self.account, site, hosts, page_id)
        self.tell(site, "site_publish", self._published(site, hosts, page_id))

    def _published(self, site: Site, hosts: list[str], page_id: str) -> Json:
        names = [_host(site, each) for each in hosts]
        at, scope = shapes.stamp(site.last_published), "page" if page_id else "site"
        if self.account.switches.example_spelling:
            return {"site": site.id, "publishTime": at, "domains": names, "publishedBy": {"displayName": "Robin Vale"}}
        told: Json = {"siteId": site.id, "publishedOn": at, "domains": names, "publishScope": scope}
        return told | {"publishedBy": {"displayName": "Robin Vale"}} | ({"pageId": page_id} if page_id else {})

    def change_page(self, site: Site, page: Page, values: Json) -> None:
        for name, value in values.items():
            setattr(page, name, value)
        page.last_updated = site.last_updated = self.account.now()
        self.tell(site, "page_metadata_updated", self._page(page, "lastUpdated"))

    def delete_page(self, site: Site, page: Page) -> None:
        del site.pages[page.id]
        page.last_updated = site.last_updated = self.account.now()
        self.tell(site, "page_deleted", self._page(page, "deletedOn"))

    def _page(self, page: Page, when: str) -> Json:
        return {
            "siteId": page.site_id,
            "pageId": page.id,
            "pageTitle": page.title,
            "pageName": page.title,
            "archived": page.archived,
            "draft": page.draft,
            "isBranch": page.is_branch,
            "publishedPath": page.path,
            when: shapes.stamp(page.last_updated),
        }

    def change_item(self, site: Site, item: Item, fields: Json) -> None:
        item.fields = {**item.fields, **fields}
        item.last_updated = site.last_updated = self.account.now()
        self.tell_item(site, item, "collection_item_changed")

    def publish_item(self, site: Site, item: Item) -> None:
        _go_live(self.account, item)
        for shown in site.published.values():
            shown.items[item.id] = copy.deepcopy(item)
        self.tell_item(site, item, "collection_item_published")

    def tell_item(self, site: Site, item: Item, trigger: str) -> None:
        more = {"workspaceId": site.workspace_id, "siteId": site.id, "collectionId": item.collection_id}
        payload: Json = shapes.item(item, site) | more
        if self.account.switches.example_spelling and trigger == "collection_item_changed":
            payload = {"triggerType": trigger, "payload": payload}
        self.tell(site, trigger, payload)

    def change_asset(self, site: Site, asset: Asset, values: Json) -> None:
        for name, value in values.items():
            setattr(asset, name, value)
        asset.last_updated = site.last_updated = self.account.now()

    def submit(self, site: Site, form: Form, answers: Json) -> Submission:
        submission = Submission(secrets.token_hex(12), form.id, answers, self.account.now())
        form.submissions.append(submission)
        payload: Json = {
            "name": form.name,
            "siteId": site.id,
            "data": answers,
            "schema": [],
            "submittedAt": shapes.stamp(submission.on),
            "id": submission.id,
            "formId": form.id,
            "formElementId": form.element_id,
            "localeId": site.locale_id,
        }
        self.tell(site, "form_submission", payload)
        return submission


def publish(account: Account, site: Site, hosts: Iterable[str], page_id: str = "") -> None:
    """What is staged goes live on the given hosts; of one page only that page, where the host shows anything yet."""
    now = account.now()
    for item in site.items():
        if not page_id and not item.draft and not item.archived:
            _go_live(account, item)
    for host in hosts:
        shown = site.published.get(host)
        if page_id and shown and page_id in site.pages:
            shown.pages[page_id] = copy.deepcopy(site.pages[page_id])
            shown.assets, shown.at = copy.deepcopy(site.assets), now
        elif not page_id:
            site.published[host] = _snapshot(site, now)
    site.last_published = now


def _snapshot(site: Site, now: Any) -> Snapshot:
    pages = {
        each.id: copy.deepcopy(each)
        for each in site.pages.values()
        if not (each.draft or each.archived or each.is_branch)
    }
    items = {each.id: copy.deepcopy(each) for each in site.items() if each.live is not None and not each.archived}
    return Snapshot(now, pages, items, copy.deepcopy(site.assets))


def _go_live(account: Account, item: Item) -> None:
    item.live, item.last_published, item.draft = copy.deepcopy(item.fields), account.now(), False


def _host(site: Site, key: str) -> str:
    if key == SUBDOMAIN:
        return site.staging_host or f"{site.short_name}.webflow.io"
    return next((each.host for each in site.domains if each.id == key), key)
