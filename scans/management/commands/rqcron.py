"""`manage.py rqcron`: puts the periodic jobs into the queue. Any number may run; one leads, by a lease in Redis."""

from __future__ import annotations

import logging
import signal
import threading
import uuid
from typing import Any

import django_rq
from django.core.management.base import BaseCommand
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

LEASE = "sentinel:cron:leader"
LEASE_S = 15
TICK_S = 5.0

# job, every how many seconds
PERIODIC = (
    ("scans.jobs.reap", 60),
    ("scans.jobs.prune", 3600),
    ("scans.jobs.erase", 60),
    ("accounts.exports.sweep", 60),
    ("accounts.mail.sweep", 60),
    ("accounts.webflow.connections.introspect_due", 3600),
    ("scans.jobs.sync_webflow", 30),
    ("scans.jobs.recheck_ownership", 3600),
)


class Command(BaseCommand):
    help = "Enqueues the periodic jobs, as the one leader of all cron processes."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        self.stdout.write("cron ready")
        me = uuid.uuid4().hex
        while not stop.is_set():
            try:
                tick(me)
            except RedisError as error:
                logger.warning("no queue: %s", error)
            stop.wait(TICK_S)


def tick(me: str) -> int:
    """Enqueues what is due if `me` leads; returns how many jobs. The slot's key in Redis makes each due job one job,
    whoever leads and however often the process restarts."""
    queue = django_rq.get_queue("default")
    if not _leads(queue.connection, me):
        return 0
    due = 0
    for function, every_s in PERIODIC:
        if queue.connection.set(f"sentinel:cron:{function}", me, nx=True, ex=every_s):
            queue.enqueue(function, result_ttl=0, failure_ttl=86_400)
            due += 1
    return due


def _leads(redis: Redis, me: str) -> bool:
    if redis.set(LEASE, me, nx=True, ex=LEASE_S):
        return True
    if redis.get(LEASE) != me.encode():
        return False
    redis.expire(LEASE, LEASE_S)
    return True
