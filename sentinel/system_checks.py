"""Combinations of settings that are legal one by one and dangerous together (`manage.py check --deploy`)."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from scans.browser.isolation import has_namespaces


@register(Tags.security, deploy=True)
def production_is_safe(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.EMBEDDED:
        return found
    if os.geteuid() == 0:
        found.append(Error("The process runs as root, so Chromium runs without its sandbox.", id="sentinel.E001"))
    if not has_namespaces():
        found.append(
            Warning("Chromium has no network namespace of its own: the proxy alone keeps it in.", id="sentinel.W002")
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(Error("EMBEDDED is off but the database is SQLite: set DATABASE_URL.", id="sentinel.E002"))
    if not settings.ENCRYPTION_KEYS:
        found.append(Error("ENCRYPTION_KEYS is empty: Webflow's tokens cannot be kept. Set it.", id="sentinel.E003"))
    if settings.SCAN_ALLOWED_HOSTS:
        opened = ", ".join(settings.SCAN_ALLOWED_HOSTS)
        found.append(Warning(f"SCAN_ALLOWED_HOSTS opens {opened} to every scan.", id="sentinel.W001"))
    return found
