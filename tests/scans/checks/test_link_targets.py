"""Each rule of what a link's target answered: the smallest that fires, and its silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl
from scans.snapshot import Category, Confidence, FetchError, Problem, Severity, Skipped, Target, TargetState
from tests.scans.checks.build import HOME, link, of, page, rules, seen, site, target

OTHER = "https://other.example/page"
DEAD = f"{HOME}gone"


def found(href: str, verdict: Target, **more: object) -> list[Problem]:
    home = page(HOME, links=[link(href, "Read on")])
    return check_crawl(site([home], [target(HOME), verdict], **more), {Category.LINKS})


@pytest.mark.parametrize(
    "verdict",
    [
        target(DEAD, 404, detail="404 Not Found"),
        target(DEAD, 410),
        target(DEAD, 503),
        target(DEAD, None, error=FetchError.DNS),
        target(DEAD, None, error=FetchError.TIMEOUT),
        target(DEAD, None, state=TargetState.BROKEN),
    ],
)
def test_broken_internal(verdict: Target) -> None:
    (problem,) = found("/gone#prices", verdict)
    assert (problem.rule, problem.severity) == ("links.broken-internal", Severity.SERIOUS)
    assert problem.cause == DEAD
    assert problem.url == HOME
    assert problem.element is not None
    assert problem.evidence["target"] == DEAD
    assert problem.evidence["status"] == verdict.status
    assert problem.evidence["error"] == (verdict.error.value if verdict.error else None)
    assert problem.evidence["chain"] == []


def test_broken_internal_shows_the_redirects_before_it() -> None:
    (problem,) = found("/gone", target(DEAD, 404, chain=[(DEAD, 301)], final_url=f"{HOME}gone/for/good"))
    assert problem.rule == "links.broken-internal"
    assert problem.evidence["chain"] == [{"url": DEAD, "status": 301}]


def test_a_dead_url_linked_twice_is_two_problems_of_one_cause() -> None:
    pages = [page(f"{HOME}{n}", links=[link("/gone"), link("/gone")]) for n in range(2)]
    problems = of(check_crawl(site(pages, [target(DEAD, 404)])), "links.broken-internal")
    assert len(problems) == 4
    assert {problem.cause for problem in problems} == {DEAD}


@pytest.mark.parametrize(
    "verdict",
    [
        target(DEAD),
        target(DEAD, 404, state=TargetState.NOT_CHECKED),
        target(DEAD, 403, state=TargetState.UNVERIFIABLE),
        target(DEAD, None, error=FetchError.BLOCKED),
        target(f"{HOME}elsewhere", 404),
    ],
)
def test_broken_internal_is_silent(verdict: Target) -> None:
    assert found("/gone", verdict) == []


def test_broken_internal_is_silent_on_what_the_customer_excluded() -> None:
    assert found("/gone", target(DEAD, 404), skipped=[Skipped(DEAD, "excluded")]) == []
    assert rules(found("/gone", target(DEAD, 404), skipped=[Skipped(DEAD, "budget")])) == ["links.broken-internal"]


@pytest.mark.parametrize("status", [404, 500, None])
def test_links_of_error_pages_are_not_reported(status: int | None) -> None:
    error_page = page(HOME, status=status, links=[link("/gone")])
    assert check_crawl(site([error_page], [target(DEAD, 404)]), {Category.LINKS}) == []


def test_a_malformed_link_is_not_broken_as_well() -> None:
    assert found("https:///gone", target(DEAD, 404)) == []


def test_broken_external() -> None:
    (problem,) = found(OTHER, target(OTHER, None, error=FetchError.DNS, detail="host does not resolve"))
    assert (problem.rule, problem.severity) == ("links.broken-external", Severity.MODERATE)
    assert problem.cause == problem.evidence["target"] == OTHER
    assert problem.evidence["error"] == "dns"
    assert problem.message.endswith("host does not resolve")


@pytest.mark.parametrize(
    "verdict",
    [target(OTHER), target(OTHER, state=TargetState.NOT_CHECKED), target(OTHER, None, error=FetchError.BLOCKED)],
)
def test_broken_external_is_silent(verdict: Target) -> None:
    assert found(OTHER, verdict) == []


@pytest.mark.parametrize("status", [401, 403, 405, 406, 429, 451, 999, None])
def test_unverifiable_external(status: int | None) -> None:
    (problem,) = found(OTHER, target(OTHER, status, state=TargetState.UNVERIFIABLE))
    assert (problem.rule, problem.severity) == ("links.unverifiable-external", Severity.INFO)
    assert problem.confidence is Confidence.NEEDS_REVIEW


def test_redirect_chain() -> None:
    old = f"{HOME}old"
    (problem,) = found("/old", target(old, chain=[(old, 301), (f"{HOME}older", 302)], final_url=f"{HOME}new"))
    assert (problem.rule, problem.severity) == ("links.redirect-chain", Severity.MINOR)
    assert problem.cause == old
    assert len(problem.evidence["chain"]) == 2


@pytest.mark.parametrize(
    "chain",
    [
        [("http://acme.example/x", 301), ("https://acme.example/x", 302)],
        [("https://www.acme.example/x", 302), ("https://acme.example/x", 302)],
    ],
)
def test_redirect_chain_is_silent_on_one_normal_hop(chain: list[tuple[str, int]]) -> None:
    start = chain[0][0]
    hosts = ("acme.example", "www.acme.example")
    problems = found(start, target(start, chain=chain, final_url=f"{HOME}new"), hosts=hosts)
    assert of(problems, "links.redirect-chain") == []


def test_redirect_chain_is_silent_on_external_links() -> None:
    assert found(OTHER, target(OTHER, chain=[(OTHER, 301), (f"{OTHER}2", 301)], final_url=f"{OTHER}3")) == []


@pytest.mark.parametrize("url", [f"{HOME}round", OTHER])
def test_redirect_loop(url: str) -> None:
    (problem,) = found(url, target(url, None, error=FetchError.REDIRECT_LOOP, chain=[(url, 302)] * 10))
    assert (problem.rule, problem.severity) == ("links.redirect-loop", Severity.SERIOUS)
    assert problem.evidence["error"] == "redirect-loop"


def test_redirect_loop_for_robots_only_is_unverifiable() -> None:
    verdict = target(OTHER, None, error=FetchError.REDIRECT_LOOP, state=TargetState.UNVERIFIABLE)
    assert rules(found(OTHER, verdict)) == ["links.unverifiable-external"]


@pytest.mark.parametrize("status", [301, 308])
def test_redirected_internal(status: int) -> None:
    old = f"{HOME}old"
    (problem,) = found("/old", target(old, chain=[(old, status)], final_url=f"{HOME}new"))
    assert (problem.rule, problem.severity) == ("links.redirected-internal", Severity.INFO)


@pytest.mark.parametrize(
    ("url", "status", "final"),
    [
        (f"{HOME}old", 302, f"{HOME}new"),
        (f"{HOME}old", 301, f"{HOME}old/"),
        (f"{HOME}old/", 301, f"{HOME}old"),
        (HOME, 301, f"{HOME}en"),
        (HOME, 308, f"{HOME}pt-br/"),
    ],
)
def test_redirected_internal_is_silent(url: str, status: int, final: str) -> None:
    assert found(url, target(url, chain=[(url, status)], final_url=final)) == []


def test_insecure_link_to_a_host_that_serves_https() -> None:
    plain = "http://other.example/page"
    (problem,) = found(plain, target(plain, chain=[(plain, 301)], final_url=OTHER))
    assert (problem.rule, problem.severity) == ("links.insecure", Severity.MINOR)
    assert problem.cause == plain


def test_insecure_is_known_from_any_other_link_to_the_host() -> None:
    plain = "http://other.example/page"
    home = page(HOME, links=[link(plain)])
    https = target("https://other.example/", 404)
    assert rules(check_crawl(site([home], [target(plain), https]), {Category.LINKS})) == ["links.insecure"]


def test_insecure_is_silent_when_the_host_has_no_https() -> None:
    plain = "http://other.example/page"
    assert found(plain, target(plain)) == []
    refused = target("https://other.example/", None, error=FetchError.REFUSED)
    assert check_crawl(site([page(HOME, links=[link(plain)])], [target(plain), refused]), {Category.LINKS}) == []


def test_other_schemes_have_no_verdict() -> None:
    home = page(HOME, links=[link("mailto:a@acme.example"), link(None, "x", {"id": "y"})])
    assert check_crawl(site([seen(home)], [target("mailto:a@acme.example", 404)]), {Category.LINKS}) == []
