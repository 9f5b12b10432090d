"""The registry of rules and checks, and the only way to run them.

A *rule* is a row of the catalogue: a stable id, a default severity, a title and a help text that tell a designer what
is wrong and where to click. A *check* is a pure function that may say problems of one or more rules. It belongs to a
stage:

    page    PageFacts                -> every fetched page, at once
    visit   PageFacts, Visit         -> every visited page
    crawl   SiteSnapshot             -> once, when all pages and targets are fetched (visits may still be going on)
    site    SiteSnapshot             -> once, after everything
    api     SiteSnapshot, WebflowSite -> once, after everything, where Webflow's Data API was read

What the customer's own rules check is in `scans.checks.custom`; their kinds are rows of the catalogue too.

A check that crashes costs one logged line, never the page. Private keys that a page shows are cut out of every problem.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from scans.snapshot import (
    DESKTOP,
    TEXT_LIMIT,
    Category,
    Confidence,
    Element,
    PageFacts,
    Problem,
    Severity,
    SiteSnapshot,
    Visit,
    WebflowSite,
    all_masked,
    masked,
    without_secrets,
)

logger = logging.getLogger(__name__)

PageCheck = Callable[[PageFacts], Iterable[Problem]]
VisitCheck = Callable[[PageFacts, Visit], Iterable[Problem]]
SiteCheck = Callable[[SiteSnapshot], Iterable[Problem]]
ApiCheck = Callable[[SiteSnapshot, WebflowSite], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`title` names the problem for a designer; `help` says in one to four sentences why it matters and where in
    Webflow to click. Both are plain text."""

    id: str
    severity: Severity
    title: str
    help: str
    confidence: Confidence = Confidence.CONFIRMED

    @property
    def category(self) -> Category:
        return Category(self.id.split(".", 1)[0])

    def problem(
        self,
        url: str,
        message: str,
        *,
        element: Element | None = None,
        viewport: str = "",
        cause: str = "",
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        **evidence: Any,
    ) -> Problem:
        """One occurrence on the page `url`; `message` says what exactly, with this page's numbers and names."""
        return Problem(
            rule=self.id,
            url=url,
            message=message[:TEXT_LIMIT],
            severity=severity or self.severity,
            confidence=confidence or self.confidence,
            element=element,
            viewport=viewport,
            cause=cause,
            evidence=evidence,
        )


RULES: dict[str, Rule] = {}
_PAGE: list[tuple[frozenset[Category], PageCheck]] = []
_VISIT: list[tuple[frozenset[Category], VisitCheck]] = []
_CRAWL: list[tuple[frozenset[Category], SiteCheck]] = []
_SITE: list[tuple[frozenset[Category], SiteCheck]] = []
_API: list[tuple[frozenset[Category], ApiCheck]] = []
_TIERS: dict[str, str] = {}


def register(*rules: Rule, tier: str = "") -> frozenset[Category]:
    """Puts rules into the catalogue; one id is one rule. `tier` is the letter of who sees it: F(etch), V(isit), S(ite),
    A(PI). Returns their categories."""
    for rule in rules:
        known = RULES.setdefault(rule.id, rule)
        if known != rule:
            raise ValueError(f"two rules are called {rule.id}")
        if tier not in _TIERS.setdefault(rule.id, tier):
            _TIERS[rule.id] += f"+{tier}"
    return frozenset(rule.category for rule in rules)


def page_check(*rules: Rule) -> Callable[[PageCheck], PageCheck]:
    def add(check: PageCheck) -> PageCheck:
        _PAGE.append((register(*rules, tier="F"), check))
        return check

    return add


def visit_check(*rules: Rule) -> Callable[[VisitCheck], VisitCheck]:
    def add(check: VisitCheck) -> VisitCheck:
        _VISIT.append((register(*rules, tier="V"), check))
        return check

    return add


def crawl_check(*rules: Rule) -> Callable[[SiteCheck], SiteCheck]:
    def add(check: SiteCheck) -> SiteCheck:
        _CRAWL.append((register(*rules, tier="S"), check))
        return check

    return add


