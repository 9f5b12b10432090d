"""Forms that take an e-mail which is none: asked of the browser's own check, without sending anything.

In: the e-mail fields of the page in Chromium, each with what the check let through. Said only where nobody else looks:
a script that takes the form over judges in its own way, a search wants no address, a log-in takes a name as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.checks import addresses
from scans.checks.registry import Rule, visit_check
from scans.snapshot import Element, EmailField, PageFacts, Problem, Severity, Visit

ACCEPTS_INVALID = Rule(
    "forms.accepts-invalid",
    Severity.SERIOUS,
    "Form accepts an e-mail address that is none",
    "People mistype or leave it out, and you cannot answer them. Select the field in the Designer, open its Settings "
    "(D), choose the text type Email and switch on Required. Then publish.",
)

_SEARCH = re.compile(r"\bsearch|suche|recherche\b|buscar|\bcerca\b|zoek|pesquis|検索|搜索", re.IGNORECASE)
_ASKS_OF_SOMETHING_ELSE = re.compile(
    r"subject|betreff|\bobjet\b|asunto|oggetto|message|nachricht|mensaje|messaggio|username|user name|benutzername|"
    r"nutzername|identifiant|usuario|\bor\b|\boder\b|\bou\b|phone|telefon|téléphone|teléfono|preference|template",
    re.IGNORECASE,
)
# Attributes and classes of scripts that check or send the form in their own way.
_TAKEN_OVER = re.compile(
    r"\bhs-form|hsforms|hbspt|mc-embedded|mailerlite|ml-block-form|formkit|klaviyo|activecampaign|\b_form_\d|\bwpcf7|"
    r"\bgform|parsley|bouncer|pristine|(?<!no)validat|jotform|typeform|marketo|mktoform|pardot|memberstack|\bdata-ms-|"
    r"\bw-user-form|data-wf-user-form|\bfs-form|w-commerce|\bonsubmit\b|\bv-on:|@submit|\bx-on:|\bhx-post|(?:^|\s)ng-",
    re.IGNORECASE,
)
_WEBFLOW_BLOCK = re.compile(r"(?:^|[.\s])w-form\b")


@visit_check(ACCEPTS_INVALID)
def accepts_invalid(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    for field in visit.emails:
        if _is_asked_by_others(field, page) or not _asks_for_email(field):
            continue
        if fault := _fault(field):
            yield ACCEPTS_INVALID.problem(
                page.url,
                f"{_named(field)} {fault}.",
                element=field.element,
                field_type=field.type or "text",
                required=field.required,
                takes_empty=field.takes_empty,
                takes_malformed=field.takes_malformed,
            )


def _fault(field: EmailField) -> str:
    if field.takes_malformed:
        return "lets “not-an-e-mail” through"
    if field.takes_empty and field.may_be_empty:
        return "may be left empty, and so may every other field of the form"
    return ""  # an optional address beside required fields was meant so


def _asks_for_email(field: EmailField) -> bool:
    if field.type == "email":
        return True
    if field.has_password or field.type in ("search", "url", "tel"):
        return False
    return not any(_ASKS_OF_SOMETHING_ELSE.search(word) or len(word) > 60 for word in field.words)


def _is_asked_by_others(field: EmailField, page: PageFacts) -> bool:
    form = field.form
    said = " ".join(f"{name}={value}" for name, value in form.attrs.items())
    if _SEARCH.search(said):
        return True
    if _TAKEN_OVER.search(said) or any(_TAKEN_OVER.search(name) for name in field.element.attrs):
        return True
    # Webflow's script asks what the attributes say, whether the browser is told not to or not
    return field.novalidate and not (page.webflow.is_webflow and _is_webflows(form))


def _is_webflows(form: Element) -> bool:
    action = form.attrs.get("action", "")
    return bool(_WEBFLOW_BLOCK.search(form.path)) and not addresses.hostname(action)


def _named(field: EmailField) -> str:
    attrs = field.element.attrs
    name = attrs.get("data-name") or attrs.get("name") or attrs.get("placeholder") or field.element.selector
    return f"The field “{name[:80]}”"
