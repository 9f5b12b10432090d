"""Questions asked of the host beside its pages, all at once, each with ten seconds to answer."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from datetime import UTC, datetime

from scans.discover.urls import host_of, normalise, parse, www_twin
from scans.fetch.client import Client
from scans.fetch.guard import Refused
from scans.fetch.parse import parse as parse_html
from scans.snapshot import PageFacts, Probes, Response, Tls

TIMEOUT_S = 10.0
_SMALL = 512 * 1024


async def probe_site(client: Client, start_url: str, *, staging_host: str | None = None) -> Probes:
    """`staging_host` is the site's `*.webflow.io` name when one is known."""
    staging = _staging(start_url, staging_host)
    async with asyncio.TaskGroup() as group:
        not_found = group.create_task(_not_found(client, start_url))
        plain_http = group.create_task(_ask(client, _plain_twin(start_url)))
        other_host = group.create_task(_ask(client, _other_host(start_url)))
        favicon = group.create_task(_ask(client, normalise("/favicon.ico", start_url)))
        tls = group.create_task(_tls(client, start_url))
        stage = group.create_task(_ask(client, staging))
        stage_robots = group.create_task(_ask(client, normalise("/robots.txt", staging) if staging else None))
    return Probes(
        not_found=not_found.result(),
        plain_http=plain_http.result(),
        other_host=other_host.result(),
        staging=stage.result(),
        staging_robots=stage_robots.result(),
        favicon=favicon.result(),
        tls=tls.result(),
    )


def _staging(start_url: str, host: str | None) -> str | None:
    """Webflow's own hosts are https; a host with a port is one of ours and speaks what the site speaks."""
    if not host or host == host_of(start_url):
        return None
    return f"{start_url.partition(':')[0] if ':' in host else 'https'}://{host}/"


async def _ask(client: Client, url: str | None) -> Response | None:
    return None if url is None else await client.get(url, limit=_SMALL, timeout=TIMEOUT_S)


async def _not_found(client: Client, start_url: str) -> PageFacts | None:
    url = normalise(f"/qa-sentinel-{secrets.token_hex(8)}", start_url)
    response = await _ask(client, url)
    return None if response is None or url is None or response.status is None else parse_html(response, url)


def _plain_twin(start_url: str) -> str | None:
    """http:// of an https start URL on the default port."""
    parsed = parse(start_url)
    if parsed is None or parsed.protocol != "https:" or parsed.port:
        return None
    return f"http://{parsed.hostname}/"


def _other_host(start_url: str) -> str | None:
    twin = www_twin(host_of(start_url))
    return f"{start_url.partition(':')[0]}://{twin}/" if twin else None


async def _tls(client: Client, start_url: str) -> Tls | None:
    """The certificate as a browser would judge it. None for http and when the host cannot be reached at all."""
    parsed = parse(start_url)
    if parsed is None or parsed.protocol != "https:":
        return None
    host, port = parsed.hostname, int(parsed.port or 443)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            (_, ip), *_ = await client.resolver.resolve(host, port)
            return await _handshake(ip, port, host)
    except ssl.SSLError as error:
        return Tls(error=_reason(error))
    except (OSError, Refused):
        return None


async def _handshake(ip: str, port: int, host: str) -> Tls:
    context = ssl.create_default_context()
    _, writer = await asyncio.open_connection(ip, port, ssl=context, server_hostname=host.strip("[]").rstrip("."))
    try:
        certificate = writer.get_extra_info("peercert") or {}
        until = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        return Tls(days_left=int((until - datetime.now(UTC).timestamp()) // 86_400))
    finally:
        writer.close()


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error.reason or error).replace("_", " ").lower()
