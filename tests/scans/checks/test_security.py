"""Private keys are told and never repeated; headers; links that hand over the window."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page, check_site, check_visit
from scans.fetch.parse import parse
from scans.snapshot import Category, ConsoleLine, PageError, PageFacts, Problem, Response, Webflow, found, masked
from tests.scans.checks.build import HOME, link, of, page, rules, site, visit

LETTERS = "aZ3kQ9xW7mB2vN8pL5tR1yD4"
# Assembled here, so that no scanner of this repository takes them for real ones.
KEYS = {
    "Stripe secret key": "sk_" + "live_" + LETTERS,
    "GitHub token": "ghp" + "_" + LETTERS + "Hj6Gf0Sd2Lk8",
    "Slack token": "xoxb" + "-480912345678-987650432123-" + LETTERS,
    "Slack webhook": "https://hooks.slack" + ".com/services/T02ABCDE9/B03FGHIJ8/" + LETTERS,
    "OpenAI key": "sk-" + "proj-" + LETTERS * 2,
    "Airtable token": "pat" + LETTERS[:14] + "." + "0f1e2d3c4b5a6978" * 4,
    "SendGrid key": "SG." + LETTERS[:22] + "." + (LETTERS * 2)[:43],
    "Shopify token": "shp" + "at_" + "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
}
AWS_ID, AWS_SECRET = "AKIA" + "Q3EGRI7LKWVBZ5TN", "hT9xKd2/QpVb8mZw4nRf7LcYs1JgUe6aXo3iDtPk"
PEM = "-----BEGIN " + "PRIVATE KEY-----\n" + "\n".join([LETTERS * 2] * 4) + "\n-----END PRIVATE KEY-----"


def fetched(html: str) -> PageFacts:
    return parse(Response(HOME, HOME, 200, {"content-type": "text/html; charset=utf-8"}, html.encode()), HOME)


def script(code: str) -> str:
    return f"<!doctype html><html lang=en><title>Acme</title><h1>Hi</h1><script>{code}</script>"


def everything(problems: list[Problem]) -> str:
    """All that leaves the checks, as one text."""
    return repr(problems)


@pytest.mark.parametrize(("kind", "key"), KEYS.items())
@pytest.mark.parametrize("where", [script('fetch("/x", {{key: "{}"}})'), '<p data-key="{}">x', "<p>{}", "<!-- {} -->"])
def test_keys_fire_masked_wherever_they_stand(kind: str, key: str, where: str) -> None:
    problems = check_page(fetched(where.replace("{{", "{").replace("}}", "}").replace("{}", key)))
    said = of(problems, "security.exposed-secret")
    assert [(p.severity, p.confidence, p.evidence["kind"]) for p in said] == [("critical", "confirmed", kind)]
    assert key[-4:] in said[0].message, "its owner knows it by the last letters"
    assert key not in everything(problems) and key[4:-4] not in everything(problems)


def test_a_pair_of_amazon_and_a_private_key() -> None:
    pair = fetched(script(f'new AWS({{accessKeyId: "{AWS_ID}", secretAccessKey: "{AWS_SECRET}"}})'))
    pem = fetched(script(f"const key = `{PEM}`"))
    joined = fetched(script(f'const key = "{PEM}"'.replace("\n", "\\n")))
    for facts, kind in ((pair, "AWS key pair"), (pem, "private key"), (joined, "private key")):
        problems = check_page(facts)
        assert [p.evidence["kind"] for p in of(problems, "security.exposed-secret")] == [kind]
        assert AWS_SECRET not in everything(problems) and LETTERS not in everything(problems)
        assert AWS_SECRET not in repr(facts.secrets) and LETTERS not in repr(facts.secrets)


@pytest.mark.parametrize(
    "code",
    [
        'Stripe("pk_live_' + LETTERS + '")',
        'Stripe("sk_test_' + LETTERS + '")',
        'maps("AIzaSy' + LETTERS + '123456789")',
        'gtag("config", "G-ABCDEF1234"); ga("UA-12345678-1")',
        "sk_" + "live_" + "x" * 24,
        "sk_" + "live_" + "YourSecretKeyGoesHere123",
        AWS_ID,
        f"/file.pdf?AWSAccessKeyId={AWS_ID}&Signature=abcDEF123%3D&Expires=1",
        'id="AKIAIOSFODNN7EXAMPLE"; secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
        f'build("{AWS_ID}", "3f786850e387550fdab836ed7e6dc881de23001b")',
        "-----BEGIN " + "PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----",
        "-----BEGIN " + "PUBLIC KEY-----\n" + LETTERS * 8 + "\n-----END PUBLIC KEY-----",
    ],
)
def test_what_may_be_seen_is_silent(code: str) -> None:
    assert fetched(script(code)).secrets == ()
    assert "security.exposed-secret" not in rules(check_page(fetched(script(code))))


def test_the_same_key_on_two_pages_is_one_cause() -> None:
    key = KEYS["Stripe secret key"]
    causes = {of(check_page(fetched(f"<p>{n}" + script(key))), "security.exposed-secret")[0].cause for n in range(2)}
    assert len(causes) == 1 and key not in causes.pop()


def test_other_rules_do_not_repeat_it() -> None:
    key = KEYS["Stripe secret key"]
    html = f'<a href="#" data-key="{key}">{key}</a><h1>{key}</h1><h1>{key}</h1><p>TODO: {key}</p>'
    facts = fetched(script("") + html + script(key))
    problems = check_page(facts) + check_crawl(site([facts])) + check_site(site([facts]))
    assert len(problems) > 4 and key not in everything(problems) and key[4:-4] not in everything(problems)
    seen = visit(errors=[PageError(f"no access with {key}")], console=[ConsoleLine("error", f"refused: {key}")])
    problems = check_visit(page(), seen)
    assert len(problems) == 2 and key not in everything(problems)


@pytest.mark.parametrize("key", [*KEYS.values(), PEM, f"{AWS_ID} {AWS_SECRET}", f"aws_secret_access_key={AWS_SECRET}"])
def test_masked_leaves_nothing_of_a_key_that_is_cut_off(key: str) -> None:
    assert key.removesuffix("\n-----END PRIVATE KEY-----")[-12:] not in masked(
        f"<script>let a = '{key}'; run()</script>"
    )
    assert masked(masked(key)) == masked(key)
    cut = masked(f"<script>let a = '{key}"[: len(key)])
    assert len(cut) < len(key) or cut.endswith("…") or AWS_ID in key


@pytest.mark.parametrize("text", ["A patient path right through Asia", "secret sauce", "task-proj-1", ""])
def test_masked_leaves_other_texts_alone(text: str) -> None:
    assert masked(text) is text or masked(text) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "-----BEGIN PRIVATE KEY-----" * 100_000,
        "sk_live_" * 300_000,
        "AKIA" * 500_000,
        "xoxb-1" * 400_000,
        "pat" * 10**6,
    ],
)
def test_floods_of_beginnings_cost_little(hostile: str) -> None:
    assert len(found(hostile)) <= 20
    masked(hostile[:5_000])


FULL = {
    "content-type": "text/html",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
}


def headers_told(webflow: Webflow | None = None, url: str = HOME, **changed: str) -> list[Problem]:
    headers = {**FULL, **{name.replace("_", "-"): value for name, value in changed.items()}}
    facts = page(url, headers=headers, webflow=webflow)
    return of(check_crawl(site([facts], start_url=url), {Category.SECURITY}), "security.headers")


def test_missing_headers_are_one_finding() -> None:
    pages = [page(f"/{n}", headers={"content-type": "text/html"}) for n in range(3)]
    [problem] = check_crawl(site(pages), {Category.SECURITY})
    assert (problem.rule, problem.severity) == ("security.headers", "minor")
    assert problem.evidence["missing"] == [
        "Strict-Transport-Security",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options or frame-ancestors",
    ]


def test_headers_that_are_there_are_silent() -> None:
    assert headers_told() == []
    assert headers_told(x_frame_options="", content_security_policy="frame-ancestors 'self'") == []
    assert headers_told(url="http://acme.example/", strict_transport_security="") == []
    assert check_crawl(site([page(status=404, headers={"content-type": "text/html"})]), {Category.SECURITY}) == []


def test_an_ended_promise_is_none_and_webflow_is_told_as_information() -> None:
    assert headers_told(strict_transport_security="max-age=0")[0].evidence["missing"] == ["Strict-Transport-Security"]
    assert headers_told(Webflow(generator=True), x_content_type_options="")[0].severity == "info"


def test_open_targets() -> None:
    opened = link("https://other.example/", "Partner", {"target": "_blank", "rel": "nofollow opener"})
    [problem] = check_page(page(links=[opened]), {Category.SECURITY})
    assert (problem.rule, problem.severity, problem.element) == ("security.open-target", "info", opened.element)
    safe = [
        link("https://other.example/", "Partner", {"target": "_blank"}),
        link("https://other.example/", "Partner", {"target": "_blank", "rel": "noopener"}),
        link("https://other.example/", "Partner", {"rel": "opener"}),
    ]
    assert check_page(page(links=safe), {Category.SECURITY}) == []
