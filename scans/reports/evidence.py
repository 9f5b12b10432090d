"""What a check wrote down as evidence, as lines a person reads: a measured contrast with its colours, a picture's own
size beside the one it is shown at, redirects one below the other, times and weights in round units.

Evidence is the check's own dictionary with a scanned site's words in it: everything is plain text here, bounded, and
only http and https become links.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scans.models import Finding
from scans.reports.wording import FETCH_ERRORS, plain, safe_href

LIST_SHOWN = 20
TEXT_SHOWN = 600
_LABELS = {
    "alt": "Alternative text",
    "around": "In the sentence",
    "axe_rule": "axe rule",
    "axe_says": "axe says",
    "block": "Code",
    "cls": "Layout shift (CLS)",
    "cold": "Empty cache",
    "fcp_ms": "First content (FCP)",
    "help_url": "Read more",
    "host": "Main host",
    "lcp_ms": "Main content (LCP)",
    "moved": "What moved",
    "needed": "Needed",
    "pixels": "Width in search results",
    "robots_status": "robots.txt answers",
    "runs": "Runs",
    "same": "Also on",
    "says": "The page says",
    "sources": "Linked from",
    "space": "Room to tap",
    "src": "Source",
    "tbt_ms": "Blocking time (TBT)",
    "total": "Whole page",
    "ttfb_ms": "First byte (TTFB)",
    "url": "Address",
    "href": "Link",
    "target": "Address",
    "wcag": "WCAG criterion",
}
_FIRST = ("target", "status", "chain", "final_url", "error", "contrast", "natural", "shown", "bytes")
_LAST = ("axe_says", "axe_rule", "wcag", "help_url")
_BYTES = ("bytes", "could_save", "total")
_PIXELS = ("pixels", "width", "height", "space", "scroll_width", "font_px")
# a status, a year and a line of a script are names more than figures
_AS_THEY_ARE: dict[str, Callable[[float], str]] = dict.fromkeys(
    ("status", "robots_status", "year", "this_year", "line"), str
) | {"share": "{:.0%}".format}
_COLOUR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)

Evidence = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the evidence: a text, a link, colours, or a list of texts. `colours` are hex, checked."""

    label: str
    value: str = ""
    href: str = ""
    items: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()


def facts(finding: Finding) -> list[Fact]:
    kept: dict[str, Any] = dict(finding.evidence) if isinstance(finding.evidence, dict) else {}
    lines: dict[str, Fact] = {}
    for joined in (_contrast, _picture, _box, _chain):
        lines |= joined(kept)
    lines |= {key: _fact(key, value) for key, value in kept.items()}
    keys = [key for key in _FIRST if key in lines]
    keys += [key for key in lines if key not in _FIRST and key not in _LAST]
    keys += [key for key in _LAST if key in lines]
    return [lines[key] for key in keys if lines[key].value or lines[key].items]


def _contrast(kept: dict[str, Any]) -> dict[str, Fact]:
    """Takes the figures of a measured contrast out of `kept`."""
    if not isinstance(kept.get("contrast"), int | float):
        return {}
    ratio, needed = kept.pop("contrast"), kept.pop("needed", None)
    said = f"{_number(ratio)} : 1" + (f", {_number(needed)} : 1 is needed" if isinstance(needed, int | float) else "")
    lines = {"contrast": Fact("Contrast", said)}
    colours = [str(kept.pop(name)) for name in ("foreground", "background", "surrounding") if name in kept]
    if len(colours) == 2 and all(_COLOUR.fullmatch(colour) for colour in colours):
        lines["colours"] = Fact("Colours", " on ".join(colours), colours=tuple(colours))
    size, weight = kept.pop("font_px", None), kept.pop("font_weight", "")
    if isinstance(size, int | float):
        lines["font"] = Fact("Text", f"{_number(size)} px, {_text(weight)}".rstrip(", "))
    return lines


