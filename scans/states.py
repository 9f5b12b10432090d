"""What a scan can be, and every change from one state to the next.

A state changes only by a conditional UPDATE, on the database's own clock: whoever holds the fencing token may write,
nobody else. Each change answers whether it happened: a lost race is an answer, not an error. `queued_at` is since when
a scan waits where it waits now; empty until it first left the place it was asked at.

    pending → queued → running → complete | partial | failed | cancelled
                  ↘ paused ↗        paused counts as active: the site has its one scan
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Now

from accounts.models import User

if TYPE_CHECKING:
    from scans.models import Scan  # noqa: F401 (named as a string below)


class ScanState(models.TextChoices):
    PENDING = "pending", "Waiting"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    COMPLETE = "complete", "Complete"
    PARTIAL = "partial", "Partial"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


WAITING = (ScanState.PENDING, ScanState.QUEUED)
IN_FLIGHT = (ScanState.QUEUED, ScanState.RUNNING)  # what the limits of plan and scanners are counted in
ACTIVE = (*WAITING, ScanState.RUNNING, ScanState.PAUSED)
REPORTED = (ScanState.COMPLETE, ScanState.PARTIAL, ScanState.CANCELLED)


class Priority(models.TextChoices):
    HIGH = "high", "A person waits"
    NORMAL = "normal", "Publish or schedule"
    LOW = "low", "Bulk"


class Trigger(models.TextChoices):
    PERSON = "person", "Started by hand"
    SCHEDULE = "schedule", "Schedule"
    PUBLISH = "publish", "Publish"
    API = "api", "API"


KEPT = "Cancelled. What was found until then is kept."


def _lease_end() -> Any:
    lease = timedelta(seconds=settings.SCAN_LEASE_SECONDS)
    return models.ExpressionWrapper(Now() + lease, output_field=models.DateTimeField())


def _given_back() -> dict[str, Any]:
    """A running scan that nobody runs any more: what a person asked for meanwhile happens, else it waits again."""
    return {
        "state": Case(
            When(stop_requested=True, then=Value(ScanState.CANCELLED)),
            When(pause_requested=True, then=Value(ScanState.PAUSED)),
            default=Value(ScanState.PENDING),
        ),
        "reason": Case(When(stop_requested=True, then=Value(KEPT)), default=F("reason")),
        "finished_at": Case(When(stop_requested=True, then=Now()), default=F("finished_at")),
        "paused_at": Case(When(pause_requested=True, then=Now()), default=None),
        "pause_requested": False,
        "token": None,
        "lease_until": None,
        "queued_at": Now(),
    }


class ScanQuerySet(models.QuerySet["Scan"]):
    def seen_by(self, user: User) -> ScanQuerySet:
        return self.filter(site__workspace__memberships__user=user)

    def active(self) -> ScanQuerySet:
        return self.filter(state__in=ACTIVE)

    def whole(self) -> ScanQuerySet:
        """Scans of sites, without re-checks of one page."""
        return self.filter(only_url="")

    def comparable(self) -> ScanQuerySet:
        """Those that saw enough of the site that what they did not say was not there."""
        return self.whole().filter(state__in=[ScanState.COMPLETE, ScanState.PARTIAL])

    def mark_queued(self, scan_id: uuid.UUID) -> bool:
        return bool(self.filter(pk=scan_id, state=ScanState.PENDING).update(state=ScanState.QUEUED, queued_at=Now()))

    def unqueue(self, scan_id: uuid.UUID, **known: Any) -> bool:
        """Queued, but in no queue any more: it waits for the dispatcher again."""
        queued = self.filter(pk=scan_id, state=ScanState.QUEUED, **known)
        return bool(queued.update(state=ScanState.PENDING, queued_at=Now()))

    def claim(self, scan_id: uuid.UUID) -> uuid.UUID | None:
        """Takes a waiting scan: the new fencing token, or None when another has it, or it is over."""
        token = uuid.uuid4()
        won = self.filter(pk=scan_id, state__in=WAITING, stop_requested=False).update(
            state=ScanState.RUNNING,
            token=token,
            lease_until=_lease_end(),
            attempt=F("attempt") + 1,
            started_at=Coalesce(F("started_at"), Now()),
        )
        return token if won else None

    def held(self, scan_id: uuid.UUID, token: uuid.UUID) -> ScanQuerySet:
        return self.filter(pk=scan_id, state=ScanState.RUNNING, token=token)

    def extend(self, scan_id: uuid.UUID, token: uuid.UUID, **changes: Any) -> bool:
        """Renews the lease and writes `changes`; False when the token is no longer the scan's: stop at once."""
        return bool(self.held(scan_id, token).update(lease_until=_lease_end(), **changes))

    def release(self, scan_id: uuid.UUID, token: uuid.UUID) -> bool:
        """Hands a running scan back unharmed (shutdown, pause): the attempt does not count."""
        return bool(self.held(scan_id, token).update(**_given_back(), attempt=F("attempt") - 1))

    def abandon(self, scan_id: uuid.UUID, token: uuid.UUID) -> bool:
        """Ends the lease now, so that the reaper decides at once whether there is another attempt."""
        return bool(self.held(scan_id, token).update(lease_until=Now()))

    def finish(self, scan_id: uuid.UUID, token: uuid.UUID, state: ScanState, reason: str, **changes: Any) -> bool:
        return bool(
            self.held(scan_id, token).update(
                state=state,
                reason=reason[:500],
                token=None,
                lease_until=None,
                finished_at=Now(),
                pause_requested=False,
                **changes,
            )
        )

    def request_stop(self, scan_id: uuid.UUID) -> bool:
        """Cancels: a waiting or paused scan at once, a running one as soon as its runner looks (under 2 s)."""
        idle = self.filter(pk=scan_id, state__in=[*WAITING, ScanState.PAUSED]).update(
            state=ScanState.CANCELLED,
            stop_requested=True,
            finished_at=Now(),
            reason=Case(When(started_at__isnull=True, then=Value("Cancelled before it started")), default=Value(KEPT)),
        )
        return bool(idle or self.filter(pk=scan_id, state=ScanState.RUNNING).update(stop_requested=True))

    def request_pause(self, scan_id: uuid.UUID, by: User | None) -> bool:
        """Pauses: a waiting scan at once, a running one as soon as its runner looks (under 2 s)."""
        waiting = self.filter(pk=scan_id, state__in=WAITING).update(
            state=ScanState.PAUSED, paused_at=Now(), paused_by=by
        )
        running = self.filter(pk=scan_id, state=ScanState.RUNNING, stop_requested=False)
        return bool(waiting or running.update(pause_requested=True, paused_by=by))

    def resume(self, scan_id: uuid.UUID) -> bool:
        """A paused scan waits for a scanner again; one that was only asked to pause goes on."""
        going = self.filter(pk=scan_id, state=ScanState.RUNNING, pause_requested=True)
        if going.update(pause_requested=False, paused_by=None):
            return True
        paused = self.filter(pk=scan_id, state=ScanState.PAUSED)
        return bool(paused.update(state=ScanState.PENDING, paused_at=None, paused_by=None, queued_at=Now()))

    def overdue(self) -> ScanQuerySet:
        """Running, but the lease is over: the scanner that had it is gone."""
        return self.filter(state=ScanState.RUNNING, lease_until__lt=Now())

    def take_back(self) -> int:
        """From a scanner that is gone."""
        return self.update(**_given_back())

    def give_up(self, reason: str) -> int:
        """Fails them; not those that a person wants stopped or paused, whose wish is still to happen."""
        unasked = self.filter(stop_requested=False, pause_requested=False)
        return unasked.update(state=ScanState.FAILED, reason=reason, finished_at=Now(), token=None, lease_until=None)

    def cancel_forgotten(self, after: timedelta) -> int:
        """Ends what somebody paused long ago: the site is free for its next scan."""
        reason = f"Paused for {after.days} days, so it was ended. What was found until then is kept."
        old = self.filter(Q(paused_at__lt=Now() - after), state=ScanState.PAUSED)
        return old.update(state=ScanState.CANCELLED, finished_at=Now(), reason=reason)
