"""Pages with something wrong in their head."""

from __future__ import annotations

import re

from tests.sites import Answer, redirect
from tests.sites.base import ICON, KEEP, SHARE, picture
from tests.sites.links import listed
from tests.sites.plan import REVIEW, Family, Page, Want, want

_CHARSET = '<meta charset="utf-8">'
_VIEWPORT = '<meta content="width=device-width, initial-scale=1" name="viewport">'
_IMAGE = f'<meta content="http://[main]{SHARE}" property="og:image">'
_CARD = '<meta content="summary_large_image" name="twitter:card">'
_NOINDEX = '<meta name="robots" content="noindex">'


def _title(path: str, heading: str, title: str, rule: str = "", *more: Want) -> Page:
    """A page whose title is another one than its heading."""
    edits = ((f"<title>{heading}</title>", f"<title>{title}</title>"),)
    return Page(path, heading, edits=edits, wants=(want(rule), *more) if rule else ())


def _canonical(path: str, title: str, target: str, rule: str) -> Page:
    edits = ((f'<link href="http://[main]{path}" rel="canonical">', target),)
    return Page(path, title, edits=edits, wants=(want(rule),))


def _described(path: str, title: str, said: str, rule: str) -> Page:
    old = f"Studio North writes about this: {title.lower()}. Clay, heat and patience."
    return Page(path, title, edits=((f'<meta content="{old}" name="description">', said),), wants=(want(rule),))


