from __future__ import annotations

from scans.checks.visual import CHANGED, Seen, changed
from scans.findings import describe, occurrence_key
from scans.snapshot import Confidence
from tests.scans.checks.build import page

HOME = "https://studio-north.example/prices?v=2"
BOX = (0, 120, 1440, 40)


def test_a_picture_that_differs_is_a_question() -> None:
    (problem,) = changed(page(HOME), [Seen("desktop", 3.46, [BOX, (5, 5, 9, 9)], 37)], 0.05)
    assert (problem.rule, problem.confidence) == ("visual.changed", Confidence.NEEDS_REVIEW)
    assert problem.message == "At desktop width 3.5 % of the picture changed, in 2 places; the page is 37 px taller."
    assert problem.element is not None and problem.element.box is not None
    assert (problem.element.box.viewport, problem.element.box.y) == ("desktop", 120)


def test_below_the_threshold_and_without_a_change_nothing_is_said() -> None:
    assert changed(page(HOME), [Seen("desktop", 0.05, [BOX]), Seen("mobile", 0.0, [])], 0.05) == []
    assert changed(page(HOME), [Seen("desktop", 40.0, [BOX])], 50) == []


def test_widths_of_a_page_are_one_issue_and_each_an_occurrence() -> None:
    home = page(HOME)
    problems = changed(home, [Seen("desktop", 3.0, [BOX]), Seen("mobile", 0.06, [BOX], -5)], 0.05)
    assert len({describe(problem, home).fingerprint for problem in problems}) == 1
    assert len({occurrence_key(problem, home) for problem in problems}) == 2
    assert "less than 0.1 %" in problems[1].message and "5 px shorter" in problems[1].message


def test_the_issue_stays_the_same_when_the_change_becomes_another() -> None:
    home = page(HOME)
    prints = {
        describe(changed(home, [Seen("desktop", percent, [box])], 0.05)[0], home).fingerprint
        for percent, box in ((3.0, BOX), (9.5, (1, 2, 3, 4)))
    }
    assert len(prints) == 1


def test_pages_of_one_cms_template_are_one_issue_and_others_one_each() -> None:
    def prints(template: str) -> int:
        urls = ("https://a.example/blog/one", "https://a.example/blog/two")
        pages = [page(url, template=template) for url in urls]
        return len({describe(changed(p, [Seen("desktop", 3, [BOX])], 0.05)[0], p).fingerprint for p in pages})

    assert (prints("wf:65f0"), prints("dom:1a2b")) == (1, 2)


def test_help_says_where_to_click() -> None:
    assert "Approve" in CHANGED.help and "Visual changes" in CHANGED.help
