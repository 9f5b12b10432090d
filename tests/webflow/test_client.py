"""The client reads and changes a whole account."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.webflow.changes import ItemChange, PageChange
from accounts.webflow.client import WebflowClient
from accounts.webflow.errors import Conflict, EnterpriseOnly, MissingScopes, NotAvailable, NotFound, RateLimited
from accounts.webflow.ids import BadId
from demo.webflow.big import big_account
from demo.webflow.server import StandIn
from demo.webflow.state import Submission, object_id
from tests.webflow.conftest import Connect


def test_the_token_says_what_it_may_and_whose_it_is(webflow: StandIn, connect: Connect) -> None:
    site = webflow.site()
    client = connect("sites:read", "pages:read", "authorized_user:read", site_ids=(site.id,))
    granted = client.introspect()
    assert granted.scopes == ("sites:read", "pages:read", "authorized_user:read")
    assert (granted.site_ids, granted.workspace_ids, granted.rate_limit) == ((site.id,), (), 10_000)
    assert client.authorized_by().email == "robin@studio.example"
    assert [each.id for each in client.sites()] == [site.id]


def test_sites_and_domains(webflow: StandIn, client: WebflowClient) -> None:
    site, lantern = webflow.site(), webflow.site("lantern-hotel")
    told = client.site(site.id)
    assert (told.name, told.short_name) == ("Harbour Bakery", "harbour-bakery")
    assert told.last_published is not None and told.domains[0].last_published == told.last_published
    assert told.primary_locale is not None and told.primary_locale.tag == "en"
    assert client.custom_domains(site.id)[0].host == site.domains[0].host
    assert client.site(lantern.id).last_published is None


def test_pages_carry_what_a_fix_may_change(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    pages = {page.slug: page for page in client.pages(site.id, locale_id=site.locale_id)}
    assert len(pages) == len(site.pages)
    assert pages["about"].seo_description is None
    assert pages["winter-menu"].draft
    assert pages["detail_journal"].collection_id
    assert client.page(pages["about"].id).published_path == "/about"


def test_a_list_longer_than_a_hundred_is_read_to_its_end() -> None:
    with StandIn(big_account(sites=2, pages=250), hosting=False) as webflow:
        client = WebflowClient(webflow.token(), base_url=webflow.api_url)
        ids = [page.id for page in client.pages(webflow.site().id)]
        assert len(ids) == len(set(ids)) == 250
        assert sum(path.endswith("/pages") for _, path in webflow.account.requests) == 3


def test_a_page_is_changed_where_it_was_asked_and_nowhere_else(webflow: StandIn, client: WebflowClient) -> None:
    page = next(page for page in client.pages(webflow.site().id) if page.slug == "about")
    changed = client.update_page(page.id, PageChange(seo_description="Three bakers.", og_title="Who we are"))
    assert (changed.seo_description, changed.seo_title, changed.title) == ("Three bakers.", page.seo_title, "About")
    assert (changed.og_title, changed.og_title_copied, changed.og_description_copied) == ("Who we are", False, True)
    assert client.update_page(page.id, PageChange(slug="about-us")).slug == "about-us"
    with pytest.raises(Conflict):
        client.update_page(page.id, PageChange(slug="bread"))


def test_the_cms(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    [listed] = client.collections(site.id)
    journal = client.collection(listed.id)
    assert listed.fields == () and [field.type for field in journal.fields][-1] == "Image"
    assert len(list(client.items(journal.id, cms_locale_id=site.cms_locale_id))) == 7
    live = list(client.items(journal.id, live=True))
    assert len(live) == 6 and [item.name for item in live if item.raw["summary"] == ""] == [
        "The oven is sixty years old"
    ]
    [draft] = [item for item in client.items(journal.id) if item.draft]
    assert draft.last_published is None
    with pytest.raises(NotFound):
        client.item(journal.id, draft.id, live=True)
    with pytest.raises(Conflict):
        client.update_items_live(journal.id, [ItemChange(draft.id, {"summary": "Soon."})])


def test_an_item_is_staged_published_and_changed_live(webflow: StandIn, client: WebflowClient) -> None:
    [journal] = client.collections(webflow.site().id)
    item = next(item for item in client.items(journal.id, live=True) if item.raw["summary"] == "")
    [staged] = client.update_items(journal.id, [ItemChange(item.id, {"summary": "Sixty years of heat."})])
    assert staged.raw["summary"] == "Sixty years of heat." and staged.raw["name"] == item.name
    assert client.item(journal.id, item.id, live=True).raw["summary"] == ""
    assert client.publish_items(journal.id, [item.id]).item_ids == (item.id,)
    assert client.item(journal.id, item.id, live=True).raw["summary"] == "Sixty years of heat."
    client.update_items_live(journal.id, [ItemChange(item.id, {"summary": "Old."})])
    assert client.item(journal.id, item.id, live=True).raw["summary"] == "Old."


def test_items_since_a_moment_end_the_reading_early(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    journal = next(iter(site.collections.values()))
    first, *_ = journal.items.values()
    before = webflow.account.now() - timedelta(seconds=1)
    assert list(client.items(journal.id, since=before)) == []
    webflow.call(lambda: webflow.studio.change_item(site, first, {"summary": "New."}))
    assert [item.id for item in client.items(journal.id, since=before)] == [first.id]


def test_an_asset_gets_its_alternative_text(webflow: StandIn, client: WebflowClient) -> None:
    assets = {asset.file_name: asset for asset in client.assets(webflow.site().id)}
    oven = assets["IMG_2041.png"]
    assert oven.alt is None and oven.size and oven.id in oven.url
    assert client.update_asset(oven.id, alt="The oven").alt == "The oven"
    assert client.asset(oven.id).name == "IMG_2041.png"


def test_forms_and_a_submission_of_ones_own(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    [form] = client.forms(site.id)
    assert {field.type for field in form.fields} == {"Plain", "Email"}
    ours = Submission(object_id("ours"), form.id, {"Name": "QA"}, webflow.account.now())
    site.forms[form.id].submissions.append(ours)
    [found] = client.form_submissions(site.id, form.element_id)
    assert (found.answers, found.id) == ({"Name": "QA"}, ours.id)
    client.delete_form_submission(found.id)
    assert list(client.form_submissions(site.id, form.element_id)) == []
    webflow.account.switches.forms_republish = True
    with pytest.raises(Conflict) as raised:
        list(client.forms(site.id))
    assert raised.value.code == "forms_require_republish"


def test_webhooks_come_and_go(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    made = client.create_webhook(site.id, "site_publish", "https://qa.example/hook")
    assert client.webhooks(site.id) == [made]
    client.delete_webhook(made.id)
    assert client.webhooks(site.id) == []
    with pytest.raises(NotFound):
        client.delete_webhook(made.id)


def test_a_site_is_published_once_a_minute(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    queued = client.publish_site(site.id, custom_domains=[site.domains[0].id])
    assert (queued.domain_ids, queued.to_subdomain, queued.scope) == ((site.domains[0].id,), False, "site")
    with pytest.raises(RateLimited):
        client.publish_site(site.id, to_subdomain=True)
    page = next(iter(site.pages))
    webflow.account.ahead = timedelta(seconds=61)
    assert client.publish_site(site.id, to_subdomain=True, page_id=page).scope == "page"


def test_redirects_are_for_enterprise_sites(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site("kiln-and-clay")
    made = client.create_redirect(site.id, "/old", "/visit")
    assert list(client.redirects(site.id)) == [made]
    with pytest.raises(EnterpriseOnly):
        client.create_redirect(webflow.site().id, "/old", "/about")


def test_scripts_of_apps(webflow: StandIn, client: WebflowClient) -> None:
    site = webflow.site()
    assert client.custom_code(site.id) == []
    site.scripts.append(
        {"id": "gtm", "displayName": "Tags", "version": "1.0.0", "hostedLocation": "https://x.example/t.js"}
    )
    assert [script.name for script in client.registered_scripts(site.id)] == ["Tags"]
    assert [block.script_ids for block in client.custom_code(site.id)] == [("gtm",)]


def test_a_missing_scope_is_named(connect: Connect, webflow: StandIn) -> None:
    with pytest.raises(MissingScopes) as raised:
        list(connect("sites:read").pages(webflow.site().id))
    assert raised.value.scopes == ("pages:read",)


def test_a_site_without_a_cms_says_so(client: WebflowClient, webflow: StandIn) -> None:
    webflow.site().cms_plan = False
    with pytest.raises(NotAvailable):
        client.collections(webflow.site().id)


def test_what_was_not_shared_is_not_found(connect: Connect, webflow: StandIn) -> None:
    client = connect(site_ids=(webflow.site("kiln-and-clay").id,))
    with pytest.raises(NotFound):
        client.site(webflow.site().id)
    with pytest.raises(NotFound):
        client.page(next(iter(webflow.site().pages)))


@pytest.mark.parametrize(
    "bad", ["", "../token/introspect", "580E63E98C9A982AC9B8B741", "a" * 25, "580e63e98c9a982ac9b8b74١"]
)
def test_what_is_no_id_never_becomes_a_path(client: WebflowClient, webflow: StandIn, bad: str) -> None:
    for ask in (client.site, client.page, client.asset, client.collection, client.delete_webhook):
        with pytest.raises(BadId):
            ask(bad)
    with pytest.raises(BadId):
        list(client.form_submissions("a" * 24, bad))
    assert webflow.account.requests == []


def test_more_than_a_hundred_items_are_not_sent(client: WebflowClient) -> None:
    with pytest.raises(ValueError, match="between 1 and 100"):
        client.publish_items("a" * 24, ["b" * 24] * 101)
