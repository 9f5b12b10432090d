import pytest

from scans.reports.score import Fault, score
from scans.snapshot import Category, Severity

LINKS, SITE, METADATA = Category.LINKS, Category.SITE, Category.METADATA


def fault(page: str, category: Category = LINKS, severity: Severity = Severity.SERIOUS, issue: str = "i") -> Fault:
    return Fault(page, issue, category, severity)


def test_a_site_without_faults_has_full_marks_and_one_without_pages_none() -> None:
    assert score([], 4, [LINKS, METADATA]) == {"overall": 100, "categories": {"links": 100, "metadata": 100}}
    assert score([], 0, [LINKS]) == {}


def test_an_issue_costs_its_page_once_however_often_it_occurs() -> None:
    once = score([fault("/")], 4, [LINKS])
    assert once == score([fault("/")] * 9, 4, [LINKS])
    assert once["categories"] == {"links": 97}


def test_a_page_cannot_lose_more_than_everything() -> None:
    many = [fault("/", issue=str(n)) for n in range(50)]
    assert score(many, 2, [LINKS])["categories"] == {"links": 50}


def test_the_sites_own_faults_are_not_thinned_by_its_pages() -> None:
    assert score([fault("/", SITE)], 100, [SITE])["categories"] == {"site": 88}


def test_a_critical_issue_caps_its_category_only() -> None:
    result = score([fault("/", LINKS, Severity.CRITICAL)], 100, [LINKS, METADATA])
    assert result["categories"] == {"links": 49, "metadata": 100}
    assert result["overall"] == round((3 * 49 + 2 * 100) / 5)


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_faults_give_the_same_score_in_any_order(order: int) -> None:
    faults = [fault(f"/{n}", severity=severity, issue=str(n)) for n, severity in enumerate(Severity)]
    assert score(faults[::order], 9, [LINKS]) == score(faults, 9, [LINKS])
