"""A stand-in of one's own for each test, and a client that does not really wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx
import pytest

from accounts.webflow.budget import LocalBudget
from accounts.webflow.client import WebflowClient
from demo.webflow.server import StandIn

Connect = Callable[..., WebflowClient]
WEB = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))  # a visitor


@pytest.fixture
def webflow() -> Iterator[StandIn]:
    with StandIn() as standin:
        standin.account.switches.rate_limit = 10_000
        standin.account.switches.publish_seconds = 0.0
        yield standin


@dataclass
class Clock:
    """What the client sleeps by: its pauses pass at once and are kept."""

    now: float = 100.0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses(clock: Clock) -> list[float]:
    return clock.pauses


@pytest.fixture
def connect(webflow: StandIn, clock: Clock) -> Iterator[Connect]:
    with ExitStack() as opened:

        def made(*scopes: str, token: str = "", site_ids: tuple[str, ...] = ()) -> WebflowClient:
            token = token or webflow.token(*scopes, site_ids=site_ids)
            budget = LocalBudget(10_000, clock)
            client = WebflowClient(token, base_url=webflow.api_url, budget=budget, pause=clock.pause)
            return opened.enter_context(client)

        yield made


@pytest.fixture
def client(connect: Connect) -> WebflowClient:
    return connect()
