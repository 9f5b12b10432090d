"""Evidence as a person reads it."""

from __future__ import annotations

from typing import Any

import pytest

from scans.models import Finding
from scans.reports.evidence import LIST_SHOWN, Fact, facts

OLD, MOVED, NEW = (f"https://acme.example/{name}" for name in ("old", "moved", "new"))


def shown(**evidence: Any) -> dict[str, Fact]:
    return {fact.label: fact for fact in facts(Finding(evidence=evidence))}


def test_a_contrast_is_one_line_with_its_colours() -> None:
    lines = shown(
        contrast=3.94, needed=4.5, foreground="#808080", background="#ffffff", font_px=14.0, font_weight="normal"
    )
    assert [(label, fact.value) for label, fact in lines.items()] == [
        ("Contrast", "3.94 : 1, 4.5 : 1 is needed"),
        ("Colours", "#808080 on #ffffff"),
        ("Text", "14 px, normal"),
    ]
    assert lines["Colours"].colours == ("#808080", "#ffffff")


def test_a_colour_that_is_none_is_not_drawn() -> None:
    lines = shown(contrast=2.0, needed=3.0, foreground="url(x)", background="#fff")
    assert [*lines] == ["Contrast"]


def test_redirects_stand_in_their_order_with_their_end() -> None:
    hops = [{"url": OLD, "status": 301}, {"url": MOVED, "status": 302}]
    lines = shown(target=OLD, status=200, chain=hops, final_url=NEW, error=None)
    assert lines["Redirects"].items == (f"301 · {OLD}", f"302 · {MOVED}", f"200 · {NEW}")
    assert lines["Address"].href == OLD
    assert "Error" not in lines
    assert "Redirects" not in shown(target=OLD, status=404, chain=[])


@pytest.mark.parametrize(
    ("evidence", "label", "value"),
    [
        ({"natural": [1200, 800], "shown": [300, 200]}, "File", "1,200 × 800 px"),
        ({"natural": [1200, 800], "shown": [300, 200]}, "Shown at", "300 × 200 px"),
        ({"width": 400, "height": 209, "needed": [600, 315]}, "Size", "400 × 209 px"),
        ({"width": 400, "height": 209, "needed": [600, 315]}, "Needed", "at least 600 × 315 px"),
        ({"width": 20.0, "height": 18.5, "needed": 24.0}, "Needed", "at least 24 × 24 px"),
        ({"width": 390, "scroll_width": 1153}, "Scroll width", "1,153 px"),
        ({"bytes": 1_840_000}, "Bytes", "1.8 MB"),
        ({"could_save": 84_400}, "Could save", "84 kB"),
        ({"lcp_ms": 3412.5}, "Main content (LCP)", "3.4 s"),
        ({"ttfb_ms": 312}, "First byte (TTFB)", "312 ms"),
        ({"cls": 0.622}, "Layout shift (CLS)", "0.622"),
        ({"share": 0.55}, "Share", "55%"),
        ({"year": 2022}, "Year", "2022"),
        ({"status": 404}, "Status", "404"),
        ({"error": "dns"}, "Error", "The host name does not resolve."),
        ({"error": "net::ERR_FAILED"}, "Error", "net::ERR_FAILED"),
        ({"cold": False}, "Empty cache", "no"),
        ({"elements": 12345}, "Elements", "12,345"),
    ],
)
def test_figures_have_their_units(evidence: dict[str, Any], label: str, value: str) -> None:
    assert shown(**evidence)[label].value == value


def test_files_of_a_list_have_their_weight_and_long_lists_end() -> None:
    lines = shown(heaviest=[{"target": NEW, "bytes": 2_500_000}], classes=[f"c{n}" for n in range(LIST_SHOWN + 5)])
    assert lines["Heaviest"].items == (f"{NEW}, 2.5 MB",)
    assert len(lines["Classes"].items) == LIST_SHOWN + 1
    assert lines["Classes"].items[-1] == "and 5 more"


ODD = [{"chain": "x"}, {"natural": ["a", "b"]}, {"contrast": "high"}, {"width": True}, {"x": {}}]


@pytest.mark.parametrize("odd", ODD)
def test_what_an_older_check_wrote_breaks_nothing(odd: dict[str, Any]) -> None:
    facts(Finding(evidence=odd))
    assert facts(Finding(evidence=[1])) == []


def test_only_web_addresses_become_links() -> None:
    assert shown(target="javascript:alert(1)")["Address"].href == ""
