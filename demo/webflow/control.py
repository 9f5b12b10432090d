"""Switches for tests and for showing what goes wrong.

GET  /_control/state                    sites, their hosts, deliveries
POST /_control/switches                 {"rate_limit": 5, "publish_limit": false, …}: the fields of Switches
POST /_control/faults                   {"path": "/v2/sites$", "method": "GET", "status": 503, "times": 2, …}
POST /_control/clear                    no faults, switches as they were, time as it is
POST /_control/revoke                   every token is revoked, as when the app is uninstalled
POST /_control/advance                  {"seconds": 900}
POST /_control/grant                    {"scopes": […], "site_ids": […]} → {"access_token": …}
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import timedelta

from aiohttp import web

from demo.webflow.guard import STUDIO
from demo.webflow.state import Account, Fault, Json, Switches


def control(app: web.Application) -> None:
    app.router.add_get("/_control/state", state)
    for name, handler in (
        ("switches", switches),
        ("faults", faults),
        ("clear", clear),
        ("revoke", revoke),
        ("advance", advance),
        ("grant", grant),
    ):
        app.router.add_post(f"/_control/{name}", handler)


async def _asked(request: web.Request) -> tuple[Account, Json]:
    """JSON only, which no foreign web page can send here without being asked first."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    body = await request.json() if request.can_read_body else {}
    return request.app[STUDIO].account, body


async def state(request: web.Request) -> web.Response:
    account = request.app[STUDIO].account
    sites = [
        {
            "id": each.id,
            "name": each.name,
            "short_name": each.short_name,
            "staging": each.staging_host,
            "production": [domain.host for domain in each.domains],
        }
        for each in account.sites.values()
    ]
    deliveries = [asdict(each) for each in account.deliveries]
    return web.json_response({"sites": sites, "deliveries": deliveries, "switches": asdict(account.switches)})


async def switches(request: web.Request) -> web.Response:
    account, body = await _asked(request)
    known = {each.name for each in fields(Switches)}
    if unknown := body.keys() - known:
        return web.json_response({"unknown": sorted(unknown)}, status=400)
    for name, value in body.items():
        setattr(account.switches, name, value)
    return web.json_response(asdict(account.switches))


async def faults(request: web.Request) -> web.Response:
    account, body = await _asked(request)
    account.faults.append(Fault(**body))
    return web.json_response({"faults": len(account.faults)})


async def clear(request: web.Request) -> web.Response:
    account, _ = await _asked(request)
    account.faults.clear()
    account.switches, account.ahead = Switches(), timedelta(0)
    return web.json_response({})


async def revoke(request: web.Request) -> web.Response:
    account, _ = await _asked(request)
    for each in account.grants:
        each.revoked = True
    return web.json_response({"revoked": len(account.grants)})


async def advance(request: web.Request) -> web.Response:
    account, body = await _asked(request)
    account.ahead += timedelta(seconds=body["seconds"])
    return web.json_response({"now": account.now().isoformat()})


async def grant(request: web.Request) -> web.Response:
    account, body = await _asked(request)
    made = account.grant(*body.get("scopes", ()), site_ids=tuple(body.get("site_ids", ())))
    return web.json_response({"access_token": made.token})
