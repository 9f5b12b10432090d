"""Forms that take an e-mail which is none, and those that only look so."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_visit
from scans.snapshot import EmailField, PageFacts, Problem, Webflow
from tests.scans.checks.build import element, of, page, visit

WEBFLOW = page(webflow=Webflow(site_id="b" * 24))


def email(form: dict[str, str] | None = None, field: dict[str, str] | None = None, **given: Any) -> EmailField:
    """A lone optional text field called "Email" in a form; keywords change what the browser said."""
    said: dict[str, Any] = {
        "words": ("Email", "email"),
        "type": "text",
        "required": False,
        "takes_empty": True,
        "takes_malformed": True,
        "may_be_empty": True,
        **given,
    }
    path = said.pop("path", "section.contact > form")
    attrs = {"name": "Email", **(field or {})}
    return EmailField(element("input", attrs=attrs), element("form", attrs=form or {}, path=path), **said)


def said(*fields: EmailField, facts: PageFacts | None = None) -> list[Problem]:
    return of(check_visit(facts or page(), visit(emails=fields)), "forms.accepts-invalid")


def test_nonsense_goes_through() -> None:
    problem = said(email())[0]
    assert (problem.severity, problem.confidence) == ("serious", "confirmed")
    assert problem.message == "The field “Email” lets “not-an-e-mail” through."
    assert problem.evidence["field_type"] == "text"


def test_an_empty_form_goes_through() -> None:
    assert "left empty" in said(email(type="email", takes_malformed=False))[0].message


@pytest.mark.parametrize(
    "field",
    [
        email(type="email", required=True, takes_empty=False, takes_malformed=False, may_be_empty=False),
        email(type="email", takes_malformed=False, may_be_empty=False),
        email(takes_malformed=False, takes_empty=False),
        email(form={"role": "search"}),
        email(form={"action": "/search"}),
        email(form={"class": "w-form search"}),
        email(form={"class": "hs-form"}),
        email(form={"data-validate": "true"}),
        email(form={"onsubmit": "return check()"}),
        email(field={"data-parsley-type": "email"}),
        email(form={"action": "https://acme.us1.list-manage.com/subscribe", "class": "validate", "id": "mc-embedded"}),
        email(novalidate=True),
        email(novalidate=True, form={"novalidate": "", "action": "https://forms.example/"}, path="div.w-form > form"),
        email(words=("Email subject",)),
        email(words=("email", "Your e-mail or phone")),
        email(words=("email",), has_password=True),
        email(words=("email", "tick this box and we will e-mail you the news of the whole year for free")),
    ],
)
def test_what_only_looks_so(field: EmailField) -> None:
    assert said(field) == []


@pytest.mark.parametrize(
    "field",
    [
        email(form={"class": "booking-form", "data-name": "Research"}),
        email(words=("User-Email", "Ihre E-Mail-Adresse für den Newsletter")),
        email(form={"novalidate": "novalidate"}),
    ],
)
def test_what_is_no_excuse(field: EmailField) -> None:
    assert len(said(field)) == 1


def test_webflows_own_script_asks_what_the_attributes_say() -> None:
    own = email(novalidate=True, form={"novalidate": ""}, path="div.contact.w-form > form")
    assert len(said(own, facts=WEBFLOW)) == 1
    assert said(own) == [], "elsewhere some script took the check over"
