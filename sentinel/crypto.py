"""Secrets that have to be read again (Webflow's tokens), as text for the database.

AES-256-GCM with a ring of keys: the first of ENCRYPTION_KEYS encrypts, the others only decrypt. `bound_to` says where
the text belongs ("webflow:<workspace>:<connection>"); it is authenticated with it, so that a text copied into another
row or workspace does not decrypt. Stored as `v1:<key id>:<base64 of nonce and ciphertext>`."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = "v1"
KEY_BYTES, NONCE_BYTES = 32, 12
KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class CannotDecrypt(Exception):
    """The text is damaged, stands in a row it was not made for, or its key is missing; `key_id` is the key it asks
    for."""

    def __init__(self, why: str, key_id: str = "") -> None:
        super().__init__(why)
        self.key_id = key_id


class UnknownKey(CannotDecrypt):
    """The ring has no key of this id."""


def encrypt(plain: str, *, bound_to: str) -> str:
    """Raises ImproperlyConfigured when the installation has no key."""
    key_id, key = _current()
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, plain.encode(), _context(key_id, bound_to))
    return f"{VERSION}:{key_id}:{base64.b64encode(sealed).decode()}"


def decrypt(stored: str, *, bound_to: str) -> str:
    """Raises CannotDecrypt, UnknownKey when only the key is missing. Neither holds anything of the text."""
    version, _, rest = stored.partition(":")
    key_id, _, text = rest.partition(":")
    if version != VERSION or not KEY_ID.fullmatch(key_id):
        raise CannotDecrypt("this is no encrypted text")
    key = ring(settings.ENCRYPTION_KEYS).get(key_id)
    if key is None:
        raise UnknownKey(f"ENCRYPTION_KEYS has no key {key_id}", key_id)
    try:
        sealed = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _context(key_id, bound_to)).decode()
    except (binascii.Error, InvalidTag, ValueError):
        raise CannotDecrypt(f"key {key_id} does not open this text, or it belongs elsewhere", key_id) from None


def current_prefix() -> str:
    """What every text encrypted with the current key begins with."""
    return f"{VERSION}:{_current()[0]}:"


def ring(entries: Sequence[str]) -> dict[str, bytes]:
    """Keys by id, in the order given. ValueError, without the key, for what is no `id:base64 of 32 bytes`."""
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(entries, 1):
        key_id, _, text = entry.strip().partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error:
            key = b""
        if not KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES:
            raise ValueError(f"entry {number} is not id:key, where key is the base64 of {KEY_BYTES} bytes")
        if key_id in keys:
            raise ValueError(f"the key {key_id} stands there twice")
        keys[key_id] = key
    return keys


def new_key(key_id: str) -> str:
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def _current() -> tuple[str, bytes]:
    for key_id, key in ring(settings.ENCRYPTION_KEYS).items():
        return key_id, key
    raise ImproperlyConfigured("ENCRYPTION_KEYS is empty: there is no key to encrypt with")


def _context(key_id: str, bound_to: str) -> bytes:
    return f"{VERSION}\n{key_id}\n{bound_to}".encode()
