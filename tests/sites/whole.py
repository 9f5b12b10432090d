"""What only the whole site shows: pages that nobody links or lists, and the way to them."""

from __future__ import annotations

from tests.sites.links import listed
from tests.sites.plan import Family, Page, Want, want


def _step(n: int) -> Page:
    """Two clicks from the start is step 1; step 4 is five clicks away."""
    link = listed(f'<a class="note-link" href="/site/step-{n + 1}">Step number {n + 1}</a>') if n < 4 else ""
    return Page(
        f"/site/step-{n}", f"Down the stairs, step number {n}", link, linked=n == 1,
        wants=(want("site.deep-page"),) if n == 4 else (), silent=() if n == 4 else ("site.deep-page",),
    )  # fmt: skip


_PAGES = (
    *(_step(n) for n in range(1, 5)),
    Page("/site/orphan", "The page that nobody links", linked=False, wants=(want("site.orphan-page"),)),
    Page("/site/thank-you-orphan/thank-you", "Thank you for coming by", linked=False, silent=("site.orphan-page",)),
    Page("/site/unlisted", "The page that no list knows", listed=False, wants=(want("site.sitemap-incomplete"),)),
    Page("/site/unlisted-double", "The page that has a main address", listed=False, edits=(
        ('http://[main]/site/unlisted-double" rel="canonical"', 'http://[main]/site/step-1" rel="canonical"'),),
        silent=("site.sitemap-incomplete",)),
)  # fmt: skip

FAMILY = Family(
    "site",
    "The whole house",
    _PAGES,
    listed=("http://[main]/site/gone-from-list", "http://[main]/links/old-address", "https://shop.clay.org/plates"),
    wants=(
        Want("site.sitemap-broken-url", page="/site/gone-from-list"),
        Want("site.sitemap-broken-url", page="/links/old-address"),
        Want("site.sitemap-broken-url", page="https://shop.clay.org/plates"),
    ),
)
