"""What people type about a rule of their own. One form for all kinds, with the fields that the kind has; what is right,
`scans.rulebook` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from scans.models import CustomRule
from scans.rulebook import LARGEST, MOST_SELECTORS, MOST_TERMS, NAME_LIMIT, PATH_LIMIT, UNITS, read
from scans.snapshot import CustomKind, Severity
from scans.snapshot import CustomRule as Rule


@dataclass(frozen=True, slots=True)
class KindWords:
    """How a kind is offered: what it is for, and an example of each field."""

    line: str
    name: str
    example: str
    terms_label: str = ""
    terms_help: str = ""


WORDS = {
    CustomKind.FORBIDDEN_TEXT: KindWords(
        "An old brand name, a price that is over, a word your style guide forbids.",
        "Old brand name",
        "Acme Corp\nAcme Corporation",
        "Words or phrases",
        f"One a line, at most {MOST_TERMS}. Each is looked for as whole words, in any case, in the text, the title, "
        "the description, alt texts and form fields.",
    ),
    CustomKind.REQUIRED_TEXT: KindWords(
        "The legal line, the company number, a notice that every page must carry.",
        "Company number in the footer",
        "HRB 12345 B",
        "Texts",
        f"One a line, at most {MOST_TERMS}; every line has to be on the page.",
    ),
    CustomKind.FORBIDDEN_ELEMENT: KindWords(
        "A banner that is over, an embed nobody uses any more, a class you retired.",
        "Christmas banner is gone",
        ".banner-xmas",
        "CSS selectors",
        f"One a line, at most {MOST_SELECTORS}. Nothing on the page may match.",
    ),
    CustomKind.REQUIRED_ELEMENT: KindWords(
        "The cookie settings link, the tag of your analytics, a form on every landing page.",
        "Analytics is on every page",
        'script[src*="plausible.io"]',
        "CSS selectors",
        f"One a line, at most {MOST_SELECTORS}; each has to match something in the page as it is published.",
    ),
    CustomKind.FORBIDDEN_HOST: KindWords(
        "An old domain, a partner you left, a shop that moved.",
        "No links to the old shop",
        "shop.old-brand.com",
        "Hosts",
        f"One a line, at most {MOST_TERMS}, such as example.com; subdomains are meant too.",
    ),
    CustomKind.PAGE_WEIGHT: KindWords(
        "How much a page may load, in kB, when it is opened for the first time.", "Landing pages stay light", "1500"
    ),
    CustomKind.REQUEST_COUNT: KindWords("How many files a page may ask for.", "Not more than 60 files", "60"),
    CustomKind.LCP: KindWords(
        "After how many milliseconds the main content has to be there.", "Main content within 2 s", "2000"
    ),
}
_LIMIT_LABELS = {
    CustomKind.PAGE_WEIGHT: "Most kilobytes",
    CustomKind.REQUEST_COUNT: "Most files",
    CustomKind.LCP: "Most milliseconds",
}
_AREA = {"rows": 4, "spellcheck": "false", "autocapitalize": "none"}


class RuleForm(forms.Form):
    name = forms.CharField(
        max_length=500,
        help_text="The title of what it finds, in the words of your team.",
        error_messages={"required": "Give the rule a name: it is the title of what it finds."},
    )
    terms = forms.CharField(
        widget=forms.Textarea(attrs=_AREA),
        max_length=50_000,
        error_messages={"required": "Write at least one line."},
    )
    limit = forms.IntegerField(min_value=1)
    path = forms.CharField(
        label="On which pages",
        required=False,
        initial="*",
        max_length=2_000,
        help_text="A path; * stands for anything. * alone is every page, /blog/* all below the blog.",
        widget=forms.TextInput(attrs={"placeholder": "*", "autocapitalize": "none", "spellcheck": "false"}),
    )
    severity = forms.ChoiceField(
        choices=[(word.value, word.value.capitalize()) for word in Severity], initial=Severity.MODERATE.value
    )

    def __init__(self, *args: Any, kind: CustomKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, words = kind, WORDS[kind]
        self.rule: Rule | None = None
        self.fields["name"].widget.attrs |= {"placeholder": words.name, "maxlength": NAME_LIMIT, "autocomplete": "off"}
        self.fields["path"].widget.attrs |= {"maxlength": PATH_LIMIT}
        if kind.is_budget:
            del self.fields["terms"]
            limit = self.fields["limit"]
            limit.label, limit.help_text = _LIMIT_LABELS[kind], words.line
            limit.widget.attrs |= {"placeholder": words.example, "max": LARGEST[kind]}
            needed = f"A whole number of {UNITS[kind]} from 1 to {LARGEST[kind]:,}."
            limit.error_messages |= dict.fromkeys(("required", "invalid"), needed)
        else:
            del self.fields["limit"]
            terms = self.fields["terms"]
            terms.label, terms.help_text = words.terms_label, words.terms_help
            terms.widget.attrs |= {"placeholder": words.example}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        rule = read(
            self.kind,
            given["name"],
            given["severity"],
            given["path"],
            given.get("terms", "").splitlines(),
            given.get("limit"),
        )
        if isinstance(rule, Rule):
            self.rule = rule
            return given
        for field, said in rule.items():
            self.add_error(field, said)
        return given


def initial(row: CustomRule) -> dict[str, Any]:
    return {"name": row.name, "terms": row.terms, "limit": row.limit, "path": row.path, "severity": row.severity}
