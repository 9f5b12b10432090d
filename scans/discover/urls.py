"""URLs as browsers read them (WHATWG, by ada-url), so that no two parts of the product disagree about a host.

A *host* here is what WHATWG calls host: the name, plus ":port" when the port is not the scheme's default. Two local
sites on two ports are therefore two hosts, and `http` and `https` of one name are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import ada_url
import tldextract

_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
_TRACKING = re.compile(
    r"(?:utm_\w*|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|twclid|ttclid|yclid|igshid|li_fat_id|mc_cid|mc_eid"
    r"|_hsenc|_hsmi|_gl|__hstc|__hssc|__hsfp|vero_id|wickedid|oly_enc_id|oly_anon_id|rb_clickid|s_cid|mkt_tok)(?:=.*)?",
    re.IGNORECASE | re.DOTALL,
)


def normalise(url: str, base: str | None = None, *, with_fragment: bool = False) -> str | None:
    """The absolute http(s) URL, None when it is none. Without its fragment unless that is asked for."""
    parsed = parse(url, base)
    if parsed is None or parsed.protocol not in ("http:", "https:"):
        return None
    href: str = parsed.href
    return href if with_fragment else href.partition("#")[0]


def parse(url: str, base: str | None = None) -> ada_url.URL | None:
    """By WHATWG rules, any scheme; None when it is no URL."""
    try:
        return ada_url.URL(url, base) if base else ada_url.URL(url)
    except ValueError:
        return None


def strip_tracking(url: str) -> str:
    """Without the parameters that only say where a visitor came from. All others stay as they are, in their order."""
    rest, hash_, fragment = url.partition("#")
    path, mark, query = rest.partition("?")
    if not mark:
        return url
    kept = "&".join(part for part in query.split("&") if part and not _TRACKING.fullmatch(part))
    return path + (f"?{kept}" if kept else "") + hash_ + fragment


def host_of(url: str) -> str:
    """ "example.com", "127.0.0.1:8101"; "" when it is no URL."""
    parsed = parse(url)
    return str(parsed.host) if parsed else ""


def name_of(host: str) -> str:
    """A host without its port."""
    return host if host.endswith("]") else re.sub(r":\d+$", "", host)


def registrable_domain(url: str) -> str:
    """The part of the host that somebody registered (x.webflow.io is one); the host's name when there is no such
    part."""
    name = name_of(host_of(url) or url)
    return _SUFFIXES.extract_str(name).top_domain_under_public_suffix or name


def same_site(url: str, hosts: Collection[str]) -> bool:
    return host_of(url) in hosts


def www_twin(host: str) -> str | None:
    """The host with or without "www.", when its owner is expected to have both."""
    name = name_of(host)
    domain = registrable_domain(f"http://{name}/")
    if name == host and domain == name and "." in name and not name.replace(".", "").isdigit() and "[" not in name:
        return None if _SUFFIXES.extract_str(name).is_private else f"www.{name}"
    return domain if host == f"www.{domain}" else None


def own_hosts(start_url: str, more: Collection[str] = ()) -> frozenset[str]:
    """The hosts taken as the site's own: the start host, its www twin, and those configured."""
    start = host_of(start_url)
    twin = www_twin(start)
    return frozenset({start, *([twin] if twin else ()), *more})
