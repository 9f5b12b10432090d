"""Which IP addresses are not the public Internet. Own lists, so that the answer is the same on every Python release.

(`ipaddress.is_global` differs between patch releases and calls NAT64, site-local, multicast and cloud addresses
global.) IPv6 is answered the other way round: only 2000::/3 is handed out to the public, and of that the special
blocks are refused.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_IPV4 = {
    "metadata": ("169.254.169.254/32", "169.254.170.2/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"),
    "this-network": ("0.0.0.0/8",),
    "loopback": ("127.0.0.0/8",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "shared": ("100.64.0.0/10",),
    "link-local": ("169.254.0.0/16",),
    "reserved": ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"),
    "benchmark": ("198.18.0.0/15",),
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
    "multicast": ("224.0.0.0/4",),
}
_IPV6 = {
    "metadata": ("fd00:ec2::254/128", "fd20:ce::254/128"),
    "unspecified": ("::/128",),
    "loopback": ("::1/128",),
    "embeds-ipv4": ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/32", "2002::/16", "2001::/32"),
    "private": ("fc00::/7",),
    "link-local": ("fe80::/10",),
    "site-local": ("fec0::/10",),
    "multicast": ("ff00::/8",),
    "documentation": ("2001:db8::/32", "3fff::/20"),
    "reserved": ("2001::/23",),
}
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
_LISTS = {
    4: [(reason, ipaddress.ip_network(net)) for reason, nets in _IPV4.items() for net in nets],
    6: [(reason, ipaddress.ip_network(net)) for reason, nets in _IPV6.items() for net in nets],
}


@lru_cache(maxsize=4096)
def forbidden_ip(ip: str) -> str | None:
    """The class of a refused address ("loopback", "private", "metadata", …), None for a public one."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return "not-an-address"
    for reason, network in _LISTS[address.version]:
        if address in network:
            return reason
    return "reserved" if address.version == 6 and address not in _PUBLIC_IPV6 else None
