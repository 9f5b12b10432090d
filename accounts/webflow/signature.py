"""Is a webhook Webflow's? Pure: raw bytes, two headers, our secrets and the time in; a verdict out.

Webflow signs `timestamp:body` with HMAC-SHA256; the key is the text of the app's client secret, the timestamp is Unix
time in milliseconds. The raw bytes are signed: a body that was parsed and written again has another signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from enum import Enum

STALE_MS = 300_000
EARLY_MS = 60_000  # clocks differ a little; more than that was not signed now


class Verdict(Enum):
    VALID = "valid"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"
    FROM_THE_FUTURE = "from_the_future"


def sign(raw: bytes, timestamp: str, secret: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b":" + raw, hashlib.sha256).hexdigest()


def verify(raw: bytes, timestamp: str, signature: str, *, secrets: Sequence[str], now_ms: int) -> Verdict:
    """`secrets` are the current client secret and, while it is being changed, the previous one. A stale verdict is
    given to a genuine signature only: Webflow may repeat a delivery half an hour later under the first timestamp."""
    if not timestamp or not signature:
        return Verdict.UNSIGNED
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 16):
        return Verdict.FORGED
    given = signature.encode()
    matches = [hmac.compare_digest(sign(raw, timestamp, secret).encode(), given) for secret in secrets if secret]
    if not any(matches):
        return Verdict.FORGED
    if now_ms - int(timestamp) > STALE_MS:
        return Verdict.STALE
    return Verdict.FROM_THE_FUTURE if int(timestamp) - now_ms > EARLY_MS else Verdict.VALID
