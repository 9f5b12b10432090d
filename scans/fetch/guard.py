"""The egress policy: what may be asked of the outside, used by the fetcher's sockets and by the proxy in front of
Chromium.

Three questions, each answered by silence or by `Refused`:

    check_url       a person (or the API) named this address: may it be scanned?
    check_target    a page named this address: may it be asked? As above, but a public IP literal passes.
    check_address   this is the address a socket is about to connect to: may it?

The last one is the control; the first two only say early and in words what could never work. `Resolver` asks a name
once, refuses it when any of its answers is forbidden, and hands out addresses to dial, never names. `Policy.allowed`
opens exact host:port pairs (tests, self-hosting): for these the address may be anything.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scans.discover.urls import parse
from scans.fetch.addresses import forbidden_ip

__all__ = ["Policy", "Refused", "Resolver", "check_address", "check_host", "check_target", "check_url", "forbidden_ip"]

URL_LIMIT = 2048
PORTS = frozenset({80, 443, 8080, 8443})
DNS_TIMEOUT_S = 5.0
FOUND_S = 60.0
NOT_FOUND_S = 30.0
_DEFAULT_PORT = {"http:": 80, "https:": 443}
_LOCAL = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa"}
)
_NOT_PUBLIC = frozenset({"onion", "alt", "svc", "consul", "kubernetes", "docker"})
_RESERVED = frozenset({"test", "invalid", "example"})
_LOCAL_HOSTS = frozenset({"metadata.goog"})
_lookups = ThreadPoolExecutor(max_workers=16, thread_name_prefix="dns")


class Refused(Exception):
    """Our policy says no. `reason` is a stable word for logs, the message one line for a person."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unresolved(OSError):
    """The name server has no address for this name, or gave no answer in time."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`allowed`: exact (host name, port) pairs that are opened, e.g. ("localhost", 8101)."""

    allowed: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, pairs: Iterable[str]) -> Policy:
        """From "host:port" texts; ValueError names the one that is none."""
        return cls(frozenset(_pair(text) for text in pairs))

    def opens(self, host: str, port: int) -> bool:
        return (host.rstrip("."), port) in self.allowed


def _pair(text: str) -> tuple[str, int]:
    parsed = parse(f"http://{text}/") if ":" in text else None
    if parsed is None or parsed.pathname != "/" or parsed.username or not text.rpartition(":")[2].isdigit():
        raise ValueError(f"{text!r} is not host:port")
    return parsed.hostname.rstrip("."), int(parsed.port or 80)


def check_url(url: str, policy: Policy) -> str:
    """The normalised URL of something to scan, or `Refused`."""
    return _checked(url, policy, literals=False)


def check_target(url: str, policy: Policy) -> str:
    """The normalised URL of something a page points at, or `Refused`."""
    return _checked(url, policy, literals=True)


def _checked(url: str, policy: Policy, *, literals: bool) -> str:
    if len(url) > URL_LIMIT:
        raise Refused("too-long", f"The address is longer than {URL_LIMIT} characters.")
    if any(c <= " " or c == "\\" or "\x7f" <= c <= "\xa0" for c in url):
        raise Refused("characters", "The address contains a space, a backslash or a control character.")
    parsed = parse(url)
    if parsed is None:
        raise Refused("malformed", "This is not a web address. It should look like https://www.example.com/.")
    if parsed.protocol not in _DEFAULT_PORT:
        raise Refused("scheme", "Only addresses that start with http:// or https:// can be scanned.")
    if parsed.username or parsed.password:
        raise Refused("userinfo", "The address contains a user name or password. Leave out the part before the @.")
    check_host(parsed.hostname, int(parsed.port or _DEFAULT_PORT[parsed.protocol]), policy, literals=literals)
    href: str = parsed.href.partition("#")[0]
    if len(href) > URL_LIMIT:
        raise Refused("too-long", f"The address is longer than {URL_LIMIT} characters.")
    return href


