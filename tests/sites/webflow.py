"""Pages with left-overs of Webflow and its templates."""

from __future__ import annotations

from tests.sites.links import listed
from tests.sites.plan import Family, Page, want

_CDN = "https://cdn.prod.website-files.com/img"
_ICON = '<link href="/images/favicon.png" rel="icon" type="image/png">'
_LIST = '<div class="w-dyn-list" {}><div class="w-dyn-empty" id="none"><div>No items found.</div></div></div>'
_BORN = " ".join(f'<span class="div-block-{n}">{n}</span>' for n in range(1, 36))

_PAGES = (
    Page("/webflow/badge", "A page that names its tool", edits=((' lang="en"><head>', ' data-wf-status="1" lang="en"><head>'),),
         wants=(want("webflow.badge"),)),
    Page("/webflow/default-icons", "A page with borrowed icons",
         edits=((_ICON, f'<link href="{_CDN}/favicon.ico" rel="icon"><link href="{_CDN}/webclip.png" rel="apple-touch-icon">'),),
         wants=(want("webflow.default-favicon"), want("webflow.default-webclip"))),
    Page("/webflow/empty-list", "A shelf without bowls", _LIST.format(""), wants=(want("webflow.empty-list", "#none"),)),
    Page("/webflow/unbound-field", "A bowl without a price",
         '<div id="price" class="price-tag w-dyn-bind-empty" style="min-height:24px"></div>',
         wants=(want("webflow.unbound-field", "#price"),)),
    Page("/webflow/hidden-by-condition", "A shelf that is put away",
         f'<div class="w-condition-invisible">{_LIST.format("")}<p class="w-dyn-bind-empty"></p></div>',
         silent=("webflow.empty-list", "webflow.unbound-field", "webflow.hidden-leftover")),
    Page("/webflow/hidden-leftover", "A drawer with old letters",
         '<div class="w-condition-invisible"><p id="old">Maya, +49 170 1234567, owes us a bowl.</p></div>',
         wants=(want("webflow.hidden-leftover"),)),
    Page("/webflow/style-guide", "Colours and shapes of the template", wants=(want("webflow.template-page"),)),
    Page("/webflow/changelog", "What changed at the studio", "<p>In May we built a second oven.</p>",
         silent=("webflow.template-page",)),
    Page("/webflow/licensing", "What the template is made from", "<p>All pictures of this template are free to use.</p>",
         head='<meta name="robots" content="noindex">', listed=False, silent=("webflow.template-page",)),
    Page("/webflow/template-credit", "Made by somebody else",
         listed('<a id="author" class="note-link" href="https://www.brixtemplates.com/">A maker of templates</a>')
         + '<p id="thanks">Powered by Webflow</p>', wants=(want("webflow.template-credit", "#author", "#thanks"),)),
    Page("/webflow/about-templates", "What we think of templates",
         "<p>Many people ask whether our site was powered by Webflow or drawn by hand, and the answer is that it was "
         "both, because a good template still needs a good eye.</p>", silent=("webflow.template-credit",)),
    Page("/webflow/generic-classes", "Boxes that have only numbers", f"<p>{_BORN}</p>",
         wants=(want("webflow.generic-classes"),)),
    Page("/webflow/few-generic-classes", "Boxes of which few have numbers", '<p class="paragraph-2">One.</p>',
         silent=("webflow.generic-classes", "webflow.badge", "webflow.default-favicon", "webflow.default-webclip")),
)  # fmt: skip

FAMILY = Family("webflow", "Tools and templates", _PAGES)
