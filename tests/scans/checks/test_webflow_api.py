"""What only the Data API knows: each rule fires on its site and keeps silent on the twin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scans.checks import check_api, tier_of
from scans.snapshot import (
    Category,
    PageFacts,
    Problem,
    Severity,
    Webflow,
    WebflowAsset,
    WebflowCollection,
    WebflowDeleted,
    WebflowDomain,
    WebflowItem,
    WebflowLocale,
    WebflowPage,
    WebflowSite,
)
from tests.scans.checks.build import HOME, HOST, image, link, of, page, site, target

PUBLISHED = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE_ID, PAGE_ID, ASSET_ID = "b" * 24, "a" * 24, "c" * 24
CDN = f"https://cdn.prod.website-files.com/{SITE_ID}/{ASSET_ID}_us-at-work.jpg"
POSTS = WebflowCollection("p" * 24, "Posts", "blog")


def webflow(**known: Any) -> WebflowSite:
    return WebflowSite(**{"id": SITE_ID, "last_published": PUBLISHED, "last_updated": PUBLISHED} | known)


def a_page(**fields: Any) -> WebflowPage:
    ordinary = {
        "id": PAGE_ID,
        "title": "About",
        "slug": "about",
        "seo_title": "About us",
        "seo_description": "Who we are",
    }
    return WebflowPage(**ordinary | fields)


def an_item(**fields: Any) -> WebflowItem:
    ordinary = {"id": "i" * 24, "collection_id": POSTS.id, "name": "Spring sale", "slug": "spring-sale"}
    return WebflowItem(**ordinary | fields)


def said(rule: str, known: WebflowSite, *pages: PageFacts, **scan: Any) -> list[Problem]:
    return of(check_api(site(pages or [page()], **scan), known), f"webflow.{rule}")


def test_they_are_the_tier_of_the_api_and_obey_the_choice_of_categories() -> None:
    rules = "unpublished-changes draft-linked item-unpublished missing-seo asset-alt-missing branch-published"
    assert {tier_of(f"webflow.{rule}") for rule in rules.split()} == {"A"}
    known = webflow(last_updated=PUBLISHED + 9 * DAY)
    assert check_api(site([page()]), known, {Category.LINKS}) == []
    assert len(check_api(site([page()]), known, {Category.WEBFLOW})) == 1
    assert check_api(site([page()]), webflow()) == []


# ── unpublished changes ──


def test_changes_that_wait_too_long() -> None:
    changed = a_page(title="Prices", last_updated=PUBLISHED + 2 * DAY)
    known = webflow(last_updated=PUBLISHED + 3 * DAY, pages=(changed, a_page(last_updated=PUBLISHED)))
    (problem,) = said("unpublished-changes", known)
    assert (problem.severity, problem.url) == (Severity.INFO, HOME)
    assert problem.message == (
        "The site was changed 3 days after it was last published; 1 pages among it, such as “Prices”."
    )
    assert problem.evidence["pages"] == [{"page_id": PAGE_ID, "title": "Prices"}]
    assert problem.evidence["site_id"] == SITE_ID


def test_the_moment_of_the_domain_that_was_scanned_counts() -> None:
    domain = WebflowDomain("d1", f"www.{HOST}", PUBLISHED - 9 * DAY)
    assert said("unpublished-changes", webflow(domains=(domain,)))
    later = WebflowDomain("d1", HOST, PUBLISHED + 2 * DAY)
    assert not said("unpublished-changes", webflow(last_updated=PUBLISHED + 2 * DAY, domains=(later,)))


@pytest.mark.parametrize(
    "known",
    [
        webflow(),
        webflow(last_updated=PUBLISHED + 23 * HOUR),
        webflow(last_updated=PUBLISHED + 6 * DAY, unpublished_after=timedelta(days=7)),
        webflow(last_updated=PUBLISHED - DAY),
        webflow(last_updated=None),
        webflow(last_published=None),
    ],
)
def test_changes_within_the_limit_are_silent(known: WebflowSite) -> None:
    assert not said("unpublished-changes", known)


# ── drafts that are linked ──


@pytest.mark.parametrize(
    ("known", "href", "state", "ids"),
    [
        (webflow(pages=(a_page(draft=True),)), "/about", "a draft", {"page_id": PAGE_ID}),
        (webflow(pages=(a_page(archived=True),)), "/about/?x=1#top", "archived", {"page_id": PAGE_ID}),
        (
            webflow(pages=(a_page(draft=True, parent_id="f" * 24, published_path="/team/about"),)),
            "/team/about",
            "a draft",
            {"page_id": PAGE_ID},
        ),
        (
            webflow(collections=(POSTS,), items=(an_item(is_draft=True),)),
            "/blog/spring-sale",
            "a draft",
            {"collection_id": POSTS.id, "item_id": "i" * 24},
        ),
        (
            webflow(
                collections=(POSTS,),
                items=(an_item(is_archived=True, cms_locale_id="de1"),),
                locales=(WebflowLocale("l1", "en1"), WebflowLocale("l2", "de1", "de")),
            ),
            "/de/blog/spring-sale",
            "archived",
            {"collection_id": POSTS.id, "item_id": "i" * 24},
        ),
        (webflow(deleted=(WebflowDeleted("x1", "/gone", "Gone"),)), "/gone", "deleted", {"page_id": "x1"}),
    ],
)
def test_a_link_to_something_that_is_not_published(
    known: WebflowSite, href: str, state: str, ids: dict[str, str]
) -> None:
    (problem,) = said("draft-linked", known, page(links=[link(href)]))
    assert (problem.severity, problem.element) == (Severity.SERIOUS, link(href).element)
    assert f"which is {state}. Visitors do not get" in problem.message
    assert {key: problem.evidence[key] for key in ids} == ids


def test_a_draft_that_still_answers_is_said_so() -> None:
    known = webflow(pages=(a_page(draft=True),))
    facts = page(links=[link("/about"), link("/about", "Us", selector="#b")])
    problems = said("draft-linked", known, facts, targets=[target("/about")])
    assert len(problems) == 2
    assert len({p.cause for p in problems}) == 1
    assert "It still answers, until the site is published again." in problems[0].message


@pytest.mark.parametrize(
    ("known", "facts"),
    [
        (webflow(pages=(a_page(draft=True),)), page(links=[link("/contact")])),
        (webflow(pages=(a_page(draft=True),)), page(links=[link("https://other.example/about")])),
        (webflow(pages=(a_page(draft=True), a_page(id="e" * 24))), page(links=[link("/about")])),
        (webflow(pages=(a_page(draft=True, parent_id="f" * 24),)), page(links=[link("/about")])),
        (webflow(pages=(a_page(),)), page(links=[link("/about")])),
        (webflow(pages=(a_page(draft=True),)), page(links=[link("/about")], status=404)),
        (webflow(pages=(a_page(is_branch=True, draft=True),)), page(links=[link("/about")])),
        (webflow(deleted=(WebflowDeleted("x", "/about"),), pages=(a_page(),)), page(links=[link("/about")])),
        (webflow(items=(an_item(is_draft=True),)), page(links=[link("/blog/spring-sale")])),
        (webflow(pages=(a_page(draft=True),)), page(links=[link("mailto:a@b.example"), link(None)])),
    ],
)
def test_links_to_what_is_published_or_not_ours_are_silent(known: WebflowSite, facts: PageFacts) -> None:
    assert not said("draft-linked", known, facts)


# ── items ──


def test_an_item_that_was_changed_after_its_publishing() -> None:
    item = an_item(last_published=PUBLISHED, last_updated=PUBLISHED + 5 * HOUR, cms_locale_id="en1")
    known = webflow(collections=(POSTS,), items=(item,))
    (problem,) = said("item-unpublished", known, page(), page("/blog/spring-sale"))
    assert problem.url == f"{HOME}blog/spring-sale"
    assert "“Spring sale” (spring-sale) in Posts was changed 5 hours" in problem.message
    assert problem.evidence["item_id"] == "i" * 24
    assert problem.evidence["collection_id"] == POSTS.id
    assert problem.cause == f"collection {POSTS.id}"


@pytest.mark.parametrize(
    "item",
    [
        an_item(last_published=PUBLISHED, last_updated=PUBLISHED),
        an_item(last_published=PUBLISHED, last_updated=PUBLISHED + timedelta(seconds=40)),
        an_item(last_published=None, last_updated=PUBLISHED),
        an_item(last_published=PUBLISHED, last_updated=PUBLISHED + DAY, is_archived=True),
        an_item(last_published=PUBLISHED, last_updated=PUBLISHED + DAY, is_draft=True),
        an_item(last_published=PUBLISHED, last_updated=None),
    ],
)
def test_items_that_are_published_as_they_are_or_never_were_are_silent(item: WebflowItem) -> None:
    assert not said("item-unpublished", webflow(collections=(POSTS,), items=(item,)))


# ── settings ──


def test_settings_without_title_and_description() -> None:
    bare = a_page(seo_title=" ", seo_description="")
    seen = page("/about", title="About", webflow=Webflow(page_id=PAGE_ID))
    (problem,) = said("missing-seo", webflow(pages=(bare,)), page(), seen)
    assert (problem.severity, problem.url, problem.cause) == (Severity.MODERATE, f"{HOME}about", "")
    assert problem.message == "The page “About” has no SEO title and no description in its settings."
    assert problem.evidence["page_id"] == PAGE_ID
    assert problem.evidence["missing"] == ["title", "description"]


def test_a_template_is_one_cause_wherever_its_items_are() -> None:
    bare = a_page(title="Posts Template", seo_description="", collection_id=POSTS.id)
    items = [page(f"/blog/{n}", webflow=Webflow(page_id=PAGE_ID)) for n in range(3)]
    (problem,) = said("missing-seo", webflow(pages=(bare,)), *items)
    assert problem.message == "The template of its Collection “Posts Template” has no SEO description in its settings."
    assert problem.cause == f"wf:{PAGE_ID}"
    assert problem.evidence["collection_id"] == POSTS.id


def test_a_page_that_was_not_scanned_is_named_by_its_path() -> None:
    (problem,) = said("missing-seo", webflow(pages=(a_page(seo_title="", published_path="/de/about"),)))
    assert problem.url == f"{HOME}de/about"


@pytest.mark.parametrize(
    ("known", "facts"),
    [
        (a_page(), page()),
        (a_page(seo_title="", draft=True), page()),
        (a_page(seo_title="", archived=True), page()),
        (a_page(seo_title="", is_branch=True), page()),
        (a_page(seo_title="", slug="404"), page()),
        (a_page(seo_title="", slug="password"), page()),
        (
            a_page(seo_title=""),
            page("/about", title="Written in custom code", webflow=Webflow(page_id=PAGE_ID)),
        ),
        (
            a_page(seo_description=""),
            page("/about", metas={"description": "From a field"}, webflow=Webflow(page_id=PAGE_ID)),
        ),
        (
            a_page(seo_title=""),
            page("/about", title="About", metas={"robots": "noindex"}, webflow=Webflow(page_id=PAGE_ID)),
        ),
    ],
)
def test_settings_that_are_filled_or_do_not_matter_are_silent(known: WebflowPage, facts: PageFacts) -> None:
    assert not said("missing-seo", webflow(pages=(known,)), facts)


# ── assets ──

ASSET = WebflowAsset(ASSET_ID, "image/jpeg", CDN, "us-at-work.jpg")


@pytest.mark.parametrize("src", [CDN, CDN.replace(".jpg", "-p-800.jpg"), CDN.replace("cdn.prod.", "assets.")])
@pytest.mark.parametrize("alt", [None, "", " "])
def test_a_picture_without_alt_text_anywhere(src: str, alt: str | None) -> None:
    facts = page(images=[image(src, alt)], webflow=Webflow(page_id=PAGE_ID))
    (problem,) = said("asset-alt-missing", webflow(assets=(ASSET,)), facts)
    assert (problem.severity, problem.cause) == (Severity.MODERATE, f"asset {ASSET_ID}")
    assert (problem.evidence["asset_id"], problem.evidence["page_id"]) == (ASSET_ID, PAGE_ID)


@pytest.mark.parametrize(
    ("asset", "shown"),
    [
        (WebflowAsset(ASSET_ID, "image/jpeg", CDN, "x.jpg", "Two people at a table"), image(CDN, "")),
        (ASSET, image(CDN, "Two people at a table")),
        (ASSET, image(CDN, "", {"role": "presentation"})),
        (ASSET, image(CDN, "", {"aria-hidden": "true"})),
        (ASSET, image(CDN, "", {"class": "icon"})),
        (ASSET, image("/us-at-work.jpg", "")),
        (ASSET, image(CDN.replace(ASSET_ID, "d" * 24), "")),
        (WebflowAsset(ASSET_ID, "application/pdf", CDN), image(CDN, "")),
    ],
)
def test_pictures_that_are_described_or_only_adorn_are_silent(asset: WebflowAsset, shown: Any) -> None:
    assert not said("asset-alt-missing", webflow(assets=(asset,)), page(images=[shown]))


# ── branches ──


def test_a_branch_that_is_online() -> None:
    branch = a_page(is_branch=True, published_path="/about-branch")
    by_id = page("/x", webflow=Webflow(page_id=PAGE_ID))
    (problem,) = said("branch-published", webflow(pages=(branch,)), by_id)
    assert (problem.severity, problem.url, problem.evidence["page_id"]) == (Severity.SERIOUS, f"{HOME}x", PAGE_ID)
    assert said("branch-published", webflow(pages=(branch,)), page("/about-branch"))


@pytest.mark.parametrize(
    ("pages", "facts", "scan"),
    [
        ((a_page(),), page("/about", webflow=Webflow(page_id=PAGE_ID)), {}),
        ((a_page(is_branch=True),), page("/contact"), {}),
        ((a_page(is_branch=True), a_page(id="e" * 24)), page("/about", webflow=Webflow(page_id="e" * 24)), {}),
        ((a_page(is_branch=True),), page("/about", webflow=Webflow(page_id=PAGE_ID)), {"is_staging": True}),
        ((a_page(is_branch=True),), page("/about", webflow=Webflow(page_id=PAGE_ID), status=404), {}),
    ],
)
def test_branches_nobody_reaches_are_silent(
    pages: tuple[WebflowPage, ...], facts: PageFacts, scan: dict[str, Any]
) -> None:
    assert not said("branch-published", webflow(pages=pages), facts, **scan)
