"""The fixed cast: one workspace with an owner, a member and a viewer, and a stranger with a workspace of their own.

`owner_client` and the like are logged in; pytest-django's `client` is anonymous.
"""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, Role, User, Workspace


def a_person(name: str) -> User:
    """A person nobody can log in as by password: hashing one for every test costs more than the test."""
    return User.objects.create_user(email=f"{name}@example.com", name=name.capitalize())


def joins(user: User, workspace: Workspace, role: Role) -> User:
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Studio North")


@pytest.fixture
def owner(workspace: Workspace) -> User:
    return joins(a_person("owner"), workspace, Role.OWNER)


@pytest.fixture
def member(workspace: Workspace) -> User:
    return joins(a_person("member"), workspace, Role.MEMBER)


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    return joins(a_person("viewer"), workspace, Role.VIEWER)


@pytest.fixture
def stranger(db: None) -> User:
    elsewhere = Workspace.objects.create(name="Elsewhere")
    return joins(a_person("stranger"), elsewhere, Role.OWNER)


@pytest.fixture
def owner_client(owner: User) -> Client:
    return logged_in(owner)


@pytest.fixture
def member_client(member: User) -> Client:
    return logged_in(member)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return logged_in(viewer)


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    return logged_in(stranger)
