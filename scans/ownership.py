"""Whether a site is the customer's: its random token stands where only the owner can put it, in DNS, in a file at the
root, or in the head of the start page. Asked for by a person, then once a month; a proof that is gone has seven days to
come back before the site counts as a stranger's again. A connection with Webflow that reaches the site is a proof, too.

File and page are those of the root of the host, and no redirect to another domain counts: somebody who has a folder
or a link on a host does not own the host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.audit import record
from accounts.mail import tell_managers
from accounts.models import User, WebflowConnection
from scans.discover.urls import registrable_domain
from scans.fetch.client import Client
from scans.fetch.parse import parse
from scans.launch import policy
from scans.models import Proof, Site, SyncedSite
from scans.snapshot import Response

MARK = "qa-sentinel"
FILE = f"/.well-known/{MARK}.txt"
FILE_LIMIT = 4096
PAGE_LIMIT = 1024 * 1024
DNS_SECONDS = 6.0
SHOWN = 120
PAUSE_S = 5
MONTH, DAY, GRACE = timedelta(days=30), timedelta(days=1), timedelta(days=7)
BATCH = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """One look for a proof: `said` tells what was asked and what was found, for the person who has to mend it."""

    is_there: bool
    said: str


@dataclass(frozen=True, slots=True)
class Places:
    """What to put where."""

    token: str
    domain: str
    dns_name: str
    dns_value: str
    file_url: str
    page_url: str


def token_of(site: Site) -> str:
    """Made when it is first shown, once."""
    if not site.proof_token:
        Site.objects.filter(pk=site.pk, proof_token="").update(proof_token=get_random_string(32))
        site.refresh_from_db(fields=["proof_token"])
    return site.proof_token


def places(site: Site) -> Places:
    parts, token = urlsplit(site.url), token_of(site)
    root = f"{parts.scheme}://{parts.netloc}"
    name = f"_{MARK}.{parts.hostname}"
    return Places(token, registrable_domain(site.url), name, f"{MARK}={token}", f"{root}{FILE}", f"{root}/")


def look(site: Site, proof: Proof) -> Looked:
    return _connected(site) if proof is Proof.WEBFLOW else LOOKS[proof](places(site))


def prove(site: Site, proof: Proof, by: User) -> Looked:
    """Looks now; a site whose token is there is proven. A short pause between two looks of one site keeps the button
    from being a hammer."""
    if not cache.add(f"ownership:{site.pk}", "", PAUSE_S):
        return Looked(False, "It was looked for a moment ago. Wait five seconds and try again.")
    looked = look(site, proof)
    if looked.is_there:
        now = timezone.now()
        with transaction.atomic():
            Site.objects.filter(pk=site.pk).update(
                proven_at=now, proof_method=proof, proof_checked_at=now, proof_lost_at=None
            )
            record(site.workspace, "site.proven", actor=by, target=site.host, method=proof.value)
    return looked


def recheck_due() -> int:
    """Job: looks again for proofs that are a month old, daily for those that are lost and for connections with Webflow,
    which cost nothing to look at; how many are gone. Sites confirmed by hand have no proof to lose."""
    now = timezone.now()
    daily = Q(proof_lost_at__isnull=False) | Q(proof_method=Proof.WEBFLOW)
    due = Q(proof_checked_at__lt=now - MONTH) | Q(daily, proof_checked_at__lt=now - DAY)
    proven = Site.objects.filter(due, proven_at__isnull=False, workspace__closed_at=None)
    rows = proven.exclude(proof_method="").select_related("workspace")
    return sum(not recheck(site) for site in rows.order_by("proof_checked_at")[:BATCH])


def recheck(site: Site) -> bool:
    """Whether the proof is still there."""
    looked, now = look(site, Proof(site.proof_method)), timezone.now()
    same = Site.objects.filter(pk=site.pk, proven_at=site.proven_at, proof_lost_at=site.proof_lost_at)
    with transaction.atomic():
        if looked.is_there:
            same.update(proof_checked_at=now, proof_lost_at=None)
        elif site.proof_lost_at is None:
            if same.update(proof_checked_at=now, proof_lost_at=now):
                _tell(site, looked, "site.proof_missing", closes=now + GRACE)
        elif site.proof_lost_at <= now - GRACE:
            if same.update(proof_checked_at=now, proof_lost_at=None, proven_at=None, proof_method=""):
                _tell(site, looked, "site.proof_lost", closes=None)
        else:
            same.update(proof_checked_at=now)
    return looked.is_there


def _tell(site: Site, looked: Looked, action: str, closes: object) -> None:
    record(site.workspace, action, actor=None, target=site.host, method=site.proof_method)
    context = {
        "site": site.name,
        "host": site.host,
        "said": looked.said,
        "closes": closes,
        "link": f"{settings.BASE_URL.rstrip('/')}{reverse('site_ownership', args=[site.pk])}",
    }
    tell_managers(site.workspace, "proof_lost", context)


def _connected(site: Site) -> Looked:
    active = WebflowConnection.objects.active()
    if SyncedSite.objects.filter(site=site, gone_at=None, connection__in=active).exists():
        return Looked(True, f"{site.host} is reached by a connection with Webflow.")
    return Looked(
        False,
        f"No connection with Webflow reaches {site.host} any more. Connect Webflow again, or prove the site otherwise.",
    )


def _in_dns(asked: Places) -> Looked:
    said: list[str] = []
    for name in dict.fromkeys((asked.dns_name, asked.domain)):
        try:
            answer = _resolver().resolve(name, dns.rdatatype.TXT, search=False, lifetime=DNS_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            said.append(f"{name} has no TXT record.")
        except dns.exception.DNSException:
            said.append(f"The name servers of {name} did not answer.")
        else:
            texts = [b"".join(row.strings).decode("utf-8", "replace").strip() for row in answer]
            if asked.dns_value in texts:
                return Looked(True, f"{name} has the TXT record.")
            ours = [text for text in texts if text.startswith(MARK)] or texts
            said.append(f"The TXT record of {name} says {_shown(ours[0])}, not {asked.dns_value}.")
    return Looked(False, f"{' '.join(said)} New records may take an hour to be seen everywhere.")


def _resolver() -> dns.resolver.Resolver:
    given = settings.OWNERSHIP_DNS
    resolver = dns.resolver.Resolver(configure=not given)
    if given:
        pairs = [entry.rpartition(":") for entry in given]
        resolver.nameservers = [dns.nameserver.Do53Nameserver(host, int(port)) for host, _, port in pairs]
    return resolver


def _in_file(asked: Places) -> Looked:
    response = _fetched(asked.file_url, FILE_LIMIT)
    if trouble := _trouble(response, asked):
        return Looked(False, trouble)
    text = response.body.decode("utf-8", "replace").strip("\ufeff \t\r\n")
    if text in (asked.token, asked.dns_value):
        return Looked(True, f"{asked.file_url} holds the token.")
    return Looked(False, f"{asked.file_url} says {_shown(text)}, not {asked.token}.")


def _in_page(asked: Places) -> Looked:
    response = _fetched(asked.page_url, PAGE_LIMIT)
    if trouble := _trouble(response, asked):
        return Looked(False, trouble)
    found = [meta.content for meta in parse(response, asked.page_url).metas if meta.name == MARK]
    if asked.token in found:
        return Looked(True, f"{asked.page_url} has the meta tag.")
    if found:
        return Looked(False, f"The meta tag of {asked.page_url} says {_shown(found[0])}, not {asked.token}.")
    return Looked(False, f"{asked.page_url} has no meta tag named {MARK}. Publish the site after adding it.")


def _fetched(url: str, limit: int) -> Response:
    async def fetch() -> Response:
        async with Client(policy()) as client:
            return await client.get(url, limit=limit)

    return asyncio.run(fetch())


def _trouble(response: Response, asked: Places) -> str:
    if response.error and response.status is None:
        return f"{response.url} cannot be fetched ({response.error.value})."
    if registrable_domain(response.final_url) != asked.domain:
        return f"{response.url} leads to {_shown(response.final_url)}, which is another domain."
    return "" if response.status == 200 else f"{response.url} answers with {response.status}, not with 200."


def _shown(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return f'"{plain[:SHOWN]}{"…" if len(plain) > SHOWN else ""}"' if plain.strip() else "nothing"


LOOKS: dict[Proof, Callable[[Places], Looked]] = {Proof.DNS: _in_dns, Proof.FILE: _in_file, Proof.META: _in_page}
