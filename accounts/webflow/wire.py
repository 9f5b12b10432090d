"""Carries one request to Webflow and one answer back: budget, retries, size and time limits, typed errors.

Only reads are ever repeated. A write whose answer was lost may have been done; publishing twice is not harmless.
"""

from __future__ import annotations

import json
import math
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from accounts.webflow.budget import Budget
from accounts.webflow.errors import BadAnswer, RateLimited, Unauthorized, Unavailable, WebflowError, error_of

Json = dict[str, Any]
BODY_LIMIT = 16 * 1024 * 1024
TRIES = 3
BACKOFF_SECONDS = 0.5
LONGEST_REST = 3600.0
DEFAULT_REST = 60.0  # what Retry-After says as a rule


@cache
def tls() -> ssl.SSLContext:
    """Reading the certificates takes longer than a request; one context serves all."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True)
class Limits:
    timeout: float = 20.0  # seconds without a byte
    deadline: float = 60.0  # seconds for one whole answer
    patience: float = 65.0  # seconds one call may wait for the budget or for Retry-After
    body: int = BODY_LIMIT


class Wire:
    def __init__(
        self, token: str, base_url: str, budget: Budget, limits: Limits, pause: Callable[[float], None]
    ) -> None:
        if not token.isascii() or not token.isprintable() or not token.strip() or " " in token:
            raise Unauthorized  # httpx would name an unfit header value in its error
        self._budget = budget
        self._limits = limits
        self._pause = pause
        self._client = httpx.Client(
            base_url=base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=limits.timeout,
            follow_redirects=False,
            verify=tls(),
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> Json:
        for attempt in range(TRIES):
            self._wait_for_budget()
            try:
                return self._once("GET", path, params, None)
            except (RateLimited, Unavailable) as error:
                rest = error.retry_after if isinstance(error, RateLimited) else BACKOFF_SECONDS * 2**attempt
                if attempt == TRIES - 1 or rest > self._limits.patience:
                    raise
                self._pause(rest)
        raise AssertionError("the last try returns or raises")

    def write(self, method: str, path: str, body: Json | None = None, params: Mapping[str, str] | None = None) -> Json:
        self._wait_for_budget()
        return self._once(method, path, params, body)

    def _once(self, method: str, path: str, params: Mapping[str, str | int] | None, body: Json | None) -> Json:
        try:
            with self._client.stream(method, path, params=params, json=body) as answer:
                self._learn(answer.headers)
                raw = self._body(answer)
        except httpx.HTTPError as error:
            raise Unavailable(said=type(error).__name__) from error
        if not 200 <= answer.status_code < 300:
            raise self._error(answer, raw)
        return parsed(raw) if raw.strip() else {}

    def _wait_for_budget(self) -> None:
        waited = 0.0
        while (seconds := self._budget.take()) > 0:
            waited += seconds
            if waited > self._limits.patience:
                raise RateLimited(seconds)
            self._pause(seconds)

    def _learn(self, headers: httpx.Headers) -> None:
        limit, remaining = headers.get("X-RateLimit-Limit", ""), headers.get("X-RateLimit-Remaining", "")
        if all(value.isascii() and value.isdecimal() and len(value) < 7 for value in (limit, remaining)):
            self._budget.feed(int(limit), int(remaining))

    def _error(self, answer: httpx.Response, raw: bytes) -> WebflowError:
        try:
            body = parsed(raw)
        except BadAnswer:
            body = {}
        error = error_of(answer.status_code, body, _retry_after(answer.headers.get("Retry-After", "")))
        if isinstance(error, RateLimited) and answer.headers.get("X-RateLimit-Remaining", "0") == "0":
            self._budget.rest(error.retry_after)  # else it is another limit, as that of one publish per minute and site
        return error

    def _body(self, answer: httpx.Response) -> bytes:
        ends, raw = time.monotonic() + self._limits.deadline, bytearray()
        for chunk in answer.iter_raw():
            raw += chunk
            if len(raw) > self._limits.body:
                raise BadAnswer(status=answer.status_code, said="the answer is too large")
            if time.monotonic() > ends:
                raise Unavailable(status=answer.status_code, said="the answer took too long")
        return self._unpacked(bytes(raw), answer.headers.get("Content-Encoding", "identity").strip().lower())

    def _unpacked(self, raw: bytes, encoding: str) -> bytes:
        if encoding in ("", "identity"):
            return raw
        if encoding != "gzip":
            raise BadAnswer(said="an encoding nobody asked for")
        try:
            body = zlib.decompressobj(wbits=31).decompress(raw, self._limits.body + 1)
        except zlib.error as error:
            raise BadAnswer(said="the answer cannot be unpacked") from error
        if len(body) > self._limits.body:
            raise BadAnswer(said="the answer is too large")
        return body


def parsed(raw: bytes) -> Json:
    """The JSON object an answer is; anything else, also an object nested without end, is a BadAnswer."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(said="the answer is not JSON") from error
    if not isinstance(data, dict):
        raise BadAnswer(said="the answer is not an object")
    return data


def _retry_after(value: str) -> float:
    """Seconds; Webflow sends a number, anything else means the usual minute."""
    try:
        seconds = float(value)
    except ValueError:
        return DEFAULT_REST
    return min(LONGEST_REST, max(0.0, seconds)) if math.isfinite(seconds) else DEFAULT_REST
