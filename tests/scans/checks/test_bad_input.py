"""Pages as nobody should write them, from bytes to findings: no check crashes, and what is right is still found."""

from __future__ import annotations

import json
import logging
import time

import pytest

from scans.checks import check_crawl, check_page
from scans.fetch.parse import parse
from scans.snapshot import PageFacts, Problem, Response
from tests.scans.checks.build import of, rules, site

URL = "https://acme.example/a/page"
HEAD = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Acme builds quiet machines</title>"
    "<meta name=viewport content='width=device-width'></head><body><h1>Quiet machines</h1>"
)


@pytest.fixture(autouse=True)
def no_check_crashes(caplog: pytest.LogCaptureFixture) -> object:
    with caplog.at_level(logging.ERROR):
        yield
    assert not caplog.records, caplog.text


def fetched(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> PageFacts:
    body = html if isinstance(html, bytes) else html.encode("utf-8", "surrogatepass")
    return parse(Response(URL, URL, 200, {"content-type": content_type}, body), URL)


def checked(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> tuple[PageFacts, list[Problem]]:
    facts = fetched(html, content_type)
    return facts, check_page(facts) + check_crawl(site([facts], start_url=URL))


def test_an_unclosed_form_keeps_its_fields() -> None:
    facts, problems = checked(HEAD + "<form action=http://api.example.com/in method=post><input name=email><p>a<p>b")
    assert [field.element.attrs.get("name") for field in facts.forms[0].fields] == ["email"]
    assert {"forms.insecure-action", "forms.no-submit", "forms.wrong-type"} <= set(rules(problems))


def test_a_form_in_a_form_is_one_as_browsers_see_it() -> None:
    facts, _ = checked(HEAD + "<form id=a><input name=x><form id=b><input name=y></form><input name=z></form>")
    assert [form.element.attrs["id"] for form in facts.forms] == ["a"]
    assert [field.element.attrs["name"] for field in facts.forms[0].fields] == ["x", "y"], "the first </form> ends it"


def test_a_form_inside_another_by_bad_nesting_owns_its_fields() -> None:
    html = "<form id=a><input name=x><div></form><form id=b><input name=y></form></div>"
    facts, _ = checked(HEAD + html)
    owned = {form.element.attrs["id"]: [f.element.attrs["name"] for f in form.fields] for form in facts.forms}
    assert owned == {"a": ["x"], "b": ["y"]}


def test_fields_elsewhere_name_their_form() -> None:
    html = "<form id=a><input name=x><input name=z form=none></form><button form=a>Send</button><input name=lost>"
    facts, problems = checked(HEAD + html)
    assert [field.type for field in facts.forms[0].fields] == ["text", "submit"]
    assert "forms.no-submit" not in rules(problems)


def test_thousands_of_forms_and_fields_cost_little() -> None:
    for html in (
        "<form><input name=a><div></form>" * 4_000,
        "<form>" + "<label><input name=a>" * 20_000,
        "<form>" + "<select><option>First choice" * 10_000,
        "<input form=f aria-labelledby='a b c d e f'>" * 10_000 + "<form id=f>",
    ):
        started = time.process_time()
        facts, problems = checked(HEAD + html)
        assert facts.forms and time.process_time() - started < 15
        assert len([p for p in problems if p.rule.startswith("forms.")]) < 2_000


def test_twenty_thousand_levels_of_nodes() -> None:
    facts, problems = checked(HEAD + "<div>" * 20_000 + "<a href=#>deep</a>")
    assert facts.title and "metadata.title-missing" not in rules(problems)
    assert len(fetched(HEAD + "<i>" * 19_000 + "<p>deep").texts) <= 5_000


def test_a_wrong_charset_is_told_by_its_letters() -> None:
    _, problems = checked(HEAD.encode() + "<p>Grüße aus Köln und Düsseldorf".encode("latin-1"))
    assert "content.mojibake" in rules(problems)
    _, problems = checked((HEAD + "<p>Grüße aus Köln").encode(), "text/html; charset=iso-8859-1")
    assert "content.mojibake" in rules(problems)
    facts, _ = checked(HEAD.encode("utf-16"), "text/html; charset=no-such-charset")
    assert facts.title == "Acme builds quiet machines"


def test_nul_bytes_are_gone_from_every_finding() -> None:
    html = HEAD + "<a href='#\0'>cli\0ck here</a><form data-name='Em\0ail Form'><input name='e\0mail'></form><p>TODO\0"
    facts, problems = checked(html.encode())
    assert problems and "\0" not in repr(problems).encode().decode("unicode_escape", "replace")
    assert facts.links[0].name == "click here" and "links.generic-text" in rules(problems)


def test_five_megabytes_of_inline_script() -> None:
    started = time.process_time()
    code = 'var a = {"k": [1, 2, "</div>", `<a href="#">x</a>`]}; /* sk_live pat ghp_ AKIA xox ----- */\n'
    facts, problems = checked(f"{HEAD}<script>{code * (5_000_000 // len(code))}</script><a href=/next>Next page</a>")
    assert time.process_time() - started < 15
    assert [link.url for link in facts.links] == ["https://acme.example/next"], "the script's strings are no links"
    assert not {"links.placeholder", "security.exposed-secret"} & set(rules(problems))


def test_ten_thousand_links() -> None:
    started = time.process_time()
    facts, problems = checked(HEAD + "".join(f"<a href='#' class=l{n}>Link {n}</a>" for n in range(10_000)))
    assert time.process_time() - started < 20
    assert len(facts.links) == 10_000
    assert 0 < len(of(problems, "links.placeholder")) <= 200


@pytest.mark.parametrize(
    ("lang", "direction", "title", "text"),
    [
        ("ar", "rtl", "شركة الآلات الهادئة في المدينة", "نحن نبني آلات هادئة للمكاتب والمنازل في كل مكان. " * 12),
        ("he", "rtl", "מכונות שקטות לבית ולמשרד", "אנחנו בונים מכונות שקטות לבית ולמשרד בכל מקום בארץ. " * 12),
        (
            "zh-CN",
            "ltr",
            "安静的机器设备制造商网站",
            "我们为办公室和家庭制造安静的机器，从第一张图纸到最后的测试。" * 12,
        ),
        (
            "zh-TW",
            "ltr",
            "安靜的機器設備製造商網站",
            "我們為辦公室和家庭製造安靜的機器，從第一張圖紙到最後的測試。" * 12,
        ),
    ],
)
def test_pages_in_other_scripts(lang: str, direction: str, title: str, text: str) -> None:
    html = (
        f"<!doctype html><html lang={lang} dir={direction}><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
        f"<p>{text}</p><form><label for=n>{title}</label><input id=n name=n><button>{title}</button></form>"
    )
    facts, problems = checked(html)
    assert facts.title == title and facts.forms[0].fields[0].label == title
    wrong = ("content.", "metadata.lang-mismatch", "metadata.title", "forms.wrong-type", "forms.no-submit")
    assert [p for p in problems if p.rule.startswith(wrong) and p.rule != "content.thin"] == []


def test_letters_that_turn_the_direction_stay_text() -> None:
    facts, problems = checked(HEAD + "<a href='#'>\u202eereh kcilc\u202c</a><p>\u2066TODO\u2069</p>")
    assert facts.links[0].name.startswith("\u202e") and "links.placeholder" in rules(problems)


def test_base_href_moves_the_addresses_of_forms_and_links() -> None:
    html = HEAD.replace("</head>", "<base href='http://other.example/x/'></head>")
    facts, problems = checked(
        html + "<a href=y>y</a><form action=in method=post><input name=a><button>Go</button></form>"
    )
    assert facts.links[0].url == "http://other.example/x/y"
    assert [p.evidence["target"] for p in of(problems, "forms.insecure-action")] == ["http://other.example/x/in"]


def test_frames_and_framesets() -> None:
    facts, problems = checked(
        "<html><frameset cols='50%,50%'><frame src=/menu><frame src='javascript:x'></frameset></html>"
    )
    assert [asset.url for asset in facts.assets] == ["https://acme.example/menu"]
    assert "metadata.title-missing" in rules(problems)
    facts, _ = checked(HEAD + "<iframe srcdoc='<a href=#>x</a><form><input>'></iframe><iframe src=/in></iframe>")
    assert (facts.links, facts.forms) == ((), ()) and [asset.url for asset in facts.assets] == [
        "https://acme.example/in"
    ]


def test_templates_are_not_on_the_page() -> None:
    inert = (
        "<h1>Second</h1><a href='#'>click here</a><p>TODO</p><form action=http://x.example><input name=email></form>"
    )
    for start in ("<template>", "<template shadowrootmode=open>", "<div><template shadowrootmode=closed><slot></slot>"):
        facts, problems = checked(f"{HEAD}{start}{inert}</template><p>After it</p>")
        assert [text.text for text in facts.texts] == ["Quiet machines", "After it"]
        assert not {"content.h1-multiple", "content.todo-marker", "forms.wrong-type"} & set(rules(problems))


def test_links_in_drawings() -> None:
    facts, problems = checked(
        HEAD + "<svg><a xlink:href='/x'><text>Roof</text></a><a href='#'><path d='M0 0'/></a></svg>"
    )
    assert [link.url for link in facts.links] == ["https://acme.example/x", f"{URL}#"]
    assert len(of(problems, "links.placeholder")) == 1


@pytest.mark.parametrize(
    ("written", "faulty"),
    [
        ('{"@context": "https://schema.org", "@type": "Thing", "name": "a</b>c"}', False),
        ('/* ours */ {"@context": "https://schema.org", "@type": "Thing"}', True),
        ('{"@context": "https://schema.org", "@type": "Thing"} // end', True),
        ("", True),
        ('{"a": ' * 20_000, True),
        ("[" * 100_000, True),
        ('{"@context": "https://schema.org", "@type": "Thing", "n": 1e999, "s": "\\ud800"}', False),
    ],
)
def test_structured_data_with_comments_or_without_end(written: str, faulty: bool) -> None:
    _, problems = checked(f"{HEAD}<script type='application/ld+json'>{written}</script>")
    assert ("metadata.structured-data-invalid" in rules(problems)) is faulty
    json.dumps([p.message for p in problems])


@pytest.mark.parametrize("body", [b"<", b"\xff\xfe", b"<!doctype", b"<html", b"\0", b"<a href=", b"<form", "<p>\ud800"])
def test_stumps(body: bytes | str) -> None:
    checked(body)