def check_host(host: str, port: int, policy: Policy, *, literals: bool = True) -> None:
    """`host` as WHATWG parsing gives it: lower case, punycode, IPv6 in brackets."""
    if policy.opens(host, port):
        return
    if port not in PORTS:
        raise Refused("port", f"Port {port} cannot be scanned, only 80, 443, 8080 and 8443.")
    literal = _literal(host)
    if literal is None:
        _check_name(host.rstrip("."))
    elif reason := forbidden_ip(literal):
        raise Refused(reason, f"{host} is not an address on the public Internet.")
    elif not literals:
        raise Refused("ip-literal", f"{host} is an IP address. Use the name of the website.")


def _literal(host: str) -> str | None:
    """The IP address that a host is, None for a name. WHATWG parsing has made "0x7f.1" an address already."""
    if host.startswith("["):
        return host[1:-1]
    return host.rstrip(".") if host.rstrip(".").rpartition(".")[2].isdigit() else None


def _check_name(name: str) -> None:
    labels = name.split(".")
    if len(name) > 253 or not all(0 < len(label) <= 63 for label in labels):
        raise Refused("malformed", "The host name of this address is not a valid one.")
    if labels[-1] in _RESERVED:
        raise Refused("reserved-name", f"“{name}” is a reserved name that never exists on the Internet.")
    if len(labels) == 1 or labels[-1] in _LOCAL | _NOT_PUBLIC or name in _LOCAL_HOSTS:
        raise Refused("local-name", f"“{name}” is a local name, not one on the public Internet.")


def check_address(host: str, port: int, ip: str, policy: Policy) -> None:
    """Asked with the address a socket connects to. `Refused` unless it is public or the pair is opened."""
    if policy.opens(host, port):
        return
    if port not in PORTS:
        raise Refused("port", f"Port {port} cannot be scanned, only 80, 443, 8080 and 8443.")
    if reason := forbidden_ip(ip):
        raise Refused(reason, f"{host} leads to {ip}, which is not an address on the public Internet.")


Addresses = list[tuple[socket.AddressFamily, str]]


@dataclass(slots=True)
class _Known:
    until: float
    answer: Addresses | Refused | Unresolved


class Resolver:
    """Names to checked addresses, for the length of one scan. Concurrent questions for one name are asked once.

    `opened` are the (address, port) pairs that opened hosts turned out to have; `online` is True as soon as any name
    that is not an opened one had an answer.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.opened: set[tuple[str, int]] = set()
        self.online = False
        self._known: dict[tuple[str, int], _Known] = {}
        self._locks: dict[tuple[str, int], asyncio.Lock] = {}

    async def resolve(self, host: str, port: int) -> Addresses:
        """The addresses to dial. Raises `Refused` when any is forbidden, `Unresolved` when there is none."""
        key = (host, port)
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._known.get(key)
            if known is None or known.until < time.monotonic():
                known = self._known[key] = await self._ask(host, port)
        if isinstance(known.answer, list):
            return known.answer
        raise known.answer.with_traceback(None)

    async def _ask(self, host: str, port: int) -> _Known:
        try:
            answer = await resolve(host, port, self.policy)
        except (Refused, Unresolved) as error:
            self.online |= isinstance(error, Refused)
            return _Known(time.monotonic() + NOT_FOUND_S, error)
        if self.policy.opens(host, port):
            self.opened |= {(ip, port) for _, ip in answer}
        else:
            self.online = True
        return _Known(time.monotonic() + FOUND_S, answer)

    def check_socket(self, ip: str, port: int) -> None:
        """The last check before a connection, when only address and port are known."""
        if (ip, port) not in self.opened:
            check_address(f"[{ip}]" if ":" in ip else ip, port, ip, self.policy)


async def resolve(host: str, port: int, policy: Policy) -> Addresses:
    """Asks once, checks every answer. An opened host may be in the hosts file; all others are asked with a final dot,
    so that the machine's search domains are never tried."""
    literal = _literal(host)
    name = literal or (host if policy.opens(host, port) else f"{host.rstrip('.')}.")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DNS_TIMEOUT_S):
            rows = await loop.run_in_executor(_lookups, _getaddrinfo, name, port)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host} does not resolve") from error
    found = list(dict.fromkeys((family, str(sockaddr[0])) for family, _, _, _, sockaddr in rows))
    for _, ip in found:
        check_address(host, port, ip, policy)
    return found


def _getaddrinfo(name: str, port: int) -> list[tuple[socket.AddressFamily, int, int, str, tuple[object, ...]]]:
    return list(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
