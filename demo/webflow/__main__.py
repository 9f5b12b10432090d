"""python -m demo.webflow --port 8020 [--site-ports 8021,8022,…] [--redirect-uri http://127.0.0.1:8000/*]"""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from demo.webflow.sample import sample_account
from demo.webflow.server import StandIn


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo.webflow", description="A stand-in for Webflow on this machine.")
    parser.add_argument("--port", type=int, default=8020)
    parser.add_argument(
        "--site-ports", default="", help="two per site, production and staging; else those after --port"
    )
    parser.add_argument("--redirect-uri", action="append", help="of the app; one that ends in * allows what begins so")
    parser.add_argument("--hook-retry-seconds", type=float, default=600.0)
    options = parser.parse_args()
    account = sample_account(options.redirect_uri) if options.redirect_uri else sample_account()
    account.switches.hook_retry_seconds = options.hook_retry_seconds
    given = [int(port) for port in options.site_ports.split(",") if port]
    following = range(options.port + 1, options.port + 1 + 2 * len(account.sites))
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with StandIn(account, [options.port, *(given or following)]) as webflow:
        for site in account.sites.values():
            sys.stdout.write(f"{site.name}: {webflow.production_url(site)}  staging {webflow.staging_url(site)}\n")
        sys.stdout.write(f"Designer {webflow.url}/  API {webflow.api_url}\n")
        sys.stdout.flush()
        done.wait()


if __name__ == "__main__":
    main()
