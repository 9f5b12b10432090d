"""Pages with pictures and files: broken, heavy, badly named."""

from __future__ import annotations

from tests.sites import Answer
from tests.sites.base import KEEP, picture
from tests.sites.plan import REVIEW, Family, Page, Want, want


def _photo(width: int, height: int, kind: str = "image/webp", delay_s: float = 0.0) -> Answer:
    """Noise, which weighs 0.6 bytes a pixel as JPEG; browsers look at the bytes and not at the type they are sent
    with."""
    body = picture(width, height, "JPEG", noise=True)
    return Answer(body, content_type=kind, headers=KEEP, delay_s=delay_s)


def _img(name: str, src: str, width: int, height: int, alt: str = "A row of bowls on a shelf", more: str = "") -> str:
    return f'<img id="{name}" src="{src}" width="{width}" height="{height}" alt="{alt}" {more}>'


_BROKEN = Page(
    "/images/broken",
    "Pictures that fell off the wall",
    f"<p>{_img('lost', '/images/lost.png', 240, 160)}</p><p>{_img('page', '/images/page.png', 240, 160)}</p>",
    wants=(want("images.broken", "#lost", "#page"),),
)
_BEACONS = Page(
    "/images/beacons",
    "Small pictures that count visitors",
    '<img src="/images/count.gif" width="1" height="1" alt="">'
    '<img src="https://www.facebook.com/tr?id=1" width="1" height="1" alt="">',
    silent=("images.broken",),
    wants=(Want("security.tracker-before-consent", None, confidence=REVIEW),),
)
_OVERSIZED = Page(
    "/images/oversized",
    "A very large picture in a small frame",
    f'<p style="width:200px">{_img("huge", "/images/huge.webp", 200, 133)}</p>',
    wants=(want("images.oversized", "#huge"),),
)
_FITTING = Page(
    "/images/fitting",
    "Pictures that may be as large as they are",
    f'<p>{_img("drawing", "/images/drawing.svg", 60, 40)}</p><p style="display:none">'
    f"{_img('unseen', '/images/huge-hidden.webp', 200, 133)}</p><p>{_img('light', '/images/light.jpg', 300, 200)}</p>",
    silent=("images.oversized", "images.legacy-format"),
)
_LEGACY = Page(
    "/images/legacy-format",
    "A photograph of the old kind",
    f"<p>{_img('old', '/images/old.jpg', 600, 420)}</p>",
    wants=(want("images.legacy-format", "#old"),),
)
_LAZY = Page(
    "/images/lazy-lcp",
    "A picture that comes late to its place",
    f"<p>{_img('main', '/images/hero.webp', 640, 480, more='loading=lazy')}</p>",
    wants=(want("images.lazy-lcp", "#main"),),
)
_EAGER = Page(
    "/images/not-lazy",
    "Pictures in the cellar of the page",
    '<div style="height:2400px"></div>'
    + "".join(f"<p>{_img(f'deep{n}', f'/images/deep-{n}.webp', 480, 360)}</p>" for n in range(4)),
    wants=(want("images.not-lazy", "#deep0"),),
)
_PATIENT = Page(
    "/images/lazy-below",
    "Pictures in the cellar that can wait",
    '<div style="height:2400px"></div>'
    + "".join(f"<p>{_img(f'deep{n}', f'/images/below-{n}.webp', 480, 360, more='loading=lazy')}</p>" for n in range(4)),
    silent=("images.not-lazy", "images.lazy-lcp"),
)
_PUSHES = Page(
    "/images/missing-dimensions",
    "A picture that pushes its neighbour",
    '<img id="first" src="/images/late-1.webp" alt="The kiln at night"><p id="pushed">This line is pushed down.</p>',
    wants=(want("images.missing-dimensions", "#first"),),
)
_STEADY = Page(
    "/images/with-dimensions",
    "A picture that keeps its place free",
    '<img src="/images/late-2.webp" width="700" height="500" alt="The kiln at dusk">'
    '<p>This line stays where it is.</p><img src="/images/light.jpg" alt="The kiln at noon">',
    silent=("images.missing-dimensions",),
)
_ALTS = Page(
    "/images/suspicious-alt",
    "Pictures with a poor description",
    f"<p>{_img('file', '/images/light.jpg', 150, 100, 'IMG_2041.jpg')}</p>"
    f"<p>{_img('kind', '/images/light.jpg', 150, 100, 'image of a bowl')}</p>"
    f"<p>{_img('long', '/images/light.jpg', 150, 100, 'A bowl on a table beside a cup and a plate, ' * 4)}</p>",
    wants=(want("images.suspicious-alt", "#file", "#kind", "#long", confidence=REVIEW),),
)
_EMPTY = Page(
    "/images/empty-alt",
    "Pictures that say nothing at all",
    f"<figure>{_img('shown', '/images/light.jpg', 150, 100, '')}<figcaption>The first bowl</figcaption></figure>"
    f"<p>{_img('large', '/images/medium.webp', 300, 220, '')}</p>",
    wants=(want("images.empty-alt", "#shown", "#large", confidence=REVIEW),),
)
_DECORATION = Page(
    "/images/decoration",
    "Pictures that only decorate",
    f"<p>{_img('small', '/images/light.jpg', 48, 32, '')}</p>"
    f"<p>{_img('role', '/images/medium.webp', 300, 220, '', 'role=presentation')}</p>"
    f"<p>{_img('hidden', '/images/medium.webp', 300, 220, '', 'aria-hidden=true')}</p>"
    f"<p>{_img('bg', '/images/medium.webp', 300, 220, '', 'class=bg-pattern')}</p>",
    silent=("images.empty-alt", "images.suspicious-alt"),
)
_PLACEHOLDER = Page(
    "/images/placeholder",
    "A grey picture from the start",
    f"<p>{_img('grey', '/plugins/Basic/assets/placeholder.60f9b1840c.svg', 150, 100)}</p>",
    wants=(want("images.placeholder", "#grey"),),
)
_RESOURCES = Page(
    "/images/resources-broken",
    "Files of our own that are missing",
    '<script src="/js/gone.js"></script>',
    head='<link id="sheet" rel="stylesheet" href="/css/gone.css">',
    wants=(Want("resources.broken", 2),),
)
_LEFT = Page(
    "/images/resources-aborted",
    "Files that nobody waited for",
    '<p id="spot">A frame was here for a moment.</p><script>'
    'const frame = document.createElement("iframe"); frame.src = "/images/slow.html"; frame.title = "A slow page";'
    'document.getElementById("spot").append(frame); setTimeout(() => frame.remove(), 60);</script>',
    silent=("resources.broken", "links.broken-internal"),
)
_FOREIGN = Page(
    "/images/third-party-broken",
    "Files of others that are missing",
    '<script async src="http://[other]/gone.js"></script>',
    wants=(Want("resources.third-party-broken", 1),),
)
_KEPT_OUT = Page(
    "/images/third-party-kept-out",
    "Files of others that we did not ask for",
    '<script async src="http://10.1.2.3/inside.js"></script>'
    '<script async src="https://www.googletagmanager.com/gtm.js?id=GTM-X"></script>',
    silent=("resources.third-party-broken", "javascript.uncaught-error", "security.tracker-before-consent"),
)

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400"/></svg>'
FAMILY = Family(
    "images",
    "Pictures and files",
    (
        _BROKEN, _BEACONS, _OVERSIZED, _FITTING, _LEGACY, _LAZY, _EAGER, _PATIENT, _PUSHES, _STEADY, _ALTS, _EMPTY,
        _DECORATION, _PLACEHOLDER, _RESOURCES, _LEFT, _FOREIGN, _KEPT_OUT,
    ),
    routes={
        "/images/page.png": Answer(b"<p>No picture here.</p>"),
        "/images/huge.webp": _photo(900, 600),
        "/images/huge-hidden.webp": _photo(903, 600),
        "/images/drawing.svg": Answer(_SVG, content_type="image/svg+xml", headers=KEEP),
        "/images/light.jpg": Answer(picture(300, 200, "JPEG"), content_type="image/jpeg", headers=KEEP),
        "/images/medium.webp": _photo(300, 220),
        "/images/old.jpg": _photo(600, 420, "image/jpeg"),
        "/images/hero.webp": _photo(640, 480),
        "/images/late-1.webp": _photo(700, 500, delay_s=0.4),
        "/images/late-2.webp": _photo(702, 500, delay_s=0.4),
        **{f"/images/deep-{n}.webp": _photo(480, 360 + n) for n in range(4)},
        **{f"/images/below-{n}.webp": _photo(484, 360 + n) for n in range(4)},
        "/plugins/Basic/assets/placeholder.60f9b1840c.svg": Answer(_SVG, content_type="image/svg+xml", headers=KEEP),
        "/images/note.html": Answer(b"<!DOCTYPE html><title>A note</title><p>A note."),
        "/images/note-2.html": Answer(b"<!DOCTYPE html><title>Another</title><p>Another note."),
        "/images/slow.html": Answer(b"<!DOCTYPE html><title>Slow</title>", delay_s=1.0),
    },
)  # fmt: skip
