from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, Workspace
from scans.models import Priority, Scan, ScanState, Site
from scans.reports.progress import segments
from tests.build import a_scan, a_site
from tests.scans.filled import fill
from tests.scans.hostile import HOSTILE
from tests.scans.views.test_report import inert


@pytest.fixture
def site(workspace: Workspace) -> Site:
    return a_site(workspace)


@pytest.fixture
def running(site: Site) -> Scan:
    return fill(site, state=ScanState.RUNNING, issues=9)


def progress(client: Client, scan: Scan) -> str:
    response = client.get(reverse("scan_progress", args=[scan.pk]), headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def test_start_leads_to_the_scan(member_client: Client, member: User, workspace: Workspace) -> None:
    site = a_site(workspace, "studio-north.com")
    response = member_client.post(reverse("scan_start", args=[site.pk]))
    scan = Scan.objects.get(site=site)
    assert response["Location"] == reverse("scan", args=[scan.pk])
    assert scan.requested_by == member
    again = member_client.post(reverse("scan_start", args=[site.pk]))
    assert again["Location"] == reverse("scan", args=[scan.pk])


def test_refusal_is_said_on_the_site(owner_client: Client, workspace: Workspace) -> None:
    site = Site.objects.create(workspace=workspace, name="Inside", url="http://127.0.0.1:9/")
    response = owner_client.post(reverse("scan_start", args=[site.pk]), follow=True)
    assert response.redirect_chain == [(reverse("site", args=[site.pk]), 302)]
    assert "flash-error" in response.content.decode()
    assert not Scan.objects.exists()


def test_running_page_shows_how_far_it_is(owner_client: Client, running: Scan) -> None:
    page = owner_client.get(reverse("scan", args=[running.pk])).content.decode()
    assert "Opening pages in the browser" in page
    assert 'aria-label="6 opened, 12 fetched, 24 found"' in page
    assert "about 24 s left" in page
    assert "https://studio-north.example/services" in page
    assert f'hx-get="{reverse("scan_progress", args=[running.pk])}"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert page.count('id="found-') == 9


def test_newest_issue_comes_first(owner_client: Client, running: Scan) -> None:
    last = running.findings.order_by("-pk").first()
    assert last is not None
    page = progress(owner_client, running)
    assert page.index("found-") == page.index(f"found-{last.issue_id}")


def test_asks_every_second_then_every_other(owner_client: Client, site: Site) -> None:
    scan = a_scan(site, ScanState.RUNNING, started_at=timezone.now() - timedelta(seconds=5))
    assert 'hx-trigger="every 1s"' in progress(owner_client, scan)
    Scan.objects.filter(pk=scan.pk).update(started_at=timezone.now() - timedelta(seconds=90))
    assert 'hx-trigger="every 2s"' in progress(owner_client, scan)


@pytest.mark.parametrize("state", [ScanState.COMPLETE, ScanState.PARTIAL, ScanState.FAILED, ScanState.CANCELLED])
def test_polling_ends_with_the_scan(owner_client: Client, site: Site, state: ScanState) -> None:
    response = owner_client.get(reverse("scan_progress", args=[a_scan(site, state).pk]))
    assert response.status_code == 286
    assert response["HX-Refresh"] == "true"


def test_polling_asks_no_more_for_more_findings(
    owner_client: Client, workspace: Workspace, running: Scan, django_assert_max_num_queries: Any
) -> None:
    large = fill(a_site(workspace, "large.example"), state=ScanState.RUNNING, pages=40, issues=60, occurrences=10)
    with django_assert_max_num_queries(8) as asked:
        progress(owner_client, running)
    with django_assert_max_num_queries(len(asked)):
        progress(owner_client, large)


def test_waiting_says_who_is_before(owner_client: Client, workspace: Workspace, site: Site) -> None:
    now = timezone.now()
    a_scan(a_site(workspace, "low.example"), ScanState.QUEUED, priority=Priority.LOW, queued_at=now)
    a_scan(a_site(workspace, "first.example"), ScanState.QUEUED, queued_at=now)
    mine = a_scan(site, ScanState.QUEUED, queued_at=now + timedelta(seconds=1))
    a_scan(a_site(workspace, "later.example"), ScanState.QUEUED, queued_at=now + timedelta(seconds=2))
    assert "Waiting for a scanner. 1 scan before this one." in progress(owner_client, mine)


def test_a_thousand_scans_of_others_are_not_before_it(owner_client: Client, site: Site) -> None:
    other = Workspace.objects.create(name="Bulk")
    for number in range(20):
        a_scan(a_site(other, f"m{number}.example"), ScanState.PENDING)
    mine = a_scan(site, ScanState.PENDING, created_at=timezone.now())
    assert "Waiting for a scanner. 1 scan before this one." in progress(owner_client, mine)


def test_waiting_says_when_the_plan_is_the_reason(owner_client: Client, workspace: Workspace, site: Site) -> None:
    for number in range(2):
        a_scan(a_site(workspace, f"m{number}.example"), ScanState.RUNNING)
    assert "Your plan runs 2 scans at once." in progress(owner_client, a_scan(site, ScanState.PENDING))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"state": ScanState.PENDING, "created_at": timedelta(seconds=2)}, "Waiting for a scanner…"),
        ({"state": ScanState.PENDING, "created_at": timedelta(seconds=30)}, "The queue is not reachable right now."),
        ({"state": ScanState.QUEUED, "created_at": timedelta(seconds=90)}, "All are busy; yours is next."),
        ({"state": ScanState.PENDING, "created_at": timedelta(seconds=2), "attempt": 1}, "The scanner was lost."),
    ],
)
def test_waiting_says_why(owner_client: Client, site: Site, fields: dict[str, Any], says: str) -> None:
    scan = a_scan(site, **fields | {"created_at": timezone.now() - fields["created_at"]})
    assert says in progress(owner_client, scan)


