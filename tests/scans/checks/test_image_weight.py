"""Pictures that cost more than they show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scans.checks import check_visit
from scans.snapshot import Box, Element, Problem, Request, SeenImage, Vitals
from tests.scans.checks.build import HOME, element, of, page, visit

HERO = f"{HOME}hero.jpg"


def brought(size: int, kind: str = "image/webp", url: str = HERO, **more: Any) -> Request:
    return Request(url, "image", status=200, wire_bytes=size, content_type=kind, **more)


def shown(
    natural: int = 2000, width: float = 400, tag: Element | None = None, url: str = HERO, **more: Any
) -> SeenImage:
    given = {"complete": True, "visible": True, **more}
    return SeenImage(tag or element("img"), url, natural, natural, width, width, **given)


def said(rule: str, *images: SeenImage, requests: list[Request], **seen: Any) -> list[Problem]:
    return of(check_visit(page(), visit(images=images, requests=requests, **seen)), rule)


@pytest.mark.parametrize(("natural", "size"), [(2000, 200_000), (400, 600_000)])
def test_oversized(natural: int, size: int) -> None:
    problems = said("images.oversized", shown(natural), requests=[brought(size)])
    assert [(p.severity, p.cause, p.evidence["bytes"]) for p in problems] == [("moderate", HERO, size)]


@pytest.mark.parametrize(
    ("one", "request_"),
    [
        (shown(700), brought(200_000)),
        (shown(2000), brought(90_000)),
        (shown(2000), brought(900_000, "image/svg+xml")),
        (shown(2000, visible=False), brought(900_000)),
    ],
)
def test_fitting_pictures(one: SeenImage, request_: Request) -> None:
    assert said("images.oversized", one, requests=[request_]) == []


def test_a_picture_from_the_cache_weighs_what_it_weighed() -> None:
    cached = replace(brought(0), from_cache=True, body_bytes=600_000)
    assert len(said("images.oversized", shown(400), requests=[cached])) == 1


@pytest.mark.parametrize(
    ("kind", "size", "count"), [("image/jpeg", 150_000, 1), ("image/png", 90_000, 0), ("image/avif", 150_000, 0)]
)
def test_legacy_formats(kind: str, size: int, count: int) -> None:
    problems = said("images.legacy-format", shown(400), requests=[brought(size, kind)])
    assert [(p.severity, p.cause) for p in problems] == [("minor", HERO)] * count


@pytest.mark.parametrize(
    ("tag", "attrs", "count"),
    [("img", {"loading": "lazy"}, 1), ("img", {}, 0), ("h1", {}, 0), ("img", {"loading": "eager"}, 0)],
)
def test_lazy_main_picture(tag: str, attrs: dict[str, str], count: int) -> None:
    problems = said("images.lazy-lcp", requests=[], vitals=Vitals(lcp_element=element(tag, attrs=attrs)))
    assert [p.severity for p in problems] == ["moderate"] * count


@pytest.mark.parametrize(("y", "count"), [(400.0, 1), (2737.0, 0)])
def test_a_picture_that_scrolling_brought_is_not_the_main_one(y: float, count: int) -> None:
    painted = element("img", attrs={"loading": "lazy"}, box=Box("desktop", 0, y, 900, 400))
    assert len(said("images.lazy-lcp", requests=[], vitals=Vitals(lcp_element=painted))) == count
    slow = visit(vitals=Vitals(lcp_ms=5000.0, lcp_element=painted))
    assert len(of(check_visit(page(), slow), "performance.lcp")) == count


def below(number: int, y: float = 3000, loading: str = "eager") -> SeenImage:
    tag = element("img", attrs={"loading": loading}, selector=f"#i{number}", box=Box("desktop", 0, y, 400, 400))
    return shown(tag=tag, url=f"{HOME}{number}.jpg")


@pytest.mark.parametrize(
    ("images", "size", "count"),
    [
        ([below(n) for n in range(4)], 100_000, 1),
        ([below(n) for n in range(3)], 200_000, 0),
        ([below(n) for n in range(4)], 50_000, 0),
        ([below(n, y=900) for n in range(4)], 100_000, 0),
        ([below(n, loading="lazy") for n in range(4)], 100_000, 0),
    ],
)
def test_eager_pictures_below(images: list[SeenImage], size: int, count: int) -> None:
    problems = said("images.not-lazy", *images, requests=[brought(size, url=image.url) for image in images])
    assert [(p.severity, p.evidence["bytes"]) for p in problems] == [("minor", size * len(images))] * count


@pytest.mark.parametrize(("pushes", "visible", "count"), [(120.4, True, 1), (120.4, False, 0), (0, True, 0)])
def test_a_picture_that_pushes_what_stands_below_it(pushes: float, visible: bool, count: int) -> None:
    picture = element("img", box=Box("desktop", 0, 10, 200, 100))
    seen = SeenImage(picture, "https://acme.example/a.png", 200, 100, 200, 100, True, visible, pushes)
    problems = said("images.missing-dimensions", seen, requests=[])
    assert [(p.severity, p.evidence["pushes"]) for p in problems] == [("minor", 120)] * count
