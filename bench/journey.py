"""From pressing Scan to the first finding on the screen, in a browser, as a customer sees it.

    make run, then:  python -m bench.journey http://127.0.0.1:8000 EMAIL PASSWORD [--json]

Logs in, opens the first site, presses "Scan now" and watches. `first_finding_s` and `report_s` are seconds after the
press; `ratio` is the first finding's over one plain page of the same server."""

from __future__ import annotations

import argparse
import json
import os
import time

from playwright.sync_api import Page, sync_playwright

from scans.browser.chromium import find_chromium

LIMIT_MS = 300_000


def journey(page: Page, base: str, email: str, password: str) -> dict[str, float]:
    page.set_default_timeout(LIMIT_MS)
    page.goto(f"{base}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/overview/**")
    page.locator("main a[href*='/sites/']:not([href*=add])").first.click()
    began = time.perf_counter()
    page.reload()
    plain = time.perf_counter() - began
    button = page.get_by_role("button", name="Scan now")
    if page.get_by_role("button", name="More ways to scan").count():
        # a second scan would carry everything over and be done before anybody looks
        page.get_by_role("button", name="More ways to scan").click()
        button = page.get_by_role("button", name="Open every page anew")
    began = time.perf_counter()
    button.click()
    page.locator(".found li").first.wait_for()
    first = time.perf_counter() - began
    page.get_by_text("clear").first.wait_for()
    report = time.perf_counter() - began
    return {
        "plain_page_s": round(plain, 3),
        "first_finding_s": round(first, 2),
        "report_s": round(report, 2),
        "ratio": round(first / plain, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="ADDRESS")
    parser.add_argument("email")
    parser.add_argument("password")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    chromium = find_chromium(os.environ.get("CHROMIUM_PATH", ""))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        figures = journey(browser.new_page(), options.base.rstrip("/"), options.email, options.password)
        browser.close()
    if not options.json:
        for name, value in figures.items():
            print(f"{name:16} {value:>8}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
