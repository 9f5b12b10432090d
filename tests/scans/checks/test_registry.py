"""The registry: one id is one rule, and a check of ours that crashes costs a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from scans.checks import RULES, check_page, judged, registry, version
from scans.checks.registry import Rule, page_check, register
from scans.snapshot import Category, PageFacts, Problem, Severity
from tests.scans.checks.build import page, rules

BLANK = Rule("content.made-up", Severity.MINOR, "Made up", "Nothing to do.")


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of its own, with a check that crashes in front of one that does not."""
    monkeypatch.setattr(registry, "RULES", {**RULES})
    monkeypatch.setattr(registry, "_PAGE", [])

    @page_check(BLANK)
    def crash(page: PageFacts) -> Iterator[Problem]:
        yield BLANK.problem(page.url, "before the crash")
        raise ZeroDivisionError

    @page_check(BLANK)
    def work(page: PageFacts) -> Iterator[Problem]:
        yield BLANK.problem(page.url, "found")


@pytest.mark.usefixtures("crashing")
def test_a_check_that_crashes_costs_a_line_and_not_the_page(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, BLANK.id, BLANK)
    with caplog.at_level(logging.ERROR, logger="scans.checks.registry"):
        problems = check_page(page())
    assert [problem.message for problem in problems] == ["found"]
    assert len(caplog.records) == 1


def test_two_rules_never_share_an_id() -> None:
    known = RULES["metadata.title-missing"]
    assert register(known) == {Category.METADATA}
    with pytest.raises(ValueError, match=r"metadata\.title-missing"):
        register(Rule(known.id, Severity.INFO, "Another", "Nothing to do."))


def test_a_scan_speaks_of_the_categories_whose_tier_ran() -> None:
    whole, fetched = judged(None, visited=True), judged(None, visited=False)
    assert Category.LAYOUT in whole and Category.LAYOUT not in fetched
    assert judged({Category.LINKS, Category.LAYOUT}, visited=False) == (Category.LINKS,)
    assert list(whole) == [category for category in Category if category in whole]


def test_only_the_wanted_categories_are_checked() -> None:
    bare = page(title="", metas=[], links=[])
    assert {rule.split(".")[0] for rule in rules(check_page(bare, {Category.METADATA}))} == {"metadata"}


def test_the_version_names_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    before = version()
    assert before == version() and len(before) == 12
    monkeypatch.setitem(RULES, BLANK.id, BLANK)
    assert version() != before
