"""Services that count, follow or film visitors and need their consent first in Europe, told by the address that is
called and by the cookies they set on the site's own host.

Not among them: services without cookies (Plausible, Fathom, Cloudflare), error reports, consent tools, and Google's tag
manager, which only carries others.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scans.checks import addresses, hosts

_DOMAINS = {
    "google-analytics.com": "Google Analytics",
    "analytics.google.com": "Google Analytics",
    "doubleclick.net": "Google Ads",
    "googleadservices.com": "Google Ads",
    "googlesyndication.com": "Google Ads",
    "connect.facebook.net": "Meta Pixel",
    "px.ads.linkedin.com": "LinkedIn Insight",
    "snap.licdn.com": "LinkedIn Insight",
    "analytics.tiktok.com": "TikTok Pixel",
    "bat.bing.com": "Microsoft Ads",
    "clarity.ms": "Microsoft Clarity",
    "ct.pinterest.com": "Pinterest Tag",
    "analytics.twitter.com": "X Ads",
    "static.ads-twitter.com": "X Ads",
    "sc-static.net": "Snapchat Pixel",
    "hotjar.com": "Hotjar",
    "hotjar.io": "Hotjar",
    "mouseflow.com": "Mouseflow",
    "fullstory.com": "FullStory",
    "luckyorange.com": "Lucky Orange",
    "crazyegg.com": "Crazy Egg",
    "api.segment.io": "Segment",
    "cdn.segment.com": "Segment",
    "mixpanel.com": "Mixpanel",
    "amplitude.com": "Amplitude",
    "heap.io": "Heap",
    "heapanalytics.com": "Heap",
    "hs-analytics.net": "HubSpot",
    "hsadspixel.net": "HubSpot",
    "track.hubspot.com": "HubSpot",
    "quantserve.com": "Quantcast",
    "scorecardresearch.com": "Comscore",
    "criteo.com": "Criteo",
    "criteo.net": "Criteo",
    "outbrain.com": "Outbrain",
    "taboola.com": "Taboola",
    "adroll.com": "AdRoll",
}
_FACEBOOK_PIXEL = re.compile(r"^/tr/?$")
_GTAG = re.compile(r"^/gtag/js$")
_SDK = re.compile(r"/sdk(?:\.js|/)", re.IGNORECASE)  # Meta's log-in and share buttons
_DENIED = re.compile(r"[?&]gcs=G10[0-9-]")  # Google's consent mode: measuring was refused, no cookie is set
_COOKIES = (
    (re.compile(r"_ga(?:_\w+)?|_gid|_gat\w*|__utm[abctz]"), "Google Analytics"),
    (re.compile(r"_gcl_\w+"), "Google Ads"),
    (re.compile(r"_fb[pc]"), "Meta Pixel"),
    (re.compile(r"_hj\w+"), "Hotjar"),
    (re.compile(r"_clck|_clsk"), "Microsoft Clarity"),
    (re.compile(r"_uet[sv]id"), "Microsoft Ads"),
    (re.compile(r"_ttp|_tt_enable_cookie"), "TikTok Pixel"),
    (re.compile(r"_pin_unauth"), "Pinterest Tag"),
    (re.compile(r"hubspotutk|__hs(?:tc|sc|src)"), "HubSpot"),
    (re.compile(r"li_fat_id|ln_or"), "LinkedIn Insight"),
    (re.compile(r"_scid\w*"), "Snapchat Pixel"),
    (re.compile(r"mp_\w+_mixpanel"), "Mixpanel"),
    (re.compile(r"ajs_(?:anonymous|user)_id"), "Segment"),
    (re.compile(r"_hp2_\w+\.\w+"), "Heap"),
    (re.compile(r"fs_(?:uid|lua)"), "FullStory"),
    (re.compile(r"__qca"), "Quantcast"),
)
_CONSENT_COOKIE = re.compile(
    r"consent|cookie|optanon|cmplz|didomi|euconsent|usprivacy|iubenda|osano|fs-cc", re.IGNORECASE
)


@lru_cache(maxsize=8192)
def called(url: str) -> str:
    """The service that a request tells about the visitor, "" for any other address."""
    name, path = addresses.hostname(url), addresses.split(url).path
    if hosts.is_under(name, ("facebook.com",)):
        return "Meta Pixel" if _FACEBOOK_PIXEL.match(path) else ""
    if is_loader(url):
        return "Google Ads" if "id=AW-" in url else "Google Analytics"
    for domain, service in _DOMAINS.items():
        if hosts.is_under(name, (domain,)):
            return "" if is_refused(url) or (service == "Meta Pixel" and _SDK.search(path)) else service
    return ""


def is_loader(url: str) -> bool:
    """Google's tag, which measures unless consent mode tells it not to."""
    return addresses.hostname(url) == "www.googletagmanager.com" and bool(_GTAG.match(addresses.split(url).path))


def is_refused(url: str) -> bool:
    """Google is told that the visitor has not agreed."""
    return bool(_DENIED.search(url))


def set_by(cookie: str) -> str:
    """The service whose cookie has this name, "" for any other."""
    return next((service for name, service in _COOKIES if name.fullmatch(cookie)), "")


def is_consent(cookie: str) -> bool:
    """It keeps what the visitor answered, and a script has to read it."""
    return bool(_CONSENT_COOKIE.search(cookie))
