"""What the page's scripts say while it is open: uncaught errors, console errors, requests that fail.

Equal errors on many pages are one issue: the cause is the message without its numbers, hashes and query strings,
with the path of the script. What our own egress policy refused, and what follows from it, is never the site's fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scans.checks import addresses, hosts
from scans.checks.loading import environment_refused, failed, request_evidence, status_text
from scans.checks.registry import Rule, visit_check
from scans.snapshot import ConsoleLine, PageError, PageFacts, Problem, Request, Severity, Visit

UNCAUGHT = Rule(
    "javascript.uncaught-error",
    Severity.SERIOUS,
    "A script of the site crashes",
    "What the script does (menus, forms, animations, tracking) may stop working for visitors. The message names the "
    "script: code of your own is in Site settings > Custom code, in the page's settings (gear) > Custom code, or in a "
    "Code Embed.",
)
THIRD_PARTY = Rule(
    "javascript.third-party-error",
    Severity.MINOR,
    "A script from elsewhere crashes",
    "A tool that you embedded has a fault on this page. Check that it is still needed and up to date in Site settings "
    "> Custom code or Apps & Integrations, else tell its maker.",
)
CONSOLE = Rule(
    "javascript.console-error",
    Severity.MINOR,
    "A script reports an error",
    "Visitors do not see it, but the script says that something is wrong. Open the page, press F12 > Console and look "
    "for the line; code of your own is in Site settings > Custom code or in a Code Embed.",
)
FAILED = Rule(
    "javascript.failed-request",
    Severity.MODERATE,
    "A script asks for data and gets none",
    "A part of the page that loads its content by script stays empty or does not react. Check the address and the key "
    "in the script: Site settings > Custom code, the page's Custom code, or the Code Embed.",
)
DIALOG = Rule(
    "javascript.dialog-on-load",
    Severity.MODERATE,
    "A browser window pops up by itself",
    "Visitors have to close a grey box of the browser before they can read the page; often it is left over from "
    "testing. Look for alert(, confirm( or prompt( in Site settings > Custom code, the page's Custom code or a Code "
    "Embed, and remove it.",
)
LIBRARY = Rule(
    "javascript.duplicate-library",
    Severity.MINOR,
    "jQuery is loaded twice",
    "Webflow brings jQuery along; the second copy replaces it, costs loading time and can break interactions. Remove "
    "the script from Site settings > Custom code, the page's Custom code or the Code Embed.",
)
RUNTIME = Rule(
    "javascript.webflow-runtime-missing",
    Severity.CRITICAL,
    "Webflow's script is missing, so content stays hidden",
    "Interactions hide elements first and show them by Webflow's script; without it they never appear. Publish the "
    "site again, and check that no script of yours in Site settings > Custom code removes or blocks it.",
)

_HARMLESS = re.compile(r"ResizeObserver loop|^Script error\.?$|(?:chrome|moz|safari-web)-extension://", re.IGNORECASE)
_BROWSERS_OWN = re.compile(
    r"Failed to load resource|blocked by CORS policy|net::ERR_|^Mixed Content|\[Report Only\]|ERR_BLOCKED_BY|"
    r"GL Driver Message|third-party cookie",
    re.IGNORECASE,
)
_FOLLOWS_FROM_REFUSAL = re.compile(
    r"is not defined|is not a function|Failed to fetch|NetworkError|Load failed|Loading chunk|"
    r"dynamically imported module|Cannot read propert|undefined is not an object|is not a constructor",
    re.IGNORECASE,
)
_JQUERY = re.compile(
    r"/jquery(?:[-.@]?\d+(?:\.\d+){1,2})?(?:[-.](?:min|slim|slim\.min|[0-9a-f]{8,}|min\.[0-9a-f]{8,}))?\.js$", re.I
)
_RUNTIME = re.compile(r"/webflow(?:[.-][\w.-]+)?\.js$", re.IGNORECASE)
_DIALOGS = {"alert": "an alert", "confirm": "a question", "prompt": "a question"}
_URL = re.compile(r"https?://\S+")
_VARIES = re.compile(r"\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


@visit_check(UNCAUGHT, THIRD_PARTY)
def uncaught_errors(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    refused = _script_was_refused(visit)
    for error in visit.errors:
        if _is_harmless(error, refused):
            continue
        own = not error.source or hosts.is_own(error.source, page)
        yield _crash(UNCAUGHT if own else THIRD_PARTY, page, error)


def _is_harmless(error: PageError, refused: bool) -> bool:
    if _HARMLESS.search(error.message) or error.source.split("://")[0].endswith("-extension"):
        return True
    return refused and bool(_FOLLOWS_FROM_REFUSAL.search(error.message))


def _script_was_refused(visit: Visit) -> bool:
    """Whether the page misses a script or an answer that only our environment kept from it."""
    return any(r.kind in ("script", "xhr", "fetch") and environment_refused(r) for r in visit.requests)


def _crash(rule: Rule, page: PageFacts, error: PageError) -> Problem:
    return rule.problem(
        page.url,
        error.message,
        cause=_cause(error.message, error.source),
        source=error.source,
        stack=error.stack[:2000],
    )


@visit_check(CONSOLE)
def console_errors(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    said: set[str] = set()
    for line in visit.console:
        cause = _cause(line.text, line.url)
        if line.level == "error" and cause not in said and not _is_noise(line):
            said.add(cause)
            yield CONSOLE.problem(page.url, line.text, cause=cause, source=line.url, line=line.line)


def _is_noise(line: ConsoleLine) -> bool:
    return bool(
        not line.text.strip()
        or _HARMLESS.search(line.text)
        or _BROWSERS_OWN.search(line.text)
        or line.url.split("://")[0].endswith("-extension")
        or hosts.is_tracker(line.url)
    )


@visit_check(FAILED)
def failed_requests(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    said: set[str] = set()
    for request in visit.requests:
        cause = request.url.split("?")[0].split("#")[0]
        if (
            request.kind in ("xhr", "fetch")
            and failed(request)
            and not hosts.is_tracker(request.url)
            and cause not in said
        ):
            said.add(cause)
            yield _unanswered(page, request, cause)


def _unanswered(page: PageFacts, request: Request, cause: str) -> Problem:
    return FAILED.problem(
        page.url,
        f"A script asked for {request.url} and got: {status_text(request)}.",
        cause=cause,
        **request_evidence(request),
    )


@visit_check(DIALOG)
def dialog_on_load(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    if dialog := visit.dialog:
        yield DIALOG.problem(
            page.url,
            f"The page opens {_DIALOGS.get(dialog.kind, 'a dialog')} by itself: “{dialog.text[:200]}”.",
            cause=f"{dialog.kind} {_VARIES.sub('#', dialog.text)[:200]}",
            kind=dialog.kind,
            text=dialog.text,
        )


@visit_check(LIBRARY)
def duplicate_libraries(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    """jQuery by its file name; plugins of jQuery have other names."""
    scripts = dict.fromkeys(r.url for r in visit.requests if r.kind == "script" and r.status == 200)
    copies = [url for url in scripts if _JQUERY.search(addresses.split(url).path)]
    if len(copies) > 1:
        names = " and ".join(copies[:3])
        yield LIBRARY.problem(
            page.url, f"Loaded: {names}.", cause=" ".join(sorted(copies)), count=len(copies), scripts=copies
        )


@visit_check(RUNTIME)
def runtime_missing(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    hidden = [element for seen in visit.viewports for element in seen.hidden]
    runtime = [r for r in visit.requests if r.kind == "script" and _RUNTIME.search(addresses.split(r.url).path)]
    loaded = any(not failed(r) for r in runtime)
    if page.webflow.is_webflow and hidden and not loaded and visit.error is None:
        what = (
            f"{runtime[0].url} does not load: {status_text(runtime[0])}" if runtime else "The page loads no webflow.js"
        )
        yield RUNTIME.problem(
            page.url,
            f"{what}, and {len(hidden)} elements stay invisible.",
            element=hidden[0],
            cause="webflow.js",
            target=runtime[0].url if runtime else "",
            status=runtime[0].status if runtime else None,
            elements=len(hidden),
            hidden=[element.selector for element in hidden[:20]],
        )


def _cause(message: str, script: str) -> str:
    """The message without what differs from page to page, and the script without host cache-busters."""
    first = message.strip().splitlines()[0] if message.strip() else ""
    bare = _VARIES.sub("#", _URL.sub(lambda url: url[0].split("?")[0], first))
    return f"{bare[:200]} | {_VARIES.sub('#', addresses.split(script).path)}"
