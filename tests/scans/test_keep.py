"""What is stored of hostile input, and how much."""

from __future__ import annotations

import pytest

from accounts.models import Workspace
from scans.checks import RULES
from scans.events import Fetched, Judged
from scans.keep import FINDINGS_PER_RULE, Keeper, LeaseLost
from scans.models import Finding, Issue, Page, Scan, ScanState
from scans.snapshot import Severity
from tests.build import a_scan, a_site
from tests.scans.checks.build import element, page

pytestmark = pytest.mark.django_db
HOME = "https://studio-north.example/"
RULE = RULES["links.placeholder"]


@pytest.fixture
def keeper(workspace: Workspace) -> Keeper:
    scan = a_scan(a_site(workspace), ScanState.PENDING)
    token = Scan.objects.claim(scan.pk)
    assert token
    scan.refresh_from_db()
    return Keeper(scan, token)


def test_a_page_kept_twice_is_one_page_with_its_findings_once(keeper: Keeper) -> None:
    problem = RULE.problem(HOME, "goes nowhere", element=element("a", selector="#cta", path="a.cta"))
    for _ in range(2):
        keeper.fetched(Fetched(page(HOME), 0, (problem, problem)))
    assert (Page.objects.count(), Issue.objects.count(), Finding.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    "words", ["\x00", "\ud800", "<script>alert(1)</script>", "x" * 100_000, "\u202e", "'; DROP TABLE"]
)
def test_whatever_a_page_says_is_stored_as_text(keeper: Keeper, words: str) -> None:
    hostile = element("a", words, {"class": words}, selector=words or "a", html=words, component=words, path=words)
    problem = RULE.problem(HOME, words, element=hostile, target=words, nested={"list": [words]})
    keeper.fetched(Fetched(page(HOME, title=words), 0, (problem,)))
    finding = Finding.objects.select_related("issue").get()
    assert len(finding.message) <= 512
    assert len(finding.issue.group) <= 200


def test_a_rule_has_a_limit(keeper: Keeper) -> None:
    problems = tuple(
        RULE.problem(HOME, str(n), element=element("a", selector=f"#a{n}", path="a"))
        for n in range(FINDINGS_PER_RULE + 5)
    )
    keeper.fetched(Fetched(page(HOME), 0, problems))
    assert Finding.objects.count() == FINDINGS_PER_RULE


def test_an_issue_is_as_bad_as_its_worst_page(keeper: Keeper) -> None:
    mild = RULE.problem(HOME, "mild", cause="one", severity=Severity.MINOR)
    bad = RULE.problem(HOME, "bad", cause="one", severity=Severity.CRITICAL)
    keeper.fetched(Fetched(page(HOME), 0, (mild,)))
    keeper.judged(Judged((bad,)))
    assert Issue.objects.get().severity == Severity.CRITICAL


def test_what_is_withdrawn_is_gone(keeper: Keeper) -> None:
    early = RULE.problem(HOME, "early", cause="one")
    keeper.judged(Judged((early,)))
    keeper.judged(Judged((), withdrawn=(early,)))
    assert not Finding.objects.exists()


def test_without_the_lease_nothing_is_written(keeper: Keeper) -> None:
    Scan.objects.filter(pk=keeper.scan.pk).update(token=None)
    with pytest.raises(LeaseLost):
        keeper.fetched(Fetched(page(HOME), 0, ()))
    assert not Page.objects.exists()
