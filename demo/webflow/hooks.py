"""Sends webhooks as Webflow does: signed with the app's client secret, up to three repeats, anything but a 200 is a
failure, and a webhook that failed to the end is switched off in silence."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import aiohttp

from demo.webflow.state import Account, Delivery, Json, Site, Webhook

REPEATS = 3


class Sender:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.tasks: set[asyncio.Task[Any]] = set()

    def tell(self, site: Site, trigger: str, payload: Json) -> None:
        for webhook in list(site.webhooks.values()):
            if webhook.trigger == trigger and webhook.active and _wants(webhook, payload):
                task = asyncio.ensure_future(self._send(webhook, payload))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _send(self, webhook: Webhook, payload: Json) -> None:
        raw = json.dumps({"triggerType": webhook.trigger, "payload": payload}, ensure_ascii=False).encode()
        webhook.last_triggered = self.account.now()
        for attempt in range(REPEATS + 1):
            if attempt:
                await asyncio.sleep(self.account.switches.hook_retry_seconds)
            status = await self._post(webhook.url, raw)
            self.account.deliveries.append(Delivery(webhook.url, webhook.trigger, attempt, status))
            if status == 200:
                return
        webhook.active = False

    async def _post(self, url: str, raw: bytes) -> int:
        headers = {"Content-Type": "application/json", **self.signature(raw)}
        timeout = aiohttp.ClientTimeout(total=self.account.switches.hook_timeout)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=raw, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0

    def signature(self, raw: bytes) -> dict[str, str]:
        timestamp = str(int(self.account.now().timestamp() * 1000))
        key = self.account.app.client_secret.encode()
        signed = hmac.new(key, timestamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        return {"x-webflow-timestamp": timestamp, "x-webflow-signature": signed}


def _wants(webhook: Webhook, payload: Json) -> bool:
    return webhook.filter is None or webhook.filter.get("name") == payload.get("name")
