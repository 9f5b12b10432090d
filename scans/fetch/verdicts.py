"""What one answer means for a link or an asset that points at it. Pure."""

from __future__ import annotations

from http import HTTPStatus

from scans.snapshot import FetchError, Response, TargetState

Verdict = tuple[TargetState, str]  # the detail is for people, "" when all is well

_GONE = frozenset({404, 410})
_WALL_HEADERS = ("cf-mitigated", "x-amzn-waf-action", "x-datadome", "x-px-block")
_WALL_STATUS = frozenset({403, 429, 503})
_WALL_WORDS = (
    b"just a moment...",
    b"attention required! | cloudflare",
    b"captcha",
    b"_incapsula_",
    b"px-block",
    b"are you a robot",
    b"verify you are human",
)
_WALL_WITHIN = 20_000
_NAMES = {999: "refuses automatic visitors"}
_ERRORS = {
    FetchError.DNS: (TargetState.BROKEN, "the host does not resolve"),
    FetchError.REFUSED: (TargetState.BROKEN, "the host refuses the connection"),
    FetchError.TLS: (TargetState.BROKEN, "the certificate of the host is not valid"),
    FetchError.REDIRECT_LOOP: (TargetState.BROKEN, "the redirects never end"),
    FetchError.TIMEOUT: (TargetState.UNVERIFIABLE, "no answer in time"),
    FetchError.RESET: (TargetState.UNVERIFIABLE, "the host broke off the connection"),
    FetchError.PROTOCOL: (TargetState.UNVERIFIABLE, "the answer is not valid HTTP"),
    FetchError.BLOCKED: (TargetState.NOT_CHECKED, "not asked: the address is not on the public Internet"),
    FetchError.TOO_LARGE: (TargetState.NOT_CHECKED, "not asked: the scan has used up its bytes"),
}


def verdict(response: Response, *, own: bool) -> Verdict:
    """Of the site's own targets a timeout or a broken connection counts as broken; others may only dislike robots."""
    if response.status is None or response.error is FetchError.REDIRECT_LOOP or _leads_nowhere(response):
        state, detail = _ERRORS[response.error or FetchError.PROTOCOL]
        return (TargetState.BROKEN if own and state is TargetState.UNVERIFIABLE else state), detail
    if is_wall(response):
        return TargetState.UNVERIFIABLE, f"{named(response.status)}, behind a wall against robots"
    if response.status < 400:
        return TargetState.OK, ""
    broken = response.status in _GONE or 500 <= response.status < 600
    return (TargetState.BROKEN if broken else TargetState.UNVERIFIABLE), named(response.status)


def _leads_nowhere(response: Response) -> bool:
    """A redirect whose target is no web address."""
    return response.error is FetchError.PROTOCOL and response.status is not None and 300 <= response.status < 400


def is_wall(response: Response) -> bool:
    """True for the challenge pages of bot protection and captchas."""
    headers = response.headers
    if any(name in headers for name in _WALL_HEADERS):
        return response.status != 200 or "cf-mitigated" in headers
    if response.status not in _WALL_STATUS:
        return False
    start = response.body[:_WALL_WITHIN].lower()
    return any(word in start for word in _WALL_WORDS)


def named(status: int) -> str:
    """ "404 Not Found" """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} {_NAMES.get(status, '')}".strip()
