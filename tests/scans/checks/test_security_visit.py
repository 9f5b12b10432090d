"""Libraries with known holes, trackers that do not wait, cookies without protection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scans.checks import check_visit
from scans.checks.security_visit import _DATA, LIBRARIES, version
from scans.snapshot import Cookie, Library, Problem, Request
from tests.scans.checks.build import HOME, of, page, visit

CDN = "https://cdn.example"


def script(url: str, **more: Any) -> Request:
    return Request(url, "script", status=more.pop("status", 200), **more)


def said(rule: str, url: str = HOME, **seen: Any) -> list[Problem]:
    return of(check_visit(page(url), visit(url, **seen)), f"security.{rule}")


def test_the_table_is_sound() -> None:
    rows = json.loads(_DATA.read_text())["libraries"]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["title"] and row["files"] and row["ranges"]
        for hole in row["ranges"]:
            assert version(hole["from"]) < version(hole["below"])
            assert hole["cve"].startswith("CVE-") and hole["source"].endswith(hole["cve"])


@pytest.mark.parametrize(
    ("name", "last_bad", "first_good"),
    [
        ("jquery", "3.4.1", "3.5.0"),
        ("jquery", "1.12.4", "3.7.1"),
        ("bootstrap", "4.3.0", "4.3.1"),
        ("bootstrap", "3.4.1", "5.3.3"),
        ("bootstrap", "4.0", "4.4"),
        ("jquery", "3.4", "3.5"),
        ("lodash", "4.17.20", "4.17.21"),
        ("underscore", "1.12.0", "1.12.1"),
        ("angularjs", "1.7.9", "1.8.0"),
        ("moment", "2.29.3", "2.29.4"),
        ("handlebars", "4.7.6", "4.7.7"),
        ("axios", "1.5.1", "0.28.0"),
        ("pdf.js", "4.1.392", "4.2.67"),
    ],
)
def test_what_the_page_says_of_its_libraries(name: str, last_bad: str, first_good: str) -> None:
    problem = said("vulnerable-library", libraries=[Library(name, last_bad)])[0]
    assert (problem.severity, problem.confidence, problem.cause) == ("moderate", "confirmed", f"{name} {last_bad}")
    assert problem.evidence["cve"] in problem.message and LIBRARIES[name].title in problem.message
    assert said("vulnerable-library", libraries=[Library(name, first_good)]) == []


@pytest.mark.parametrize(
    "url",
    [
        "/jquery-3.4.1.min.js",
        "/ajax/libs/jquery/3.4.1/jquery.min.js",
        "/npm/jquery@3.4.1/dist/jquery.min.js",
        "/npm/jquery@3.4.1",
        "/js/jquery-3.4.1.slim.min.js",
        "/js/jquery.min.js?ver=3.4.1",
        "/js/jquery-3.4.1.min.220afd743d.js",
    ],
)
def test_what_the_address_of_a_script_says(url: str) -> None:
    problem = said("vulnerable-library", requests=[script(CDN + url)])[0]
    assert (problem.cause, problem.evidence["target"]) == ("jquery 3.4.1", CDN + url)


@pytest.mark.parametrize(
    "url",
    [
        "/jquery-3.5.1.min.dc5e7f18c8.js",
        "/js/jquery.min.js",
        "/js/jquery-migrate-1.4.1.min.js",
        "/js/jquery.cookie-1.4.1.js",
        "/my-jquery-1.2.3-notes/site.js",
        "/npm/bootstrap-icons@1.2.0/x.js",
        "/npm/swiper@11/swiper-bundle.min.js",
        "/jquery-33333333333.4.1.js",
    ],
)
def test_addresses_that_say_nothing_of_it(url: str) -> None:
    assert said("vulnerable-library", requests=[script(CDN + url)]) == []


def test_the_same_library_told_twice_is_one_finding() -> None:
    seen = {"requests": [script(f"{CDN}/jquery-3.4.1.js")], "libraries": [Library("jquery", "3.4.1")]}
    assert len(said("vulnerable-library", **seen)) == 1
    assert said("vulnerable-library", requests=[script(f"{CDN}/jquery-3.4.1.js", status=404)]) == []


@pytest.mark.parametrize("text", ["", "latest", "3", "9" * 400, "3.4.1.1.1.1.1", "<img src=x>", "3.\n4"])
def test_hostile_versions(text: str) -> None:
    assert said("vulnerable-library", libraries=[Library("jquery", text), Library("nobody", "1.0.0")]) == []


GA = "https://region1.google-analytics.com/g/collect?v=2&tid=G-1&gcs=G111"


def test_a_tracker_that_does_not_wait() -> None:
    requests = [Request(GA, "ping", status=204), Request(GA + "&en=scroll", "ping", failure="net::ERR_FAILED")]
    cookies = [Cookie("_ga", ".acme.example"), Cookie("_fbp", ".acme.example"), Cookie("theme", "acme.example")]
    analytics, meta = said("tracker-before-consent", requests=requests, cookies=cookies)
    assert (analytics.cause, analytics.severity, analytics.confidence) == (
        "tracker Google Analytics",
        "moderate",
        "needs-review",
    )
    assert analytics.evidence["hosts"] == ["region1.google-analytics.com"]
    assert analytics.message == "Google Analytics is called 2 times and has set _ga before anything was clicked."
    assert (meta.cause, meta.evidence["target"]) == ("tracker Meta Pixel", "")
    assert said("tracker-before-consent", requests=requests[:1])[0].message.startswith(
        "Google Analytics is called before"
    )


@pytest.mark.parametrize(
    ("url", "tracks"),
    [
        ("https://connect.facebook.net/en_US/fbevents.js", True),
        ("https://www.facebook.com/tr/?id=1&ev=PageView", True),
        ("https://static.hotjar.com/c/hotjar-1.js?sv=6", True),
        ("https://www.clarity.ms/tag/abc", True),
        ("https://www.googletagmanager.com/gtag/js?id=G-1", True),
        ("https://www.facebook.com/acme", False),
        ("https://connect.facebook.net/en_US/sdk.js", False),
        ("https://www.googletagmanager.com/gtm.js?id=GTM-1", False),
        ("https://www.google-analytics.com/g/collect?v=2&gcs=G100", False),
        ("https://plausible.io/js/script.js", False),
        ("https://js.hs-banner.com/v2/1/banner.js", False),
        ("https://notclarity.ms.example/tag", False),
        ("https://acme.example/clarity.ms", False),
    ],
)
def test_who_is_a_tracker(url: str, tracks: bool) -> None:
    assert bool(said("tracker-before-consent", requests=[script(url)])) is tracks


def test_consent_mode_loads_googles_tag_and_measures_nothing() -> None:
    loader = script("https://www.googletagmanager.com/gtag/js?id=AW-1")
    denied = Request("https://www.google-analytics.com/g/collect?v=2&gcs=G100", "ping", status=204)
    assert said("tracker-before-consent", requests=[loader])[0].cause == "tracker Google Ads"
    assert said("tracker-before-consent", requests=[loader, denied]) == []


def test_cookies_without_protection() -> None:
    plain = said("insecure-cookie", cookies=[Cookie("theme", "acme.example")])[0]
    assert (plain.severity, plain.evidence["missing"], plain.cause) == ("moderate", ["Secure"], "cookie theme Secure")
    log_in = said("insecure-cookie", cookies=[Cookie("PHPSESSID", "acme.example", secure=True, session=True)])[0]
    assert log_in.evidence["missing"] == ["HttpOnly"]
    both = said("insecure-cookie", cookies=[Cookie("auth_token", "acme.example")])[0]
    assert both.message == "The cookie auth_token of acme.example has no Secure and no HttpOnly."


@pytest.mark.parametrize(
    "cookie",
    [
        Cookie("theme", "acme.example", secure=True),
        Cookie("session", "acme.example", secure=True, http_only=True),
        Cookie("csrf_session", "acme.example", secure=True),
        Cookie("possession", "acme.example", secure=True),
        Cookie("_ga", ".acme.example"),
        Cookie("CookieConsent", "acme.example"),
    ],
)
def test_cookies_that_are_all_right(cookie: Cookie) -> None:
    assert said("insecure-cookie", cookies=[cookie]) == []


def test_over_http_nothing_can_be_secure() -> None:
    plain = "http://acme.example/"
    assert said("insecure-cookie", plain, cookies=[Cookie("theme", "acme.example")]) == []
    assert len(said("insecure-cookie", plain, cookies=[Cookie("sessionid", "acme.example")])) == 1
