"""How each peer is asked to look at the same pages with the same Chromium, and how its answer is counted.

pa11y-ci      its axe runner, two pages at once
Unlighthouse  its CI command: performance, accessibility, SEO and best practices, as it comes
linkinator    every link of the pages. Not recursively: in an exported site it runs away into the relative links of the
              404 page (9,000 pages of 38). With clean URLs, else it takes pages for folders; a host that does not
              answer is given up after 10 s, else it would never end

Occurrences are counted: a dead link on five pages five times, an element that breaks a rule of accessibility once for
each page and rule. Lighthouse's other audits are counted once a page."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CONCURRENCY = 2
PAGE_MS = 60_000
LINK_MS = 10_000
PASSES = 0.9  # Lighthouse's own line between green and not
ARGUMENTS = ["--no-sandbox"] if os.geteuid() == 0 else []


@dataclass(frozen=True, slots=True)
class Task:
    """`folder` is the tool's own and empty; what it prints goes into `answer`."""

    packages: Path
    folder: Path
    chromium: str
    site: str
    urls: list[str]

    @property
    def answer(self) -> Path:
        return self.folder / "answer.json"

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Answer:
    pages: int
    found: dict[str, int]


@dataclass(frozen=True, slots=True)
class Peer:
    """`read` may raise OSError, ValueError or KeyError when the tool did not get to its answer."""

    name: str
    command: Callable[[Task], list[str]]
    read: Callable[[Task], Answer]


def _pa11y(task: Task) -> list[str]:
    settings = {
        "concurrency": CONCURRENCY,
        "runners": ["axe"],
        "timeout": PAGE_MS,
        # with a context for each page, two at once close each other's: nine pages of ten fail
        "useIncognitoBrowserContext": False,
        "chromeLaunchConfig": {"executablePath": task.chromium, "args": ARGUMENTS},
    }
    config = task.write("pa11y.json", json.dumps({"defaults": settings, "urls": task.urls}))
    return ["node", str(task.packages / "pa11y-ci/bin/pa11y-ci.js"), "--config", config, "--json"]


def _read_pa11y(task: Task) -> Answer:
    results = json.loads(task.answer.read_text())["results"]
    # a page that could not be looked at has a message and no code
    seen = [issues for issues in results.values() if all("code" in issue for issue in issues)]
    return Answer(len(seen), {"accessibility": sum(map(len, seen))})


def _unlighthouse(task: Task) -> list[str]:
    settings = {
        "puppeteerOptions": {"executablePath": task.chromium, "args": ARGUMENTS},
        "chrome": {"useSystem": False},
    }
    config = task.write("unlighthouse.config.mjs", f"export default {json.dumps(settings)}\n")
    paths = ",".join(urlsplit(url).path or "/" for url in task.urls)
    command = ["node", str(task.packages / "@unlighthouse/cli/bin/unlighthouse-ci.mjs"), "--no-cache"]
    where = ["--root", str(task.folder), "--config-file", config, "--output-path", str(task.folder / "out")]
    return [*command, *where, "--site", task.site.rstrip("/"), "--urls", paths]


def _read_unlighthouse(task: Task) -> Answer:
    """From the report of each page: there are some even when it ran out of time."""
    reports = [json.loads(file.read_text()) for file in (task.folder / "out").rglob("lighthouse.json")]
    found: Counter[str] = Counter()
    for report in reports:
        for name, category in report["categories"].items():
            audits = [report["audits"][ref["id"]] for ref in category["auditRefs"]]
            found[name] += sum(_occurrences(audit, name) for audit in audits if _fails(audit))
    return Answer(len(reports), dict(found))


def _fails(audit: dict[str, Any]) -> bool:
    return audit["score"] is not None and audit["score"] < PASSES


def _occurrences(audit: dict[str, Any], category: str) -> int:
    elements = audit.get("details", {}).get("items", []) if category == "accessibility" else []
    return len(elements) or 1


def _linkinator(task: Task) -> list[str]:
    script = str(task.packages / "linkinator/build/src/cli.js")
    return ["node", script, *task.urls, "--clean-urls", "--format", "json", "--timeout", str(LINK_MS)]


def _read_linkinator(task: Task) -> Answer:
    broken = [link for link in json.loads(task.answer.read_text())["links"] if link["state"] == "BROKEN"]
    silent = sum(not link["status"] for link in broken)
    return Answer(len(task.urls), {"broken_links": len(broken) - silent, "unreachable_links": silent})


PEERS = (
    Peer("pa11y", _pa11y, _read_pa11y),
    Peer("unlighthouse", _unlighthouse, _read_unlighthouse),
    Peer("linkinator", _linkinator, _read_linkinator),
)
