"""CSS selectors that customers write: which of them are let in, and what they match. One engine for both, so a selector
that was accepted is one that works.

Not everything that the engine knows is let in. Measured on hostile pages of 150,000 tags, chains of plain steps answer
in milliseconds, but `:nth-…()` and a `:has()` that looks further than one step take seconds to minutes, and a pseudo-
class that needs a visitor (`:hover`) matches nothing in a page that nobody is looking at.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

SELECTOR_LIMIT = 300
MOST_STEPS = 12
_PLAIN = frozenset(
    {"root", "empty", "first-child", "last-child", "only-child", "first-of-type", "last-of-type", "only-of-type"}
    | {"not", "is", "where", "has", "checked", "disabled", "enabled", "required", "optional", "read-only"}
)
_QUOTED = re.compile(r"\\.|\"[^\"]*\"|'[^']*'")
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
_PSEUDO = re.compile(r"(::?)([\w-]+)")
_HAS = re.compile(r":has\(\s*[>+]?\s*([^()]*)\)", re.IGNORECASE)
_STEP = re.compile(r"[\s>+~,]+")


def fault_of(selector: str) -> str:
    """Why the selector is not taken, as a sentence; "" when it is."""
    if len(selector) > SELECTOR_LIMIT:
        return f"It has more than {SELECTOR_LIMIT} characters."
    if not selector.isprintable() or "/*" in selector:
        return "It has characters that belong into no selector."
    unquoted = _QUOTED.sub("", selector)
    if any(mark in unquoted for mark in "\"'") or any(unquoted.count(a) != unquoted.count(b) for a, b in ("[]", "()")):
        return "A quote or a bracket is not closed."
    bare = _ATTRIBUTE.sub("", unquoted)
    for colons, name in _PSEUDO.findall(bare):
        if colons == "::":
            return f"“::{name}” is drawn by the browser and stands in no page."
        if name.lower() not in _PLAIN:
            return f"“:{name}” cannot be looked up in a page; leave it out."
    if _reaches_far(bare):
        return "“:has()” may stand once, with one plain step inside, such as “section:has(h2)”."
    if len(_STEP.findall(bare.strip())) >= MOST_STEPS:
        return f"It has more than {MOST_STEPS} steps."
    return "" if _is_readable(selector) else "It is not a CSS selector."


def _reaches_far(bare: str) -> bool:
    uses = bare.lower().count(":has")
    inside = _HAS.search(bare)
    return uses > 1 or (uses == 1 and (inside is None or bool(_STEP.search(inside[1].strip()))))


@lru_cache(maxsize=1024)
def _is_readable(selector: str) -> bool:
    try:
        LexborHTMLParser("<p></p>").css(selector)
    except SelectolaxError:
        return False
    return True


def matches(parser: LexborHTMLParser, selector: str) -> list[int]:
    """The identities of the elements, in document order."""
    return [node.mem_id for node in parser.css(selector)]
