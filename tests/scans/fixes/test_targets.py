"""Which object of Webflow a finding is about."""

from __future__ import annotations

import pytest

from demo.webflow.server import StandIn
from scans.models import SyncedItem
from scans.webflow import targets
from scans.webflow.targets import Kind
from tests.scans.fixes.bakery import Bakery, bakery, server, webflow

__all__ = ["bakery", "server", "webflow"]
pytestmark = pytest.mark.django_db
ARTICLE = "/journal/rye-from-the-next-valley"
DESIGNER = "https://webflow.com/design/harbour-bakery"


def test_a_page_and_the_way_to_it(bakery: Bakery) -> None:
    finding = bakery.found("metadata.title-short", "/about")
    target = targets.of(finding.issue, finding, bakery.synced)
    about = bakery.page("about").id
    assert target is not None
    assert (target.kind, target.id, target.name) == (Kind.PAGE, about, "About")
    assert target.designer_url == f"{DESIGNER}?pageId={about}"


def test_an_item_before_its_template(bakery: Bakery) -> None:
    finding = bakery.found("content.lorem-ipsum", ARTICLE, "detail_journal")
    item, template = targets.every(finding.issue, finding, bakery.synced)
    assert (item.kind, item.id) == (Kind.ITEM, bakery.item("rye-from-the-next-valley").id)
    assert item.name == "Rye from the next valley in Journal"
    assert (template.kind, template.id) == (Kind.TEMPLATE, bakery.page("detail_journal").id)
    assert item.cms_url == f"{DESIGNER}?pageId={template.id}&itemId={item.id}"


def test_the_ids_of_evidence(bakery: Bakery) -> None:
    item = bakery.item("rye-from-the-next-valley")
    finding = bakery.found("webflow.item-unpublished", "/about", item_id=item.id, collection_id=item.collection_id)
    assert targets.every(finding.issue, finding, bakery.synced)[0].id == item.id


@pytest.mark.parametrize("where", ["evidence", "html", "id"])
def test_the_asset_in_the_address_of_a_picture(where: str, bakery: Bakery) -> None:
    asset = bakery.asset("loaf.png")
    url = f"https://cdn.prod.website-files.com/{bakery.home.id}/{asset.id}_loaf-p-500.png"
    said = {"evidence": {"target": url}, "id": {"asset_id": asset.id}, "html": {}}[where]
    html = f'<img src="{url}">' if where == "html" else ""
    finding = bakery.found("images.suspicious-alt", "/about", html=html, **said)
    target = targets.of(finding.issue, finding, bakery.synced)
    assert target is not None and (target.kind, target.id, target.name) == (Kind.ASSET, asset.id, "loaf.png")


@pytest.mark.parametrize(
    ("group", "kind", "name"), [("Class .hero", Kind.CLASS, ".hero"), ("Navigation", Kind.COMPONENT, "Navigation")]
)
def test_what_carries_an_issue(group: str, kind: Kind, name: str, bakery: Bakery) -> None:
    finding = bakery.found("accessibility.color-contrast", "/about")
    finding.issue.group = group
    assert (kind, name) in {(each.kind, each.name) for each in targets.every(finding.issue, finding, bakery.synced)}


def test_the_form_of_a_page(bakery: Bakery) -> None:
    finding = bakery.found("forms.no-label", "/contact")
    assert targets.every(finding.issue, finding, bakery.synced)[0].name == "Contact form"


def test_what_the_copy_does_not_list_is_not_named(bakery: Bakery, webflow: StandIn) -> None:
    """A page can claim any id: also one of another site of the same account."""
    other = webflow.site("kiln-and-clay")
    foreign = next(iter(other.pages.values())).id
    file = next(iter(other.assets.values())).id
    finding = bakery.found("metadata.title-short", "/about")
    finding.page = None
    for page_id in (foreign, "../sites", "", "f" * 24):
        finding.evidence = {"page_id": page_id, "asset_id": file}
        assert not targets.every(finding.issue, finding, bakery.synced)


def test_what_is_gone_is_not_named(bakery: Bakery) -> None:
    SyncedItem.objects.update(gone_at="2026-03-02T09:00Z")
    bakery.synced.pages.update(gone_at="2026-03-02T09:00Z")
    finding = bakery.found("content.lorem-ipsum", ARTICLE, "detail_journal")
    assert not targets.every(finding.issue, finding, bakery.synced)
