"""What only a Webflow tool sees: the badge, default icons, an open staging address, empty lists and unbound fields,
hidden left-overs, pages and credits of the template, and class names nobody chose.

In: Webflow's own marks in the HTML (`PageFacts.webflow`), classes that begin with "w-", and, for lists and fields,
what the browser saw. Empty lists and fields are said by the fetch; the visit only adds those that a script put
there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from scans.checks import addresses, hosts
from scans.checks.loading import assets_by_url
from scans.checks.pages import STYLE_GUIDE, is_page, pages
from scans.checks.registry import Rule, crawl_check, page_check, visit_check
from scans.snapshot import Element, PageFacts, Problem, Response, Severity, SiteSnapshot, Visit

BADGE = Rule(
    "webflow.badge",
    Severity.MINOR,
    "“Made in Webflow” badge is shown",
    "The badge stands on your own domain. Open Site settings > General > Webflow branding, switch off “Display badge” "
    "(it needs a site plan) and publish.",
)
FAVICON = Rule(
    "webflow.default-favicon",
    Severity.MINOR,
    "Browser tab shows Webflow's icon",
    "Visitors find your tab by its icon. Open Site settings > General > Icons, upload a favicon of 32×32 px and "
    "publish.",
)
WEBCLIP = Rule(
    "webflow.default-webclip",
    Severity.MINOR,
    "Phone home screens show Webflow's icon",
    "It appears when somebody saves the site to the home screen. Open Site settings > General > Icons, upload a "
    "webclip of 256×256 px and publish.",
)
STAGING = Rule(
    "webflow.staging-indexable",
    Severity.SERIOUS,
    "Search engines may list the staging address",
    "The webflow.io copy competes with your domain in search results and shows unfinished work. Open Site settings > "
    "SEO > Indexing, switch on “Disable Webflow subdomain indexing” and publish.",
)
EMPTY_LIST = Rule(
    "webflow.empty-list",
    Severity.MODERATE,
    "Collection list is empty",
    "Visitors see “No items found.” or a hole. Check the list's filters in Settings (D) and that its items are "
    "published, or hide the section by conditional visibility when there are no items.",
)
UNBOUND = Rule(
    "webflow.unbound-field",
    Severity.MODERATE,
    "CMS field is empty here",
    "The element is bound to a field that has no value in this item, so it leaves a gap. Fill the field in the CMS "
    "panel, or select the element and set conditional visibility in Settings (D) so that it only shows when the field "
    "is set.",
)
LEFTOVER = Rule(
    "webflow.hidden-leftover",
    Severity.INFO,
    "Hidden content is sent to every visitor",
    "Conditional visibility only hides: the text stays in the page's source, costs loading time and can be read by "
    "anybody. Delete what is not needed, or filter the Collection list in Settings (D) instead of hiding items.",
)
TEMPLATE_PAGE = Rule(
    "webflow.template-page",
    Severity.MODERATE,
    "A page of the template is still online",
    "Style guide, licences and change log of the template belong to its author. In the Pages panel set the page to "
    "Draft, or switch off indexing in its settings (gear) > SEO, and publish.",
)
TEMPLATE_CREDIT = Rule(
    "webflow.template-credit",
    Severity.MINOR,
    "The template's author is still named",
    "Select the text or link, usually in the footer Component, and delete it or put your own name.",
)
GENERIC_CLASSES = Rule(
    "webflow.generic-classes",
    Severity.INFO,
    "Many classes have no real name",
    "Names such as “Div Block 12” make a site hard to change. Rename them in the Style selector while you work on an "
    "element, and use Style Manager (G) > Clean up for those that nothing uses.",
)

_ICON_FOLDERS = ("/img/favicon.ico", "/img/webclip.png")
_LEFTOVER_BYTES = 5_000
_GENERIC_CLASSES = 30
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2,}", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\w)\+\d[\d ()./-]{7,}\d")
_GENERIC = re.compile(
    r"(?:div-block|text-block|heading|paragraph|image|link-block|text-link|link|button|section|container|columns?|list|list-item|"
    r"rich-text(?:-block)?|text-span|html-embed|grid|form|form-block|text-field|field-label|collection-(?:list|item)|"
    r"collection-list-wrapper|bold-text|italic-text|nav-link|navbar|utility-page-\w+|quick-stack|cell|block-quote|"
    r"background-video|slider|slide|tabs?|tab-link|lightbox-link|submit-button|checkbox(?:-field)?|radio-button)-\d+"
)
_TEMPLATE_PATH = re.compile(
    r"/(?:licen[sc](?:e|es|ing)|change-?log|instructions?|start-here|getting-started)(?:\.html)?/?$", re.IGNORECASE
)
_TEMPLATE_FOLDER = re.compile(r"/(?:template(?:s|-info|-pages?)?|utility-pages?|utility)/", re.IGNORECASE)
_TEMPLATE_TALK = re.compile(
    r"\b(?:this|our|the|your) (?:webflow )?template\b|webflow template|cloneable", re.IGNORECASE
)
_CREDIT_TEXT = re.compile(
    r"\b(?:powered by webflow|made (?:in|with) webflow|webflow templates? by|template (?:made |designed |built )?by|"
    r"(?:buy|get|purchase|clone) this template|more (?:webflow )?templates|image licen[sc]es?|template licen[sc]ing)\b",
    re.IGNORECASE,
)
_AUTHORS = (
    "brixtemplates.com",
    "flowbase.co",
    "flowzai.com",
    "wcopilot.com",
    "mediumrare.shop",
    "temlis.com",
    "elasticthemes.com",
    "azwedo.com",
    "pawelgola.com",
    "victorflow.com",
    "templates.gola.io",
    "designthemes.io",
    "minimalsquare.com",
    "baseinn.com",
    "metrik.studio",
    "tempcode.io",
)
_CREDIT_LENGTH = 100  # a sentence that mentions a template is no credit


@crawl_check(BADGE)
def badge(site: SiteSnapshot) -> Iterator[Problem]:
    for seen in () if site.is_staging else pages(site):
        page = seen.facts
        element = next((link.element for link in page.links if "w-webflow-badge" in link.element.classes), None)
        if (element is not None or page.webflow.status) and not addresses.is_staging(page.final_url):
            yield BADGE.problem(
                page.url, "Webflow's badge is shown in the corner of the page.", element=element, cause="webflow badge"
            )


@page_check(FAVICON, WEBCLIP)
def default_icons(page: PageFacts) -> Iterator[Problem]:
    for relation in page.relations:
        url = relation.url or ""
        if not hosts.is_webflow_asset(url) or addresses.split(url).path not in _ICON_FOLDERS:
            continue
        known = assets_by_url(page)
        rule = FAVICON if addresses.split(url).path == _ICON_FOLDERS[0] else WEBCLIP
        element = known[url].element if url in known else None
        yield rule.problem(page.url, f"The icon is Webflow's own: {url}", element=element, cause=url, target=url)


@crawl_check(STAGING)
def open_staging(site: SiteSnapshot) -> Iterator[Problem]:
    staging, robots = site.probes.staging, site.probes.staging_robots
    if staging is None or robots is None or not _is_indexable_staging(staging):
        return
    if robots.status is not None and not (robots.status == 200 and _disallows_all(_text(robots))):
        yield STAGING.problem(
            site.start_url,
            f"{staging.final_url} answers, and its robots.txt lets search engines in.",
            cause=addresses.hostname(staging.final_url),
            target=staging.final_url,
            status=staging.status,
            robots_status=robots.status,
            robots=_text(robots)[:500],
        )


def _is_indexable_staging(answer: Response) -> bool:
    hidden = "noindex" in answer.headers.get("x-robots-tag", "").lower()
    return answer.status == 200 and addresses.is_staging(answer.final_url) and not hidden


def _text(robots: Response) -> str:
    return robots.body[:10_000].decode("utf-8", "replace")


def _disallows_all(robots: str) -> bool:
    """Whether the group of all agents forbids everything, as Webflow's switch writes it."""
    applies = in_agents = False
    for line in robots.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            applies = (applies and in_agents) or value == "*"
            in_agents = True
        elif name:
            in_agents = False
            if applies and name == "disallow" and value in ("/", "/*"):
                return True
    return False


