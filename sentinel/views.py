"""The edges that belong to no app: what machines ask (health, readiness, metrics) and well-known files."""

from __future__ import annotations

import time
from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import generate_latest

from sentinel.metrics import registry

READY_SECONDS = 2.0
SECURITY_TXT_DAYS = 180


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a slow database never gets healthy processes killed."""
    return HttpResponse("ok\n", content_type="text/plain")


class Readiness:
    """Whether this process may get traffic: the database answers and knows every migration. The answer is kept for
    READY_SECONDS, so that any number of load balancers cost one query."""

    def __init__(self) -> None:
        self._until = 0.0
        self._problem = ""

    def problem(self) -> str:
        """What is missing, "" when nothing is."""
        now = time.monotonic()
        if now >= self._until:
            self._problem = _missing()
            self._until = now + READY_SECONDS
        return self._problem


readiness = Readiness()


def _missing() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "the database does not answer"
    return f"{len(plan)} migrations are not applied" if plan else ""


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    problem = readiness.problem()
    return HttpResponse(f"{problem or 'ready'}\n", status=503 if problem else 200, content_type="text/plain")


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read_metrics(request):
        return HttpResponse("A bearer token is needed.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    response: HttpResponse = ExportToDjangoView(request)
    response.write(generate_latest(registry))
    return response


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.EMBEDDED or _is_loopback(request):
        return True
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return (
        bool(settings.METRICS_TOKEN)
        and scheme.lower() == "bearer"
        and constant_time_compare(token, settings.METRICS_TOKEN)
    )


def _is_loopback(request: HttpRequest) -> bool:
    """Asked on this machine, and not by a proxy for somebody else."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "robots.txt", content_type="text/plain")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116: who to tell about a hole, and until when this may be believed."""
    expires = (timezone.now() + timedelta(days=SECURITY_TXT_DAYS)).replace(microsecond=0)
    context = {"contact": settings.SERVER_EMAIL, "expires": expires.isoformat(), "base_url": settings.BASE_URL}
    return render(request, "security.txt", context, content_type="text/plain")


@require_safe
def favicon(request: HttpRequest) -> HttpResponsePermanentRedirect:
    """For browsers that ask for it unasked."""
    return HttpResponsePermanentRedirect(static("img/favicon.svg"))
