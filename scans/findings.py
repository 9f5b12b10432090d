"""Step 8, the pure half: from problems to causes.

Two occurrences belong to one issue when the same thing has to be changed to make both go away. In this order:

    what the check names       the dead URL, the repeated title, the host (`Problem.cause`) a part of the site
    the component that carries the element (a navigation is one place on forty pages); where the
                               fix is a class's (contrast, names, sizes), the component and the element's own class
    a kind of page             the CMS template, or all static pages together: what is missing on eight of them is one
                               issue on eight pages, not eight issues

Nothing in a cause changes by itself (no ids, positions, hashes, hosts), so the fingerprint survives a re-publish: the
ids and hashes that Webflow writes into addresses and templates are taken out here.
"""

from __future__ import annotations

import hashlib
import re
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
)
# whoever mends one element of the component mends all: texts, fields, interactions, targets
_CATEGORIES_OF_COMPONENT = frozenset({Category.CONTENT, Category.WEBFLOW, Category.LAYOUT})
_OF_COMPONENT = frozenset({"links.placeholder", "links.missing-href", "links.generic-text"})
_ASSET_ID = re.compile(r"(?<=/)[0-9a-f]{24}(?:_|/|(?=-))")
_FILE_HASH = re.compile(r"[.-](?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,64}(?=\.[a-z][a-z0-9]{1,4}(?![\w.]))")
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
        return steady(problem.cause, page)
    element = problem.element
    if element is None or element.tag in _DOCUMENT or problem.rule in _OF_PAGE:
        return _kind_of(page) or STATIC_PAGES
    own = element.path.rpartition(" > ")[2]
    if not element.component:
        return element.path
    return element.component if _is_of_component(problem.rule) else f"{element.component} {own}"


def steady(cause: str, page: PageFacts | None) -> str:
    """Without what a new upload or publish changes: the id before an asset's name and the hash before its ending
    ("64f0…_hero.png", "site.webflow.5f2c9a1b.css"), and the template's id."""
    if page is not None and (kind := _kind_of(page)):
        cause = cause.replace(page.template, kind)
    return _FILE_HASH.sub("", _ASSET_ID.sub("", cause)) if "://" in cause else cause


def _kind_of(page: PageFacts | None) -> str:
    """The CMS template by the folder of its pages, which stays when its id does not; "" for a static page."""
    if page is None or not page.template.startswith("wf:"):
        return ""
    return f"CMS template of {urlsplit(page.url).path.rsplit('/', 1)[0] or '/'}"[:200]


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
    return "" if problem.cause else _kind_of(page)


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
