"""The first page a visitor sees. What it says we find is what the registered checks find: no rule, no line."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

FINDS = (
    ("links", "Links", "Dead and empty links, anchors that lead nowhere, staging addresses"),
    ("accessibility", "Accessibility", "Contrast, labels, names, headings and keyboard use, by WCAG"),
    ("metadata", "Metadata", "Titles, descriptions, main addresses, share pictures, icons"),
    ("content", "Content", "Sample text, notes to yourself, misspelled words, broken characters"),
    ("layout", "Layout", "Sideways scrolling and content that never becomes visible"),
    ("images", "Images", "Broken, far too large, in old formats, without a description"),
    ("performance", "Performance", "Late main content, jumping pages, scripts that block"),
    ("javascript", "JavaScript", "Scripts that crash or get no answer"),
    ("resources", "Resources", "Styles, scripts and fonts that do not load"),
    ("site", "Site", "Sitemap, robots.txt, certificate, the “page not found” page"),
    ("webflow", "Webflow", "Empty collections and fields, template left-overs, the badge"),
    ("forms", "Forms", "Fields nobody can fill in and forms that send nowhere"),
    ("security", "Security", "Missing protection, unsafe links, files that should be private"),
    ("custom", "Your rules", "Words, elements and hosts you do not want, or do; budgets of your own"),
    ("visual", "Visual", "What looks different from the scan before"),
)
# the course of the made-up report
EXAMPLE_SCORES = (58, 61, 60, 66, 71, 69, 74)


@require_safe
def landing(request: HttpRequest, checks: Mapping[str, int]) -> HttpResponse:
    """`checks`: how many rules each category has."""
    if request.user.is_authenticated:
        return redirect("overview")
    finds = [(name, title, line, checks[name]) for name, title, line in FINDS if checks.get(name)]
    return render(request, "landing.html", {"finds": finds, "example_scores": EXAMPLE_SCORES})
