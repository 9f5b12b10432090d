"""A scan as a real one leaves it: pages, causes of every kind (navigation, footer, templates, components, single
pages), boxes on generated pictures, skipped URLs; in any state. Rows are made in bulk, so a scan of 5,000 findings is
a matter of a second.

    fill(site)                                          an ordinary finished scan
    fill(site, pages=100, issues=120, occurrences=42)   a large one
    fill(site, state=ScanState.RUNNING)                 half way through
"""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageDraw

from scans.findings import digest
from scans.models import REPORTED, Finding, Issue, Page, Scan, ScanState, Shot, Site, SkippedUrl
from scans.snapshot import VIEWPORTS, Confidence, Severity, Viewport

PAGE_HEIGHT = 2600


@dataclass(frozen=True)
class Fault:
    """`on`: every page, the blog (a CMS template), or one page."""

    rule: str
    severity: Severity
    title: str
    message: str
    group: str = ""
    on: str = "one"
    selector: str = ""
    html: str = ""
    confidence: Confidence = Confidence.CONFIRMED
    evidence: dict[str, Any] = field(default_factory=dict)
    box: tuple[int, int, int, int] | None = None


FAULTS = (
    Fault(
        "links.broken-internal",
        Severity.SERIOUS,
        "This link leads to a page that does not exist",
        "“Our process” leads to /process, which answers 404 Not Found.",
        "Navigation",
        "every",
        "nav.navbar > a:nth-of-type(3)",
        '<a href="/process" class="nav-link w-nav-link">Our process</a>',
        evidence={
            "target": "https://studio-north.example/process",
            "status": 404,
            "chain": [{"url": "https://studio-north.example/our-process", "status": 301}],
        },
        box=(1040, 24, 110, 28),
    ),
    Fault(
        "accessibility.color-contrast",
        Severity.SERIOUS,
        "Text does not stand out from its background",
        "Contrast 2.1 to 1; 4.5 to 1 is needed.",
        "Class .button-primary",
        "every",
        "section.hero > a.button-primary",
        '<a href="/contact" class="button-primary w-button">Start a project</a>',
        evidence={"contrast": 2.1, "needed": 4.5, "foreground": "#ffffff", "background": "#9fb3ff"},
        box=(120, 430, 210, 56),
    ),
    Fault(
        "metadata.description-missing",
        Severity.MODERATE,
        "Search engines get no description of this page",
        "The page has no meta description.",
        "CMS template of /blog",
        "blog",
    ),
    Fault(
        "images.broken",
        Severity.SERIOUS,
        "This picture does not load",
        "team-hero@2x.jpg answers 404 Not Found.",
        "Section .team",
        "one",
        "section.team img.portrait",
        '<img src="https://cdn.studio-north.example/team-hero@2x.jpg" alt="Our team in the studio" class="portrait">',
        evidence={"target": "https://cdn.studio-north.example/team-hero@2x.jpg", "status": 404},
        box=(120, 1180, 560, 360),
    ),
    Fault(
        "site.robots-blocks-all",
        Severity.CRITICAL,
        "Search engines are told to stay away from the whole site",
        "robots.txt disallows / for every robot.",
        on="site",
        evidence={"target": "https://studio-north.example/robots.txt", "line": "Disallow: /"},
    ),
    Fault(
        "layout.horizontal-overflow",
        Severity.SERIOUS,
        "The page scrolls sideways on phones",
        "“.pricing-table” is 214 px wider than the screen.",
        "Component .pricing-table",
        "one",
        "div.pricing-table",
        '<div class="pricing-table w-layout-grid">',
        evidence={"scroll_width": 604, "screen": 390},
        box=(20, 1320, 350, 420),
    ),
    Fault(
        "content.lorem-ipsum",
        Severity.SERIOUS,
        "Placeholder text is online",
        "“Lorem ipsum dolor sit amet, consectetur adipiscing elit…”",
        "Collection list .services",
        "one",
        "div.services > div:nth-child(2) p",
        "<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit. Suspendisse varius enim in eros.</p>",
        box=(560, 780, 360, 90),
    ),
    Fault(
        "performance.lcp",
        Severity.MODERATE,
        "The main content appears late",
        "The largest content appeared after 3.4 s; 2.5 s is good.",
        on="one",
        evidence={"lcp_ms": 3412.5, "element": "section.hero img"},
        selector="section.hero",
        html='<section class="hero">',
        box=(0, 76, 1440, 560),
    ),
    Fault(
        "links.generic-text",
        Severity.MINOR,
        "“Read more” says nothing on its own",
        "Twelve links on this page are called “Read more”.",
        "Collection list .blog-list",
        "blog",
        "a.read-more",
        '<a href="/blog/why-we-switched" class="read-more">Read more</a>',
        box=(120, 1010, 96, 24),
    ),
    Fault(
        "forms.no-autocomplete",
        Severity.MINOR,
        "The browser cannot fill in this field",
        "The field “Email” has no autocomplete.",
        "Footer",
        "every",
        "footer form input[type=email]",
        '<input type="email" class="text-field w-input" name="Email" placeholder="you@company.com">',
        box=(900, 2420, 300, 44),
    ),
    Fault(
        "webflow.badge",
        Severity.MINOR,
        "The “Made in Webflow” badge is shown",
        "The badge is on a production page.",
        on="every",
    ),
    Fault(
        "images.suspicious-alt",
        Severity.MODERATE,
        "Does this text describe the picture?",
        "The alternative text is a file name: “IMG_2041.jpg”.",
        "Section .gallery",
        "one",
        "section.gallery img:nth-of-type(2)",
        '<img src="/img/IMG_2041.webp" alt="IMG_2041.jpg">',
        confidence=Confidence.NEEDS_REVIEW,
        box=(560, 1180, 360, 240),
    ),
    Fault(
        "links.unverifiable-external",
        Severity.INFO,
        "This link could not be checked",
        "linkedin.com answers robots with 999.",
        "Footer",
        "every",
        "footer a.social:nth-of-type(2)",
        '<a class="social" href="https://www.linkedin.com/company/studio-north">LinkedIn</a>',
        confidence=Confidence.NEEDS_REVIEW,
        evidence={"target": "https://www.linkedin.com/company/studio-north", "status": 999},
        box=(120, 2440, 90, 24),
    ),
    Fault(
        "security.headers",
        Severity.INFO,
        "Security headers are missing",
        "Missing: Strict-Transport-Security, X-Content-Type-Options.",
        on="site",
        evidence={"missing": ["Strict-Transport-Security", "X-Content-Type-Options"]},
    ),
    Fault(
        "javascript.uncaught-error",
        Severity.SERIOUS,
        "A script on this page breaks",
        "TypeError: Cannot read properties of null (reading 'addEventListener')",
        "Custom code before </body>",
        "blog",
        evidence={"source": "https://studio-north.example/blog (inline)", "line": 412, "page_error": True},
    ),
)

