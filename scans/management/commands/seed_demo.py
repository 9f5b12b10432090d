"""`manage.py seed_demo URL`: a workspace with one person and one site to look at; the same call again changes nothing.

With `--scan` it also sees to a finished scan: the last one when the site is still of the same `--version`, else a new
one by the path every scan takes. Progress goes to stderr, the result is one JSON object on stdout.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.access import home_of
from accounts.models import User
from scans.launch import Refusal, add_site, request_scan
from scans.models import Scan, ScanState, Site

EMAIL = "demo@qasentinel.dev"
SITE_NAME = "Northwind Studio"
LOOK_EVERY_S = 0.25
# what is shown of a running scan: the figure of `Scan.progress`, and the word for it
FIGURES = (("found", "pages found"), ("fetched", "fetched"), ("visited", "visited"), ("findings", "findings"))


class Command(BaseCommand):
    help = "Makes the demo workspace, idempotently, and scans the demo site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="where the demo site is served")
        parser.add_argument(
            "--version-of-site", default="", help="names the site's content: another one is worth a new scan"
        )
        parser.add_argument("--scan", action="store_true", help="scan the site and wait until it is over")
        parser.add_argument("--timeout", type=int, default=300, help="seconds to wait for the scan")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = _Kept(Path(settings.DATA_DIR) / "demo.json")
        user = _person(kept.password)
        site = _site(user, options["url"])
        result: dict[str, Any] = {"email": user.email, "password": kept.password}
        if options["scan"]:
            scan, fresh = self._scan(site, user, kept, options)
            result |= {"report": settings.BASE_URL.rstrip("/") + reverse("scan", args=[scan.pk]), "state": scan.state}
            result |= {"fresh": fresh, "seconds": round(scan.duration.total_seconds(), 1) if scan.duration else None}
            result |= {"reason": scan.reason}
        self.stdout.write(json.dumps(result))

    def _scan(self, site: Site, user: User, kept: _Kept, options: dict[str, Any]) -> tuple[Scan, bool]:
        """A finished scan of this version of the site, and whether it was made now."""
        last = Scan.objects.filter(site=site, state__in=[ScanState.COMPLETE, ScanState.PARTIAL]).first()
        if last and kept.version == options["version_of_site"]:
            return last, False
        scan = request_scan(site, requested_by=user)
        if isinstance(scan, Refusal):
            raise CommandError(scan.message)
        self._wait(scan, options["timeout"])
        if scan.state in (ScanState.COMPLETE, ScanState.PARTIAL):
            kept.keep(options["version_of_site"])
        return scan, True

    def _wait(self, scan: Scan, timeout: float) -> None:
        end, shown = time.monotonic() + timeout, ""
        while scan.is_active and time.monotonic() < end:
            line = ", ".join(f"{scan.progress[key]} {word}" for key, word in FIGURES if key in scan.progress)
            if line != shown:
                self._show(line)
                shown = line
            time.sleep(LOOK_EVERY_S)
            scan.refresh_from_db()
        if sys.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        if scan.is_active:
            raise CommandError(f"the scan is still {scan.get_state_display().lower()} after {timeout:.0f} s")

    def _show(self, line: str) -> None:
        """One line that changes on a terminal, lines in a log."""
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K  {line}", ending="")
        else:
            self.stderr.write(f"  {line}")
        sys.stderr.flush()


class _Kept:
    """The demo's own memory in the data folder, for its owner's eyes: the log-in's password and the version scanned
    last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = json.loads(path.read_text()) if path.exists() else {}
        self.password: str = found.get("password", "")
        self.version: str | None = found.get("version")
        if not self.password:
            self.password = secrets.token_urlsafe(9)
            self._write()

    def keep(self, version: str) -> None:
        self.version = version
        self._write()

    def _write(self) -> None:
        self._path.touch(mode=0o600)
        self._path.write_text(json.dumps({"password": self.password, "version": self.version}))


def _person(password: str) -> User:
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, password, name="Demo")
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=EMAIL, defaults={"verified": True, "primary": True})
    return user


def _site(user: User, url: str) -> Site:
    """The one site of the demo, wherever it is served today."""
    workspace = home_of(user)
    site = Site.objects.filter(workspace=workspace, name=SITE_NAME).first() or add_site(workspace, url, SITE_NAME)
    if isinstance(site, Refusal):
        raise CommandError(site.message)
    if site.url.rstrip("/") != url.rstrip("/"):
        site.url = url
        site.save(update_fields=["url"])
    return site
