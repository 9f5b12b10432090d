"""Whose a URL is: the site's own, Webflow's asset hosts, a known tracker, somebody else's."""

from __future__ import annotations

from functools import lru_cache

from scans.checks import addresses
from scans.snapshot import PageFacts, SiteSnapshot

WEBFLOW_ASSETS = (
    "website-files.com",
    "uploads-ssl.webflow.com",
    "d3e54v103j8qbb.cloudfront.net",
    "daks2k3a4ib2z.cloudfront.net",
)
TRACKERS = (
    "google-analytics.com",
    "googletagmanager.com",
    "googleadservices.com",
    "googlesyndication.com",
    "doubleclick.net",
    "analytics.google.com",
    "adservice.google.com",
    "connect.facebook.net",
    "facebook.com",
    "px.ads.linkedin.com",
    "snap.licdn.com",
    "ads.linkedin.com",
    "analytics.tiktok.com",
    "bat.bing.com",
    "clarity.ms",
    "c.bing.com",
    "ct.pinterest.com",
    "s.pinimg.com",
    "analytics.twitter.com",
    "static.ads-twitter.com",
    "t.co",
    "hotjar.com",
    "hotjar.io",
    "mouseflow.com",
    "fullstory.com",
    "segment.com",
    "segment.io",
    "mixpanel.com",
    "amplitude.com",
    "heap.io",
    "heapanalytics.com",
    "hs-analytics.net",
    "hs-banner.com",
    "hsadspixel.net",
    "track.hubspot.com",
    "plausible.io",
    "matomo.cloud",
    "usefathom.com",
    "simpleanalyticscdn.com",
    "quantserve.com",
    "scorecardresearch.com",
    "criteo.com",
    "criteo.net",
    "outbrain.com",
    "taboola.com",
    "adroll.com",
    "crazyegg.com",
    "luckyorange.com",
    "posthog.com",
    "sentry.io",
    "bugsnag.com",
    "nr-data.net",
    "datadoghq.com",
    "cloudflareinsights.com",
    "intercom.io",
)


def is_under(name: str, domains: tuple[str, ...]) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


@lru_cache(maxsize=8192)
def is_tracker(url: str) -> bool:
    return is_under(addresses.hostname(url), TRACKERS)


def is_webflow_asset(url: str) -> bool:
    return is_under(addresses.hostname(url), WEBFLOW_ASSETS)


def is_own(url: str, page: PageFacts) -> bool:
    """Same host as the page (www or not), or an asset of this very site on Webflow's asset hosts."""
    return _bare_host(url) == _bare_host(page.final_url) or _is_asset_of(url, page.webflow.site_id)


def is_own_of(url: str, page: PageFacts, site: SiteSnapshot) -> bool:
    """As `is_own`, with every host that the scan takes as the site's."""
    return addresses.host(url) in site.hosts or is_own(url, page)


def _bare_host(url: str) -> str:
    return addresses.bare(addresses.host(url))


def _is_asset_of(url: str, site_id: str) -> bool:
    return bool(site_id) and is_webflow_asset(url) and f"/{site_id}/" in addresses.split(url).path
