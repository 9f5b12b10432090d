"""How an element is named: selector, path, component. One algorithm for the parser here and for the browser's probes.

Words: `tokens` are the class names of the element in document order. A token is *passing* when it changes by itself and
says nothing about what the element is:

    state       ^w--  |  ^(is-)?(active|current|open|selected)$
    generated   ^w-node-  |  ^w-mod-  |  ^w-variant-
    hashed      ([a-z]\\d+[a-z]+\\d|\\d[a-z]+\\d+[a-z])  |  (?=[0-9a-f]*\\d)[0-9a-f]{8,}     (anywhere, any case)

`kept` are the tokens that are not passing. `custom` are the kept tokens that do not start with "w-". A token or id is
*plain* when it matches ^[A-Za-z_][A-Za-z0-9_-]*$: only plain ones are written into selectors and paths.

path        The element and its ancestors below <body> (or <head>), each as the lower-case tag and its first three plain
            kept classes: "section.hero > div.cards > a.card.button". At most the last six steps. No ids, no positions.

component   First walk: from the element upwards, itself included, up to <html>; the first that matches says the word.
              <nav>, class w-nav or role=navigation        Navigation
              <footer> or "footer" in any class name       Footer
              <header>                                     Header
              class w-dyn-list                             Collection list .C
              <form> or class w-form                       Form “N”
              class w-slider | w-tabs | w-lightbox         Slider .C | Tabs .C | Lightbox .C
            Second walk, when the first found nothing: the nearest one that has a custom class and is a <section> or a
            child of <main> or <body>                      Section .C
            Else "". <html>, <head>, <body> and <main> themselves never match.
            C is the first custom class of that element; a .w-dyn-list without one takes the first custom class of its
            first child element. Without C the word stands alone ("Collection list").
            N is data-name, else name, else id of the form (of the first <form> inside .w-form), at most 60 characters.
            Without N the word is "Form".

selector    1. "#id" when the id is plain, used once in the document and not made by a machine: not
               ^w-(node|tabs|slider|dropdown|nav|lightbox)- and not hashed.
            2. "tag.class" for the first plain kept class that only one element of the document has.
            3. Else the chain of child steps, upwards until a parent has a selector by 1 or 2, or is <html>:
               "#hero > div:nth-of-type(2) > a". A step is the tag, with :nth-of-type(n) when its parent has several
               of that tag. <html>, <body> and <head> are "html", "body", "head" and end the chain too.
            A chain has at most its last 40 steps (nobody nests deeper); it may then match more than one element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

STEPS = 6
CLASSES = 3

_HASHED = r"[a-z]\d+[a-z]+\d|\d[a-z]+\d+[a-z]|(?=[0-9a-f]*\d)[0-9a-f]{8,}"
_PASSING = re.compile(rf"^w--|^(?:is-)?(?:active|current|open|selected)$|^w-(?:node|mod|variant)-|{_HASHED}", re.I)
_MACHINE_ID = re.compile(rf"^w-(?:node|tabs|slider|dropdown|nav|lightbox)-|{_HASHED}", re.I)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@lru_cache(maxsize=4096)
def kept(tokens: str) -> tuple[str, ...]:
    """The tokens of a class attribute without the passing ones."""
    return tuple(token for token in tokens.split() if not _PASSING.search(token))


@lru_cache(maxsize=4096)
def plain_kept(tokens: str) -> tuple[str, ...]:
    return tuple(token for token in kept(tokens) if _PLAIN.fullmatch(token))


def custom_class(tokens: str) -> str:
    """The first class a person gave, "" when there is none."""
    return next((token for token in kept(tokens) if not token.startswith("w-")), "")


def is_stable_id(identifier: str) -> bool:
    return bool(_PLAIN.fullmatch(identifier)) and not _MACHINE_ID.search(identifier)


def step(tag: str, tokens: str) -> str:
    return ".".join((tag, *plain_kept(tokens)[:CLASSES]))


def path(steps: Sequence[str]) -> str:
    """`steps` from the outermost to the element."""
    return " > ".join(steps[-STEPS:])


def labelled(word: str, tokens: Iterable[str]) -> str:
    """The word and the first custom class of the first class attribute that has one."""
    for attribute in tokens:
        if name := custom_class(attribute):
            return f"{word} .{name}"
    return word
