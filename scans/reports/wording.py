"""The engine's words in people's: why a URL was left out, why a page could not be opened, what to do about a scan that
did not end well. A word that is not listed is shown with its dashes taken out, so nothing is ever hidden."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from scans.checks import RULES
from scans.models import Issue, Page, Scan, ScanState
from scans.snapshot import Category

SKIPPED = {
    "robots": "Closed by robots.txt",
    "budget": "Beyond this scan's page limit",
    "depth": "Too many clicks from the start page",
    "scope": "On another site",
    "out-of-scope": "On another site",
    "host": "On another site",
    "trap": "Looks endless (a calendar, a filter, a loop)",
    "pattern": "Too many pages of one kind",
    "query": "Another view of a page already scanned",
    "duplicate": "The same page under another address",
    "file": "A file, not a page",
    "not-a-page": "A file, not a page",
    "scheme": "Not a web address",
    "malformed": "Not a valid address",
    "too-long": "The address is too long",
    "blocked": "Refused by our safety policy",
    "login": "Needs a login",
    "logout": "Would log out or delete something",
    "excluded": "Excluded in the site's settings",
    "deadline": "The scan's time was over",
    "cancelled": "The scan was cancelled",
}

VISIT_ERRORS = {
    "timeout": "The page did not finish loading in time.",
    "crashed": "The page crashed the browser twice.",
    "blocked": "The page was refused by our safety policy.",
    "not-a-page": "The address answers with a file, not with a page.",
    "navigation": "The browser could not open the page.",
    "limit": "The page reached a safety limit and was closed.",
    "browser": "The browser was lost while the page was open, and again on the second try.",
}

FETCH_ERRORS = {
    "blocked": "The address leads to a private network, so we do not open it.",
    "dns": "The host name does not resolve.",
    "refused": "The server refused the connection.",
    "tls": "The certificate is not valid.",
    "timeout": "The server did not answer in time.",
    "reset": "The server closed the connection.",
    "redirect-loop": "The redirects never end.",
    "too-large": "The page is larger than we read.",
    "protocol": "The answer is no valid HTTP.",
}


def plain(word: str) -> str:
    return word.replace("-", " ").replace("_", " ").strip().capitalize()


def skip_reason(word: str) -> str:
    return SKIPPED.get(word) or plain(word)


def visit_error(page: Page) -> str:
    """`visit_error` is kept as "word: detail"."""
    word, _, detail = page.visit_error.partition(":")
    if not word:
        return ""
    said = VISIT_ERRORS.get(word.strip(), plain(word) + ".")
    return f"{said} ({detail.strip()})" if detail.strip() else said


def fetch_error(page: Page) -> str:
    return FETCH_ERRORS.get(page.error, plain(page.error) + ".") if page.error else ""


def category_label(word: str) -> str:
    return Category(word).label if word in set(Category) else plain(word)


def title_of(issue: Issue) -> str:
    """The rule's; of a rule of the customer's own, the name they gave it."""
    return issue.title if issue.category == Category.CUSTOM else rule_title(issue.rule) or issue.title


def rule_title(rule_id: str) -> str:
    """ "" for a rule that does not exist (any more)."""
    rule = RULES.get(rule_id)
    return rule.title if rule else ""


def help_of(issue: Issue) -> str:
    rule = RULES.get(issue.rule)
    return rule.help if rule else ""


def safe_href(url: str) -> str:
    """The URL if a browser may follow it, else "": scanned sites name `javascript:` and worse."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scan ended when it did not end well: `tone` is a Bootstrap-like word, `advice` what the reader can do."""

    tone: str
    title: str
    reason: str
    advice: str


def ending(scan: Scan) -> Ending | None:
    if scan.state == ScanState.FAILED:
        return Ending(
            "danger",
            "This scan failed",
            scan.reason or "The scanner could not finish and gave no reason.",
            "Check that the site opens in a private window, then scan again.",
        )
    if scan.state == ScanState.PARTIAL:
        return Ending(
            "warning",
            "This report is not complete",
            scan.reason or "Some pages could not be opened.",
            "What was seen is below and counts. The list of pages says why each of the others could not be opened; "
            "scan again to try them once more.",
        )
    if scan.state == ScanState.CANCELLED:
        return Ending(
            "neutral",
            "This scan was cancelled",
            scan.reason or "It was stopped before it had seen every page.",
            "What was found until then is kept. Issues of pages that were not reached are neither open nor fixed.",
        )
    return None
