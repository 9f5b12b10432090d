"""`manage.py scanner`: RQ workers of the scan queues around one warm browser pool, with dispatcher, reaper and a sign
of life beside them.

No thread is trusted to live: the main thread looks after all of them, and ends the process when the loop of the scans
or the browser pool is beyond help. Its supervisor starts it again, its scans go on elsewhere."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import django_rq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty

from scans import dispatch, jobs, recovery, wakeup
from scans.browser.chromium import ChromiumMissing
from scans.browser.pool import BrowserPool
from scans.browser.sizing import MB, Limits
from scans.fleet import BEAT_S, ScannerProcess
from scans.manners import Manners
from scans.models import Scan
from scans.queues import ListedJob
from scans.runner import LEAVE_S
from scans.scanner import Scanner
from scans.states import ScanState
from scans.watchdog import Watchdog
from scans.webflow import checking, hooks
from sentinel.ids import uuid7

logger = logging.getLogger(__name__)

STOP_S = 20.0
WAIT_S = LEAVE_S + 2.0  # for scans that hand themselves back
DISPATCH_EVERY_S = 0.5
FIXES_EVERY_S = 2.0
REAP_EVERY_S = 2.0
RETRY_S = 2.0
WORKER_TTL_S = 30  # an idle worker asks Redis anew twice a minute, so a connection that died silently is noticed
WATCH_S = 1.0


class ThreadWorker(SimpleWorker):
    """A worker in a thread: no signals there, so time limits come from a timer and the scanner says when to stop."""

    death_penalty_class = TimerDeathPenalty
    job_class = ListedJob

    def _install_signal_handlers(self) -> None:
        """Signals belong to the main thread."""

    def ends_after_this_job(self) -> None:
        self._stop_requested = True

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
        scanner = Scanner(BrowserPool(settings.CHROMIUM_PATH, limits), Manners(settings.REDIS_URL))
        try:
            self._run(scanner, stop)
        except ChromiumMissing as missing:
            raise CommandError(str(missing)) from missing

    def _run(self, scanner: Scanner, stop: threading.Event) -> None:
        with scanner:
            jobs.use(scanner)
            Watchdog(scanner).start()
            crew = Crew(scanner, stop)
            self.stdout.write(f"scanner ready: {settings.BROWSER_POOL_MAX} scans at once")
            crew.watch()
            threading.Thread(target=_end_at_last, daemon=True).start()
            scanner.stopping = True
            stop.set()
            crew.leave()


class Crew:
    """The threads of one scanner: a worker for each scan that may run, dispatcher, reaper, sign of life."""

    def __init__(self, scanner: Scanner, stop: threading.Event) -> None:
        self.scanner, self.stop = scanner, stop
        self._id = uuid7()
        self._workers: dict[str, ThreadWorker] = {}
        self._duties: dict[str, Callable[[], None]] = {
            "dispatcher": partial(
                self._repeat, dispatch.dispatch_pending, partial(wakeup.wait, wakeup.connect(), DISPATCH_EVERY_S)
            ),
            "publishes": partial(self._repeat, hooks.tick, partial(stop.wait, DISPATCH_EVERY_S)),
            "fixes": partial(self._repeat, checking.tick, partial(stop.wait, FIXES_EVERY_S)),
            "reaper": partial(self._repeat, recovery.reap, partial(stop.wait, REAP_EVERY_S)),
            "beat": partial(self._repeat, self.beat, partial(stop.wait, BEAT_S)),
        }
        for number in range(settings.BROWSER_POOL_MAX):
            self._duties[f"worker-{number}"] = partial(self._work, f"worker-{number}")
        self.beat()
        self._threads = {name: self._start(name) for name in self._duties}

    def _start(self, name: str) -> threading.Thread:
        thread = threading.Thread(target=self._duties[name], name=name, daemon=True)
        thread.start()
        return thread

    def watch(self) -> None:
        """Until somebody says stop: replaces threads that died."""
        while not self.stop.wait(WATCH_S):
            for name, thread in self._threads.items():
                if not thread.is_alive():
                    logger.error("the thread %s died; another takes its place", name)
                    self._threads[name] = self._start(name)

    def leave(self) -> None:
        """Gives running scans the time to hand themselves back; idle workers hang in a blocking read and are left."""
        for worker in list(self._workers.values()):
            worker.ends_after_this_job()
        end = time.monotonic() + WAIT_S
        try:
            self.beat()
            while time.monotonic() < end and jobs.running():
                time.sleep(0.1)
            ScannerProcess.objects.filter(pk=self._id).delete()
        except (OperationalError, InterfaceError) as error:
            logger.warning("left without saying so: %s", error)

    def beat(self) -> None:
        queued = Scan.objects.filter(state=ScanState.QUEUED).count()
        state = self.scanner.state(due=min(queued, settings.BROWSER_POOL_MAX))
        ScannerProcess.objects.beat(
            self._id,
            host=socket.gethostname(),
            pid=os.getpid(),
            region=settings.SCAN_REGION,
            slots=settings.BROWSER_POOL_MAX,
            running=jobs.running(),
            stopping=self.scanner.stopping,
            state=state.as_dict() if state else {},
        )

    def _work(self, name: str) -> None:
        """One worker after the other: RQ's loop ends on any trouble with Redis, ours does not."""
        while not self.stop.is_set():
            try:
                queues = [django_rq.get_queue(queue) for queue in settings.SCAN_QUEUES]
                redis, serializer = queues[0].connection, queues[0].serializer
                worker = ThreadWorker(queues, connection=redis, serializer=serializer, worker_ttl=WORKER_TTL_S)
                self._workers[name] = worker
                worker.work(logging_level="WARNING")
            except RedisError as error:
                logger.warning("no queue: %s", error)
            self.stop.wait(RETRY_S)

    def _repeat(self, work: Callable[[], Any], rest: Callable[[], Any]) -> None:
        while not self.stop.is_set():
            try:
                work()
                rest()
            except RedisError as error:
                logger.warning("no queue: %s", error)
                self.stop.wait(RETRY_S)
            except (OperationalError, InterfaceError) as error:
                logger.warning("no database: %s", error)
                connection.close()
                self.stop.wait(RETRY_S)


def _end_at_last() -> NoReturn:
    """Whatever hangs: the process is gone in time, and what it held is found by its lease."""
    time.sleep(STOP_S - 1)
    logger.critical("the scanner did not stop in time and is ended")
    os._exit(1)
