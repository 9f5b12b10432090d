"""What happened stays as it was written, also when the people and the workspace are gone."""

from __future__ import annotations

import pytest

from accounts.audit import record
from accounts.models import AppendOnly, AuditEvent, User, Workspace


def test_an_event_says_who_what_whom_and_from_where(workspace: Workspace, owner: User) -> None:
    event = record(workspace, "member.invited", actor=owner, target="kim@example.com", ip="192.0.2.7", role="viewer")
    event.refresh_from_db()
    assert (event.actor_label, event.target, event.ip) == ("owner@example.com", "kim@example.com", "192.0.2.7")
    assert event.facts == {"role": "viewer"}
    assert str(event) == "member.invited by owner@example.com"
    assert str(record(workspace, "scan.started", actor=None)) == "scan.started by the system"


def test_events_are_never_changed_and_never_deleted(workspace: Workspace) -> None:
    event = record(workspace, "member.left", actor=None)
    event.action = "member.stayed"
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(action="x"),
        lambda: AuditEvent.objects.filter(pk=event.pk).update(action="x"),
    ):
        with pytest.raises(AppendOnly):
            attempt()
    assert AuditEvent.objects.get().action == "member.left"


def test_events_outlive_person_and_workspace(workspace: Workspace, owner: User) -> None:
    record(workspace, "workspace.renamed", actor=owner)
    owner.delete()
    workspace.delete()
    event = AuditEvent.objects.get()
    assert (event.workspace, event.actor, event.actor_label) == (None, None, "owner@example.com")


def test_facts_that_are_no_json_are_refused(workspace: Workspace) -> None:
    with pytest.raises(TypeError):
        record(workspace, "member.left", actor=None, when=object())


def test_long_targets_are_cut(workspace: Workspace) -> None:
    assert len(record(workspace, "x.y", actor=None, target="x" * 999).target) == 254
