"""The whole faulty site: its families in one tuple, and its manifest."""

from __future__ import annotations

from collections.abc import Sequence

from tests.sites import accessibility, content, forms, images, layout, links, metadata, scripts, webflow, whole
from tests.sites.plan import Family, Page, Want

FAMILIES: tuple[Family, ...] = (
    links.FAMILY, images.FAMILY, metadata.FAMILY, content.FAMILY, whole.FAMILY, forms.FORMS, layout.FAMILY,
    scripts.JAVASCRIPT, scripts.PERFORMANCE, forms.SECURITY, webflow.FAMILY, accessibility.FAMILY,
)  # fmt: skip


# families whose rules need no browser, and the rules on their pages that do
FETCHED = frozenset({"links", "metadata", "content", "site", "forms", "security", "webflow"})
SEEN = (
    "accessibility.",
    "layout.",
    "visual.",
    "security.vulnerable-library",
    "security.tracker",
    "forms.accepts-invalid",
)


def is_seen(rule: str) -> bool:
    """Only a browser can tell."""
    return rule.startswith(SEEN)


def pages(families: Sequence[Family] = FAMILIES) -> list[Page]:
    return [page for family in families for page in family.pages]


def manifest(families: Sequence[Family] = FAMILIES) -> dict[tuple[str, str], Want]:
    """(path, rule) → what has to be said there."""
    found: dict[tuple[str, str], Want] = {}
    for family in families:
        rows = [(page.path, row) for page in family.pages for row in page.wants]
        for path, row in [*rows, *(("", row) for row in family.wants)]:
            key = (row.page or path, row.rule)
            assert key not in found, f"{key} is asked for twice"
            found[key] = row
    return found


def silent(families: Sequence[Family] = FAMILIES) -> set[tuple[str, str]]:
    """(path, rule) where even a remark is a false alarm."""
    return {(page.path, rule) for page in pages(families) for rule in page.silent}
