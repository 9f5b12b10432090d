"""Pictures that do not show, the placeholder, and alternative texts."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_crawl, check_page, check_visit
from scans.findings import describe, occurrence_key
from scans.snapshot import (
    Asset,
    AssetKind,
    Box,
    Element,
    FetchError,
    Problem,
    Request,
    SeenImage,
    Target,
    TargetState,
)
from tests.scans.checks.build import HOME, asset, element, image, of, page, site, target, visit

HERO = f"{HOME}hero.jpg"


def picture(src: str = "/hero.jpg", attrs: dict[str, str] | None = None, attr: str = "src") -> Asset:
    return asset(src, AssetKind.IMAGE, attrs, attr=attr)


def crawled(one: Asset, verdict: Target) -> list[Problem]:
    return of(check_crawl(site([page(assets=[one])], [verdict])), "images.broken")


def shown(url: str = HERO, natural: int = 0, tag: Element | None = None, **more: Any) -> SeenImage:
    given = {"width": 400.0, "height": 300.0, "complete": True, "visible": True, **more}
    return SeenImage(tag or element("img", selector="#hero"), url, natural, natural, **given)


def visited(*images: SeenImage, requests: tuple[Request, ...] = (), **facts: Any) -> list[Problem]:
    return of(check_visit(page(**facts), visit(images=images, requests=requests)), "images.broken")


@pytest.mark.parametrize("attr", ["src", "srcset", "style", "poster"])
def test_a_picture_that_is_gone(attr: str) -> None:
    one = picture(attr=attr)
    problem = crawled(one, target("/hero.jpg", 404, detail="404 Not Found"))[0]
    assert (problem.severity, problem.cause, problem.element) == ("serious", f"{HOME}hero", one.element)
    assert problem.evidence == {"target": HERO, "status": 404, "chain": [], "error": None}
    assert "404 Not Found" in problem.message


def test_a_page_instead_of_a_picture() -> None:
    problem = crawled(picture(), target("/hero.jpg", 200, content_type="text/html"))[0]
    assert "text/html" in problem.message


def test_every_candidate_of_a_srcset_is_said() -> None:
    facts = page(assets=[picture("/a.jpg"), picture("/a-500.jpg", attr="srcset"), picture("/a-500.jpg", attr="srcset")])
    problems = check_crawl(site([facts], [target("/a.jpg", 404), target("/a-500.jpg", 404)]))
    assert [p.cause for p in of(problems, "images.broken")] == [f"{HOME}a", f"{HOME}a-500"]


def test_the_sizes_that_webflow_makes_of_a_picture_are_one_cause() -> None:
    names = ("/hero.jpg", "/hero-p-500.jpeg", "/hero-p-1080.webp")
    facts = page(assets=[picture(name, attr="srcset") for name in names])
    problems = of(check_crawl(site([facts], [target(name, 404) for name in names])), "images.broken")
    assert [problem.evidence["target"] for problem in problems] == [f"{HOME}{name[1:]}" for name in names]
    assert {describe(problem, facts).fingerprint for problem in problems} == {describe(problems[0], facts).fingerprint}
    assert len({occurrence_key(problem, facts) for problem in problems}) == len(names)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (picture(), target("/hero.jpg", 200, content_type="image/jpeg")),
        (picture(), target("/hero.jpg", 200, content_type="application/octet-stream")),
        (picture(), target("/hero.jpg", None, state=TargetState.NOT_CHECKED, error=FetchError.BLOCKED)),
        (picture(), target("/hero.jpg", 403, state=TargetState.UNVERIFIABLE)),
        (picture(attrs={"width": "1", "height": "1"}), target("/hero.jpg", 404)),
        (picture("https://www.facebook.com/tr?id=1"), target("https://www.facebook.com/tr?id=1", 404)),
        (asset("/hero.jpg", AssetKind.ICON), target("/hero.jpg", 404)),
    ],
)
def test_what_is_not_a_broken_picture(one: Asset, verdict: Target) -> None:
    assert crawled(one, verdict) == []


def test_a_picture_that_does_not_decode() -> None:
    problem = visited(shown(), requests=(Request(HERO, "image", status=200),))[0]
    assert (problem.cause, problem.element, problem.evidence["status"]) == (f"{HOME}hero", shown().element, 200)


def test_the_visit_names_the_same_cause_and_element_as_the_fetch() -> None:
    one = picture()
    problems = visited(shown(tag=one.element), requests=(Request(HERO, "image", status=404),), assets=[one])
    fetched = crawled(one, target("/hero.jpg", 404))
    assert [(p.cause, p.element) for p in problems] == [(p.cause, p.element) for p in fetched]


def test_a_background_that_only_the_browser_asked_for() -> None:
    problems = visited(requests=(Request(f"{HOME}bg.png", "image", status=404),))
    assert [(p.cause, p.element) for p in problems] == [(f"{HOME}bg", None)]


BEACON = element("img", attrs={"width": "1", "height": "1"})
TINY = element("img", box=Box("desktop", 0, 0, 1, 1))


@pytest.mark.parametrize(
    ("one", "request_"),
    [
        (shown(natural=800), Request(HERO, "image", status=200)),
        (shown(complete=False), None),
        (shown(visible=False), None),
        (shown(url=""), None),
        (shown(url="data:image/gif;base64,xx"), None),
        (shown(tag=BEACON), None),
        (shown(tag=TINY), None),
        (shown("https://bat.bing.com/a.gif"), None),
        (shown(), Request(HERO, "image", failure="net::ERR_ABORTED")),
        (shown(), Request(HERO, "image", status=403, blocked=True)),
        (
            shown("https://cdn.example/a.jpg"),
            Request("https://cdn.example/a.jpg", "image", failure="net::ERR_NAME_NOT_RESOLVED"),
        ),
        (shown(f"{HOME}a.svg"), Request(f"{HOME}a.svg", "image", status=200)),
        (shown(f"{HOME}logo"), Request(f"{HOME}logo", "image", status=200, content_type="image/svg+xml")),
    ],
)
def test_what_the_browser_saw_and_is_sound(one: SeenImage, request_: Request | None) -> None:
    assert visited(one, requests=(request_,) if request_ else ()) == []


def test_webflows_placeholder_picture() -> None:
    grey = image("https://d3e54v103j8qbb.cloudfront.net/plugins/Basic/assets/placeholder.60f9b1840c.svg")
    problems = of(check_page(page(images=[grey, image()])), "images.placeholder")
    assert [(p.severity, p.element) for p in problems] == [("serious", grey.element)]


@pytest.mark.parametrize(
    "alt",
    [
        "hero-2.jpg",
        "IMG_2031",
        "ann-lee-x7Yz-unsplash",
        "__wf_reserved_inherit",
        "image of a machine",
        "A picture of our team",
        "Untitled",
        "photo",
        "x" * 151,
    ],
)
def test_suspicious_alts(alt: str) -> None:
    problems = of(check_page(page(images=[image(alt=alt)])), "images.suspicious-alt")
    assert [(p.severity, p.confidence, p.evidence["alt"]) for p in problems] == [("moderate", "needs-review", alt)]


@pytest.mark.parametrize(
    "alt", ["", None, "Our workshop in Ghent", "The image of a modern company", "Photo booth", "iPhone 15"]
)
def test_sound_alts(alt: str | None) -> None:
    assert of(check_page(page(images=[image(alt=alt)])), "images.suspicious-alt") == []


def listed(
    attrs: dict[str, str] | None = None, component: str = "Collection list .posts", alt: str = ""
) -> list[Problem]:
    return of(check_page(page(images=[image(alt=alt, attrs=attrs, component=component)])), "images.empty-alt")


def test_an_empty_alt_in_a_list_is_a_question_grouped_by_class() -> None:
    assert [(p.severity, p.confidence, p.cause) for p in listed({"class": "card-image w-100"})] == [
        ("minor", "needs-review", "img .card-image")
    ]


@pytest.mark.parametrize(
    "attrs",
    [
        {"class": "card-icon"},
        {"class": "hero-bg"},
        {"role": "presentation"},
        {"aria-hidden": "true"},
        {"width": "24", "height": "24"},
        {"class": "photo w-dyn-bind-empty"},
    ],
)
def test_decoration_is_not_asked_about(attrs: dict[str, str]) -> None:
    assert listed(attrs) == []


def test_pictures_elsewhere_and_described_ones_are_not_asked_about() -> None:
    assert listed(component="Section .hero") == []
    assert listed(alt="Our workshop") == []


@pytest.mark.parametrize(("width", "visible", "asked"), [(400.0, True, 1), (400.0, False, 0), (150.0, True, 0)])
def test_a_large_picture_is_asked_about_after_the_visit(width: float, visible: bool, asked: int) -> None:
    facts = page(images=[image(alt="")])
    one = shown(natural=800, tag=facts.images[0].element, width=width, visible=visible)
    assert len(of(check_visit(facts, visit(images=[one])), "images.empty-alt")) == asked


def test_a_picture_is_asked_about_once() -> None:
    facts = page(images=[image(alt="", component="Collection list .posts")])
    one = shown(natural=800, tag=facts.images[0].element)
    assert of(check_visit(facts, visit(images=[one])), "images.empty-alt") == []


def test_a_picture_without_an_address_is_not_called_broken() -> None:
    facts = page(images=[image("")])
    empty = shown(facts.url, tag=element("img", "", {"src": ""}))
    assert of(check_visit(facts, visit(images=[empty])), "images.broken") == []


def test_a_picture_that_a_style_sheet_names_is_one_occurrence_for_both_tiers() -> None:
    sheet = element("link", attrs={"href": "/site.css"}, selector="head > link")
    named = Asset(sheet, AssetKind.IMAGE, f"{HOME}bg.png", f"{HOME}bg.png", "css")
    facts = page(assets=[named])
    crawled = of(check_crawl(site([facts], [target("/bg.png", 404)])), "images.broken")
    visited = of(check_visit(facts, visit(requests=[Request(f"{HOME}bg.png", "image", status=404)])), "images.broken")
    assert len({occurrence_key(problem, facts) for problem in crawled + visited}) == 1
