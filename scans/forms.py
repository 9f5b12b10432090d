"""What people type about sites."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scans.browser.tab import MAX_SHOT_HEIGHT
from scans.models import URL_LIMIT, Site
from scans.snapshot import VIEWPORTS

MOST_LINES = 50
SELECTOR_LIMIT = 200
_BOX = re.compile(r"(\w+)[\s,]+(\d{1,5})[\s,]+(\d{1,5})[\s,]+(\d{1,5})[\s,]+(\d{1,5})(?:\s+(/\S*))?", re.ASCII)
_WIDTHS = {viewport.name: viewport.name for viewport in VIEWPORTS} | {"phone": "mobile"}


class AddSiteForm(forms.Form):
    """Takes what people paste, with or without `https://`; whether it may be scanned, `launch.add_site` says."""

    url = forms.CharField(
        label="Address of the site",
        max_length=URL_LIMIT,
        widget=forms.TextInput(
            attrs={
                "placeholder": "example.com",
                "inputmode": "url",
                "autocomplete": "url",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
        help_text="The published site or its staging address, such as your-site.webflow.io.",
        error_messages={
            "required": "Paste the address of the site.",
            "max_length": "This address is too long: %(show_value)d characters, %(limit_value)d are allowed.",
        },
    )
    scan_now = forms.BooleanField(label="Scan it now", required=False, initial=True)


class RenameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Site
        fields: ClassVar[list[str]] = ["name"]
        error_messages: ClassVar[dict[str, Any]] = {"name": {"required": "Give the site a name."}}


class LooksForm(forms.Form):
    """What is compared of a site's pictures, and how strictly. Lists are typed as lines."""

    threshold = forms.FloatField(
        label="Say that a page changed from",
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        help_text="Percent of the picture, counted in blocks of 8 × 8 pixels. 0.05 is a button on a long page.",
        error_messages={"required": "Type a percentage from 0 to 100.", "invalid": "Type a percentage from 0 to 100."},
    )
    selectors = forms.CharField(
        label="Leave out these elements",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": ".testimonials-slider"}),
        help_text="One CSS selector a line, for instance the class from the Style panel with a dot before it.",
    )
    boxes = forms.CharField(
        label="Leave out these areas",
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": "desktop 0 120 1440 600 /pricing"}
        ),
        help_text="One a line: desktop, tablet or phone, then left, top, width and height in pixels, then the page if "
        "it is on one only.",
    )

    def __init__(self, data: Any = None, *, site: Site) -> None:
        kept = {
            "threshold": site.visual_threshold,
            "selectors": "\n".join(site.ignored_selectors),
            "boxes": "\n".join(_line(box) for box in site.ignored_boxes),
        }
        super().__init__(data, initial=kept)
        self.site = site

    def clean_selectors(self) -> list[str]:
        return [_selector(line) for line in _lines(self.cleaned_data["selectors"])]

    def clean_boxes(self) -> list[dict[str, Any]]:
        return [_box(line) for line in _lines(self.cleaned_data["boxes"])]

    def save(self) -> None:
        self.site.visual_threshold = self.cleaned_data["threshold"]
        self.site.ignored_selectors = self.cleaned_data["selectors"]
        self.site.ignored_boxes = self.cleaned_data["boxes"]
        self.site.save(update_fields=["visual_threshold", "ignored_selectors", "ignored_boxes"])


def _lines(text: str) -> list[str]:
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(lines) > MOST_LINES:
        raise forms.ValidationError(f"{len(lines)} lines are too many: {MOST_LINES} are allowed.")
    return lines


def _selector(line: str) -> str:
    if len(line) > SELECTOR_LIMIT:
        raise forms.ValidationError(f"This selector is too long: “{line[:40]}…”.")
    try:
        LexborHTMLParser("<p>").css_first(line)
    except (SelectolaxError, ValueError):
        raise forms.ValidationError(f"“{line}” is no CSS selector. A class begins with a dot: .testimonials.") from None
    return line


def _box(line: str) -> dict[str, Any]:
    found = _BOX.fullmatch(line)
    viewport = _WIDTHS.get(found[1].lower()) if found else None
    if found is None or viewport is None:
        raise forms.ValidationError(f"“{line[:80]}” is no area. Write it like: desktop 0 120 1440 600")
    x, y, width, height = (int(number) for number in found.groups()[1:5])
    widest = next(each.width for each in VIEWPORTS if each.name == viewport)
    if not width or not height or x >= widest or y >= MAX_SHOT_HEIGHT:
        raise forms.ValidationError(f"“{line[:80]}” lies outside the picture, which is {widest} pixels wide.")
    box: dict[str, Any] = {"viewport": viewport, "x": x, "y": y, "width": width, "height": height}
    return box | ({"path": found[6]} if found[6] else {})


def _line(box: dict[str, Any]) -> str:
    name = next(word for word, viewport in reversed(_WIDTHS.items()) if viewport == box["viewport"])
    return " ".join(map(str, [name, box["x"], box["y"], box["width"], box["height"], box.get("path", "")])).strip()


class DeleteForm(forms.Form):
    """Asks for the site's name: what is deleted here cannot come back."""

    name = forms.CharField(
        label="Type the site’s name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"].strip()
        if typed != self.site.name:
            raise forms.ValidationError(f"This is not the site’s name. Type “{self.site.name}”.")
        return typed
