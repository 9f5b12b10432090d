"""Rules of the customer's own: words and elements that must or must not be there, hosts not to link to, budgets.

In: the page's facts (what the parser found for the customer's selectors is in `PageFacts.selected`), for budgets the
visit, and the rules of this scan. What is in the catalogue are the kinds; name, severity and terms are the customer's.
A cause is the customer's rule and what it hits, so an issue is one word of one rule, on however many pages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from scans.checks import addresses, hosts
from scans.checks.pages import is_page
from scans.checks.performance import over_the_network, weight
from scans.checks.phrases import Text, plain
from scans.checks.registry import Only, Rule, redacted, register, run
from scans.snapshot import CustomKind, CustomRule, Element, PageFacts, Problem, Severity, Visit

_YOURS = "This is one of your own rules"
_CHANGE = "To change or switch off the rule, open the site and choose Your rules."


def _kind(kind: CustomKind, title: str, help_text: str) -> Rule:
    return Rule(f"custom.{kind}", Severity.MODERATE, title, f"{_YOURS}: {help_text} {_CHANGE}")


KINDS: dict[CustomKind, Rule] = {
    CustomKind.FORBIDDEN_TEXT: _kind(
        CustomKind.FORBIDDEN_TEXT,
        "A word you do not want is on the page",
        "the word must not be on these pages. Double-click the text in the Designer, or open the item in the CMS "
        "panel, and reword it; titles and descriptions are in the page's settings (gear).",
    ),
    CustomKind.REQUIRED_TEXT: _kind(
        CustomKind.REQUIRED_TEXT,
        "A text you ask for is missing",
        "the text has to be on these pages, written into the page and not only added by a script. Add it in the "
        "Designer, best inside a Component that all of them share.",
    ),
    CustomKind.FORBIDDEN_ELEMENT: _kind(
        CustomKind.FORBIDDEN_ELEMENT,
        "An element you do not want is on the page",
        "no element may match the selector on these pages. Find it by its class in the Navigator (Z) and delete or "
        "restyle it; it may also come from an embed or custom code.",
    ),
    CustomKind.REQUIRED_ELEMENT: _kind(
        CustomKind.REQUIRED_ELEMENT,
        "An element you ask for is missing",
        "an element has to match the selector on these pages, in the page as it is published, before scripts run. Add "
        "it in the Designer or in the page's custom code.",
    ),
    CustomKind.FORBIDDEN_HOST: _kind(
        CustomKind.FORBIDDEN_HOST,
        "A link leads to a host you avoid",
        "nothing on these pages may link there. Select the link and change its address in Settings (D), or the field "
        "in the CMS item it comes from.",
    ),
    CustomKind.PAGE_WEIGHT: _kind(
        CustomKind.PAGE_WEIGHT,
        "The page is heavier than your budget",
        "the page may not load more than this. Compress the heaviest files in Assets and remove embeds that are not "
        "needed.",
    ),
    CustomKind.REQUEST_COUNT: _kind(
        CustomKind.REQUEST_COUNT,
        "The page asks for more files than your budget",
        "the page may not ask for more files than this. Remove tools in Site settings > Custom code, and limit the "
        "items of Collection lists in their settings (D).",
    ),
    CustomKind.LCP: _kind(
        CustomKind.LCP,
        "Main content appears later than your budget",
        "the largest part of the first screen has to be there within this time. Set its picture to load eagerly in "
        "Settings (D) and compress it in Assets.",
    ),
}
_CATEGORIES = register(*(rule for kind, rule in KINDS.items() if not kind.is_budget), tier="F")
_CATEGORIES |= register(*(rule for kind, rule in KINDS.items() if kind.is_budget), tier="V")

TEXT_READ = 300_000  # characters of a page that words are looked up in
MOST_HITS = 20  # occurrences of one term or selector that are said of one page
_AROUND = 60
_META_WORDS = {
    "description": "the description",
    "og:title": "the title for sharing",
    "og:description": "the description for sharing",
}
_BUTTONS = ("submit", "button", "reset")


def check_custom_page(page: PageFacts, rules: Iterable[CustomRule], only: Only = None) -> list[Problem]:
    """What the rules say of a fetched page. Of a page that was cut, what is missing is not known."""
    chosen = [rule for rule in rules if not rule.is_budget and rule.applies_to(page.url)]
    if not chosen or not is_page(page):
        return []
    words = Words(page) if any(rule.kind in _BY_WORDS for rule in chosen) else None
    checks = []
    for rule in chosen:
        if page.response.truncated and rule.kind in (CustomKind.REQUIRED_TEXT, CustomKind.REQUIRED_ELEMENT):
            continue
        if words is not None and rule.kind in _BY_WORDS:
            checks.append((_CATEGORIES, partial(_BY_WORDS[rule.kind], rule, page, words)))
        else:
            checks.append((_CATEGORIES, partial(_BY_FACTS[rule.kind], rule, page)))
    problems = run(checks, page.url, only)
    return [redacted(problem) for problem in problems] if page.secrets else problems


def check_custom_visit(page: PageFacts, visit: Visit, rules: Iterable[CustomRule], only: Only = None) -> list[Problem]:
    if visit.error is not None:
        return []
    chosen = [rule for rule in rules if rule.is_budget and rule.applies_to(page.url)]
    return run(((_CATEGORIES, partial(_budget, rule, page, visit)) for rule in chosen), page.url, only)


def _said(
    rule: CustomRule, page: PageFacts, message: str, hit: str = "", element: Element | None = None, **evidence: Any
) -> Problem:
    problem = KINDS[rule.kind].problem(
        page.url,
        message,
        element=element,
        cause=f"custom {rule.id} {hit}".strip(),
        severity=rule.severity,
        custom_rule=rule.id,
        **evidence,
    )
    return replace(problem, title=rule.name)


# ── words ──


@dataclass(frozen=True, slots=True)
class Piece:
    """`where` in words; "" for text that stands on the page itself."""

    where: str
    text: str
    element: Element | None = None


class Words:
    """Everything a page says to people: its text, title, descriptions, alternative texts, buttons and hints in fields.
    Pieces stand on lines of their own, so that no phrase is found across two of them."""

    def __init__(self, page: PageFacts) -> None:
        self._pieces: list[Piece] = []
        self._starts: list[int] = []
        lines: list[str] = []
        size = 0
        for piece in _pieces(page):
            if size >= TEXT_READ:
                break
            if line := plain(piece.text[: TEXT_READ - size]):
                self._pieces.append(piece)
                self._starts.append(size)
                lines.append(line)
                size += len(line) + 1
        self._by_piece = Text("\n".join(lines))
        self._running = Text(" ".join(lines))

    def hits(self, term: str) -> Iterator[Piece]:
        """The pieces that say it, each once."""
        last = None
        for at in self._by_piece.places(plain(term)):
            piece = self._pieces[bisect_right(self._starts, at) - 1]
            if piece is not last:
                last = piece
                yield piece

    def say(self, term: str) -> bool:
        """Somewhere, also across elements; True when it is not known."""
        found = any(True for _ in self._running.places(plain(term)))
        return found or self._running.exhausted


def _pieces(page: PageFacts) -> Iterator[Piece]:
    yield from (Piece("", block.text, block.element) for block in page.texts)
    yield Piece("the page title", page.title)
    for meta in page.metas:
        if meta.name in _META_WORDS:
            yield Piece(_META_WORDS[meta.name], meta.content)
    yield from (Piece("the alt text of a picture", image.alt, image.element) for image in page.images if image.alt)
    for form in page.forms:
        for field in form.fields:
            attrs = field.element.attrs
            said = [attrs.get("placeholder", "")]
            said += [attrs.get("value", "")] if attrs.get("type") in _BUTTONS else []
            yield from (Piece("a form", text, field.element) for text in said if text)


def _forbidden_text(rule: CustomRule, page: PageFacts, words: Words) -> Iterator[Problem]:
    for term in rule.terms:
        for number, piece in enumerate(words.hits(term)):
            if number == MOST_HITS:
                break
            where = f" in {piece.where}" if piece.where else ""
            message = f"“{term}” stands{where}: “{_around(term, piece.text)}”"
            yield _said(rule, page, message, plain(term), piece.element, found=term)


def _around(term: str, text: str) -> str:
    """The text near the word, as far as it is spelled there as in the rule."""
    at = max(0, text.lower().find(term.lower()))
    start, end = max(0, at - _AROUND), at + len(term) + _AROUND
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"


def _required_text(rule: CustomRule, page: PageFacts, words: Words) -> Iterator[Problem]:
    for term in rule.terms:
        if not words.say(term):
            yield _said(rule, page, f"The page does not say “{term}”.", plain(term), missing=term)


# ── elements and links ──


def _forbidden_element(rule: CustomRule, page: PageFacts) -> Iterator[Problem]:
    for selector in rule.terms:
        found = page.selected.get(selector)
        if not found or not found.count:
            continue
        times = "one element" if found.count == 1 else f"{found.count} elements"
        message = f"“{selector}” matches {times} of this page."
        for element in found.elements[:MOST_HITS] or (None,):
            yield _said(rule, page, message, selector, element, matches=found.count)


def _required_element(rule: CustomRule, page: PageFacts) -> Iterator[Problem]:
    for selector in rule.terms:
        found = page.selected.get(selector)
        if found is not None and not found.count:
            yield _said(rule, page, f"No element of this page matches “{selector}”.", selector, missing=selector)


def _forbidden_host(rule: CustomRule, page: PageFacts) -> Iterator[Problem]:
    leads = [(link.element, link.url, "The link") for link in page.links]
    leads += [(form.element, form.url, "The form") for form in page.forms]
    said = 0
    for element, url, what in leads:
        name = addresses.hostname(url) if url and addresses.is_web(url) else ""
        avoided = next((term for term in rule.terms if hosts.is_under(name, (term,))), "") if name else ""
        if avoided and said < MOST_HITS:
            said += 1
            yield _said(rule, page, f"{what} leads to {name}.", avoided, element, target=url)


# ── budgets ──


def _budget(rule: CustomRule, page: PageFacts, visit: Visit) -> Iterator[Problem]:
    loaded = over_the_network(visit)
    match rule.kind:
        case CustomKind.PAGE_WEIGHT:
            size = sum(weight(request) for request in loaded)
            if size > rule.limit * 1000:
                message = f"The page weighs {size / 1000:,.0f} kB; your budget is {rule.limit:,} kB."
                yield _said(rule, page, message, bytes=size, budget_kb=rule.limit)
        case CustomKind.REQUEST_COUNT:
            if len(loaded) > rule.limit:
                message = f"The page asks for {len(loaded):,} files; your budget is {rule.limit:,}."
                yield _said(rule, page, message, requests=len(loaded), budget=rule.limit)
        case CustomKind.LCP:
            late = visit.vitals.lcp_ms
            if late is not None and late > rule.limit:
                message = f"Main content after {late:,.0f} ms; your budget is {rule.limit:,} ms. One run in the lab."
                yield _said(rule, page, message, "", visit.vitals.lcp_element, lcp_ms=late, budget_ms=rule.limit)


_BY_WORDS: dict[CustomKind, Callable[[CustomRule, PageFacts, Words], Iterator[Problem]]] = {
    CustomKind.FORBIDDEN_TEXT: _forbidden_text,
    CustomKind.REQUIRED_TEXT: _required_text,
}
_BY_FACTS: dict[CustomKind, Callable[[CustomRule, PageFacts], Iterator[Problem]]] = {
    CustomKind.FORBIDDEN_ELEMENT: _forbidden_element,
    CustomKind.REQUIRED_ELEMENT: _required_element,
    CustomKind.FORBIDDEN_HOST: _forbidden_host,
}
