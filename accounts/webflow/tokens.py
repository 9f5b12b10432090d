"""OAuth with Webflow: three calls, all addresses and secrets given by the caller.

There is no refresh: a token lives until it is revoked, and says so with a 401. What it may do, and where, is asked of
`/token/introspect` (`WebflowClient.introspect`); the token answer holds only the token.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import httpx

from accounts.webflow.errors import BadAnswer, Unavailable, WebflowError
from accounts.webflow.wire import Json, parsed, tls

TIMEOUT = 20.0  # seconds without a byte
DEADLINE = 30.0  # seconds for the whole answer: a person waits
BODY_LIMIT = 64 * 1024
TOKEN_LENGTH = 4096


class CodeRefused(WebflowError):
    """The code was used before, is older than 15 minutes or belongs to another app or address."""

    sentence = "Webflow did not accept the answer of its own permission page. Start connecting again."


class AppRefused(WebflowError):
    """Our client id or secret is wrong: nothing the person can mend."""

    sentence = "Webflow does not accept this app at the moment. Tell the people who run this service."


def authorize_url(authorize_url: str, *, client_id: str, redirect_uri: str, scopes: Sequence[str], state: str) -> str:
    """Where to send the person. `redirect_uri` must be, to the letter, the one in the app's settings."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "scope": " ".join(scopes),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    parts = urlsplit(authorize_url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode(query, quote_via=quote)]))))


def exchange(token_url: str, *, client_id: str, client_secret: str, code: str, redirect_uri: str) -> str:
    """The access token for a code, which works once. Raises CodeRefused, AppRefused, Unavailable, BadAnswer."""
    status, answer = _post(
        token_url,
        {
            "client_id": client_id,
            "client_secret": client_secret,
            "code": code,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
        },
    )
    if status != 200:
        raise _refusal(status, answer)
    token = answer.get("access_token")
    if (
        not isinstance(token, str)
        or not 0 < len(token) <= TOKEN_LENGTH
        or not (token.isascii() and token.isprintable())
    ):
        raise BadAnswer(said="no access token in the answer")
    return token


def revoke(revoke_url: str, *, client_id: str, client_secret: str, access_token: str) -> bool:
    """Gives the token back; False when Webflow did not know it any more, which is as good. Raises AppRefused,
    Unavailable, BadAnswer."""
    status, answer = _post(
        revoke_url, {"client_id": client_id, "client_secret": client_secret, "access_token": access_token}
    )
    if status == 200:
        return answer.get("did_revoke") is True
    if _code(answer) == "invalid_token":
        return False
    raise _refusal(status, answer)


def _post(url: str, body: Json) -> tuple[int, Json]:
    """Status and JSON. Nothing of the request gets into an error: it holds the secret."""
    ends = time.monotonic() + DEADLINE
    try:
        with (
            httpx.Client(timeout=TIMEOUT, verify=tls(), follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, json=body, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            raw = bytearray()
            for chunk in answer.iter_raw():
                raw += chunk
                if len(raw) > BODY_LIMIT:
                    raise BadAnswer(status=answer.status_code, said="the answer is too large")
                if time.monotonic() > ends:
                    raise Unavailable(status=answer.status_code, said="the answer took too long")
    except httpx.HTTPError as error:
        raise Unavailable(said=type(error).__name__) from None
    if answer.status_code >= 500:
        raise Unavailable(status=answer.status_code)
    return answer.status_code, parsed(bytes(raw))


def _code(answer: Json) -> str:
    value = answer.get("error") or answer.get("code")
    return value[:100] if isinstance(value, str) else ""


def _refusal(status: int, answer: Json) -> WebflowError:
    code = _code(answer)
    if status == 429:
        return Unavailable(status=status, code=code)
    if status < 400:
        return BadAnswer(status=status, code=code)
    kind = CodeRefused if code in ("invalid_grant", "invalid_request") else AppRefused
    return kind(status=status, code=code)
