"""What a URL's text alone tells: its host, whether it is staging, this computer, or the same place as another.

URLs are absolute and normalised by WHATWG rules; hosts are lower-case and carry a port that is not the scheme's own.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ada_url import URL

STAGING_SUFFIX = ".webflow.io"
LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
DESIGNER = re.compile(r"https?://(?:[\w-]+\.design\.webflow\.com|preview\.webflow\.com|webflow\.com/design)(?=[/?#]|$)")
PAGING_PATH = re.compile(r"/page/\d+/?$")
PAGING_QUERY = re.compile(r"(?:^|&)(?:[\w-]*_)?(?:page|paged|pg|p)=\d+(?=&|$)")


@lru_cache(maxsize=2**14)
def split(url: str) -> SplitResult:
    return urlsplit(url)


def host(url: str) -> str:
    """The host with its port, without credentials."""
    return split(url).netloc.rpartition("@")[2].lower()


def hostname(url: str) -> str:
    """The host without its port."""
    return _name(host(url))


@lru_cache(maxsize=2**12)
def _name(host: str) -> str:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.rstrip(".")


def without_fragment(url: str) -> str:
    return url.partition("#")[0]


def is_web(url: str | None) -> bool:
    return url is not None and url.startswith(("http://", "https://"))


@lru_cache(maxsize=2**12)
def parsed(raw: str, base: str | None = None) -> str | None:
    """`raw` as a URL of any scheme, resolved against `base`; None when it is none."""
    try:
        return str(URL(raw.strip(), base=base).href) if base else str(URL(raw.strip()).href)
    except ValueError:
        return None


def place(url: str) -> tuple[str, str, str]:
    """What two spellings of one address share: scheme, trailing slash and fragment do not count."""
    parts = split(url)
    return host(url), parts.path.rstrip("/"), parts.query


def bare(name: str) -> str:
    """A host without its `www.`."""
    return name.removeprefix("www.")


def first_of_pages(url: str) -> tuple[str, str, str]:
    """The place of the first page of a paginated list: `?x_page=3` and `/page/3` are taken off."""
    name, path, query = place(url)
    return name, PAGING_PATH.sub("", path), PAGING_QUERY.sub("", query).lstrip("&")


def is_staging(url: str, hosts: frozenset[str] = frozenset()) -> bool:
    """`hosts` are further staging hosts that the customer named."""
    return hostname(url).endswith(STAGING_SUFFIX) or host(url) in hosts or hostname(url) in hosts


def is_local(url: str) -> bool:
    """Only the author of the page can open it: a file, this computer, a private network, the Webflow Designer."""
    scheme = split(url).scheme
    if scheme == "file" or len(scheme) == 1:  # "C:\…" parses as the scheme "c"
        return True
    return is_web(url) and (_is_private(hostname(url)) or DESIGNER.match(url) is not None)


@lru_cache(maxsize=2**12)
def _is_private(name: str) -> bool:
    if name == "localhost" or name.endswith(LOCAL_SUFFIXES):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
