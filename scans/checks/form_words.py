"""What a form is for and who answers it, as far as its markup tells: questions that the rules of forms share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scans.checks import addresses, hosts
from scans.checks.pages import is_page
from scans.snapshot import AssetKind, Element, Field, Form, PageFacts

MOST_FORMS = 100  # of one page
_CHOICES = ("radio", "checkbox")
_BUTTONS = ("submit", "image", "button", "reset")
_SEARCH_NAMES = frozenset({"q", "query", "search", "s", "keyword", "keywords", "suche", "recherche", "buscar", "zoek"})
_SEARCH = re.compile(r"(?:^|[/_-])(?:search|suche|recherche|buscar|busqueda|cerca|ricerca|pesquisa|zoeken|szukaj)\b")
# Scripts of others that take a form over, by the hosts they come from and by what they write into the markup.
_SERVICES = (
    *("hsforms.net", "hsforms.com", "hs-scripts.com", "hscollectedforms.net", "list-manage.com", "chimpstatic.com"),
    *(
        "formspree.io",
        "usebasin.com",
        "formcarry.com",
        "getform.io",
        "web3forms.com",
        "formsubmit.co",
        "memberstack.com",
    ),
    *("klaviyo.com", "convertkit.com", "kit.com", "activehosted.com", "mailerlite.com", "jotform.com", "typeform.com"),
    *("outseta.com", "wized.com", "formly.ai", "pardot.com", "marketo.com", "salesforce.com", "sibforms.com"),
)
_TAKEN_OVER = re.compile(
    r"onsubmit|@submit|x-on:submit|v-on:submit|ng-submit|hx-post|(?:data-)?netlify|data-ms-|data-memberstack|data-wf-user|"
    r"wized|data-basin|data-remote|fs-|data-outseta|data-form-handler|data-node-type"
)
_TAKEN_CLASSES = ("hs-form", "hbspt", "mc-", "klaviyo", "formkit", "w-commerce", "ml-block", "_form_", "nf-form")
MAILCHIMP = ("list-manage.com",)
_LOCKED_PAGE = "/.wf_auth"  # where the page that asks for a password sends it


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that a visitor can fill in. `is_search`: it looks something up (a search, the filter of a list) and sends
    nobody a message. `is_taken_over`: a script other than that of Webflow's forms answers it."""

    form: Form
    is_search: bool
    is_taken_over: bool

    @property
    def is_answered_by_webflow(self) -> bool:
        """Webflow's script sends it and shows the messages of its block: no address of its own, or one of Mailchimp."""
        form = self.form
        if not form.in_webflow_block or self.is_search or _LOCKED_PAGE in (form.action or ""):
            return False
        return is_for_mailchimp(form) or not (has_action(form) or self.is_taken_over)


def forms(page: PageFacts) -> list[Asked]:
    asking = [form for form in page.forms[:MOST_FORMS] if inputs(form)] if page.forms and is_page(page) else []
    if not asking:
        return []
    scripts = [asset.url for asset in page.assets if asset.kind is AssetKind.SCRIPT]
    served = any(_is_of_service(url) for url in scripts)
    return [Asked(form, _is_search(form), served or _is_taken_over(form)) for form in asking]


def inputs(form: Form) -> list[Field]:
    """What a person fills in: no buttons, nothing hidden."""
    return [field for field in form.fields if field.shown and field.type not in (*_BUTTONS, "hidden")]


def typed(form: Form) -> list[Field]:
    """Fields that are typed into, without traps for robots."""
    return [field for field in inputs(form) if field.type not in _CHOICES and not is_trap(field)]


def is_trap(field: Field) -> bool:
    """A honeypot: people neither see nor reach it."""
    attrs = field.element.attrs
    named = f"{attrs.get('name', '')} {attrs.get('id', '')} {attrs.get('class', '')}".lower()
    hidden = attrs.get("tabindex") == "-1" or attrs.get("aria-hidden") == "true"
    return hidden or any(word in named for word in ("honeypot", "honey", "gotcha", "bot-field", "botfield"))


def _is_search(form: Form) -> bool:
    attrs = form.element.attrs
    if attrs.get("role") == "search" or _SEARCH.search((form.action or "").lower()):
        return True
    if any(name.startswith(("fs-cms", "fs-list")) for element in _elements(form) for name in element.attrs):
        return True
    fields = typed(form)
    words = {field.element.attrs.get("name", "").lower() for field in fields}
    return len(fields) == 1 and (fields[0].type == "search" or bool(words & _SEARCH_NAMES))


def _is_taken_over(form: Form) -> bool:
    attrs = form.element.attrs
    if any(_TAKEN_OVER.match(name) for name in attrs) or _is_of_service(form.url):
        return True
    return any(name.startswith(_TAKEN_CLASSES) for name in form.element.classes) or attrs.get("id", "").startswith(
        "mc-"
    )


@lru_cache(maxsize=2**12)
def _is_of_service(url: str | None) -> bool:
    return bool(url) and hosts.is_under(addresses.hostname(url or ""), _SERVICES)


def is_of_webflow(form: Form) -> bool:
    """Drawn in the Designer: it stands in a Form block, or has what Webflow writes into its forms."""
    return form.in_webflow_block or any(name.startswith("data-wf-") for name in form.element.attrs)


def has_action(form: Form) -> bool:
    """It names an address; an empty one or `#` is none."""
    action = (form.action or "").strip().lower()
    return bool(action) and not action.startswith(("#", "javascript:", "mailto:"))


def is_for_mailchimp(form: Form) -> bool:
    return form.url is not None and hosts.is_under(addresses.hostname(form.url), MAILCHIMP)


def _elements(form: Form) -> Iterator[Element]:
    yield form.element
    yield from (field.element for field in form.fields)


def form_name(form: Form) -> str:
    """How messages call the form."""
    attrs = form.element.attrs
    name = attrs.get("data-name") or attrs.get("aria-label") or attrs.get("name") or attrs.get("id") or ""
    return f"The form “{name[:60]}”" if name.strip() else "The form"
