"""Links, as the HTML alone tells them: hrefs that are empty, no address, or no use to a visitor, and names that say
nothing.

In: the links of one page that answers 200. Out: one problem for each link at fault, the address first (a link that
goes nowhere is not also malformed), then its name. What a link's target answers is judged in `link_targets`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from scans.checks import addresses
from scans.checks.pages import is_page
from scans.checks.registry import Rule, page_check
from scans.snapshot import Element, Link, PageFacts, Problem, Severity

LINKS_A_PAGE = 200  # problems of one rule on one page
NAME_SHOWN = 60

PLACEHOLDER = Rule(
    "links.placeholder",
    Severity.MODERATE,
    "This link goes nowhere",
    "Its address is empty or just #, so a click does nothing or jumps to the top of the page. In the Designer: "
    "select the link or button › Element settings panel (D) › Link settings, and choose the page, section, e-mail or "
    "URL it should open.",
)
MISSING_HREF = Rule(
    "links.missing-href",
    Severity.MINOR,
    "This link has no address",
    "It looks like a link but has no address, so it can neither be clicked nor reached with the keyboard. In the "
    "Designer: select it › Element settings panel (D) › Link settings, and set where it leads. Plain text needs no "
    "link at all.",
)
MALFORMED = Rule(
    "links.malformed",
    Severity.SERIOUS,
    "This link's address is mistyped",
    "Browsers cannot open this address: the https:// part is wrong or doubled, or a template placeholder was left in "
    "it. In the Designer: select the link › Element settings panel (D) › Link settings › URL. In a CMS list, correct "
    "the item's link field in the CMS panel.",
)
MAILTO = Rule(
    "links.mailto-invalid",
    Severity.MINOR,
    "This e-mail link has no valid address",
    "A click opens a message to nobody. In the Designer: select the link › Element settings panel (D) › Link "
    "settings › Email, and enter one full address such as hello@your-company.com.",
)
TEL = Rule(
    "links.tel-invalid",
    Severity.MINOR,
    "This phone link cannot be dialled",
    "Phones cannot dial letters or a number this short. In the Designer: select the link › Element settings panel "
    "(D) › Link settings › Phone, and enter the number with its country code, for example +49 30 1234567.",
)
GENERIC_TEXT = Rule(
    "links.generic-text",
    Severity.MINOR,
    "This link's text does not say where it leads",
    "People who listen to a list of links, and search engines, only get these words. In the Designer: double-click "
    "the link and write what opens, for example “See our prices”. Where the design needs short words, add an "
    "aria-label under Element settings panel (D) › Custom attributes.",
)

CONTROL_CLASSES = {
    "w-dropdown-toggle",
    "w-tab-link",
    "w-lightbox",
    "w-nav-button",
    "w-slider-arrow-left",
    "w-slider-arrow-right",
}
CONTROL_ATTRIBUTES = {
    "aria-controls",
    "aria-expanded",
    "aria-haspopup",
    "data-bs-toggle",
    "data-node-type",  # Webflow's shop
    "data-toggle",
    "data-w-tab",
    "data-wf-cart-action",
    "onclick",
}
CONTROL_ROLES = {"button", "tab", "menuitem", "switch", "checkbox", "option"}
CONTROL_PREFIX = "fs-"  # what Finsweet's scripts for Webflow listen to
INTERACTIONS = {"data-w-id", "data-ix"}

INERT_SCRIPT = re.compile(
    r"javascript:\s*(?:void\s*\(?\s*\d*\s*\)?|return\s+false|false|null|undefined|//.*|#)?[\s;]*", re.I
)
INERT_READ = 100
TO_TOP = re.compile(
    r"(back |scroll |go )?(to )?(the )?top|(zurück )?nach oben|(retour )?(en )?haut( de page)?|(volver )?arriba|"
    r"torna su|(voltar )?ao topo|(terug )?naar boven|do góry",
    re.I,
)

MISTYPED = re.compile(r"https?:(?!//[^/])|https?//|https?:/*https?[:/]", re.I)
BRACES = re.compile(r"\{\{|\}\}|\$\{|\{%|<%|\{[\w .-]+\}")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)
SIMILAR = 0.7  # "htps" and "hptts" are meant as https; "ftp", "sftp" and "tel" are not

MAIL_ADDRESS = re.compile(r"(?:[^<>]*<)?[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}>?")
TEL_PARAMETER = re.compile(r";.*")

GENERIC = {
    "en": "click here|click|here|read more|learn more|more|link|text link|this link",
    "de": "hier klicken|klicken sie hier|klick hier|hier|mehr lesen|weiterlesen|mehr erfahren|mehr|textlink",
    "fr": "cliquez ici|cliquer ici|ici|lire la suite|lire plus|en savoir plus|plus|lien|lien texte",
    "es": "haz clic aquí|haga clic aquí|clic aquí|pulsa aquí|aquí|leer más|saber más|más|enlace|enlace de texto",
    "it": "clicca qui|fai clic qui|qui|leggi di più|leggi tutto|scopri di più|per saperne di più|di più|collegamento",
    "pt": "clique aqui|aqui|leia mais|ler mais|saiba mais|saber mais|mais|ligação",
    "nl": "klik hier|hier|lees meer|lees verder|meer lezen|meer weten|meer|tekstlink",
    "pl": "kliknij tutaj|kliknij|tutaj|tu|czytaj więcej|czytaj dalej|dowiedz się więcej|więcej|odnośnik",
}
CLARIFIERS = ("aria-labelledby", "aria-describedby", "title")
NO_WORD = re.compile(r"[\W_]+")


@page_check(PLACEHOLDER, MISSING_HREF, MALFORMED, MAILTO, TEL, GENERIC_TEXT)
def check_links(page: PageFacts) -> Iterator[Problem]:
    if is_page(page):
        yield from capped(problem for link in page.links for problem in _judge(page.url, link))


def capped(problems: Iterable[Problem]) -> Iterator[Problem]:
    """At most LINKS_A_PAGE of each rule: one page with ten thousand dead links tells nothing new."""
    said: Counter[str] = Counter()
    for problem in problems:
        said[problem.rule] += 1
        if said[problem.rule] <= LINKS_A_PAGE:
            yield problem


def label(link: Link) -> str:
    """What a reader calls the link."""
    name = link.name.strip()
    if not name:
        return "This link"
    return f"“{name}”" if len(name) <= NAME_SHOWN else f"“{name[:NAME_SHOWN].rstrip()}…”"


def address(link: Link) -> str | None:
    """The link's URL, also where it is none of the web (`mailto:`, `file:`); None when it is no URL at all."""
    return link.url or addresses.parsed(link.href or "")


