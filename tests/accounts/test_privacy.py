"""Every model says what it holds about people and how long; what it says is so."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.utils import timezone

from accounts import privacy
from accounts.audit import record
from accounts.models import AuditEvent, Invitation, OAuthState, OutgoingMail, User, Workspace
from accounts.models.invitations import digest
from accounts.privacy import HOLDINGS, Days, Holding, WithParent
from scans.models import Delivery

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("accounts", "billing", "scans", "sentinel", "demo")
SECRET = re.compile(r"token|secret|hash$|password|encrypted|digest$|session_key")
# look like secrets, and are none: of pictures and page texts, which stand in the copy themselves
HARMLESS = {"content_hash", "digest"}


def every_model() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]


def undeclared(among: Collection[type[models.Model]]) -> list[str]:
    return [model._meta.label for model in every_model() if model not in among]


def wrong_names(holding: Holding) -> list[str]:
    """What a declaration names and the model does not have."""
    wrong = []
    since = [holding.kept.since] if isinstance(holding.kept, Days) else []
    parent = [holding.kept.parent] if isinstance(holding.kept, WithParent) else []
    files = [holding.file] if holding.file else []
    for name in (*holding.personal, *holding.secret, *since, *parent, *files):
        try:
            holding.model._meta.get_field(name)
        except FieldDoesNotExist:
            wrong.append(name)
    for lookup in filter(None, (holding.workspace, holding.person, *holding.beside)):
        try:
            str(holding.model._base_manager.filter(**{f"{lookup}__isnull": False}).query)
        except FieldError:
            wrong.append(lookup)
    return wrong


def test_every_model_is_declared() -> None:
    assert not undeclared(HOLDINGS.keys()), "declare these in the holdings.py of their app"


def test_a_model_without_a_declaration_is_noticed() -> None:
    assert undeclared(HOLDINGS.keys() - {Delivery}) == ["scans.Delivery"]


@pytest.mark.parametrize("holding", HOLDINGS.values(), ids=lambda holding: holding.name)
def test_what_is_declared_exists(holding: Holding) -> None:
    assert not wrong_names(holding)


@pytest.mark.parametrize(
    "fields",
    [
        {"personal": ("nose",)},
        {"secret": ("nose",)},
        {"workspace": "site__nose"},
        {"beside": ("user__nose",)},
        {"kept": Days(3, "nose")},
        {"kept": WithParent("nose")},
    ],
    ids=str,
)
def test_a_field_that_does_not_exist_is_noticed(fields: dict[str, Any]) -> None:
    holding = Holding(**{"model": AuditEvent, "what": "events", "kept": Days(3, "created_at"), **fields})
    assert len(wrong_names(holding)) == 1


@pytest.mark.parametrize("holding", HOLDINGS.values(), ids=lambda holding: holding.name)
def test_rows_that_go_with_a_parent_do(holding: Holding) -> None:
    if isinstance(holding.kept, WithParent):
        key = holding.model._meta.get_field(holding.kept.parent)
        assert isinstance(key, models.ForeignKey)
        assert getattr(key.remote_field, "on_delete", None) is models.CASCADE


@pytest.mark.parametrize("holding", HOLDINGS.values(), ids=lambda holding: holding.name)
def test_whatever_may_open_a_door_stands_in_no_copy(holding: Holding) -> None:
    if holding.workspace or holding.person:
        doors = {name for name in holding.columns if SECRET.search(name)} - HARMLESS
        assert not doors


def test_keys_to_people_are_personal() -> None:
    wrong = [
        f"{holding.name}.{key.name}"
        for holding in HOLDINGS.values()
        if holding.model in every_model()
        for key in holding.model._meta.concrete_fields
        if key.related_model is User and key.name not in holding.personal
    ]
    assert not wrong


def test_the_page_says_what_is_declared() -> None:
    page = (ROOT / "docs/data-protection.md").read_text()
    assert privacy.table() in page, "put the output of accounts.privacy.table() into docs/data-protection.md"


def aged(workspace: Workspace, owner: User, days: float) -> list[tuple[type[models.Model], Any]]:
    """One row of each model that has its days, of that age."""
    then = timezone.now() - timedelta(days=days)
    event = record(workspace, "x.y", actor=owner)
    AuditEvent._base_manager.filter(pk=event.pk).update(created_at=then)
    mail = OutgoingMail.objects.create(recipients=["kim@example.com"], subject="Hello", created_at=then)
    invitation = Invitation.objects.create(
        workspace=workspace, email="kim@example.com", token_hash=digest(str(days)), expires_at=then, accepted_at=then
    )
    state = OAuthState.objects.create(
        state_hash=digest(str(days)), session_hash="x", workspace=workspace, user=owner, tier="scan", expires_at=then
    )
    delivery = Delivery.objects.create(
        digest=str(days), trigger="site_publish", webflow_site="5" * 24, sent_at=then, received_at=then
    )
    return [(type(row), row.pk) for row in (event, mail, invitation, state, delivery)]


def left(rows: list[tuple[type[models.Model], Any]]) -> set[str]:
    return {model.__name__ for model, pk in rows if model._base_manager.filter(pk=pk).exists()}


def test_rows_go_when_their_days_are_over(workspace: Workspace, owner: User) -> None:
    fresh, month, years = (aged(workspace, owner, days) for days in (-0.01, 31, 731))
    assert privacy.overdue() == 9
    assert privacy.prune() == 9
    assert left(fresh) == {"AuditEvent", "OutgoingMail", "Invitation", "OAuthState", "Delivery"}
    assert left(month) == {"AuditEvent"}
    assert left(years) == set()
    assert privacy.overdue() == 0 == privacy.prune()


def test_a_round_takes_a_bounded_number(workspace: Workspace, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "BATCH", 2)
    for days in (31, 32, 33):
        aged(workspace, owner, days)
    assert privacy.prune(slice_s=0) == 8, "two of each of four models"
    assert privacy.prune() == 4 and privacy.overdue() == 0
