"""robots.txt by RFC 9309: an answer goes in, "may we fetch this URL?" comes out.

4xx means there are no rules. 5xx, 429 and no answer mean *stop*: the host cannot say what it wants. Only the first
500 KiB count.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from protego import Protego

from scans.discover.urls import normalise
from scans.fetch.client import Client
from scans.snapshot import FetchError, Response, Robots

AGENT = "QASentinelBot"
LIMIT = 500 * 1024
TIMEOUT_S = 10.0
LONGEST_DELAY_S = 30.0
_LINE = re.compile(r"[ \t]*(user-agent|allow|disallow|crawl-delay|sitemap|request-rate|host)[ \t]*:", re.IGNORECASE)
_UNANSWERED = frozenset({FetchError.DNS, FetchError.REFUSED, FetchError.TLS, FetchError.TIMEOUT, FetchError.RESET})


class RobotsRules:
    """The rules of one host. `stop`: it could not say them, so nothing may be fetched."""

    def __init__(self, response: Response) -> None:
        self.url = response.url
        self.status = response.status
        self.stop = _is_stop(response)
        found = response.status is not None and 200 <= response.status < 300
        self.text = response.body[:LIMIT].decode("utf-8-sig", "replace").replace("\0", "") if found else ""
        self._rules = Protego.parse(_known_lines(self.text))
        self.sitemaps = tuple(
            dict.fromkeys(url for raw in self._rules.sitemaps if (url := normalise(raw.strip(), response.final_url)))
        )

    def allowed(self, url: str) -> bool:
        return not self.stop and bool(self._rules.can_fetch(url, AGENT))

    @property
    def crawl_delay_s(self) -> float:
        """Seconds between two pages; 0 when nothing is asked. Capped, so that no host makes a scan endless."""
        return min(float(self._rules.crawl_delay(AGENT) or 0), LONGEST_DELAY_S)

    def snapshot(self, blocked: Collection[str] = ()) -> Robots:
        """`blocked` are the URLs of the site that were left out because of these rules."""
        root = normalise("/", self.url) or self.url
        return Robots(
            url=self.url,
            status=self.status,
            text=self.text,
            sitemaps=self.sitemaps,
            blocks_all=not self.stop and not any(self.allowed(root + path) for path in ("", "index.html", "a/b")),
            blocked=frozenset(blocked),
        )


async def fetch_robots(client: Client, start_url: str) -> RobotsRules:
    url = normalise("/robots.txt", start_url) or start_url
    return RobotsRules(await client.get(url, limit=LIMIT, timeout=TIMEOUT_S))


def _is_stop(response: Response) -> bool:
    if response.status is None:
        return response.error in _UNANSWERED
    return response.status >= 500 or response.status == 429


def _known_lines(text: str) -> str:
    """Lines nobody knows are as if they were not there; the parser would end a group of agents at them."""
    return "\n".join(line for line in re.split(r"\r\n|\r|\n", text) if _LINE.match(line))
