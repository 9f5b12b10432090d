"""`manage.py scan URL`: the engine in the foreground. No Redis, no server, no configuration; the exit code is a
contract.

0 done · 1 something at or above --fail-on · 2 bad usage or refused URL · 3 the scan failed
"""

from __future__ import annotations

import json
import signal
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scans.browser.chromium import ChromiumMissing
from scans.browser.pool import BrowserPool
from scans.browser.sizing import MB, Limits
from scans.events import Order, Status
from scans.fetch.guard import Refused, check_url
from scans.launch import policy
from scans.models import is_opened
from scans.reports.document import Collected, document
from scans.reports.formats import render
from scans.reports.terminal import ProgressLine
from scans.rulebook import Unreadable, from_json
from scans.runner import cost_usd
from scans.scanner import Scanner
from scans.snapshot import VIEWPORTS, Category, CustomRule, Severity, Viewport

USAGE, FAILED = 2, 3
RULES_BYTES = 1_000_000


def _viewports(text: str) -> tuple[Viewport, ...]:
    known = {viewport.name: viewport for viewport in VIEWPORTS}
    chosen = [name.strip() for name in text.split(",") if name.strip()]
    if not chosen or not set(chosen) <= set(known):
        raise ArgumentTypeError(f"choose from {', '.join(known)}")
    return tuple(viewport for viewport in VIEWPORTS if viewport.name in chosen)


def _categories(text: str) -> frozenset[Category]:
    chosen = [name.strip() for name in text.split(",") if name.strip()]
    if not chosen or not set(chosen) <= {category.value for category in Category}:
        raise ArgumentTypeError(f"choose from {', '.join(Category)}")
    return frozenset(Category(name) for name in chosen)


def _pages(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise ArgumentTypeError("a number from 1 to 100000")
    return int(text)


def _baseline(text: str) -> frozenset[str]:
    """The fingerprints of an earlier JSON report."""
    try:
        return frozenset(issue["fingerprint"] for issue in json.loads(Path(text).read_text())["issues"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArgumentTypeError(f"{text} is not a JSON report of an earlier scan") from error


def _rules(text: str) -> tuple[CustomRule, ...]:
    """Rules of one's own, a JSON list (docs/own-rules.md)."""
    try:
        path = Path(text)
        if path.stat().st_size > RULES_BYTES:
            raise Unreadable(f"it is larger than {RULES_BYTES // 1000} kB")
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentTypeError(f"{text} cannot be read: {error.strerror}") from error
    except (Unreadable, UnicodeDecodeError) as error:
        raise ArgumentTypeError(f"{text}: {error}") from error


class Command(BaseCommand):
    help = "Scans a site in the foreground and prints what is wrong."
    requires_system_checks: list[str] = []  # noqa: RUF012 (declared so by Django)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL")
        parser.add_argument("--max-pages", type=_pages, default=100, metavar="N")
        parser.add_argument("--viewports", type=_viewports, default=VIEWPORTS, metavar="desktop,tablet,mobile")
        parser.add_argument("--only", type=_categories, default=None, metavar="CATEGORY,…")
        parser.add_argument("--no-browser", action="store_true", help="fetch only")
        parser.add_argument("--format", choices=["text", "json", "sarif", "junit"], default="text")
        parser.add_argument("--output", type=Path, metavar="FILE")
        parser.add_argument("--fail-on", choices=[s.value for s in Severity], metavar="SEVERITY")
        parser.add_argument("--baseline", type=_baseline, default=frozenset(), metavar="FILE")
        parser.add_argument("--rules", type=_rules, default=(), metavar="FILE", help="rules of your own, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        order = self._order(options)
        started_at = datetime.now(UTC)
        collected = self._scan(order)
        report = document(collected, order.url, started_at, datetime.now(UTC))
        report["issues"] = [i for i in report["issues"] if i["fingerprint"] not in options["baseline"]]
        assert collected.ended is not None
        report["cost"]["usd"] = float(cost_usd(collected.ended))
        self._write(render(report, options["format"]), options["output"])
        self._exit(report, options["fail_on"])

    def _order(self, options: dict[str, Any]) -> Order:
        text = options["url"].strip()
        try:
            url = check_url(text if "://" in text or ":" in text.split("/")[0] else f"https://{text}", policy())
        except Refused as refused:
            raise CommandError(str(refused), returncode=USAGE) from refused
        return Order(
            url=url,
            policy=policy(),
            max_pages=options["max_pages"],
            max_visits=options["max_pages"],
            viewports=options["viewports"],
            only=options["only"],
            browser=not options["no_browser"],
            proven=is_opened(url),
            tabs=settings.SCAN_TABS,
            deadline_s=settings.SCAN_DEADLINE_SECONDS,
            custom_rules=options["rules"],
        )

    def _scan(self, order: Order) -> Collected:
        collected = Collected()
        limits = Limits(min_size=1, max_size=1, memory=settings.BROWSER_MEMORY_MB * MB)
        pool = BrowserPool(settings.CHROMIUM_PATH, limits) if order.browser else None
        try:
            with Scanner(pool) as scanner, ProgressLine(sys.stderr) as line:
                run = scanner.start_scan(order, name="foreground")
                for name in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(name, lambda *_: run.cancel())
                while collected.ended is None:
                    if event := run.next_event(timeout=1.0):
                        collected.take(event)
                        line.show(event)
        except ChromiumMissing as missing:
            raise CommandError(str(missing), returncode=FAILED) from missing
        return collected

    def _write(self, text: str, output: Path | None) -> None:
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}", returncode=USAGE) from error

    def _exit(self, report: dict[str, Any], fail_on: str | None) -> None:
        if report["status"] == Status.FAILED:
            raise CommandError(report["reason"], returncode=FAILED)
        if fail_on is None:
            return
        limit = Severity(fail_on).rank
        certain = (i for i in report["issues"] if i["confidence"] == "confirmed")
        if any(Severity(issue["severity"]).rank <= limit for issue in certain):
            sys.exit(1)
