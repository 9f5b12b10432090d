"""Forms: cannot be sent, say nothing, say Webflow's words, send the wrong way. Each fault with its twin that is
none."""

from __future__ import annotations

from typing import Any

import pytest

from scans.checks import check_page
from scans.snapshot import AssetKind, Category, Form, PageFacts, Problem, Webflow
from tests.scans.checks.build import SEND, asset, element, field, form, of, page, rules

WEBFLOW = Webflow(page_id="66b1", site_id="66b0", generator=True)
MARKS = {"data-name": "Contact", "name": "contact", "data-wf-page-id": "66b1", "data-turnstile-sitekey": "0x4"}
EMAIL = field("Email", "email", {"autocomplete": "email"}, label="Email")


def good(*fields: Any, **more: Any) -> Form:
    """A contact form with little wrong about it; `attrs` are added to its own."""
    attrs = {**MARKS, **more.pop("attrs", {})}
    return form(fields or (EMAIL, SEND), attrs=attrs, **more)


def told(*forms: Form, webflow: Webflow = WEBFLOW, **facts: Any) -> list[Problem]:
    found: PageFacts = page(forms=forms, webflow=webflow, **facts)
    return check_page(found, {Category.FORMS})


def test_a_good_form_is_silent() -> None:
    assert told(good()) == []
    assert told(good(), status=404) == [] and told(form(attrs=MARKS)) == []


class TestNoTarget:
    @pytest.mark.parametrize(
        ("built", "webflow"),
        [(good(in_webflow_block=False), WEBFLOW), (good(), Webflow(page_id="66b1", generator=True))],
    )
    def test_it_fires(self, built: Form, webflow: Webflow) -> None:
        problem = of(told(built, webflow=webflow), "forms.no-target")[0]
        assert problem.severity == "serious" and "“Contact”" in problem.message

    @pytest.mark.parametrize(
        "built",
        [
            good(in_webflow_block=False, action="https://forms.example/in", method="post"),
            good(in_webflow_block=False, attrs={"role": "search"}),
            good(field("query", "search", {"autocomplete": "off"}), SEND, in_webflow_block=False),
            good(in_webflow_block=False, attrs={"onsubmit": "send()"}),
            good(in_webflow_block=False, attrs={"class": "hs-form-private"}),
            form((EMAIL, SEND), in_webflow_block=False),  # from a Code Embed: its own script's business
        ],
    )
    def test_it_is_silent(self, built: Form) -> None:
        assert "forms.no-target" not in rules(told(built))

    @pytest.mark.parametrize("host", ["js.hsforms.net", "us1.list-manage.com", "formspree.io", "js.usebasin.com"])
    def test_known_scripts_take_forms_over(self, host: str) -> None:
        script = asset(f"https://{host}/forms.js", AssetKind.SCRIPT)
        assert "forms.no-target" not in rules(told(good(in_webflow_block=False), assets=[script]))


class TestMessages:
    @pytest.mark.parametrize(("gone", "words"), [("done", "no success"), ("fail", "no error")])
    def test_a_missing_message_fires(self, gone: str, words: str) -> None:
        problem = of(told(good(**{gone: None})), "forms.missing-states")[0]
        assert words in problem.message and problem.severity == "moderate"

    @pytest.mark.parametrize(
        "built",
        [
            good(done=None, fail=None, action="https://forms.example/in", method="post"),
            good(field("query", "search"), SEND, done=None, action="/search"),
            good(done=None, in_webflow_block=False),
            good(
                field("pass", "password", {"autocomplete": "off"}), SEND, done=None, action="/.wf_auth", method="post"
            ),
        ],
    )
    def test_forms_that_show_none_are_silent(self, built: Form) -> None:
        assert "forms.missing-states" not in rules(told(built))

    def test_mailchimp_shows_the_messages_of_the_block(self) -> None:
        address = "https://acme.us1.list-manage.com/subscribe/post?u=1"
        assert "forms.missing-states" in rules(told(good(action=address, method="post", done=None)))

    def test_webflows_own_words_fire_and_others_do_not(self) -> None:
        done, fail = (
            "Thank you! Your submission has been received!",
            "Oops! Something went wrong while submitting the form.",
        )
        found = of(told(good(done=done, fail=fail)), "forms.default-messages")
        assert [problem.element and problem.element.text for problem in found] == [done, fail]
        assert told(good(done=f"{done} We call you.", fail="Something went wrong.")) == []


