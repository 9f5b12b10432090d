"""Step 8, the pure half: from problems to causes.

Two occurrences belong to one issue when the same thing has to be changed to make both go away. In this order:

    what the check names       the dead URL, the repeated title, the host (`Problem.cause`)
    a setting of the site      the language, the canonical's domain: one change mends every page
    a class                    a measured contrast: the class that colours the text, with the two colours
    a part of the site         the component that carries the element (a navigation is one place on forty pages); where
                               the fix is the element's (names, sizes), the component and the element's first class
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
SITE_SETTINGS = "Site settings"
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
_OF_SITE = frozenset({"accessibility.html-has-lang", "accessibility.html-lang-valid", "metadata.canonical-missing"})
_CONTRAST = "accessibility.color-contrast"
# an element of these tags takes its colour from the one it stands in
_PHRASES = frozenset({"strong", "em", "b", "i", "span", "u", "small", "mark"})
# whoever mends one element of the component mends all: texts, fields, interactions, targets
_CATEGORIES_OF_COMPONENT = frozenset({Category.CONTENT, Category.WEBFLOW, Category.LAYOUT})
_OF_COMPONENT = frozenset({"links.placeholder", "links.missing-href", "links.generic-text"})
_OF_FORM = frozenset({"accessibility.label", "accessibility.select-name", "accessibility.autocomplete-valid"})
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
    if problem.rule in _OF_SITE:
        return SITE_SETTINGS
    element = problem.element
    if element is None or element.tag in _DOCUMENT or problem.rule in _OF_PAGE:
        return _kind_of(page) or STATIC_PAGES
    if name := colouring_class(problem):
        return f".{name} {problem.evidence.get('foreground')} on {problem.evidence.get('background')}"
    if not element.component:
        return element.path
    if _is_of_component(problem, element.component):
        return element.component
    own = element.path.rpartition(" > ")[2]
    if RULES[problem.rule].category is Category.ACCESSIBILITY:
        own = ".".join(own.split(".")[:2])  # a combo class makes no other mistake than its base class
    return f"{element.component} {own}"


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


def _is_of_component(problem: Problem, component: str) -> bool:
    rule = problem.rule
    if rule in _OF_FORM:
        return component.startswith("Form")
    if rule == _CONTRAST and problem.confidence is Confidence.NEEDS_REVIEW:
        return True  # who looks at one text on the picture looks at all of them
    return rule in _OF_COMPONENT or RULES[rule].category in _CATEGORIES_OF_COMPONENT


def colouring_class(problem: Problem) -> str:
    """The first class of a text whose contrast was measured, or of what a phrase of it stands in; "" without one."""
    if problem.rule != _CONTRAST or problem.element is None or "foreground" not in problem.evidence:
        return ""
    for step in reversed(problem.element.path.split(" > ")):
        tag, *names = step.split(".")
        if custom := next((name for name in names if not name.startswith("w-")), ""):
            return custom
        if tag not in _PHRASES:
            return ""
    return ""


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
        title=problem.title or rule.title,
        help=rule.help,
        group=group_of(problem, page),
    )


def group_of(problem: Problem, page: PageFacts | None) -> str:
    if problem.title:
        return ""  # what a rule of the customer's own hits may stand anywhere
    if problem.rule in _OF_SITE:
        return SITE_SETTINGS
    if name := colouring_class(problem):
        return f"Class .{name}"[:200]
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
    counts: dict[tuple[str, str], int] = {}
    kept = []
    for problem in problems:
        key = occurrence_key(problem, pages.get(problem.url))
        if key in seen:
            continue
        seen.add(key)
        rule = (problem.rule, problem.title)
        counts[rule] = counts.get(rule, 0) + 1
        if counts[rule] <= limit_per_rule:
            kept.append(problem)
    return kept, frozenset(rule for (rule, _), count in counts.items() if count > limit_per_rule)
