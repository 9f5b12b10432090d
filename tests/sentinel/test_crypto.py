"""Texts that only the installation can read, in the one row they were made for."""

from __future__ import annotations

import base64
import re

import pytest
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from sentinel.crypto import CannotDecrypt, UnknownKey, current_prefix, decrypt, encrypt, new_key, ring
from sentinel.system_checks import production_is_safe

TOKEN = "wf-token-ÄÖ-" + "x" * 60
HERE = "webflow:one:two"


@pytest.mark.parametrize("plain", ["", "a", TOKEN, "🙂" * 1000])
def test_what_goes_in_comes_out(plain: str) -> None:
    assert decrypt(encrypt(plain, bound_to=HERE), bound_to=HERE) == plain


def test_the_text_says_version_and_key_and_nothing_of_the_secret(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [new_key("2026a")]
    stored = encrypt(TOKEN, bound_to=HERE)
    assert re.fullmatch(r"v1:2026a:[A-Za-z0-9+/]+=*", stored)
    assert stored.startswith(current_prefix())
    assert encrypt(TOKEN, bound_to=HERE) != stored


def test_a_text_copied_into_another_row_does_not_decrypt() -> None:
    stored = encrypt(TOKEN, bound_to=HERE)
    with pytest.raises(CannotDecrypt):
        decrypt(stored, bound_to="webflow:other:two")


@pytest.mark.parametrize("stored", ["", "plain", "v1:", "v2:a:QUJD", "v1:emb edded:QUJD", f"v1::{'QUJD' * 9}"])
def test_what_is_no_encrypted_text_is_refused(stored: str) -> None:
    with pytest.raises(CannotDecrypt):
        decrypt(stored, bound_to=HERE)


@pytest.mark.parametrize("place", [0, 11, 12, 20, -1])
def test_one_changed_bit_is_noticed(place: int) -> None:
    head, _, text = encrypt(TOKEN, bound_to=HERE).rpartition(":")
    sealed = bytearray(base64.b64decode(text))
    sealed[place] ^= 1
    with pytest.raises(CannotDecrypt):
        decrypt(f"{head}:{base64.b64encode(sealed).decode()}", bound_to=HERE)


@pytest.mark.parametrize("text", ["", "QUJD", "not base64!"])
def test_a_cut_off_text_is_refused(text: str) -> None:
    head = encrypt(TOKEN, bound_to=HERE).rpartition(":")[0]
    with pytest.raises(CannotDecrypt):
        decrypt(f"{head}:{text}", bound_to=HERE)


def test_an_older_key_still_decrypts_and_the_first_encrypts(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [old := new_key("old")]
    stored = encrypt(TOKEN, bound_to=HERE)
    settings.ENCRYPTION_KEYS = [new_key("new"), old]
    assert decrypt(stored, bound_to=HERE) == TOKEN
    assert encrypt(TOKEN, bound_to=HERE).startswith("v1:new:")


def test_a_missing_key_is_named(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [new_key("old")]
    stored = encrypt(TOKEN, bound_to=HERE)
    settings.ENCRYPTION_KEYS = [new_key("new")]
    with pytest.raises(UnknownKey, match="no key old") as caught:
        decrypt(stored, bound_to=HERE)
    assert caught.value.key_id == "old"


def test_another_key_under_the_same_id_does_not_decrypt(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [new_key("same")]
    stored = encrypt(TOKEN, bound_to=HERE)
    settings.ENCRYPTION_KEYS = [new_key("same")]
    with pytest.raises(CannotDecrypt):
        decrypt(stored, bound_to=HERE)


def test_without_a_key_nothing_is_encrypted(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS"):
        encrypt(TOKEN, bound_to=HERE)


@pytest.mark.parametrize("entry", ["", "a", "a:", "a:QUJD", ":" + "A" * 43 + "=", "a b:" + "A" * 43 + "=", "a:?"])
def test_a_bad_ring_is_refused_without_showing_it(entry: str) -> None:
    with pytest.raises(ValueError, match="entry 1") as caught:
        ring([entry])
    assert "QUJD" not in str(caught.value)


def test_the_same_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        ring([new_key("a"), new_key("a")])


def test_production_without_a_key_is_an_error(settings: Settings) -> None:
    def errors() -> set[str | None]:
        found: list[CheckMessage] = production_is_safe(None)
        return {each.id for each in found}

    settings.EMBEDDED, settings.ENCRYPTION_KEYS = False, []
    assert "sentinel.E003" in errors()
    settings.ENCRYPTION_KEYS = [new_key("a")]
    assert "sentinel.E003" not in errors()
