"""An installation inside a bench's own process: a database that goes when it ends, no queue, and scans that are run on
the spot by the path every scan takes (request, claim, keep).

    from bench import inplace        before anything that reads the settings

    with inplace.installed(), inplace.scanner() as scanner:
        site = inplace.site(url)
        scan = inplace.scan(site, scanner)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django

FOLDER = Path(tempfile.gettempdir()) / f"qa-sentinel-bench-{os.getpid()}"
os.environ.update(
    DJANGO_SETTINGS_MODULE="sentinel.settings",
    DATA_DIR=str(FOLDER),
    DATABASE_URL=f"sqlite:///{FOLDER / 'sentinel.sqlite3'}",
    REDIS_URL=f"unix://{FOLDER / 'nobody'}",  # there is no queue
    SECRET_KEY="only-for-a-bench-" + "x" * 50,
    LOG_LEVEL="ERROR",
)
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts.models import Workspace  # noqa: E402
from scans import launch, runner  # noqa: E402
from scans.browser.chromium import find_chromium  # noqa: E402
from scans.browser.pool import BrowserPool  # noqa: E402
from scans.browser.sizing import Limits  # noqa: E402
from scans.models import Scan, Site  # noqa: E402
from scans.scanner import Scanner  # noqa: E402


@contextlib.contextmanager
def installed() -> Iterator[None]:
    FOLDER.mkdir(exist_ok=True)  # the settings may have put their keys there
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def scanner() -> Scanner:
    """With one browser, always warm; to be entered."""
    chromium = str(find_chromium(os.environ.get("CHROMIUM_PATH", "")))
    return Scanner(BrowserPool(chromium, Limits(min_size=1, max_size=1)))


def site(url: str) -> Site:
    settings.SCAN_ALLOWED_HOSTS = [urlsplit(url).netloc]
    workspace = Workspace.objects.create(name="Bench")
    return Site.objects.create(workspace=workspace, name="Bench", url=url)


def scan(site: Site, scanner: Scanner, *, pages: int = 1000, full: bool = False) -> tuple[Scan, float]:
    """One whole scan, from the request to the last row, and its wall time in seconds; the browser is warm before the
    clock starts."""
    while scanner.pool is not None and not scanner.pool.state().idle:
        time.sleep(0.05)
    requested = launch.request_scan(site, full=full)
    assert isinstance(requested, Scan), requested
    Scan.objects.filter(pk=requested.pk).update(max_pages=pages, max_visits=pages)
    began = time.perf_counter()
    runner.run(requested.pk, scanner)
    wall = time.perf_counter() - began
    requested.refresh_from_db()
    return requested, wall
