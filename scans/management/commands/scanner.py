"""`manage.py scanner`: RQ workers of the scan queues around one warm browser pool, with dispatcher and reaper beside
them."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import django_rq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, close_old_connections, connection
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty

from scans import jobs, recovery
from scans.browser.chromium import ChromiumMissing
from scans.browser.pool import BrowserPool
from scans.browser.sizing import MB, Limits
from scans.queues import ListedJob
from scans.scanner import Scanner
from scans.watchdog import Watchdog

logger = logging.getLogger(__name__)

STOP_S = 20.0
DISPATCH_EVERY_S = 0.5
REAP_EVERY_S = 2.0
DUE_EVERY_S = 1.0
RETRY_S = 2.0


class ThreadWorker(SimpleWorker):
    """A worker in a thread: no signals there, so time limits come from a timer and the scanner says when to stop."""

    death_penalty_class = TimerDeathPenalty
    job_class = ListedJob

    def _install_signal_handlers(self) -> None:
        """Signals belong to the main thread."""

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        close_old_connections()
        try:
            return super().perform_job(*args, **kwargs)
        finally:
            close_old_connections()


class Command(BaseCommand):
    help = "Runs scans from the queues of this region, until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        limits = Limits(
            min_size=settings.BROWSER_POOL_MIN,
            max_size=settings.BROWSER_POOL_MAX,
            memory=settings.BROWSER_MEMORY_MB * MB,
        )
        try:
            self._run(Scanner(BrowserPool(settings.CHROMIUM_PATH, limits)), stop)
        except ChromiumMissing as missing:
            raise CommandError(str(missing)) from missing

    def _run(self, scanner: Scanner, stop: threading.Event) -> None:
        with scanner:
            jobs.use(scanner)
            Watchdog(scanner).start()
            _start(stop, scanner)
            self.stdout.write(f"scanner ready: {settings.BROWSER_POOL_MAX} scans at once")
            stop.wait()
            scanner.stopping = True
            _wait_for_running()


def _start(stop: threading.Event, scanner: Scanner) -> None:
    """Starts the worker, dispatcher and reaper threads, and the one that tells the pool how many scans wait."""
    workers = [
        threading.Thread(target=_work, args=(stop,), name=f"worker-{number}", daemon=True)
        for number in range(settings.BROWSER_POOL_MAX)
    ]
    beside = [
        threading.Thread(target=_repeat, args=(stop, recovery.dispatch_pending, DISPATCH_EVERY_S), daemon=True),
        threading.Thread(target=_repeat, args=(stop, recovery.reap, REAP_EVERY_S), daemon=True),
        threading.Thread(target=_repeat, args=(stop, lambda: _tell_due(scanner), DUE_EVERY_S), daemon=True),
    ]
    for thread in workers + beside:
        thread.start()


def _tell_due(scanner: Scanner) -> int:
    due = sum(django_rq.get_queue(name).count for name in settings.SCAN_QUEUES)
    if scanner.pool is not None:
        scanner.pool.due = due
    return due


def _work(stop: threading.Event) -> None:
    """One worker after the other: RQ's loop ends on any trouble with Redis, ours does not."""
    while not stop.is_set():
        try:
            queues = [django_rq.get_queue(name) for name in settings.SCAN_QUEUES]
            worker = ThreadWorker(
                queues, connection=queues[0].connection, serializer=queues[0].serializer, worker_ttl=60
            )
            worker.work(logging_level="WARNING")
        except RedisError as error:
            logger.warning("no queue: %s", error)
        stop.wait(RETRY_S)


def _repeat(stop: threading.Event, work: Callable[[], int], every_s: float) -> None:
    while not stop.wait(every_s):
        try:
            work()
        except RedisError as error:
            logger.warning("no queue: %s", error)
            stop.wait(RETRY_S)
        except OperationalError as error:
            logger.warning("no database: %s", error)
            connection.close()
            stop.wait(RETRY_S)


def _wait_for_running() -> None:
    """Gives running scans the time to hand themselves back; idle workers hang in a blocking read and are left."""
    end = time.monotonic() + STOP_S / 2
    while time.monotonic() < end and jobs.running():
        time.sleep(0.1)
