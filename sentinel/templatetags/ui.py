"""The tags every page is drawn with: `{% load ui %}`. Each returns finished, escaped markup; none asks the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sentinel import svg

register = template.Library()

SEVERITIES = ("critical", "serious", "moderate", "minor", "info")
MINUTE, HOUR, DAY = 60, 3600, 86_400

register.simple_tag(svg.icon, name="icon")
register.simple_tag(svg.mark, name="mark")
register.simple_tag(svg.bar, name="bar")
register.simple_tag(svg.swatch, name="swatch")
register.simple_tag(svg.sparkline, name="sparkline")
register.filter("tone", svg.tone)


@register.simple_tag
def score_ring(score: int | str | None, size: int = 56) -> SafeString:
    """`{% score_ring scan.overall 48 %}`; what a template finds missing (None or "") has no score yet."""
    return svg.ring(score if isinstance(score, int) else None, size)


@register.simple_tag
def severity(word: str, count: int | None = None) -> SafeString:
    """Shape, colour and word: `{% severity issue.severity %}`; with `count`, the figure stands before the word."""
    text = word.capitalize() if count is None else f"{count:,} {word}"
    return format_html('<span class="severity severity-{}">{} {}</span>', word, svg.mark(word), text)


@register.simple_tag
def severity_counts(counts: Mapping[str, int] | None) -> SafeString:
    """A row of marks with figures, worst first, only what is there: `{% severity_counts scan.score.severities %}`."""
    present = [(word, (counts or {}).get(word, 0)) for word in SEVERITIES if (counts or {}).get(word)]
    if not present:
        return SafeString("")
    rows = format_html_join(
        "",
        '<li class="severity severity-{}" title="{} {}">{}<span>{}</span><span class="visually-hidden"> {}</span></li>',
        ((word, f"{count:,}", word, svg.mark(word), f"{count:,}", word) for word, count in present),
    )
    return format_html('<ul class="severity-counts">{}</ul>', rows)


@register.simple_tag
def score_bar(name: str, score: int) -> SafeString:
    """One category's score as a coloured bar."""
    return svg.bar(score, 100, f"tone-{svg.tone(score)}", f"{name}: {score} of 100")


@register.simple_tag
def state_chip(state: str, label: str) -> SafeString:
    """A scan's state: `{% state_chip scan.state scan.get_state_display %}`."""
    return format_html('<span class="chip chip-state state-{}"><span class="chip-dot"></span>{}</span>', state, label)


@register.simple_tag
def relative(moment: datetime | None, missing: str = "–") -> SafeString:
    """ "3 min ago" in a `<time>`; the exact moment shows on hover, in the reader's zone once the page's script ran."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', missing)
    exact = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        exact.strftime("%-d %b %Y, %H:%M %Z"),
        ago(moment),
    )


def ago(moment: datetime) -> str:
    seconds = int((timezone.now() - moment).total_seconds())
    if seconds < 45:
        return "just now"
    if seconds < HOUR:
        return f"{max(1, round(seconds / MINUTE))} min ago"
    if seconds < DAY:
        return f"{round(seconds / HOUR)} h ago"
    days = round(seconds / DAY)
    if days == 1:
        return "yesterday"
    return f"{days} days ago" if days <= 30 else timezone.localtime(moment).strftime("%-d %b %Y")


@register.filter
def duration(span: timedelta | None) -> str:
    """ "8 s", "1 min 12 s", "2 h 5 min"."""
    if span is None:
        return "–"
    seconds = max(0, round(span.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"


@register.simple_tag
def external(url: str, text: str = "") -> SafeString:
    """A link to a scanned site: only http and https become links, everything else stays text. Opens in a new tab and
    tells the site nothing about us."""
    shown = text or url
    if scheme_of(url) not in ("http", "https"):
        return format_html('<span class="url" title="{}">{}</span>', url, shown)
    return format_html(
        '<a class="url external" href="{}" title="{}" target="_blank" rel="noreferrer nofollow noopener">{}{}</a>',
        url,
        url,
        shown,
        svg.icon("external", 12),
    )


def scheme_of(url: str) -> str:
    try:
        return urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return ""


@register.filter
def undo_url(message: Any) -> str:
    """Where a message's Undo button posts to: `messages.success(request, "Ignored.", extra_tags=f"undo:{url}")`."""
    url = str(message.extra_tags or "").partition("undo:")[2]
    return url if url.startswith("/") and not url.startswith("//") else ""


@register.filter
def get(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """A value by a key that is only known at run time."""
    return (mapping or {}).get(key)


@register.simple_tag
def elided(page: Any) -> Sequence[int | str]:
    """Page numbers around the current one, with gaps, for the pagination."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))
