"""The site's hosting: robots.txt, 404, hosts, TLS, with the silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl
from scans.snapshot import Category, PageFacts, Probes, Problem, Robots, Severity, Tls
from tests.scans.checks.build import HOME, link, of, page, response, site, text

WWW = "https://www.acme.example/"


def found(rule: str, *pages: PageFacts, **more: object) -> list[Problem]:
    return of(check_crawl(site(pages or [page(HOME)], **more), {Category.SITE}), f"site.{rule}")


def test_robots_blocks_all() -> None:
    robots = Robots(f"{HOME}robots.txt", 200, "User-agent: *\nDisallow: /", blocks_all=True)
    (problem,) = found("robots-blocks-all", robots=robots)
    assert problem.severity is Severity.CRITICAL
    assert problem.cause == problem.evidence["target"] == f"{HOME}robots.txt"
    assert found("robots-blocks-all", robots=robots, is_staging=True) == []
    assert found("robots-blocks-all", robots=Robots(f"{HOME}robots.txt", 503, blocks_all=True)) == []
    assert found("robots-blocks-all") == []


def test_soft_404() -> None:
    answer = page("/no-such-page", chain=[(f"{HOME}no-such-page", 302)])
    (problem,) = found("soft-404", probes=Probes(not_found=answer))
    assert problem.severity is Severity.SERIOUS
    assert problem.url == HOME
    assert problem.evidence["target"] == f"{HOME}no-such-page"
    assert problem.evidence["chain"] == [{"url": f"{HOME}no-such-page", "status": 302}]


@pytest.mark.parametrize(
    "probes", [Probes(), Probes(not_found=page("/x", status=404)), Probes(not_found=page("/x", status=None))]
)
def test_not_found_is_silent(probes: Probes) -> None:
    assert found("soft-404", probes=probes) == []
    assert found("default-404", probes=probes) == []


def test_default_404() -> None:
    words = "The page you are looking for doesn't exist or has been moved"
    for facts in (
        {"texts": [text("Page Not Found", "h2"), text(words, "div")]},
        {"main_text": f"Page Not Found {words}"},
    ):
        (problem,) = found("default-404", probes=Probes(not_found=page("/x", status=404, **facts)))
        assert problem.severity is Severity.MINOR
    own = page("/x", status=404, texts=[text("Page Not Found", "h2"), text("Our machines are this way.")])
    assert found("default-404", probes=Probes(not_found=own)) == []


def test_host_duplicate() -> None:
    probes = Probes(other_host=response(WWW))
    (problem,) = found("host-duplicate", probes=probes)
    assert problem.severity is Severity.MODERATE
    assert problem.cause == "www.acme.example"
    assert found("host-duplicate", probes=probes, is_local=True) == []
    assert found("host-duplicate", probes=Probes(other_host=response(WWW, 404))) == []
    assert found("host-duplicate", probes=Probes(other_host=response(WWW, final_url=HOME, chain=[(WWW, 301)]))) == []
    assert found("host-duplicate") == []


def test_https_not_enforced() -> None:
    plain = HOME.replace("https", "http")
    probes = Probes(plain_http=response(plain))
    (problem,) = found("https-not-enforced", probes=probes)
    assert problem.severity is Severity.SERIOUS
    assert found("https-not-enforced", probes=probes, is_local=True) == []
    assert found("https-not-enforced", probes=Probes(plain_http=response(plain, final_url=HOME))) == []
    assert found("https-not-enforced", probes=Probes(plain_http=response(plain, 403))) == []


@pytest.mark.parametrize(
    "tls", [Tls(error="certificate has expired"), Tls(error="wrong host", days_left=5), Tls(days_left=-1)]
)
def test_tls_invalid(tls: Tls) -> None:
    (problem,) = found("tls-invalid", probes=Probes(tls=tls))
    assert problem.severity is Severity.CRITICAL
    assert found("tls-expiring", probes=Probes(tls=tls)) == []
    assert found("tls-invalid", probes=Probes(tls=tls), is_local=True) == []


@pytest.mark.parametrize("days", [0, 20])
def test_tls_expiring(days: int) -> None:
    (problem,) = found("tls-expiring", probes=Probes(tls=Tls(days_left=days)))
    assert problem.severity is Severity.MODERATE
    assert found("tls-expiring", probes=Probes(tls=Tls(days_left=days)), is_local=True) == []


@pytest.mark.parametrize("tls", [None, Tls(days_left=21), Tls()])
def test_tls_is_silent(tls: Tls | None) -> None:
    assert found("tls-expiring", probes=Probes(tls=tls)) == []
    assert found("tls-invalid", probes=Probes(tls=tls)) == []


HOSTS = ("acme.example", "www.acme.example")


def test_mixed_hosts() -> None:
    mixed = page(HOME, links=[link("/a"), link(f"{WWW}b"), link(f"{WWW}c"), link("https://other.example/")])
    (problem,) = found("mixed-hosts", mixed, page("/about"), hosts=HOSTS)
    assert problem.severity is Severity.MINOR
    assert problem.cause == "www.acme.example"
    assert problem.element is not None
    assert (problem.evidence["target"], problem.evidence["links"]) == (f"{WWW}b", 2)


def test_mixed_hosts_is_silent() -> None:
    assert found("mixed-hosts", page(HOME, links=[link("/a"), link("mailto:a@acme.example")]), hosts=HOSTS) == []
    redirected = page(HOME, final_url=WWW, chain=[(HOME, 301)], links=[link(f"{WWW}a")])
    assert found("mixed-hosts", redirected, hosts=HOSTS) == []
    elsewhere = page(f"{WWW}b", links=[link(f"{WWW}a")])
    assert found("mixed-hosts", page(HOME), elsewhere, hosts=HOSTS) == []
