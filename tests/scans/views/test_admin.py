from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from accounts.mail import put
from accounts.models import (
    AuditEvent,
    DataExport,
    Erasure,
    Invitation,
    Membership,
    OutgoingMail,
    User,
    WebflowConnection,
    Workspace,
)
from scans.models import (
    Baseline,
    CustomRule,
    Delivery,
    Finding,
    Fix,
    Issue,
    IssueState,
    Page,
    Publish,
    Scan,
    ScannerProcess,
    ScanState,
    Shot,
    Site,
    SkippedUrl,
    SyncedAsset,
    SyncedCollection,
    SyncedForm,
    SyncedItem,
    SyncedPage,
    SyncedSite,
    VisualChange,
    Webhook,
)
from tests.build import a_scan, a_site
from tests.cast import logged_in
from tests.scans.filled import fill
from tests.scans.hostile import HOSTILE

MODELS = (
    *(User, Workspace, Membership, Site, Scan, Page, Shot, Issue, Finding, SkippedUrl, ScannerProcess, CustomRule),
    *(Baseline, VisualChange, Fix),
)
OF_WEBFLOW = (
    *(SyncedSite, SyncedPage, SyncedCollection, SyncedItem, SyncedAsset, SyncedForm),
    *(Webhook, Delivery, Publish, Fix, WebflowConnection),
)  # tests/scans/webflow/test_admin.py
WRITTEN = (AuditEvent, DataExport, Erasure, Invitation, OutgoingMail)  # read-only, and without what opens doors


@pytest.fixture
def staff_client(db: None) -> Client:
    return logged_in(User.objects.create_superuser("support@example.com"))


@pytest.fixture
def scan(workspace: Workspace, owner: User) -> Scan:
    scan = fill(a_site(workspace), requested_by=owner)
    a_scanner(scan)
    CustomRule.objects.create(site=scan.site, kind="forbidden-text", name=HOSTILE[0], terms="Acme")
    page = scan.pages.all()[0]
    before = Baseline.objects.create(site=scan.site, url=HOSTILE[0], viewport="desktop", width=1440, height=900)
    VisualChange.objects.create(page=page, viewport="desktop", before=before, percent=1.5)
    issue = Issue.objects.filter(site=scan.site).first()
    Fix.objects.create(site=scan.site, issue=issue, url=HOSTILE[0], kind="page", label="SEO title", name=HOSTILE[0])
    return scan


def a_scanner(scan: Scan, **fields: Any) -> ScannerProcess:
    now = timezone.now()
    lease = {"scan_id": str(scan.pk), "seconds": 12.5, "pages": 3}
    state = {
        "idle": 1,
        "launching": True,
        "leases": [lease],
        "browsers": [{"memory_mb": 300}],
        "counts": {"launched": 7, "killed": 1},
    }
    ordinary = {"host": "scan-1", "pid": 4242, "region": "local", "started_at": now, "seen_at": now, "slots": 4}
    return ScannerProcess.objects.create(**ordinary | {"running": 1, "state": state} | fields)


def listing(model: Any, query: str = "") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def one(model: Any, pk: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])


def test_every_model_of_ours_is_there() -> None:
    ours = {model for model in admin.site._registry if model._meta.app_label in ("accounts", "scans")}
    assert ours == {*MODELS, *OF_WEBFLOW, *WRITTEN}