def site_check(*rules: Rule) -> Callable[[SiteCheck], SiteCheck]:
    def add(check: SiteCheck) -> SiteCheck:
        _SITE.append((register(*rules, tier="S"), check))
        return check

    return add


def api_check(*rules: Rule) -> Callable[[ApiCheck], ApiCheck]:
    def add(check: ApiCheck) -> ApiCheck:
        _API.append((register(*rules, tier="A"), check))
        return check

    return add


def tier_of(rule: str) -> str:
    """ "F", "V", "S", "A", or several of them ("F+V")."""
    return _TIERS[rule]


Only = Collection[Category] | None


def check_page(page: PageFacts, only: Only = None) -> list[Problem]:
    problems = run(((categories, partial(check, page)) for categories, check in _PAGE), page.url, only)
    return [redacted(problem) for problem in problems] if page.secrets else problems


def check_visit(page: PageFacts, visit: Visit, only: Only = None) -> list[Problem]:
    """What a check says of no width in particular, the browser saw at the desktop width. A script may put in a key that
    the HTML does not have."""
    found = run(((categories, partial(check, page, visit)) for categories, check in _VISIT), page.url, only)
    return [redacted(p if p.viewport else replace(p, viewport=DESKTOP.name)) for p in found]


def check_crawl(site: SiteSnapshot, only: Only = None) -> list[Problem]:
    return _redacted_on(
        site, run(((categories, partial(check, site)) for categories, check in _CRAWL), site.start_url, only)
    )


def check_site(site: SiteSnapshot, only: Only = None) -> list[Problem]:
    return _redacted_on(
        site, run(((categories, partial(check, site)) for categories, check in _SITE), site.start_url, only)
    )


def check_api(site: SiteSnapshot, webflow: WebflowSite, only: Only = None) -> list[Problem]:
    return run(((categories, partial(check, site, webflow)) for categories, check in _API), site.start_url, only)


def run(
    checks: Iterable[tuple[frozenset[Category], Callable[[], Iterable[Problem]]]], url: str, only: Only
) -> list[Problem]:
    """All that the checks say within `only`; one that crashes says nothing."""
    problems: list[Problem] = []
    for categories, check in checks:
        if only is not None and categories.isdisjoint(only):
            continue
        try:
            found = list(check())
        except Exception:
            logger.exception("a check crashed on %s", url)
            continue
        problems += (p for p in found if only is None or RULES[p.rule].category in only)
    return problems


def _redacted_on(site: SiteSnapshot, problems: list[Problem]) -> list[Problem]:
    """Texts of one page may be told on another, so one page with a key is enough."""
    if not any(seen.facts.secrets for seen in site.pages.values()):
        return problems
    return [redacted(problem) for problem in problems]


def redacted(problem: Problem) -> Problem:
    """Whatever rule it is of, a problem repeats no key that the page shows: not in its words, evidence or HTML."""
    return replace(
        problem,
        message=masked(problem.message),
        element=problem.element and without_secrets(problem.element),
        evidence=all_masked(problem.evidence),
    )


def judged(only: Only, *, visited: bool, custom: bool = False) -> tuple[Category, ...]:
    """The categories a scan says something about: those that have a check, in a tier that ran. `custom`: a rule of the
    customer's own was looked at."""
    tiers: list[list[tuple[frozenset[Category], Any]]] = [[*_PAGE], [*_CRAWL], [*_SITE], [*_VISIT] if visited else []]
    found = {category for tier in tiers for categories, _ in tier for category in categories}
    found |= {Category.CUSTOM} if custom else set()
    return tuple(category for category in Category if category in found and (only is None or category in only))


def version() -> str:
    """Changes when a rule is added, removed or changes its severity: results of different versions are not compared
    blindly."""
    rows = "\n".join(
        f"{rule.id} {rule.severity} {rule.confidence}" for rule in sorted(RULES.values(), key=lambda r: r.id)
    )
    return hashlib.sha256(rows.encode()).hexdigest()[:12]
