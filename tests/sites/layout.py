"""Pages that come apart at some width."""

from __future__ import annotations

from tests.sites.plan import REVIEW, Family, Page, Want, want

_LONG = "The kiln is fired twice a week, and everything that leaves it is checked by hand before it is wrapped. "
_MENU = (
    '<div class="w-nav note-nav" role="navigation" aria-label="Shelves" data-collapse="all">'
    '<button id="burger" class="w-nav-button" aria-label="Menu of shelves" style="height:48px">Menu of shelves</button>'
    '<div id="shelves" class="w-nav-menu" style="display:none"><a class="note-link" href="/layout">All shelves</a></div></div>'
)
_OPENS = (
    '<script>document.getElementById("burger").addEventListener("click", () => {'
    'document.getElementById("shelves").style.display = "block"; });</script>'
)


def _fixed(name: str, text: str, more: str = "") -> str:
    return (
        f'<div id="{name}" {more} style="position:fixed;left:0;right:0;bottom:0;height:60vh;background:#fff;'
        f'border-top:1px solid #333;padding:16px;z-index:5">{text}</div>'
    )


_PAGES = (
    Page("/layout/overflow", "A shelf that is too long",
         '<div id="wide" style="width:1800px;background:#eee">This shelf is longer than the wall.</div>',
         wants=(want("layout.horizontal-overflow", "#wide"),)),
    Page("/layout/overflow-clipped", "A shelf behind a curtain",
         '<div style="overflow:hidden"><div style="width:1800px;background:#eee">Only a part is seen.</div></div>'
         '<div style="position:fixed;top:0;left:100%;width:300px" class="off-canvas-panel">Pulled in by a button.</div>'
         '<p class="sr-note" style="position:absolute;left:-9999px">For readers of the screen.</p>',
         silent=("layout.horizontal-overflow", "layout.hidden-content", "layout.covered-content")),
    Page("/layout/hidden-content", "A bowl that never appears",
         '<p id="ghost" style="opacity:0" data-w-id="c3d0c3f2-0b41-6d55-9a77-1c2b3d4e5f62">This bowl was meant to fade in.</p>',
         wants=(want("layout.hidden-content", "#ghost"),)),
    Page("/layout/closed-by-design", "Drawers that are closed for now",
         '<div class="w-tab-pane" style="opacity:0">The second tab.</div>'
         '<div class="modal-wrap" style="opacity:0">A window that opens later.</div>'
         '<nav class="w-dropdown-list" aria-label="Colours" style="opacity:0">A list that drops down.</nav>'
         '<div class="faq-answer" style="visibility:hidden">An answer to unfold.</div>'
         '<div class="w-slide" style="opacity:0">The third slide.</div>'
         '<p style="opacity:0" id="slow" data-w-id="d4">A line that fades in.</p><script>setTimeout(() => {'
         'document.getElementById("slow").style.opacity = 1; }, 300);</script>',
         silent=("layout.hidden-content", "javascript.webflow-runtime-missing")),
    Page("/layout/clipped-text", "A letter in a small envelope",
         f'<div id="cut" style="width:240px;height:34px;overflow:hidden">{_LONG * 2}</div>',
         wants=(want("layout.clipped-text", "#cut", confidence=REVIEW),)),
    Page("/layout/clipped-on-purpose", "A letter that was folded",
         f'<div style="width:240px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">{_LONG}</div>'
         f'<div style="width:240px;overflow:hidden;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2">{_LONG * 2}</div>'
         '<span class="sr-only" style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">'
         "Only for screen readers, and therefore cut.</span>", silent=("layout.clipped-text", "layout.overlapping")),
    Page("/layout/overlapping", "Two notes in one place",
         '<div style="position:relative;height:80px"><p id="under" style="position:absolute;top:0;left:0;margin:0">'
         'The first note says when the kiln is opened.</p><p id="over" style="position:absolute;top:6px;left:0;margin:0">'
         "The second note says when the kiln is closed.</p></div>",
         wants=(Want("layout.overlapping", None, confidence=REVIEW),
                Want("accessibility.color-contrast", None, confidence=REVIEW))),
    Page("/layout/layered", "Notes on top of pictures",
         '<div style="position:relative;width:320px;height:160px"><img src="/images/light.jpg" width="320" height="160" '
         'alt="A shelf in the morning" style="position:absolute;top:0;left:0;width:320px;height:160px"><p style="position:absolute;'
         'top:40px;left:16px;background:#fff;margin:0">Words over a picture</p></div>'
         '<div style="position:sticky;top:0;background:#fff">This line stays while you scroll.</div>'
         '<div class="w-dropdown" style="position:relative"><span>Colours</span><div class="w-dropdown-list" '
         'style="position:absolute;top:0;display:none">Blue and grey</div></div>', silent=("layout.overlapping",)),
    Page("/layout/tiny-text", "Words for sharp eyes", '<p id="tiny" style="font-size:10px">This line is printed very small.</p>',
         wants=(want("layout.tiny-text", "#tiny"),)),
    Page("/layout/tiny-on-purpose", "Words that may be small",
         'The price<sup style="font-size:10px">1</sup> is fair.<p hidden style="font-size:9px">Not to be read.</p>',
         silent=("layout.tiny-text",)),
    Page("/layout/input-zoom", "A field for sharp eyes", '<p><label for="name">Name of the bowl</label> '
         '<input id="name" name="bowl" style="font-size:13px"></p>', wants=(want("layout.input-zoom", "#name"),)),
    Page("/layout/input-large", "A field for tired eyes", '<p><label for="name">Name of the cup</label> '
         '<input id="name" name="cup"> <label for="on">Sold</label> <input id="on" type="checkbox" style="font-size:12px"></p>',
         silent=("layout.input-zoom",)),
    Page("/layout/menu-broken", "A menu that does not open", _MENU, wants=(Want("layout.mobile-menu-broken", None),)),
    Page("/layout/menu-works", "A menu that opens", _MENU + _OPENS, silent=("layout.mobile-menu-broken",)),
    Page("/layout/covered-content", "A board in front of the door", _fixed("board", "Come to our night of open doors."),
         wants=(Want("layout.covered-content", None, confidence=REVIEW),)),
    Page("/layout/consent-banner", "A board that asks for consent",
         _fixed("cookie-banner", "We use cookies. Do you accept all cookies?", 'class="cookie-consent" role="dialog" aria-label="Cookies"'),
         wants=(Want("layout.covered-content", None, confidence=REVIEW, severity="info"),)),
)  # fmt: skip

FAMILY = Family("layout", "Shapes and widths", _PAGES)