_TITLES = (
    _title("/metadata/title-missing", "The page without a name", "", "metadata.title-missing",
           want("accessibility.document-title", "html")),
    _title("/metadata/title-default", "The page with a working name", "Untitled page 4", "metadata.title-default"),
    Page("/metadata/copy-of-kilns", "The page with a working address", wants=(want("metadata.address-default"),)),
    Page("/metadata/copy", "Copies of a plate", silent=("metadata.address-default",)),
    _title("/metadata/title-long", "The page with a long name",
           "How we make, glaze, fire, pack and send every single one of our handmade plates", "metadata.title-long"),
    _title("/metadata/title-short", "The page with a short name", "Our clay", "metadata.title-short"),
    Page("/metadata/narrow-title", "Little lilies fill a still little hill till it is tilting, Lil",
         silent=("metadata.title-long",)),
    *(Page(f"/metadata/same-title-{n}", f"One of two equal names, number {n}",
           edits=((f"<title>One of two equal names, number {n}</title>", "<title>The same name on two pages</title>"),),
           wants=(want("metadata.title-duplicate"),)) for n in (1, 2)),
)  # fmt: skip
_TEXT = "<p>This text stands on two pages, and one of them says by its canonical that the other is the main one.</p>"
_COPY = "The page that has a second address"
_SAME_DESCRIPTION = "Two pages say this about themselves, although they are about different things."
_DESCRIPTIONS = (
    _described("/metadata/description-missing", "Nothing is said about this page", "", "metadata.description-missing"),
    _described("/metadata/description-short", "Little is said about this page",
               '<meta content="Too short." name="description">', "metadata.description-length"),
    _described("/metadata/description-long", "Too much is said about this page",
               f'<meta content="{"A very long story about clay. " * 7}" name="description">',
               "metadata.description-length"),
    *(Page(f"/metadata/same-description-{n}", f"The same is said about page {n}", description=_SAME_DESCRIPTION,
           wants=(want("metadata.description-duplicate"),)) for n in (1, 2)),
    Page("/metadata/main-copy", _COPY, _TEXT * 4, words=False),
    Page("/metadata/second-copy", _COPY, _TEXT * 4, words=False,
         edits=(('http://[main]/metadata/second-copy" rel="canonical"', 'http://[main]/metadata/main-copy" rel="canonical"'),),
         silent=("metadata.title-duplicate", "metadata.description-duplicate", "content.duplicate")),
)  # fmt: skip
_CANONICALS = (
    _canonical("/metadata/canonical-missing", "A page without a main address", "", "metadata.canonical-missing"),
    Page("/metadata/canonical-multiple", "A page with two main addresses",
         head='<link href="http://[main]/metadata" rel="canonical">', wants=(want("metadata.canonical-multiple"),)),
    _canonical("/metadata/canonical-dead", "A page whose main address is gone",
               '<link href="http://[main]/metadata/nowhere" rel="canonical">', "metadata.canonical-broken"),
    _canonical("/metadata/canonical-moved", "A page whose main address moved",
               '<link href="http://[main]/metadata/moved" rel="canonical">', "metadata.canonical-broken"),
    _canonical("/metadata/canonical-hidden", "A page whose main address hides",
               '<link href="http://[main]/metadata/noindex" rel="canonical">', "metadata.canonical-broken"),
    _canonical("/metadata/canonical-offsite", "A page that gives itself away",
               '<link href="https://studio-north-draft.webflow.io/" rel="canonical">', "metadata.canonical-offsite"),
)  # fmt: skip
_INDEX = (
    Page("/metadata/noindex", "A page that hides itself", head=_NOINDEX, listed=False,
         wants=(want("metadata.noindex"),)),
    Page("/metadata/noindex-by-header", "A page that its server hides", headers={"X-Robots-Tag": "noindex"},
         listed=False, wants=(want("metadata.noindex"),)),
    Page("/metadata/thank-you", "Thank you for your message", head=_NOINDEX, listed=False, edits=(
        ('<meta content="Studio North writes about this: thank you for your message. Clay, heat and patience." '
         'name="description">', ""),
        (_IMAGE, ""), (_CARD, ""), ('<link href="http://[main]/metadata/thank-you" rel="canonical">', ""),
    ), silent=("metadata.noindex", "metadata.description-missing", "metadata.og-missing", "metadata.canonical-missing",
               "metadata.twitter-card-missing", "site.sitemap-incomplete")),
    Page("/metadata/robots-blocked", "Pages that robots may not read", listed(
        '<a class="note-link" href="/metadata/private">The private page</a>',
        '<a class="note-link" href="/metadata/checkout">The checkout</a>'),
        wants=(Want("metadata.robots-blocked", page="/metadata/private"),)),
)  # fmt: skip
_SHARING = (
    Page("/metadata/og-missing", "A page that cannot be shared", edits=((_IMAGE, ""), (_CARD, "")),
         wants=(want("metadata.og-missing"), want("metadata.twitter-card-missing"))),
    Page("/metadata/og-image-gone", "A page whose picture is gone",
         edits=((_IMAGE, '<meta content="http://[main]/images/no-share.png" property="og:image">'),),
         wants=(want("metadata.og-image-broken"),)),
    Page("/metadata/og-image-relative", "A page whose picture has half an address",
         edits=((_IMAGE, f'<meta content="{SHARE}" property="og:image">'),), wants=(want("metadata.og-image-broken"),)),
    Page("/metadata/og-image-no-picture", "A page whose picture is none",
         edits=((_IMAGE, '<meta content="http://[main]/metadata" property="og:image">'),),
         wants=(want("metadata.og-image-broken"),)),
    Page("/metadata/og-image-small", "A page whose picture is tiny",
         edits=((_IMAGE, '<meta content="http://[main]/images/small-share.png" property="og:image">'),),
         wants=(want("metadata.og-image-small"),)),
)  # fmt: skip
_TECHNICAL = (
    Page("/metadata/viewport-missing", "A page not made for phones", edits=((_VIEWPORT, ""),),
         wants=(want("metadata.viewport-missing"),)),
    Page("/metadata/viewport-fixed", "A page made for one width",
         edits=((_VIEWPORT, '<meta content="width=1024" name="viewport">'),),
         wants=(want("metadata.viewport-missing"),)),
    Page("/metadata/charset-missing", "A page without a charset", edits=((_CHARSET, ""),), content_type="text/html",
         wants=(want("metadata.charset-missing"),)),
    Page("/metadata/charset-by-header", "A page whose server names the charset", edits=((_CHARSET, ""),),
         silent=("metadata.charset-missing",)),
    Page("/metadata/doctype-missing", "A page in the old mode", edits=(("<!DOCTYPE html>\n", ""),),
         wants=(want("metadata.doctype-missing"),)),
    Page("/metadata/favicon-missing", "A page without an icon",
         edits=((f'<link href="{ICON}" rel="icon" type="image/png">', ""),), wants=(want("metadata.favicon-missing"),)),
    Page("/metadata/structured-data-invalid", "A page with broken data", head=(
        '<script type="application/ld+json">{"@context": "https://schema.org",}</script>'
        '<script type="application/ld+json">{"@context": "https://schema.org", "name": "Kiln"}</script>'),
        wants=(Want("metadata.structured-data-invalid", 2),)),
    Page("/metadata/structured-data", "A page with sound data", head=(
        '<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "Person"}]}</script>'
        '<script type="application/ld+json">[{"@context": "https://schema.org", "@type": "Store"}]</script>'),
        silent=("metadata.structured-data-invalid",)),
)  # fmt: skip
_GERMAN = (
    "<p>Der Ofen wird zweimal in der Woche gebrannt, und alles, was ihn verlässt, wird von Hand geprüft und eingepackt. "
    "Unsere Schalen entstehen auf einer langsamen Scheibe, damit die Spuren der Finger unter der Glasur bleiben.</p>"
    "<p>Besucher sind am Samstag willkommen, wenn die ganze Werkstatt nach nassem Ton und frischem Kaffee riecht. Eine "
    "weiße Glasur braucht Geduld: drei dünne Schichten, zwei Tage Ruhe und eine lange Nacht in der Hitze.</p>"
)
_QUOTE = re.sub(r"</?p>", " ", _GERMAN)


