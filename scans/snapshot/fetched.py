"""Tier F: what one HTTP fetch tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scans.snapshot.words import Element


class FetchError(StrEnum):
    """Why there is no answer. `BLOCKED` is our own egress policy, never the site's fault."""

    BLOCKED = "blocked"
    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"
    REDIRECT_LOOP = "redirect-loop"
    TOO_LARGE = "too-large"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class Hop:
    """One answer of a chain of redirects: the URL asked and its status."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Response:
    """One answer over HTTP. `chain` holds the redirects before it; `headers` have lower-case names."""

    url: str
    final_url: str
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    chain: tuple[Hop, ...] = ()
    error: FetchError | None = None
    ttfb_ms: float = 0.0
    wire_bytes: int = 0
    truncated: bool = False

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class TargetState(StrEnum):
    OK = "ok"
    BROKEN = "broken"
    UNVERIFIABLE = "unverifiable"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Target:
    """The verdict on one URL that pages point at, confirmed by a second try before it is BROKEN.

    `chain` as in `Response`. `detail` says for people why a target is not OK ("404 Not Found", "host does not
    resolve"). `validator` is what the answer says of its own version: ETag, Last-Modified, length. `image_size` is
    (width, height) when the target is an image whose size had to be read (og:image)."""

    url: str
    state: TargetState
    status: int | None = None
    final_url: str = ""
    error: FetchError | None = None
    chain: tuple[Hop, ...] = ()
    content_type: str = ""
    detail: str = ""
    image_size: tuple[int, int] | None = None
    validator: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An `<a>` or `<area>`. `url` is absolute and keeps its fragment; None when there is no href or it is no URL.

    `name` is the accessible name as far as HTML tells it: aria-label, else text with the alts of images inside, else
    title."""

    element: Element
    href: str | None
    url: str | None
    name: str


class AssetKind(StrEnum):
    IMAGE = "image"
    SCRIPT = "script"
    STYLE = "style"
    FONT = "font"
    MEDIA = "media"
    FRAME = "frame"
    ICON = "icon"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Asset:
    """Something a page loads. `attr` is where it was named (src, srcset, href, poster, style, data)."""

    element: Element
    kind: AssetKind
    raw: str
    url: str | None
    attr: str


@dataclass(frozen=True, slots=True)
class Image:
    """An `<img>`. `alt` is None when the attribute is absent and "" when it is empty."""

    element: Element
    url: str | None
    raw: str
    alt: str | None
    srcset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """A `<meta>`: `name` is its lower-cased name, property or http-equiv."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A `<link>`: lower-cased rel tokens, raw and absolute href, hreflang, sizes."""

    rel: tuple[str, ...]
    raw: str
    url: str | None
    hreflang: str = ""
    sizes: str = ""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """The text of one element that holds text of its own, inline children included, white space collapsed.

    Only what HTML shows as visible: no script, style, template, noscript, `hidden`, `.w-condition-invisible`.
    `landmark` is "header", "nav", "main", "footer", "aside" or "".
    """

    element: Element
    text: str
    landmark: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    element: Element
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """An input, select, textarea or button. `label` is what HTML says it is called: its <label>, else aria-label or
    aria-labelledby. `options` are the first texts of a select. `shown` is False when HTML itself hides it."""

    element: Element
    label: str = ""
    options: tuple[str, ...] = ()
    shown: bool = True

    @property
    def type(self) -> str:
        """As a browser takes it: an input without one is text, a button sends."""
        tag = self.element.tag
        default = {"input": "text", "button": "submit"}.get(tag, tag)
        return self.element.attrs.get("type", "").strip().lower() or default if tag in ("input", "button") else tag


@dataclass(frozen=True, slots=True)
class Form:
    """`method` is lower-case, `action` the raw attribute or None, `url` its absolute form.

    `fields` are those that belong to it, wherever they stand (`form="id"`). `controls` are links and role=button inside
    it, which a script may use as its button. `done` and `fail` are the messages of the `.w-form` block it stands in."""

    element: Element
    method: str
    action: str | None
    url: str | None
    in_webflow_block: bool
    fields: tuple[Field, ...] = ()
    controls: tuple[Element, ...] = ()
    done: Element | None = None
    fail: Element | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """A private key that the page shows to everybody. Neither `masked` nor the element hold the key itself."""

    kind: str
    masked: str
    element: Element | None = None


@dataclass(frozen=True, slots=True)
class Webflow:
    """What Webflow writes into the page (webflow.md §6). All empty on other sites; `published` is the comment's
    date."""

    page_id: str = ""
    site_id: str = ""
    domain: str = ""
    collection_id: str = ""
    item_slug: str = ""
    status: str = ""
    generator: bool = False
    published: str = ""

    @property
    def is_webflow(self) -> bool:
        return bool(self.page_id or self.site_id or self.generator)


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selector of the customer's own matches in the HTML: how many elements, and the first of them."""

    count: int = 0
    elements: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page as HTTP and HTML tell it. `template` names what several pages are made from: "wf:<data-wf-page>" on CMS
    pages, else "dom:<hash of the DOM skeleton>". `content_hash` covers HTML, `text_hash` the main text. `selected`: by
    the selectors that were asked for."""

    response: Response
    url: str
    title: str = ""
    doctype: bool = True
    charset: str = ""
    charset_declared: bool = True
    lang: str = ""
    metas: tuple[Meta, ...] = ()
    relations: tuple[Relation, ...] = ()
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    assets: tuple[Asset, ...] = ()
    images: tuple[Image, ...] = ()
    forms: tuple[Form, ...] = ()
    secrets: tuple[Secret, ...] = ()
    texts: tuple[TextBlock, ...] = ()
    main_text: str = ""
    ids: frozenset[str] = frozenset()
    json_ld: tuple[str, ...] = ()
    empty_lists: tuple[Element, ...] = ()
    unbound: tuple[Element, ...] = ()
    invisible: tuple[TextBlock, ...] = ()
    class_counts: Mapping[str, int] = field(default_factory=dict)
    webflow: Webflow = Webflow()
    template: str = ""
    content_hash: str = ""
    text_hash: str = ""
    html_bytes: int = 0
    selected: Mapping[str, Selected] = field(default_factory=dict)

    @property
    def final_url(self) -> str:
        return self.response.final_url

    @property
    def status(self) -> int | None:
        return self.response.status

    def meta(self, name: str) -> str | None:
        """The first content of that name, None when there is no such meta."""
        return next((m.content for m in self.metas if m.name == name), None)

    def related(self, rel: str) -> tuple[Relation, ...]:
        return tuple(r for r in self.relations if rel in r.rel)

    @property
    def robots_directives(self) -> frozenset[str]:
        """Lower-cased directives of the robots metas and of X-Robots-Tag (its unscoped form)."""
        said = [m.content for m in self.metas if m.name in ("robots", "googlebot")]
        said.append(self.response.headers.get("x-robots-tag", ""))
        return frozenset(word.strip().lower() for line in said for word in line.split(",") if word.strip())

    @property
    def indexable(self) -> bool:
        return self.status == 200 and not self.robots_directives & {"noindex", "none"}
