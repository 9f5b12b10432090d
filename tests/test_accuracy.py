"""The faulty site through the engine: everything planted is found, and nothing else is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.accuracy import PRECISION, accuracy
from bench.judging import judge
from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.checks import RULES
from scans.scanner import Scanner
from scans.snapshot import Category, Confidence
from tests.sites import faulty, public, small
from tests.sites.plan import Want

pytestmark = pytest.mark.xdist_group("browser")
# two scans, or Webflow's API, or a certificate that Chromium trusts
ELSEWHERE = {"security.insecure-cookie"}
API = {
    "webflow.unpublished-changes", "webflow.draft-linked", "webflow.item-unpublished", "webflow.missing-seo",
    "webflow.asset-alt-missing", "webflow.branch-published",
}  # fmt: skip


@pytest.fixture(scope="module")
def scanner(chromium_path: str) -> Iterator[Scanner]:
    with Scanner(BrowserPool(chromium_path, Limits(min_size=1, max_size=1))) as scanner:
        yield scanner


@pytest.mark.timeout(900)
def test_everything_planted_is_found_and_nothing_else_is_said(scanner: Scanner) -> None:
    verdict, _ = accuracy(scanner, quick=True)
    assert verdict.missed == []
    assert verdict.precision >= PRECISION, verdict.false


def test_every_rule_has_its_page() -> None:
    planted = {rule for _, rule in faulty.manifest()} | {want.rule for site in small.SITES for want in site.wants}
    planted |= public.RULES
    rules = {rule.id for rule in RULES.values() if rule.category not in (Category.ACCESSIBILITY, Category.VISUAL)}
    own = {rule for rule in rules if rule.startswith("custom.")}
    assert rules - planted - ELSEWHERE - API - own == set()
    assert len({rule for rule in planted if rule.startswith("accessibility.")}) >= 40


def test_the_judge_counts_what_is_missed_and_what_is_said_besides() -> None:
    base = "http://acme.example/"
    rule = RULES["links.placeholder"]
    said = [rule.problem(f"{base}a", "x"), rule.problem(f"{base}b", "y", confidence=Confidence.NEEDS_REVIEW)]
    manifest = {("/a", rule.id): Want(rule.id), ("/b", rule.id): Want(rule.id), ("/c", "no.rule"): Want("no.rule")}
    verdict = judge(said, base, manifest)
    assert (verdict.wanted.total(), verdict.found.total(), verdict.extra.total()) == (2, 1, 1)
    assert (verdict.recall, verdict.precision) == (0.5, 0.5)
    assert verdict.skipped == {"no.rule"}


def test_a_remark_counts_only_where_silence_is_asked_for() -> None:
    base, rule = "http://acme.example/", RULES["content.thin"]
    said = [rule.problem(f"{base}a", "x")]
    assert judge(said, base, {}).extra.total() == 0
    assert judge(said, base, {}, {("/a", rule.id)}).extra.total() == 1
