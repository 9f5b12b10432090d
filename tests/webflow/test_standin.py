"""The stand-in behaves as Webflow does where the product depends on it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from accounts.webflow.changes import PageChange
from accounts.webflow.client import WebflowClient
from accounts.webflow.signature import Verdict, verify
from demo.webflow.server import StandIn
from demo.webflow.state import SUBDOMAIN, Site
from tests.webflow.conftest import WEB


class Ear:
    """A server for webhooks that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, dict[str, str]]] = []
        self.status = 200
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((body, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(ear.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def payload(self, number: int = 0) -> dict[str, object]:
        eventually(lambda: len(self.heard) > number)
        payload: dict[str, object] = json.loads(self.heard[number][0])["payload"]
        return payload


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    thread = threading.Thread(target=ear.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()
    thread.join()


def eventually(true: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def page_id(site: Site, slug: str) -> str:
    return next(page.id for page in site.pages.values() if page.slug == slug)


def test_staged_is_not_live_and_the_hosts_are_published_apart(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    client.update_page(page_id(site, "about"), PageChange(seo_title="Who we are"))
    production, staging = (f"{url}/about" for url in (webflow.production_url(site), webflow.staging_url(site)))
    before = site.published[SUBDOMAIN].at
    client.publish_site(site.id, to_subdomain=True)
    eventually(lambda: site.published[SUBDOMAIN].at > before)
    assert "<title>Who we are</title>" in WEB.get(staging).text
    assert "<title>About – Harbour Bakery</title>" in WEB.get(production).text
    assert client.site(site.id).domains[0].last_published == before


def test_one_page_is_published_alone(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    for slug in ("about", "bread"):
        client.update_page(page_id(site, slug), PageChange(seo_title="Changed"))
    webflow.publish(site, site.domains[0].id, page_id=page_id(site, "about"))
    titles = [
        WEB.get(f"{webflow.production_url(site)}/{slug}").text.count("Changed</title>") for slug in ("about", "bread")
    ]
    assert titles == [1, 0]


def test_the_published_site_has_webflows_marks(webflow: StandIn) -> None:
    site = webflow.site()
    base = webflow.production_url(site)
    html = WEB.get(f"{base}/journal/the-oven-is-sixty-years-old").text
    assert re.match(
        r"<!DOCTYPE html><!-- This site was created in Webflow.*?<!-- Last Published: \w{3} \w{3} \d\d ", html
    )
    template = page_id(site, "detail_journal")
    assert f'data-wf-page="{template}" data-wf-site="{site.id}" data-wf-collection="' in html
    assert 'data-wf-item-slug="the-oven-is-sixty-years-old"' in html and "w-dyn-bind-empty" in html
    source = re.search(r'<img src="(/[0-9a-f]{24}/[0-9a-f]{24}_IMG_2041.png)"', WEB.get(f"{base}/about").text)
    assert source and WEB.get(base + source[1]).headers["Content-Type"] == "image/png"
    assert WEB.get(f"{base}/winter-menu").status_code == 404
    assert WEB.get(f"{webflow.staging_url(site)}/robots.txt").text == "User-agent: *\nDisallow: /"
    found = re.findall("<loc>(.*?)</loc>", WEB.get(f"{base}/sitemap.xml").text)
    assert len(found) == 11 and {WEB.get(url).status_code for url in found} == {200}
    assert WEB.get(webflow.production_url(webflow.site("lantern-hotel"))).status_code == 404


def test_a_publish_is_told_and_signed(webflow: StandIn, client: WebflowClient, ear: Ear) -> None:
    site = webflow.site()
    client.create_webhook(site.id, "site_publish", ear.url)
    client.publish_site(site.id, custom_domains=[site.domains[0].id], to_subdomain=True)
    payload = ear.payload()
    assert payload["siteId"] == site.id and payload["publishScope"] == "site"
    assert payload["domains"] == [site.domains[0].host, site.staging_host]
    raw, headers = ear.heard[0]
    verdict = verify(
        raw,
        headers["x-webflow-timestamp"],
        headers["x-webflow-signature"],
        secrets=[webflow.account.app.client_secret],
        now_ms=int(time.time() * 1000),
    )
    assert verdict is Verdict.VALID


def test_the_other_spelling(webflow: StandIn, client: WebflowClient, ear: Ear) -> None:
    webflow.account.switches.example_spelling = True
    site = webflow.site()
    for trigger in ("site_publish", "collection_item_changed"):
        client.create_webhook(site.id, trigger, ear.url)
    client.publish_site(site.id, to_subdomain=True)
    assert ear.payload().keys() >= {"site", "publishTime"}
    item = next(site.items())
    webflow.call(lambda: webflow.studio.change_item(site, item, {"summary": "New"}))
    inner = ear.payload(1)["payload"]
    assert isinstance(inner, dict) and inner["fieldData"]["summary"] == "New"


@pytest.mark.parametrize("status", [204, 302, 500])
def test_only_a_200_is_a_delivery(webflow: StandIn, client: WebflowClient, ear: Ear, status: int) -> None:
    webflow.account.switches.hook_retry_seconds = 0.01
    ear.status, site = status, webflow.site()
    made = client.create_webhook(site.id, "page_deleted", ear.url)
    page = site.pages[page_id(site, "bread")]
    webflow.call(lambda: webflow.studio.delete_page(site, page))
    eventually(lambda: not site.webhooks[made.id].active)
    assert [each.attempt for each in webflow.account.deliveries] == [0, 1, 2, 3] and len(ear.heard) == 4
    assert client.webhooks(site.id)[0].last_triggered is not None


def test_the_designer_edits_deletes_and_publishes(webflow: StandIn, client: WebflowClient, ear: Ear) -> None:
    site = webflow.site()
    for trigger in ("page_metadata_updated", "page_deleted", "site_publish"):
        client.create_webhook(site.id, trigger, ear.url)
    base, about = f"{webflow.url}/design/{site.short_name}", page_id(site, "about")
    assert "Meta description" in WEB.get(base).text
    WEB.post(f"{base}/pages/{about}", data={"title": "About", "seo_title": "<Us>", "seo_description": "Three bakers."})
    assert ear.payload()["pageId"] == about
    WEB.post(f"{base}/pages/{page_id(site, 'bread')}/delete")
    assert ear.payload(1)["publishedPath"] == "/bread"
    asset, item = next(each for each in site.assets.values() if not each.alt), next(site.items())
    WEB.post(f"{base}/assets/{asset.id}", data={"alt": "The oven"})
    WEB.post(f"{base}/items/{item.id}", data={"summary": "Shorter.", "unknown": "x"})
    WEB.post(f"{base}/publish", data={"host": [SUBDOMAIN, site.domains[0].id]})
    ear.payload(2)
    html = WEB.get(f"{webflow.production_url(site)}/about").text
    assert "<title>&lt;Us&gt;</title>" in html and 'alt="The oven"' in html
    assert WEB.get(f"{webflow.production_url(site)}/bread").status_code == 404
    assert "unknown" not in item.fields and (item.live or {})["summary"] == "Shorter."
    assert WEB.get(f"{webflow.url}/design/nothing").status_code == 404


def test_a_visitors_form_arrives(webflow: StandIn, client: WebflowClient, ear: Ear) -> None:
    site = webflow.site()
    client.create_webhook(site.id, "form_submission", ear.url)
    [form] = client.forms(site.id)
    url = f"{webflow.production_url(site)}/api/v1/form/{site.id}"
    sent = {"name": "Contact form", "elementId": form.element_id, "fields[Name]": "Ada", "fields[Email]": "a@b.example"}
    assert WEB.post(url, data=sent).status_code == 200
    assert WEB.post(url, data={**sent, "elementId": "none"}).status_code == 404
    assert ear.payload()["data"] == {"Name": "Ada", "Email": "a@b.example"}
    [stored] = client.form_submissions(site.id, form.element_id)
    assert stored.answers["Name"] == "Ada"


def test_requests_are_counted_per_token(webflow: StandIn) -> None:
    webflow.account.switches.rate_limit = 2
    tokens = [webflow.token(), webflow.token()]
    statuses = [
        WEB.get(f"{webflow.api_url}/sites", headers={"Authorization": f"Bearer {t}"})
        for t in [tokens[0]] * 3 + tokens[1:]
    ]
    assert [each.status_code for each in statuses] == [200, 200, 429, 200]
    assert [each.headers["X-RateLimit-Remaining"] for each in statuses] == ["1", "0", "0", "1"]
    assert 1 <= int(statuses[2].headers["Retry-After"]) <= 60


def test_the_switches(webflow: StandIn) -> None:
    def post(name: str, body: object) -> httpx.Response:
        return WEB.post(f"{webflow.url}/_control/{name}", json=body)

    token = post("grant", {"scopes": ["sites:read"]}).json()["access_token"]
    ask = {"url": f"{webflow.api_url}/sites", "headers": {"Authorization": f"Bearer {token}"}}
    assert WEB.get(**ask).status_code == 200  # type: ignore[arg-type]
    post("faults", {"path": "/sites$", "status": 503, "body": "{}"})
    assert [WEB.get(**ask).status_code for _ in range(2)] == [503, 200]  # type: ignore[arg-type]
    assert post("switches", {"rate_limit": 7}).json()["rate_limit"] == 7
    assert post("switches", {"nonsense": 7}).status_code == 400
    post("revoke", {})
    assert WEB.get(**ask).status_code == 401  # type: ignore[arg-type]
    post("advance", {"seconds": 900})
    assert webflow.account.ahead.total_seconds() == 900
    post("clear", {})
    assert webflow.account.switches.rate_limit == 60 and not webflow.account.ahead
    assert WEB.post(f"{webflow.url}/_control/revoke", data={"a": "b"}).status_code == 415
    assert len(WEB.get(f"{webflow.url}/_control/state").json()["sites"]) == 3
