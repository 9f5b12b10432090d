"""What happened to the scans, seen by the database itself and not by the code that is tried.

Triggers write down every claim, every end and every late or repeated write, whoever makes it, in the transaction that
makes it. `verdict` reads them and the rows and says what is wrong. Django has to be set up."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Max

from scans.models import ACTIVE, Scan, ScanState

TRIGGERS = """
CREATE TABLE chaos_seen (what text NOT NULL, scan uuid NOT NULL, page uuid, token uuid, at timestamptz NOT NULL
  DEFAULT clock_timestamp());
CREATE FUNCTION chaos_is_over(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
  $$ SELECT state IN ('complete', 'partial', 'failed', 'cancelled') $$;
CREATE FUNCTION chaos_scan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.state = 'running' AND NEW.token IS DISTINCT FROM OLD.token THEN
    INSERT INTO chaos_seen (what, scan, token) VALUES ('claimed', NEW.id, NEW.token);
  END IF;
  IF chaos_is_over(NEW.state) AND (NEW.state <> OLD.state OR NEW.finished_at IS DISTINCT FROM OLD.finished_at) THEN
    INSERT INTO chaos_seen (what, scan, token) VALUES ('ended', NEW.id, OLD.token);
  ELSIF chaos_is_over(OLD.state) THEN
    INSERT INTO chaos_seen (what, scan, token) VALUES ('late', NEW.id, OLD.token);
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION chaos_page() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT chaos_is_over(state) FROM scans_scan WHERE id = NEW.scan_id) THEN
    INSERT INTO chaos_seen (what, scan, page) VALUES ('late', NEW.scan_id, NEW.id);
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF OLD.visited_at IS NOT NULL AND NEW.visited_at IS DISTINCT FROM OLD.visited_at THEN
      INSERT INTO chaos_seen (what, scan, page) VALUES ('repeated', NEW.scan_id, NEW.id);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos_scan AFTER UPDATE ON scans_scan FOR EACH ROW EXECUTE FUNCTION chaos_scan();
CREATE TRIGGER chaos_page AFTER INSERT OR UPDATE ON scans_page FOR EACH ROW EXECUTE FUNCTION chaos_page();
"""


def install() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)


def under_way() -> tuple[int, int]:
    """How many scans are running, and how many have not ended."""
    active = list(Scan.objects.active().values_list("state", flat=True))
    return active.count(ScanState.RUNNING), len(active)


def overdue_s() -> float:
    """How long the oldest lease of a running scan has been over, in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - min(lease_until)) FROM scans_scan WHERE state = 'running'")
        return max(0.0, float(cursor.fetchone()[0] or 0))


def last_end() -> float:
    """When the last scan ended, in seconds since 1970; 0 when none did."""
    last = Scan.objects.aggregate(last=Max("finished_at"))["last"]
    return last.timestamp() if last else 0.0


def verdict(pages: Mapping[str, frozenset[str]], accepted: set[uuid.UUID]) -> dict[str, Any]:
    """The invariants as numbers: all but `statuses` and `attempts` are to be 0. `pages` says for each site what a scan
    keeps; `accepted` are the scans that were promised to somebody."""
    scans = list(Scan.objects.select_related("site"))
    ended = Counter(scan for what, scan in _seen() if what == "ended")
    return {
        "lost": len(accepted - {scan.pk for scan in scans}) + sum(scan.state in ACTIVE for scan in scans),
        "done_twice": sum(times > 1 for times in ended.values()),
        "ended_unseen": sum(scan.state not in ACTIVE and not ended[scan.pk] for scan in scans),
        "duplicate_pages": sum(len(urls) - len(set(urls)) for urls in map(_urls, scans)),
        "wrong_pages": sum(_wrong(scan, pages[scan.site.url]) for scan in scans),
        "kept_twice": sum(what == "repeated" for what, _ in _seen()),
        "late_writes": sum(what == "late" for what, _ in _seen()),
        "attempts": sum(what == "claimed" for what, _ in _seen()),
        "statuses": dict(Counter(scan.state for scan in scans)),
        "reasons": dict(Counter(scan.reason for scan in scans if scan.reason)),
    }


def _seen() -> list[tuple[str, uuid.UUID]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT what, scan FROM chaos_seen")
        return list(cursor.fetchall())


def _urls(scan: Scan) -> list[str]:
    return list(scan.pages.values_list("url", flat=True))


def _wrong(scan: Scan, pages: frozenset[str]) -> bool:
    """A scan that says it saw the site kept other pages than the site has. Complete means opened in a browser too."""
    if scan.state not in (ScanState.COMPLETE, ScanState.PARTIAL):
        return False
    unopened = scan.state == ScanState.COMPLETE and scan.pages.filter(visited_at__isnull=True).exists()
    return unopened or set(_urls(scan)) != pages
