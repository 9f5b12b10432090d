"""A publish changes hashes of files and classes, ids of assets and pages, the order of attributes and white space: no
issue is new by that, and none is fixed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.accuracy import Scanned, scan
from scans.findings import describe, steady
from scans.scanner import Scanner
from scans.snapshot import PageFacts
from tests.scans.checks.build import page
from tests.sites import content, links, metadata, republished
from tests.sites.plan import Family
from tests.sites.serve import served

pytestmark = pytest.mark.xdist_group("browser")
SITES = {
    "every width, in the browser": ((republished.FAMILY,), True),
    "what the HTML tells": ((links.FAMILY, metadata.FAMILY, content.FAMILY), False),
}


def issues(scanned: Scanned) -> dict[str, str]:
    found = {}
    for problem in scanned.problems:
        cause = describe(problem, scanned.pages.get(problem.url))
        found[cause.fingerprint] = f"{problem.rule} {problem.url} {problem.message[:100]}"
    return found


@pytest.mark.parametrize("name", SITES)
def test_a_publish_makes_nothing_new_and_mends_nothing(name: str, scanner: Scanner) -> None:
    families, browser = SITES[name]
    before, after = (issues(scanned) for scanned in _twice(scanner, families, browser))
    assert len(before) > 10
    assert [before[gone] for gone in before.keys() - after.keys()] == []
    assert [after[new] for new in after.keys() - before.keys()] == []


def _twice(scanner: Scanner, families: tuple[Family, ...], browser: bool) -> Iterator[Scanned]:
    with served(families) as at:
        yield scan(scanner, at.url, at.pairs, browser=browser)
    with served(families, republished.publish_again, at):
        yield scan(scanner, at.url, at.pairs, browser=browser)


CDN = "https://cdn.prod.website-files.com"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"{CDN}/{'a1' * 12}/{'b2' * 12}_hero.png", f"{CDN}/{'a1' * 12}/{'c3' * 12}_hero.png", True),
        (f"{CDN}/css/site.webflow.abc123.css", f"{CDN}/css/site.webflow.shared.abc123.css", False),
        (f"{CDN}/css/site.webflow.abc123.css", f"{CDN}/css/site.webflow.9f8e7d6c5.css", True),
        (f"{CDN}/{'b2' * 12}_hero.png", f"{CDN}/{'b2' * 12}_team.png", False),
        ("https://acme.example/report-20240101.html", "https://acme.example/report-20240102.html", False),
        ("https://acme.example/posts/abc123", "https://acme.example/posts/abc124", False),
        ("#abc123.html", "#abc124.html", False),
    ],
)
def test_only_ids_and_hashes_of_files_are_taken_out(one: str, other: str, same: bool) -> None:
    assert (steady(one, None) == steady(other, None)) is same


def test_a_cause_that_names_the_template_names_its_folder() -> None:
    def post(template: str) -> PageFacts:
        return page("https://acme.example/blog/one", template=template)

    causes = {steady(f"several h1 | wf:{n}", post(f"wf:{n}")) for n in ("123", "456")}
    assert causes == {"several h1 | CMS template of /blog"}
