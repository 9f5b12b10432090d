from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Membership, Role, User, Workspace
from accounts.templatetags.workspace import home


def test_visitors_have_no_workspace() -> None:
    assert home(AnonymousUser()) == {}


@pytest.mark.parametrize(
    ("role", "writes"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.MEMBER, True), (Role.VIEWER, False)]
)
def test_the_bar_names_the_workspace_and_what_one_may_do(role: Role, writes: bool, workspace: Workspace) -> None:
    user = User.objects.create_user(email="x@example.com")
    assert home(user) == {}
    Membership.objects.create(workspace=workspace, user=user, role=role)
    assert home(user) == {"name": "Studio North", "role": role.label, "writes": writes}
