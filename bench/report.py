"""How long the report of a large scan takes: 100 pages, 5,000 findings, 120 issues, on the configured database.

The database is migrated, the rows are made in a transaction that is rolled back. Times are medians of whole requests
through the application, queries, templates and middleware included; `ratio` is against /healthz, the barest page, on
the same machine.

    python -m bench.report [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentinel.settings")
os.environ.setdefault("DATA_DIR", str(Path(__file__).resolve().parent.parent / "var"))
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Membership, Role, User, Workspace  # noqa: E402
from scans.models import Issue, Page, Scan, Site  # noqa: E402
from tests.scans.filled import fill  # noqa: E402


def measure(rounds: int) -> dict[str, float]:
    with transaction.atomic():
        client, scan = _large_scan()
        page, issue = Page.objects.filter(scan=scan).first(), Issue.objects.filter(site=scan.site).first()
        assert page is not None and issue is not None
        bare = _ms(client, reverse("healthz"), rounds)
        address = reverse("scan", args=[scan.pk])
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        figures = {
            "findings": scan.findings.count(),
            "issues": Issue.objects.filter(site=scan.site).count(),
            "queries": len(asked),
            "bare_ms": bare,
            "report_ms": _ms(client, address, rounds),
            "searched_ms": _ms(client, f"{address}?q=process", rounds),
            "issue_ms": _ms(client, reverse("issue", args=[scan.pk, issue.pk]), rounds),
            "page_ms": _ms(client, reverse("page", args=[scan.pk, page.pk]), rounds),
            "pages_ms": _ms(client, reverse("scan_pages", args=[scan.pk]), rounds),
        }
        transaction.set_rollback(True)
    return figures | {"ratio": round(figures["report_ms"] / bare, 1)}


def _large_scan() -> tuple[Client, Scan]:
    user = User.objects.create_user("bench@example.com")
    workspace = Workspace.objects.create(name="Bench")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    site = Site.objects.create(workspace=workspace, name="Bench", url="https://bench.example/")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    scan = fill(site, pages=100, issues=120, occurrences=42, pictures=0)
    with connection.cursor() as cursor:
        # what autovacuum does by itself between a scan and its first reader
        cursor.execute("ANALYZE")
    return client, scan


def _ms(client: Client, address: str, rounds: int) -> float:
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        assert client.get(address).status_code == 200, address
        times.append((time.perf_counter() - began) * 1000)
    # the first one loads templates
    return round(statistics.median(times[1:]), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    # as the tests do: static files are not collected here
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    call_command("migrate", verbosity=0)
    figures = measure(options.rounds)
    if not options.json:
        for name, value in figures.items():
            print(f"{name:12} {value:>9}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
