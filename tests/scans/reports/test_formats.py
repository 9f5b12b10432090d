import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from scans.checks import RULES
from scans.events import Coverage, Ended, Fetched, Judged, Status
from scans.reports.document import Collected, document
from scans.reports.formats import render
from scans.snapshot import Category, Confidence
from tests.scans.checks.build import element, page

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOSTILE = "\x1b[31m<b>\x00\ud800 title"


def report(*, problems: int = 2, confidence: Confidence = Confidence.CONFIRMED) -> dict:
    rule = RULES["links.placeholder"]
    link = element("a", attrs={"class": "w-button cta", "data-w-id": "e1"}, selector="#cta", path="a.cta")
    found = [
        rule.problem(f"https://acme.example/{n}", HOSTILE, element=link, confidence=confidence) for n in range(problems)
    ]
    collected = Collected()
    for problem in found:
        collected.take(Fetched(page(problem.url, title=HOSTILE), 0, (problem,)))
    collected.take(Ended(Status.COMPLETE, "", Coverage(2, 2, 0), {"version": "1"}, (Category.LINKS,)))
    return document(collected, "https://acme.example/", START, START + timedelta(seconds=3))


def test_the_document_has_every_field_of_schema_1() -> None:
    said = report()
    assert {*said} == {
        *("schema", "url", "status", "reason", "started_at", "finished_at", "duration_s", "engine"),
        *("coverage", "score", "pages", "issues", "cost"),
    }
    assert said["schema"] == 1
    assert said["duration_s"] == 3.0
    [issue] = said["issues"]
    assert issue["pages_affected"] == 2
    assert issue["webflow"] == {"page_id": "", "element": "e1", "class": "cta", "field": ""}
    assert {*issue["occurrences"][0]} == {"url", "viewport", "selector", "html", "message", "evidence"}


def test_withdrawn_problems_are_gone() -> None:
    rule = RULES["links.placeholder"]
    problem = rule.problem("https://acme.example/", "early")
    collected = Collected()
    collected.take(Judged((problem,)))
    collected.take(Judged((), withdrawn=(problem,)))
    assert collected.issues() == []


def test_json_survives_hostile_text() -> None:
    assert json.loads(render(report(), "json"))["issues"][0]["rule"] == "links.placeholder"


def test_text_never_moves_the_cursor() -> None:
    said = render(report(), "text")
    assert "1 fixes clear 2 findings" not in said
    assert "1 fix clears 2 findings" in said
    assert "\x1b" not in said
    assert "\x00" not in said


def test_sarif_names_rule_place_and_fingerprint() -> None:
    run = json.loads(render(report(), "sarif"))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["links.placeholder"]
    result = run["results"][0]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "#cta"
    assert result["partialFingerprints"]


@pytest.mark.parametrize(
    ("confidence", "tag"), [(Confidence.CONFIRMED, "failure"), (Confidence.NEEDS_REVIEW, "skipped")]
)
def test_junit_is_xml_and_tells_doubt_from_failure(confidence: Confidence, tag: str) -> None:
    root = ElementTree.fromstring(render(report(confidence=confidence), "junit"))
    assert root.findall(f".//testcase/{tag}")


def test_a_clean_site_is_one_passing_case() -> None:
    root = ElementTree.fromstring(render(report(problems=0), "junit"))
    assert len(root.findall(".//testcase")) == 1