@page_check(EMPTY_LIST, UNBOUND)
def empty_bindings(page: PageFacts) -> Iterator[Problem]:
    if is_page(page):
        yield from (_empty_list(page, element) for element in page.empty_lists)
        yield from (_unbound(page, element) for element in page.unbound)


@visit_check(EMPTY_LIST, UNBOUND)
def empty_bindings_seen(page: PageFacts, visit: Visit) -> Iterator[Problem]:
    yield from (_empty_list(page, element) for element in _added(visit.visible_empty_lists, page.empty_lists))
    yield from (_unbound(page, element) for element in _added(visit.visible_unbound, page.unbound))


def _added(seen: Iterable[Element], said: Iterable[Element]) -> list[Element]:
    known = {name for element in said for name in (element.selector, element.path)}
    return [element for element in seen if element.selector not in known and element.path not in known]


def _empty_list(page: PageFacts, element: Element) -> Problem:
    where = f" in {element.component}" if element.component else ""
    said = element.text.strip()
    shown = f": visitors read “{said[:80]}”" if said else ""
    return EMPTY_LIST.problem(
        page.url, f"The Collection list{where} has no items{shown}.", element=element, text=said[:200]
    )


def _unbound(page: PageFacts, element: Element) -> Problem:
    where = f" in {element.component}" if element.component else ""
    return UNBOUND.problem(
        page.url,
        f"A <{element.tag}>{where} is bound to a CMS field without a value.",
        element=element,
        classes=[name for name in element.classes if not name.startswith("w-")][:5],
    )


