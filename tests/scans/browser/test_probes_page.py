"""Fields, libraries, cookies and dialogs, on small pages in a real browser; and that asking a form sends nothing."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from scans.browser import libraries
from scans.snapshot import Cookie, Dialog, EmailField, Library
from tests.scans.browser.conftest import LocalSite, Visits

HEAD = '<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"></head>'

# Everything a page can do to hear of a field, and to tell somebody.
SPY = """
  const tell = (what) => { navigator.sendBeacon("/spied?" + what); fetch("/spied?" + what); new Image().src = "/spied?" + what; };
  for (const type of ["input", "invalid", "submit", "change", "focus", "focusin", "blur", "keydown", "formdata", "reset", "beforeinput"]) {
    document.addEventListener(type, () => tell(type), true);
    document.querySelectorAll("form, input").forEach((element) => element.addEventListener(type, () => tell(type)));
  }
  const checks = ["checkValidity", "reportValidity", "setCustomValidity", "setSelectionRange"];
  for (const name of checks) HTMLInputElement.prototype[name] = () => { tell(name); return true; };
  for (const name of ["value", "type", "validity"]) {
    Object.defineProperty(HTMLInputElement.prototype, name, { get: () => { tell(name); return ""; }, set: () => tell(name) });
  }
  Document.prototype.createElement = () => { tell("createElement"); return null; };
  document.implementation.createHTMLDocument = () => { tell("createHTMLDocument"); return document; };
  new MutationObserver(() => tell("mutation")).observe(document, { subtree: true, childList: true, attributes: true });
  class Spy extends HTMLInputElement { constructor() { super(); if (document.readyState === "complete") tell("built"); } }
  customElements.define("spy-input", Spy, { extends: "input" });
"""  # noqa: E501


def emails(site: LocalSite, visits: Visits, form: str, script: str = "") -> tuple[EmailField, ...]:
    visit = visits(site.add("/form", f"{HEAD}<body>{form}<script>{script}</script>"), axe=False)
    assert visit.error is None, visit.error_detail
    return visit.emails


def test_asking_a_form_sends_nothing(site: LocalSite, visits: Visits) -> None:
    form = """<form action="/spied" oninvalid="fetch('/spied?form')">
      <input name="email" oninvalid="fetch('/spied?own')">
      <input type="email" name="second" required is="spy-input"><button>Send</button></form>"""
    site.asked.clear()
    found = emails(site, visits, form, SPY)
    visits.run(asyncio.sleep(0.3))
    assert [(field.takes_empty, field.takes_malformed) for field in found] == [(True, True), (False, False)]
    assert [path for path in site.asked if path != "/form"] == []


def test_the_spy_would_have_told(site: LocalSite, visits: Visits) -> None:
    """The page of the test above does send when somebody does what we do not."""
    touch = "setTimeout(() => document.querySelector('input').dispatchEvent(new Event('invalid')), 0)"
    site.asked.clear()
    emails(site, visits, "<form><input name=email></form>", SPY + touch)
    assert "/spied" in site.asked


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("<input name=email>", [(True, True)]),
        ("<input type=email>", [(True, False)]),
        ("<input type=email required>", [(False, False)]),
        ("<label for=a>Ihre E-Mail</label><input id=a required>", [(False, True)]),
        ("<input placeholder='you@company.com' pattern='[^@]+@[^@]+' required>", [(False, False)]),
        ("<input name=name><input type=password><textarea name=email></textarea>", []),
        ("<input name=email disabled><input name=email tabindex=-1><input name=email style='display:none'>", []),
        ("<input name=email style='position:absolute;left:-5000px'><input type=hidden name=email>", []),
    ],
)
def test_what_the_browser_lets_through(
    site: LocalSite, visits: Visits, form: str, said: list[tuple[bool, bool]]
) -> None:
    found = emails(site, visits, f"<form>{form}</form>")
    assert [(field.takes_empty, field.takes_malformed) for field in found] == said


def test_what_is_told_of_the_form(site: LocalSite, visits: Visits) -> None:
    form = """<form class="signup" novalidate>
        <input name="Name" required><input name="Email"><input type="password"></form>
      <form><input name="getAttribute"><input name="attributes"><input name="email"></form>"""
    field = emails(site, visits, form)[0]
    assert (field.form.selector, field.novalidate, field.may_be_empty) == ("form.signup", True, False)
    assert (field.fields, field.has_password, "Email" in field.words) == (3, True, True)


def test_libraries_say_their_version(site: LocalSite, visits: Visits) -> None:
    script = """const fn = {jquery: "1.12.4", tooltip: {Constructor: {VERSION: "3.3.7"}}};
      window.jQuery = Object.assign(() => 0, {fn});
      window._ = {VERSION: "4.17.15", forOwn: () => 0}; window.moment = {version: "9".repeat(1000)};
      window.axios = {VERSION: {toString() { return "1.0.0"; }}};"""
    visit = visits(site.add("/libraries", f"{HEAD}<body><script>{script}</script>"), axe=False)
    assert visit.libraries == (Library("jquery", "1.12.4"), Library("bootstrap", "3.3.7"), Library("lodash", "4.17.15"))


@pytest.mark.parametrize(
    "trap",
    [
        "get() { for (;;); }",
        "get() { fetch('/trapped'); document.title = 'trapped'; return {fn: {jquery: '1.0.0'}}; }",
        "get() { throw 1; }",
        "value: {fn: {jquery: new Proxy({}, {get() { for (;;); }})}}",
    ],
)
def test_traps_for_whom_asks_libraries(site: LocalSite, visits: Visits, trap: str) -> None:
    script = f"Object.defineProperty(window, 'jQuery', {{{trap}}}); Array.prototype.toJSON = () => 'x'.repeat(1e7);"
    site.asked.clear()
    visit = visits(site.add("/trap", f"{HEAD}<body><script>{script}</script>"), axe=False)
    assert (visit.error, visit.libraries, visit.title) == (None, (), "A page")
    assert "/trapped" not in site.asked
    assert len(libraries.NAMES) == len(set(libraries.NAMES))


def test_cookies_by_name_and_flag(site: LocalSite, visits: Visits) -> None:
    async def answer(_: web.Request) -> web.Response:
        response = web.Response(
            text=HEAD + "<script>document.cookie = 'theme=dark; max-age=99'</script>", content_type="text/html"
        )
        response.set_cookie("sessionid", "a-secret-value", httponly=True)
        return response

    visit = visits(site.add("/cookies", answer), axe=False)
    assert visit.cookies == (
        Cookie("sessionid", "127.0.0.1", secure=False, http_only=True, session=True),
        Cookie("theme", "127.0.0.1", secure=False, http_only=False, session=False),
    )
    assert "a-secret-value" not in repr(visit) and "dark" not in repr(visit.cookies)


def test_the_first_dialog_is_kept(site: LocalSite, visits: Visits) -> None:
    page = f"{HEAD}<body><script>confirm('x'.repeat(9999)); alert('second'); onbeforeunload = () => 1;</script>"
    visit = visits(site.add("/dialog", page), axe=False)
    assert visit.dialog == Dialog("confirm", "x" * 512)
    assert visits(site.add("/quiet", f"{HEAD}<body>quiet"), axe=False).dialog is None
