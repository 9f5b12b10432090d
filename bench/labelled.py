"""Pages whose barriers others have labelled: what is found of them, beside what other tools found.

    gds.json   [{barrier, page, results: {tool: "error" | "warning" | "manual" | "notfound" | …}}]
    act.json   [{rule, path, expected: "passed" | "failed" | "inapplicable", tools: {tool: the same or null}}]

A GDS barrier counts as found when one of the rules that speak of it (`SPEAKS_OF`) says something on its page. An ACT
case is judged by the axe rules that name its rule in their metadata: on a failed case one of them has to be violated or
in doubt, on a passed one none of them may be a confirmed problem of serious or worse."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from bench.serve import Handler
from scans.snapshot import Confidence, Problem, Severity

AXE = Path(__file__).resolve().parent.parent / "static" / "vendor" / "axe-core" / "axe.min.js"
Scan = Callable[[str], list[Problem]]
Case = dict[str, Any]
SAID = ("error", "error_paid", "warning", "identified")

# by words of the barrier's file name; every other barrier is one that no rule speaks of
SPEAKS_OF = {
    "scroll-horizontally": ("layout.horizontal-overflow",),
    "45-1": ("accessibility.color-contrast",),
    "71-so": ("accessibility.color-contrast", "accessibility.color-contrast-enhanced"),
    "blink-element": ("accessibility.blink",),
    "marquee": ("accessibility.marquee",),
    "very-small-text": ("layout.tiny-text",),
    "invalid-value-in-the-lang": ("accessibility.html-lang-valid",),
    "empty-heading": ("accessibility.empty-heading",),
    "text-formatting-used": ("accessibility.p-as-heading",),
    "improperly-nested-lists": ("accessibility.list", "accessibility.listitem"),
    "only-has-th": ("accessibility.th-has-data-cells", "accessibility.empty-table-header"),
    "empty-table-header": ("accessibility.empty-table-header",),
    "presentation-role-has-non-empty": ("accessibility.aria-allowed-role",),
    "has-an-empty-alt": ("images.empty-alt",),
    "partial-text": ("images.suspicious-alt",),
    "video-file": ("accessibility.video-caption",),
    "by-colour-alone": ("accessibility.link-in-text-block",),
    "not-clearly-identifiable": ("accessibility.link-in-text-block",),
    "invalid-hypertext": ("links.placeholder", "links.malformed", "links.broken-internal", "links.broken-fragment"),
    "blank-link": ("accessibility.link-name",),
    "alt-text-repeats": ("accessibility.image-redundant-alt",),
    "same-text-go": ("accessibility.identical-links-same-purpose", "links.generic-text"),
    "image-button": ("accessibility.input-image-alt",),
    "empty-button": ("accessibility.button-name",),
    "clumsy": ("accessibility.label", "accessibility.select-name"),
    "has-no-label": ("accessibility.label", "accessibility.select-name"),
    "not-matching-id": ("accessibility.label", "accessibility.select-name"),
    "empty-label": ("accessibility.label",),
    "placeholder-no-label": ("accessibility.label",),
    "poor-colour-contrast": ("accessibility.color-contrast",),
    "non-unique-field": ("accessibility.form-field-multiple-labels", "accessibility.duplicate-id-aria"),
    "iframe": ("accessibility.frame-title",),
}  # fmt: skip


class Linked(Handler):
    """The folder, with a start page that links the `paths` and nothing else."""

    def __init__(self, *args: object, root: Path, paths: list[str]) -> None:
        self.paths = paths
        super().__init__(*args, root=root, delay_s=0, sitemap=False)

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/":
            return super().do_GET()
        rows = "".join(f'<li><a href="/{quote(path)}">{quote(path)}</a></li>' for path in self.paths)
        page = f'<!doctype html><html lang="en"><title>Labelled pages</title><main><ul>{rows}</ul></main></html>'
        self._send(200, "text/html", page.encode())

    do_HEAD = do_GET


@contextmanager
def _served(root: Path, paths: list[str]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Linked, root=root, paths=paths))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # browsers hang up as they like
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _said(root: Path, paths: list[str], scan: Scan) -> dict[str, list[Problem]]:
    """By path below the root, without the ending that clean URLs leave out."""
    found: dict[str, list[Problem]] = defaultdict(list)
    with _served(root, paths) as url:
        for problem in scan(url):
            found[_key(unquote(urlsplit(problem.url).path).lstrip("/"))].append(problem)
    return found


def _key(path: str) -> str:
    return path.removesuffix(".html")


def gds(folder: Path, scan: Scan) -> tuple[str, ...]:
    """Lines to print."""
    cases: list[Case] = json.loads((folder / "gds.json").read_text())
    root = folder / "gds"
    said = _said(root, [Path(case["page"]).name for case in cases], scan)
    found: list[tuple[str, bool]] = []
    missed: list[tuple[str, bool]] = []
    others: Counter[str] = Counter()
    for case in cases:
        name = Path(case["page"]).name
        rules = next((rules for words, rules in SPEAKS_OF.items() if words in name), ())
        hit = any(problem.rule in rules for problem in said[_key(name)])
        (found if hit else missed).append((case["barrier"], bool(rules)))
        others.update(tool for tool, result in case["results"].items() if result in SAID)
    spoken = [barrier for barrier, known in missed if known]
    return (
        f"GDS: {len(found)} of {len(cases)} barriers found",
        f"GDS, what the pages load and the folder does not hold: {', '.join(_lost(said)) or 'nothing'}",
        f"GDS, others: {', '.join(f'{tool} {count}' for tool, count in others.most_common())}",
        *(f"GDS, missed although a rule speaks of it: {barrier}" for barrier in spoken),
    )


def _lost(said: dict[str, list[Problem]]) -> list[str]:
    """Styles and scripts without which a barrier may not be on its page at all."""
    problems = (problem for page in said.values() for problem in page if problem.rule == "resources.broken")
    return sorted({urlsplit(str(problem.evidence["target"])).path for problem in problems})


def act_rules() -> dict[str, set[str]]:
    """ACT rule → our ids of the axe rules that test it, from axe's own metadata."""
    found: dict[str, set[str]] = defaultdict(set)
    for piece in AXE.read_text(encoding="utf-8").split('{id:"')[1:]:
        name = piece.partition('"')[0]
        if ids := re.search(r"actIds:\[([^\]]*)\]", piece):
            for act in re.findall(r'"([a-z0-9]{6})"', ids[1]):
                found[act].add(f"accessibility.{name}")
    return found


