from __future__ import annotations

import uuid

from scans.models import Scan, ScanState
from scans.reports.site import fixed_by


def scans(*states: ScanState) -> list[Scan]:
    """Oldest first, as one writes them; the function wants them newest first."""
    return [Scan(id=uuid.uuid4(), number=n, state=state) for n, state in enumerate(states, 1)]


def test_the_next_complete_scan_fixed_what_the_one_before_met_last() -> None:
    first, second = scans(ScanState.COMPLETE, ScanState.COMPLETE)
    assert fixed_by([second, first], {first.pk: 3}) == {second.pk: 3}


def test_a_scan_that_fixed_nothing_says_zero_and_the_oldest_says_nothing() -> None:
    first, second = scans(ScanState.COMPLETE, ScanState.COMPLETE)
    assert fixed_by([second, first], {}) == {second.pk: 0}


def test_partial_and_failed_scans_mend_nothing() -> None:
    first, partial, failed, last = scans(ScanState.COMPLETE, ScanState.PARTIAL, ScanState.FAILED, ScanState.COMPLETE)
    assert fixed_by([last, failed, partial, first], {first.pk: 2, partial.pk: 1}) == {last.pk: 3}
