"""The customer's own rules in the browser: who may, what is refused, what is shown; and nothing typed is markup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Workspace
from scans.custom import KIND_LABELS
from scans.models import CustomRule, Site
from scans.retention import remove_site
from scans.rulebook import MOST_RULES
from scans.snapshot import CustomKind
from tests.build import a_finding, a_page, a_scan, a_site, an_issue
from tests.scans.hostile import HOSTILE

WORDS = {"name": "No Acme", "terms": "Acme Corp", "path": "*", "severity": "serious"}
VALID = {
    "forbidden-text": {"terms": "Acme"},
    "required-text": {"terms": "HRB 1"},
    "forbidden-element": {"terms": ".banner"},
    "required-element": {"terms": "script[src]"},
    "forbidden-host": {"terms": "old.example"},
    "page-weight": {"limit": "1500"},
    "request-count": {"limit": "60"},
    "lcp": {"limit": "2000"},
}


@pytest.fixture
def site(workspace: Workspace) -> Site:
    return a_site(workspace)


def a_rule(site: Site, **fields: Any) -> CustomRule:
    ordinary = {"kind": "forbidden-text", "name": "No Acme", "severity": "serious", "terms": "Acme Corp"}
    return CustomRule.objects.create(**{"site": site} | ordinary | fields)


def text(client: Client, name: str, *args: Any) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# ── who may ──


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("rules", [200, 200, 200, 404]),
        ("rule_choose", [200, 200, 404, 404]),
        ("rule_add", [200, 200, 404, 404]),
        ("rule_edit", [200, 200, 404, 404]),
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
    of = {"rule_add": [site.pk, "lcp"], "rule_edit": [a_rule(site).pk]}
    url = reverse(name, args=of.get(name, [site.pk]))
    cast = (owner_client, member_client, viewer_client, stranger_client)
    assert [each.get(url).status_code for each in cast] == answers
    assert client.get(url)["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("name", ["rule_add", "rule_edit", "rule_switch", "rule_delete", "rule_restore"])
def test_only_writers_change_anything(
    name: str, site: Site, viewer_client: Client, stranger_client: Client, client: Client
) -> None:
    rule = a_rule(site)
    before = CustomRule.objects.values().get()
    url = reverse(name, args=[site.pk, "lcp"] if name == "rule_add" else [rule.pk])
    data = {**WORDS, "name": "Changed", "limit": "5", "on": "0"}
    assert viewer_client.post(url, data).status_code == 404
    assert stranger_client.post(url, data).status_code == 404
    assert client.post(url, data).status_code == 302
    assert CustomRule.objects.values().get() == before


@pytest.mark.parametrize("name", ["rule_switch", "rule_delete", "rule_restore"])
def test_nothing_changes_by_looking(name: str, site: Site, owner_client: Client) -> None:
    assert owner_client.get(reverse(name, args=[a_rule(site).pk])).status_code == 405


def test_a_viewer_sees_the_rules_and_no_button(site: Site, viewer_client: Client) -> None:
    a_rule(site)
    page = text(viewer_client, "rules", site.pk)
    assert "No Acme" in page
    assert "rule_switch" not in page
    assert 'role="switch"' not in page
    assert reverse("rule_choose", args=[site.pk]) not in page


def test_the_site_leads_to_them(site: Site, owner_client: Client, viewer_client: Client) -> None:
    for each in (owner_client, viewer_client):
        assert f'href="{reverse("rules", args=[site.pk])}"' in text(each, "site", site.pk)


# ── the list ──


def test_an_empty_list_shows_how_to_begin(site: Site, owner_client: Client, viewer_client: Client) -> None:
    page = text(owner_client, "rules", site.pk)
    assert all(reverse("rule_add", args=[site.pk, kind.value]) in page for kind in CustomKind)
    assert all(label in page for label in KIND_LABELS.values())
    page = text(viewer_client, "rules", site.pk)
    assert "No rules of your own yet" in page
    assert "/rules/add/" not in page


def test_the_list_says_what_where_and_how_bad(site: Site, owner_client: Client) -> None:
    a_rule(site, terms="one\ntwo\nthree\nfour\nfive", path="/blog/*")
    a_rule(site, kind="page-weight", name="Light", terms="", limit=1500, is_enabled=False)
    page = text(owner_client, "rules", site.pk)
    assert "<code>one, two, three</code> and 2 more · on <code>/blog/*</code>" in page
    assert "<code>at most 1,500 kB</code> · on every page" in page
    assert 'aria-checked="true" aria-label="No Acme"' in page
    assert 'aria-checked="false" aria-label="Light"' in page


def test_what_they_found_last_is_one_click_away(site: Site, owner_client: Client) -> None:
    a_rule(site)
    scan = a_scan(site)
    assert "category=custom" not in text(owner_client, "rules", site.pk)
    a_finding(an_issue(scan, "No Acme", rule="custom.forbidden-text", category="custom"), scan)
    assert f'href="{scan.get_absolute_url()}?category=custom">1 finding in scan #1</a>' in text(
        owner_client, "rules", site.pk
    )


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_the_same_few_queries_for_any_number_of_rules(
    count: int, site: Site, owner_client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(count):
        a_rule(site, name=f"Rule {number}")
    with django_assert_max_num_queries(8):
        assert "Rule 0" in text(owner_client, "rules", site.pk)


def test_rules_of_another_site_are_not_shown(workspace: Workspace, site: Site, owner_client: Client) -> None:
    a_rule(a_site(workspace, "another.example"), name="Theirs")
    assert "Theirs" not in text(owner_client, "rules", site.pk)


# ── a new one ──


@pytest.mark.parametrize("kind", CustomKind)
def test_every_kind_can_be_added_and_changed(kind: CustomKind, site: Site, owner_client: Client) -> None:
    data = {"name": "Ours", "path": "/blog/*", "severity": "minor", **VALID[kind.value]}
    url = reverse("rule_add", args=[site.pk, kind.value])
    assert ('name="limit"' if kind.is_budget else 'name="terms"') in text(owner_client, "rule_add", site.pk, kind.value)
    page = owner_client.post(url, data, follow=True).content.decode()
    assert "“Ours” is added." in page
    row = CustomRule.objects.get()
    assert (row.kind, row.name, row.path, row.severity, row.is_enabled) == (kind, "Ours", "/blog/*", "minor", True)
    assert site.custom_rules.in_force()[0].kind is kind
    page = text(owner_client, "rule_edit", row.pk)
    assert escape(next(iter(VALID[kind.value].values()))) in page
    owner_client.post(reverse("rule_edit", args=[row.pk]), data | {"name": "Renamed", "path": ""})
    row.refresh_from_db()
    assert (row.name, row.path, row.kind) == ("Renamed", "*", kind)


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("forbidden-text", {"name": ""}, "Give the rule a name"),
        ("forbidden-text", {"name": "\u200b"}, "Give the rule a name"),
        ("forbidden-text", {"name": "n" * 200}, "This name is too long: 200 characters, 120 are allowed."),
        ("forbidden-text", {"terms": ""}, "Write at least one line."),
        ("forbidden-text", {"terms": "ok\n\u200b\u2060"}, "There is nothing in it that a reader could see."),
        ("forbidden-text", {"terms": "\n".join(f"w{n}" for n in range(51))}, "These are 51 lines; a rule holds 50."),
        ("forbidden-text", {"severity": "terrible"}, "is not one of the available choices"),
        ("forbidden-text", {"path": "/a?b=c"}, "Only the path counts"),
        ("required-element", {"terms": "p >"}, "Line 1, “p &gt;”: It is not a CSS selector."),
        ("forbidden-element", {"terms": "a:hover"}, "“:hover” cannot be looked up in a page"),
        ("forbidden-host", {"terms": "not a host"}, "It is not a host. Write it like example.com."),
        ("lcp", {"limit": ""}, "A whole number of ms from 1 to 120,000."),
        ("lcp", {"limit": "fast"}, "A whole number of ms from 1 to 120,000."),
        ("lcp", {"limit": "999999999999999999999"}, "A whole number of ms from 1 to 120,000."),
        ("page-weight", {"limit": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    kind: str, typed: dict[str, str], said: str, site: Site, owner_client: Client
) -> None:
    data = {"name": "Ours", "path": "*", "severity": "minor", **VALID[kind]} | typed
    response = owner_client.post(reverse("rule_add", args=[site.pk, kind]), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert page.count('class="errorlist"') == 1
    assert 'aria-invalid="true"' in page
    assert not CustomRule.objects.exists()


def test_there_are_only_these_kinds(site: Site, owner_client: Client) -> None:
    for kind in ("poem", "custom", "site"):
        assert owner_client.get(reverse("rule_add", args=[site.pk, kind])).status_code == 404


def test_a_site_holds_fifty(site: Site, owner_client: Client) -> None:
    CustomRule.objects.bulk_create(
        CustomRule(site=site, kind="lcp", name=f"Rule {number}", limit=1) for number in range(MOST_RULES)
    )
    response = owner_client.post(reverse("rule_add", args=[site.pk, "forbidden-text"]), WORDS)
    assert response.status_code == 422
    assert "A site holds 50 rules." in response.content.decode()
    page = text(owner_client, "rules", site.pk)
    assert "A site holds 50 rules; these are all of them." in page
    assert reverse("rule_choose", args=[site.pk]) not in page
    gone = site.custom_rules.first()
    assert gone is not None
    owner_client.post(reverse("rule_delete", args=[gone.pk]))
    owner_client.post(reverse("rule_add", args=[site.pk, "forbidden-text"]), WORDS)
    assert site.custom_rules.kept().count() == MOST_RULES
    page = owner_client.post(reverse("rule_restore", args=[gone.pk]), follow=True).content.decode()
    assert "A site holds 50 rules." in page
    assert site.custom_rules.kept().count() == MOST_RULES


@pytest.mark.parametrize("evil", HOSTILE)
def test_what_is_typed_stays_text(evil: str, site: Site, owner_client: Client) -> None:
    for kind in ("forbidden-text", "required-element", "forbidden-host"):
        response = owner_client.post(
            reverse("rule_add", args=[site.pk, kind]),
            {"name": evil, "terms": evil, "path": evil, "severity": evil, "try": "1"},
        )
        assert evil not in response.content.decode() or escape(evil) == evil
    rule = a_rule(site, name=evil[:120], terms=evil, path=evil)
    for page in (text(owner_client, "rules", site.pk), text(owner_client, "rule_edit", rule.pk)):
        assert "<script>alert(" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page


# ── switch, delete, take back ──


def test_the_switch(site: Site, owner_client: Client) -> None:
    rule = a_rule(site)
    url = reverse("rule_switch", args=[rule.pk])
    for on in ("0", "0", "1"):
        assert owner_client.post(url, {"on": on})["Location"] == reverse("rules", args=[site.pk])
        assert bool(site.custom_rules.in_force()) is (on == "1")


def test_a_deleted_rule_can_be_taken_back(site: Site, owner_client: Client) -> None:
    rule = a_rule(site)
    page = owner_client.post(reverse("rule_delete", args=[rule.pk]), follow=True).content.decode()
    assert "“No Acme” is deleted." in page
    assert f'action="{reverse("rule_restore", args=[rule.pk])}"' in page
    assert site.custom_rules.in_force() == ()
    assert owner_client.get(reverse("rule_edit", args=[rule.pk])).status_code == 404
    page = owner_client.post(reverse("rule_restore", args=[rule.pk]), follow=True).content.decode()
    assert "“No Acme” is back." in page
    assert len(site.custom_rules.in_force()) == 1


def test_a_rule_deleted_long_ago_is_forgotten(site: Site, owner_client: Client) -> None:
    a_rule(site, deleted_at=timezone.now() - timedelta(days=2))
    recent = a_rule(site, deleted_at=timezone.now() - timedelta(hours=2))
    owner_client.post(reverse("rule_add", args=[site.pk, "lcp"]), {**WORDS, "limit": "5"})
    assert list(site.custom_rules.exclude(kind="lcp")) == [recent]


def test_a_site_takes_its_rules_along(site: Site) -> None:
    a_rule(site)
    remove_site(site)
    assert not CustomRule.objects.exists()


# ── tried on the last scan ──


def tried(client: Client, site: Site, kind: str, **data: str) -> str:
    url = reverse("rule_add", args=[site.pk, kind])
    response = client.post(url, {"name": "Ours", "path": "*", "severity": "minor", "try": "1", **VALID[kind]} | data)
    assert response.status_code == 200
    assert not CustomRule.objects.exists()
    return " ".join(response.content.decode().split())


def test_before_the_first_scan_there_is_nothing_to_try_it_on(site: Site, owner_client: Client) -> None:
    assert "There is no finished scan of this site yet." in tried(owner_client, site, "lcp")


def test_budgets_are_tried_on_the_figures_that_were_kept(site: Site, owner_client: Client) -> None:
    scan, now = a_scan(site), timezone.now()
    for number, weight in enumerate((1_400_000, 1_600_000, 9_000_000)):
        a_page(
            scan,
            f"/blog/{number}",
            visited_at=now,
            bytes=weight,
            requests=50 + number * 10,
            vitals={"lcp_ms": 1990 + number * 10},
        )
    a_page(scan, "/blog/late", bytes=9_000_000)
    a_page(scan, "/other", visited_at=now, bytes=9_000_000)
    assert "<strong>3 of 4 pages</strong> would be over the budget" in tried(owner_client, site, "page-weight")
    assert "<strong>2 of 3 pages</strong>" in tried(owner_client, site, "page-weight", path="/blog/*")
    assert "<strong>1 of 3 pages</strong>" in tried(owner_client, site, "request-count", path="/blog/*")
    assert "<strong>1 of 3 pages</strong>" in tried(owner_client, site, "lcp", path="/blog/*")
    assert "None of the 5 pages of scan #1" in tried(owner_client, site, "lcp", path="/nowhere")
    assert "so there is no figure to compare with" in tried(owner_client, site, "lcp", path="/blog/late")


def test_other_rules_say_on_how_many_pages_they_look(site: Site, owner_client: Client) -> None:
    scan = a_scan(site)
    for path in ("/", "/blog/1", "/blog/2"):
        a_page(scan, path)
    page = tried(owner_client, site, "forbidden-text", path="/blog/*")
    assert "<strong>2 of 3 pages</strong> of scan #1" in page
    assert 'value="Ours"' in page
