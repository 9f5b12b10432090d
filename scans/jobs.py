"""Step 2: every function a queue may call. Ids in, no logic; never renamed while jobs may be waiting (scans.queues
lists them)."""

from __future__ import annotations

import uuid

from accounts import privacy
from scans import erasing, ownership, recovery, retention, runner
from scans.scanner import Scanner
from scans.webflow import listing, sync, watching

_scanner: Scanner | None = None
_running: set[str] = set()


def use(scanner: Scanner | None) -> None:
    """Tells the jobs of this process which scanner they run on."""
    global _scanner
    _scanner = scanner


def run_scan(scan_id: str) -> None:
    if _scanner is None:
        raise RuntimeError("scans run in `manage.py scanner` only")
    _running.add(scan_id)
    try:
        runner.run(uuid.UUID(scan_id), _scanner)
    finally:
        _running.discard(scan_id)


def running() -> int:
    """How many scans this process holds."""
    return len(_running)


def reap() -> int:
    return recovery.reap()


def prune() -> int:
    return retention.prune() + privacy.prune()


def erase() -> int:
    return erasing.carry_out()


def sync_webflow() -> int:
    """Sites, their objects, and where we asked to be told of changes."""
    return listing.list_due() + watching.register_due() + sync.work_off()


def recheck_ownership() -> int:
    return ownership.recheck_due()