PATHS = ("/", "/about", "/services", "/pricing", "/contact", "/blog", "/work", "/careers", "/team", "/legal/privacy")
TITLES = (
    "Studio North",
    "About us",
    "Services",
    "Pricing",
    "Contact",
    "Journal",
    "Selected work",
    "Careers",
    "Team",
    "Privacy",
)
SKIPPED = (
    ("robots", "/admin/"),
    ("budget", "/blog/archive/"),
    ("out-of-scope", "/partner/"),
    ("not-a-page", "/brochure-2026.pdf"),
)

CATEGORIES = {
    "links": 71,
    "accessibility": 64,
    "metadata": 82,
    "content": 78,
    "images": 91,
    "performance": 74,
    "layout": 88,
    "forms": 96,
    "webflow": 98,
    "security": 100,
    "javascript": 86,
    "site": 49,
}


def fill(
    site: Site,
    *,
    state: ScanState = ScanState.COMPLETE,
    pages: int = 12,
    issues: int = len(FAULTS),
    occurrences: int | None = None,
    pictures: int = 1,
    skipped: int = 9,
    faults: tuple[Fault, ...] = FAULTS,
    **fields: Any,
) -> Scan:
    """`occurrences`: of each issue, spread over the pages; None for as many as its kind has. `pictures`: pages that
    get all three. Issues the site already has are met again, so a second scan of a site tells old from new."""
    scan = _scan(site, state, pages, **fields)
    rows = _pages(scan, pages)
    _pictures(rows[:pictures])
    chosen = list(itertools.islice(itertools.cycle(faults), issues))
    met = _issues(scan, chosen)
    Finding.objects.bulk_create(
        finding
        for number, (fault, issue) in enumerate(zip(chosen, met, strict=True))
        for finding in _findings(scan, fault, issue, _where(fault, rows, number, occurrences))
    )
    SkippedUrl.objects.bulk_create(_skipped(scan, skipped))
    return scan


