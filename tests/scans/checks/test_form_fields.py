"""Single fields: what a field asks for is told by its name in eight languages, and only when it is certain."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_page
from scans.checks.field_kinds import Kind, asked_for, kind_of
from scans.snapshot import AssetKind, Category, Field, Problem
from tests.scans.checks.build import SEND, asset, field, form, of, page, rules

NAMED = {
    Kind.EMAIL: "Your e-mail *|E-Mail-Adresse|Adresse e‑mail|Correo electrónico|Indirizzo e-mail|Endereço de e-mail|"
    "Uw e-mailadres|Adres e-mail|Work email|Geschäftliche E-Mail",
    Kind.PHONE: "Phone number (optional)|Telefonnummer|Numéro de téléphone|Número de teléfono|Cellulare|Telemóvel|"
    "Telefoonnummer|Numer telefonu|Mobile",
    Kind.URL: "Website|Webseite|Site web|Sitio web|Sito web|Endereço do site|Webadres|Strona internetowa",
    Kind.DATE: "Preferred date|Geburtsdatum|Date de naissance|Fecha|Data di nascita|Data de nascimento|Geboortedatum|"
    "Data urodzenia",
    Kind.NAME: "Full Name|Vor- und Nachname|Nom et prénom|Nombre completo|Nome e cognome|Nome|Uw naam|Imię i nazwisko",
    Kind.GIVEN_NAME: "First name|Vorname|Prénom|Nombre|Primeiro nome|Voornaam|Imię",
    Kind.FAMILY_NAME: "Last name|Nachname|Nom|Apellidos|Cognome|Sobrenome|Achternaam|Nazwisko",
    Kind.STREET: "Address|Straße und Hausnummer|Adresse postale|Dirección|Indirizzo|Morada|Adres|Ulica",
    Kind.POSTCODE: "ZIP Code|PLZ|Code postal|Código postal|Codice postale|CEP|Postcode|Kod pocztowy",
    Kind.CITY: "City|Wohnort|Ville|Ciudad|Città|Cidade|Woonplaats|Miasto",
}
CASES = [(words, kind) for kind, names in NAMED.items() for words in names.split("|")]


def told(*fields: Field, attrs: dict[str, str] | None = None, lang: str = "en", **facts: Any) -> list[Problem]:
    marks = {"data-name": "Contact", "data-turnstile-sitekey": "0x4", **(attrs or {})}
    return check_page(page(forms=[form((*fields, SEND), attrs=marks)], lang=lang, **facts), {Category.FORMS})


@pytest.mark.parametrize(("words", "kind"), CASES)
def test_names_in_eight_languages(words: str, kind: Kind) -> None:
    assert kind_of(words) is kind


@pytest.mark.parametrize(
    "words",
    [
        "E-mail or phone",
        "Email subject",
        "Product name",
        "Company name",
        "Username",
        "Phone model",
        "IP address",
        "Update",
        "Data",
        "Site",
        "Mailbox number",
        "",
        "email" * 100,
    ],
)
def test_names_of_something_else(words: str) -> None:
    assert kind_of(words) is None


def test_words_of_two_meanings_hang_on_the_language() -> None:
    assert kind_of("Data", "it-IT") is Kind.DATE and kind_of("Data", "en") is None
    assert kind_of("Site", "pt-BR") is Kind.URL and kind_of("CAP", "it") is Kind.POSTCODE


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (field("field-3", label="Your e-mail"), Kind.EMAIL),
        (field("name-2", label="Company"), None),  # the name is left over from a copied field
        (field("email", attrs={"placeholder": "you@company.com"}), Kind.EMAIL),
        (field("Phone-2", attrs={"placeholder": "+49 30 1234567"}), Kind.PHONE),
        (field("firstName"), Kind.GIVEN_NAME),
        (field("email", attrs={"placeholder": "What shall we write about?"}), None),
        (field("question"), None),
    ],
)
def test_what_people_read_counts_first(asked: Field, kind: Kind | None) -> None:
    assert asked_for(asked) is kind


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (field("email", label="E-mail"), "email"),
        (field("phone"), "tel"),
        (field("website", label="Website"), "url"),
        (field("when", label="Preferred date"), "date"),
        (Field(field("x", tag="input").element, "Teléfono"), "tel"),
    ],
)
def test_wrong_type_fires(asked: Field, wanted: str) -> None:
    problem = of(told(asked), "forms.wrong-type")[0]
    assert problem.severity == "moderate" and problem.evidence["wanted"] == wanted
    assert problem.element is asked.element


@pytest.mark.parametrize(
    "asked",
    [
        field("email", "email"),
        field("phone", "tel"),
        field("phone", attrs={"inputmode": "tel"}),
        field("contact", label="E-mail or phone"),
        field("email", "hidden"),
        field("email", attrs={"tabindex": "-1"}),  # a trap for robots
        field("email", shown=False),
        field("message", tag="textarea", label="E-mail"),
        field("when", label="Date", attrs={"class": "datepicker"}),
        field("when", label="Date", attrs={"readonly": ""}),
    ],
)
def test_right_types_are_silent(asked: Field) -> None:
    assert "forms.wrong-type" not in rules(told(asked))


def test_a_calendar_script_needs_plain_text() -> None:
    script = asset("https://cdn.example/flatpickr.min.js", AssetKind.SCRIPT)
    assert "forms.wrong-type" not in rules(told(field("when", label="Date"), assets=[script]))


def test_autocomplete_is_said_once_a_form_with_the_values() -> None:
    fields = (field("fn", label="First name"), field("mail", "email"), field("street", label="Straße und Hausnummer"))
    problem = of(told(*fields), "forms.no-autocomplete")[0]
    assert problem.severity == "minor"
    assert [entry["autocomplete"] for entry in problem.evidence["fields"]] == ["given-name", "email", "street-address"]
    assert "“First name” (given-name)" in problem.message


@pytest.mark.parametrize(
    "asked",
    [
        field("name", label="Name", attrs={"autocomplete": "name"}),
        field("message", tag="textarea", label="Message"),
        field("company", label="Company name"),
        field("when", "date", label="Date"),
        field("name", "checkbox", label="Name"),
    ],
)
def test_other_fields_need_none(asked: Field) -> None:
    assert "forms.no-autocomplete" not in rules(told(asked))


def test_a_form_that_forbids_it_is_silent() -> None:
    assert told(field("name", label="Name"), attrs={"autocomplete": "off"}) == []


def test_two_fields_of_one_name_fire() -> None:
    found = told(field("topic", label="Topic"), field("topic", label="Details"))
    assert [(p.rule, p.severity) for p in found] == [("forms.duplicate-field", "moderate")]
    assert "“Topic”" in found[0].message and "“Details”" in found[0].message


def test_webflow_sends_the_data_name() -> None:
    same = (field("topic", attrs={"data-name": "Topic"}), field("topic-2", attrs={"data-name": "Topic"}))
    assert "forms.duplicate-field" in rules(told(*same))
    apart = (field("topic", attrs={"data-name": "Topic"}), field("topic", attrs={"data-name": "Details"}))
    assert "forms.duplicate-field" not in rules(told(*apart))


@pytest.mark.parametrize(
    "pair",
    [
        (field("size", "radio"), field("size", "radio")),
        (field("extras", "checkbox"), field("extras", "checkbox")),
        (field("agree", "hidden"), field("agree", "checkbox")),
        (field("files[]"), field("files[]")),
        (field("topic"), field("topic", attrs={"disabled": ""})),
        (field(""), field("")),
    ],
)
def test_groups_may_share_a_name(pair: tuple[Field, Field]) -> None:
    assert "forms.duplicate-field" not in rules(told(*pair))
