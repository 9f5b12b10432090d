"""What `manage.py check --deploy` says of this system's ways to keep Chromium in."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from django.conf import settings

from scans.browser.isolation import has_namespaces
from sentinel.system_checks import production_is_safe


@pytest.fixture(autouse=True)
def _production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "EMBEDDED", False)
    has_namespaces.cache_clear()
    yield
    monkeypatch.undo()
    has_namespaces.cache_clear()


def said() -> set[str]:
    return {str(message.id) for message in production_is_safe(None)}


def test_system_that_forbids_namespaces_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "sentinel.W002" in said()


def test_system_that_allows_them_is_not() -> None:
    assert ("sentinel.W002" in said()) is not has_namespaces()
