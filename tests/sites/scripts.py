"""Pages whose scripts misbehave, and pages that are slow or heavy."""

from __future__ import annotations

from tests.sites import Answer
from tests.sites.base import KEEP, RUNTIME, picture, script, style
from tests.sites.plan import Family, Page, Want, want

_SEEN = '<div id="late" class="wide-note reveal" style="opacity:0" data-w-id="b2d0c3f2-0b41-6d55-9a77-1c2b3d4e5f61">It never comes.</div>'
_JAVASCRIPT = (
    Page("/javascript/uncaught-error", "A script that stumbles", '<script src="/js/stumbles.js"></script>',
         wants=(want("javascript.uncaught-error"),)),
    Page("/javascript/harmless-error", "A script that only sighs", '<script>setTimeout(() => { throw new Error('
         '"ResizeObserver loop completed with undelivered notifications."); });</script>'
         '<script src="http://10.1.2.3/library.js"></script><script>kilnLibrary.start();</script>',
         silent=("javascript.uncaught-error", "javascript.third-party-error", "javascript.console-error")),
    Page("/javascript/third-party-error", "A guest that stumbles", '<script async src="http://[other]/stumbles.js"></script>',
         wants=(want("javascript.third-party-error"),)),
    Page("/javascript/console-error", "A script that complains", '<script>console.error("The map has no key");</script>',
         wants=(want("javascript.console-error"),)),
    Page("/javascript/console-warning", "A script that only mutters",
         '<script>console.warn("The map is old"); console.log("error: none");</script>',
         silent=("javascript.console-error",)),
    Page("/javascript/failed-request", "A script that asks in vain",
         '<script>fetch("/api/gone.json").then(() => 0);</script>', wants=(want("javascript.failed-request"),)),
    Page("/javascript/aborted-request", "A script that changes its mind",
         '<script>const stop = new AbortController(); fetch("/api/slow.json", {signal: stop.signal}).catch(() => 0);'
         "setTimeout(() => stop.abort(), 50);</script>", silent=("javascript.failed-request",)),
    Page("/javascript/dialog-on-load", "A page that shouts at once", '<script>alert("Welcome to the studio");</script>',
         wants=(want("javascript.dialog-on-load"),)),
    Page("/javascript/dialog-on-click", "A page that answers when asked",
         '<p><button onclick="alert(\'Hello\')">Say hello</button></p>', silent=("javascript.dialog-on-load",)),
    Page("/javascript/duplicate-library", "A tool that came twice", '<script src="/js/jquery-3.7.1.min.js"></script>'
         '<script src="/js/jquery-3.6.0.min.js"></script>', wants=(want("javascript.duplicate-library"),)),
    Page("/javascript/library-and-plugin", "A tool and its spare part", '<script src="/js/jquery-3.7.1.min.js"></script>'
         '<script src="/js/jquery.cookie.js"></script>', silent=("javascript.duplicate-library", "security.vulnerable-library")),
    Page("/javascript/runtime-missing", "A page whose engine is gone", _SEEN,
         edits=((f'<script src="{RUNTIME}"></script>', '<script src="/js/webflow.gone.js"></script>'),),
         wants=(want("javascript.webflow-runtime-missing", "#late"), want("layout.hidden-content", "#late"),
                Want("resources.broken", 1))),
    Page("/javascript/runtime-elsewhere", "A page that hides nothing", edits=((f'<script src="{RUNTIME}"></script>', ""),),
         silent=("javascript.webflow-runtime-missing",)),
    Page("/javascript/writes-a-chapter", "Chapters that a script writes",
         '<p><a class="note-link" href="#by-script">The chapter that comes late</a></p><div id="spot"></div><script>'
         'document.getElementById("spot").innerHTML = "<p id=by-script>Written late.</p>"</script>',
         silent=("links.broken-fragment",)),
    Page("/javascript/writes-a-link", "A page that writes a link", '<p id="spot"></p><script>'
         'document.getElementById("spot").innerHTML = "<a class=note-link href=/javascript/behind>Behind the curtain</a>"'
         "</script>"),
    Page("/javascript/behind", "The page that only a script links", linked=False, silent=("site.orphan-page",)),
)  # fmt: skip
_SLOW = '<img src="/images/{}.webp" width="20" height="10" alt="A small cup">'
_BUSY = "const end = performance.now() + 900; while (performance.now() < end);"
_PERFORMANCE = (
    Page("/performance/lcp", "A page that comes late", '<p><img src="/images/very-late.webp" width="700" height="500" '
         'alt="The yard in the morning"></p>', wants=(Want("performance.lcp", 1),)),
    Page("/performance/cls", "A page that jumps", '<div id="notice"></div><p class="wide-note">This line will be pushed.</p>'
         '<script>setTimeout(() => { document.querySelector(".page-title").style.marginTop = "800px"; }, 100);</script>' + _SLOW.format("slow-1"),
         wants=(Want("performance.cls", 1),)),
    Page("/performance/blocking-time", "A page that holds its breath",
         f"<script>requestAnimationFrame(() => setTimeout(() => {{ {_BUSY} }}, 100));</script>" + _SLOW.format("slow-2"),
         wants=(Want("performance.blocking-time", 1),)),
    Page("/performance/ttfb", "A page that thinks first", delay_s=1.0, wants=(Want("performance.ttfb", 1),)),
    Page("/performance/page-weight", "A page with heavy luggage", '<script>fetch("/api/heavy.bin").then((r) => r.blob());</script>',
         wants=(Want("performance.page-weight", 1),)),
    Page("/performance/request-count", "A page with many questions",
         '<script>for (let n = 0; n < 101; n++) fetch("/api/small.json?n=" + n);</script>',
         wants=(Want("performance.request-count", 1),)),
    Page("/performance/dom-size", "A page of many small things", f'<p>{"<i></i>" * 1600}</p>',
         wants=(Want("performance.dom-size", 1, severity="minor"),)),
    Page("/performance/render-blocking", "A page that waits for a guest", head='<script src="http://[other]/quick.js"></script>',
         wants=(Want("performance.render-blocking", 1),)),
    Page("/performance/uncompressed", "A page sent as it is", f"<!-- {'A long remark about clay. ' * 400} -->",
         headers={"Content-Encoding": "identity"}, wants=(Want("performance.uncompressed", 1),)),
    Page("/performance/uncached", "A page whose files are forgotten", head='<link rel="stylesheet" href="/css/short.css">',
         wants=(Want("performance.uncached", 1),)),
    Page("/performance/many-fonts", "A page in seven hands", "".join(
        f'<p style="font-family:f{n}">Hand number {n} writes this line.</p>' for n in range(7)),
        head='<link rel="stylesheet" href="/css/fonts.css">', wants=(Want("performance.many-fonts", 1),)),
    Page("/performance/third-party-weight", "A page full of guests", '<script async src="http://[other]/heavy.js"></script>',
         wants=(Want("performance.third-party-weight", 1),)),
    Page("/performance/light", "A page that travels light",
         '<script defer src="http://[other]/quick.js"></script><script async src="http://[other]/half.js"></script>',
         silent=("performance.render-blocking", "performance.third-party-weight", "performance.uncached",
                 "performance.uncompressed", "performance.many-fonts", "performance.page-weight", "performance.cls",
                 "performance.request-count", "performance.dom-size")),
)  # fmt: skip

