"""Webflow's own clients talk to the stand-in: what they can read and change there has the shapes they know.

The one for Python is strict about what it reads. The one for Node comes with `npm ci`; it also checks a signature.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from webflow import Webflow
from webflow.core.api_error import ApiError
from webflow.environment import WebflowEnvironment

from accounts.webflow.signature import sign
from demo.webflow.environment import CLIENT_SECRET
from demo.webflow.server import StandIn
from demo.webflow.state import Submission, object_id

ROOT = Path(__file__).resolve().parent.parent.parent
NODE_CLIENT = ROOT / "node_modules" / "webflow-api"


@pytest.fixture
def official(webflow: StandIn) -> Webflow:
    url = webflow.api_url
    environment = WebflowEnvironment(base=url, data_api=url, content_delivery_api=url)
    return Webflow(access_token=webflow.token(), environment=environment)


class Ids:
    def __init__(self, webflow: StandIn) -> None:
        site = webflow.site()
        self.site = site.id
        self.domain = site.domains[0].id
        self.page = next(page.id for page in site.pages.values() if page.slug == "about")
        self.collection = next(iter(site.collections))
        self.item = next(item.id for item in site.items() if item.last_published)
        self.asset = next(asset.id for asset in site.assets.values() if asset.alt is None)
        self.form = next(iter(site.forms))
        self.element = site.forms[self.form].element_id
        self.submission = object_id("a submission")
        answer = Submission(self.submission, self.form, {"Name": "Ada"}, webflow.account.now())
        site.forms[self.form].submissions.append(answer)
        self.enterprise = webflow.site("kiln-and-clay").id


READS: dict[str, Callable[[Webflow, Ids], object]] = {
    "introspect": lambda c, i: c.token.introspect().authorization.id,
    "authorized_by": lambda c, i: c.token.authorized_by().email,
    "sites": lambda c, i: len(c.sites.list().sites or ()) == 3,
    "site": lambda c, i: c.sites.get(i.site).custom_domains[0].url,
    "domains": lambda c, i: c.sites.get_custom_domain(i.site).custom_domains,
    "pages": lambda c, i: c.pages.list(i.site, limit=2).pagination.total == 8,
    "page": lambda c, i: c.pages.get_metadata(i.page).published_path == "/about",
    "dom": lambda c, i: c.pages.get_content(i.page).nodes,
    "collections": lambda c, i: c.collections.list(i.site).collections,
    "collection": lambda c, i: len(c.collections.get(i.collection).fields) == 5,
    "items": lambda c, i: len(c.collections.items.list_items(i.collection).items or ()) == 7,
    "live items": lambda c, i: len(c.collections.items.list_items_live(i.collection).items or ()) == 6,
    "item": lambda c, i: c.collections.items.get_item(i.collection, i.item).last_updated,
    "live item": lambda c, i: c.collections.items.get_item_live(i.collection, i.item).id == i.item,
    "assets": lambda c, i: len(c.assets.list(i.site).assets or ()) == 2,
    "asset": lambda c, i: c.assets.get(i.asset).hosted_url,
    "forms": lambda c, i: c.forms.list(i.site).forms[0].fields,
    "form": lambda c, i: c.forms.get(i.form).display_name == "Contact form",
    "submissions": lambda c, i: c.forms.list_submissions(i.form).form_submissions,
    "submission": lambda c, i: c.forms.get_submission(i.submission).form_response == {"Name": "Ada"},
    "submissions of a site": lambda c, i: (
        c.sites.forms.list_submissions_by_site(i.site, element_id=i.element).form_submissions
    ),
    "submission of a site": lambda c, i: c.sites.forms.get_submission(i.site, i.submission).id,
    "webhooks": lambda c, i: c.webhooks.list(i.site).webhooks == [],
    "redirects": lambda c, i: c.sites.redirects.list(i.enterprise).redirects == [],
    "robots": lambda c, i: c.sites.robots_txt.get(i.enterprise).rules,
    "scripts": lambda c, i: c.scripts.list(i.site).registered_scripts == [],
    "custom code": lambda c, i: c.sites.scripts.get_custom_code(i.site).scripts == [],
    "code blocks": lambda c, i: c.sites.scripts.list_custom_code_blocks(i.site).blocks == [],
}


@pytest.mark.parametrize("read", READS)
def test_the_official_python_client_reads(official: Webflow, webflow: StandIn, read: str) -> None:
    assert READS[read](official, Ids(webflow))


def test_the_official_python_client_changes(official: Webflow, webflow: StandIn) -> None:
    ids, once = Ids(webflow), {"max_retries": 0}
    page = official.pages.update_page_settings(ids.page, seo={"title": "Us"})
    assert page.seo and page.seo.title == "Us"
    extra = {"additional_body_parameters": {"altText": "The oven"}}
    official.assets.update(ids.asset, request_options=extra)
    assert webflow.site().assets[ids.asset].alt == "The oven"
    official.collections.items.update_items(
        ids.collection,
        items=[{"id": ids.item, "fieldData": {"summary": "Changed"}}],
    )
    hook = official.webhooks.create(ids.site, trigger_type="site_publish", url="https://qa.example/hook")
    assert hook.id and official.webhooks.get(hook.id).url == "https://qa.example/hook"
    official.webhooks.delete(hook.id)
    redirect = official.sites.redirects.create(ids.enterprise, from_url="/a", to_url="/visit")
    assert redirect.id and official.sites.redirects.delete(ids.enterprise, redirect.id).redirects == []
    official.forms.delete_submission(ids.submission)
    queued = official.sites.publish(ids.site, custom_domains=[ids.domain], request_options=once)
    assert queued.custom_domains and queued.custom_domains[0].id == ids.domain


def test_the_official_python_client_understands_refusals(official: Webflow, webflow: StandIn) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: official.sites.get("a" * 24),
        lambda: official.sites.redirects.list(webflow.site().id),
    )
    for call in calls:
        with pytest.raises(ApiError) as raised:
            call()
        assert raised.value.status_code in (403, 404)


SCRIPT = """
const { WebflowClient } = require(process.argv[1]);
const { url, token, ids, hook } = JSON.parse(process.argv[2]);
const environment = { base: url, dataApi: url, contentDeliveryApi: url };
const client = new WebflowClient({ accessToken: token, environment, maxRetries: 0 });
const calls = {
  introspect: async () => (await client.token.introspect()).authorization.id,
  authorizedBy: async () => (await client.token.authorizedBy()).email,
  sites: async () => (await client.sites.list()).sites.length === 3,
  site: async () => (await client.sites.get(ids.site)).customDomains[0].url,
  domains: async () => (await client.sites.getCustomDomain(ids.site)).customDomains[0].id === ids.domain,
  pages: async () => (await client.pages.list(ids.site, { limit: 2 })).pagination.total === 8,
  page: async () => (await client.pages.getMetadata(ids.page)).publishedPath === "/about",
  dom: async () => (await client.pages.getContent(ids.page)).nodes.length > 0,
  updatePage: async () =>
    (await client.pages.updatePageSettings(ids.page, { seo: { title: "Us" } })).seo.title === "Us",
  collections: async () => (await client.collections.list(ids.site)).collections.length === 1,
  collection: async () => (await client.collections.get(ids.collection)).fields.length === 5,
  items: async () => (await client.collections.items.listItems(ids.collection)).items.length === 7,
  liveItems: async () => (await client.collections.items.listItemsLive(ids.collection)).items.length === 6,
  item: async () => (await client.collections.items.getItem(ids.collection, ids.item)).id === ids.item,
  updateItems: async () => await client.collections.items.updateItems(ids.collection, {
    items: [{ id: ids.item, fieldData: { summary: "Changed" } }] }),
  publishItem: async () => (await client.collections.items.publishItem(ids.collection, {
    itemIds: [ids.item] })).publishedItemIds[0] === ids.item,
  assets: async () => (await client.assets.list(ids.site)).assets.length === 2,
  asset: async () => (await client.assets.get(ids.asset)).hostedUrl,
  updateAsset: async () =>
    (await client.assets.update(ids.asset, { displayName: "oven.png" })).displayName === "oven.png",
  forms: async () => (await client.forms.list(ids.site)).forms[0].id === ids.form,
  submissions: async () => (await client.forms.listSubmissions(ids.form)).formSubmissions.length === 1,
  deleteSubmission: async () => { await client.forms.deleteSubmission(ids.submission); return true; },
  redirects: async () => (await client.sites.redirects.list(ids.enterprise)).redirects.length === 0,
  scripts: async () => (await client.scripts.list(ids.site)).registeredScripts.length === 0,
  webhook: async () => {
    const made = await client.webhooks.create(ids.site, { triggerType: "site_publish", url: "https://qa.example/h" });
    const listed = await client.webhooks.list(ids.site);
    await client.webhooks.delete(made.id);
    return listed.webhooks[0].id === made.id;
  },
  publish: async () => (await client.sites.publish(ids.site, { customDomains: [ids.domain] })).customDomains[0].id,
  signature: async () => await client.webhooks.verifySignature(hook),
  changedBody: async () => !(await client.webhooks.verifySignature({ ...hook, body: hook.body + " " })),
};
(async () => {
  const failed = {};
  for (const [name, call] of Object.entries(calls)) {
    try { if (!(await call())) failed[name] = "not as expected"; } catch (error) { failed[name] = String(error); }
  }
  console.log(JSON.stringify({ done: Object.keys(calls).length, failed }));
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
@pytest.mark.skipif(not NODE_CLIENT.is_dir(), reason="npm ci has not been run, so there is no webflow-api")
def test_the_official_node_client_agrees(webflow: StandIn) -> None:
    body = '{"triggerType":"site_publish","payload":{"name":"Bäckerei"}}'
    timestamp = "1790000000000"
    signature = sign(body.encode(), timestamp, CLIENT_SECRET)
    headers = {"x-webflow-timestamp": timestamp, "x-webflow-signature": signature}
    given = {
        "url": webflow.api_url,
        "token": webflow.token(),
        "ids": vars(Ids(webflow)),
        "hook": {"headers": headers, "body": body, "secret": CLIENT_SECRET},
    }
    command = ["node", "-e", SCRIPT, str(NODE_CLIENT), json.dumps(given)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"done": 28, "failed": {}}