class TestDefaultNames:
    @pytest.mark.parametrize("name", ["Email Form", "Email Form 2", "wf-form-Email-Form"])
    def test_the_forms_own_name(self, name: str) -> None:
        found = told(good(attrs={"data-name": name}))
        assert rules(found) == ["forms.default-names"] and name in found[0].message

    @pytest.mark.parametrize("name", ["Name 2", "Field 3", "Field", "email-2", "Checkbox", "Select 2"])
    def test_names_of_fields(self, name: str) -> None:
        assert name in of(told(good(field(name, label="Colour"), SEND)), "forms.default-names")[0].message

    def test_choices(self) -> None:
        choices = field("Size", tag="select", options=("Select one...", "First choice", "Second choice"))
        assert "“First choice”" in of(told(good(choices, SEND)), "forms.default-names")[0].message

    @pytest.mark.parametrize("name", ["Name", "Email", "Message", "Field of work", "Field trip", "Colour 2"])
    def test_chosen_names_are_silent(self, name: str) -> None:
        assert "forms.default-names" not in rules(told(good(field(name), SEND)))

    def test_other_peoples_forms_are_silent(self) -> None:
        assert told(form((field("field-3"), SEND), in_webflow_block=False), webflow=Webflow()) == []


class TestWhereItSends:
    def test_http_fires_and_names_the_address(self) -> None:
        problem = of(told(good(action="http://api.example.com/in", method="post")), "forms.insecure-action")[0]
        assert problem.severity == "serious" and problem.evidence["target"] == "http://api.example.com/in"

    def test_so_does_a_button_with_an_address_of_its_own(self) -> None:
        button = field("go", "submit", {"formaction": "http://api.example.com/in"})
        assert "forms.insecure-action" in rules(told(good(EMAIL, button)))

    @pytest.mark.parametrize("action", ["https://api.example.com/in", "/in", None, "http://localhost:3000/in"])
    def test_https_and_tests_are_silent(self, action: str | None) -> None:
        assert "forms.insecure-action" not in rules(told(good(action=action, method="post")))

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            (EMAIL, "an e-mail address"),
            (field("phone", label="Telefonnummer"), "a phone number"),
            (field("secret", "password"), "a password"),
        ],
    )
    def test_personal_data_in_the_address_fires(self, asked: Any, words: str) -> None:
        problem = of(told(good(asked, SEND, action="https://forms.example/in")), "forms.personal-data-in-url")[0]
        assert words in problem.message and problem.severity == "serious"

    @pytest.mark.parametrize(
        "built",
        [
            good(),  # Webflow's own: method=get without an action
            good(action="#"),
            good(action="https://forms.example/in", method="post"),
            good(field("product"), SEND, action="https://forms.example/in"),
            good(action="https://acme.us1.list-manage.com/subscribe/post"),
            good(action="https://forms.example/in", attrs={"onsubmit": "return send(this)"}),
        ],
    )
    def test_what_is_not_in_the_address_is_silent(self, built: Form) -> None:
        assert "forms.personal-data-in-url" not in rules(told(built))


class TestSpam:
    open_form = form((EMAIL, SEND), attrs={"data-name": "Contact"})

    def test_an_open_form_is_said(self) -> None:
        assert [(p.rule, p.severity) for p in told(self.open_form)] == [("forms.no-spam-protection", "info")]

    @pytest.mark.parametrize("mark", ["g-recaptcha", "h-captcha", "cf-turnstile", "w-form-formrecaptcha"])
    def test_a_captcha_on_the_page_is_enough(self, mark: str) -> None:
        assert told(self.open_form, class_counts={mark: 1}) == []

    @pytest.mark.parametrize(
        "url", ["https://www.google.com/recaptcha/api.js", "https://challenges.cloudflare.com/turnstile/v0/api.js"]
    )
    def test_so_is_its_script(self, url: str) -> None:
        assert told(self.open_form, assets=[asset(url, AssetKind.SCRIPT)]) == []

    @pytest.mark.parametrize(
        "trap",
        [field("_gotcha"), field("website", attrs={"tabindex": "-1"}), field("url", shown=False)],
    )
    def test_so_is_a_trap(self, trap: Any) -> None:
        assert told(form((EMAIL, trap, SEND), attrs={"data-name": "Contact"})) == []

    def test_forms_of_others_are_silent(self) -> None:
        assert told(form((EMAIL, SEND), action="https://forms.example/in", method="post")) == []
        assert told(form((field("q", "search"), SEND), action="/search")) == []


class TestNoSubmit:
    def test_it_fires(self) -> None:
        found = told(good(EMAIL, controls=[element("a", "Send", {"href": "/thanks", "class": "w-button"})]))
        assert [(p.rule, p.severity) for p in found] == [("forms.no-submit", "serious")]

    @pytest.mark.parametrize(
        "built",
        [
            good(EMAIL, field("", tag="button")),
            good(EMAIL, field("go", "image")),
            good(field("q", "search", {"oninput": "find()"})),
            good(field("topic", "radio"), attrs={"onchange": "this.submit()"}),
            good(field("colour", "checkbox", {"fs-list-field": "colour"})),
            good(EMAIL, controls=[element("div", "Send", {"role": "button", "data-form": "submit-btn"})]),
            good(EMAIL, attrs={"class": "w-commerce-commercecheckoutformcontainer"}),
        ],
    )
    def test_it_is_silent(self, built: Form) -> None:
        assert "forms.no-submit" not in rules(told(built))

    def test_a_plain_button_sends_nothing(self) -> None:
        assert "forms.no-submit" in rules(told(good(EMAIL, field("next", attrs={"type": "button"}, tag="button"))))
