"""Each threshold, just above and just below."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_page, check_visit
from scans.checks.performance import weight
from scans.findings import describe
from scans.snapshot import Problem, Request, VisitError, Vitals, Webflow
from tests.scans.checks.build import HOME, element, of, page, visit

KEPT = "public, max-age=86400"
HTML = {"content-type": "text/html"}
SITE_ID = "b" * 24


def said(rule: str, **seen: Any) -> list[Problem]:
    return of(check_visit(page(webflow=Webflow(site_id=SITE_ID)), visit(**seen)), f"performance.{rule}")


def loaded(url: str = f"{HOME}a.jpg", size: int = 1000, kind: str = "image", **more: Any) -> Request:
    return Request(url, kind, status=200, wire_bytes=size, cache_control=more.pop("cache_control", KEPT), **more)


@pytest.mark.parametrize(
    ("rule", "figure", "value", "severity"),
    [
        ("lcp", "lcp_ms", 2500.0, None),
        ("lcp", "lcp_ms", 2501.0, "moderate"),
        ("lcp", "lcp_ms", 4001.0, "serious"),
        ("cls", "cls", 0.1, None),
        ("cls", "cls", 0.11, "moderate"),
        ("cls", "cls", 0.26, "serious"),
        ("blocking-time", "tbt_ms", 200.0, None),
        ("blocking-time", "tbt_ms", 201.0, "moderate"),
        ("blocking-time", "tbt_ms", 601.0, "serious"),
    ],
)
def test_vitals(rule: str, figure: str, value: float, severity: str | None) -> None:
    problems = said(rule, vitals=Vitals(**{figure: value}))
    assert [p.severity for p in problems] == [severity] * (severity is not None)
    assert all(p.evidence[figure] == value and p.evidence["runs"] == 1 and "One run" in p.message for p in problems)
    assert said(rule, vitals=Vitals()) == []


def test_what_moved_is_named_and_is_not_the_cause() -> None:
    banner, text = element("div", selector="#banner", path="div.banner"), element("p", path="p")
    first, again = (said("cls", vitals=Vitals(cls=0.3, shifted=moved))[0] for moved in ((banner, text), (text, banner)))
    assert (first.element, first.evidence["moved"]) == (banner, ["#banner", "p"])
    assert describe(first, page()).fingerprint == describe(again, page()).fingerprint


@pytest.mark.parametrize("rule", ["lcp", "blocking-time"])
def test_figures_of_a_page_are_one_cause_whatever_came_last(rule: str) -> None:
    hero, text = (element(tag, path=f"div > {tag}", component="Section .hero") for tag in ("img", "p"))
    slow = (said(rule, vitals=Vitals(lcp_ms=5000.0, tbt_ms=900.0, lcp_element=last))[0] for last in (hero, text))
    assert len({describe(problem, page()).fingerprint for problem in slow}) == 1


def test_the_largest_element_is_named() -> None:
    largest = element("img", selector="#hero")
    assert said("lcp", vitals=Vitals(lcp_ms=5000.0, lcp_element=largest))[0].element == largest


def test_a_visit_that_failed_has_no_figures() -> None:
    seen = {"vitals": Vitals(lcp_ms=9000.0), "error": VisitError.TIMEOUT, "dom_elements": 9000}
    assert [p for rule in ("lcp", "dom-size") for p in said(rule, **seen)] == []


@pytest.mark.parametrize(("ttfb", "status", "count"), [(801.0, 200, 1), (800.0, 200, 0), (5000.0, 404, 0)])
def test_ttfb(ttfb: float, status: int, count: int) -> None:
    problems = of(check_page(page(ttfb_ms=ttfb, status=status)), "performance.ttfb")
    assert [(p.severity, p.evidence["ttfb_ms"]) for p in problems] == [("moderate", ttfb)] * count


@pytest.mark.parametrize(
    ("encoding", "size", "count"),
    [("", 10_001, 1), ("identity", 10_001, 1), ("", 10_000, 0), ("br", 99_000, 0), ("zstd", 99_000, 0)],
)
def test_uncompressed(encoding: str, size: int, count: int) -> None:
    headers = {**HTML, "content-encoding": encoding} if encoding else HTML
    problems = of(check_page(page(body=b"x" * size, headers=headers)), "performance.uncompressed")
    assert [(p.severity, p.evidence["bytes"]) for p in problems] == [("moderate", size)] * count


@pytest.mark.parametrize(("total", "severity"), [(3_000_000, None), (3_000_006, "moderate"), (5_000_010, "serious")])
def test_page_weight_names_the_heaviest_five(total: int, severity: str | None) -> None:
    requests = [loaded(f"{HOME}{n}.jpg", total // 6 + n) for n in range(-3, 3)]
    problems = said("page-weight", requests=[*requests, loaded("data:image/png;base64,xx", 9_000_000)])
    assert [p.severity for p in problems] == ([severity] if severity else [])
    for problem in problems:
        assert [one["target"] for one in problem.evidence["heaviest"]] == [f"{HOME}{n}.jpg" for n in (2, 1, 0, -1, -2)]
        assert "2.jpg" in problem.message


def test_weight_of_cached_answers() -> None:
    assert weight(loaded(size=500)) == 500
    assert weight(loaded(size=0, body_bytes=900, from_cache=True)) == 900
    assert weight(loaded(size=0, body_bytes=900, from_cache=True, content_encoding="br")) == 225
    assert weight(loaded(size=0, body_bytes=900)) == 0


@pytest.mark.parametrize(("count", "said_"), [(100, 0), (101, 1)])
def test_request_count(count: int, said_: int) -> None:
    problems = said("request-count", requests=[loaded(f"{HOME}{n}") for n in range(count)])
    assert [(p.severity, p.evidence["requests"]) for p in problems] == [("minor", count)] * said_


def test_refused_requests_do_not_count() -> None:
    refused = [Request(f"{HOME}{n}", "image", blocked=True) for n in range(200)]
    assert said("request-count", requests=refused) == []


@pytest.mark.parametrize(("elements", "severity"), [(1500, None), (1501, "minor"), (3000, "minor"), (3001, "moderate")])
def test_dom_size(elements: int, severity: str | None) -> None:
    assert [p.severity for p in said("dom-size", dom_elements=elements)] == ([severity] if severity else [])


def test_render_blocking_files_of_others() -> None:
    other = "https://fonts.example/f.css?family=Inter"
    own = [f"{HOME}a.css", f"https://cdn.prod.website-files.com/{SITE_ID}/css/a.css", "https://www.acme.example/b.css"]
    problems = said("render-blocking", render_blocking=[other, other, *own])
    assert [(p.severity, p.cause, p.evidence["target"]) for p in problems] == [
        ("minor", "https://fonts.example/f.css", other)
    ]


@pytest.mark.parametrize("cache_control", ["", "no-cache", "max-age=3600", "no-store, max-age=999999", "private"])
def test_uncached_files_are_one_cause_for_a_host(cache_control: str) -> None:
    files = [loaded(f"{HOME}{n}.css", kind="stylesheet", cache_control=cache_control) for n in range(2)]
    problems = said("uncached", requests=files)
    assert [(p.severity, p.cause, len(p.evidence["files"])) for p in problems] == [
        ("minor", "uncached | acme.example", 2)
    ]


@pytest.mark.parametrize(
    "request_",
    [
        loaded(cache_control=KEPT),
        loaded(cache_control="max-age=31536000, immutable"),
        loaded(HOME, kind="document", cache_control=""),
        loaded(f"{HOME}x.js", kind="script", cache_control="", content_type="text/html"),
        loaded("https://other.example/a.js", kind="script", cache_control=""),
        Request(f"{HOME}gone.css", "stylesheet", status=404),
    ],
)
def test_kept_files(request_: Request) -> None:
    assert said("uncached", requests=[request_]) == []


@pytest.mark.parametrize(("count", "size", "said_"), [(7, 10, 1), (6, 50_000, 0), (2, 160_000, 1)])
def test_fonts(count: int, size: int, said_: int) -> None:
    files = [loaded(f"{HOME}{n}.woff2", size, "font") for n in range(count)]
    problems = said("many-fonts", requests=files)
    assert [(p.severity, p.evidence["bytes"]) for p in problems] == [("minor", count * size)] * said_


@pytest.mark.parametrize(
    ("host", "foreign", "own", "count"),
    [
        ("chat.example", 600_000, 500_000, 1),
        ("chat.example", 600_000, 1_000_000, 0),
        ("chat.example", 400_000, 0, 0),
        ("cdn.prod.website-files.com", 900_000, 0, 0),
    ],
)
def test_third_party_weight(host: str, foreign: int, own: int, count: int) -> None:
    problems = said(
        "third-party-weight", requests=[loaded(f"https://{host}/x.js", foreign, "script"), loaded(size=own)]
    )
    assert [(p.severity, p.evidence["hosts"]) for p in problems] == [("minor", {host: foreign})] * count
