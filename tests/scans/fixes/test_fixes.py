"""Fixes against a server that behaves like Webflow: made, refused, published, taken back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SCOPES, AuditEvent, ConnectionStatus, Tier, User
from demo.webflow.server import StandIn
from demo.webflow.state import Fault
from scans.models import Fix, FixState, Issue
from tests.scans.fixes.bakery import Bakery, asked, bakery, fixed, server, shown, webflow
from tests.scans.hostile import HOSTILE

__all__ = ["bakery", "server", "webflow"]

LONG = "About the bakery by the harbour, its three bakers and the dough that is older than two of them"
GOOD = "About us – Harbour Bakery"
DESCRIBED = "Three bakers, one old oven and a dough that is older than two of us: who bakes by the harbour."

pytestmark = pytest.mark.django_db


def test_a_title_is_mended_and_staged(bakery: Bakery, member_client: Client, member: User) -> None:
    page = bakery.page("about")
    page.seo_title = LONG
    finding = bakery.found("metadata.title-long", "/about", title=LONG)
    before = shown(member_client, finding)
    assert LONG in before and "SEO title" in before and "Save as draft" in before
    told = fixed(member_client, finding, "page.seo_title", GOOD, LONG)
    assert told == ["SEO title: Saved in Webflow, not live yet."]
    assert page.seo_title == GOOD
    fix = Fix.objects.get()
    assert (fix.state, fix.old, fix.new, fix.by) == (FixState.STAGED, LONG, GOOD, member)
    event = AuditEvent.objects.get(action="fix.applied")
    assert (event.actor, event.facts["old"], event.facts["new"]) == (member, LONG, GOOD)
    live = bakery.home.published[bakery.home.domains[0].id].pages[page.id]
    assert live.seo_title != GOOD


def test_what_was_done_is_taken_back(bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("about")
    old = page.seo_title or ""
    finding = bakery.found("metadata.title-short", "/about", title=old)
    fixed(member_client, finding, "page.seo_title", GOOD, old)
    fix = Fix.objects.get()
    assert asked(member_client, "fix_undo", fix) == ["Taken back."]
    fix.refresh_from_db()
    assert page.seo_title == old and fix.state == FixState.UNDONE and fix.undone_by is not None
    assert AuditEvent.objects.filter(action="fix.undone").count() == 1
    assert "taken back already" in asked(member_client, "fix_undo", fix)[0]


def test_nothing_is_taken_back_that_was_changed_since(bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")
    page.seo_title = "By somebody else"
    told = asked(member_client, "fix_undo", Fix.objects.get())[0]
    assert GOOD in told and "By somebody else" in told
    assert page.seo_title == "By somebody else" and Fix.objects.get().state == FixState.STAGED


def test_what_was_changed_meanwhile_is_not_overwritten(bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    seen, page.seo_title = page.seo_title or "", "By somebody else"
    told = fixed(member_client, finding, "page.seo_title", GOOD, seen)[0]
    assert seen in told and "By somebody else" in told and "Nothing was changed" in told
    assert page.seo_title == "By somebody else" and not Fix.objects.exists()


def test_a_page_is_published_alone(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    about, bread = bakery.page("about"), bakery.page("bread")
    bread.seo_title = "Somebody is still writing this"
    finding = bakery.found("metadata.description-missing", "/about")
    told = fixed(member_client, finding, "page.seo_description", DESCRIBED, "", publish="1")
    assert told == ["SEO description: Published, being checked."]
    live = bakery.home.published[bakery.home.domains[0].id].pages
    webflow.call(lambda: None)
    assert live[about.id].seo_description == DESCRIBED
    assert live[bread.id].seo_title != bread.seo_title
    fix = Fix.objects.get()
    assert fix.state == FixState.LIVE and fix.live_at and fix.check_at
    assert asked(member_client, "fix_undo", fix, publish="1")[0].startswith("It is taken back in Webflow, but")
    assert Fix.objects.get().state == FixState.UNDONE and about.seo_description == ""


def test_one_publish_a_minute(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    bakery.home.published_on.append(webflow.account.now())
    finding = bakery.found("metadata.description-missing", "/about")
    told = fixed(member_client, finding, "page.seo_description", DESCRIBED, "", publish="1")
    assert "saved in Webflow, but it is not live" in told[0] and "minute" in told[0]
    fix = Fix.objects.get()
    assert fix.state == FixState.STAGED
    bakery.home.published_on.clear()
    assert asked(member_client, "fix_publish", fix) == ["Published. The page is checked in a moment."]
    assert Fix.objects.get().state == FixState.LIVE
    assert asked(member_client, "fix_publish", fix) == ["This does not wait for a publish any more."]


@pytest.mark.parametrize(
    ("missing", "key", "field"),
    [("og:title", "page.og_title", "og_title"), ("og:description", "page.og_description", "og_description")],
)
def test_a_text_for_sharing_of_its_own_and_back(
    missing: str, key: str, field: str, bakery: Bakery, member_client: Client
) -> None:
    page = bakery.page("bread")
    finding = bakery.found("metadata.og-missing", "/bread", missing=[missing, "og:image"])
    assert "the same as in the SEO settings" in shown(member_client, finding)
    fixed(member_client, finding, key, "Bread for the whole week", seen_copied="1")
    assert getattr(page, field) == "Bread for the whole week" and not getattr(page, f"{field}_copied")
    asked(member_client, "fix_undo", Fix.objects.get())
    assert getattr(page, f"{field}_copied")


def test_a_text_for_sharing_is_taken_from_the_settings(bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("bread")
    page.og_title_copied, page.og_title = False, ""
    finding = bakery.found("metadata.og-missing", "/bread", missing=["og:title"])
    fixed(member_client, finding, "page.og_title", "", "", copied="1")
    assert page.og_title_copied
    asked(member_client, "fix_undo", Fix.objects.get())
    assert not page.og_title_copied and page.og_title == ""


def test_an_address_moves_and_its_redirect_is_offered(bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("bread")
    page.slug = "copy-of-bread"
    finding = bakery.found("metadata.address-default", "/copy-of-bread", slug="copy-of-bread")
    assert "301" in shown(member_client, finding)
    assert "small letters" in fixed(member_client, finding, "page.slug", "Our Bread", "copy-of-bread")[0]
    fixed(member_client, finding, "page.slug", "our-bread", "copy-of-bread")
    assert page.slug == "our-bread"
    assert "/copy-of-bread,/our-bread" in member_client.get(reverse("fixes", args=[bakery.site.pk])).content.decode()


def test_a_slug_that_is_taken_is_refused(bakery: Bakery, member_client: Client) -> None:
    finding = bakery.found("metadata.address-default", "/bread", slug="bread")
    told = fixed(member_client, finding, "page.slug", "about", "bread")[0]
    assert "Nothing was changed" in told
    assert bakery.page("bread") and Fix.objects.get().state == FixState.FAILED


@pytest.mark.parametrize("slug", ["", "detail_journal", "404"])
def test_home_templates_and_utility_pages_never_move(slug: str, bakery: Bakery, member_client: Client) -> None:
    finding = bakery.found("metadata.address-default", f"/{slug}", template=slug or "")
    assert "Webflow lets no other program change this" in shown(member_client, finding)


def test_a_field_of_an_item(bakery: Bakery, member_client: Client) -> None:
    item = bakery.item("rye-from-the-next-valley")
    old = item.fields["summary"]
    finding = bakery.found(
        "metadata.description-length", "/journal/rye-from-the-next-valley", "detail_journal", description=old
    )
    assert "Field “Summary”" in shown(member_client, finding)
    fixed(member_client, finding, "item.summary", DESCRIBED, old)
    assert item.fields["summary"] == DESCRIBED and item.live and item.live["summary"] == old
    fix = Fix.objects.get()
    assert asked(member_client, "fix_publish", fix) == ["Published. The page is checked in a moment."]
    assert item.live["summary"] == DESCRIBED
    assert asked(member_client, "fix_undo", fix) == ["Taken back in Webflow. Visitors see it with the next publish."]
    assert item.fields["summary"] == old


def test_an_item_that_cannot_be_published_stays_saved(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    item = bakery.item("rye-from-the-next-valley")
    finding = bakery.found(
        "content.repeated-word", "/journal/rye-from-the-next-valley", "detail_journal", text="field that"
    )
    webflow.account.faults.append(Fault("/items/publish$", "POST", 409, json.dumps({"message": "Different times"})))
    told = fixed(member_client, finding, "item.summary", "Our flour.", item.fields["summary"], publish="1")
    assert "saved in Webflow, but it is not live. Different times" in told[0]
    assert item.fields["summary"] == "Our flour." and Fix.objects.get().state == FixState.STAGED


def test_a_draft_item_is_never_made_public(bakery: Bakery, member_client: Client) -> None:
    item = bakery.item("rye-from-the-next-valley")
    item.draft = True
    finding = bakery.found(
        "content.repeated-word", "/journal/rye-from-the-next-valley", "detail_journal", text="field that"
    )
    told = fixed(member_client, finding, "item.summary", "Our flour.", item.fields["summary"], publish="1")
    assert "draft" in told[0] and item.live and item.live["summary"] != "Our flour."


def test_a_text_that_stands_twice_is_not_offered(bakery: Bakery, member_client: Client) -> None:
    item = bakery.item("rye-from-the-next-valley")
    item.fields["summary"] = "our our field and our our flour"
    finding = bakery.found(
        "content.repeated-word", "/journal/rye-from-the-next-valley", "detail_journal", text="our our"
    )
    assert "no other program" in shown(member_client, finding)


@pytest.mark.parametrize("many", [False, True])
def test_pictures_of_an_item_go_back_whole(many: bool, bakery: Bakery, member_client: Client) -> None:
    file, other = "a" * 24, "b" * 24
    one = {"fileId": file, "url": f"https://cdn.example/{bakery.home.id}/{file}_x.jpg", "alt": "IMG_1.jpg"}
    two = {"fileId": other, "url": f"https://cdn.example/{bakery.home.id}/{other}_y.jpg", "alt": None}
    bakery.journal.fields[4]["type"] = "MultiImage" if many else "Image"
    bakery.synced.collections.update(
        fields=[
            {"slug": f["slug"], "name": f["displayName"], "type": f["type"], "required": False, "editable": True}
            for f in bakery.journal.fields
        ]
    )
    item = bakery.item("rye-from-the-next-valley")
    item.fields["picture"] = [one, two] if many else one
    finding = bakery.found(
        "images.suspicious-alt", "/journal/rye-from-the-next-valley", "detail_journal", target=one["url"]
    )
    fixed(member_client, finding, f"item.picture.{file}", "A field of rye", "IMG_1.jpg")
    mended = {**one, "alt": "A field of rye"}
    bare = {"fileId": other, "url": two["url"]}
    assert item.fields["picture"] == ([mended, bare] if many else mended)
    asked(member_client, "fix_undo", Fix.objects.get())
    assert item.fields["picture"] == ([one, bare] if many else one)


def test_a_link_of_an_item(bakery: Bakery, member_client: Client) -> None:
    bakery.synced.collections.update(
        fields=[{"slug": "more", "name": "More", "type": "Link", "required": False, "editable": True}]
    )
    item = bakery.item("rye-from-the-next-valley")
    item.fields["more"] = "/gone"
    target = "https://www.harbour-bakery.example/gone"
    finding = bakery.found(
        "links.broken-internal", "/journal/rye-from-the-next-valley", "detail_journal", target=target
    )
    assert "A link begins" in fixed(member_client, finding, "item.more", "javascript:alert(1)", "/gone")[0]
    fixed(member_client, finding, "item.more", "/bread", "/gone")
    assert item.fields["more"] == "/bread"


def test_the_alt_text_of_an_asset(bakery: Bakery, member_client: Client) -> None:
    asset = bakery.asset("IMG_2041.png")
    finding = bakery.found("webflow.asset-alt-missing", "/about", asset_id=asset.id, page_id=bakery.page("about").id)
    page = shown(member_client, finding)
    assert "Alt text" in page and "Save and publish" not in page
    fixed(member_client, finding, "asset.alt", "The oven with its door open", "")
    assert asset.alt == "The oven with its door open"
    fix = Fix.objects.get()
    assert "next publish of the whole site" in asked(member_client, "fix_publish", fix)[0]
    asked(member_client, "fix_undo", fix)
    assert not asset.alt


def test_a_template_keeps_the_fields_it_is_made_of(bakery: Bakery, member_client: Client) -> None:
    template = bakery.page("detail_journal")
    old = template.seo_title or ""
    finding = bakery.found("webflow.missing-seo", "/journal/x", "detail_journal", missing=["title"])
    assert "all its items" in shown(member_client, finding)
    assert "Keep {name}" in fixed(member_client, finding, "page.seo_title", "The same for all", old)[0]
    fixed(member_client, finding, "page.seo_title", "{name} by the bakers", old)
    assert template.seo_title == "{name} by the bakers"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("", "Write a text"),
        ("Short", "5 characters; at least 10"),
        ("x", "1 character; at least"),
        ("W" * 61, "60 are the most"),
        (" \x00\u202e ", "Write a text"),
    ],
)
def test_a_text_that_will_not_do(new: str, said: str, bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    assert said in fixed(member_client, finding, "page.seo_title", new, page.seo_title or "")[0]
    assert not Fix.objects.exists()


def test_another_key_than_was_offered_is_refused(bakery: Bakery, member_client: Client) -> None:
    finding = bakery.found("metadata.title-short", "/about")
    assert "no longer" in fixed(member_client, finding, "page.slug", "x", "about")[0]
    assert not Fix.objects.exists()


def test_without_write_permission_it_is_said_where_to_get_it(
    bakery: Bakery, webflow: StandIn, member_client: Client
) -> None:
    finding = bakery.found("metadata.title-short", "/about")
    bakery.connection.scopes = list(SCOPES[Tier.SCAN])
    bakery.connection.save()
    issue = reverse("issue", args=[finding.scan_id, finding.issue_id])
    webflow.account.requests.clear()
    for address in (issue, reverse("fix", args=[finding.pk])):
        assert "Allow fixes" in member_client.get(address).content.decode()
    assert "may only read" in fixed(member_client, finding, "page.seo_title", GOOD, "")[0]
    assert not webflow.account.requests


def test_a_permission_that_webflow_took_away(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    webflow.account.grants[0].scopes = SCOPES[Tier.SCAN]
    told = fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")[0]
    assert "lacks a permission" in told and "Nothing was changed" in told
    assert Fix.objects.get().state == FixState.FAILED and page.seo_title != GOOD


def test_a_revoked_token_breaks_the_connection(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    finding = bakery.found("metadata.title-short", "/about")
    webflow.account.grants[0].revoked = True
    assert "no longer accepts the connection" in fixed(member_client, finding, "page.seo_title", GOOD, "x")[0]
    bakery.connection.refresh_from_db()
    assert bakery.connection.status == ConnectionStatus.NEEDS_RECONNECT


@pytest.mark.parametrize("status", [401, 409, 429, 500])
def test_after_a_failed_write_it_is_read_what_came_of_it(
    status: int, bakery: Bakery, webflow: StandIn, member_client: Client
) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    webflow.account.faults.append(Fault("/pages/", "PUT", status, "{}", {"Retry-After": "1"}))
    told = fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")
    assert "Nothing was changed" in told[0]
    fix = Fix.objects.get()
    assert (fix.state, fix.error) == (FixState.FAILED, told[0])


def test_what_was_done_although_the_answer_was_lost_counts(
    bakery: Bakery, webflow: StandIn, member_client: Client
) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    webflow.account.faults.append(Fault("/pages/", "PUT", 502, "gone", is_late=True))
    told = fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")
    assert told == ["SEO title: Saved in Webflow, not live yet."]
    assert page.seo_title == GOOD and Fix.objects.get().state == FixState.STAGED


def test_when_nobody_knows_it_is_said(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    """The line breaks at the change, and is still broken when it is read what came of it."""
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    lost = Fault("/pages/", "GET", 502, "gone", times=9, skip=1)
    webflow.account.faults += [Fault("/pages/", "PUT", 502, "gone", is_late=True), lost]
    told = fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")[0]
    assert "not known whether Webflow did this" in told
    assert Fix.objects.get().state == FixState.FAILED


def test_two_at_once_do_it_once(bakery: Bakery, member_client: Client, member: User) -> None:
    page = bakery.page("about")
    finding = bakery.found("metadata.title-short", "/about")
    other = Fix.objects.create(
        site=bakery.site,
        issue=finding.issue,
        url=finding.url,
        kind="page",
        object_id=page.id,
        field="seo_title",
        by=member,
    )
    assert "Somebody is changing this" in fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")[0]
    Fix.objects.filter(pk=other.pk).update(begun_at=timezone.now() - timedelta(minutes=6))
    fixed(member_client, finding, "page.seo_title", GOOD, page.seo_title or "")
    other.refresh_from_db()
    assert other.state == FixState.FAILED and "not known" in other.error and page.seo_title == GOOD


def test_the_whole_site_is_never_published_unseen(bakery: Bakery, webflow: StandIn, member_client: Client) -> None:
    asset, bread = bakery.asset("IMG_2041.png"), bakery.page("bread")
    finding = bakery.found("webflow.asset-alt-missing", "/about", asset_id=asset.id)
    fixed(member_client, finding, "asset.alt", "The oven with its door open", "")
    webflow.account.ahead = timedelta(minutes=5)
    webflow.call(lambda: webflow.studio.change_page(bakery.home, bread, {"title": "Bread by <b>Kim</b>"}))
    address = reverse("site_publish", args=[bakery.site.pk])
    page = member_client.get(address)
    assert "all staged changes of everybody" in page.content.decode()
    assert "Bread by &lt;b&gt;Kim&lt;/b&gt;" in page.content.decode()
    seen = page.context["waiting"].print
    assert "Look through the list again" in asked(member_client, "site_publish_now", bakery.site, seen="x")[0]
    webflow.account.ahead = timedelta(minutes=6)
    webflow.call(lambda: webflow.studio.change_page(bakery.home, bakery.page("about"), {"title": "About"}))
    assert "Look through the list again" in asked(member_client, "site_publish_now", bakery.site, seen=seen)[0]
    assert Fix.objects.get().state == FixState.STAGED
    seen = member_client.get(address).context["waiting"].print
    asked(member_client, "site_publish_now", bakery.site, seen=seen)
    assert Fix.objects.get().state == FixState.LIVE
    assert AuditEvent.objects.filter(action="webflow.site_published").count() == 1


def test_others_get_nothing(
    bakery: Bakery, member_client: Client, viewer_client: Client, stranger_client: Client
) -> None:
    page = bakery.page("about")
    old = page.seo_title or ""
    finding = bakery.found("metadata.title-short", "/about")
    fixed(member_client, finding, "page.seo_title", GOOD, old)
    fix = Fix.objects.get()
    sent = {"key": "page.seo_title", "seen": GOOD, "new": "Mine now, all of it"}
    for client in (viewer_client, stranger_client):
        assert client.get(reverse("fix", args=[finding.pk])).status_code == 404
        assert client.post(reverse("fix_apply", args=[finding.pk]), sent).status_code == 404
        for name in ("fix_undo", "fix_publish"):
            assert client.post(reverse(name, args=[fix.pk])).status_code == 404
        assert client.get(reverse("site_publish", args=[bakery.site.pk])).status_code == 404
        assert client.post(reverse("site_publish_now", args=[bakery.site.pk])).status_code == 404
    assert stranger_client.get(reverse("fixes", args=[bakery.site.pk])).status_code == 404
    assert viewer_client.get(reverse("fixes", args=[bakery.site.pk])).status_code == 200
    assert page.seo_title == GOOD


def test_hostile_texts_stay_texts(bakery: Bakery, member_client: Client) -> None:
    page = bakery.page("about")
    page.title, page.seo_title = HOSTILE[0], "".join(HOSTILE)[:900]
    finding = bakery.found("metadata.title-short", "/about")
    bad = f"{HOSTILE[0]} and more"[:60]
    pages = [shown(member_client, finding)]
    fixed(member_client, finding, "page.seo_title", bad, page.seo_title)
    assert page.seo_title == bad
    pages.append(member_client.get(reverse("fixes", args=[bakery.site.pk])).content.decode())
    pages.append(member_client.get(reverse("issue", args=[finding.scan_id, finding.issue_id])).content.decode())
    for each in pages:
        assert not any(text in each for text in HOSTILE if text.startswith("<") and len(text) > 12)
        assert "&lt;script&gt;" in each


def test_more_fixes_cost_no_more_queries(
    bakery: Bakery, member_client: Client, django_assert_max_num_queries: object
) -> None:
    finding = bakery.found("metadata.title-short", "/about")
    for number in range(12):
        Fix.objects.create(
            site=bakery.site,
            issue=finding.issue,
            url=finding.url,
            kind="page",
            object_id="a" * 24,
            field=f"f{number}",
            state=FixState.STAGED,
            label="SEO title",
            name="About",
        )
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert member_client.get(reverse("fixes", args=[bakery.site.pk])).status_code == 200
    assert Issue.objects.count() == 1


def test_an_issue_that_no_api_mends_leads_to_the_designer(bakery: Bakery, member_client: Client) -> None:
    finding = bakery.found("accessibility.color-contrast", "/about")
    page = member_client.get(reverse("issue", args=[finding.scan_id, finding.issue_id])).content.decode()
    assert "Webflow lets no other program change this" in page and "Open in Designer" in page
    assert f"https://webflow.com/design/harbour-bakery?pageId={bakery.page('about').id}" in page
    assert reverse("fix", args=[finding.pk]) not in page


def test_a_site_that_is_not_connected_has_no_panel(bakery: Bakery, member_client: Client) -> None:
    finding = bakery.found("metadata.title-short", "/about")
    bakery.synced.site = None
    bakery.synced.save()
    page = member_client.get(reverse("issue", args=[finding.scan_id, finding.issue_id])).content.decode()
    assert "Fix it in Webflow" not in page
    assert member_client.get(reverse("fix", args=[finding.pk])).status_code == 404
