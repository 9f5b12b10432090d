from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Workspace
from scans.models import Scan, ScanState, Shot, Site
from scans.snapshot import Confidence
from tests.build import a_finding, a_page, a_scan, a_score, a_site, an_issue

SCRIPT = '"><script>alert(1)</script>'
BAD = {
    "": "Paste the address of the site.",
    "   ": "Paste the address of the site.",
    "ftp://x": "Only addresses that start with http:// or https:// can be scanned.",
    "http://": "This is not a web address.",
    "not a url": "The address contains a space",
    "http://127.0.0.1": "is not an address on the public Internet.",
    "http://localhost/": "localhost",
    "a" * 3000: "This address is too long: 3000 characters, 2048 are allowed.",
    SCRIPT: "",
    "javascript:alert(1)": "",
}


@pytest.fixture
def site(workspace: Workspace) -> Site:
    return a_site(workspace)


def text(client: Client, name: str, *args: Any, **params: str) -> str:
    response = client.get(reverse(name, args=args), params)
    assert response.status_code == 200
    return response.content.decode()


# ── who may ──


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("overview", [200, 200, 200, 200]),
        ("site_add", [200, 200, 404, 200]),
        ("site", [200, 200, 200, 404]),
        ("site_settings", [200, 200, 404, 404]),
    ],
)
def test_who_may_look(
    name: str,
    answers: list[int],
    site: Site,
    owner_client: Client,
    member_client: Client,
    viewer_client: Client,
    stranger_client: Client,
    client: Client,
) -> None:
    url = reverse(name, args=[] if name in ("overview", "site_add") else [site.pk])
    cast = (owner_client, member_client, viewer_client, stranger_client)
    assert [each.get(url).status_code for each in cast] == answers
    assert client.get(url)["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("name", ["site_add", "site_settings", "site_delete"])
def test_only_writers_change_anything(
    name: str, site: Site, viewer_client: Client, stranger_client: Client, client: Client
) -> None:
    url = reverse(name, args=[] if name == "site_add" else [site.pk])
    data = {"url": "example.com", "name": site.name}
    assert viewer_client.post(url, data).status_code == 404
    assert client.post(url, data).status_code == 302
    if name != "site_add":
        assert stranger_client.post(url, data).status_code == 404
    assert list(Site.objects.values_list("name", flat=True)) == [site.name]


def test_an_unknown_site_is_404(owner_client: Client) -> None:
    assert owner_client.get("/sites/00000000-0000-7000-8000-000000000000/").status_code == 404
    assert owner_client.get("/sites/1/").status_code == 404


# ── the board ──


def test_an_empty_board_asks_for_the_address(owner_client: Client) -> None:
    page = text(owner_client, "overview")
    assert "Paste your site’s address" in page
    assert f'action="{reverse("site_add")}"' in page


def test_an_empty_board_offers_a_viewer_nothing_he_may_not_do(viewer_client: Client) -> None:
    page = text(viewer_client, "overview")
    assert "No sites yet" in page
    assert reverse("site_add") not in page


def test_the_board_shows_only_what_is_mine(site: Site, owner_client: Client, stranger_client: Client) -> None:
    assert site.name in text(owner_client, "overview")
    assert site.name not in text(stranger_client, "overview")


def test_a_card_says_score_problems_trend_and_last_scan(site: Site, owner_client: Client) -> None:
    a_scan(site, score=a_score(70))
    last = a_scan(site, score=a_score(81))
    an_issue(last, "One", severity="critical")
    an_issue(last, "Two", severity="critical")
    an_issue(last, "Doubtful", severity="minor", confidence=Confidence.NEEDS_REVIEW)
    an_issue(last, "Ignored", severity="minor", state="ignored")
    shot = Shot.objects.create(page=a_page(last, depth=0), viewport="desktop", width=1440, height=900, file="x.webp")
    page = text(owner_client, "overview")
    assert "Score 81 of 100" in page
    assert "Score of the last scans: 70, 81" in page
    assert 'title="2 critical"' in page
    assert "minor" not in page
    assert "1 min ago" in page
    assert f"{reverse('shot', args=[shot.pk])}?w=640" in page


def test_a_running_scan_is_polled_and_a_finished_one_is_not(site: Site, owner_client: Client) -> None:
    a_scan(site)
    assert "hx-trigger" not in text(owner_client, "overview")
    a_scan(site, ScanState.RUNNING, progress={"found": 10, "fetched": 5, "visit_total": 10, "visited": 5})
    page = text(owner_client, "overview")
    assert 'hx-trigger="every 3s"' in page
    assert "50 %" in page


def test_search_looks_into_name_and_address(workspace: Workspace, owner_client: Client) -> None:
    a_site(workspace, "alpha.example", name="First")
    a_site(workspace, "beta.example", name="Second")
    assert "Second" not in text(owner_client, "overview", q="ALPHA")
    assert "First" not in text(owner_client, "overview", q="seco")
    assert "No site matches" in text(owner_client, "overview", q="gamma")
    assert escape(SCRIPT) in text(owner_client, "overview", q=SCRIPT)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["a", "b", "c"]),
        ("score", ["b", "a", "c"]),
        ("problems", ["a", "b", "c"]),
        ("recent", ["b", "a", "c"]),
        ("nonsense", ["b", "a", "c"]),
    ],
)
def test_sorts(sort: str, order: list[str], workspace: Workspace, owner_client: Client) -> None:
    a, b, _ = (a_site(workspace, f"{name}.example") for name in "abc")
    an_issue(a_scan(a, score=a_score(90)))
    a_scan(b, score=a_score(9))
    page = text(owner_client, "overview", sort=sort)
    assert sorted("abc", key=lambda name: page.index(f">{name}.example</a>")) == order


