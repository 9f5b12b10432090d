"""An account of many sites with many pages, for measuring a synchronisation."""

from __future__ import annotations

from demo.webflow.sample import CLIENT_ID, CLIENT_SECRET
from demo.webflow.state import Account, App, Domain, Page, Site, object_id


def big_account(sites: int = 200, pages: int = 100) -> Account:
    account = Account(App(CLIENT_ID, CLIENT_SECRET, redirect_uris=("http://127.0.0.1*", "http://testserver/*")))
    account.switches.rate_limit = 100_000
    for number in range(sites):
        site = _site(account, number, pages)
        account.sites[site.id] = site
    return account


def _site(account: Account, number: int, pages: int) -> Site:
    site = Site(object_id(f"big {number}"), account.workspace_id, f"Site {number}", f"site-{number}")
    site.domains.append(Domain(object_id(f"big domain {number}"), f"www.site-{number}.example"))
    site.last_published = site.last_updated
    for count in range(pages):
        page = Page(object_id(f"big {number} {count}"), site.id, f"Page {count}", f"page-{count}" if count else "")
        page.seo_title, page.seo_description = f"Page {count} of site {number}", f"What page {count} is about."
        site.pages[page.id] = page
    return site