def _scan(site: Site, state: ScanState, pages: int, **fields: Any) -> Scan:
    now = timezone.now()
    kept: dict[str, Any] = {
        "number": site.scans.count() + 1,
        "max_pages": 500,
        "created_at": now - timedelta(seconds=62),
        "engine": {"version": "1.0", "chromium": "141.0", "axe": "4.10.3", "rules": "a1b2c3d4e5f6"},
        "cpu_seconds": 24.5,
        "peak_memory_mb": 412.0,
        "bytes_in": 38_400_000,
        "cost_usd": "0.000412",
    }
    if state not in (ScanState.PENDING, ScanState.QUEUED):
        kept |= {"started_at": now - timedelta(seconds=60), "attempt": 1, "progress": _progress(pages)}
    if state in REPORTED or state == ScanState.FAILED:
        kept["finished_at"] = now - timedelta(seconds=12)
    if state in REPORTED:
        kept |= {"score": {"overall": 76, "categories": CATEGORIES}, "coverage": _coverage(pages)}
    return Scan.objects.create(**{"site": site, "state": state, **kept, **fields})


def _progress(pages: int) -> dict[str, Any]:
    return {
        "phase": "visiting",
        "found": pages * 2,
        "fetched": pages,
        "visit_total": pages,
        "visited": pages // 2,
        "findings": 61,
        "current": ["https://studio-north.example/services", "https://studio-north.example/pricing"],
        "eta_s": 24,
    }


def _coverage(pages: int) -> dict[str, Any]:
    return {
        "discovered": pages + 9,
        "fetched": pages,
        "visited": pages,
        "carried": 0,
        "skipped": 9,
        "limits": [],
        "note": f"Fetched {pages} of {pages + 9} pages and opened {pages} of them at three widths.",
    }


def _pages(scan: Scan, count: int) -> list[Page]:
    base = scan.site.url.rstrip("/")
    rows = []
    for number in range(count):
        is_post = number >= len(PATHS)
        path = f"/blog/post-{number}" if is_post else PATHS[number]
        rows.append(
            Page(
                scan=scan,
                url=base + path,
                final_url=base + path,
                status=200,
                title=f"Post {number} · Studio North" if is_post else TITLES[number],
                depth=2 if is_post else min(number, 1),
                template="wf:65f0c1" if is_post else f"dom:{number:x}",
                webflow_page_id=f"{number:024x}",
                ttfb_ms=84 + number,
                html_bytes=41_250 + number,
                visited_at=timezone.now(),
                viewports=[viewport.name for viewport in VIEWPORTS],
                vitals={
                    "lcp_ms": 1800 + 400 * (number % 7),
                    "cls": 0.04 * (number % 8),
                    "tbt_ms": 90,
                    "ttfb_ms": 84,
                    "fcp_ms": 900,
                },
                requests=42 + number,
                bytes=1_840_000 + 10_000 * number,
            )
        )
    return Page.objects.bulk_create(rows)


def _issues(scan: Scan, faults: list[Fault]) -> list[Issue]:
    keys = [digest(fault.rule, str(number)) for number, fault in enumerate(faults)]
    known = {issue.fingerprint: issue for issue in Issue.objects.filter(site=scan.site, fingerprint__in=keys)}
    new = [_issue(scan, fault, key) for fault, key in zip(faults, keys, strict=True) if key not in known]
    Issue.objects.filter(pk__in=[issue.pk for issue in known.values()]).update(last_scan=scan)
    known |= {issue.fingerprint: issue for issue in Issue.objects.bulk_create(new)}
    return [known[key] for key in keys]


