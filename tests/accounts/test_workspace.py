from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.access import CHOSEN
from accounts.models import Membership, Role, User, Workspace
from accounts.templatetags.workspace import home


def here(user: User | AnonymousUser, **session: str) -> dict[str, object]:
    request: Any = RequestFactory().get("/")
    request.user, request.session = user, session
    return home({"request": request})


def test_visitors_have_no_workspace() -> None:
    assert here(AnonymousUser()) == {}
    assert home({}) == {}, "an error page without a request"


@pytest.mark.parametrize(
    ("role", "writes", "manages", "sees"),
    [
        (Role.OWNER, True, True, True),
        (Role.ADMIN, True, True, True),
        (Role.MEMBER, True, False, True),
        (Role.VIEWER, False, False, True),
        (Role.CLIENT, False, False, False),
    ],
)
def test_the_bar_names_the_workspace_and_what_one_may_do(
    role: Role, writes: bool, manages: bool, sees: bool, workspace: Workspace
) -> None:
    user = User.objects.create_user(email="x@example.com")
    assert here(user) == {}
    Membership.objects.create(workspace=workspace, user=user, role=role)
    assert here(user) == {
        "id": workspace.pk,
        "name": "Studio North",
        "role": role.label,
        "writes": writes,
        "manages": manages,
        "sees_people": sees,
        "others": [],
    }


def test_the_bar_follows_the_session_but_only_into_ones_own(workspace: Workspace, owner: User) -> None:
    second = Workspace.objects.create(name="Second")
    foreign = Workspace.objects.create(name="Foreign")
    Membership.objects.create(workspace=second, user=owner, role=Role.VIEWER)
    assert here(owner)["others"] == [second]
    assert here(owner, **{CHOSEN: str(second.pk)})["name"] == "Second"
    assert here(owner, **{CHOSEN: str(foreign.pk)})["name"] == "Studio North"
    assert here(owner, **{CHOSEN: "nonsense"})["name"] == "Studio North"
