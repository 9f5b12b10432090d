"""Which Chromium is used and how it is started.

In: the path from the environment, if any. Out: a connected browser that reaches the outside through our proxy only,
inside its sandbox, with an empty environment and a scratch folder of its own. Each flag here was measured to work; the
proxy is the control (`scans.browser.proxy`), the flags are the second line.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.async_api import Browser, CDPSession, Playwright

from scans.browser.driver import environment

OLDEST = 120
LAUNCH_TIMEOUT_S = 20.0
MARGIN_S = 5.0
SMALL_SHM = 1 << 30
# The headless shell comes first: the same engine without a window, and quicker (bench.scan).
NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
)
PLAYWRIGHTS = (
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium_headless_shell-*/*/headless_shell",
    "chromium-*/*/chrome",
)
INSTALL = "Install one (apt install chromium, or: playwright install chromium) or name it in CHROMIUM_PATH."
# The last --disable-features wins, so Playwright's own list is said again, before what costs a process of 20 to 45 MB.
NO_FEATURES = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"
)
FLAGS = (
    f"--disable-features={NO_FEATURES}",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # no UDP past the proxy
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # Chromium itself resolves nothing, the proxy does
    "--js-flags=--max-old-space-size=512 --optimize-for-size",  # a quarter less memory at no cost in time (measured)
)
UNBLOCKED = ("--disable-popup-blocking",)  # Playwright's default that lets every page open windows


class ChromiumMissing(Exception):
    """No usable Chromium; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """`executable` is Chromium or the door to it (`isolation`), `proxy` the URL of our egress proxy, `scratch` an empty
    folder that becomes HOME. No sandbox as root: Chromium refuses to start with one, which `check --deploy` reports."""

    executable: Path
    proxy: str
    scratch: Path
    sandbox: bool = os.geteuid() != 0


@dataclass(frozen=True, slots=True)
class Chromium:
    """A started browser: its CDP session, the ids of its main process and of its process group, its profile folder."""

    browser: Browser
    cdp: CDPSession
    pid: int
    group: int
    profile: Path | None


def find_chromium(configured: str = "") -> Path | None:
    """The configured program, else Playwright's own, else the system's; None when there is none."""
    if configured:
        found = shutil.which(configured)
        if not found:
            raise ChromiumMissing(f"CHROMIUM_PATH is {configured!r}, but there is no such program. {INSTALL}")
        return Path(found)
    return _playwrights_own() or next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def _playwrights_own() -> Path | None:
    """The newest that `playwright install` put down, found without starting Playwright's driver to ask."""
    registry = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "") or Path.home() / ".cache" / "ms-playwright")
    for pattern in PLAYWRIGHTS:
        found = [program for program in registry.glob(pattern) if os.access(program, os.X_OK)]
        if found:
            return max(found, key=lambda program: int(program.parents[1].name.rpartition("-")[2]))
    return None


async def launch(playwright: Playwright, options: LaunchOptions) -> Chromium:
    """Raises ChromiumMissing when the program is no Chromium we can use, Playwright's Error or TimeoutError when it
    does not start. Whoever called ends what is left of it, by its scratch folder."""
    # Playwright's own deadline is kept by its driver, which may hang itself
    async with asyncio.timeout(LAUNCH_TIMEOUT_S + MARGIN_S):
        browser = await _launched(playwright, options)
        _check_version(browser.version)
        cdp = await browser.new_browser_cdp_session()
        processes = (await cdp.send("SystemInfo.getProcessInfo"))["processInfo"]
    pid = next(int(process["id"]) for process in processes if process["type"] == "browser")
    return Chromium(browser, cdp, pid, os.getpgid(pid), _profile(pid))


async def _launched(playwright: Playwright, options: LaunchOptions) -> Browser:
    return await playwright.chromium.launch(
        executable_path=options.executable,
        chromium_sandbox=options.sandbox,
        args=list(FLAGS),
        ignore_default_args=[*UNBLOCKED, *(() if _small_shm() else ("--disable-dev-shm-usage",))],
        env={**environment(options.scratch)},
        proxy={"server": options.proxy},
        timeout=LAUNCH_TIMEOUT_S * 1000,
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


def _check_version(version: str) -> None:
    if int(version.partition(".")[0]) < OLDEST:
        raise ChromiumMissing(f"This is Chromium {version}; {OLDEST} or newer is needed. {INSTALL}")


def _small_shm() -> bool:
    try:
        return shutil.disk_usage("/dev/shm").total < SMALL_SHM  # noqa: S108
    except OSError:
        return True


def _profile(pid: int) -> Path | None:
    """The folder that Playwright made for the profile: it removes it at close, but not when the browser is killed."""
    prefix = "--user-data-dir="
    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return None
    return next((Path(word.removeprefix(prefix)) for word in words if word.startswith(prefix)), None)
