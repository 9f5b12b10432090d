"""A workspace with at least one row of every model that belongs to one. `mark` stands in every text a person or a
website wrote, `SECRETS` in every field that opens something."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.audit import record
from accounts.models import (
    DataExport,
    Invitation,
    OAuthState,
    OutgoingMail,
    User,
    WebflowConnection,
    Workspace,
)
from scans.models import (
    CustomRule,
    Delivery,
    Fix,
    Publish,
    Shot,
    Site,
    SkippedUrl,
    SyncedAsset,
    SyncedCollection,
    SyncedForm,
    SyncedItem,
    SyncedPage,
    SyncedSite,
    Webhook,
)
from scans.webflow.inbox import Kind
from tests.scans.looks import Changed, changed_site

SECRET = "sesame-open"


def populated(workspace: Workspace, by: User, mark: str) -> Changed:
    found = changed_site(workspace)
    Site.objects.filter(pk=found.site.pk).update(name=f"Site {mark}", proof_token=SECRET)
    found.site.scans.update(requested_by=by)
    found.site.issues.update(message=f"Issue {mark}")
    Fix.objects.create(
        site=found.site, issue=found.issue, url=found.page.url, kind="page", label="Title", name=mark, by=by, old=mark
    )
    SkippedUrl.objects.create(scan=found.scan, url=f"https://{mark}.example/", reason="robots")
    CustomRule.objects.create(site=found.site, kind="forbidden-text", name="Words", terms=mark)
    record(workspace, "site.added", actor=by, target=mark, ip="192.0.2.7")
    now = timezone.now()
    Invitation.objects.create(
        workspace=workspace,
        email=f"{mark}@example.org",
        token_hash=f"{SECRET}-{mark}",
        expires_at=now + timedelta(days=1),
    )
    OAuthState.objects.create(
        state_hash=f"{SECRET}-{mark}",
        session_hash=SECRET,
        workspace=workspace,
        user=by,
        tier="scan",
        expires_at=now + timedelta(minutes=5),
    )
    OutgoingMail.objects.create(recipients=[by.email], subject=mark, text=SECRET)
    _webflow(workspace, found, by, mark)
    return found


def _webflow(workspace: Workspace, found: Changed, by: User, mark: str) -> None:
    connection = WebflowConnection(
        workspace=workspace, authorization_id=f"auth-{mark}", webflow_name=f"Kim {mark}", created_by=by
    )
    connection.keep_token(SECRET)
    connection.save()
    synced = SyncedSite.objects.create(
        workspace=workspace, connection=connection, site=found.site, webflow_id="5" * 24, name=f"Synced {mark}"
    )
    collection = SyncedCollection.objects.create(site=synced, webflow_id="6" * 24, name=f"Posts {mark}")
    SyncedItem.objects.create(collection=collection, webflow_id="7" * 24, name=f"Post {mark}")
    SyncedPage.objects.create(site=synced, webflow_id="8" * 24, title=f"Page {mark}")
    SyncedAsset.objects.create(site=synced, webflow_id="9" * 24, name=f"Asset {mark}")
    SyncedForm.objects.create(site=synced, webflow_id="a" * 24, name=f"Form {mark}")
    Webhook.objects.create(site=synced, webflow_id="b" * 24, trigger="site_publish")
    Delivery.objects.create(
        digest=f"{SECRET}-{mark}", trigger="site_publish", webflow_site="5" * 24, sent_at=timezone.now()
    )
    Publish.objects.create(site=synced, kind=Kind.SITE, published_at=timezone.now(), by=f"Editor {mark}")


def rows_of(workspace_id: object) -> int:
    """Rows that lead to a workspace."""
    paths = {
        Shot: "page__scan__site__workspace",
        Site: "workspace",
        SyncedItem: "collection__site__workspace",
        WebflowConnection: "workspace",
        Invitation: "workspace",
        DataExport: "workspace",
        Publish: "site__workspace",
    }
    return sum(model._base_manager.filter(**{path: workspace_id}).count() for model, path in paths.items())
