"""The outbox: every mail is a row before it is sent, so that none is lost when the queue or the mail server is down."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils import timezone

from sentinel import crypto
from sentinel.ids import uuid7

ATTEMPTS = 8
# after the n-th attempt: minutes at first, hours at last, about a day and a half in all
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 720))


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self, now: datetime | None = None) -> OutgoingMailQuerySet:
        return self.filter(sent_at=None, given_up_at=None, next_try_at__lte=now or timezone.now())

    def claim(self, pk: uuid.UUID, now: datetime) -> bool:
        """Takes a due mail for one attempt; false when somebody else has it, or it went out already."""
        mail = self.due(now).filter(pk=pk).only("attempts").first()
        if mail is None:
            return False
        pause = PAUSES[min(mail.attempts, len(PAUSES) - 1)]
        mine = self.due(now).filter(pk=pk, attempts=mail.attempts)
        return mine.update(attempts=F("attempts") + 1, next_try_at=now + pause) == 1


class OutgoingMail(models.Model):
    """Subject and recipients stay for support; the words are encrypted, and emptied when the mail is out, for links in
    them open doors."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipients = models.JSONField()
    subject = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                name="mail_waiting",
                condition=models.Q(sent_at=None, given_up_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def bound_to(self) -> str:
        return f"mail:{self.pk}"

    def keep_words(self, text: str, html: str) -> None:
        """Into the fields, not yet into the database."""
        self.text = crypto.encrypt(text, bound_to=self.bound_to)
        self.html = crypto.encrypt(html, bound_to=self.bound_to) if html else ""

    def words(self) -> tuple[str, str]:
        """Text and HTML. Raises CannotDecrypt."""
        html = crypto.decrypt(self.html, bound_to=self.bound_to) if self.html else ""
        return crypto.decrypt(self.text, bound_to=self.bound_to), html

    def went_out(self) -> None:
        self.sent_at, self.text, self.html, self.error = timezone.now(), "", "", ""
        self.save(update_fields=["sent_at", "text", "html", "error"])

    def failed(self, error: str) -> None:
        self.error = error[:200]
        if self.attempts >= ATTEMPTS:
            self.given_up_at, self.text, self.html = timezone.now(), "", ""
        self.save(update_fields=["error", "given_up_at", "text", "html"])
