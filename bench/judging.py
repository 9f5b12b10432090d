"""What a scan said, held against a manifest: what was found of it, what was missed, what was said besides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from scans.checks import RULES
from scans.snapshot import Confidence, Problem, Severity
from tests.sites.plan import Want

# What the lab's clock says depends on who else uses this machine: elsewhere than planted it is no fault of a rule.
TIMED = frozenset({"performance.lcp", "performance.blocking-time", "performance.ttfb"})
Key = tuple[str, str]  # path of the page, rule


@dataclass
class Verdict:
    """Counts by rule. `missed` and `false` say what exactly; `weather` are figures of the clock besides, `skipped` rows
    of rules that do not exist (yet)."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    weather: list[str] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)

    @property
    def recall(self) -> float:
        return _share(self.found.total(), self.wanted.total())

    @property
    def precision(self) -> float:
        return _share(self.found.total(), self.found.total() + self.extra.total())

    def add(self, other: Verdict) -> None:
        for name in ("wanted", "found", "extra"):
            getattr(self, name).update(getattr(other, name))
        for name in ("missed", "false", "weather"):
            getattr(self, name).extend(getattr(other, name))
        self.skipped |= other.skipped


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def judge(
    problems: Iterable[Problem], base: str, manifest: Mapping[Key, Want], silent: Set[Key] = frozenset()
) -> Verdict:
    """`base` is the site's URL: what follows it is the page's path. A remark (info) counts as false only where the
    manifest asks for silence."""
    verdict = Verdict()
    said: dict[Key, dict[str, Problem]] = defaultdict(dict)
    for problem in problems:
        said[_path(problem.url, base), problem.rule].setdefault(_what(problem), problem)
    for key, want in manifest.items():
        if want.rule not in RULES:
            verdict.skipped.add(want.rule)
        else:
            _compare(verdict, key, want, said.pop(key, {}))
    for (path, rule), things in said.items():
        for problem in things.values():
            _besides(verdict, path, problem, (path, rule) in silent)
    return verdict


def _path(url: str, base: str) -> str:
    return url.replace(base, "/", 1) if url.startswith(base) else url


def _what(problem: Problem) -> str:
    """The same thing at two widths is one."""
    return problem.element.selector if problem.element else str(problem.evidence.get("target", "")) or problem.message


def _compare(verdict: Verdict, key: Key, want: Want, things: dict[str, Problem]) -> None:
    path, rule = key
    right = {what: p for what, p in things.items() if _fits(p, want) and (not want.at or what in want.at)}
    names = want.at or tuple(f"{n + 1} of {want.count or 1}" for n in range(want.count or 1))
    lost = [name for name in names if name not in right] if want.at else list(names[len(right) :])
    most = len(right) if want.count is None else min(len(right), want.count)
    verdict.wanted[rule] += max(len(names), most)
    verdict.found[rule] += most
    verdict.missed += [f"{rule} on {path}: {name}" for name in lost]
    for what in [what for what in things if what not in right] + list(right)[most:]:
        _besides(verdict, path, things[what], True)


def _fits(problem: Problem, want: Want) -> bool:
    return problem.confidence is want.confidence and want.severity in ("", problem.severity)


def _besides(verdict: Verdict, path: str, problem: Problem, counts: bool) -> None:
    if problem.severity is Severity.INFO and not counts:
        return
    where = f" {problem.element.selector}" if problem.element else ""
    doubt = " (needs review)" if problem.confidence is Confidence.NEEDS_REVIEW else ""
    line = f"{problem.rule}{doubt} on {path}{where}: {problem.message[:160]}"
    if problem.rule in TIMED:
        verdict.weather.append(line)
    else:
        verdict.extra[problem.rule] += 1
        verdict.false.append(line)


def table(verdict: Verdict) -> str:
    """One line a rule, then all together."""
    rows = [f"{'rule':45} {'wanted':>6} {'found':>6} {'false':>6} {'recall':>8} {'precision':>10}"]
    for rule in sorted({*verdict.wanted, *verdict.extra}):
        rows.append(_row(rule, verdict.wanted[rule], verdict.found[rule], verdict.extra[rule]))
    rows.append(_row("all", verdict.wanted.total(), verdict.found.total(), verdict.extra.total()))
    return "\n".join(rows)


def _row(name: str, wanted: int, found: int, extra: int) -> str:
    recall = f"{_share(found, wanted):.1%}" if wanted else "-"
    precision = f"{_share(found, found + extra):.1%}"
    return f"{name:45} {wanted:6} {found:6} {extra:6} {recall:>8} {precision:>10}"
