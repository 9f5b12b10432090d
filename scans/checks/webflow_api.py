"""Tier A: what only Webflow's Data API knows. Drafts that are linked, changes nobody published, settings left empty.

In: the site as it was scanned and as the API tells it. Evidence carries Webflow's own ids (`page_id`, `item_id`,
`collection_id`, `asset_id`, with `locale_id`), so that a fix knows its object. Pages are matched by `data-wf-page`,
items by their Collection's slug and their own, pictures by the asset id in their address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urljoin

from scans.checks import addresses
from scans.checks.images import is_decoration
from scans.checks.pages import is_noindex, is_own, is_utility, pages
from scans.checks.registry import Rule, api_check
from scans.snapshot import (
    PageFacts,
    Problem,
    Severity,
    SiteSnapshot,
    TargetState,
    WebflowItem,
    WebflowPage,
    WebflowSite,
)

UNPUBLISHED_CHANGES = Rule(
    "webflow.unpublished-changes",
    Severity.INFO,
    "Changes wait for the next publish",
    "What you see in the Designer is not what visitors see. Look through the changes, then press Publish at the top "
    "right of the Designer; or undo them from Site settings > Backups if they are not meant to go out.",
)
DRAFT_LINKED = Rule(
    "webflow.draft-linked",
    Severity.SERIOUS,
    "Link leads to a draft or to something deleted",
    "Visitors reach “page not found”, at the latest after the next publish. Either switch Draft off in the page's "
    "settings (gear), or publish the item in the CMS panel; or select the link and change its address in Settings (D).",
)
ITEM_UNPUBLISHED = Rule(
    "webflow.item-unpublished",
    Severity.INFO,
    "CMS items were changed after they were published",
    "Visitors still see the version before. Open the Collection in the CMS panel, filter by “Changes in draft” or look "
    "for the marked items, check them and press Publish.",
)
MISSING_SEO = Rule(
    "webflow.missing-seo",
    Severity.MODERATE,
    "Page settings have no SEO title or description",
    "Search engines then choose words themselves. Pages panel, the gear of the page (or of the Collection's template), "
    "SEO settings: fill in Title tag and Meta description; on a template put Collection fields into them.",
)
ASSET_ALT_MISSING = Rule(
    "webflow.asset-alt-missing",
    Severity.MODERATE,
    "Picture in Assets has no alt text",
    "Screen readers and search engines learn nothing from it, wherever it is used. Open the Assets panel (J), the gear "
    "of the picture, and describe it; or mark the image element as decorative in Settings (D) if it only adorns.",
)
BRANCH_PUBLISHED = Rule(
    "webflow.branch-published",
    Severity.SERIOUS,
    "A page branch is online",
    "Unfinished work of a branch can be reached by visitors and search engines. Open the branch in the Pages panel and "
    "merge or delete it, then publish the site.",
)

# publishing itself touches the object once more
_GRACE = timedelta(minutes=1)
_NAMED = 20  # changed pages that are named
_ASSET = re.compile(r"/(?P<site>[0-9a-f]{24})/(?P<asset>[0-9a-f]{24})_")


@api_check(UNPUBLISHED_CHANGES)
def unpublished_changes(site: SiteSnapshot, webflow: WebflowSite) -> Iterator[Problem]:
    published = _published(site, webflow)
    if published is None or webflow.last_updated is None:
        return
    waiting = webflow.last_updated - published
    if waiting <= webflow.unpublished_after:
        return
    changed = [page for page in webflow.pages if _is_live(page) and _later(page.last_updated, published + _GRACE)]
    names = ", ".join(f"“{page.title[:60]}”" for page in changed[:3])
    yield UNPUBLISHED_CHANGES.problem(
        site.start_url,
        f"The site was changed {_span(waiting)} after it was last published"
        + (f"; {len(changed)} pages among it, such as {names}." if names else "."),
        cause="unpublished changes",
        site_id=webflow.id,
        last_published=published.isoformat(),
        last_updated=webflow.last_updated.isoformat(),
        pages=[{"page_id": page.id, "title": page.title[:120]} for page in changed[:_NAMED]],
    )


def _published(site: SiteSnapshot, webflow: WebflowSite) -> datetime | None:
    """When what was scanned went out: the custom domain's own moment where the API knows it."""
    name = addresses.bare(addresses.hostname(site.start_url))
    own = [domain.last_published for domain in webflow.domains if addresses.bare(domain.url.lower()) == name]
    return own[0] if own else webflow.last_published


