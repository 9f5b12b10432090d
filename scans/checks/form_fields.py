"""Single fields of forms: the wrong keyboard, nothing the browser can fill in, two with one name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.checks.field_kinds import Kind, asked_for, called
from scans.checks.form_words import Asked, form_name, forms, typed
from scans.checks.registry import Rule, page_check
from scans.snapshot import AssetKind, Field, PageFacts, Problem, Severity

WRONG_TYPE = Rule(
    "forms.wrong-type",
    Severity.MODERATE,
    "Field does not know what it asks for",
    "As plain text it takes anything, so mistyped addresses arrive and phones show the wrong keyboard. Select the "
    "field, open Element settings (D) › Text field settings › Type and choose Email, Phone or the like; for a date "
    "put type=date into a Code Embed.",
)
NO_AUTOCOMPLETE = Rule(
    "forms.no-autocomplete",
    Severity.MINOR,
    "Browsers cannot fill in this form",
    "People have to type their name and address by hand, on a phone too, and some of them give up. Select each field "
    "and add under Element settings (D) › Custom attributes the name autocomplete with the value that is named here.",
)
DUPLICATE = Rule(
    "forms.duplicate-field",
    Severity.MODERATE,
    "Two fields have the same name",
    "Only one of the two answers may reach you. Select one of them and give it another name under Element settings "
    "(D) › Name.",
)

_WANTED = {
    Kind.EMAIL: ("email", "an e-mail address"),
    Kind.PHONE: ("tel", "a phone number"),
    Kind.URL: ("url", "a web address"),
    Kind.DATE: ("date", "a date"),
}
_FILLED_IN = frozenset(Kind) - {Kind.URL, Kind.DATE}
_FILLED_TYPES = ("text", "email", "tel", "textarea")
_KEYBOARDS = {Kind.PHONE: ("tel", "numeric"), Kind.URL: ("url",)}
_CALENDAR = re.compile(
    r"date-?(?:time-?)?(?:range-?)?pick|flatpickr|pikaday|litepicker|easepick|calendar", re.IGNORECASE
)
_OWN_NAME = ("radio", "checkbox", "submit", "image", "button", "reset", "hidden")


@page_check(WRONG_TYPE, NO_AUTOCOMPLETE, DUPLICATE)
def check_fields(page: PageFacts) -> Iterator[Problem]:
    for asked in forms(page):
        if not asked.is_search and not _is_of_shop(asked):
            yield from _wrong_types(page, asked)
            yield from _not_filled_in(page, asked)
        yield from _same_names(page, asked)


def _is_of_shop(asked: Asked) -> bool:
    """Webflow writes the fields of its cart and checkout itself; nobody can change them."""
    return any(name.startswith("w-commerce") for name in asked.form.element.classes)


def _wrong_types(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    for field in typed(asked.form):
        kind = asked_for(field, page.lang) if field.type == "text" else None
        if kind in _WANTED and not _is_cared_for(page, field, kind):
            wanted, what = _WANTED[kind]
            yield WRONG_TYPE.problem(
                page.url,
                f"“{called(field)}” asks for {what}, but its type is text, not {wanted}.",
                element=field.element,
                field=called(field),
                wanted=wanted,
            )


def _is_cared_for(page: PageFacts, field: Field, kind: Kind) -> bool:
    """The keyboard is set apart from the type, or a calendar script needs plain text."""
    attrs = field.element.attrs
    if attrs.get("inputmode", "").lower() in _KEYBOARDS.get(kind, ()):
        return True
    if kind is not Kind.DATE:
        return False
    return (
        "readonly" in attrs
        or any(_CALENDAR.search(f"{name} {value[:200]}") for name, value in attrs.items())
        or any(asset.kind is AssetKind.SCRIPT and _CALENDAR.search(asset.raw[:500]) for asset in page.assets)
    )


def _not_filled_in(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    form = asked.form
    if form.element.attrs.get("autocomplete", "").lower() == "off":
        return
    missing = [(field, kind) for field in typed(form) if (kind := _fillable(field, page.lang))]
    if missing:
        told = ", ".join(f"“{called(field)}” ({kind})" for field, kind in missing[:8])
        yield NO_AUTOCOMPLETE.problem(
            page.url,
            f"{form_name(form)} does not tell browsers what to fill in: {told}.",
            element=missing[0][0].element,
            fields=[{"field": called(field), "autocomplete": kind.value} for field, kind in missing[:50]],
        )


def _fillable(field: Field, lang: str) -> Kind | None:
    if field.type not in _FILLED_TYPES or "autocomplete" in field.element.attrs:
        return None
    kind = asked_for(field, lang) or {"email": Kind.EMAIL, "tel": Kind.PHONE}.get(field.type)
    return kind if kind in _FILLED_IN else None


def _same_names(page: PageFacts, asked: Asked) -> Iterator[Problem]:
    first: dict[str, Field] = {}
    for field in asked.form.fields:
        name = _sent_name(field, asked.is_answered_by_webflow)
        if not name or field.type in _OWN_NAME or not field.shown:
            continue
        if name in first:
            fields = f"“{called(first[name])}” and “{called(field)}”"
            text = f"{form_name(asked.form)} has two fields that are sent as “{name[:60]}”: {fields}."
            yield DUPLICATE.problem(page.url, text, element=field.element, name=name[:100])
        first.setdefault(name, field)


def _sent_name(field: Field, by_webflow: bool) -> str:
    """Webflow's script sends `data-name` where there is one. A name with [] is meant to come several times."""
    attrs = field.element.attrs
    name = ((attrs.get("data-name", "") if by_webflow else "") or attrs.get("name", "")).strip()
    return "" if name.endswith("[]") or "disabled" in attrs else name
