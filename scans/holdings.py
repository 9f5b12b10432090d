"""What is kept of sites: what was found on them, what Webflow tells of them. Pages that are scanned may show people;
what is kept of them goes with the scan, after the days of the plan."""

from __future__ import annotations

from accounts.privacy import Days, Forever, Holding, Until, WithParent, declare
from scans.models import (
    Baseline,
    CustomRule,
    Delivery,
    Finding,
    Fix,
    Issue,
    Page,
    Publish,
    Scan,
    ScannerProcess,
    Shot,
    Site,
    SkippedUrl,
    SyncedAsset,
    SyncedCollection,
    SyncedForm,
    SyncedItem,
    SyncedPage,
    SyncedSite,
    Tally,
    VisualChange,
    Webhook,
)

declare(
    Holding(
        Site,
        "sites",
        Until("somebody deletes it, or its workspace goes"),
        workspace="workspace",
        secret=("proof_token",),
    ),
    Holding(
        Scan,
        "scans",
        Until("the days of the plan are over; the newest report of a site stays as long as the site"),
        personal=("requested_by", "paused_by"),
        workspace="site__workspace",
        person="requested_by",
        secret=("token",),
    ),
    Holding(
        Page,
        "pages of a scan",
        WithParent("scan"),
        personal=("url", "title"),
        workspace="scan__site__workspace",
    ),
    Holding(
        Shot,
        "pictures of pages",
        WithParent("page"),
        personal=("file",),
        workspace="page__scan__site__workspace",
        file="file",
    ),
    Holding(Issue, "issues", WithParent("site"), personal=("message",), workspace="site__workspace"),
    Holding(
        Finding,
        "where an issue was found",
        WithParent("scan"),
        personal=("url", "html", "message", "evidence"),
        workspace="scan__site__workspace",
    ),
    Holding(
        Fix,
        "what was changed in Webflow from here",
        WithParent("site"),
        personal=("url", "by", "undone_by", "name", "old", "new"),
        workspace="site__workspace",
        person="by",
    ),
    Holding(
        SkippedUrl,
        "addresses that were not scanned",
        WithParent("scan"),
        personal=("url",),
        workspace="scan__site__workspace",
    ),
    Holding(
        Baseline,
        "approved pictures",
        Until("another is approved and no report shows it, or its site goes"),
        personal=("file", "approved_by"),
        workspace="site__workspace",
        file="file",
    ),
    Holding(VisualChange, "pictures that changed", WithParent("page"), workspace="page__scan__site__workspace"),
    Holding(
        CustomRule, "the customer’s own rules", WithParent("site"), personal=("terms",), workspace="site__workspace"
    ),
    Holding(ScannerProcess, "scanners that run", Until("it does not answer for 30 seconds")),
    Holding(Tally, "counts of all scans together", Forever("they are about nobody")),
    Holding(SyncedSite, "sites that Webflow lists", WithParent("workspace"), workspace="workspace"),
    Holding(
        SyncedPage, "pages that Webflow lists", WithParent("site"), personal=("title",), workspace="site__workspace"
    ),
    Holding(SyncedCollection, "collections", WithParent("site"), workspace="site__workspace"),
    Holding(
        SyncedItem,
        "CMS items, without their fields",
        WithParent("collection"),
        personal=("name", "slug"),
        workspace="collection__site__workspace",
    ),
    Holding(
        SyncedAsset,
        "files that Webflow lists",
        WithParent("site"),
        personal=("name", "alt"),
        workspace="site__workspace",
    ),
    Holding(SyncedForm, "forms, without what visitors sent", WithParent("site"), workspace="site__workspace"),
    Holding(Webhook, "where Webflow tells us of changes", WithParent("site"), workspace="site__workspace"),
    Holding(
        Delivery,
        "what Webflow told us, without what visitors wrote",
        Days(30, "received_at"),
        personal=("payload",),
        secret=("digest",),
    ),
    Holding(
        Publish,
        "publishes, and whom Webflow names",
        Days(400, "published_at"),
        personal=("by",),
        workspace="site__workspace",
    ),
)
