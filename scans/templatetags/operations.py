"""The panel on the admin's first page."""

from __future__ import annotations

from django import template

from scans.reports.operations import Figures, figures

register = template.Library()


@register.simple_tag
def operations() -> Figures:
    return figures()
