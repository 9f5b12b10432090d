"""Mail: a row in the outbox first, sent by a worker after the transaction. The queue only wakes the worker up; what it
misses is found by the sweep, so a mail waits when Redis is down and is never lost. A worker that dies between sending
and noting it sends twice: better than never.

A mail is templates/emails/<template>.txt, whose first line is the subject, and <template>.html with the same words."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from smtplib import SMTPException
from typing import Any

import django_rq
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import OutgoingMail, Role, User, Workspace
from sentinel.crypto import CannotDecrypt

logger = logging.getLogger(__name__)

BATCH = 100


def send_later(template: str, to: Sequence[str], context: Mapping[str, Any]) -> None:
    """Writes the mail into the outbox, in the transaction of the caller. `BASE_URL` stands in the context as
    `base_url`, without a slash at its end."""
    values = {"base_url": settings.BASE_URL.rstrip("/"), **context}
    # plain text is no HTML: an ampersand in a name stays one
    plain = Engine.get_default().get_template(f"emails/{template}.txt").render(Context(values, autoescape=False))
    subject, _, text = plain.lstrip().partition("\n")
    html = render_to_string(f"emails/{template}.html", {"subject": subject.strip(), **values})
    put(to, subject, text.strip() + "\n", html)


def tell_managers(workspace: Workspace, template: str, context: Mapping[str, Any]) -> None:
    """A mail to each owner and admin of a workspace."""
    people = User.objects.filter(
        is_active=True, memberships__workspace=workspace, memberships__role__in=[Role.OWNER, Role.ADMIN]
    )
    for person in people:
        send_later(template, [person.email], context)


def put(to: Sequence[str], subject: str, text: str, html: str = "") -> None:
    """Puts a finished mail into the outbox and wakes a worker when the transaction is through."""
    mail = OutgoingMail(recipients=list(to), subject=" ".join(subject.split())[:255])
    mail.keep_words(text, html)
    mail.save(force_insert=True)
    transaction.on_commit(partial(_wake, mail.pk))


def _wake(mail_id: uuid.UUID) -> None:
    try:
        django_rq.get_queue("default").enqueue("accounts.mail.deliver", str(mail_id), result_ttl=0, failure_ttl=86_400)
    except RedisError as error:
        logger.warning("mail %s waits for the sweep: %s", mail_id, error)


def deliver(mail_id: str) -> bool:
    """Job: one attempt to send one mail; whether it went out now."""
    pk = uuid.UUID(mail_id)
    if not OutgoingMail.objects.claim(pk, timezone.now()):
        return False
    mail = OutgoingMail.objects.get(pk=pk)
    try:
        _send(mail)
    except (SMTPException, OSError, CannotDecrypt) as error:
        # the server's answer may quote the recipient: the kind of error is enough for the log
        logger.warning("mail %s not sent in attempt %d: %s", pk, mail.attempts, type(error).__name__)
        mail.failed(type(error).__name__)
        return False
    mail.went_out()
    return True


def _send(mail: OutgoingMail) -> None:
    text, html = mail.words()
    message = EmailMultiAlternatives(mail.subject, text, settings.DEFAULT_FROM_EMAIL, mail.recipients)
    if html:
        message.attach_alternative(html, "text/html")
    message.send()


def sweep() -> int:
    """Job, once a minute: sends what is due; returns how many went out."""
    due = OutgoingMail.objects.due().order_by("next_try_at").values_list("pk", flat=True)[:BATCH]
    return sum(deliver(str(pk)) for pk in due)
