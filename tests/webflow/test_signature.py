"""The verdict on a webhook."""

from __future__ import annotations

import pytest

from accounts.webflow.signature import Verdict, sign, verify

NOW = 1_790_000_000_000
BODY = '{"triggerType":"site_publish","payload":{"name":"Bäckerei"}}'.encode()


def verdict(
    *, body: bytes = BODY, at: int | str = NOW, signature: str | None = None, secrets: tuple[str, ...] = ("new", "old")
) -> Verdict:
    given = sign(BODY, str(at), "new") if signature is None else signature
    return verify(body, str(at), given, secrets=secrets, now_ms=NOW)


def test_a_known_vector() -> None:
    """Computed with openssl: printf '1:{}' | openssl dgst -sha256 -hmac key"""
    assert sign(b"{}", "1", "key") == "8b4edda64d18586fe42266462a8fa38b405c2b3c86305e723b7301849de274bb"


@pytest.mark.parametrize(
    ("age_ms", "expected"),
    [
        (0, Verdict.VALID),
        (300_000, Verdict.VALID),
        (300_001, Verdict.STALE),
        (-60_000, Verdict.VALID),
        (-60_001, Verdict.FROM_THE_FUTURE),
    ],
)
def test_time(age_ms: int, expected: Verdict) -> None:
    assert verdict(at=NOW - age_ms) is expected


def test_the_previous_secret_still_counts() -> None:
    assert verdict(signature=sign(BODY, str(NOW), "old")) is Verdict.VALID
    assert verdict(signature=sign(BODY, str(NOW), "older")) is Verdict.FORGED


@pytest.mark.parametrize("signature", ["0" * 64, "é", "x" * 100_000, sign(BODY, str(NOW), "new").upper()])
def test_what_does_not_fit_is_forged(signature: str) -> None:
    assert verdict(signature=signature) is Verdict.FORGED


def test_a_changed_body_or_time_is_forged() -> None:
    signature = sign(BODY, str(NOW), "new")
    assert verdict(body=BODY + b" ", signature=signature) is Verdict.FORGED
    assert verdict(at=NOW + 1, signature=signature) is Verdict.FORGED


@pytest.mark.parametrize("at", ["soon", "-1", "1e9", "٣", "9" * 17, "1.5"])
def test_a_time_that_is_none_is_forged(at: str) -> None:
    assert verdict(at=at) is Verdict.FORGED


def test_without_headers_it_is_unsigned_and_without_a_secret_never_valid() -> None:
    assert verdict(at="", signature="x") is Verdict.UNSIGNED
    assert verdict(signature="") is Verdict.UNSIGNED
    assert verdict(secrets=()) is Verdict.FORGED
    assert verdict(secrets=("",), signature=sign(BODY, str(NOW), "")) is Verdict.FORGED
