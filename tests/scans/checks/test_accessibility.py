"""axe's answers become our problems, and every axe rule has words for a designer."""

from __future__ import annotations

import pytest

from scans.checks import RULES, check_visit
from scans.checks.accessibility import AXE_RULES
from scans.snapshot import AxeNode, AxeResult, Category, Element, Problem
from tests.scans.checks.build import element, page, visit

LOGO = element("img", attrs={"src": "/logo.svg"}, selector="#logo", path="nav > img")
SUMMARY = "Element does not have an alt attribute\naria-label attribute does not exist or is empty"
COMMON = [
    "image-alt",
    "button-name",
    "link-name",
    "color-contrast",
    "label",
    "html-has-lang",
    "heading-order",
    "landmark-one-main",
    "region",
    "duplicate-id-aria",
    "meta-viewport",
    "frame-title",
    "list",
    "listitem",
    "select-name",
    "aria-hidden-focus",
    "aria-valid-attr-value",
    "aria-required-children",
    "document-title",
    "empty-heading",
    "nested-interactive",
    "tabindex",
    "target-size",
    "skip-link",
]


def answered(rule: str = "image-alt", impact: str = "critical", incomplete: bool = False) -> list[Problem]:
    nodes = (AxeNode(LOGO, SUMMARY),)
    tags = ("wcag2a", "wcag111", "cat.text")
    result = AxeResult(rule, impact, "axe's help", "https://axe.example/", tags, nodes, incomplete)
    return check_visit(page(), visit(axe=[result]), {Category.ACCESSIBILITY})


def test_a_violation_is_confirmed() -> None:
    problem = answered()[0]
    assert (problem.rule, problem.severity, problem.confidence) == ("accessibility.image-alt", "critical", "confirmed")
    assert (problem.element, problem.cause) == (LOGO, "")
    assert problem.message == "The picture logo.svg has no alt text."
    assert problem.evidence == {
        "axe_says": "Element does not have an alt attribute",
        "axe_rule": "image-alt",
        "help_url": "https://axe.example/",
        "wcag": "1.1.1",
    }


def test_what_axe_cannot_decide_needs_a_person() -> None:
    assert [p.confidence for p in answered("color-contrast", "serious", incomplete=True)] == ["needs-review"]


@pytest.mark.parametrize(("impact", "severity"), [("minor", "minor"), ("", "critical"), ("odd", "critical")])
def test_the_impact_of_the_result_counts(impact: str, severity: str) -> None:
    assert [p.severity for p in answered(impact=impact)] == [severity]


def test_every_node_is_an_occurrence_and_no_result_is_none() -> None:
    twice = AxeResult("label", "critical", "", "", (), (AxeNode(LOGO, "a"), AxeNode(LOGO, "b")))
    assert len(check_visit(page(), visit(axe=[twice]), {Category.ACCESSIBILITY})) == 2
    assert check_visit(page(), visit(), {Category.ACCESSIBILITY}) == []
    assert answered("no-such-rule") == []


VIDEO = {"autoplay": "", "muted": "", "loop": ""}
CART = {"aria-label": "Open cart", "role": "button"}


@pytest.mark.parametrize(
    ("rule", "node", "count"),
    [
        ("video-caption", element("video", attrs={"controls": ""}), 1),
        ("video-caption", element("video", attrs=VIDEO), 0),
        ("label-content-name-mismatch", element("a", "Cart 0", CART), 1),
        ("label-content-name-mismatch", element("a", "0", CART), 0),
        ("frame-title", element("iframe"), 1),
        ("frame-tested", element("iframe"), 0),
    ],
)
def test_what_nobody_could_change_is_not_said(rule: str, node: Element, count: int) -> None:
    result = AxeResult(rule, "critical", "", "", (), (AxeNode(node, "x"),), incomplete=True)
    assert len(check_visit(page(), visit(axe=[result]), {Category.ACCESSIBILITY})) == count


def test_every_rule_of_axe_is_registered_with_a_title_and_a_place_to_click() -> None:
    assert len(AXE_RULES) == 105
    for axe_id, rule in AXE_RULES.items():
        assert RULES[f"accessibility.{axe_id}"] is rule
        assert rule.title and len(rule.help) > 30
        assert rule.help.endswith((".", "?"))


@pytest.mark.parametrize("axe_id", COMMON)
def test_common_rules_speak_to_a_designer(axe_id: str) -> None:
    help_text = AXE_RULES[axe_id].help
    places = ("Settings", "Site settings", "Navigator", "Style panel", "Code Embed", "Pages")
    assert any(place in help_text for place in places)
    assert "What is asked for" not in help_text


@pytest.mark.parametrize(
    ("axe_id", "attrs", "message"),
    [
        ("label", {"placeholder": "Your  e-mail", "name": "email", "type": "email"}, "The e-mail field “Your e-mail”"),
        ("label", {"name": "field-3"}, "The text field “field-3”"),
        ("label", {"type": "checkbox", "data-name": "Terms"}, "The checkbox “Terms”"),
        ("label", {}, "The text field"),
    ],
)
def test_a_nameless_field_is_named_by_what_it_has(axe_id: str, attrs: dict[str, str], message: str) -> None:
    node = AxeNode(element("input", attrs=attrs), "Element does not have an implicit (wrapped) <label>")
    result = AxeResult(axe_id, "critical", "", "", (), (node,))
    [problem] = check_visit(page(), visit(axe=[result]), {Category.ACCESSIBILITY})
    assert problem.message == f"{message} has no label."


def test_other_rules_of_fields_say_which_and_what() -> None:
    def told(axe_id: str, tag: str, *, incomplete: bool = False) -> str:
        node = AxeNode(element(tag, attrs={"name": "topic"}), "It has several")
        result = AxeResult(axe_id, "serious", "", "", (), (node,), incomplete)
        return check_visit(page(), visit(axe=[result]), {Category.ACCESSIBILITY})[0].message

    assert told("select-name", "select") == "The drop-down field “topic” has no label."
    assert told("form-field-multiple-labels", "textarea") == "The text area “topic”: It has several"
    assert told("select-name", "select", incomplete=True) == "The drop-down field “topic”: It has several"
