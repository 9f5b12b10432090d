import asyncio

from aiohttp import web

from scans.discover.probes import probe_site
from scans.fetch.client import Client
from scans.fetch.guard import Policy
from scans.snapshot import FetchError
from tests.scans.fetch.server import html, serving, visiting


async def site(request):
    if request.path == "/":
        return html("home")
    if request.path == "/favicon.ico":
        return web.Response(body=b"icon", content_type="image/x-icon")
    return html("<title>Lost</title><h1>Not found</h1>", 404)


def test_a_local_site():
    async def run():
        async with visiting(site) as (served, client):
            return served, await probe_site(client, served.url("/start"))

    served, probes = asyncio.run(run())
    assert probes.not_found.status == 404 and probes.not_found.title == "Lost"
    assert probes.favicon.status == 200 and probes.favicon.content_type == "image/x-icon"
    assert (probes.plain_http, probes.other_host, probes.staging, probes.staging_robots, probes.tls) == (None,) * 5
    invented = [path for _, path in served.asked if path != "/favicon.ico"]
    assert len(invented) == 1 and len(invented[0]) > 16


def test_the_staging_twin_is_asked_when_known():
    async def staging(request):
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /")
        return html("staging")

    async def run():
        async with serving(site) as one, serving(staging) as two, Client(Policy.of([one.host, two.host])) as client:
            return await probe_site(client, one.url("/"), staging_host=two.host)

    probes = asyncio.run(run())
    assert probes.staging.status == 200 and probes.staging.body == b"staging"
    assert probes.staging_robots.body.startswith(b"User-agent")


def test_a_certificate_that_does_not_verify():
    async def run():
        async with serving(site, tls=True) as served, Client(served.policy) as client:
            return await probe_site(client, served.url("/"))

    probes = asyncio.run(run())
    assert "self" in probes.tls.error and "signed" in probes.tls.error and probes.tls.days_left is None
    assert probes.not_found is None and probes.favicon.error is FetchError.TLS


def test_a_host_that_cannot_be_reached_has_no_answers():
    async def run():
        async with Client(Policy.of(["www.nothing.invalid:443"])) as client:
            return await probe_site(client, "https://www.nothing.invalid/")

    probes = asyncio.run(run())
    assert probes.not_found is None and probes.tls is None
    assert probes.favicon.error is FetchError.DNS
