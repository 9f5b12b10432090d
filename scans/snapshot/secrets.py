"""Private keys that must stand in no page: what they look like, and how they are taken out of whatever is kept.

A page that shows a key shows it to everybody; a report that repeats it makes it worse. So the parser names a key by its
first and last letters only, and all problems of its page pass `masked` before they leave the checks.
Publishable keys (`pk_live_`, keys of Maps, ids of Analytics) are made to be seen and are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from scans.snapshot.words import Element

MOST = 20
_SHOWN = 4  # last letters of a key that its owner may know it by
_LETTERS = 8  # different ones that a real key has at least; "xxxxxxxx" is a blank to fill in
_BLANK = re.compile(r"example|your|placeholder|x{6}|0{8}|1234567890|abcdefgh|\*\*\*|\.\.\.", re.IGNORECASE)
# (kind, text that must occur, what is told of the key, its secret part)
_KEYS = tuple(
    (kind, marker, re.compile(rf"(?<![A-Za-z0-9])({start})({rest})"))
    for kind, marker, start, rest in (
        ("Stripe secret key", "k_live_", r"[sr]k_live_", r"[A-Za-z0-9]{20,300}"),
        ("GitHub token", "gh", r"gh[pousr]_", r"[A-Za-z0-9]{36,255}"),
        ("GitHub token", "github_pat_", r"github_pat_", r"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
        ("Slack token", "xox", r"xox[abeprs]-", r"(?:\d-)?\d{8,16}-[A-Za-z0-9-]{10,200}"),
        ("Slack token", "xapp-", r"xapp-", r"\d-[A-Z0-9]{6,20}-\d{8,16}-[a-z0-9]{20,100}"),
        ("Slack webhook", "slack.com/", r"hooks\.slack\.com/services/", r"T[A-Z0-9]{6,20}/B[A-Z0-9]{6,20}/\w{20,40}"),
        ("OpenAI key", "sk-proj-", r"sk-proj-", r"[A-Za-z0-9_-]{40,300}"),
        ("Anthropic key", "sk-ant-", r"sk-ant-", r"[A-Za-z0-9_-]{60,300}"),
        ("Airtable token", "pat", r"pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
        ("SendGrid key", "SG.", r"SG\.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
        ("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_", r"[a-fA-F0-9]{32}"),
    )
)
_AWS_ID = re.compile(r"(?<![A-Za-z0-9])(A[KS]IA)([A-Z2-7]{16})(?![A-Za-z0-9])")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_AWS_AROUND = 400  # characters between the two halves of a pair
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_PEM_LIMIT = 10_000
_PEM_LETTERS = 100
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=:,\s-]|\\[nr])*+")

# What is hidden in a text that may have been cut in the middle of a key.
_MARKERS = (
    *("k_live_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "xapp-", "slack.com/", "sk-proj-"),
    *("sk-ant-", "pat", "SG.", "shpat_", "shpca_", "shppa_", "shpss_", "KEY-----", "ecret", "ECRET", "AKIA", "ASIA"),
)
_HIDDEN = re.compile(
    r"(?<![A-Za-z0-9])([sr]k_live_|gh[pousr]_|github_pat_|xox[abeprs]-|xapp-|hooks\.slack\.com/services/|sk-proj-|"
    r"sk-ant-|pat(?=\w{14}\.)|SG\.(?=[\w-]{20})|shp(?:at|ca|pa|ss)_)[A-Za-z0-9_./+=-]{4,}"
)
_HIDDEN_PEM = re.compile(r"(-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)(?!…).*?(?=-----END|\Z)", re.DOTALL)
_HIDDEN_AWS = re.compile(
    r"((?:aws_?secret\w{0,20}|secret_?access_?key)(?:[\"'\s:=]|&quot;|&#\w{1,4};){1,12})[A-Za-z0-9/+]{8,}",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A key in a text. `raw` only serves to find its element and must not be kept."""

    kind: str
    masked: str
    raw: str


def found(text: str) -> list[Found]:
    """The keys of a page, each once, at most MOST."""
    return list(islice({key.raw: key for key in _all(text)}.values(), MOST))


def _all(text: str) -> Iterator[Found]:
    for kind, marker, pattern in _KEYS:
        matches = pattern.finditer(text) if marker in text else iter(())
        yield from (Found(kind, _named(m[1], m[2]), m[0]) for m in islice(matches, 10 * MOST) if _is_real(m[2]))
    if "IA" in text:
        yield from _pairs(text)
    if "PRIVATE KEY" in text:
        yield from _private_keys(text)


def _named(start: str, secret: str) -> str:
    return f"{start}…{secret[-_SHOWN:]}"


def _is_real(secret: str) -> bool:
    return len(set(secret)) >= _LETTERS and not _BLANK.search(secret)


def _pairs(text: str) -> Iterator[Found]:
    """An id alone gives nobody access: signed addresses of files carry one."""
    for key in islice(_AWS_ID.finditer(text), 10 * MOST):
        around = text[max(0, key.start() - _AWS_AROUND) : key.end() + _AWS_AROUND]
        if _is_real(key[2]) and any(_is_aws_secret(secret[0]) for secret in _AWS_SECRET.finditer(around)):
            yield Found("AWS key pair", _named(key[1], key[2]), key[0])


def _is_aws_secret(secret: str) -> bool:
    """Forty letters of every sort; a commit id is hexadecimal, a path has slashes all over."""
    sorts = (str.isupper, str.islower, str.isdigit)
    return all(any(sort(c) for c in secret) for sort in sorts) and secret.count("/") < 4 and _is_real(secret)


def _private_keys(text: str) -> Iterator[Found]:
    for begin in islice(_PEM.finditer(text), 10 * MOST):
        body = text[begin.end() : begin.end() + _PEM_LIMIT].partition("-----END")[0]
        inside = _PEM_BODY.match(body)
        if inside and inside.end() == len(body) and len(re.sub(r"\\[nr]|\W", "", body)) >= _PEM_LETTERS:
            yield Found("private key", f"{begin[0]}…", body.strip().split("\\n")[0].split("\n")[0] or begin[0])


def masked(text: str) -> str:
    """The text with every key in it cut after its first letters, also a key that the text itself cuts off."""
    if not any(marker in text for marker in _MARKERS):
        return text
    text = _HIDDEN_AWS.sub(r"\1…", _HIDDEN_PEM.sub(r"\1…", _HIDDEN.sub(r"\1…", text)))
    return _AWS_SECRET.sub(_hidden_secret, text) if _AWS_ID.search(text) else text


def _hidden_secret(match: re.Match[str]) -> str:
    return "…" if _is_aws_secret(match[0]) else match[0]


def all_masked(value: Any) -> Any:
    """`masked` for every text in lists and dicts, as evidence is made of."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: all_masked(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = (all_masked(entry) for entry in value)
        return list(entries) if isinstance(value, list) else tuple(entries)
    return value


def without_secrets(element: Element) -> Element:
    """The same element when there is nothing to hide, which is nearly always."""
    html, text, attrs = masked(element.html), masked(element.text), element.attrs
    if any(masked(value) is not value for value in attrs.values()):
        attrs = {name: masked(value) for name, value in attrs.items()}
    if html is element.html and text is element.text and attrs is element.attrs:
        return element
    return replace(element, html=html, text=text, attrs=attrs)
