"""OAuth as Webflow has it: a permission page, a code for a token, a token given back. No refresh, no PKCE."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from demo.webflow.guard import STUDIO, planted_fault
from demo.webflow.html import choice, document, escape
from demo.webflow.state import Account, Grant, Json

CODE_LIVES = timedelta(minutes=15)
CARRIED = ("response_type", "client_id", "scope", "redirect_uri", "state")


def oauth(app: web.Application) -> None:
    app.router.add_get("/oauth/authorize", permission_page)
    app.router.add_post("/oauth/authorize", decide)
    app.router.add_post("/oauth/access_token", access_token)
    app.router.add_post("/oauth/revoke_authorization", revoke)


async def permission_page(request: web.Request) -> web.Response:
    account, query = request.app[STUDIO].account, request.query
    if trouble := _trouble(account, query):
        return _install_error(trouble)
    if account.switches.consent:
        chosen = tuple(account.sites) if account.switches.consent == "allow" else ()
        raise _back(account, query, account.switches.consent == "allow", chosen, whole=False)
    hidden = "".join(choice("hidden", name, query.get(name, "")) for name in CARRIED)
    sites = "".join(
        f"<label>{choice('checkbox', 'site', each.id, checked=True)} {escape(each.name)}</label>"
        for each in account.sites.values()
    )
    scopes = "".join(f"<li><code>{escape(each)}</code></li>" for each in query["scope"].split())
    body = (
        f"<h1>{escape(account.app.name)} asks for access</h1><p>A stand-in for Webflow on this machine.</p>"
        f'<form method="post" action="/oauth/authorize">{hidden}<fieldset><legend>Sites</legend>{sites}'
        f"<label>{choice('checkbox', 'whole', 'yes')} the whole workspace</label></fieldset><p>It may then:</p>"
        f"<ul>{scopes}</ul><button name=decision value=deny>Deny</button> "
        "<button name=decision value=allow>Allow</button></form>"
    )
    return document("Authorize app", body)


async def decide(request: web.Request) -> web.Response:
    account, form = request.app[STUDIO].account, await request.post()
    fields = {name: str(form.get(name, "")) for name in CARRIED}
    if trouble := _trouble(account, fields):
        return _install_error(trouble)
    chosen = tuple(site_id for site_id in map(str, form.getall("site", [])) if site_id in account.sites)
    allowed, whole = form.get("decision") == "allow", form.get("whole") == "yes"
    raise _back(account, fields, allowed and (whole or bool(chosen)), chosen, whole)


def _trouble(account: Account, query: Mapping[str, str]) -> str:
    if query.get("client_id") != account.app.client_id:
        return "There is no app of this client_id."
    if query.get("response_type") != "code":
        return "response_type must be code."
    if not account.app.allows(query.get("redirect_uri", "")):
        return "The redirect_uri is not one of the app's settings."
    wanted = query.get("scope", "").split()
    if not wanted or not set(wanted) <= set(account.app.scopes):
        return "The scopes are not a part of the app's scopes."
    return ""


def _install_error(trouble: str) -> web.Response:
    return document("The app cannot be installed", f"<h1>The app cannot be installed</h1><p>{escape(trouble)}</p>", 400)


def _back(
    account: Account, query: Mapping[str, str], allowed: bool, chosen: tuple[str, ...], whole: bool
) -> web.HTTPFound:
    answer = {"state": query["state"]} if query.get("state") else {}
    if allowed:
        grant = Grant(
            id=secrets.token_hex(12),
            code=secrets.token_urlsafe(32),
            scopes=tuple(query["scope"].split()),
            redirect_uri=query["redirect_uri"],
            created_on=account.now(),
            site_ids=() if whole else chosen,
            whole_workspace=whole,
        )
        account.grants.append(grant)
        answer = {"code": grant.code} | answer
    else:
        answer = {"error": "access_denied"} | answer
    joint = "&" if "?" in query["redirect_uri"] else "?"
    return web.HTTPFound(f"{query['redirect_uri']}{joint}{urlencode(answer)}")


async def access_token(request: web.Request) -> web.Response:
    account, body = request.app[STUDIO].account, await _sent(request)
    if planted := await planted_fault(account, request):
        return planted
    if not _is_app(account, body):
        return _error(401, "invalid_client")
    if body.get("grant_type") != "authorization_code" or not body.get("code"):
        return _error(400, "invalid_request")
    grant = next((each for each in account.grants if each.code == body["code"]), None)
    if grant is None or grant.code_used or account.now() - grant.created_on > CODE_LIVES:
        return _error(400, "invalid_grant")
    if body.get("redirect_uri") != grant.redirect_uri:
        return _error(400, "invalid_grant")
    grant.code_used, grant.token = True, secrets.token_hex(32)
    return web.json_response({"access_token": grant.token, "token_type": "bearer", "scope": " ".join(grant.scopes)})


async def revoke(request: web.Request) -> web.Response:
    account, body = request.app[STUDIO].account, await _sent(request)
    if planted := await planted_fault(account, request):
        return planted
    if not _is_app(account, body):
        return _error(401, "invalid_client")
    for grant in account.grants:
        if grant.token and grant.token == body.get("access_token") and not grant.revoked:
            grant.revoked = True
            return web.json_response({"did_revoke": True})
    return _error(400, "invalid_token" if body.get("access_token") else "invalid_request")


def _is_app(account: Account, body: Json) -> bool:
    secret = str(body.get("client_secret", "")).encode()
    known = hmac.compare_digest(secret, account.app.client_secret.encode())
    return known and body.get("client_id") == account.app.client_id


async def _sent(request: web.Request) -> Json:
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    return {name: str(value) for name, value in (await request.post()).items()}


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": code, "error_description": code.replace("_", " ")}, status=status)