@page_check(LEFTOVER)
def hidden_leftovers(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page) or not page.invisible:
        return
    size = sum(len(text.text.encode()) for text in page.invisible)
    personal = [text for text in page.invisible if _EMAIL.search(text.text) or _PHONE.search(text.text)]
    if personal or size > _LEFTOVER_BYTES:
        what = "an e-mail address or phone number" if personal else f"{size / 1000:.0f} kB of text"
        largest = max(page.invisible, key=lambda text: len(text.text))
        yield LEFTOVER.problem(
            page.url,
            f"{len(page.invisible)} elements hidden by conditional visibility carry {what}.",
            element=(personal[0] if personal else largest).element,
            bytes=size,
            elements=len(page.invisible),
            personal_data=bool(personal),
        )


@page_check(TEMPLATE_PAGE)
def template_pages(page: PageFacts) -> Iterator[Problem]:
    path = addresses.split(page.final_url).path
    if page.indexable and page.webflow.is_webflow and _is_template_page(path, page.main_text):
        yield TEMPLATE_PAGE.problem(page.url, f"{path} came with the template.", cause=path, path=path)


def _is_template_page(path: str, text: str) -> bool:
    """A style guide by its name; licences and change logs, which real companies have too, by what they tell."""
    if STYLE_GUIDE.search(path):
        return True
    return bool(_TEMPLATE_PATH.search(path)) and bool(_TEMPLATE_FOLDER.search(path) or _TEMPLATE_TALK.search(text))


@page_check(TEMPLATE_CREDIT)
def template_credits(page: PageFacts) -> Iterator[Problem]:
    if not is_page(page) or hosts.is_under(addresses.hostname(page.final_url), (*_AUTHORS, "webflow.com")):
        return
    linked: set[str] = set()
    for link in page.links:
        if link.url and "w-webflow-badge" not in link.element.classes and _is_credit(link.url):
            linked.update((link.element.selector, link.name))
            yield _credit(page, link.element, f"links to {link.url}", addresses.hostname(link.url))
    for text in page.texts:
        short = len(text.text) <= _CREDIT_LENGTH
        found = _CREDIT_TEXT.search(text.text) if short and _may_credit(text.text.lower()) else None
        if found and not linked & {text.element.selector, text.text}:
            yield _credit(page, text.element, f"says “{text.text[:100]}”", found[0].lower())


def _may_credit(text: str) -> bool:
    """One of these is in every credit; to look for them first is ten times as fast."""
    return "webflow" in text or "template" in text or "licen" in text


@lru_cache(maxsize=2**12)
def _is_credit(url: str) -> bool:
    if hosts.is_under(addresses.hostname(url), _AUTHORS):
        return True
    return hosts.is_under(addresses.hostname(url), ("webflow.com",)) and addresses.split(url).path.startswith(
        "/templates"
    )


def _credit(page: PageFacts, element: Element, what: str, cause: str) -> Problem:
    return TEMPLATE_CREDIT.problem(page.url, f"This element {what}.", element=element, cause=cause)


@page_check(GENERIC_CLASSES)
def generic_classes(page: PageFacts) -> Iterator[Problem]:
    named = sorted(name for name in page.class_counts if _GENERIC.fullmatch(name))
    if len(named) > _GENERIC_CLASSES and page.webflow.is_webflow:
        yield GENERIC_CLASSES.problem(
            page.url,
            f"{len(named)} classes have the name they were born with, such as {', '.join(named[:5])}.",
            cause="generic class names",
            count=len(named),
            classes=named[:100],
        )
