"""Workspaces begin, are renamed, end; what happened in them is shown to those who manage them."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts import activity, workspaces
from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.models import AuditEvent, Membership, Role, User, Workspace
from scans.models import Site
from tests.build import a_site


def test_a_second_workspace_is_made_and_worked_in(owner: User, owner_client: Client) -> None:
    response = owner_client.post(reverse("workspace_add"), {"name": "Client & Co"}, follow=True)
    assert "Client &amp; Co is ready." in response.content.decode()
    made = Workspace.objects.get(name="Client & Co")
    assert made.memberships.get().role == Role.OWNER
    assert AuditEvent.objects.get(workspace=made).action == "workspace.created"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "nul\x00"])
def test_bad_names_are_refused(name: str, owner_client: Client, workspace: Workspace) -> None:
    assert owner_client.post(reverse("workspace_add"), {"name": name}).status_code == 422
    url = reverse("workspace_settings", args=[workspace.pk])
    assert owner_client.post(url, {"name": name}).status_code == 422
    assert Workspace.objects.get().name == "Studio North"


def test_nobody_owns_workspaces_without_end(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspaces, "MOST_OWNED", 1)
    assert isinstance(workspaces.create("One more", Acting(owner)), Refused)


def test_renaming_is_written_down_once(workspace: Workspace, owner_client: Client) -> None:
    url = reverse("workspace_settings", args=[workspace.pk])
    for _ in range(2):
        assert "The new name is saved." in owner_client.post(url, {"name": "North"}, follow=True).content.decode()
    assert AuditEvent.objects.get().facts == {"before": "Studio North", "after": "North"}


def test_deleting_asks_for_the_name_and_shuts_everybody_out(
    workspace: Workspace, owner: User, owner_client: Client
) -> None:
    """What becomes of the rows: tests/accounts/test_erasure.py."""
    site = a_site(workspace)
    url = reverse("workspace_delete", args=[workspace.pk])
    assert "Type “Studio North”" in owner_client.post(url, {"name": "studio"}).content.decode()
    assert Workspace.objects.get(pk=workspace.pk).closed_at is None
    page = owner_client.post(url, {"name": "Studio North"}, follow=True).content.decode()
    assert "Studio North is deleted" in page
    assert owner_client.get(reverse("site", args=[site.pk])).status_code == 404
    event = AuditEvent.objects.get(action="workspace.deleted")
    assert (event.workspace, event.actor, event.target) == (workspace, owner, "Studio North")
    assert event.facts == {"workspace_id": str(workspace.pk)}
    assert Membership.objects.get(user=owner).workspace.name == "Owner's workspace", "nobody stands before nothing"


def test_an_admin_sees_no_way_to_delete(workspace: Workspace, member: User, member_client: Client) -> None:
    Membership.objects.filter(user=member).update(role=Role.ADMIN)
    url = reverse("workspace_settings", args=[workspace.pk])
    assert "Delete this workspace" not in member_client.get(url).content.decode()
    response = member_client.post(reverse("workspace_delete", args=[workspace.pk]), {"name": "Studio North"})
    assert response.status_code == 404
    assert Workspace.objects.filter(pk=workspace.pk).exists()


def shown(client: Client, workspace: Workspace, **query: str) -> str:
    return client.get(reverse("activity", args=[workspace.pk]), query).content.decode()


def test_activity_is_empty_then_told_then_searched(workspace: Workspace, owner: User, owner_client: Client) -> None:
    assert "Nothing happened yet" in shown(owner_client, workspace)
    record(workspace, "member.invited", actor=owner, target="<b>kim@example.com", ip="192.0.2.1", role="viewer")
    record(workspace, "webflow.synced", actor=None, target="studio")
    page = shown(owner_client, workspace)
    assert "invited &lt;b&gt;kim@example.com as viewer" in page
    assert "from 192.0.2.1" in page
    assert "<strong>QA Sentinel</strong> webflow.synced studio" in page
    assert "webflow.synced" not in shown(owner_client, workspace, q="KIM@")
    assert "Nothing matches" in shown(owner_client, workspace, q="zzz")


def test_activity_shows_this_workspace_only_in_pages(
    workspace: Workspace, owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "PER_PAGE", 2)
    other = Workspace.objects.create(name="Other")
    record(other, "member.left", actor=None, target="secret")
    for n in range(3):
        record(workspace, "site.added", actor=owner, target=f"https://s{n}.example/")
    first, last = shown(owner_client, workspace), shown(owner_client, workspace, page="2")
    assert (first.count("added the site"), last.count("added the site")) == (2, 1)
    assert all(f"s{n}.example" in first + last for n in range(3))
    assert "secret" not in first + last
    assert shown(owner_client, workspace, page="nonsense").count("added the site") == 2


@pytest.mark.parametrize("action", activity.SENTENCES)
def test_a_sentence_survives_missing_and_hostile_facts(action: str, workspace: Workspace) -> None:
    event = record(workspace, action, actor=None, target="{0.__class__}", role="{name.__init__}")
    assert "<class" not in activity.line(event).what


def test_sites_that_come_and_go_are_written_down(workspace: Workspace, owner_client: Client) -> None:
    owner_client.post(reverse("site_add"), {"url": "https://example.com/"})
    site = Site.objects.get()
    owner_client.post(reverse("site_delete", args=[site.pk]), {"name": site.name})
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == ["site.added", "site.deleted"]


def test_what_does_not_exist_is_not_found(owner_client: Client) -> None:
    for name in ("workspace_settings", "activity", "members", "workspace_leave"):
        assert owner_client.get(reverse(name, args=[uuid.uuid4()])).status_code == 404
