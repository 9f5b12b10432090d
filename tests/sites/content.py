"""Pages with something wrong in what visitors read."""

from __future__ import annotations

from tests.sites.plan import REVIEW, Family, Page, want

_LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit. Suspendisse varius enim in eros elementum tristique. Duis "
    "cursus, mi quis viverra ornare, eros dolor interdum nulla, ut commodo diam libero vitae erat."
)
_SAME = "<p>Two pages say exactly this and nothing else, about the old wheel and the new wheel and all the wheels.</p>"
_FOOTER = '<p class="small-print">Studio North makes plates, bowls and cups in an old bakery.</p>'


def _footer(text: str) -> tuple[tuple[str, str], ...]:
    return ((_FOOTER, f'{_FOOTER}<p id="legal">{text}</p>'),)


def _twins(n: int) -> Page:
    title = f"The wheel, told a second time, {n}"
    edits = ((f'<h1 class="page-title">{title}</h1>', '<h1 class="page-title">The wheel</h1>'),)
    return Page(f"/content/same-{n}", title, _SAME * 2, words=False, edits=edits, wants=(want("content.duplicate"),))


_PAGES = (
    Page("/content/lorem-ipsum", "Words that nobody wrote", f'<p id="filler">{_LOREM}</p>',
         wants=(want("content.lorem-ipsum", "#filler"),)),
    Page("/content/lorem-quote", "Where the printers' Latin comes from",
         f"<blockquote>{_LOREM}</blockquote><p>Printers have set lorem ipsum and dolor sit amet for a very long time, "
         "and nobody reads it.</p>", silent=("content.lorem-ipsum",)),
    Page("/content/default-text", "Words that came with the tool",
         '<h2 id="head">Heading</h2><div id="block">This is some text inside of a div block.</div>',
         wants=(want("content.default-text", "#head", "#block"),)),
    Page("/content/longer-text", "Words inside longer words",
         "<h2>Heading for the coast</h2><p>Some people leave “This is some text inside of a div block.” where it is.</p>",
         silent=("content.default-text",)),
    Page("/content/todo-marker", "Notes that were left behind",
         '<p id="todo">TODO</p><p id="fix">FIXME: ask for the price</p><p id="your">Your text here</p>',
         wants=(want("content.todo-marker", "#todo", "#fix", "#your"),)),
    Page("/content/todo-word", "Notes that are no notes", '<p lang="es">todo</p><p>A list of things to do: clean the '
         "wheel, mark the shelf as a placeholder for vases.</p>", silent=("content.todo-marker",)),
    Page("/content/h1-missing", "A page without its heading",
         edits=(('<h1 class="page-title">A page without its heading</h1>', "<h2>A page without its heading</h2>"),),
         wants=(want("content.h1-missing"), want("accessibility.page-has-heading-one"))),
    Page("/content/h1-multiple", "A page with two heads", '<h1 id="again">The second head</h1>',
         wants=(want("content.h1-multiple", "#again"),)),
    Page("/content/h1-hidden", "A page with one visible head", "<h1 hidden>The head for printing</h1>",
         silent=("content.h1-multiple", "content.h1-missing")),
    Page("/content/repeated-word", "A word that was said again", '<p id="twice">Put the the bowl back on its shelf.</p>',
         wants=(want("content.repeated-word", "#twice", confidence=REVIEW),)),
    Page("/content/meant-twice", "Words that are said again on purpose",
         "<p>All the clay that she had had that year was grey.</p><p>He knew that that bowl was broken for good.</p>"
         "<p>In Baden Baden and in Walla Walla we paid 20 20 coins for it.</p>", silent=("content.repeated-word",)),
    Page("/content/mojibake", "Letters that fell apart", '<p id="broken">Itâ€™s a cafÃ© by the sea.</p>',
         wants=(want("content.mojibake", "#broken"),)),
    Page("/content/accents", "Letters with hats and tails", "<p>Itʼs a café by the sea in São Paulo, said Zoë Müller.</p>",
         silent=("content.mojibake", "content.spelling")),
    Page("/content/spelling", "A word with a slip in it", '<p id="slip">You will recieve your bowl in a wooden box.</p>',
         wants=(want("content.spelling", "#slip", confidence=REVIEW),)),
    Page("/content/own-words", "Words that only we use", "<p>Our plattenware is thin, and plattenware never chips.</p>"
         "<p>Call <code>firekiln</code> for Wolfgang at glazery.com, or write to <a href='mailto:maya@glazery.com'>"
         "maya@glazery.com</a>.</p>", silent=("content.spelling", "content.unlinked-contact")),
    Page("/content/thin", "A page of few words", "<p>Little is said here.</p>", words=False,
         wants=(want("content.thin"),)),
    Page("/content/contact-us", "A page that may be short", "<p>Old bakery, second yard.</p>", words=False,
         silent=("content.thin",)),
    _twins(1), _twins(2),
    Page("/content/unlinked-contact", "An address to copy by hand",
         '<p id="plain">Write to maya@studio-north.org when you want to come.</p>',
         wants=(want("content.unlinked-contact", "#plain"),)),
    Page("/content/copyright-old", "A page from another year", edits=_footer("© 2019 Studio North"),
         wants=(want("content.copyright-outdated", "#legal"),)),
    Page("/content/copyright-range", "A page of all the years", edits=_footer("© 2019 to today, Studio North"),
         silent=("content.copyright-outdated",)),
)  # fmt: skip

FAMILY = Family("content", "Words and text", _PAGES)
