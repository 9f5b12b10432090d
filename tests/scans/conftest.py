from __future__ import annotations

from collections.abc import Iterator

import pytest

from scans.browser.pool import BrowserPool
from scans.browser.sizing import Limits
from scans.scanner import Scanner


@pytest.fixture(scope="module")
def scanner(chromium_path: str) -> Iterator[Scanner]:
    """A scanner with one browser, in this process."""
    with Scanner(BrowserPool(chromium_path, Limits(min_size=1, max_size=1))) as scanner:
        yield scanner
