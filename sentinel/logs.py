"""Logs: one line per event on stderr, readable on a terminal or as JSON for a collector. A scanned site's words stand
in JSON strings or behind `repr`, so they can forge no line."""

from __future__ import annotations

from typing import Any

import structlog


def configuration(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING. `form` is "console" or "json"."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    if form == "json":
        last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        last = [_one_line, structlog.dev.ConsoleRenderer(colors=False)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # a 404 or a refused form is the visitor's business
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }


def _one_line(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """No control character of a foreign text reaches the terminal."""
    event["event"] = "".join(char if char.isprintable() else " " for char in str(event.get("event", "")))
    return event
