"""What can only be wrong in public: certificates, twins of the host, the staging copy.

Nothing is said of these on a loopback host. Here the checks get a real crawl of a small site, and real answers of a
host with a certificate that nobody vouches for, as if the host were a public one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from scans import checks
from scans.crawl import Crawl, Unreadable
from scans.discover.probes import probe_site
from scans.events import Order
from scans.fetch.client import Client
from scans.fetch.guard import Policy
from scans.fetch.politeness import Politeness
from scans.snapshot import Probes, Problem, Response, SiteSnapshot, Target, TargetState, Tls
from tests.sites import Answer
from tests.sites.links import listed
from tests.sites.plan import Want
from tests.sites.serve import Host
from tests.sites.small import Small, served

PEM = Path(__file__).resolve().parent.parent / "scans" / "fetch" / "localhost.pem"
STAGING = "https://studio-north.webflow.io/"
OLD_SHOP, NEW_SHOP = "http://shop.clay.org/plates", "https://shop.clay.org/plates"
_AT_ONCE = (
    "site.tls-invalid", "site.https-not-enforced", "site.host-duplicate", "webflow.staging-indexable",
    "site.mixed-hosts", "links.insecure",
)  # fmt: skip
RULES = {*_AT_ONCE, "site.tls-expiring", "resources.mixed-content"}
_MIXED = {("/", "site.mixed-hosts"): Want("site.mixed-hosts")}  # the link is on the page in each of them
Judged = tuple[str, list[Problem], dict[tuple[str, str], Want]]

_SITE = Small(
    "in public",
    host="localhost",
    body=listed(
        '<a id="www" class="note-link" href="http://www.[main]/">The same house</a>',
        f'<a id="shop" class="note-link" href="{OLD_SHOP}">The shop next door</a>',
    )
    + '<p><img id="plain" src="http://img.clay.org/kiln.png" width="100" height="60" alt="A kiln"></p>',
)


def in_public() -> Iterator[Judged]:
    """Each with the URL of its site, what was said, and what had to be."""
    with served(_SITE) as (url, pairs), Host({"/": Answer(b"Hello")}) as secure:
        _with_certificate(secure)
        yield from asyncio.run(_judged(url, Policy.of([*pairs, f"localhost:{secure.port}"]), secure.port))


def _with_certificate(host: Host) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    host.wrap(context)


async def _judged(url: str, policy: Policy, port: int) -> list[Judged]:
    async with Client(policy, politeness=Politeness()) as client:
        crawl = Crawl(Order(url, policy, proven=True), client)
        assert not isinstance(await crawl.open(), Unreadable)
        while entry := crawl.frontier.next():
            await crawl.fetch(entry)
        site = await crawl.site()
        site = replace(site, is_local=False, hosts=site.hosts | {f"www.{url.split('/')[2]}"})
        await crawl.close()
        secure = await probe_site(client, f"https://localhost:{port}/")
        answer = await client.get(url)
    return [*_twins(url, site, answer, secure), *_sound(url, site, answer)]


def _twins(url: str, site: SiteSnapshot, answer: Response, secure: Probes) -> Iterator[Judged]:
    host = url.split("/")[2]
    twin = replace(answer, url=f"http://www.{host}/", final_url=f"http://www.{host}/")
    staging = replace(answer, url=STAGING, final_url=STAGING)
    robots = replace(staging, url=f"{STAGING}robots.txt", headers={}, body=b"User-agent: *\nDisallow:\n")
    probes = replace(
        site.probes, tls=secure.tls, plain_http=answer, other_host=twin, staging=staging, staging_robots=robots
    )
    wrong = replace(
        site, probes=probes, targets={**site.targets, **_targets(OLD_SHOP, NEW_SHOP)},
    )  # fmt: skip
    yield url, checks.check_crawl(wrong), {("/", rule): Want(rule) for rule in _AT_ONCE}
    ending = replace(site, probes=Probes(tls=Tls(days_left=9)))
    yield url, checks.check_crawl(ending), {**_MIXED, ("/", "site.tls-expiring"): Want("site.tls-expiring")}
    yield (
        url,
        _mixed(url, site, {}),
        {("/", "resources.mixed-content"): Want("resources.mixed-content", 1, ("#plain",))},
    )


def _mixed(url: str, site: SiteSnapshot, headers: Mapping[str, str]) -> list[Problem]:
    """What is said of the pictures when the page comes over https."""
    page = site.pages[url].facts
    response = replace(page.response, final_url=url.replace("http:", "https:", 1), headers=headers)
    problems = checks.check_page(replace(page, response=response))
    return [problem for problem in problems if problem.rule == "resources.mixed-content"]


def _sound(url: str, site: SiteSnapshot, answer: Response) -> Iterator[Judged]:
    """The twins of all these: one host redirects, the certificate is young, the staging copy keeps robots out, the
    shop has no https."""
    sent_on = replace(answer, url=url.replace("http:", "https:", 1), final_url="https://localhost/")
    staging = replace(answer, url=STAGING, final_url=STAGING)
    robots = replace(staging, url=f"{STAGING}robots.txt", body=b"User-agent: *\nDisallow: /\n")
    probes = Probes(tls=Tls(days_left=60), plain_http=sent_on, staging=staging, staging_robots=robots,
                    other_host=replace(answer, url=url, final_url=url))  # fmt: skip
    links = replace(site, probes=probes, targets={**site.targets, **_targets(OLD_SHOP)})
    yield url, checks.check_crawl(links), _MIXED
    rescued = _mixed(url, site, {"content-security-policy": "upgrade-insecure-requests"})
    yield url, rescued, {("/", "resources.mixed-content"): Want("resources.mixed-content", severity="info")}


def _targets(*urls: str) -> Mapping[str, Target]:
    return {url: Target(url, TargetState.OK, 200, url) for url in urls}