def _picture(kept: dict[str, Any]) -> dict[str, Fact]:
    lines = {}
    for key, label in (("natural", "File"), ("shown", "Shown at")):
        if _is_pair(kept.get(key)):
            lines[key] = Fact(label, _size(*kept.pop(key)))
    return lines


def _box(kept: dict[str, Any]) -> dict[str, Fact]:
    """A width and height that belong together, and the least they should be."""
    if not _is_pair([kept.get("width"), kept.get("height")]):
        return {}
    lines = {"size": Fact("Size", _size(kept.pop("width"), kept.pop("height")))}
    needed = kept.get("needed")
    if _is_pair(needed):
        lines["needed"] = Fact("Needed", f"at least {_size(*kept.pop('needed'))}")
    elif isinstance(needed, int | float):
        lines["needed"] = Fact("Needed", f"at least {_size(needed, needed)}")
        del kept["needed"]
    return lines


def _chain(kept: dict[str, Any]) -> dict[str, Fact]:
    """The redirects in their order, each with its answer, and the address they end at."""
    hops = kept.pop("chain", None)
    if not isinstance(hops, list) or not hops:
        return {}
    end, status = kept.pop("final_url", ""), kept.get("status")
    items = [_hop(hop) for hop in hops[:LIST_SHOWN]]
    if end:
        items.append(f"{status if status is not None else 'no answer'} · {_text(end)}")
    return {"chain": Fact("Redirects", items=tuple(items))}


def _hop(hop: Any) -> str:
    if isinstance(hop, dict) and {"url", "status"} <= hop.keys():
        return f"{_text(hop['status'])} · {_text(hop['url'])}"
    return _text(hop)


def _fact(key: str, value: Any) -> Fact:
    label = _LABELS.get(key) or plain(key)
    if isinstance(value, list):
        items = [_entry(entry) for entry in value[:LIST_SHOWN]]
        more = len(value) - LIST_SHOWN
        return Fact(label, items=tuple([*items, f"and {more:,} more"] if more > 0 else items))
    if isinstance(value, dict):
        return Fact(label, items=tuple(f"{plain(str(name))}: {_text(entry)}" for name, entry in value.items()))
    if key == "error" and isinstance(value, str):
        return Fact(label, FETCH_ERRORS.get(value, value[:TEXT_SHOWN]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fact(label.removesuffix(" ms").removesuffix(" px"), _unit(key)(value))
    text = _text(value)
    return Fact(label, value=text, href=safe_href(text))


def _entry(entry: Any) -> str:
    """One entry of a list; a file with its weight as "hero.jpg, 1.2 MB"."""
    if isinstance(entry, dict) and "target" in entry:
        rest = [
            _unit(name)(part) if _is_figure(part) else _text(part) for name, part in entry.items() if name != "target"
        ]
        return ", ".join(part for part in (_text(entry["target"]), *rest) if part)
    if isinstance(entry, dict):
        return ", ".join(f"{name}: {_text(part)}" for name, part in entry.items())
    return " · ".join(map(_text, entry)) if isinstance(entry, list) else _text(entry)


def _unit(key: str) -> Callable[[float], str]:
    if key in _BYTES:
        return weight
    if key.endswith("_ms"):
        return time
    if key in _PIXELS:
        return lambda value: f"{_number(value)} px"
    return _AS_THEY_ARE.get(key, _number)


def weight(size: float) -> str:
    if size < 1000:
        return f"{_number(size)} bytes"
    return f"{size / 1_000_000:,.1f} MB" if size >= 1_000_000 else f"{size / 1000:,.0f} kB"


def time(ms: float) -> str:
    return f"{ms / 1000:,.1f} s" if ms >= 1000 else f"{ms:.0f} ms"


def _size(width: float, height: float) -> str:
    return f"{_number(width)} × {_number(height)} px"


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_figure, value))


def _number(value: float) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:,.1f}".rstrip("0").rstrip(".")
    return f"{value:,}"


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _number(value) if isinstance(value, float) else str(value)[:TEXT_SHOWN]