def act(folder: Path, scan: Scan) -> tuple[str, ...]:
    """Lines to print."""
    cases: list[Case] = json.loads((folder / "act.json").read_text())
    said = _said(folder / "act", [_below(case) for case in cases], scan)
    rules = act_rules()
    spoken = [case for case in cases if case["rule"] in rules]
    counts = Counter[tuple[str, str]]()
    for case in spoken:
        mine = [p for p in said[_key(_below(case))] if p.rule in rules[case["rule"]]]
        sure = any(p.confidence is Confidence.CONFIRMED for p in mine)
        grave = any(p.confidence is Confidence.CONFIRMED and p.severity.rank <= Severity.SERIOUS.rank for p in mine)
        counts[case["expected"], "all"] += 1
        counts[case["expected"], "said"] += bool(mine)
        counts[case["expected"], "sure"] += sure
        counts[case["expected"], "grave"] += grave
    failed, passed = counts["failed", "all"], counts["passed", "all"]
    total = sum(case["expected"] == "failed" for case in cases)
    return (
        f"ACT: {counts['failed', 'said']} of {failed} failed cases found ({counts['failed', 'sure']} confirmed), "
        f"of rules that axe has; {total - failed} more failed cases are of ACT rules that none of ours speaks of",
        f"ACT: {counts['passed', 'grave']} of {passed} passed and {counts['inapplicable', 'grave']} of "
        f"{counts['inapplicable', 'all']} inapplicable cases are called a confirmed problem of serious or worse",
        *_others(cases, "ACT, others on all rules"), *_others(spoken, "ACT, others on the same rules"),
    )  # fmt: skip


def _below(case: Case) -> str:
    return str(case["path"]).removeprefix("act/")


def _others(cases: list[Case], title: str) -> Iterator[str]:
    for tool in sorted({tool for case in cases for tool in case["tools"]}):
        said = Counter((case["expected"], case["tools"].get(tool)) for case in cases)
        found, wrong = said["failed", "failed"], said["passed", "failed"]
        doubt = said["failed", "cantTell"]
        yield f"{title}: {tool} {found} failed cases ({doubt} more in doubt), {wrong} passed ones called failed"