@pytest.mark.parametrize("count", [1, 12])
def test_the_board_takes_the_same_few_queries_for_any_number_of_sites(
    count: int, workspace: Workspace, owner_client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for n in range(count):
        site = a_site(workspace, f"s{n}.example")
        an_issue(a_scan(site))
        a_scan(site, ScanState.RUNNING if n % 2 else ScanState.PENDING)
    with django_assert_max_num_queries(11):
        assert "s0.example" in text(owner_client, "overview")


# ── a new site ──


@pytest.mark.parametrize(("typed", "said"), BAD.items(), ids=[key[:20] for key in BAD])
def test_bad_addresses_are_refused_in_one_sentence(typed: str, said: str, owner_client: Client) -> None:
    response = owner_client.post(reverse("site_add"), {"url": typed, "scan_now": "on"})
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert page.count('class="errorlist"') == 1
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    assert not Site.objects.exists()


def test_a_bare_host_is_enough_and_is_scanned_at_once(workspace: Workspace, owner_client: Client) -> None:
    response = owner_client.post(reverse("site_add"), {"url": " example.com ", "scan_now": "on"})
    scan = Scan.objects.get()
    assert response["Location"] == reverse("scan", args=[scan.pk])
    assert (scan.site.url, scan.site.name, scan.site.workspace) == ("https://example.com/", "example.com", workspace)


def test_without_the_tick_nothing_is_scanned(owner_client: Client) -> None:
    response = owner_client.post(reverse("site_add"), {"url": "example.com"})
    assert response["Location"] == reverse("site", args=[Site.objects.get().pk])
    assert not Scan.objects.exists()


def test_a_plan_that_is_full_says_so(workspace: Workspace, owner_client: Client) -> None:
    for n in range(5):
        a_site(workspace, f"s{n}.example")
    response = owner_client.post(reverse("site_add"), {"url": "example.com"})
    assert "Your plan holds 5 sites." in response.content.decode()


# ── one site ──


def test_a_site_without_a_report_says_what_to_do(site: Site, owner_client: Client, viewer_client: Client) -> None:
    assert "Press Scan now" in text(owner_client, "site", site.pk)
    page = text(viewer_client, "site", site.pk)
    assert "No report yet" in page
    assert reverse("scan_start", args=[site.pk]) not in page


def test_the_headline_counts_fixes_and_findings_of_the_last_report(site: Site, owner_client: Client) -> None:
    scan = a_scan(site)
    page_row = a_page(scan)
    first, second = an_issue(scan, "First"), an_issue(scan, "Second")
    for issue in (first, first, second):
        a_finding(issue, scan, page_row)
    a_finding(an_issue(scan, "Ignored", state="ignored"), scan, page_row)
    page = " ".join(text(owner_client, "site", site.pk).split())
    assert ">2 fixes</a> clear 3 findings" in page
    assert f'href="{reverse("issue", args=[scan.pk, first.pk])}"' in page


def test_one_fix_clears(site: Site, owner_client: Client) -> None:
    scan = a_scan(site)
    a_finding(an_issue(scan), scan)
    assert ">1 fix</a> clears 1 finding </p>" in " ".join(text(owner_client, "site", site.pk).split())


def test_what_is_worst_stands_first(site: Site, owner_client: Client) -> None:
    scan = a_scan(site)
    for severity in ("minor", "critical", "serious", "moderate", "info"):
        a_finding(an_issue(scan, f"A {severity} one", rule="no.rule", severity=severity), scan)
    page = text(owner_client, "site", site.pk)
    places = [page.index(f"A {word} one") for word in ("critical", "serious", "moderate", "minor", "info")]
    assert places == sorted(places)


def test_the_history_says_what_was_new_and_what_was_fixed(site: Site, owner_client: Client) -> None:
    before, after = a_scan(site), a_scan(site)
    an_issue(before, "Mended", state="fixed", fixed_scan=after)
    an_issue(after, "New one")
    page = text(owner_client, "site", site.pk)
    assert '<span class="added">+1</span>' in page
    assert '<span class="removed">−1</span>' in page


def test_a_running_scan_takes_the_place_of_the_button(site: Site, owner_client: Client) -> None:
    scan = a_scan(site, ScanState.RUNNING)
    page = text(owner_client, "site", site.pk)
    assert f'href="{reverse("scan", args=[scan.pk])}"' in page
    assert reverse("scan_start", args=[site.pk]) not in page


def test_a_failed_scan_says_why_and_keeps_the_report_before(site: Site, owner_client: Client) -> None:
    a_scan(site, score=a_score(66))
    a_scan(site, ScanState.FAILED, reason="The home page <b>did not answer</b>.")
    page = text(owner_client, "site", site.pk)
    assert "Scan #2 failed" in page
    assert "The home page &lt;b&gt;did not answer&lt;/b&gt;." in page
    assert "Score 66 of 100" in page


@pytest.mark.parametrize("count", [1, 9])
def test_a_site_takes_the_same_few_queries_for_any_number_of_scans(
    count: int, site: Site, owner_client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for n in range(count):
        scan = a_scan(site)
        a_finding(an_issue(scan, f"Issue {n}"), scan)
    with django_assert_max_num_queries(17):
        text(owner_client, "site", site.pk)


# ── settings ──


def test_rename(site: Site, owner_client: Client) -> None:
    response = owner_client.post(reverse("site_settings", args=[site.pk]), {"name": SCRIPT})
    assert response["Location"] == reverse("site_settings", args=[site.pk])
    for name in ("overview", "site", "site_settings"):
        page = text(owner_client, name, *([] if name == "overview" else [site.pk]))
        assert escape(SCRIPT) in page
        assert "<script>alert" not in page


@pytest.mark.parametrize(("name", "said"), [("", "Give the site a name."), ("n" * 201, "at most 200 characters")])
def test_a_bad_name_is_refused_beside_its_field(name: str, said: str, site: Site, owner_client: Client) -> None:
    response = owner_client.post(reverse("site_settings", args=[site.pk]), {"name": name})
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert f"Delete {site.name}" in page
    site.refresh_from_db()
    assert site.name == "studio-north.example"


def test_deleting_needs_the_name(site: Site, owner_client: Client) -> None:
    response = owner_client.post(reverse("site_delete", args=[site.pk]), {"name": "studio"})
    assert response.status_code == 422
    assert "This is not the site’s name." in response.content.decode()
    assert Site.objects.filter(pk=site.pk).exists()
    assert owner_client.get(reverse("site_delete", args=[site.pk])).status_code == 405


def test_deleting_takes_everything_along(
    site: Site, owner_client: Client, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    scan = a_scan(site)
    page_row = a_page(scan)
    a_finding(an_issue(scan), scan, page_row)
    shot = Shot(page=page_row, viewport="desktop", width=1440, height=900)
    shot.file.save("desktop.webp", ContentFile(b"picture"))
    with django_capture_on_commit_callbacks(execute=True):
        response = owner_client.post(reverse("site_delete", args=[site.pk]), {"name": site.name}, follow=True)
    assert "is deleted, with its scans and pictures." in response.content.decode()
    assert not Scan.objects.exists()
    assert not default_storage.exists(shot.file.name)
