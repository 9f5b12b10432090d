"""The poke: whoever makes a scan wait wakes a dispatcher, which would have found it half a second later anyway.

One key in Redis that holds one element at most. It is a convenience and never awaited for long: a second without an
answer, and one more try for a connection that was cut while it lay idle."""

from __future__ import annotations

import logging

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PATIENCE_S = 1.0


def _key() -> str:
    return f"sentinel:poke:{settings.SCAN_REGION}"


def connect() -> Redis:
    url = str(settings.RQ_QUEUES["default"]["URL"])
    return Redis.from_url(
        url, socket_connect_timeout=PATIENCE_S, socket_timeout=2 * PATIENCE_S, retry=Retry(NoBackoff(), 1)
    )


def poke() -> None:
    try:
        with connect() as redis, redis.pipeline(transaction=True) as pipe:
            pipe.delete(_key()).rpush(_key(), 1).expire(_key(), 10).execute()
    except RedisError as error:
        logger.warning("nobody could be woken, the scan waits for the next look: %s", error)


def wait(redis: Redis, seconds: float) -> bool:
    """Until somebody pokes, `seconds` at most; whether somebody did. Raises RedisError without a queue."""
    return redis.blpop([_key()], timeout=seconds) is not None
