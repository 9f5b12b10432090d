"""Each rule of the links' own text: the smallest link that fires, and its silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_page
from scans.checks.links import LINKS_A_PAGE
from scans.snapshot import Category, Link, Severity
from tests.scans.checks.build import HOME, element, link, of, page, rules


def found(*links: Link, **facts: object) -> list[str]:
    return rules(check_page(page(links=list(links), **facts), {Category.LINKS}))


@pytest.mark.parametrize(
    "href",
    ["#", "", "  ", "javascript:", "javascript:void(0)", "JavaScript:void(0);", "javascript:;", "javascript: void 0"],
)
def test_placeholder_fires(href: str) -> None:
    problem = check_page(page(links=[link(href, "Our prices")]), {Category.LINKS})[0]
    assert problem.rule == "links.placeholder"
    assert problem.severity is Severity.MODERATE
    assert problem.cause == ""
    assert problem.element is not None
    assert "“Our prices”" in problem.message


@pytest.mark.parametrize(
    "attrs",
    [
        {"data-w-id": "a1"},
        {"data-ix": "open-popup"},
        {"class": "menu w-dropdown-toggle"},
        {"class": "w-tab-link"},
        {"class": "photo w-lightbox"},
        {"class": "w-nav-button"},
        {"aria-controls": "menu"},
        {"role": "button"},
        {"onclick": "openCart()"},
        {"data-node-type": "commerce-cart-open-link"},
        {"fs-cc": "open-preferences"},
    ],
)
def test_placeholder_is_silent_on_a_trigger(attrs: dict[str, str]) -> None:
    assert found(link("#", "Open", attrs), link("", "Open", attrs)) == []


@pytest.mark.parametrize(
    ("href", "text"),
    [("/about", "About"), ("#top", "Up"), ("#", "Back to top"), ("javascript:window.print()", "Print")],
)
def test_placeholder_is_silent_on_a_link_that_does_something(href: str, text: str) -> None:
    assert "links.placeholder" not in found(link(href, text))


def test_missing_href() -> None:
    problem = check_page(page(links=[link(None, "Our prices")]), {Category.LINKS})[0]
    assert (problem.rule, problem.severity) == ("links.missing-href", Severity.MINOR)


@pytest.mark.parametrize(
    ("attrs", "text"),
    [
        ({"name": "prices"}, "Prices"),
        ({"id": "prices"}, "Prices"),
        ({"role": "button"}, "Prices"),
        ({"class": "w-tab-link"}, "Prices"),
        ({}, ""),
    ],
)
def test_missing_href_is_silent_on_anchors_controls_and_empty_ones(attrs: dict[str, str], text: str) -> None:
    assert found(link(None, text, attrs)) == []


def test_missing_href_knows_webflows_own_ids_and_image_maps() -> None:
    assert found(link(None, "Prices", {"id": "w-node-1"})) == ["links.missing-href"]
    assert found(Link(element("area", ""), None, None, "Prices")) == []


@pytest.mark.parametrize(
    "href",
    [
        "htps://acme.example/",
        "htttps://acme.example/",
        "hptts://acme.example/",
        "ttp://acme.example/",
        "https://https://acme.example/",
        "http://https//acme.example/",
        "https//acme.example",
        "http:/acme.example",
        "https:acme.example",
        "https:///acme.example",
        "https://",
        "https://a b.example/",
        "/post/{{slug}}",
        "{{ wf {&quot;path&quot;:&quot;link&quot;} }}",
        "/post/{slug}",
        "https://acme.example/${id}",
    ],
)
def test_malformed(href: str) -> None:
    problem = check_page(page(links=[link(href, "Shop")]), {Category.LINKS})[0]
    assert (problem.rule, problem.severity) == ("links.malformed", Severity.SERIOUS)
    assert problem.evidence["target"]


@pytest.mark.parametrize(
    "href",
    [
        "https://acme.example/a?next=https://b.example/",
        "//cdn.example/a",
        "about us",
        "ftp://files.example/",
        "sms:+49301234567",
        "whatsapp://send?text=hi",
        "myapp://open",
        "/search?filter=%7B%7Bx%7D%7D",
        "https://web.archive.org/web/https://acme.example/",
    ],
)
def test_malformed_is_silent(href: str) -> None:
    assert found(link(href, "Shop")) == []


@pytest.mark.parametrize(
    "href", ["mailto:", "mailto:hello", "mailto:hello@acme", "mailto:a@b.example,nobody", "MAILTO:@b.example"]
)
def test_mailto_invalid(href: str) -> None:
    problem = check_page(page(links=[link(href, "Write to us")]), {Category.LINKS})[0]
    assert (problem.rule, problem.severity) == ("links.mailto-invalid", Severity.MINOR)


@pytest.mark.parametrize(
    "href",
    [
        "mailto:hello@acme.example",
        "mailto:a@acme.example,b@acme.example",
        "mailto:a@acme.example;%20b@acme.example",
        "mailto:hello@acme.example?subject=Hi&body=x",
        "mailto:?subject=Read%20this",
        "mailto:Acme%20%3Chello@acme.example%3E",
    ],
)
def test_mailto_valid(href: str) -> None:
    assert found(link(href, "Write to us")) == []


@pytest.mark.parametrize("href", ["tel:", "tel:12", "tel:call-us", "tel:1-800-FLOWERS", "tel:+49 30 12 ext 4"])
def test_tel_invalid(href: str) -> None:
    problem = check_page(page(links=[link(href, "Call us")]), {Category.LINKS})[0]
    assert (problem.rule, problem.severity) == ("links.tel-invalid", Severity.MINOR)


@pytest.mark.parametrize(
    "href", ["tel:+49301234567", "tel:+49 (0)30 12-34", "tel:110", "tel:+49301234;ext=12", "tel:%2B4930123"]
)
def test_tel_valid(href: str) -> None:
    assert found(link(href, "Call us")) == []


@pytest.mark.parametrize(
    "name",
    [
        "Click here",
        "READ MORE",
        "Learn more →",
        "here",
        "More…",
        "Link",
        "Text Link",
        "Weiterlesen",
        "En savoir plus",
        "Aquí",
        "Scopri di più",
        "Saiba mais",
        "Lees verder »",
        "Czytaj więcej",
    ],
)
def test_generic_text(name: str) -> None:
    problem = check_page(page(links=[link("/about", name)]), {Category.LINKS})[0]
    assert (problem.rule, problem.severity) == ("links.generic-text", Severity.MINOR)
    assert problem.evidence["target"] == f"{HOME}about"


@pytest.mark.parametrize(
    ("name", "attrs"),
    [
        ("Read more about our prices", {}),
        ("Our prices", {"aria-label": "Our prices"}),
        ("Read more", {"title": "Our prices"}),
        ("Read more", {"aria-describedby": "prices"}),
        ("Read more", {"aria-labelledby": "prices"}),
        ("", {}),
    ],
)
def test_generic_text_is_silent_when_something_makes_it_unique(name: str, attrs: dict[str, str]) -> None:
    assert found(link("/about", "Read more", attrs, name=name)) == []


def test_generic_text_needs_a_telling_title() -> None:
    assert found(link("/about", "Read more", {"title": "Read more"})) == ["links.generic-text"]


@pytest.mark.parametrize("facts", [{"status": 404}, {"status": 500}, {"headers": {"content-type": "application/pdf"}}])
def test_nothing_is_taken_from_error_pages_and_documents(facts: dict[str, object]) -> None:
    assert found(link("#", "here"), **facts) == []


def test_one_page_tells_each_rule_at_most_two_hundred_times() -> None:
    problems = check_page(page(links=[link("#", f"Item {n}") for n in range(LINKS_A_PAGE + 50)]), {Category.LINKS})
    assert len(of(problems, "links.placeholder")) == LINKS_A_PAGE


def test_a_link_without_a_name_and_one_with_a_long_name_are_told_of() -> None:
    problems = check_page(page(links=[link("#", ""), link("#", "word " * 50)]), {Category.LINKS})
    first, second = of(problems, "links.placeholder")
    assert first.message.startswith("This link has")
    assert "…”" in second.message