@pytest.mark.parametrize("model", MODELS)
def test_list_and_row_open(staff_client: Client, scan: Scan, model: Any) -> None:
    row = model.objects.first()
    assert row is not None
    assert staff_client.get(listing(model)).status_code == 200
    assert staff_client.get(one(model, row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_lists_ask_no_more_for_more_rows(
    staff_client: Client, workspace: Workspace, scan: Scan, model: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12) as asked:
        staff_client.get(listing(model))
    for number in range(4):
        fill(a_site(workspace, f"more-{number}.example"), pages=3, issues=4, skipped=3)
    with django_assert_max_num_queries(len(asked)):
        staff_client.get(listing(model))


@pytest.mark.parametrize("model", MODELS)
def test_search_by_id_and_by_text(staff_client: Client, workspace: Workspace, scan: Scan, model: Any) -> None:
    fill(a_site(workspace, "another.example"), pages=3, issues=4)
    row = model.objects.first()
    assert row is not None
    page = staff_client.get(listing(model), {"q": str(row.pk)})
    assert page.context["cl"].result_count == 1
    assert staff_client.get(listing(model), {"q": "no-such-thing"}).context["cl"].result_count == 0


def test_scans_are_found_by_address_and_by_who_asked(staff_client: Client, workspace: Workspace, scan: Scan) -> None:
    a_scan(a_site(workspace, "another.example"))
    for words in ("studio-north.example", "owner@example.com"):
        assert [row.pk for row in staff_client.get(listing(Scan), {"q": words}).context["cl"].result_list] == [scan.pk]


def test_engine_fields_are_read_only(staff_client: Client, scan: Scan) -> None:
    staff_client.post(one(Scan, scan.pk), {"state": "failed", "number": 99, "reason": "x"})
    before = scan.state
    scan.refresh_from_db()
    assert (scan.state, scan.number, scan.reason) == (before, 1, "")
    finding = Finding.objects.filter(scan=scan).first()
    assert finding is not None
    assert staff_client.post(one(Finding, finding.pk), {"message": "x"}).status_code == 403


def act(client: Client, model: Any, action: str, *rows: Any) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(listing(model), data, follow=True).content.decode()


def test_cancel(staff_client: Client, workspace: Workspace, scan: Scan) -> None:
    running = a_scan(a_site(workspace, "running.example"), ScanState.RUNNING)
    assert "1 cancelled" in act(staff_client, Scan, "cancel", running, scan)
    running.refresh_from_db()
    scan.refresh_from_db()
    assert running.stop_requested
    assert scan.state == ScanState.COMPLETE


def test_pause_and_resume(staff_client: Client, workspace: Workspace, scan: Scan) -> None:
    running = a_scan(a_site(workspace, "running.example"), ScanState.RUNNING)
    waiting = a_scan(a_site(workspace, "waiting.example"), ScanState.PENDING)
    assert "2 paused" in act(staff_client, Scan, "pause", running, waiting, scan)
    running.refresh_from_db()
    waiting.refresh_from_db()
    assert (running.pause_requested, waiting.state) == (True, ScanState.PAUSED)
    assert "2 go on" in act(staff_client, Scan, "resume", running, waiting, scan)
    running.refresh_from_db()
    waiting.refresh_from_db()
    assert (running.pause_requested, waiting.state) == (False, ScanState.PENDING)


def test_a_scanner_shows_its_browsers_and_what_it_runs(staff_client: Client, scan: Scan) -> None:
    process = ScannerProcess.objects.get()
    page = staff_client.get(listing(ScannerProcess)).content.decode()
    for words in ("scan-1:4242", "1 of 4", "300 MB", "1 killed, 7 launched"):
        assert words in page
    page = staff_client.get(one(ScannerProcess, process.pk)).content.decode()
    assert one(Scan, scan.pk) in page
    assert staff_client.post(one(ScannerProcess, process.pk), {"slots": 9}).status_code == 403


def test_failed_ones_are_scanned_again(staff_client: Client, workspace: Workspace, scan: Scan) -> None:
    site = a_site(workspace, "studio-north.com")
    first, second = a_scan(site, ScanState.FAILED), a_scan(site, ScanState.FAILED)
    act(staff_client, Scan, "scan_again", first, second, scan)
    assert list(Scan.objects.active().values_list("site", "number")) == [(site.pk, 3)]


def test_issues_are_ignored_and_reopened(staff_client: Client, scan: Scan) -> None:
    issue = Issue.objects.filter(site=scan.site).first()
    assert issue is not None
    act(staff_client, Issue, "ignore", issue)
    issue.refresh_from_db()
    assert issue.state == IssueState.IGNORED
    act(staff_client, Issue, "reopen", issue)
    issue.refresh_from_db()
    assert issue.state == IssueState.OPEN


def test_first_page_says_how_it_goes(staff_client: Client, workspace: Workspace, scan: Scan, live_redis: Any) -> None:
    a_scan(a_site(workspace, "failed.example"), ScanState.FAILED, reason="The scanner was lost three times.")
    lost = timezone.now() - timedelta(minutes=5)
    a_scan(a_site(workspace, "lost.example"), ScanState.RUNNING, lease_until=lost)
    page = staff_client.get(reverse("admin:index")).content.decode()
    assert "The scanner was lost three times." in page
    assert "1 of 2 (50.0 %)" in page
    assert "$0.000412" in page
    assert "Overdue (their scanner is gone)</th><td>1</td>" in page
    assert "Queue scans:local:high" in page


def test_first_page_without_redis(staff_client: Client, settings: Any) -> None:
    settings.RQ_QUEUES = {name: {**queue, "URL": "redis://127.0.0.1:1/0"} for name, queue in settings.RQ_QUEUES.items()}
    page = staff_client.get(reverse("admin:index"))
    assert page.status_code == 200
    assert "not reachable" in page.content.decode()


def test_scanned_text_stays_text(staff_client: Client, scan: Scan) -> None:
    finding, page = Finding.objects.filter(scan=scan).last(), Page.objects.filter(scan=scan).last()
    assert finding is not None and page is not None
    evil = "".join(HOSTILE)[:500]
    Finding.objects.filter(pk=finding.pk).update(message=evil, html=evil, url=evil, evidence={"x": evil})
    Page.objects.filter(pk=page.pk).update(url=evil, title=evil)
    Scan.objects.filter(pk=scan.pk).update(reason=evil)
    Issue.objects.filter(pk=finding.issue_id).update(title=evil[:200], message=evil)
    addresses = [listing(model) for model in (Finding, Page, Scan, Issue)]
    addresses += [one(Finding, finding.pk), one(Page, page.pk), one(Scan, scan.pk), one(Issue, finding.issue_id)]
    for address in addresses:
        text = staff_client.get(address).content.decode()
        assert "alert(document.domain)" in text
        for tag in ("<script>alert(", "<img src=x", "<svg onload", "<iframe src=javascript"):
            assert tag not in text


def test_not_for_customers(owner_client: Client) -> None:
    assert owner_client.get(reverse("admin:index")).status_code == 302


def test_what_was_written_is_only_read(staff_client: Client, workspace: Workspace, owner: User) -> None:
    event = record(workspace, "member.left", actor=owner, target=HOSTILE[0])
    put(["kim@example.com"], "Hello", "a link that opens a door")
    invitation = Invitation.objects.create(
        workspace=workspace, email="kim@example.com", token_hash="f" * 64, expires_at=timezone.now()
    )
    for row in (event, OutgoingMail.objects.get(), invitation):
        assert staff_client.get(listing(type(row))).status_code == 200
        page = staff_client.get(one(type(row), row.pk)).content.decode()
        assert "opens a door" not in page
        assert "f" * 64 not in page
        assert staff_client.post(one(type(row), row.pk), {}).status_code == 403
        assert staff_client.post(one(type(row), row.pk).replace("change", "delete"), {"post": "yes"}).status_code == 403
