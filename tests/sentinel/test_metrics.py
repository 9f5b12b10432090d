"""The figures of the installation, as Prometheus reads them from any web process."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import Workspace
from scans.fleet import Tally
from scans.models import Priority, ScannerProcess, ScanState
from tests.build import a_scan, a_site

pytestmark = pytest.mark.django_db


def read(client: Client) -> dict[str, Any]:
    """Sample by name, or by name and the values of its labels."""
    found = {}
    for family in text_string_to_metric_families(client.get("/metrics").content.decode()):
        for sample in family.samples:
            found[" ".join([sample.name, *sample.labels.values()])] = sample.value
    return found


def test_what_waits_runs_and_is_overdue(client: Client, workspace: Workspace) -> None:
    now = timezone.now()
    waiting = [(ScanState.PENDING, Priority.LOW), (ScanState.QUEUED, Priority.HIGH), (ScanState.QUEUED, Priority.HIGH)]
    for number, (state, priority) in enumerate(waiting):
        queued = now - timedelta(seconds=60) if state == ScanState.QUEUED else None
        a_scan(a_site(workspace, f"w{number}.example"), state, priority=priority, queued_at=queued)
    for number, seconds in enumerate((-40, 20)):
        lease = now + timedelta(seconds=seconds)
        a_scan(a_site(workspace, f"r{number}.example"), ScanState.RUNNING, lease_until=lease)
    a_scan(a_site(workspace, "p.example"), ScanState.PAUSED)
    found = read(client)
    assert found["sentinel_database_up"] == 1
    assert found["scan_queue_depth high queued"] == 2
    assert found["scan_queue_depth low pending"] == 1
    assert found["scan_queue_depth normal queued"] == 0
    assert 60 <= found["scan_oldest_queued_seconds"] < 70
    assert (found["scan_running"], found["scan_leases_overdue"], found["scan_paused"]) == (2, 1, 1)
    assert 40 <= found["scan_lease_overdue_seconds"] < 50
    assert 75 <= found["scan_oldest_running_seconds"] < 85


def test_scanners_and_their_browsers(client: Client, workspace: Workspace) -> None:
    now = timezone.now()
    state = {"idle": 2, "launching": True, "leases": [{"seconds": 8.5}, {"seconds": 3}]}
    for number, seen in enumerate((0, 1, 60)):
        then = now - timedelta(seconds=seen)
        ScannerProcess.objects.create(
            host="h", pid=number, region="eu", started_at=then, seen_at=then, slots=3, stopping=number == 1, state=state
        )
    found = read(client)
    assert (found["scanner_alive eu"], found["scanner_slots eu"]) == (2, 3)
    assert found["scanner_browsers eu idle"] == 4
    assert found["scanner_browsers eu leased"] == 4
    assert found["scanner_browsers eu launching"] == 2
    assert found["scanner_lease_age_seconds"] == 8.5


def test_counts_outlive_their_rows(client: Client, workspace: Workspace) -> None:
    assert read(client)["scan_reaped_total"] == 0
    Tally.objects.add("reaped", 2)
    Tally.objects.add("reaped")
    assert read(client)["scan_reaped_total"] == 3


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_rest_is_told(client: Client) -> None:
    host = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    connection.settings_dict["HOST"] = "127.0.0.1"
    try:
        found = read(client)
    finally:
        connection.close()
        connection.settings_dict["HOST"], connection.settings_dict["PORT"] = host
    assert found["sentinel_database_up"] == 0
    assert "scan_running" not in found
    assert any(name.startswith("django_http") for name in found)
