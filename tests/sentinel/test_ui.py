from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import Context, Template

from sentinel import svg
from sentinel.templatetags import ui
from tests.scans.hostile import HOSTILE

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize("word", ui.SEVERITIES)
def test_a_severity_is_shape_word_and_colour(word: str) -> None:
    drawn = render("{% severity word %}", word=word)
    assert word.capitalize() in drawn
    assert f"mark-{word}" in drawn
    assert f"severity-{word}" in drawn


def test_no_two_severities_have_the_same_shape() -> None:
    shapes = {re.sub(r"mark-\w+", "", svg.mark(word)) for word in ui.SEVERITIES}
    assert len(shapes) == len(ui.SEVERITIES)


def test_counts_stand_worst_first_and_leave_out_nothing_and_zero() -> None:
    drawn = render("{% severity_counts counts %}", counts={"minor": 1200, "critical": 2, "serious": 0})
    assert re.findall(r'title="([^"]+)"', drawn) == ["2 critical", "1,200 minor"]
    assert render("{% severity_counts counts %}", counts=None) == ""


@pytest.mark.parametrize(
    ("score", "label", "tone"),
    [
        (100, "Score 100 of 100", "good"),
        (90, "Score 90 of 100", "good"),
        (89, "Score 89 of 100", "fair"),
        (69, "Score 69 of 100", "poor"),
        (0, "Score 0 of 100", "poor"),
        (None, "No score yet", "none"),
        ("", "No score yet", "none"),
    ],
)
def test_ring(score: object, label: str, tone: str) -> None:
    drawn = render("{% score_ring score %}", score=score)
    assert f'aria-label="{label}"' in drawn
    assert f"tone-{tone}" in drawn


@pytest.mark.parametrize(
    ("value", "of", "width"), [(5, 10, "50.0%"), (20, 10, "100.0%"), (-1, 10, "0.0%"), (1, 0, "0.0%")]
)
def test_a_bar_stays_within_its_place(value: float, of: float, width: str) -> None:
    assert f'class="bar-value" width="{width}"' in svg.bar(value, of)


@pytest.mark.parametrize("values", [[], [50]])
def test_one_scan_is_no_trend(values: list[int]) -> None:
    assert svg.sparkline(values) == ""


@pytest.mark.parametrize("values", [[50, 50], [0, 100], [3, 100, 7], list(range(30))])
def test_a_sparkline_stays_within_its_frame(values: list[int]) -> None:
    drawn = svg.sparkline(values, 96, 28)
    points = re.search(r'points="([^"]+)"', drawn)
    assert points
    pairs = [tuple(map(float, point.split(","))) for point in points[1].split()]
    assert len(pairs) == len(values)
    assert all(0 <= x <= 96 and 0 <= y <= 28 for x, y in pairs)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(days=40), "31 Jan 2026"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_relative_time(before: timedelta, words: str) -> None:
    drawn = render("{% relative moment %}", moment=NOW - before)
    assert f">{words}</time>" in drawn
    assert f'datetime="{(NOW - before).isoformat()}"' in drawn
    assert "UTC" in drawn


def test_no_time_is_a_dash() -> None:
    assert "–" in render("{% relative moment %}", moment=None)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (72, "1 min 12 s"), (7500, "2 h 5 min"), (-3, "0 s")]
)
def test_duration(seconds: float, words: str) -> None:
    assert ui.duration(timedelta(seconds=seconds)) == words


def test_a_link_to_a_site_opens_apart_and_tells_nothing() -> None:
    link = render("{% external url %}", url="https://example.com/a?b=1&c=2")
    assert 'href="https://example.com/a?b=1&amp;c=2"' in link
    assert 'rel="noreferrer nofollow noopener"' in link
    assert 'target="_blank"' in link


@pytest.mark.parametrize("url", [*HOSTILE, "javascript:alert(1)//http://x", "//evil.example", "http://[", "ftp://x/"])
def test_what_is_no_web_address_never_becomes_a_link(url: str) -> None:
    drawn = render("{% external url %}", url=url)
    assert "href" not in drawn.replace(ui.format_html("{}", url), "")
    assert "<script" not in drawn.lower()
    assert "<a " not in drawn


def test_undo_posts_only_to_our_own_paths() -> None:
    def undo(tags: str) -> str:
        return ui.undo_url(Message(constants.SUCCESS, "Ignored.", extra_tags=tags))

    assert undo("undo:/issues/1/reopen/") == "/issues/1/reopen/"
    assert undo("undo:https://evil.example/") == ""
    assert undo("undo://evil.example/") == ""
    assert undo("") == ""


def test_every_category_has_an_icon() -> None:
    from scans.snapshot import Category

    for category in Category:
        assert "<svg" in svg.icon(category.value)
