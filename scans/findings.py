"""Step 8, the pure half: from problems to causes.

Two occurrences belong to one issue when the same thing has to be changed to make both go away. In this order:

    what the check names       the dead URL, the repeated title, the host (`Problem.cause`) a part of the site
    the component that carries the element (a navigation is one place on forty pages); where the
                               fix is a class's (contrast, names, sizes), the component and the element's own class
    a kind of page             the CMS template, or all static pages together: what is missing on eight of them is one
                               issue on eight pages, not eight issues

Nothing in a cause changes by itself (no ids, positions, hashes, hosts), so the fingerprint survives a re-publish.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from scans.checks import RULES
from scans.snapshot import Category, Confidence, PageFacts, Problem, Severity

STATIC_PAGES = "static pages"
_DOCUMENT = frozenset({"html", "head", "body"})
# elements are named, but what is missing is a landmark or a heading of the page
_OF_PAGE = frozenset(
    f"accessibility.{rule}"
    for rule in ("region", "bypass", "landmark-one-main", "page-has-heading-one", "document-title", "skip-link")
) | {
    # the element that came last or moved most is another one on the next day; the page is as slow as it was
    "performance.lcp",
    "performance.cls",
    "performance.blocking-time",
}
# whoever mends one element of the component mends all: texts, fields, interactions, targets
_CATEGORIES_OF_COMPONENT = frozenset({Category.CONTENT, Category.WEBFLOW, Category.LAYOUT})
_OF_COMPONENT = frozenset({"links.placeholder", "links.missing-href", "links.generic-text"})
# the widths of one layout problem are occurrences of their own; elsewhere the same element is said once
_BY_VIEWPORT = frozenset({Category.LAYOUT, Category.VISUAL})


@dataclass(frozen=True, slots=True)
class Cause:
    """What one issue is about. `group` names in words what carries it ("" when it is a page of its own)."""

    fingerprint: str
    rule: str
    category: Category
    severity: Severity
    confidence: Confidence
    title: str
    help: str
    group: str


def digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def cause_of(problem: Problem, page: PageFacts | None) -> str:
    if problem.cause:
        return problem.cause
    element = problem.element
    if element is None or element.tag in _DOCUMENT or problem.rule in _OF_PAGE:
        return page.template if page is not None and page.template.startswith("wf:") else STATIC_PAGES
    own = element.path.rpartition(" > ")[2]
    if not element.component:
        return element.path
    return element.component if _is_of_component(problem.rule) else f"{element.component} {own}"


def _is_of_component(rule: str) -> bool:
    return rule in _OF_COMPONENT or RULES[rule].category in _CATEGORIES_OF_COMPONENT


def describe(problem: Problem, page: PageFacts | None) -> Cause:
    """The issue a problem belongs to."""
    rule = RULES[problem.rule]
    return Cause(
        # a rule's doubtful and certain answers are two issues: one counts, the other asks
        fingerprint=digest(problem.rule, problem.confidence, cause_of(problem, page)),
        rule=problem.rule,
        category=rule.category,
        severity=problem.severity,
        confidence=problem.confidence,
        title=rule.title,
        help=rule.help,
        group=group_of(problem, page),
    )


def group_of(problem: Problem, page: PageFacts | None) -> str:
    if problem.element is not None and problem.element.component and problem.rule not in _OF_PAGE:
        return problem.element.component[:200]
    if page is not None and page.template.startswith("wf:") and not problem.cause:
        return f"CMS template of {urlsplit(page.url).path.rsplit('/', 1)[0] or '/'}"[:200]
    return ""


def occurrence_key(problem: Problem, page: PageFacts | None) -> str:
    """Equal for the same thing said twice (by two tiers, or by a page kept again after a crash)."""
    where = problem.element.selector if problem.element is not None else ""
    width = problem.viewport if RULES[problem.rule].category in _BY_VIEWPORT else ""
    # without an element the text tells two occurrences on one page apart (two dead requests of one script), with one
    # the address (two sizes of one picture)
    what = str(problem.evidence.get("target", "")) if where else problem.message
    return digest(problem.rule, problem.confidence, cause_of(problem, page), problem.url, where, width, what)


def without_repeats(
    problems: Iterable[Problem], pages: Mapping[str, PageFacts], *, limit_per_rule: int = 1000
) -> tuple[list[Problem], frozenset[str]]:
    """Each occurrence once, and at most `limit_per_rule` of a rule; also returns the rules that reached the limit."""
    seen: set[str] = set()
    counts: dict[str, int] = {}
    kept = []
    for problem in problems:
        key = occurrence_key(problem, pages.get(problem.url))
        if key in seen:
            continue
        seen.add(key)
        counts[problem.rule] = counts.get(problem.rule, 0) + 1
        if counts[problem.rule] <= limit_per_rule:
            kept.append(problem)
    return kept, frozenset(rule for rule, count in counts.items() if count > limit_per_rule)
