"""Before and after on the pages of a report, approving and taking that back, and the settings of the comparison."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from scans.models import Baseline, Issue, IssueState, Site
from tests.scans.looks import Changed, changed_site


@pytest.fixture
def looks(workspace: Workspace) -> Changed:
    return changed_site(workspace)


def addresses(looks: Changed) -> dict[str, str]:
    change = looks.changes["desktop"]
    return {
        "approve": reverse("look_approve", args=[change.pk]),
        "undo": reverse("look_undo", args=[change.pk]),
        "approve all": reverse("looks_approve", args=[looks.scan.pk]),
        "undo all": reverse("looks_undo", args=[looks.scan.pk]),
        "settings": reverse("site_looks", args=[looks.site.pk]),
    }


def current(looks: Changed) -> dict[str, bool]:
    """Whether the picture after counts, by width."""
    rows = Baseline.objects.filter(site=looks.site, is_current=True)
    return {row.viewport: row.digest == looks.changes[row.viewport].digest for row in rows}


def test_issue_and_page_show_before_after_and_difference(owner_client: Client, looks: Changed) -> None:
    for address in (
        reverse("issue", args=[looks.scan.pk, looks.issue.pk]) + "?confidence=any",
        reverse("page", args=[looks.scan.pk, looks.page.pk]),
    ):
        text = owner_client.get(address).content.decode()
        assert text.count("data-look") == 3
        assert text.count(">Approve this<") + text.count("Approve this\n") >= 1
        assert "Approve all 3" in text
        before = reverse("baseline_picture", args=[looks.changes["desktop"].before_id])
        assert before in text
        assert '<rect x="0" y="400" width="1440" height="60"' in text


def test_a_page_without_changes_has_no_such_part(owner_client: Client, looks: Changed) -> None:
    for change in looks.changes.values():
        change.delete()
    text = owner_client.get(reverse("page", args=[looks.scan.pk, looks.page.pk])).content.decode()
    assert "Before and after" not in text
    assert "looks.js" not in text


def test_approve_one_and_undo(member_client: Client, looks: Changed) -> None:
    response = member_client.post(addresses(looks)["approve"], follow=True)
    assert "Approved. Later scans compare with this picture." in response.content.decode()
    assert current(looks) == {"desktop": True, "tablet": False, "mobile": False}
    page = member_client.get(reverse("page", args=[looks.scan.pk, looks.page.pk])).content.decode()
    assert addresses(looks)["undo"] in page
    assert addresses(looks)["approve"] not in page
    assert Issue.objects.get().state == IssueState.OPEN
    member_client.post(addresses(looks)["undo"])
    assert not any(current(looks).values())


def test_approve_all_and_undo(owner_client: Client, looks: Changed) -> None:
    owner_client.post(addresses(looks)["approve all"], {"next": "https://evil.example/"})
    assert all(current(looks).values())
    assert Issue.objects.get().state == IssueState.FIXED
    assert Baseline.objects.filter(is_current=True, approved_by__email="owner@example.com").count() == 3
    response = owner_client.post(addresses(looks)["undo all"], follow=True)
    assert "Taken back: 3 pictures" in response.content.decode()
    assert not any(current(looks).values())
    assert Issue.objects.get().state == IssueState.OPEN


def test_approving_twice_is_once(owner_client: Client, looks: Changed) -> None:
    for _ in range(2):
        owner_client.post(addresses(looks)["approve"])
    assert Baseline.objects.filter(site=looks.site, viewport="desktop").count() == 2


def test_strangers_meet_nothing_and_viewers_change_nothing(
    stranger_client: Client, viewer_client: Client, client: Client, looks: Changed
) -> None:
    picture = reverse("baseline_picture", args=[looks.changes["desktop"].before_id])
    for address in addresses(looks).values():
        assert stranger_client.post(address).status_code == 404
        assert viewer_client.post(address).status_code in (403, 404)
        assert client.post(address).status_code == 302
        assert stranger_client.get(address).status_code in (404, 405)
    assert not any(current(looks).values())
    assert (stranger_client.get(picture).status_code, viewer_client.get(picture).status_code) == (404, 200)
    page = viewer_client.get(reverse("page", args=[looks.scan.pk, looks.page.pk])).content.decode()
    assert "data-look" in page
    assert "Approve" not in page


def test_a_baseline_is_given_out_as_a_picture_only(owner_client: Client, looks: Changed) -> None:
    row = looks.changes["desktop"].before
    address = reverse("baseline_picture", args=[row.pk])
    response = owner_client.get(address)
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    Baseline.objects.filter(pk=row.pk).update(file="baselines/gone.jpg")
    assert owner_client.get(address).status_code == 404


def save(client: Client, site: Site, **typed: Any) -> Any:
    return client.post(
        reverse("site_looks", args=[site.pk]), {"threshold": "0.2", "selectors": "", "boxes": "", **typed}
    )


def test_settings_are_kept_and_shown_as_typed(owner_client: Client, looks: Changed) -> None:
    boxes = "desktop 0 120 1440 600\nphone 0,10,390,80 /prices"
    assert save(owner_client, looks.site, selectors=" .news \n\n#feed > li\n.news", boxes=boxes).status_code == 302
    looks.site.refresh_from_db()
    assert looks.site.visual_threshold == 0.2
    assert looks.site.ignored_selectors == [".news", "#feed > li"]
    assert looks.site.ignored_boxes == [
        {"viewport": "desktop", "x": 0, "y": 120, "width": 1440, "height": 600},
        {"viewport": "mobile", "x": 0, "y": 10, "width": 390, "height": 80, "path": "/prices"},
    ]
    text = owner_client.get(reverse("site_settings", args=[looks.site.pk])).content.decode()
    assert "phone 0 10 390 80 /prices" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"threshold": "much"}, "Type a percentage"),
        ({"threshold": "101"}, "100"),
        ({"threshold": "nan"}, "Type a percentage"),
        ({"selectors": ".news >>"}, "is no CSS selector"),
        ({"selectors": "." + "x" * 300}, "too long"),
        ({"selectors": "\n".join(f".a{n}" for n in range(60))}, "60 lines are too many"),
        ({"boxes": "desktop 0 0 10"}, "is no area"),
        ({"boxes": "watch 0 0 10 10"}, "is no area"),
        ({"boxes": "phone 400 0 10 10"}, "390 pixels wide"),
        ({"boxes": "desktop 0 0 0 10"}, "outside the picture"),
        ({"boxes": "<script>alert(1)</script>"}, "&lt;script&gt;"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(
    owner_client: Client, looks: Changed, typed: dict[str, str], said: str
) -> None:
    response = save(owner_client, looks.site, **typed)
    assert response.status_code == 422
    assert said in response.content.decode()
    looks.site.refresh_from_db()
    assert (looks.site.visual_threshold, looks.site.ignored_boxes) == (Site.THRESHOLD, [])