def test_redis_down_is_no_error(owner_client: Client, site: Site, settings: Any) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    settings.RQ_QUEUES = {name: {**queue, "URL": nowhere} for name, queue in settings.RQ_QUEUES.items()}
    scan = a_scan(site, ScanState.PENDING, created_at=timezone.now() - timedelta(minutes=1))
    page = owner_client.get(reverse("scan", args=[scan.pk]))
    assert page.status_code == 200
    assert "The queue is not reachable right now" in page.content.decode()


def test_cancel_shows_at_once(owner_client: Client, running: Scan) -> None:
    address = reverse("scan_cancel", args=[running.pk])
    answer = owner_client.post(address, headers={"HX-Request": "true"}, follow=True).content.decode()
    assert "Cancelling…" in answer
    assert 'id="progress"' in answer
    assert "<html" not in answer
    running.refresh_from_db()
    assert running.stop_requested


def test_cancel_works_without_script(owner_client: Client, running: Scan) -> None:
    response = owner_client.post(reverse("scan_cancel", args=[running.pk]), follow=True)
    assert response.redirect_chain == [(reverse("scan", args=[running.pk]), 302)]
    assert "Cancelling…" in response.content.decode()


def test_waiting_scan_is_cancelled_outright(owner_client: Client, site: Site) -> None:
    scan = a_scan(site, ScanState.PENDING)
    page = owner_client.post(reverse("scan_cancel", args=[scan.pk]), follow=True).content.decode()
    assert "This scan was cancelled" in page


def test_pause_and_resume_show_at_once(owner_client: Client, running: Scan) -> None:
    pause, resume = (reverse(name, args=[running.pk]) for name in ("scan_pause", "scan_resume"))
    answer = owner_client.post(pause, headers={"HX-Request": "true"}, follow=True).content.decode()
    assert "Pausing…" in answer
    assert resume in answer
    assert "<html" not in answer
    running.refresh_from_db()
    assert running.pause_requested
    answer = owner_client.post(resume, headers={"HX-Request": "true"}, follow=True).content.decode()
    assert "Opening pages in the browser" in answer
    assert pause in answer


def test_a_paused_scan_says_who_and_what_is_kept(
    owner_client: Client, viewer_client: Client, running: Scan, owner: User
) -> None:
    owner_client.post(reverse("scan_pause", args=[running.pk]))
    token = uuid.uuid4()
    Scan.objects.filter(pk=running.pk).update(token=token)
    Scan.objects.release(running.pk, token)
    said = progress(owner_client, running)
    assert "Paused by you. 6 of 24 pages are kept." in said
    assert reverse("scan_resume", args=[running.pk]) in said
    assert reverse("scan_cancel", args=[running.pk]) in said
    assert reverse("scan_pause", args=[running.pk]) not in said
    assert "Open now" not in said
    said = progress(viewer_client, running)
    assert "Paused by Owner." in said
    assert "<button" not in said
    assert "Paused by you." in owner_client.get(reverse("site", args=[running.site_id])).content.decode()