def _issue(scan: Scan, fault: Fault, key: str) -> Issue:
    return Issue(
        site=scan.site,
        fingerprint=key,
        rule=fault.rule,
        category=fault.rule.split(".")[0],
        severity=fault.severity,
        rank=fault.severity.rank,
        confidence=fault.confidence,
        title=fault.title,
        message=fault.message,
        group=fault.group,
        first_scan=scan,
        last_scan=scan,
    )


def _where(fault: Fault, pages: list[Page], number: int, occurrences: int | None) -> Sequence[Page | None]:
    if occurrences is not None:
        return [pages[(number + step) % len(pages)] for step in range(occurrences)]
    if fault.on == "site":
        return [None]
    if fault.on == "every":
        return list(pages)
    if fault.on == "blog":
        return [page for page in pages if "/blog" in page.url] or pages[:1]
    return pages[:1] + ([pages[number % len(pages)]] if number % len(pages) else [])


def _findings(scan: Scan, fault: Fault, issue: Issue, pages: Sequence[Page | None]) -> list[Finding]:
    on_phone = fault.rule.startswith("layout.")
    return [
        Finding(
            scan=scan,
            issue=issue,
            page=page,
            key=digest(str(issue.pk), str(page.pk if page else ""), str(place)),
            url=page.url if page else scan.site.url,
            viewport="mobile" if on_phone else "",
            selector=fault.selector,
            html=fault.html,
            message=fault.message,
            evidence=fault.evidence,
            box=_box(fault, "mobile" if on_phone else "desktop") if page else None,
        )
        for place, page in enumerate(pages)
    ]


def _box(fault: Fault, viewport: str) -> dict[str, Any] | None:
    if fault.box is None:
        return None
    x, y, width, height = fault.box
    return {"viewport": viewport, "x": x, "y": y, "width": width, "height": height}


def _skipped(scan: Scan, count: int) -> list[SkippedUrl]:
    base = scan.site.url.rstrip("/")
    return [
        SkippedUrl(scan=scan, reason=SKIPPED[n % len(SKIPPED)][0], url=f"{base}{SKIPPED[n % len(SKIPPED)][1]}?n={n}")
        for n in range(count)
    ]


def _pictures(pages: list[Page]) -> None:
    for page in pages:
        for viewport in VIEWPORTS:
            shot = Shot(page=page, viewport=viewport.name, width=viewport.width, height=PAGE_HEIGHT)
            shot.file.save(f"{viewport.name}.jpg", ContentFile(a_picture(viewport)), save=False)
            shot.save()


@functools.cache
def a_picture(viewport: Viewport, height: int = PAGE_HEIGHT) -> bytes:
    """A page of blocks where FAULTS say their elements are: bar, hero with a button, cards, pictures, footer with a
    form."""
    picture = Image.new("RGB", (viewport.width, height), "#ffffff")
    draw = ImageDraw.Draw(picture)
    wide, edge = viewport.width, 20 if viewport.width < 700 else 120
    draw.rectangle((0, 0, wide, 76), fill="#0f172a")
    draw.rectangle((edge, 28, edge + 110, 48), fill="#f8fafc")
    for x in range(wide - 400, wide - edge, 125):
        draw.rectangle((x, 32, x + 90, 44), fill="#94a3b8")
    draw.rectangle((0, 76, wide, 640), fill="#e0e7ff")
    for line, share in enumerate((0.55, 0.42, 0.6)):
        draw.rectangle((edge, 200 + line * 62, edge + wide * share, 240 + line * 62), fill="#312e81")
    draw.rounded_rectangle((edge, 430, edge + 210, 486), radius=8, fill="#9fb3ff")
    column = (wide - 2 * edge) // 3
    for top, fill in ((740, "#f1f5f9"), (1180, "#cbd5e1"), (1640, "#f1f5f9"), (1980, "#cbd5e1")):
        for x in range(edge, wide - edge - column // 2, column):
            draw.rounded_rectangle((x, top, x + column - 24, top + 280), radius=12, fill=fill)
            draw.rectangle((x + 20, top + 300, x + column - 80, top + 314), fill="#64748b")
    draw.rectangle((0, height - 240, wide, height), fill="#0f172a")
    draw.rounded_rectangle((wide - edge - 420, height - 180, wide - edge - 120, height - 136), radius=6, fill="#ffffff")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