def _alternates(*pairs: tuple[str, str]) -> str:
    return "".join(f'<link rel="alternate" hreflang="{code}" href="{url}">' for code, url in pairs)


_ONE, _TWO, _THREE = (f"http://[main]/metadata/{name}" for name in ("one-way", "pair-one", "pair-two"))
_LANGUAGE = (
    Page("/metadata/lang-mismatch", "Eine Seite auf Deutsch", _GERMAN, words=False,
         wants=(want("metadata.lang-mismatch", confidence=REVIEW),)),
    Page("/metadata/lang-quote", "A page that quotes a German letter",
         f'<blockquote lang="de">{_QUOTE[:190]}</blockquote>', silent=("metadata.lang-mismatch",)),
    Page("/metadata/hreflang-invalid", "A page with a wrong language code",
         head=_alternates(("english", "/metadata/nowhere")), wants=(want("metadata.hreflang-invalid"),)),
    Page("/metadata/one-way", "A page whose sister does not answer",
         head=_alternates(("en", _ONE), ("en-GB", "http://[main]/metadata")),
         wants=(want("metadata.hreflang-not-reciprocal"),)),
    Page("/metadata/pair-one", "The first of two sisters", head=_alternates(("en", _TWO), ("en-GB", _THREE)),
         silent=("metadata.hreflang-invalid", "metadata.hreflang-not-reciprocal")),
    Page("/metadata/pair-two", "The second of two sisters", head=_alternates(
        ("en", _TWO), ("en-GB", _THREE), ("x-default", _TWO), ("es-419", "https://es.clay.org/")),
        silent=("metadata.hreflang-invalid", "metadata.hreflang-not-reciprocal")),
)  # fmt: skip

FAMILY = Family(
    "metadata",
    "Names and heads",
    (*_TITLES, *_DESCRIPTIONS, *_CANONICALS, *_INDEX, *_SHARING, *_TECHNICAL, *_LANGUAGE),
    routes={
        "/metadata/moved": redirect("/metadata"),
        "/images/small-share.png": Answer(picture(400, 210), content_type="image/png", headers=KEEP),
    },
    disallowed=("/metadata/private", "/metadata/checkout"),
)
