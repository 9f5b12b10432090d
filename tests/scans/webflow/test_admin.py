"""What Webflow told, as support staff see it: everything but what opens doors, and nothing to change."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, WebflowConnection, Workspace
from demo.webflow.state import object_id
from scans.models import (
    Delivery,
    Publish,
    SyncedAsset,
    SyncedCollection,
    SyncedForm,
    SyncedItem,
    SyncedPage,
    SyncedSite,
    Webhook,
)
from tests.build import a_scan
from tests.cast import logged_in
from tests.scans.hostile import HOSTILE
from tests.scans.webflow.cast import a_synced

MODELS: tuple[Any, ...] = (
    *(SyncedSite, SyncedPage, SyncedCollection, SyncedItem, SyncedAsset, SyncedForm),
    *(Webhook, Delivery, Publish, WebflowConnection),
)
TOKEN = "a-token-that-opens-doors"


@pytest.fixture
def staff_client(db: None) -> Client:
    return logged_in(User.objects.create_superuser("support@example.com"))


@pytest.fixture
def rows(workspace: Workspace, owner: User) -> list[str]:
    """One of each model; the texts that must not be seen."""
    connection = WebflowConnection(workspace=workspace, authorization_id=object_id("grant"))
    connection.keep_token(TOKEN)
    connection.save()
    a_bunch(a_synced(workspace, connection=connection))
    return [TOKEN, connection.token_encrypted]


def a_bunch(site: SyncedSite) -> None:
    assert site.site is not None
    evil = {"webflow_id": object_id("x"), "name": HOSTILE[0]}
    SyncedPage.objects.create(site=site, webflow_id=object_id("x"), title=HOSTILE[0])
    collection = SyncedCollection.objects.create(site=site, **evil)
    SyncedItem.objects.create(collection=collection, **evil)
    for model in (SyncedAsset, SyncedForm):
        model.objects.create(site=site, **evil)
    Webhook.objects.create(site=site, webflow_id=object_id("x"), trigger="site_publish")
    Delivery.objects.create(
        digest=site.pk.hex * 2,
        trigger="site_publish",
        webflow_site=site.webflow_id,
        sent_at=timezone.now(),
        payload={"by": HOSTILE[0]},
    )
    Publish.objects.create(site=site, published_at=timezone.now(), by=HOSTILE[0], scan=a_scan(site.site))


def listing(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def one(model: Any) -> str:
    row = model.objects.first()
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("model", MODELS)
def test_list_and_row_open_and_are_only_read(staff_client: Client, rows: list[str], model: Any) -> None:
    for address in (listing(model), one(model), listing(model) + "?q=nothing", listing(model) + f"?q={object_id('x')}"):
        answer = staff_client.get(address)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert not [secret for secret in rows if secret in text]
        assert HOSTILE[0] not in text
    for address in (one(model), one(model).replace("change", "delete")):
        assert staff_client.post(address, {"post": "yes"}).status_code == 403


def test_what_was_kept_of_a_delivery_is_shown(staff_client: Client, rows: list[str]) -> None:
    assert "alert(document.domain)" in staff_client.get(one(Delivery)).content.decode()


@pytest.mark.parametrize("model", [model for model in MODELS if model is not WebflowConnection])
def test_lists_ask_no_more_for_more_rows(
    staff_client: Client, workspace: Workspace, rows: list[str], model: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12) as asked:
        staff_client.get(listing(model))
    for number in range(4):
        a_bunch(a_synced(workspace, f"more-{number}"))
    with django_assert_max_num_queries(len(asked)):
        staff_client.get(listing(model))
