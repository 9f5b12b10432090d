"""What axe-core found, as our rules: one rule `accessibility.<axe rule id>` for every rule axe ships.

`data/axe_rules.json` is axe's own metadata (id, impact, help), `data/axe_words.json` our words for it: the title a
designer understands and where in Webflow to click. Violations are confirmed; what axe could not decide needs a
person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scans.checks.axe_messages import said
from scans.checks.registry import Rule, visit_check
from scans.snapshot import AxeNode, AxeResult, Confidence, PageFacts, Problem, Severity, Visit

_DATA = Path(__file__).parent / "data"
_PREFIX = "accessibility."


def _rule(axe: dict[str, Any], words: dict[str, dict[str, str]]) -> Rule:
    said = words.get(axe["id"]) or {"title": axe["help"], "help": _general_help(axe["description"])}
    return Rule(_PREFIX + axe["id"], Severity(axe["impact"] or Severity.MODERATE), said["title"], said["help"])


def _general_help(description: str) -> str:
    return (
        f"What is asked for: {description[0].lower()}{description[1:]}. "
        "Select the element in the Designer and look at its Tag and Custom attributes in Settings (D); "
        "markup of your own is in the Code Embed or in Site settings > Custom code."
    )


def _load() -> dict[str, Rule]:
    known = json.loads((_DATA / "axe_rules.json").read_text(encoding="utf-8"))["rules"]
    words = json.loads((_DATA / "axe_words.json").read_text(encoding="utf-8"))
    return {axe["id"]: _rule(axe, words) for axe in known}


AXE_RULES = _load()
_CRITERION = re.compile(r"wcag\d{3,4}")  # "wcag143" is success criterion 1.4.3


@visit_check(*AXE_RULES.values())
def axe_results(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for result in visit.axe:
        rule = AXE_RULES.get(result.rule)
        if rule is not None:
            yield from (_problem(rule, page, result, node) for node in result.nodes if not _is_beside_it(result, node))


def _is_beside_it(result: AxeResult, node: AxeNode) -> bool:
    """Right by axe's letter, and nothing that anybody could change: a note that frames were not looked into, captions
    for a film without sound (Webflow's background videos), "0" in a cart button as the words somebody would say."""
    match result.rule:
        case "frame-tested":
            return True
        case "video-caption":
            return "muted" in node.element.attrs
        case "label-content-name-mismatch":
            return not any(map(str.isalpha, node.element.text))
        case _:
            return False


def _problem(rule: Rule, page: PageFacts, result: AxeResult, node: AxeNode) -> Problem:
    line = _first_line(node.summary) or result.help
    message, figures = said(result.rule, node.element, line, certain=not result.incomplete)
    return rule.problem(
        page.url,
        message,
        element=node.element,
        severity=_severity(result.impact, rule),
        confidence=Confidence.NEEDS_REVIEW if result.incomplete else Confidence.CONFIRMED,
        **figures,
        axe_rule=result.rule,
        help_url=result.help_url,
        wcag=", ".join(f"{tag[4]}.{tag[5]}.{tag[6:]}" for tag in result.tags if _CRITERION.fullmatch(tag)),
    )


def _first_line(summary: str) -> str:
    """axe lists every way out; the first is the one it judged by, and one is enough to understand what is wrong."""
    return " ".join(summary.strip().partition("\n")[0].split())


def _severity(impact: str, rule: Rule) -> Severity:
    """axe may judge one result milder or worse than its rule."""
    return Severity(impact) if impact in Severity.__members__.values() else rule.severity
