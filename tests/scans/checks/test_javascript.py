"""Script errors, console errors and failed requests, with their silences."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_visit
from scans.snapshot import DESKTOP, Category, ConsoleLine, Dialog, PageError, Problem, Request, ViewportSeen, Webflow
from tests.scans.checks.build import HOME, element, of, page, visit

SCRIPT = f"{HOME}js/app.1a2b3c4d.js"
OTHER = "https://widgets.example/w.js"
BLOCKED = Request("https://ajax.example/jquery.js", "script", blocked=True)


def said(**seen: Any) -> list[Problem]:
    return check_visit(page(), visit(**seen), {Category.JAVASCRIPT})


@pytest.mark.parametrize(
    ("source", "rule", "severity"),
    [
        (SCRIPT, "javascript.uncaught-error", "serious"),
        ("", "javascript.uncaught-error", "serious"),
        (OTHER, "javascript.third-party-error", "minor"),
    ],
)
def test_uncaught_errors(source: str, rule: str, severity: str) -> None:
    problem = said(errors=[PageError("TypeError: x is null", source, "at app.js:1")])[0]
    assert (problem.rule, problem.severity, problem.evidence["source"]) == (rule, severity, source)


def test_numbers_hashes_and_queries_do_not_split_a_cause() -> None:
    one = PageError("Error: item 17 at https://acme.example/a?x=1 (deadbeef01)", f"{HOME}js/app.1a2b3c4d.js?v=1")
    two = PageError("Error: item 912 at https://acme.example/a?x=2 (cafebabe02)", f"{HOME}js/app.9f8e7d6c.js?v=2")
    assert len({p.cause for p in said(errors=[one, two])}) == 1
    assert len({p.cause for p in said(errors=[one, PageError("Error: other", SCRIPT)])}) == 2


@pytest.mark.parametrize(
    "error",
    [
        PageError("ResizeObserver loop completed with undelivered notifications."),
        PageError("Script error."),
        PageError("x is null", "chrome-extension://abc/content.js"),
    ],
)
def test_errors_that_are_nobodys(error: PageError) -> None:
    assert said(errors=[error]) == []


@pytest.mark.parametrize("message", ["ReferenceError: $ is not defined", "TypeError: Failed to fetch"])
def test_what_follows_from_a_refused_request_is_silent(message: str) -> None:
    assert said(errors=[PageError(message, SCRIPT)], requests=[BLOCKED]) == []
    assert len(said(errors=[PageError(message, SCRIPT)])) == 1


def test_a_fault_of_its_own_is_said_beside_a_refused_request() -> None:
    assert len(said(errors=[PageError("RangeError: too deep", SCRIPT)], requests=[BLOCKED])) == 1


def test_console_errors_are_said_once() -> None:
    line = ConsoleLine("error", "Form 12 has no action", SCRIPT, 7)
    problems = said(console=[line, line, ConsoleLine("error", "Form 13 has no action", SCRIPT, 7)])
    assert [(p.rule, p.severity, p.evidence) for p in problems] == [
        ("javascript.console-error", "minor", {"source": SCRIPT, "line": 7})
    ]


@pytest.mark.parametrize(
    "line",
    [
        ConsoleLine("warning", "Deprecated", SCRIPT),
        ConsoleLine("error", "Failed to load resource: the server responded with a status of 404 ()", SCRIPT),
        ConsoleLine("error", "Access to fetch at 'https://x.example/' has been blocked by CORS policy", SCRIPT),
        ConsoleLine("error", "GET https://x.example/ net::ERR_FAILED", SCRIPT),
        ConsoleLine("error", "ResizeObserver loop limit exceeded", SCRIPT),
        ConsoleLine("error", "oops", "chrome-extension://abc/x.js"),
        ConsoleLine("error", "oops", "https://www.googletagmanager.com/gtm.js"),
        ConsoleLine("error", " ", SCRIPT),
    ],
)
def test_console_lines_that_say_nothing_of_the_site(line: ConsoleLine) -> None:
    assert said(console=[line]) == []


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(f"{HOME}api/items?page=2", "fetch", status=500), None),
        (Request(f"{HOME}api/items", "xhr", failure="net::ERR_CONNECTION_RESET"), "net::ERR_CONNECTION_RESET"),
    ],
)
def test_requests_of_scripts_that_fail(request_: Request, error: str | None) -> None:
    problem = said(requests=[request_, request_])
    assert [(p.rule, p.severity, p.cause) for p in problem] == [
        ("javascript.failed-request", "moderate", f"{HOME}api/items")
    ]
    assert problem[0].evidence == {"target": request_.url, "status": request_.status, "chain": [], "error": error}


@pytest.mark.parametrize(
    "request_",
    [
        Request(f"{HOME}api", "fetch", status=204),
        Request(f"{HOME}api", "fetch", failure="net::ERR_ABORTED"),
        Request("https://api.example/x", "fetch", failure="net::ERR_NAME_NOT_RESOLVED"),
        Request("https://api.example/x", "fetch", status=403, blocked=True),
        Request("https://region1.google-analytics.com/g/collect", "fetch", status=500),
        Request(f"{HOME}a.css", "stylesheet", status=404),
    ],
)
def test_requests_that_are_no_fault(request_: Request) -> None:
    assert said(requests=[request_]) == []


JQUERY = "https://d3e54v103j8qbb.cloudfront.net/js/jquery-3.5.1.min.dc5e7f18c8.js"


def scripts(*urls: str) -> list[Request]:
    return [Request(url, "script", status=200) for url in urls]


def test_a_second_jquery() -> None:
    second = "https://code.jquery.com/jquery-1.12.4.js"
    problems = said(requests=scripts(JQUERY, second))
    assert [(p.rule, p.severity, p.evidence["scripts"]) for p in problems] == [
        ("javascript.duplicate-library", "minor", [JQUERY, second])
    ]


def test_plugins_are_no_second_jquery() -> None:
    plugins = [f"{HOME}jquery-ui.min.js", f"{HOME}jquery.cookie.js", f"{HOME}jquery-migrate-3.4.1.min.js"]
    assert said(requests=scripts(JQUERY, JQUERY, *plugins)) == []


RUNTIME = f"{HOME}js/webflow.3f2a9c1d.js"


def hiding(request_: Request | None, webflow: Webflow, hides: bool = True) -> list[Problem]:
    unseen = (element("h1", "Quiet", selector="#t"),) if hides else ()
    seen = visit(viewports=[ViewportSeen(DESKTOP, 1440, 900, (), unseen)], requests=[request_] if request_ else [])
    return of(check_visit(page(webflow=webflow), seen), "javascript.webflow-runtime-missing")


@pytest.mark.parametrize(
    "request_",
    [
        None,
        Request(RUNTIME, "script", status=404),
        Request(RUNTIME, "script", status=404, failure="net::ERR_ABORTED"),  # its error page is no script
    ],
)
def test_content_that_waits_for_a_script_that_does_not_come(request_: Request | None) -> None:
    assert [(p.severity, p.cause) for p in hiding(request_, Webflow(generator=True))] == [("critical", "webflow.js")]


def test_a_runtime_that_is_there_refused_or_not_needed() -> None:
    webflow = Webflow(generator=True)
    assert hiding(Request(RUNTIME, "script", status=200), webflow) == []
    assert hiding(Request(RUNTIME, "script", blocked=True), webflow) == []
    assert hiding(None, webflow, hides=False) == []
    assert hiding(None, Webflow()) == []


def test_a_dialog_that_opens_by_itself() -> None:
    problem = of(check_visit(page(), visit(dialog=Dialog("alert", "It works 42"))), "javascript.dialog-on-load")[0]
    assert (problem.severity, problem.cause) == ("moderate", "alert It works #")
    assert problem.message == "The page opens an alert by itself: “It works 42”."
    assert of(check_visit(page(), visit()), "javascript.dialog-on-load") == []
