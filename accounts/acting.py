"""Who acts, and from where: what a change needs to be written down."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Acting:
    person: User
    ip: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for was not done; `message` says why and what to do."""

    message: str


def acting(request: HttpRequest) -> Acting:
    """For views behind `login_required`."""
    return Acting(cast(User, request.user), client_ip(request))


def client_ip(request: HttpRequest) -> str | None:
    """The address of the browser. Each of our own proxies (`TRUSTED_PROXIES` of them) appends the address it was asked
    from to X-Forwarded-For, so the one we may believe stands that far from the end; what comes before it, and the whole
    header when no proxy is ours, can be made up by anybody."""
    count: int = settings.TRUSTED_PROXIES
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if count else []
    found = forwarded[-count] if len(forwarded) >= count > 0 else request.META.get("REMOTE_ADDR", "")
    return _address(found.strip()) or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str | None:
    """Proxies write 192.0.2.1, 192.0.2.1:443, 2001:db8::1 and [2001:db8::1]:443."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