_JQUERY = 'window.jQuery = window.$ = {{fn: {{jquery: "{}"}}}};'
_FONTS = "".join(f"@font-face{{font-family:f{n};src:url(/fonts/f{n}.woff2)}}" for n in range(7))


def _heavy(size: int) -> Answer:
    return Answer(b"/*" + b"x" * size + b"*/", content_type="application/octet-stream", headers=KEEP)


JAVASCRIPT = Family(
    "javascript",
    "Scripts and tools",
    _JAVASCRIPT,
    routes={
        "/js/stumbles.js": script("kiln.open();"),
        "/js/jquery-3.7.1.min.js": script(_JQUERY.format("3.7.1")),
        "/js/jquery-3.6.0.min.js": script(_JQUERY.format("3.6.0")),
        "/js/jquery.cookie.js": script("window.cookies = {};"),
        "/api/slow.json": Answer(b"{}", content_type="application/json", delay_s=0.6),
    },
    other={"/stumbles.js": script("guest.greet();", **{"Access-Control-Allow-Origin": "*"})},
)
PERFORMANCE = Family(
    "performance",
    "Speed and weight",
    _PERFORMANCE,
    routes={
        "/images/very-late.webp": Answer(
            picture(700, 500, "JPEG", noise=True), content_type="image/webp", headers=KEEP, delay_s=2.8
        ),
        **{
            f"/images/slow-{n}.webp": Answer(
                picture(20, 10, "JPEG"), content_type="image/webp", headers=KEEP, delay_s=0.7
            )
            for n in (1, 2)
        },
        "/api/heavy.bin": _heavy(3_300_000),
        "/api/small.json": Answer(b"{}", content_type="application/json", headers=KEEP),
        "/css/short.css": style(".short-note{margin:0}", **{"Cache-Control": "max-age=60"}),
        "/css/fonts.css": style(_FONTS),
        **{f"/fonts/f{n}.woff2": Answer(b"wOF2", content_type="font/woff2", headers=KEEP) for n in range(7)},
    },
    other={
        "/quick.js": script("window.guest = 1;"),
        "/half.js": script(f"/*{'x' * 200_000}*/", **{"Content-Encoding": "identity"}),
        "/heavy.js": script(f"/*{'x' * 700_000}*/", **{"Content-Encoding": "identity"}),
    },
)
