"""Files that do not load, as the fetcher and the visit tell it, and http on https."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page, check_visit
from scans.snapshot import Asset, AssetKind, FetchError, Problem, Request, Target, TargetState, Webflow
from tests.scans.checks.build import HOME, asset, form, page, rules, seen, site, target, visit

OTHER = "https://widgets.example/w.js"
SITE_ID = "b" * 24
CDN_STYLE = f"https://cdn.prod.website-files.com/{SITE_ID}/css/acme.css"
KINDS = [
    ("/a.css", AssetKind.STYLE, "href"),
    ("/a.js", AssetKind.SCRIPT, "src"),
    ("/a.woff2", AssetKind.FONT, "style"),
    ("/a.mp4", AssetKind.MEDIA, "src"),
    ("/frame", AssetKind.FRAME, "src"),
    ("/icon.png", AssetKind.ICON, "href"),
]


def crawled(one: Asset, verdict: Target, **facts: object) -> list[Problem]:
    problems = check_crawl(site([page(assets=[one], **facts)], [verdict]))
    return [p for p in problems if p.rule.startswith("resources.")]


def visited(*requests: Request, **facts: object) -> list[Problem]:
    problems = check_visit(page(**facts), visit(requests=requests))
    return [p for p in problems if p.rule.startswith("resources.")]


@pytest.mark.parametrize(("path", "kind", "attr"), KINDS)
def test_own_files_that_are_gone(path: str, kind: AssetKind, attr: str) -> None:
    one = asset(path, kind, attr=attr)
    problem = crawled(one, target(path, 404, detail="404 Not Found"))[0]
    url = f"{HOME.rstrip('/')}{path}"
    assert (problem.rule, problem.severity, problem.cause, problem.element) == (
        "resources.broken",
        "serious",
        url,
        one.element,
    )
    assert problem.evidence == {"target": url, "status": 404, "chain": [], "error": None}


def test_a_chain_of_redirects_is_kept() -> None:
    verdict = target("/a.js", None, error=FetchError.REDIRECT_LOOP, chain=[(f"{HOME}a.js", 302)])
    evidence = crawled(asset("/a.js", AssetKind.SCRIPT), verdict)[0].evidence
    assert evidence["chain"] == [{"url": f"{HOME}a.js", "status": 302}]
    assert evidence["error"] == "redirect-loop"


def test_a_file_of_another_host() -> None:
    problem = crawled(asset(OTHER, AssetKind.SCRIPT), target(OTHER, 410))[0]
    assert (problem.rule, problem.severity) == ("resources.third-party-broken", "moderate")


def test_the_sites_files_on_webflows_hosts_are_its_own() -> None:
    one, verdict = asset(CDN_STYLE, AssetKind.STYLE, attr="href"), target(CDN_STYLE, 403)
    assert crawled(one, verdict, webflow=Webflow(site_id=SITE_ID))[0].rule == "resources.broken"
    assert crawled(one, verdict, webflow=Webflow(site_id="c" * 24))[0].rule == "resources.third-party-broken"


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (asset("/a.js", AssetKind.SCRIPT), target("/a.js")),
        (asset("/a.js", AssetKind.SCRIPT), target("/other.js", 404)),
        (asset(OTHER, AssetKind.SCRIPT), target(OTHER, None, state=TargetState.NOT_CHECKED, error=FetchError.BLOCKED)),
        (asset(OTHER, AssetKind.SCRIPT), target(OTHER, 429, state=TargetState.UNVERIFIABLE)),
        (
            asset("https://www.google-analytics.com/a.js", AssetKind.SCRIPT),
            target("https://www.google-analytics.com/a.js", 404),
        ),
        (asset("/a.js", AssetKind.OTHER, {"rel": "preconnect"}, attr="href"), target("/a.js", 404)),
        (asset("/a.png", AssetKind.IMAGE), target("/a.png", 404)),
    ],
)
def test_what_is_not_a_broken_file(one: Asset, verdict: Target) -> None:
    assert crawled(one, verdict) == []


def test_form_actions_and_error_pages_are_no_resources() -> None:
    posting = page(forms=[form(action="/send")])
    missing = page("/gone", status=404, assets=[asset("/a.js", AssetKind.SCRIPT)])
    problems = check_crawl(site([posting, seen(missing)], [target("/send", 404), target("/a.js", 404)]))
    assert [rule for rule in rules(problems) if rule.startswith("resources")] == []


def test_one_element_says_one_url_once() -> None:
    one = asset("/a.js", AssetKind.SCRIPT)
    problems = check_crawl(site([page(assets=[one, one])], [target("/a.js", 404)]))
    assert len([p for p in problems if p.rule == "resources.broken"]) == 1


@pytest.mark.parametrize("kind", ["stylesheet", "script", "font", "media", "manifest"])
def test_requests_that_the_browser_lost(kind: str) -> None:
    problem = visited(Request(f"{HOME}lost", kind, status=404))[0]
    assert (problem.rule, problem.cause, problem.evidence["status"]) == ("resources.broken", f"{HOME}lost", 404)


def test_a_request_is_the_same_occurrence_as_its_element() -> None:
    one = asset("/a.js", AssetKind.SCRIPT)
    request = Request(f"{HOME}a.js", "script", failure="net::ERR_CONNECTION_REFUSED")
    problem = visited(request, request, assets=[one])
    assert [(p.element, p.cause, p.evidence["error"]) for p in problem] == [
        (one.element, f"{HOME}a.js", "net::ERR_CONNECTION_REFUSED")
    ]
    assert problem[0].cause == crawled(one, target("/a.js", 404))[0].cause


def test_an_icon_is_named_as_what_it_is() -> None:
    one = asset("/icon.png", AssetKind.ICON, attr="href")
    problem = visited(Request(f"{HOME}icon.png", "image", status=404), assets=[one])[0]
    assert (problem.rule, problem.element) == ("resources.broken", one.element)
    assert "icon" in problem.message


def test_what_only_scripts_ask_for_over_http() -> None:
    secure = page(final_url="https://acme.example/")
    seen_ = visit(
        final_url="https://acme.example/", requests=[Request("http://cdn.example/b.js", "script", status=200)]
    )
    problems = [p for p in check_visit(secure, seen_) if p.rule == "resources.mixed-content"]
    assert [(p.cause, p.severity) for p in problems] == [("http://cdn.example/b.js", "serious")]
    insecure = visit(final_url="http://acme.example/", requests=seen_.requests)
    assert not [p for p in check_visit(secure, insecure) if p.rule == "resources.mixed-content"]


def test_a_frame_and_another_host() -> None:
    assert visited(Request(f"{HOME}frame", "document", status=500))[0].rule == "resources.broken"
    assert visited(Request(OTHER, "script", status=500))[0].rule == "resources.third-party-broken"


@pytest.mark.parametrize(
    "request_",
    [
        Request(f"{HOME}a.js", "script", status=200),
        Request(f"{HOME}a.js", "script", status=403, blocked=True),
        Request(f"{HOME}a.mp4", "media", failure="net::ERR_ABORTED"),
        Request(OTHER, "script", failure="net::ERR_NAME_NOT_RESOLVED"),
        Request(OTHER, "script", failure="net::ERR_TUNNEL_CONNECTION_FAILED"),
        Request("https://connect.facebook.net/x.js", "script", status=500),
        Request(HOME, "document", status=500),
        Request(f"{HOME}api", "fetch", status=500),
        Request(f"{HOME}a.png", "image", status=404),
    ],
)
def test_what_is_not_the_sites_fault(request_: Request) -> None:
    assert visited(request_) == []


def test_http_on_https() -> None:
    one = asset("http://cdn.example/a.js", AssetKind.SCRIPT)
    problems = [p for p in check_page(page(assets=[one])) if p.rule == "resources.mixed-content"]
    assert [(p.severity, p.cause, p.element) for p in problems] == [("serious", "http://cdn.example/a.js", one.element)]


@pytest.mark.parametrize("rescue", [{"headers": {"content-security-policy": "upgrade-insecure-requests"}}, {}])
def test_a_rescued_page_is_only_told(rescue: dict[str, dict[str, str]]) -> None:
    metas = {} if rescue else {"content-security-policy": "upgrade-insecure-requests"}
    headers = {"content-type": "text/html", **rescue.get("headers", {})}
    facts = page(assets=[asset("http://cdn.example/a.js", AssetKind.SCRIPT)], metas=metas, headers=headers)
    assert [p.severity for p in check_page(facts) if p.rule == "resources.mixed-content"] == ["info"]


def test_http_that_only_the_browser_saw() -> None:
    problems = visited(Request("http://cdn.example/bg.png", "image", status=200))
    assert [(p.rule, p.cause) for p in problems] == [("resources.mixed-content", "http://cdn.example/bg.png")]


def test_http_that_a_style_sheet_names_is_said_with_the_sheet() -> None:
    sheet = asset("/site.css", AssetKind.STYLE, attr="href").element
    named = Asset(sheet, AssetKind.IMAGE, "", "http://cdn.example/bg.png", "css")
    problems = visited(Request("http://cdn.example/bg.png", "image", status=200), assets=[named])
    assert [(p.rule, p.element) for p in problems] == [("resources.mixed-content", sheet)]


def test_https_and_http_pages_are_not_mixed() -> None:
    plain = page("http://acme.example/", assets=[asset("http://cdn.example/a.js", AssetKind.SCRIPT)])
    sound = page(
        assets=[asset("https://cdn.example/a.js", AssetKind.SCRIPT), asset("http://127.0.0.1:9/a.js", AssetKind.SCRIPT)]
    )
    assert [p for facts in (plain, sound) for p in check_page(facts) if p.rule == "resources.mixed-content"] == []


def test_said_by_the_fetch_is_not_said_again_by_the_visit() -> None:
    one = asset("http://cdn.example/a.png")
    assert visited(Request("http://cdn.example/a.png", "image", status=200), assets=[one]) == []
