"""Rules of the customer's own: each kind fires on its page and keeps silent on the twin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scans.checks import RULES, check_custom_page, check_custom_visit, judged, tier_of
from scans.findings import cause_of, describe, occurrence_key, without_repeats
from scans.snapshot import (
    Category,
    CustomKind,
    CustomRule,
    PageFacts,
    Problem,
    Request,
    Selected,
    Severity,
    VisitError,
    Vitals,
    budgets,
    selectors,
)
from tests.scans.checks.build import HOME, element, field, form, image, link, page, text, visit

K = CustomKind


def rule(kind: CustomKind, *terms: str, **given: Any) -> CustomRule:
    return CustomRule(
        **{"id": "r1", "kind": kind, "name": "Ours", "severity": Severity.SERIOUS, "terms": terms} | given
    )


def said(facts: PageFacts, *rules: CustomRule, **more: Any) -> list[Problem]:
    return check_custom_page(facts, rules, **more)


def test_every_kind_is_in_the_catalogue() -> None:
    assert {f"custom.{kind}" for kind in CustomKind} == {i for i in RULES if i.startswith("custom.")}
    assert {kind: tier_of(f"custom.{kind}") for kind in CustomKind} == {k: "V" if k.is_budget else "F" for k in K}


# ── where ──


@pytest.mark.parametrize(
    ("pattern", "path", "applies"),
    [
        ("*", "/", True),
        ("*", "/a/b", True),
        ("/", "/", True),
        ("/", "/a", False),
        ("/blog/*", "/blog/one", True),
        ("/blog/*", "/blog/one/two/", True),
        ("/blog/*", "/blog/", True),
        ("/blog/*", "/blog", False),
        ("/blog/*", "/blogs/one", False),
        ("/pricing", "/pricing/", True),
        ("/pricing", "/pricing?x=/pricing", True),
        ("/pricing", "/a/pricing", False),
        ("*/pricing", "/a/pricing", True),
        ("/*/team", "/de/team", True),
        ("/*/team", "/team", False),
        ("/a*a", "/a", False),
        ("/müller", "/m%C3%BCller", True),
        ("/[ab]?", "/a1", False),
    ],
)
def test_paths(pattern: str, path: str, applies: bool) -> None:
    assert rule(K.FORBIDDEN_TEXT, path=pattern).applies_to(HOME.rstrip("/") + path) is applies


def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert not rule(K.FORBIDDEN_TEXT, path="*a" * 10 + "b").applies_to(HOME + "a" * 2000)


def test_only_where_the_path_says_and_only_what_is_asked_for() -> None:
    words = rule(K.FORBIDDEN_TEXT, "old", path="/blog/*")
    facts = page("/blog/one", texts=[text("Old news")])
    assert len(said(facts, words)) == 1
    assert said(page("/about", texts=[text("Old news")]), words) == []
    assert said(page("/blog/one", status=404, texts=[text("Old news")]), words) == []
    assert said(facts, words, only={Category.LINKS}) == []
    assert len(said(facts, words, only={Category.CUSTOM})) == 1


# ── words ──


def test_a_forbidden_word_is_said_with_its_place_and_its_rule() -> None:
    block = text("We were Acme Corp until May.")
    problems = said(page(texts=[block, text("Acme Corporation is another")]), rule(K.FORBIDDEN_TEXT, "acme corp", "no"))
    assert [(p.rule, p.title, p.severity, p.element) for p in problems] == [
        ("custom.forbidden-text", "Ours", Severity.SERIOUS, block.element)
    ]
    assert "“acme corp” stands: “We were Acme Corp until May.”" in problems[0].message
    assert problems[0].evidence == {"custom_rule": "r1", "found": "acme corp"}


@pytest.mark.parametrize(
    "facts",
    [
        page(title="Old things"),
        page(metas={"description": "All old"}),
        page(metas={"og:title": "Old"}),
        page(images=[image(alt="An old house")]),
        page(forms=[form([field("q", attrs={"placeholder": "Your old name"})])]),
        page(forms=[form([field("go", "submit", {"value": "Old"})])]),
        page(texts=[text("o\u00adl\u200bd")]),
        page(texts=[text("bold"), text("old")]),
    ],
)
def test_words_are_looked_for_in_all_that_people_read(facts: PageFacts) -> None:
    assert len(said(facts, rule(K.FORBIDDEN_TEXT, "old"))) == 1


@pytest.mark.parametrize(
    "facts",
    [
        page(texts=[text("bold and older, golden")]),
        page(texts=[text("very"), text("old school", attrs={"class": "old"})][:1]),
        page(metas={"generator": "old"}),
        page(links=[link("/old")]),
        page(forms=[form([field("old", attrs={"value": "old"})])]),
    ],
)
def test_what_only_looks_like_the_word_is_silent(facts: PageFacts) -> None:
    assert said(facts, rule(K.FORBIDDEN_TEXT, "old")) == []


def test_a_phrase_is_not_put_together_from_two_elements() -> None:
    assert said(page(texts=[text("Acme"), text("Corp")]), rule(K.FORBIDDEN_TEXT, "acme corp")) == []


def test_one_word_floods_no_report() -> None:
    facts = page(texts=[text(f"old {n}") for n in range(500)])
    assert len(said(facts, rule(K.FORBIDDEN_TEXT, "old"))) == 20


def test_of_an_endless_page_the_beginning_is_read() -> None:
    long = [text("x " * 10_000) for _ in range(16)]
    assert len(said(page(texts=[text("old"), *long]), rule(K.FORBIDDEN_TEXT, "old"))) == 1
    assert said(page(texts=[*long, text("old")]), rule(K.FORBIDDEN_TEXT, "old")) == []


def test_required_text() -> None:
    legal = rule(K.REQUIRED_TEXT, "HRB 12345 B", "Imprint")
    problems = said(page(texts=[text("Imprint")]), legal)
    assert [(p.message, p.evidence["missing"]) for p in problems] == [
        ("The page does not say “HRB 12345 B”.", "HRB 12345 B")
    ]
    assert said(page(texts=[text("HRB"), text("12345 B, imprint")]), legal) == [], "also across elements"


def test_what_is_missing_from_a_page_that_was_cut_is_not_known() -> None:
    facts = page(selected={".x": Selected()})
    cut = replace(facts, response=replace(facts.response, truncated=True))
    rules = (rule(K.REQUIRED_TEXT, "Imprint"), rule(K.REQUIRED_ELEMENT, ".x"))
    assert len(said(facts, *rules)) == 2
    assert said(cut, *rules) == []


# ── elements, hosts ──


def test_elements() -> None:
    banner = element("div", attrs={"class": "banner"})
    facts = page(selected={".banner": Selected(3, (banner,)), "#chat": Selected()})
    assert [p.element for p in said(facts, rule(K.FORBIDDEN_ELEMENT, ".banner", "#chat"))] == [banner]
    assert [p.evidence["missing"] for p in said(facts, rule(K.REQUIRED_ELEMENT, ".banner", "#chat"))] == ["#chat"]


def test_a_selector_that_nobody_looked_up_says_nothing() -> None:
    assert said(page(), rule(K.REQUIRED_ELEMENT, ".x"), rule(K.FORBIDDEN_ELEMENT, ".x")) == []


@pytest.mark.parametrize(
    ("href", "fires"),
    [
        ("https://old.example/x", True),
        ("https://WWW.Old.Example./", True),
        ("//shop.old.example", True),
        ("https://old.example:8443/", True),
        ("https://bold.example/", False),
        ("https://old.example.com/", False),
        ("/old.example", False),
        ("https://a.example/?to=https://old.example", False),
        ("https://old.example@a.example/", False),
        ("mailto:me@old.example", False),
    ],
)
def test_hosts(href: str, fires: bool) -> None:
    problems = said(page(links=[link(href)]), rule(K.FORBIDDEN_HOST, "old.example"))
    assert bool(problems) is fires
    assert said(page(forms=[form(action="https://old.example/")]), rule(K.FORBIDDEN_HOST, "old.example"))


# ── budgets ──


def over(*rules: CustomRule, **seen: Any) -> list[tuple[str, str]]:
    requests = [Request(f"{HOME}{n}.js", "script", 200, wire_bytes=100_000) for n in range(10)]
    facts = page()
    problems = check_custom_visit(facts, visit(requests=requests, vitals=Vitals(lcp_ms=2100.0), **seen), rules)
    return [(p.rule, p.message) for p in problems]


def test_budgets() -> None:
    assert over(rule(K.PAGE_WEIGHT, limit=999)) == [
        ("custom.page-weight", "The page weighs 1,000 kB; your budget is 999 kB.")
    ]
    assert over(rule(K.REQUEST_COUNT, limit=9)) == [
        ("custom.request-count", "The page asks for 10 files; your budget is 9.")
    ]
    late = "Main content after 2,100 ms; your budget is 2,000 ms. One run in the lab."
    assert over(rule(K.LCP, limit=2000)) == [("custom.lcp", late)]


def test_within_the_budget_is_silent() -> None:
    within = (rule(K.PAGE_WEIGHT, limit=1000), rule(K.REQUEST_COUNT, limit=10), rule(K.LCP, limit=2100))
    assert over(*within) == []
    small = (rule(K.PAGE_WEIGHT, limit=1), rule(K.LCP, limit=1))
    assert over(*small, error=VisitError.TIMEOUT) == []
    assert over(rule(K.PAGE_WEIGHT, limit=1, path="/blog/*"), rule(K.FORBIDDEN_TEXT, "script")) == []
    assert check_custom_visit(page(), visit(), [rule(K.LCP, limit=1)]) == [], "no figure, no verdict"


# ── what it becomes ──


def test_an_issue_is_one_word_of_one_rule_on_all_pages() -> None:
    words = rule(K.FORBIDDEN_TEXT, "old", "worn")
    other = replace(words, id="r2", name="Theirs")
    facts = [page(f"/{n}", texts=[text("old", component="Footer"), text("worn")]) for n in range(3)]
    problems = [problem for one in facts for problem in said(one, words, other)]
    causes = {describe(p, page()).fingerprint for p in problems}
    assert len(causes) == 4
    cause = describe(problems[0], page())
    assert (cause.title, cause.category, cause.group) == ("Ours", Category.CUSTOM, "")
    assert cause_of(problems[0], None) == "custom r1 old"
    assert len({occurrence_key(p, None) for p in problems}) == 12


def test_a_renamed_or_harder_rule_is_the_same_issue() -> None:
    facts, words = page(texts=[text("old")]), rule(K.FORBIDDEN_TEXT, "old")
    (before,), (after,) = said(facts, words), said(facts, replace(words, name="New", severity=Severity.CRITICAL))
    assert describe(before, facts).fingerprint == describe(after, facts).fingerprint


def test_one_loud_rule_takes_no_room_from_another() -> None:
    facts = {f"{HOME}{n}": page(f"/{n}", texts=[text("old")]) for n in range(12)}
    rules = (rule(K.FORBIDDEN_TEXT, "old"), rule(K.FORBIDDEN_TEXT, "old", id="r2", name="Theirs"))
    problems = [problem for one in facts.values() for problem in said(one, *rules)]
    kept, full = without_repeats(problems, facts, limit_per_rule=10)
    assert [p.title for p in kept].count("Theirs") == 10
    assert full == {"custom.forbidden-text"}


def test_the_category_is_judged_only_where_there_is_a_rule() -> None:
    assert Category.CUSTOM not in judged(None, visited=True)
    assert Category.CUSTOM in judged(None, visited=True, custom=True)
    assert Category.CUSTOM not in judged({Category.LINKS}, visited=True, custom=True)


def test_what_travels_with_the_order() -> None:
    rules = (
        rule(K.REQUIRED_ELEMENT, ".a", ".b"),
        rule(K.FORBIDDEN_ELEMENT, ".a"),
        rule(K.FORBIDDEN_TEXT, "x"),
        rule(K.LCP, limit=1, path="/blog/*"),
    )
    assert selectors(rules) == (".a", ".b")
    assert budgets(rules, HOME) == []
    assert budgets(rules, HOME + "blog/x") == [rules[3]]
