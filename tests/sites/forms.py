"""Pages with forms, and what a page can give away: secrets, old libraries, trackers."""

from __future__ import annotations

from tests.sites.base import SITE_ID, script
from tests.sites.links import listed
from tests.sites.plan import REVIEW, Family, Page, Want, want

_DONE = '<div class="w-form-done" style="display:none"><div>We will write back by Friday.</div></div>'
_FAIL = '<div class="w-form-fail" style="display:none"><div>That did not work. Please ring us up.</div></div>'
_SEND = '<input type="submit" value="Send the letter" class="w-button">'
_TRAP = '<div class="g-recaptcha" data-sitekey="6Lc-public"></div>'
_EMAIL = '<label for="mail">Your e-mail</label><input id="mail" name="Letter-email" type="email" autocomplete="email" required>'


def _form(fields: str = _EMAIL, attrs: str = 'method="get"', after: str = _DONE + _FAIL, *, send: str = _SEND,
          block: str = "w-form", name: str = "Letter form", trap: str = _TRAP) -> str:  # fmt: skip
    form = f'<form id="letter" name="wf-{name}" data-name="{name}" {attrs}>{fields}{trap}{send}</form>'
    return f'<div class="{block}">{form}{after}</div>'


def _field(name: str, label: str, kind: str, more: str = "") -> str:
    attrs = f'id="{name.lower()}" name="{name}" type="{kind}" {more}'
    return f'<label for="{name.lower()}">{label}</label><input {attrs}>'


