"""The queue's side of the contract: ids as arguments, JSON on the wire, and no function run that is not listed here.

Whoever can write to Redis can name any importable function in a job; `ListedJob` refuses all but ours before it
imports."""

from __future__ import annotations

from typing import Any

from rq.job import Job

ALLOWED = frozenset(
    {
        "accounts.exports.build",
        "accounts.exports.sweep",
        "accounts.mail.deliver",
        "accounts.mail.sweep",
        "accounts.webflow.connections.introspect_due",
        "scans.jobs.erase",
        "scans.jobs.prune",
        "scans.jobs.sync_webflow",
        "scans.jobs.reap",
        "scans.jobs.recheck_ownership",
        "scans.jobs.run_scan",
    }
)


class UnlistedFunction(Exception):
    """A job names a function that is not ours to run."""


class ListedJob(Job):
    @property
    def func(self) -> Any:
        if self.func_name not in ALLOWED:
            raise UnlistedFunction(self.func_name)
        return super().func

    # callbacks are imported by name as well, and none of our jobs has one
    success_callback = failure_callback = stopped_callback = None
