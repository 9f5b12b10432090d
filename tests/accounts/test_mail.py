"""The outbox: no mail is lost, none goes out twice in the ordinary run, and no secret stays when it is out."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.core import mail as django_mail
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts import mail
from accounts.models import OutgoingMail
from accounts.models.mail import ATTEMPTS
from scans.queues import ALLOWED

pytestmark = pytest.mark.django_db

Capture = Callable[..., Any]
CONTEXT = {
    "inviter": "Mara & <b>Tom</b>",
    "workspace": "Studio\r\nBcc: all@example.com",
    "role": "Member",
    "link": "http://testserver/invitations/secret/",
    "days": 7,
    "email": "kim@example.com",
}


def kept(**context: str) -> OutgoingMail:
    mail.send_later("invitation", ["kim@example.com"], CONTEXT | context)
    return OutgoingMail.objects.get()


def nowhere(settings: Settings) -> None:
    """A mail server that refuses: a port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"


def test_the_words_are_rendered_at_once_and_cannot_break_out() -> None:
    row = kept()
    assert row.subject == "Mara & <b>Tom</b> invites you to Studio"
    assert "\n" not in row.subject
    assert "Mara & <b>Tom</b> invites you" in row.words()[0]
    assert "<b>Tom" not in row.words()[1]
    assert "Mara &amp; &lt;b&gt;Tom&lt;/b&gt;" in row.words()[1]


def test_a_worker_is_woken_with_the_id_alone_and_sends(
    django_capture_on_commit_callbacks: Capture, live_redis: Redis
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = kept()
    (job,) = django_rq.get_queue("default").jobs
    assert job.func_name in ALLOWED
    assert job.args == (str(row.pk),) or job.args == [str(row.pk)]
    assert mail.deliver(*job.args)
    assert not mail.deliver(*job.args), "once"
    (sent,) = django_mail.outbox
    assert sent.to == ["kim@example.com"]
    assert "secret" in sent.body
    row.refresh_from_db()
    assert row.sent_at
    assert not row.text
    assert not row.html


def test_without_a_queue_the_sweep_sends(django_capture_on_commit_callbacks: Capture, settings: Settings) -> None:
    settings.RQ_QUEUES = {"default": {"URL": "redis://127.0.0.1:1/0", "SERIALIZER": "rq.serializers.JSONSerializer"}}
    with django_capture_on_commit_callbacks(execute=True):
        kept()
    assert mail.sweep() == 1
    assert mail.sweep() == 0
    assert len(django_mail.outbox) == 1


def test_a_mail_that_was_rolled_back_wakes_nobody(live_redis: Redis) -> None:
    kept()
    assert django_rq.get_queue("default").count == 0


def test_a_mail_server_that_is_down_is_tried_again_and_given_up_in_the_end(settings: Settings) -> None:
    row = kept()
    nowhere(settings)
    assert not mail.deliver(str(row.pk))
    assert mail.sweep() == 0, "not due again yet"
    row.refresh_from_db()
    assert (row.attempts, row.error) == (1, "ConnectionRefusedError")
    assert row.next_try_at > timezone.now()
    assert "secret" in row.words()[0]
    past = timezone.now() - timedelta(seconds=1)
    OutgoingMail.objects.update(attempts=ATTEMPTS - 1, next_try_at=past)
    mail.sweep()
    row.refresh_from_db()
    assert row.given_up_at
    assert not row.text


def test_two_workers_claim_a_mail_once() -> None:
    row, now = kept(), timezone.now()
    assert [OutgoingMail.objects.claim(row.pk, now) for _ in range(2)] == [True, False]


def test_no_page_waits_for_the_mail_server(
    django_capture_on_commit_callbacks: Capture, settings: Settings, live_redis: Redis
) -> None:
    nowhere(settings)
    with django_capture_on_commit_callbacks(execute=True):
        mail.put(["kim@example.com"], "Hello", "Hello")
    assert not OutgoingMail.objects.get().attempts
