from __future__ import annotations

from accounts.models import Workspace
from scans.models import Issue, IssueState, Scan, ScanState, Site
from scans.reports import site as over_time
from tests.build import a_scan, a_site


def fixed(site: Site, scan: Scan, count: int) -> None:
    for number in range(count):
        Issue.objects.create(
            site=site,
            fingerprint=f"{scan.number}-{number}",
            rule="links.broken-internal",
            category="links",
            severity="serious",
            rank=1,
            confidence="confirmed",
            title="Link to a page that does not exist",
            message="gone",
            state=IssueState.FIXED,
            fixed_scan=scan,
        )


def test_each_complete_scan_says_what_it_was_the_first_not_to_meet(workspace: Workspace) -> None:
    site = a_site(workspace)
    states = (ScanState.COMPLETE, ScanState.PARTIAL, ScanState.COMPLETE, ScanState.COMPLETE)
    scans = [a_scan(site, state=state, number=number) for number, state in enumerate(states, 1)]
    fixed(site, scans[2], 3)
    lines = over_time.lines(site, [])
    assert [(line.scan.number, line.fixed) for line in lines] == [(4, 0), (3, 3), (2, None), (1, None)]
