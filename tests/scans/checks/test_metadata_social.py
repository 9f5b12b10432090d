"""What a shared link shows, with the silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page
from scans.snapshot import Category, FetchError, Problem, Severity, Target, TargetState
from tests.scans.checks.build import HOME, of, page, site, target

OG = {"og:title": "Quiet machines", "og:description": "By hand", "og:image": "https://cdn.example/og.jpg"}
PICTURE = OG["og:image"]


def found(rule: str, metas: dict[str, str], **facts: object) -> list[Problem]:
    return of(check_page(page(metas=metas, **facts), {Category.METADATA}), f"metadata.{rule}")


def crawl(rule: str, *targets: Target, picture: str = PICTURE) -> list[Problem]:
    snapshot = site([page(HOME, metas={"og:image": picture}), page("/about")], targets)
    return of(check_crawl(snapshot, {Category.METADATA}), f"metadata.{rule}")


@pytest.mark.parametrize("part", OG)
def test_og_missing(part: str) -> None:
    (problem,) = found("og-missing", {**OG, part: " "})
    assert problem.severity is Severity.MINOR
    assert problem.evidence["missing"] == [part]


def test_og_missing_is_silent() -> None:
    assert found("og-missing", OG) == []
    assert found("og-missing", {"robots": "noindex"}) == []
    assert found("og-missing", {}, status=404) == []


def test_twitter_card_missing() -> None:
    (problem,) = found("twitter-card-missing", {})
    assert problem.severity is Severity.INFO
    assert found("twitter-card-missing", {"twitter:card": "summary"}) == []
    assert found("twitter-card-missing", {"og:image": PICTURE}) == []


@pytest.mark.parametrize(
    "verdict",
    [
        target(PICTURE, 404),
        target(PICTURE, None, error=FetchError.DNS),
        target(PICTURE, content_type="text/html"),
    ],
)
def test_og_image_broken(verdict: Target) -> None:
    (problem,) = crawl("og-image-broken", verdict)
    assert problem.severity is Severity.MODERATE
    assert problem.cause == problem.evidence["target"] == PICTURE
    assert problem.url == HOME


@pytest.mark.parametrize("raw", ["/og.jpg", "og.jpg", "//acme.example/og.jpg"])
def test_og_image_relative(raw: str) -> None:
    (problem,) = crawl("og-image-broken", target("/og.jpg", content_type="image/jpeg"), picture=raw)
    assert (problem.cause, problem.evidence["address"]) == ("", raw)


@pytest.mark.parametrize(
    "verdict",
    [
        target(PICTURE, content_type="image/jpeg", image_size=(1200, 630)),
        target(PICTURE, content_type="image/jpeg", image_size=(600, 315)),
        target(PICTURE, content_type="image/svg+xml"),
        target(PICTURE),
        target(PICTURE, None, state=TargetState.NOT_CHECKED),
        target(PICTURE, 403, state=TargetState.UNVERIFIABLE, content_type="text/html"),
        target(PICTURE, None, error=FetchError.BLOCKED),
        target("https://cdn.example/other.jpg", 404),
    ],
)
def test_og_image_is_silent(verdict: Target) -> None:
    assert crawl("og-image-broken", verdict) == []
    assert crawl("og-image-small", verdict) == []


@pytest.mark.parametrize("size", [(599, 400), (1200, 314), (1, 1)])
def test_og_image_small(size: tuple[int, int]) -> None:
    (problem,) = crawl("og-image-small", target(PICTURE, content_type="image/png", image_size=size))
    assert problem.severity is Severity.MINOR
    assert problem.cause == PICTURE
    assert (problem.evidence["width"], problem.evidence["height"]) == size
