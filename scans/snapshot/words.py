"""The fixed words and limits every part shares, and one element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HTML_LIMIT = 300  # characters of an element's outer HTML that are kept
TEXT_LIMIT = 512  # characters of any title, name or message that are kept


class Severity(StrEnum):
    """axe-core's impact words, worst first."""

    CRITICAL = "critical"
    SERIOUS = "serious"
    MODERATE = "moderate"
    MINOR = "minor"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    CONFIRMED = "confirmed"
    NEEDS_REVIEW = "needs-review"


class Category(StrEnum):
    LINKS = "links"
    IMAGES = "images"
    RESOURCES = "resources"
    METADATA = "metadata"
    CONTENT = "content"
    ACCESSIBILITY = "accessibility"
    SITE = "site"
    FORMS = "forms"
    LAYOUT = "layout"
    VISUAL = "visual"
    JAVASCRIPT = "javascript"
    PERFORMANCE = "performance"
    SECURITY = "security"
    WEBFLOW = "webflow"
    CUSTOM = "custom"

    @property
    def label(self) -> str:
        """What people read."""
        return _LABELS.get(self, self.value.capitalize())


_LABELS = {Category.JAVASCRIPT: "JavaScript", Category.CUSTOM: "Your rules"}


@dataclass(frozen=True, slots=True)
class Viewport:
    name: str
    width: int
    height: int


DESKTOP = Viewport("desktop", 1440, 900)
TABLET = Viewport("tablet", 768, 1024)
MOBILE = Viewport("mobile", 390, 844)
VIEWPORTS = (DESKTOP, TABLET, MOBILE)


@dataclass(frozen=True, slots=True)
class Box:
    """Where an element is on the full page, CSS pixels from the document's top left, at one viewport."""

    viewport: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Element:
    """One element as a person can find it again.

    `selector` is short and unique on the page. `path` is the same place with everything that changes by itself taken
    out (ids, positions, state and hashed classes), so equal markup on many pages has an equal path: causes are grouped
    by it. `component` says in words what carries the element: "Navigation", "Footer", "Section .hero", "Collection list
    .blog-list", "" when nothing does.
    """

    selector: str
    html: str
    tag: str
    text: str = ""
    attrs: Mapping[str, str] = field(default_factory=dict)
    component: str = ""
    path: str = ""
    box: Box | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.attrs.get("class", "").split())