def _later(moment: datetime | None, than: datetime) -> bool:
    return moment is not None and moment > than


def _span(span: timedelta) -> str:
    if span.days:
        return f"{span.days} day{'s' if span.days > 1 else ''}"
    hours = round(span.total_seconds() / 3600)
    return f"{hours} hour{'s' if hours > 1 else ''}" if hours else "minutes"


def _is_live(page: WebflowPage) -> bool:
    return not (page.draft or page.archived or page.is_branch)


@dataclass(frozen=True, slots=True)
class Gone:
    """Something that no link should lead to any more; `state` in words."""

    name: str
    state: str
    ids: dict[str, Any]


@api_check(DRAFT_LINKED)
def drafts_linked(site: SiteSnapshot, webflow: WebflowSite) -> Iterator[Problem]:
    gone = _gone(webflow)
    for seen in pages(site) if gone else ():
        for link in seen.facts.links:
            if link.url is None or not is_own(link.url, site):
                continue
            if found := gone.get(_path(link.url)):
                yield DRAFT_LINKED.problem(
                    seen.facts.url,
                    f"The link leads to “{found.name[:120]}”, which is {found.state}. {_outlook(site, link.url)}",
                    element=link.element,
                    cause="gone " + " ".join(found.ids.values()),
                    target=link.url,
                    state=found.state,
                    **found.ids,
                )


def _outlook(site: SiteSnapshot, url: str) -> str:
    target = site.targets.get(addresses.without_fragment(url))
    if target is not None and target.state is TargetState.OK:
        return "It still answers, until the site is published again."
    return "Visitors do not get what they were promised."


def _gone(webflow: WebflowSite) -> dict[str, Gone]:
    """By path; without those paths where something else is live."""
    gone, live = {}, set()
    for page in webflow.pages:
        path = "" if page.collection_id or page.is_branch else _page_path(page)
        if path and _is_live(page):
            live.add(path)
        elif path:
            gone[path] = Gone(page.title, "archived" if page.archived else "a draft", {"page_id": page.id})
    for item in webflow.items:
        path = _item_path(webflow, item)
        if path and not (item.is_draft or item.is_archived):
            live.add(path)
        elif path:
            ids = {"collection_id": item.collection_id, "item_id": item.id}
            gone[path] = Gone(item.name, "archived" if item.is_archived else "a draft", ids)
    for one in webflow.deleted:
        ids = {"collection_id": one.collection_id, "item_id": one.id} if one.collection_id else {"page_id": one.id}
        gone.setdefault(_path(one.path), Gone(one.name or one.path, "deleted", ids))
    return {path: found for path, found in gone.items() if path not in live}


def _page_path(page: WebflowPage) -> str:
    """ "" when it cannot be told: the API gives folders no name."""
    if page.published_path:
        return _path(page.published_path)
    return _path(f"/{page.slug}") if page.slug and not page.parent_id else ""


def _item_path(webflow: WebflowSite, item: WebflowItem) -> str:
    slug = next((each.slug for each in webflow.collections if each.id == item.collection_id), "")
    places = [locale.subdirectory for locale in webflow.locales if locale.cms_locale_id == item.cms_locale_id]
    prefix = f"/{places[0].strip('/')}" if places and places[0] else ""
    return _path(f"{prefix}/{slug}/{item.slug}") if slug and item.slug else ""


def _path(url: str) -> str:
    return unquote(addresses.split(url).path).rstrip("/") or "/"


@api_check(ITEM_UNPUBLISHED)
def items_unpublished(site: SiteSnapshot, webflow: WebflowSite) -> Iterator[Problem]:
    by_path = {_path(seen.facts.url): seen.facts.url for seen in pages(site)}
    names = {collection.id: collection.display_name for collection in webflow.collections}
    for item in webflow.items:
        if item.is_draft or item.is_archived or item.last_published is None:
            continue
        if _later(item.last_updated, item.last_published + _GRACE):
            assert item.last_updated is not None
            waiting = _span(item.last_updated - item.last_published)
            where = f"({item.slug[:80]}) in {(names.get(item.collection_id) or 'the CMS')[:80]}"
            yield ITEM_UNPUBLISHED.problem(
                by_path.get(_item_path(webflow, item), site.start_url),
                f"“{item.name[:120]}” {where} was changed {waiting} after it was published.",
                cause=f"collection {item.collection_id}",
                collection_id=item.collection_id,
                item_id=item.id,
                cms_locale_id=item.cms_locale_id,
                last_published=item.last_published.isoformat(),
                last_updated=item.last_updated.isoformat(),
            )