_UNKNOWN = f'data-wf-site="{SITE_ID}" '
_FORMS = (
    Page("/forms/no-target", "A letter box without a house", _form(block="letter-box"), wants=(Want("forms.no-target", 1),)),
    Page("/forms/no-site", "A letter box without a street", _form(), edits=((_UNKNOWN, ""),),
         wants=(Want("forms.no-target", 1),)),
    Page("/forms/known-handlers", "Letter boxes of other houses",
         _form(attrs='method="post" action="https://formspree.io/f/xyz"', block="letter-box")
         + '<form role="search" action="/search"><label for="q">Look for</label><input id="q" type="search" name="query">'
         '<button type="submit">Look</button></form>', silent=("forms.no-target", "forms.no-submit", "forms.missing-states")),
    Page("/forms/missing-states", "A letter box that never answers", _form(after=_FAIL), wants=(Want("forms.missing-states", 1),)),
    Page("/forms/default-messages", "A letter box with borrowed words", _form(
        after='<div class="w-form-done"><div>Thank you! Your submission has been received!</div></div>'
        '<div class="w-form-fail"><div>Oops! Something went wrong while submitting the form.</div></div>'),
        head="<style>.w-form-done,.w-form-fail{display:none}</style>", wants=(Want("forms.default-messages", None),)),
    Page("/forms/default-names", "A letter box with a number", _form(
        _EMAIL + _field("Name-2", "Name 2", "text", 'data-name="Name 2" autocomplete="name"'), name="Email Form"),
        wants=(Want("forms.default-names", None),)),
    Page("/forms/wrong-type", "A letter box with the wrong slot",
         _form(_field("Email", "Your e-mail", "text", 'data-name="Email" autocomplete="email"')),
         wants=(Want("forms.wrong-type", 1), Want("forms.accepts-invalid", None))),
    Page("/forms/no-autocomplete", "A letter box that forgets you",
         _form(_field("Email", "Your e-mail", "email", 'data-name="Email" required')), wants=(Want("forms.no-autocomplete", 1),)),
    Page("/forms/accepts-invalid", "A letter box that swallows all",
         _form(_field("Email", "Your e-mail", "email", 'data-name="Email" autocomplete="email"'), 'method="get" novalidate'),
         wants=(Want("forms.accepts-invalid", 1),)),
    Page("/forms/insecure-action", "A letter box made of glass", _form(attrs='method="post" action="http://letters.clay.org/in"'),
         wants=(Want("forms.insecure-action", 1),)),
    Page("/forms/personal-data-in-url", "A letter box that reads aloud", _form(attrs='method="get" action="https://letters.clay.org/in"'),
         wants=(Want("forms.personal-data-in-url", 1),)),
    Page("/forms/no-spam-protection", "A letter box for everybody", _form(trap=""), wants=(Want("forms.no-spam-protection", 1),)),
    Page("/forms/duplicate-field", "A letter box with two equal slots", _form(
        _EMAIL + _field("Colour", "First colour", "text") + _field("Colour", "Second colour", "text").replace('"colour"', '"colour-2"')),
        wants=(Want("forms.duplicate-field", 1),)),
    Page("/forms/no-submit", "A letter box without a flap", _form(send=""), wants=(Want("forms.no-submit", 1),)),
    Page("/forms/good-form", "A letter box as it should be", _form(
        _field("First-Name", "Your name", "text", 'data-name="First Name" autocomplete="name" required') + _EMAIL
        + _field("Phone", "Your phone", "tel", 'data-name="Phone" autocomplete="tel"')
        + '<fieldset><legend>Size</legend><label><input type="radio" name="Size" value="s">Small</label>'
        '<label><input type="radio" name="Size" value="l">Large</label></fieldset>'),
        silent=("forms.no-target", "forms.missing-states", "forms.default-messages", "forms.default-names",
                "forms.wrong-type", "forms.no-autocomplete", "forms.accepts-invalid", "forms.insecure-action",
                "forms.personal-data-in-url", "forms.no-spam-protection", "forms.duplicate-field", "forms.no-submit")),
)  # fmt: skip
# written in pieces, so that nobody takes them for real ones
_STRIPE = "sk_" + "live_" + "51NzkQ2eZvKYlo2CTq8wP0fVb"
_GITHUB = "gh" + "p_" + "a8Kd03jXm5Qw7Zr1Tb9Yc2Lf4Vn6Hs0PeUiO"
_PEM = "-----BEGIN RSA " + "PRIVATE KEY-----"
_SECURITY = (
    Page("/security/exposed-secret", "A key under the mat",
         f'<script>const pay = "{_STRIPE}"; const code = "{_GITHUB}"; const pem = "{_PEM}\\nMIIEpAIBAAKCAQEAx1hXJk2bQ9sT0mVqZr";</script>',
         wants=(Want("security.exposed-secret", None),)),
    Page("/security/public-keys", "Keys that everybody may have", '<script>const pay = "' + "pk_" + 'live_51NzkQ2eZvKYlo2CTq8wP0fVb";'
         'const map = "' + "AIza" + 'SyD3k9f0aB1cD2eF3gH4iJ5kL6mN7oP8qR"; const count = "G-ABC1234567";</script>',
         silent=("security.exposed-secret",)),
    Page("/security/vulnerable-library", "An old tool in the box", '<script src="/js/jquery-1.12.4.min.js"></script>',
         wants=(Want("security.vulnerable-library", 1),)),
    Page("/security/tracker", "A guest who takes notes",
         '<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC1234567"></script>',
         wants=(Want("security.tracker-before-consent", None, confidence=REVIEW),)),
    Page("/security/open-target", "A window with the wrong handle",
         listed('<a id="opener" class="note-link" href="http://[other]/only-get" target="_blank" rel="opener">The library</a>'),
         wants=(want("security.open-target", "#opener"),)),
    Page("/security/blank-target", "A window with the right handle",
         listed('<a class="note-link" href="http://[other]/only-get" target="_blank">The library of glass</a>',
                '<a class="note-link" href="http://[other]/only-get" target="_blank" rel="noopener">The library of clay</a>'),
         silent=("security.open-target", "security.tracker-before-consent", "security.headers")),
)  # fmt: skip

FORMS = Family("forms", "Letters and forms", _FORMS)
SECURITY = Family(
    "security",
    "Keys and locks",
    _SECURITY,
    routes={
        "/js/jquery-1.12.4.min.js": script(
            '/*! jQuery v1.12.4 */window.jQuery = window.$ = {fn: {jquery: "1.12.4"}};window.jQuery.fn.init = 1;'
        ),
    },
)
