"""Builders of what checks read: every keyword is optional, and the default of each is a page with little wrong on it.
URLs are absolute or resolved against `HOME`, as a parser would do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ada_url import URL

from scans.snapshot import (
    Asset,
    AssetKind,
    Box,
    Element,
    FetchError,
    Field,
    Form,
    Heading,
    Hop,
    Image,
    Link,
    Meta,
    PageFacts,
    PageSeen,
    Probes,
    Problem,
    Relation,
    Response,
    Robots,
    Sitemap,
    SiteSnapshot,
    Skipped,
    Target,
    TargetState,
    TextBlock,
    Visit,
    Webflow,
)

HOST = "acme.example"
HOME = f"https://{HOST}/"
HTML_HEADERS = {"content-type": "text/html; charset=utf-8"}


def absolute(href: str | None, base: str = HOME) -> str | None:
    """The WHATWG URL of an href, None where it names none of the web."""
    if href is None:
        return None
    try:
        url = str(URL(href.strip(), base=base).href)
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None


def element(
    tag: str = "div",
    text: str = "",
    attrs: Mapping[str, str] | None = None,
    *,
    selector: str = "",
    html: str = "",
    component: str = "",
    path: str = "",
    box: Box | None = None,
) -> Element:
    shown = "".join(f' {name}="{value}"' for name, value in (attrs or {}).items())
    return Element(
        selector=selector or tag,
        html=html or f"<{tag}{shown}>{text}</{tag}>",
        tag=tag,
        text=text,
        attrs=dict(attrs or {}),
        component=component,
        path=path or tag,
        box=box,
    )


def link(
    href: str | None = "/about",
    text: str = "About us",
    attrs: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    base: str = HOME,
    selector: str = "",
) -> Link:
    """An `<a>`; `name` defaults to its text."""
    said = dict(attrs or {}) if href is None else {"href": href, **(attrs or {})}
    return Link(
        element=element("a", text, said, selector=selector),
        href=href,
        url=absolute(href, base),
        name=text if name is None else name,
    )


def image(
    src: str = "/hero.jpg",
    alt: str | None = "Our workshop",
    attrs: Mapping[str, str] | None = None,
    *,
    srcset: Sequence[str] = (),
    component: str = "",
    base: str = HOME,
) -> Image:
    said = {"src": src, **({} if alt is None else {"alt": alt}), **(attrs or {})}
    return Image(element("img", "", said, component=component), absolute(src, base), src, alt, tuple(srcset))


def asset(
    src: str,
    kind: AssetKind = AssetKind.IMAGE,
    attrs: Mapping[str, str] | None = None,
    *,
    tag: str = "",
    attr: str = "src",
    base: str = HOME,
) -> Asset:
    tags = {AssetKind.IMAGE: "img", AssetKind.SCRIPT: "script", AssetKind.FRAME: "iframe", AssetKind.MEDIA: "video"}
    said = element(tag or tags.get(kind, "link"), "", {attr: src, **(attrs or {})})
    return Asset(said, kind, src, absolute(src, base), attr)


def relation(rel: str, href: str, *, hreflang: str = "", sizes: str = "", base: str = HOME) -> Relation:
    return Relation(tuple(rel.lower().split()), href, absolute(href, base), hreflang, sizes)


def text(
    words: str, tag: str = "p", attrs: Mapping[str, str] | None = None, *, landmark: str = "main", component: str = ""
) -> TextBlock:
    return TextBlock(element(tag, words, attrs, component=component), words, landmark)


def heading(words: str, level: int = 1, attrs: Mapping[str, str] | None = None) -> Heading:
    return Heading(element(f"h{level}", words, attrs), level, words)


def field(
    name: str,
    kind: str = "text",
    attrs: Mapping[str, str] | None = None,
    *,
    tag: str = "input",
    label: str = "",
    options: Iterable[str] = (),
    shown: bool = True,
) -> Field:
    """A form field."""
    said = element(tag, "", {"name": name, **({"type": kind} if tag == "input" else {}), **(attrs or {})})
    return Field(said, label, tuple(options), shown)


SEND = Field(element("input", attrs={"type": "submit", "value": "Send"}))


def form(
    fields: Iterable[Field] = (),
    *,
    action: str | None = None,
    method: str = "get",
    attrs: Mapping[str, str] | None = None,
    in_webflow_block: bool = True,
    controls: Iterable[Element] = (),
    done: str | None = "We will write to you within a day.",
    fail: str | None = "That did not work. Please call us.",
    base: str = HOME,
) -> Form:
    """A form in a Webflow block with messages of its own; `done` and `fail` are their texts, None leaves them out."""
    return Form(
        element=element("form", "", attrs),
        method=method,
        action=action,
        url=absolute(action, base),
        in_webflow_block=in_webflow_block,
        fields=tuple(fields),
        controls=tuple(controls),
        done=None if done is None else element("div", done, {"class": "w-form-done"}),
        fail=None if fail is None else element("div", fail, {"class": "w-form-fail"}),
    )


def response(
    url: str = HOME,
    status: int | None = 200,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    final_url: str = "",
    chain: Sequence[tuple[str, int]] = (),
    error: FetchError | None = None,
    ttfb_ms: float = 50.0,
    wire_bytes: int = 0,
) -> Response:
    return Response(
        url=url,
        final_url=final_url or url,
        status=status,
        headers=dict(HTML_HEADERS if headers is None else headers),
        body=body,
        chain=tuple(Hop(*hop) for hop in chain),
        error=error,
        ttfb_ms=ttfb_ms,
        wire_bytes=wire_bytes,
    )


def _frozen(given: Mapping[str, Any]) -> dict[str, Any]:
    tuples = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return {key: frozenset(value) if key == "ids" else value for key, value in tuples.items()}


def page(
    url: str = HOME,
    *,
    status: int | None = 200,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    final_url: str = "",
    chain: Sequence[tuple[str, int]] = (),
    ttfb_ms: float = 50.0,
    wire_bytes: int = 0,
    metas: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    webflow: Webflow | None = None,
    **facts: Any,
) -> PageFacts:
    """One fetched page. `metas` maps names to contents; other fields of PageFacts are keywords, lists are welcome."""
    url = absolute(url) or url
    pairs = metas.items() if isinstance(metas, Mapping) else metas
    given: dict[str, Any] = {"title": "Acme builds quiet machines", "charset": "utf-8", "lang": "en", **_frozen(facts)}
    return PageFacts(
        response=response(
            url, status, headers, body, final_url=final_url, chain=chain, ttfb_ms=ttfb_ms, wire_bytes=wire_bytes
        ),
        url=url,
        metas=tuple(Meta(name, content) for name, content in pairs),
        webflow=webflow or Webflow(),
        **given,
    )


def visit(url: str = HOME, **seen: Any) -> Visit:
    """One visited page; every field of Visit is a keyword, lists are welcome."""
    url = absolute(url) or url
    given: dict[str, Any] = {"final_url": url, "status": 200, **_frozen(seen)}
    return Visit(url=url, **given)


def seen(
    facts: PageFacts,
    visited: Visit | None = None,
    *,
    depth: int | None = 0,
    in_sitemap: bool = False,
    sources: Iterable[str] = (HOME,),
) -> PageSeen:
    return PageSeen(facts, visited, depth, in_sitemap, tuple(sources))


def target(
    url: str,
    status: int | None = 200,
    *,
    state: TargetState | None = None,
    chain: Sequence[tuple[str, int]] = (),
    final_url: str = "",
    error: FetchError | None = None,
    **more: Any,
) -> Target:
    """A verdict; `state` follows from `status` and `error` when it is not given."""
    url = absolute(url) or url
    broken = error is not None or status is None or status >= 400
    return Target(
        url=url,
        state=state or (TargetState.BROKEN if broken else TargetState.OK),
        status=status,
        final_url=final_url or url,
        error=error,
        chain=tuple(Hop(*hop) for hop in chain),
        **more,
    )


def site(
    pages: Iterable[PageFacts | PageSeen] = (),
    targets: Iterable[Target] = (),
    *,
    start_url: str = HOME,
    robots: Robots | None = None,
    sitemap: Sitemap | None = None,
    probes: Probes | None = None,
    skipped: Iterable[Skipped] = (),
    hosts: Iterable[str] = (HOST,),
    **more: Any,
) -> SiteSnapshot:
    """One scan. Its robots.txt allows everything and its sitemap lists the pages, unless said otherwise."""
    all_seen = [one if isinstance(one, PageSeen) else seen(one) for one in pages]
    listed = tuple(one.facts.url for one in all_seen)
    return SiteSnapshot(
        start_url=start_url,
        pages={one.facts.url: one for one in all_seen},
        targets={one.url: one for one in targets},
        robots=robots or Robots(url=f"{start_url}robots.txt", status=200, text="User-agent: *\nDisallow:\n"),
        sitemap=sitemap or Sitemap(files=(f"{start_url}sitemap.xml",), urls=listed),
        probes=probes or Probes(),
        skipped=tuple(skipped),
        hosts=frozenset(hosts),
        **more,
    )


def rules(problems: Iterable[Problem]) -> list[str]:
    """The rule ids of problems, sorted, each once."""
    return sorted({problem.rule for problem in problems})


def of(problems: Iterable[Problem], rule: str) -> list[Problem]:
    """The problems of one rule."""
    return [problem for problem in problems if problem.rule == rule]
