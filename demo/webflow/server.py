"""Starts the stand-in: the account's API, OAuth, Designer and control on one port, the published sites on two each.

with StandIn() as webflow:
    webflow.api_url, webflow.account, webflow.token("pages:read"), webflow.staging_url(site)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from demo.webflow import publishing
from demo.webflow.api import data_api
from demo.webflow.control import control
from demo.webflow.designer import designer
from demo.webflow.guard import STUDIO
from demo.webflow.hooks import Sender
from demo.webflow.hosting import host
from demo.webflow.oauth import oauth
from demo.webflow.publishing import Studio
from demo.webflow.sample import sample_account
from demo.webflow.state import SUBDOMAIN, Account, Domain, Site

HOST = "127.0.0.1"
START_SECONDS = 15
T = TypeVar("T")


class StandIn:
    """`ports` are those of the account and then, per site, of production and staging; none given means free ones."""

    def __init__(self, account: Account | None = None, ports: Sequence[int] = (), hosting: bool = True) -> None:
        self.account = account or sample_account()
        self.hosting = hosting
        self.port = 0
        self._ports = list(ports)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webflow-stand-in", daemon=True)
        self._runners: list[web.AppRunner] = []
        self._sender = Sender(self.account)
        self.studio = Studio(self.account, self._sender.tell)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._run(self._start())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/v2"

    @property
    def environment(self) -> dict[str, str]:
        """What the product has to be told to use this instead of Webflow."""
        return {
            "WEBFLOW_CLIENT_ID": self.account.app.client_id,
            "WEBFLOW_CLIENT_SECRET": self.account.app.client_secret,
            **addresses(self.port),
        }

    def token(self, *scopes: str, site_ids: tuple[str, ...] = ()) -> str:
        return self.account.grant(*scopes, site_ids=site_ids).token

    def site(self, short_name: str = "") -> Site:
        """The one of that name; without one, the first."""
        found = self.account.site_named(short_name) if short_name else next(iter(self.account.sites.values()))
        assert found is not None, f"no site {short_name}"
        return found

    def production_url(self, site: Site) -> str:
        return f"http://{site.domains[0].host}"

    def staging_url(self, site: Site) -> str:
        return f"http://{site.staging_host}"

    def publish(self, site: Site, *hosts: str, page_id: str = "") -> None:
        """At once; no webhook. No hosts means all of them."""
        everywhere = [SUBDOMAIN, *(each.id for each in site.domains)]
        self.call(lambda: publishing.publish(self.account, site, hosts or everywhere, page_id))

    def call(self, work: Callable[[], T]) -> T:
        """Does `work` on the server's own thread, where webhooks can be sent."""

        async def at_home() -> T:
            return work()

        return self._run(at_home())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)

    async def _start(self) -> None:
        main = web.Application()
        main[STUDIO] = self.studio
        for add in (oauth, designer, control):
            add(main)
        main.add_subapp("/v2", data_api(self.studio))
        self.port = await self._serve(main)
        if self.hosting:
            for site in self.account.sites.values():
                await self._host(site)

    async def _host(self, site: Site) -> None:
        if not site.domains:
            site.domains.append(Domain(f"{site.id[:20]}d0d0", ""))
        production = await self._serve(host(self.studio, site, site.domains[0].id))
        site.domains[0].host = f"{HOST}:{production}"
        site.staging_host = f"{HOST}:{await self._serve(host(self.studio, site, SUBDOMAIN))}"

    async def _serve(self, app: web.Application) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, HOST, self._ports.pop(0) if self._ports else 0).start()
        return int(runner.addresses[0][1])

    async def _stop(self) -> None:
        for task in (*self.studio.tasks, *self._sender.tasks):
            task.cancel()
        for runner in self._runners:
            await runner.cleanup()


def addresses(port: int) -> dict[str, str]:
    base = f"http://{HOST}:{port}"
    return {
        "WEBFLOW_AUTHORIZE_URL": f"{base}/oauth/authorize",
        "WEBFLOW_TOKEN_URL": f"{base}/oauth/access_token",
        "WEBFLOW_REVOKE_URL": f"{base}/oauth/revoke_authorization",
        "WEBFLOW_API_URL": f"{base}/v2",
    }