def test_a_waiting_scan_is_paused_outright_and_waits_again(owner_client: Client, site: Site) -> None:
    scan = a_scan(site, ScanState.PENDING)
    page = owner_client.post(reverse("scan_pause", args=[scan.pk]), follow=True).content.decode()
    assert "Paused by you. Nothing was read yet." in page
    page = owner_client.post(reverse("scan_resume", args=[scan.pk]), follow=True).content.decode()
    assert "Waiting for a scanner…" in page
    scan.refresh_from_db()
    assert (scan.state, scan.paused_by, scan.paused_at) == (ScanState.PENDING, None, None)


def test_a_new_scan_of_a_paused_site_leads_to_the_paused_one(owner_client: Client, workspace: Workspace) -> None:
    paused = a_scan(a_site(workspace, "studio-north.com"), ScanState.PAUSED)
    response = owner_client.post(reverse("scan_start", args=[paused.site_id]))
    assert response["Location"] == reverse("scan", args=[paused.pk])


def test_what_is_over_is_not_paused(owner_client: Client, site: Site) -> None:
    scan = a_scan(site)
    owner_client.post(reverse("scan_pause", args=[scan.pk]))
    owner_client.post(reverse("scan_resume", args=[scan.pk]))
    scan.refresh_from_db()
    assert (scan.state, scan.pause_requested) == (ScanState.COMPLETE, False)


def test_who_may_what(viewer_client: Client, stranger_client: Client, client: Client, running: Scan) -> None:
    seen = [reverse(name, args=[running.pk]) for name in ("scan", "scan_progress")]
    seen.append(reverse("scan_history", args=[running.site_id]))
    changed = [reverse(name, args=[running.pk]) for name in ("scan_cancel", "scan_pause", "scan_resume")]
    changed.append(reverse("scan_start", args=[running.site_id]))
    for address in seen:
        assert viewer_client.get(address).status_code == 200
        assert stranger_client.get(address).status_code == 404
        assert client.get(address).status_code == 302
    for address in changed:
        assert viewer_client.post(address).status_code == 404
        assert stranger_client.post(address).status_code == 404
        assert viewer_client.get(address).status_code == 405
    running.refresh_from_db()
    assert not running.stop_requested
    assert not running.pause_requested
    assert "<button" not in progress(viewer_client, running)


def test_hostile_addresses_stay_text(owner_client: Client, running: Scan) -> None:
    for at in range(0, len(HOSTILE), 4):
        Scan.objects.filter(pk=running.pk).update(progress={**running.progress, "current": HOSTILE[at : at + 4]})
        inert(owner_client.get(reverse("scan", args=[running.pk])).content.decode())


@pytest.mark.parametrize("kept", [{}, {"found": "x", "current": "y", "eta_s": "z"}, {"found": 3, "visited": 9}])
def test_odd_figures_are_shown_as_far_as_they_go(owner_client: Client, site: Site, kept: dict[str, Any]) -> None:
    assert "Running for" in progress(owner_client, a_scan(site, ScanState.RUNNING, progress=kept))


def test_bar_is_whole_and_in_order() -> None:
    parts = segments(found=40, fetched=20, visited=10)
    assert [(part.name, part.x, part.width) for part in parts] == [
        ("visited", 0, 250),
        ("fetched", 250, 250),
        ("found", 500, 500),
    ]
    assert sum(part.width for part in segments(0, 0, 0)) == 0


def test_history_shows_scores_and_their_change(owner_client: Client, site: Site) -> None:
    fill(site, issues=3, pictures=0, score={"overall": 60})
    a_scan(site, ScanState.FAILED, reason="The host does not resolve.")
    fill(site, issues=5, pictures=0, score={"overall": 72})
    page = owner_client.get(reverse("scan_history", args=[site.pk])).content.decode()
    assert "Score of the last 2 scans" in page
    assert "Score of the last scans: 60, 72" in page
    assert ">+12<" in page
    assert ">+2<" in page
    assert page.count("<tr data-row>") == 3


def test_history_asks_no_more_for_more_scans(
    owner_client: Client, site: Site, django_assert_max_num_queries: Any
) -> None:
    address = reverse("scan_history", args=[site.pk])
    a_scan(site)
    with django_assert_max_num_queries(12) as asked:
        owner_client.get(address)
    for _ in range(8):
        a_scan(site)
    with django_assert_max_num_queries(len(asked)):
        owner_client.get(address)


def test_history_of_nothing(owner_client: Client, site: Site) -> None:
    assert "Not scanned yet" in owner_client.get(reverse("scan_history", args=[site.pk])).content.decode()
