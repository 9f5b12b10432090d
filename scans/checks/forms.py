"""Forms that cannot be sent, tell nobody what became of it, or send it where it does not belong. Their single fields
are in `form_fields`.

In: the forms of one page as HTML tells them. Nothing is ever sent: the owner's inbox is not ours to fill. A form that
is a search, or that a known script takes over, is left alone where Webflow's own way is what a rule is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scans.checks import addresses
from scans.checks.field_kinds import Kind, asked_for
from scans.checks.form_words import Asked, form_name, forms, has_action, is_for_mailchimp, is_of_webflow, is_trap, typed
from scans.checks.hosts import is_under
from scans.checks.registry import Rule, page_check
from scans.snapshot import AssetKind, Element, Form, PageFacts, Problem, Severity

NO_TARGET = Rule(
    "forms.no-target",
    Severity.SERIOUS,
    "Form cannot be sent",
    "Visitors fill it in, press the button, and nothing arrives. A form must stand in a Form Block: in the Designer, "
    "drag a Form Block from Add (A) › Forms and move the fields into it, or name an address of your own under Element "
    "settings (D) › Form settings › Action. Then publish and send a test.",
)
MISSING_STATES = Rule(
    "forms.missing-states",
    Severity.MODERATE,
    "Form does not say whether it was sent",
    "After the button nothing seems to happen, so people send it again or give up. Select the Form Block, open "
    "Element settings (D) › State and look at Success and Error: the two message elements were deleted. Drag in a new "
    "Form Block and move your fields into it.",
)
DEFAULT_MESSAGES = Rule(
    "forms.default-messages",
    Severity.MODERATE,
    "Form answers with Webflow's own words",
    "Nobody wrote what visitors read after sending. Select the Form Block, open Element settings (D) › State, choose "
    "Success or Error, double-click the text and say in your words, and your language, what happens next.",
)
DEFAULT_NAMES = Rule(
    "forms.default-names",
    Severity.MINOR,
    "Form or fields have no names of their own",
    "The e-mail that you get lists fields as “Name 2” or “Field 3”, and visitors may choose “First choice”. Select "
    "the form and each field and write a name under Element settings (D) › Name; options of a Select are under "
    "Choices.",
)
INSECURE = Rule(
    "forms.insecure-action",
    Severity.SERIOUS,
    "Form sends what people type unprotected",
    "The address begins with http://, so anyone on the way can read it, and browsers warn before sending. Select the "
    "form, open Element settings (D) › Form settings › Action and write https://.",
)
IN_URL = Rule(
    "forms.personal-data-in-url",
    Severity.SERIOUS,
    "Form puts personal data into the address",
    "With the method GET, e-mail, phone or password become part of the web address and stay in histories and logs. "
    "Select the form, open Element settings (D) › Form settings › Method and choose POST.",
)
NO_SPAM_PROTECTION = Rule(
    "forms.no-spam-protection",
    Severity.INFO,
    "Form has no protection against spam",
    "Robots will find it and fill your inbox. Open Site settings › Forms (or Apps & integrations), switch on bot "
    "protection by Turnstile or reCAPTCHA, and publish.",
)
NO_SUBMIT = Rule(
    "forms.no-submit",
    Severity.SERIOUS,
    "Form has no button to send it",
    "On a phone nobody can send it, and a link styled as a button does not do it. In the Designer drag Add (A) › "
    "Forms › Form Button into the form.",
)

_DONE = ("thank you! your submission has been received!",)
_FAIL = (
    "oops! something went wrong while submitting the form.",
    "oops! something went wrong while submitting the form",
)
_FORM_NAME = re.compile(r"(?:wf-form-)?email[ -]form(?:[ -]\d+)*", re.IGNORECASE)
_FIELD_NAME = re.compile(
    r"(?:name|e-?mail|phone|message|text area|file(?: upload)?|select(?: field)?)(?:[ -]\d+)+|"
    r"(?:field|text field|checkbox|radio(?: button)?|select(?: field)?|text area)(?:[ -]\d+)*",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"(?:first|second|third|another) choice|option [1-3]", re.IGNORECASE)
_PERSONAL = (Kind.EMAIL, Kind.PHONE)
_CAPTCHA_CLASSES = ("g-recaptcha", "h-captcha", "cf-turnstile", "w-form-formrecaptcha", "frc-captcha")
_CAPTCHA_HOSTS = ("hcaptcha.com", "challenges.cloudflare.com", "recaptcha.net", "friendlycaptcha.com")
_SENDS = re.compile(r"submit|onclick|send", re.IGNORECASE)
_SENT_BY_SCRIPT = frozenset({"onsubmit", "@submit", "@submit.prevent", "x-on:submit", "x-on:submit.prevent", "hx-post"})
_TRAP_TYPES = ("text", "email", "url")
_BY_ITSELF = ("onchange", "oninput", "data-auto-submit", "data-autosubmit")


@page_check(NO_TARGET, MISSING_STATES, DEFAULT_MESSAGES, DEFAULT_NAMES, INSECURE, IN_URL, NO_SPAM_PROTECTION, NO_SUBMIT)
def check_forms(page: PageFacts) -> Iterator[Problem]:
    for asked in forms(page):
        for judge in (_unsendable, _messages, _default_names, _insecure, _in_url, _unprotected, _without_button):
            yield from judge(page, asked)


def _unsendable(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    if not (page.webflow.is_webflow and is_of_webflow(form)) or has_action(form):
        return
    if asked.is_search or asked.is_taken_over:
        return
    if not form.in_webflow_block:
        yield _said(NO_TARGET, page, form, "stands outside of a Form Block, and names no address to send to.")
    elif not page.webflow.site_id:
        text = "names no address, and the page does not say which Webflow site it is of."
        yield _said(NO_TARGET, page, form, text)


def _messages(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    if not asked.is_answered_by_webflow:
        return
    missing = [name for name, element in (("success", form.done), ("error", form.fail)) if element is None]
    if missing:
        yield _said(MISSING_STATES, page, form, f"has no {' and no '.join(missing)} message.", missing=missing)
    for message, defaults in ((form.done, _DONE), (form.fail, _FAIL)):
        said = message.text.strip() if message is not None else ""
        if said.lower() in defaults:
            text = f"{form_name(form)} answers “{said}”"
            yield DEFAULT_MESSAGES.problem(page.url, text, element=message, text=said)


def _default_names(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    if not is_of_webflow(form) or asked.is_search:
        return
    name = _name(form.element)
    found = [name] if _FORM_NAME.fullmatch(name) else []
    for field in typed(form):
        name = _name(field.element)
        found += [name] if _FIELD_NAME.fullmatch(name) else []
        found += [option for option in field.options if _CHOICE.fullmatch(option)]
    found = list(dict.fromkeys(word[:60] for word in found))
    if found:
        text = f"is sent with names nobody chose: {', '.join(f'“{word}”' for word in found[:8])}."
        yield _said(DEFAULT_NAMES, page, form, text, names=found[:50])


def _name(element: Element) -> str:
    return element.attrs.get("data-name") or element.attrs.get("name", "")


def _insecure(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    buttons = (field.element.attrs.get("formaction", "") for field in asked.form.fields)
    named = [asked.form.url or "", *(addresses.parsed(raw) or "" for raw in buttons if raw)]
    safe = page.final_url.startswith("https://")  # where it is not, the page itself is the fault
    for url in dict.fromkeys(url for url in named if url.startswith("http://") and not addresses.is_local(url)):
        if safe or addresses.host(url) != addresses.host(page.final_url):
            yield _said(INSECURE, page, asked.form, f"sends to {url[:300]}", target=url)


def _in_url(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    by_script = (form.in_webflow_block and is_for_mailchimp(form)) or _SENT_BY_SCRIPT.intersection(form.element.attrs)
    if form.method != "get" or not has_action(form) or by_script or asked.is_search:
        return
    personal = (_personal(field.type, asked_for(field, page.lang)) for field in typed(form))
    told = list(dict.fromkeys(word for word in personal if word))
    if told:
        text = f"sends {' and '.join(told)} as part of the address {(form.url or form.action or '')[:200]}"
        yield _said(IN_URL, page, form, text, fields=told)


def _personal(type_: str, kind: Kind | None) -> str:
    if type_ == "password":
        return "a password"
    if type_ == "email" or kind is Kind.EMAIL:
        return "an e-mail address"
    return "a phone number" if type_ == "tel" or kind is Kind.PHONE else ""


def _unprotected(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    writes = any(field.type in ("email", "text", "textarea", "tel") for field in typed(form))
    if not writes or not asked.is_answered_by_webflow or _has_captcha(page):
        return
    traps = any(is_trap(field) or (field.type in _TRAP_TYPES and not field.shown) for field in form.fields)
    if not traps and not any("sitekey" in name or "captcha" in name for name in form.element.attrs):
        text = "is open to robots: there is no Turnstile, reCAPTCHA, hCaptcha or hidden trap."
        yield _said(NO_SPAM_PROTECTION, page, form, text)


def _has_captcha(page: PageFacts) -> bool:
    if any(name in page.class_counts for name in _CAPTCHA_CLASSES):
        return True
    scripts = [asset.url for asset in page.assets if asset.kind is AssetKind.SCRIPT and asset.url]
    return any("/recaptcha/" in url or is_under(addresses.hostname(url), _CAPTCHA_HOSTS) for url in scripts)


def _without_button(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    if any(field.type in ("submit", "image") for field in form.fields) or asked.is_search or asked.is_taken_over:
        return
    if not (_sends_itself(form) or _has_stand_in(form)):
        yield _said(NO_SUBMIT, page, form, "has fields, but no button that sends it.")


def _sends_itself(form: Form) -> bool:
    elements = (form.element, *(field.element for field in form.fields))
    return any(name in element.attrs for element in elements for name in _BY_ITSELF)


def _has_stand_in(form: Form) -> bool:
    """A link or plain button that a script sends the form by: it listens, or is named so."""
    buttons = [field.element for field in form.fields if field.type == "button"]
    return any(
        _SENDS.search(f"{name} {value[:200]}")
        for element in (*form.controls, *buttons)
        for name, value in element.attrs.items()
        if name != "href"
    )


def _said(rule: Rule, page: PageFacts, form: Form, text: str, **evidence: Any) -> Problem:
    return rule.problem(page.url, f"{form_name(form)} {text}", element=form.element, **evidence)
