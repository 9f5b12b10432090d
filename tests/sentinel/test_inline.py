"""The content security policy allows nothing inline: no page has a script, a style or a handler in its markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from tests.build import a_site
from tests.scans.filled import fill

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style[\s>]", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\s(?:src=|type=\"application/json\"))[^>]*>", re.I),
    "an event handler": re.compile(r"\son[a-z]+\s*=", re.I),
    "an htmx handler": re.compile(r"\shx-on[:\-]|js:|hx-vars", re.I),
    "a script address": re.compile(r"javascript:", re.I),
}
# nothing leads from one page to these two: they log out, or leave for the administration's own look
APART = ("/accounts/logout/", "/admin/")
MOST_PAGES = 60


class Page(HTMLParser):
    """Collects what is inline, and where the page leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.leads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        # data for a script is no script: the policy lets it be, and no browser runs it
        if tag == "style" or (tag == "script" and not given.get("src") and given.get("type") != "application/json"):
            self.inline.append(f"<{tag}>")
        address = given.get("href") or ""
        if address.lower().startswith("javascript:"):
            self.inline.append(address)
        if tag == "a" and address.startswith(("/", "?")) and not address.startswith("//"):
            self.leads.append(address)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_has_anything_inline(path: Path) -> None:
    source = path.read_text()
    assert [what for what, pattern in INLINE.items() if pattern.search(source)] == []


def test_no_template_switches_escaping_off() -> None:
    """What is safe is made so in Python; here only Django's own help texts are."""
    loose = [path.name for path in TEMPLATES if re.search(r"\|\s*safe\b|autoescape off", path.read_text())]
    assert loose == ["field.html"]


def test_every_page_is_strict(workspace: Workspace, owner_client: Client) -> None:
    """Follows the links of a filled workspace, as a person would."""
    fill(a_site(workspace))
    waiting, seen = [reverse("overview"), reverse("account_email")], set[str]()
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0)
        if url in seen or url.startswith(APART):
            continue
        seen.add(url)
        response = owner_client.get(url, follow=True)
        assert response.status_code == 200, url
        if not response["Content-Type"].startswith("text/html"):
            continue
        page = Page(response.content.decode())
        assert page.inline == [], url
        assert_policy(response["Content-Security-Policy"])
        waiting += [lead if lead.startswith("/") else url.partition("?")[0] + lead for lead in page.leads]
    assert len(seen) > 20


@pytest.mark.parametrize(
    "name", ["landing", "account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
)
def test_pages_of_visitors_are_strict(name: str, client: Client, db: None) -> None:
    response = client.get(reverse(name))
    assert Page(response.content.decode()).inline == []
    assert_policy(response["Content-Security-Policy"])
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


def assert_policy(policy: str) -> None:
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
