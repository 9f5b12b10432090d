"""What can go wrong between us and Webflow. Every error carries a sentence for people that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SCOPE = re.compile(r"\b[a-z][a-z_]{0,40}:(?:read|write)\b")
SAID_LENGTH = 300


class WebflowError(Exception):
    """`str()` is the sentence for people; `code` and `said` are Webflow's own words, cut short, for the log."""

    sentence = "Webflow could not do this."

    def __init__(self, *, status: int = 0, code: str = "", said: str = "") -> None:
        super().__init__(self.sentence)
        self.status = status
        self.code = code
        self.said = said


class Unauthorized(WebflowError):
    """The token is revoked or the app uninstalled: the connection is broken."""

    sentence = "Webflow no longer accepts this connection. Connect Webflow again."


class Forbidden(WebflowError):
    sentence = "Webflow does not allow this connection to do that. Check that the site was shared with the app."


class MissingScopes(Forbidden):
    sentence = "The Webflow connection lacks a permission. Connect Webflow again and allow what is asked for."

    def __init__(self, scopes: tuple[str, ...], *, status: int = 403, code: str = "", said: str = "") -> None:
        super().__init__(status=status, code=code, said=said)
        self.scopes = scopes


class EnterpriseOnly(Forbidden):
    sentence = "Webflow offers this only to Enterprise workspaces. Do it by hand in the site settings."


class NotAvailable(WebflowError):
    """406: seen for CMS endpoints of sites without a CMS plan."""

    sentence = "This Webflow site does not have that feature in its plan."


class NotFound(WebflowError):
    sentence = "Webflow does not know this any more. It may have been deleted; synchronise the site."


class Conflict(WebflowError):
    """409; `code` tells which: forms_require_republish, conflict, or none at all."""

    sentence = "Webflow cannot do this in the site's present state. Publish the site once in Webflow and try again."


class Refused(WebflowError):
    """400 and its kin: what we sent was not acceptable."""

    sentence = "Webflow did not accept the change. Check the new value and try again."


class RateLimited(WebflowError):
    sentence = "Webflow asks for a pause: too many requests in one minute. Try again shortly."

    def __init__(self, retry_after: float, *, status: int = 429, code: str = "", said: str = "") -> None:
        super().__init__(status=status, code=code, said=said)
        self.retry_after = retry_after


class Unavailable(WebflowError):
    """No answer, a broken one or a 5xx. After a write nobody knows whether it was done: read before trying again."""

    sentence = "Webflow does not answer at the moment. Try again in a few minutes."


class BadAnswer(WebflowError):
    """Not JSON, of a wrong shape, or larger than anything Webflow sends."""

    sentence = "Webflow answered in a way that could not be understood. Try again later."


KINDS: dict[int, type[WebflowError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    406: NotAvailable,
    409: Conflict,
}


def error_of(status: int, body: Mapping[str, Any], retry_after: float) -> WebflowError:
    """The error an answer that is not 2xx stands for."""
    code, said = _words(body.get("code")), _words(body.get("message"))
    if code == "missing_scopes":
        scopes = tuple(dict.fromkeys(SCOPE.findall(f"{said} {body.get('details') or ''}"[:2000])))
        return MissingScopes(scopes, status=status, code=code, said=said)
    if code.startswith("not_enterprise_plan"):
        return EnterpriseOnly(status=status, code=code, said=said)
    if status == 429:
        return RateLimited(retry_after, status=status, code=code, said=said)
    kind = KINDS.get(status) or (Unavailable if status >= 500 or status == 408 else Refused)
    if status < 400:
        kind = BadAnswer
    return kind(status=status, code=code, said=said)


def _words(value: object) -> str:
    return "".join(c for c in value if c.isprintable())[:SAID_LENGTH] if isinstance(value, str) else ""
