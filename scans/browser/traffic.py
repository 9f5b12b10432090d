"""What a page asked for and said, from the events of Chromium's Network, Runtime and Page domains.

One `Traffic` belongs to one navigation of one tab, so nothing of the page before can leak in: only requests of
documents that this navigation loaded count, and console lines start again when a document is committed. Everything is
capped; a cap that was reached is in `limits`, and a page that is too big is in `breach`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scans.browser.proxy import EgressProxy, Pair
from scans.discover.urls import parse
from scans.snapshot import TEXT_LIMIT, ConsoleLine, Dialog, PageError, Request

MAX_REQUESTS = 10_000
MAX_PAGE_BYTES = 50 * 1024 * 1024
MAX_CONSOLE = 200
MAX_ERRORS = 100
MAX_NAVIGATIONS = 10
URL_LIMIT = 2048
STACK_LIMIT = 2000
LEVELS = {"warning": "warning", "error": "error", "assert": "error", "info": "info", "debug": "debug"}
DIALOGS = ("alert", "confirm", "prompt")
PORTS = {"http:": 80, "https:": 443, "ws:": 80, "wss:": 443}

Event = Mapping[str, Any]


@dataclass(slots=True)
class _Draft:
    url: str
    kind: str
    frame_url: str
    method: str = "GET"
    status: int | None = None
    failure: str = ""
    wire_bytes: int = 0
    body_bytes: int = 0
    content_type: str = ""
    cache_control: str = ""
    content_encoding: str = ""
    from_cache: bool = False


@dataclass(slots=True)
class Traffic:
    """`loaded` is set by the load event, `parsed` by DOMContentLoaded, `ended` by a crash or a breach.

    `sizes` are the bytes that each URL needed when it was first loaded in this scan: a cached answer counts as much,
    because a first visitor pays it. `closed`: what happens from now on is our doing, and not the page's to answer for.
    """

    frame_id: str
    proxy: EgressProxy
    sizes: dict[str, int]
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    parsed: bool = False
    committed: bool = False
    breach: str = ""
    closed: bool = False
    dialog: Dialog | None = None
    main_status: int | None = None
    main_type: str = ""
    console: list[ConsoleLine] = field(default_factory=list)
    errors: list[PageError] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    main_request: str = ""
    _loaders: set[str] = field(default_factory=set)
    _drafts: dict[str, _Draft] = field(default_factory=dict)
    _done: list[_Draft] = field(default_factory=list)
    _bytes: int = 0
    _navigations: int = 0

    def on(self, name: str, event: Event) -> None:
        if not self.breach and not self.closed and (handle := _HANDLERS.get(name)):
            handle(self, event)

    def requests(self) -> tuple[Request, ...]:
        return tuple(self._request(draft) for draft in (*self._done, *self._drafts.values()))

    def main_failure(self) -> Request | None:
        """The main document's own request, when it failed."""
        draft = self._drafts.get(self.main_request)
        request = self._request(draft) if draft else None
        return request if request and (request.failure or request.blocked) else None

    @property
    def console_full(self) -> bool:
        return len(self.console) >= MAX_CONSOLE and bool(self.limits)

    def stop(self, breach: str) -> None:
        self.breach = breach
        self.limits.append(breach)
        self.loaded.set()

    def _limit(self, text: str) -> None:
        if text not in self.limits:
            self.limits.append(text)

    def _sent(self, event: Event) -> None:
        request, loader, key = event["request"], event.get("loaderId", ""), event["requestId"]
        if request["url"].startswith(("data:", "blob:")):
            return
        is_document = event.get("type") == "Document"
        if is_document and event.get("frameId") == self.frame_id:
            self._main(key)
        if is_document:
            self._loaders.add(loader)
        elif loader and loader not in self._loaders:
            return
        if redirect := event.get("redirectResponse"):
            self._redirected(key, redirect)
        if len(self._drafts) + len(self._done) >= MAX_REQUESTS:
            return self.stop(f"more than {MAX_REQUESTS} requests")
        kind = str(event.get("type", "Other")).lower()
        frame = str(event.get("documentURL", ""))[:URL_LIMIT]
        self._drafts[key] = _Draft(
            request["url"][:URL_LIMIT], kind, frame, str(request.get("method", "GET"))[:TEXT_LIMIT]
        )

    def _main(self, key: str) -> None:
        if key != self.main_request:
            self._navigations += 1
            if self._navigations > MAX_NAVIGATIONS:
                return self.stop("the page navigates without end")
        self.main_request = key
        self.parsed = self.committed = False
        self.loaded.clear()

    def _redirected(self, key: str, response: Event) -> None:
        if draft := self._drafts.pop(key, None):
            self._fill(draft, response)
            draft.wire_bytes = int(response.get("encodedDataLength", 0))
            self._done.append(draft)

    def _received(self, event: Event) -> None:
        draft = self._drafts.get(event["requestId"])
        if draft is None:
            return
        response = event["response"]
        self._fill(draft, response)
        if event["requestId"] == self.main_request:
            self.main_status, self.main_type = draft.status, str(response.get("mimeType", ""))

    @staticmethod
    def _fill(draft: _Draft, response: Event) -> None:
        headers = {name.lower(): str(value) for name, value in response.get("headers", {}).items()}
        draft.status = int(response["status"]) or None
        draft.content_type = str(response.get("mimeType", ""))[:TEXT_LIMIT]
        draft.cache_control = headers.get("cache-control", "")[:TEXT_LIMIT]
        draft.content_encoding = headers.get("content-encoding", "")[:TEXT_LIMIT]
        draft.from_cache |= bool(response.get("fromDiskCache") or response.get("fromPrefetchCache"))

    def _cached(self, event: Event) -> None:
        if draft := self._drafts.get(event["requestId"]):
            draft.from_cache = True

    def _data(self, event: Event) -> None:
        draft = self._drafts.get(event["requestId"])
        if draft is None:
            return
        draft.body_bytes += event["dataLength"]
        if not draft.from_cache:
            self._bytes += event["encodedDataLength"] or event["dataLength"]
        if self._bytes > MAX_PAGE_BYTES:
            self.stop(f"more than {MAX_PAGE_BYTES >> 20} MB")

    def _finished(self, event: Event) -> None:
        if draft := self._drafts.get(event["requestId"]):
            draft.wire_bytes = int(event["encodedDataLength"])

    def _failed(self, event: Event) -> None:
        if draft := self._drafts.get(event["requestId"]):
            draft.failure = str(event.get("errorText") or "failed")[:TEXT_LIMIT]
            if event.get("blockedReason"):
                draft.failure += f" ({event['blockedReason']})"

    def _request(self, draft: _Draft) -> Request:
        denied, failed = self._verdict(draft)
        wire = draft.wire_bytes
        if draft.from_cache:
            wire = self.sizes.get(draft.url, wire)
        elif wire and draft.status and not draft.failure:
            self.sizes.setdefault(draft.url, wire)
        return Request(
            url=draft.url,
            kind=draft.kind,
            status=None if denied or failed else draft.status,
            failure=f"egress-denied:{denied}" if denied else failed or draft.failure,
            blocked=bool(denied),
            wire_bytes=wire,
            body_bytes=draft.body_bytes,
            content_type=draft.content_type,
            cache_control=draft.cache_control,
            content_encoding=draft.content_encoding,
            from_cache=draft.from_cache,
            frame_url=draft.frame_url,
            method=draft.method,
        )

    def _verdict(self, draft: _Draft) -> tuple[str, str]:
        """(why our policy refused it, why the proxy could not reach it): Chromium cannot know either."""
        if draft.status not in (None, 403, 502) or not (draft.failure or draft.status):
            return "", ""
        pair = _pair(draft.url)
        denied = self.proxy.denied.get(pair, "") if draft.status != 502 else ""
        failed = self.proxy.failed.get(pair, "") if draft.status != 403 else ""
        return denied, failed

    def _said(self, event: Event) -> None:
        if len(self.console) >= MAX_CONSOLE:
            return self._limit(f"more than {MAX_CONSOLE} console lines")
        text = " ".join(_argument(argument) for argument in event["args"][:20])
        frames = (event.get("stackTrace") or {}).get("callFrames") or [{}]
        level = LEVELS.get(event["type"], "log")
        url, line = str(frames[0].get("url", ""))[:URL_LIMIT], int(frames[0].get("lineNumber", -1)) + 1
        self.console.append(ConsoleLine(level, text[:TEXT_LIMIT], url, line))

    def _threw(self, event: Event) -> None:
        if len(self.errors) >= MAX_ERRORS:
            return self._limit(f"more than {MAX_ERRORS} script errors")
        details = event["exceptionDetails"]
        thrown = details.get("exception") or {}
        description = str(thrown.get("description") or thrown.get("value") or details.get("text", ""))
        frames = (details.get("stackTrace") or {}).get("callFrames") or []
        source = next((frame["url"] for frame in frames if frame.get("url")), details.get("url", ""))
        message, _, stack = description.partition("\n")
        self.errors.append(PageError(message[:TEXT_LIMIT], str(source)[:URL_LIMIT], stack[:STACK_LIMIT]))

    def _navigated(self, event: Event) -> None:
        if event["frame"]["id"] == self.frame_id:
            self.committed = True
            self.console.clear()
            self.errors.clear()
            self.dialog = None

    def _dialog(self, event: Event) -> None:
        if self.dialog is None and event["type"] in DIALOGS:
            self.dialog = Dialog(event["type"], str(event["message"])[:TEXT_LIMIT])
        if len(self.console) < MAX_CONSOLE:
            text = f"{event['type']}: {event['message']}"
            self.console.append(ConsoleLine("dialog", text[:TEXT_LIMIT], str(event.get("url", ""))[:URL_LIMIT]))

    def _content(self, _: Event) -> None:
        self.parsed = True

    def _load(self, _: Event) -> None:
        if self.committed:
            self.loaded.set()


_HANDLERS = {
    "Network.requestWillBeSent": Traffic._sent,
    "Network.responseReceived": Traffic._received,
    "Network.requestServedFromCache": Traffic._cached,
    "Network.dataReceived": Traffic._data,
    "Network.loadingFinished": Traffic._finished,
    "Network.loadingFailed": Traffic._failed,
    "Runtime.consoleAPICalled": Traffic._said,
    "Runtime.exceptionThrown": Traffic._threw,
    "Page.frameNavigated": Traffic._navigated,
    "Page.javascriptDialogOpening": Traffic._dialog,
    "Page.domContentEventFired": Traffic._content,
    "Page.loadEventFired": Traffic._load,
}
EVENTS = tuple(_HANDLERS)


def _argument(argument: Event) -> str:
    if "value" in argument:
        return str(argument["value"])[:TEXT_LIMIT]
    return str(argument.get("description") or argument.get("unserializableValue") or argument.get("type", ""))[
        :TEXT_LIMIT
    ]


def _pair(url: str) -> Pair:
    parsed = parse(url)
    return (parsed.hostname, int(parsed.port or PORTS.get(parsed.protocol, 0))) if parsed else ("", 0)
