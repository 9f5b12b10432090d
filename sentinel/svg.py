"""Small drawings as inline SVG: icons, severity marks, score rings, bars, sparklines.

Only attributes and classes, never a style: the content security policy allows no inline styling, and the colours come
from the theme. Figures in, safe markup out; of what a scanned site could have written only colours come here, and
those are checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from sentinel.icons import ICONS, MARKS

GOOD, FAIR = 90, 70
HEX = re.compile(r"#[0-9a-fA-F]{3,8}")


def icon(name: str, size: int = 16) -> SafeString:
    """An icon of `sentinel.icons`, hidden from screen readers: the words beside it say what it means."""
    return format_html(
        '<svg class="icon" width="{}" height="{}" viewBox="0 0 20 20" fill="none" stroke="currentColor"'
        ' stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        size,
        size,
        mark_safe(ICONS[name]),  # noqa: S308 (our own drawing)
    )


def mark(severity: str, size: int = 14) -> SafeString:
    """The shape of a severity; its colour comes from the class. Unknown words are drawn as info."""
    name = severity if severity in MARKS else "info"
    return format_html(
        '<svg class="mark mark-{}" width="{}" height="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        name,
        size,
        size,
        mark_safe(MARKS[name]),  # noqa: S308 (our own drawing)
    )


def tone(score: int | None) -> str:
    """`good`, `fair`, `poor`, or `none` for a site without a score: the class that colours it."""
    if score is None:
        return "none"
    return "good" if score >= GOOD else "fair" if score >= FAIR else "poor"


def ring(score: int | None, size: int = 56) -> SafeString:
    """A score from 0 to 100 as a ring with its figure inside."""
    return format_html(
        '<svg class="ring tone-{}" width="{}" height="{}" viewBox="0 0 56 56" role="img" aria-label="{}">'
        '<circle class="ring-track" cx="28" cy="28" r="24"/>'
        '<circle class="ring-value" cx="28" cy="28" r="24" pathLength="100" stroke-dasharray="{} 100"'
        ' transform="rotate(-90 28 28)"/>'
        '<text class="ring-text" x="28" y="28" dy=".36em" text-anchor="middle">{}</text></svg>',
        tone(score),
        size,
        size,
        "No score yet" if score is None else f"Score {score} of 100",
        0 if score is None else max(0, min(100, score)),
        "–" if score is None else score,
    )


def bar(value: float, of: float = 100, tone_class: str = "", label: str = "") -> SafeString:
    """A horizontal bar as wide as its place; `value` of `of`."""
    share = max(0.0, min(1.0, value / of)) if of else 0.0
    accessible = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html(
        '<svg class="bar {}" height="6" width="100%" preserveAspectRatio="none"{}>'
        '<rect class="bar-track" width="100%" height="6" rx="3"/>'
        '<rect class="bar-value" width="{}%" height="6" rx="3"/></svg>',
        tone_class,
        accessible,
        round(share * 100, 1),
    )


def swatch(colour: str) -> SafeString:
    """A square of a colour in hex; nothing for any other word."""
    if not HEX.fullmatch(colour):
        return SafeString("")
    return format_html(
        '<svg class="swatch" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">'
        '<rect x=".5" y=".5" width="13" height="13" rx="3" fill="{}"/></svg>',
        colour,
    )


def sparkline(values: Sequence[int], width: int = 96, height: int = 28) -> SafeString:
    """The course of a score, oldest first, on the full scale 0–100 when it moves a lot and zoomed when it hardly does;
    nothing for fewer than two values."""
    if len(values) < 2:
        return SafeString("")
    points = _points(values, width, height)
    return format_html(
        '<svg class="sparkline" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2.5"/></svg>',
        width,
        height,
        width,
        height,
        "Score of the last scans: " + ", ".join(str(value) for value in values),
        format_html_join(" ", "{},{}", points),
        *points[-1],
    )


def _points(values: Sequence[int], width: int, height: int) -> list[tuple[float, float]]:
    margin = 4
    low, high = min(values), max(values)
    if high - low < 20:
        middle = (high + low) / 2
        low, high = round(middle - 10), round(middle + 10)
    step = (width - 2 * margin) / (len(values) - 1)
    scale = (height - 2 * margin) / (high - low)
    return [(round(margin + i * step, 1), round(height - margin - (v - low) * scale, 1)) for i, v in enumerate(values)]