@api_check(MISSING_SEO)
def missing_seo(site: SiteSnapshot, webflow: WebflowSite) -> Iterator[Problem]:
    seen: dict[str, list[PageFacts]] = {}
    for each in pages(site):
        seen.setdefault(each.facts.webflow.page_id, []).append(each.facts)
    for page in webflow.pages:
        shown = _in_locale(page, seen.get(page.id, []))
        url = shown[0].url if shown else urljoin(site.start_url, _page_path(page) or "/")
        if not _is_live(page) or is_utility(page.slug or url) or (shown and all(map(is_noindex, shown))):
            continue
        if missing := _missing(page, shown):
            kind = "The template of its Collection" if page.collection_id else "The page"
            yield MISSING_SEO.problem(
                url,
                f"{kind} “{page.title[:120]}” has no SEO {' and no '.join(missing)} in its settings.",
                cause=f"wf:{page.id}" if page.collection_id else "",
                page_id=page.id,
                locale_id=page.locale_id,
                collection_id=page.collection_id,
                missing=missing,
            )


def _in_locale(page: WebflowPage, shown: list[PageFacts]) -> list[PageFacts]:
    """A localized page has one id and an address in each locale."""
    own = [facts for facts in shown if page.published_path and _path(facts.url) == _path(page.published_path)]
    return own or (shown if page.collection_id or not page.published_path else [])


def _missing(page: WebflowPage, shown: list[PageFacts]) -> list[str]:
    """What nobody filled in, and visitors do not get from elsewhere either (custom code, a Collection field). Without
    a title tag Webflow takes the page's name."""
    titled = any(facts.title.strip() not in ("", page.title.strip()) for facts in shown)
    described = any((facts.meta("description") or "").strip() for facts in shown)
    missing = [] if page.seo_title.strip() or titled else ["title"]
    return missing + ([] if page.seo_description.strip() or described else ["description"])


@api_check(ASSET_ALT_MISSING)
def assets_without_alt(site: SiteSnapshot, webflow: WebflowSite) -> Iterator[Problem]:
    bare = {asset.id: asset for asset in webflow.assets if _is_undescribed(asset.content_type, asset.alt_text)}
    for seen in pages(site) if bare else ():
        for image in seen.facts.images:
            found = _ASSET.search(image.url or "")
            if not found or found["asset"] not in bare or (image.alt or "").strip() or is_decoration(image.element):
                continue
            asset = bare[found["asset"]]
            yield ASSET_ALT_MISSING.problem(
                seen.facts.url,
                f"“{asset.display_name[:120]}” has no alt text in Assets, and none here.",
                element=image.element,
                cause=f"asset {asset.id}",
                target=image.url,
                asset_id=asset.id,
                page_id=seen.facts.webflow.page_id,
            )


def _is_undescribed(content_type: str, alt_text: str) -> bool:
    return content_type.startswith("image/") and not alt_text.strip()


@api_check(BRANCH_PUBLISHED)
def branches_published(site: SiteSnapshot, webflow: WebflowSite) -> Iterator[Problem]:
    if site.is_staging:
        return
    by_id = {page.id: page for page in webflow.pages if page.is_branch}
    own = {_page_path(page) for page in webflow.pages if not page.is_branch}
    by_path = {path: page for page in by_id.values() if (path := _page_path(page)) and path not in own}
    for seen in pages(site):
        facts = seen.facts
        if branch := by_id.get(facts.webflow.page_id) or by_path.get(_path(facts.url)):
            yield BRANCH_PUBLISHED.problem(
                facts.url,
                f"This address shows a branch of “{branch.title[:120]}”.",
                cause=f"branch {branch.id}",
                page_id=branch.id,
            )