def is_malformed(link: Link) -> bool:
    """No URL by WHATWG rules, or one that a browser opens but its author cannot have meant."""
    href = (link.href or "").strip()
    return bool(href) and (address(link) is None or _is_mistyped(href))


def _judge(url: str, link: Link) -> Iterator[Problem]:
    said = _no_address(link) if link.href is None else _address(link, link.href.strip())
    if said:
        rule, sentence = said
        target = link.url or link.href
        yield rule.problem(url, f"{label(link)} {sentence}", element=link.element, target=target)
    if link.href is not None and _is_generic(link):
        message = f"The link says only {label(link)}"
        yield GENERIC_TEXT.problem(url, message, element=link.element, target=link.url or link.href)


def _no_address(link: Link) -> tuple[Rule, str] | None:
    attrs = link.element.attrs
    named = "name" in attrs or ("id" in attrs and not attrs["id"].startswith("w-node-"))
    if link.element.tag != "a" or not link.name.strip() or named or "role" in attrs or triggers(link.element):
        return None
    return MISSING_HREF, "is a link without an address"


def _address(link: Link, href: str) -> tuple[Rule, str] | None:
    if href in ("", "#") or (href[0] in "jJ" and INERT_SCRIPT.fullmatch(href[:INERT_READ])):
        works = triggers(link.element) or (href == "#" and TO_TOP.fullmatch(link.name.strip()))
        return None if works else (PLACEHOLDER, f"has the address “{href}”" if href else "has an empty address")
    if is_malformed(link):
        return MALFORMED, f"has an address that cannot be opened: {href}"
    scheme, _, rest = href.partition(":")
    if scheme.lower() == "mailto" and not _is_mailbox(rest):
        return MAILTO, f"has no valid e-mail address: {href}"
    if scheme.lower() == "tel" and not _is_dialable(rest):
        return TEL, f"has no number that can be dialled: {href}"
    return None


def triggers(element: Element) -> bool:
    """Something listens to the element: it is a control, or a Webflow interaction sits on it."""
    return is_control(element) or not INTERACTIONS.isdisjoint(element.attrs)


def is_control(element: Element) -> bool:
    """A button in disguise: Webflow's runtime, a known library or a screen reader takes it for one."""
    attrs = element.attrs
    return (
        attrs.get("role", "").strip().lower() in CONTROL_ROLES
        or not CONTROL_ATTRIBUTES.isdisjoint(attrs)
        or not CONTROL_CLASSES.isdisjoint(element.classes)
        or any(name.startswith(CONTROL_PREFIX) for name in attrs)
    )


@lru_cache(maxsize=2**12)
def _is_mistyped(href: str) -> bool:
    if MISTYPED.match(href) or BRACES.search(href):
        return True
    scheme = SCHEME.match(href)
    if scheme is None or scheme[1].lower() in ("http", "https"):
        return False
    return bool(difflib.get_close_matches(scheme[1].lower(), ("http", "https"), n=1, cutoff=SIMILAR))


def _is_mailbox(rest: str) -> bool:
    """`rest` follows `mailto:`. Without recipients but with a subject or body it is a "share by e-mail" link."""
    recipients, _, query = unquote(rest).partition("?")
    boxes = [box.strip() for box in re.split("[,;]", recipients) if box.strip()]
    return all(MAIL_ADDRESS.fullmatch(box) for box in boxes) and bool(boxes or query)


def _is_dialable(rest: str) -> bool:
    number = TEL_PARAMETER.sub("", unquote(rest))
    return not any(map(str.isalpha, number)) and sum(map(str.isdigit, number)) >= 3


def _plain(words: str) -> str:
    """Without case, accents, arrows and punctuation, so "Más »" and "mas" are equal."""
    words = words.casefold()
    if not words.isascii():
        words = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return NO_WORD.sub(" ", words).strip()


GENERIC_NAMES = frozenset(_plain(name) for names in GENERIC.values() for name in names.split("|"))
LONGEST = max(map(len, GENERIC_NAMES)) + 8  # room for an arrow and some dots


def _is_generic(link: Link) -> bool:
    if len(link.name) > LONGEST or _plain(link.name) not in GENERIC_NAMES:
        return False
    said = (link.element.attrs.get(name, "") for name in CLARIFIERS)
    return not any(text.strip() and _plain(text) not in GENERIC_NAMES for text in said)
