"""Pages about links: where they lead, and what they are called."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

from tests.sites import Answer, redirect
from tests.sites.plan import REVIEW, Family, Page, want


def listed(*links: str) -> str:
    return f'<ul class="entries">{"".join(f"""<li class="entry">{link}</li>""" for link in links)}</ul>'


def _link(name: str, href: str, text: str, more: str = "") -> str:
    return f'<a id="{name}" class="note-link" href="{href}" {more}>{text}</a>'


_answered: set[int] = set()


def _flaky(request: BaseHTTPRequestHandler) -> None:
    """Fails the first time that it is asked."""
    key = id(request.server)
    first = key not in _answered
    _answered.add(key)
    request.answer(Answer(b"A quiet page.", 503 if first else 200))  # type: ignore[attr-defined]


def _refuses_head(request: BaseHTTPRequestHandler) -> None:
    request.answer(Answer(b"Here I am.", 405 if request.command == "HEAD" else 200))  # type: ignore[attr-defined]


_BROKEN = Page(
    "/links/broken-internal",
    "Where the old oven used to be",
    listed(_link("gone", "/links/gone", "The oven of 1930"), _link("failing", "/links/failing", "The second oven")),
    wants=(want("links.broken-internal", "#gone", "#failing"),),
)
_RECOVERS = Page(
    "/links/recovers",
    "A page that was down for a moment",
    listed('<a class="note-link" href="/links/flaky.pdf">The timetable of the kiln</a>'),
    silent=("links.broken-internal",),
)
_EXTERNAL = Page(
    "/links/broken-external",
    "Friends of the workshop",
    listed(_link("away", "http://[other]/gone", "The clay museum"), _link("shut", "http://[dead]/", "The glaze club")),
    wants=(want("links.broken-external", "#away", "#shut"),),
)
_UNSURE = Page(
    "/links/unverifiable",
    "Friends who ask for a name",
    listed(
        _link("wall", "http://[other]/wall", "The guild of potters"),
        _link("login", "http://[other]/members", "The members' room"),
        _link("shy", "http://[other]/shy", "The network of makers"),
    ),
    wants=(want("links.unverifiable-external", "#wall", "#login", "#shy", confidence=REVIEW),),
    silent=("links.broken-external",),
)
_NO_HEAD = Page(
    "/links/refuses-head",
    "Friends with an old server",
    listed('<a class="note-link" href="http://[other]/only-get">The library of glazes</a>'),
    silent=("links.unverifiable-external", "links.broken-external"),
)
_FRAGMENT = Page(
    "/links/broken-fragment",
    "Chapters that are not written yet",
    listed(
        _link("here", "#nowhere", "The chapter about ash"), _link("there", "/links#nothing", "The chapter about iron")
    ),
    wants=(want("links.broken-fragment", "#here", "#there"),),
)
_SECTIONS = Page(
    "/links/sections",
    "Chapters that can be opened",
    listed(
        '<a class="note-link" href="#">Back to top</a>',
        '<a class="note-link" href="#top">Up to the beginning</a>',
        '<a class="note-link" href="#:~:text=kiln">The line about the kiln</a>',
        '<a class="note-link" href="#old-name">The chapter with an old anchor</a>',
    )
    + '<div class="wide-note"><a name="old-name"></a>The old anchor is here.</div>',
    silent=("links.broken-fragment", "links.placeholder", "links.missing-href"),
)
_PLACEHOLDER = Page(
    "/links/placeholder",
    "Buttons that wait for their page",
    listed(
        _link("hash", "#", "See the courses"),
        _link("empty", "", "See the prices"),
        _link("void", "javascript:void(0)", "See the shop"),
    ),
    wants=(want("links.placeholder", "#hash", "#empty", "#void"),),
)
_TRIGGERS = Page(
    "/links/triggers",
    "Buttons that open something here",
    listed(
        '<a class="note-link" href="#" data-w-id="a1d0c3f2-0b41-6d55-9a77-1c2b3d4e5f60">Show the gallery</a>',
        '<a class="note-link w-dropdown-toggle" href="#">Choose a course</a>',
        '<a class="note-link w-lightbox" href="#">Look at the kiln</a>',
        '<a class="note-link w-nav-button" href="#">Open the index</a>',
        '<a class="note-link" href="#" aria-controls="panel">Unfold the notes</a>',
        '<a class="note-link" href="#" role="button">Print the notes</a>',
    )
    + '<div class="w-tab-menu"><a class="note-link w-tab-link" href="#">First shelf</a></div><p id="panel">The notes.</p>',
    silent=("links.placeholder",),
)
_NO_HREF = Page(
    "/links/missing-href",
    "Words that look like links",
    listed('<a class="note-link">The drying room</a>'),
    wants=(want("links.missing-href"),),
)
_NAMED = Page(
    "/links/named-anchors",
    "Anchors with a name of their own",
    listed(
        '<a name="shelf">The first shelf</a>', '<a role="link" tabindex="0" class="note-link">Opened by a script</a>'
    ),
    silent=("links.missing-href",),
)
_REDIRECTS = Page(
    "/links/redirects",
    "Roads that were laid anew",
    listed(
        _link("chain", "/links/first-hop", "The road with two bends"),
        _link("loop", "/links/round", "The road around the lake"),
        _link("moved", "/links/old-address", "The road that moved for good"),
    ),
    wants=(
        want("links.redirect-chain", "#chain"),
        want("links.redirect-loop", "#loop"),
        want("links.redirected-internal", "#moved"),
    ),
)
_FINE_REDIRECTS = Page(
    "/links/fine-redirects",
    "Roads with a single sign",
    listed(
        '<a class="note-link" href="/links/for-now">The road around the works</a>',
        '<a class="note-link" href="/links/sections/">The road with a slash</a>',
    ),
    silent=("links.redirect-chain", "links.redirect-loop", "links.redirected-internal"),
)
_PLACES = Page(
    "/links/places",
    "Links that only the author can open",
    listed(
        _link("draft", "https://studio-north-draft.webflow.io/kiln", "The draft of the kiln"),
        _link("disk", "file:///C:/Users/maya/kiln.pdf", "The plan on her disk"),
        _link("desk", "http://localhost:3000/kiln", "The plan on her desk"),
        _link("house", "http://192.168.0.12/kiln", "The plan in the house"),
        _link("designer", "https://preview.webflow.com/preview/studio-north", "The plan in the Designer"),
    ),
    wants=(want("links.staging", "#draft"), want("links.local", "#disk", "#desk", "#house", "#designer")),
)
_MALFORMED = Page(
    "/links/malformed",
    "Addresses with a slip of the pen",
    listed(
        _link("letters", "htps://clay.org/", "The museum of clay"),
        _link("twice", "https://https://clay.org/", "The museum of glass"),
        _link("slash", "http:/clay.org", "The museum of salt"),
        _link("braces", "/posts/{{slug}}", "The museum of wood"),
    ),
    wants=(want("links.malformed", "#letters", "#twice", "#slash", "#braces"),),
)
_CONTACT = Page(
    "/links/bad-contact",
    "How not to reach the studio",
    listed(
        _link("nobody", "mailto:hello", "Write to the desk"),
        _link("void", "mailto:", "Write to the kiln"),
        _link("word", "tel:CALL-NOW", "Ring the desk"),
        _link("short", "tel:12", "Ring the kiln"),
    ),
    wants=(want("links.mailto-invalid", "#nobody", "#void"), want("links.tel-invalid", "#word", "#short")),
)
_FINE_CONTACT = Page(
    "/links/good-contact",
    "How to reach the studio",
    listed(
        '<a class="note-link" href="mailto:maya@clay.org,jonas@clay.org?subject=Kiln">Write to both of us</a>',
        '<a class="note-link" href="mailto:?subject=A%20kiln&amp;body=Look">Tell a friend</a>',
        '<a class="note-link" href="tel:+49 30 123-4567;ext=12">Ring us up</a>',
    ),
    silent=("links.mailto-invalid", "links.tel-invalid"),
)
_GENERIC = Page(
    "/links/generic-text",
    "Links that keep their secret",
    listed(_link("more", "/links/sections", "Read more"), _link("click", "/links/redirects", "Click here")),
    wants=(want("links.generic-text", "#more", "#click"),),
)
_CLEAR = Page(
    "/links/clear-text",
    "Links with a name behind the name",
    listed(
        '<a class="note-link" href="/links/places" aria-label="Read more about places">Read more</a>',
        '<a class="note-link" href="/links/triggers" aria-describedby="about">Read more</a>',
    )
    + '<p id="about">About buttons that open something.</p>',
    silent=("links.generic-text",),
)

FAMILY = Family(
    "links",
    "Links and roads",
    (
        _BROKEN, _RECOVERS, _EXTERNAL, _UNSURE, _NO_HEAD, _FRAGMENT, _SECTIONS, _PLACEHOLDER, _TRIGGERS, _NO_HREF,
        _NAMED, _REDIRECTS, _FINE_REDIRECTS, _PLACES, _MALFORMED, _CONTACT, _FINE_CONTACT, _GENERIC, _CLEAR,
    ),
    routes={
        "/links/failing": Answer(b"The oven is broken.", 500),
        "/links/flaky.pdf": _flaky,
        "/links/first-hop": redirect("/links/second-hop", 302),
        "/links/second-hop": redirect("/links/sections", 302),
        "/links/round": redirect("/links/about", 302),
        "/links/about": redirect("/links/round", 302),
        "/links/old-address": redirect("/links/sections", 301),
        "/links/for-now": redirect("/links/sections", 302),
        "/links/sections/": redirect("/links/sections", 301),
    },
    other={
        "/wall": Answer(b"<title>Are you a robot?</title> Solve the captcha.", 503),
        "/members": Answer(b"Members only.", 403),
        "/shy": Answer(b"", 999),
        "/only-get": _refuses_head,
    },
)  # fmt: skip
