from dataclasses import replace

from scans.checks import RULES
from scans.checks.registry import Rule
from scans.findings import cause_of, describe, group_of, occurrence_key, without_repeats
from scans.snapshot import Confidence, PageFacts, Problem, Severity
from tests.scans.checks.build import element, page

RULE = Rule("links.placeholder", Severity.MODERATE, "This link goes nowhere", "")
LAYOUT = Rule("layout.horizontal-overflow", Severity.SERIOUS, "The page scrolls sideways", "")
HOME, ABOUT = "https://acme.example/", "https://acme.example/about"


def in_nav(url: str, selector: str = "nav a") -> Problem:
    link = element("a", selector=selector, component="Navigation", path="div.nav > a.nav-link")
    return RULE.problem(url, "Nothing happens", element=link)


def test_the_same_place_in_the_navigation_is_one_cause_on_every_page() -> None:
    assert describe(in_nav(HOME), None).fingerprint == describe(in_nav(ABOUT), None).fingerprint
    assert describe(in_nav(HOME), None).group == "Navigation"


def test_what_the_check_names_goes_before_the_place() -> None:
    dead = "https://acme.example/gone"
    first = RULE.problem(HOME, "404", element=element("a", path="div.a > a"), cause=dead)
    second = RULE.problem(ABOUT, "404", element=element("a", path="div.b > a"), cause=dead)
    assert describe(first, None).fingerprint == describe(second, None).fingerprint


def test_pages_of_one_cms_template_share_a_cause_and_static_pages_another() -> None:
    posts = [page(f"https://acme.example/blog/{n}", template="wf:0123") for n in range(2)]
    causes = {cause_of(RULE.problem(post.url, ""), post) for post in posts}
    assert causes == {"CMS template of /blog"}
    assert group_of(RULE.problem(posts[0].url, ""), posts[0]) == "CMS template of /blog"
    plain = [page(HOME, template="dom:1"), page(ABOUT, template="dom:2")]
    assert {cause_of(RULE.problem(p.url, ""), p) for p in plain} == {"static pages"}


def test_a_rule_of_the_whole_page_is_no_matter_of_the_elements_it_names() -> None:
    rule = RULES["accessibility.region"]
    first, second = (element("div", path=path, component=path) for path in ("div.a", "div.b"))
    assert cause_of(rule.problem(HOME, "", element=first), None) == cause_of(
        rule.problem(HOME, "", element=second), None
    )
    lang = RULES["accessibility.css-orientation-lock"].problem(HOME, "", element=element("html", path="html"))
    assert cause_of(lang, None) == "static pages"


def test_texts_are_one_cause_per_component_and_styles_one_per_class() -> None:
    first = element("p", path="section.hero > p.lead", component="Section .hero")
    second = element("h2", path="section.hero > h2.big", component="Section .hero")
    lorem, contrast = RULES["content.lorem-ipsum"], RULES["accessibility.color-contrast"]
    assert len({cause_of(lorem.problem(HOME, "", element=e), None) for e in (first, second)}) == 1
    assert len({cause_of(contrast.problem(HOME, "", element=e), None) for e in (first, second)}) == 2


COLOURS = {"foreground": "#808080", "background": "#ffffff"}


def contrast(path: str, component: str, **evidence: str) -> Problem:
    return RULES["accessibility.color-contrast"].problem(
        HOME, "", element=element("div", path=path, component=component), **evidence
    )


def test_a_measured_contrast_is_the_classs_wherever_it_stands() -> None:
    shop = contrast("div.card > div.price", "Collection list .shop", **COLOURS)
    sale = contrast("div.card > div.price.big", "Collection list .sale", **COLOURS)
    phrase = contrast("div.price > strong", "Footer", **COLOURS)
    assert {cause_of(problem, None) for problem in (shop, sale, phrase)} == {".price #808080 on #ffffff"}
    assert group_of(shop, None) == "Class .price"
    dark = contrast("div.card > div.price", "Footer", foreground="#888888", background="#000000")
    classless = contrast("div.price > p", "Footer", **COLOURS)
    assert len({cause_of(problem, None) for problem in (shop, dark, classless)}) == 3


def test_a_contrast_nobody_could_measure_is_looked_at_once_for_the_component() -> None:
    first, second = (
        replace(contrast(path, "Section .hero"), confidence=Confidence.NEEDS_REVIEW) for path in ("h1.big", "p.lead")
    )
    assert cause_of(first, None) == cause_of(second, None) == "Section .hero"


def test_one_setting_of_the_site_is_one_cause_whatever_the_page_is_made_from() -> None:
    rule = RULES["metadata.canonical-missing"]
    post, plain = page("https://acme.example/blog/1", template="wf:0123"), page(HOME, template="dom:1")
    assert {describe(rule.problem(p.url, ""), p).fingerprint for p in (post, plain)} == {
        describe(rule.problem(HOME, ""), None).fingerprint
    }
    assert group_of(rule.problem(post.url, ""), post) == "Site settings"


def test_combo_classes_and_the_fields_of_a_form_are_no_causes_of_their_own() -> None:
    name, label = RULES["accessibility.link-name"], RULES["accessibility.label"]
    one, two = (element("a", path=f"div.feed > a.tile.{n}", component="Section .feed") for n in ("first", "second"))
    assert cause_of(name.problem(HOME, "", element=one), None) == cause_of(name.problem(HOME, "", element=two), None)
    fields = [element("input", path=f"form > input.{n}", component="Form “Order”") for n in ("street", "city")]
    assert {cause_of(label.problem(HOME, "", element=field), None) for field in fields} == {"Form “Order”"}
    alone = element("input", path="div.bar > input.field", component="Section .bar")
    assert cause_of(label.problem(HOME, "", element=alone), None) == "Section .bar input.field"


def test_doubtful_and_certain_answers_are_two_issues() -> None:
    certain = in_nav(HOME)
    doubtful = replace(certain, confidence=Confidence.NEEDS_REVIEW)
    assert describe(certain, None).fingerprint != describe(doubtful, None).fingerprint


def test_an_element_told_by_both_tiers_is_one_occurrence_but_widths_of_a_layout_problem_are_two() -> None:
    told = in_nav(HOME)
    assert occurrence_key(told, None) == occurrence_key(replace(told, viewport="desktop", message="again"), None)
    wide = LAYOUT.problem(HOME, "", element=element("div"), viewport="tablet")
    assert occurrence_key(wide, None) != occurrence_key(replace(wide, viewport="mobile"), None)


def test_without_an_element_the_text_tells_occurrences_apart() -> None:
    first, second = (RULE.problem(HOME, message, cause="x") for message in ("a.js", "b.js"))
    assert occurrence_key(first, None) != occurrence_key(second, None)


def test_repeats_go_and_a_rule_has_a_limit() -> None:
    problems = [in_nav(HOME, f"#l{n}") for n in range(5)] + [in_nav(HOME, "#l0")]
    pages: dict[str, PageFacts] = {}
    assert len(without_repeats(problems, pages)[0]) == 5
    kept, over = without_repeats(problems, pages, limit_per_rule=3)
    assert (len(kept), over) == (3, frozenset({"links.placeholder"}))
