"""Ids are checked before they get into a path: `../token/introspect` is no site."""

from __future__ import annotations

import re

OBJECT = re.compile(r"[0-9a-f]{24}", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class BadId(ValueError):
    """Not of the form of a Webflow id. The value is not repeated: it may be anything."""


def is_id(value: str) -> bool:
    return OBJECT.fullmatch(value) is not None


def is_element(value: str) -> bool:
    return is_id(value) or UUID.fullmatch(value) is not None


def checked(value: str) -> str:
    """The id of a site, page, collection, item, asset, form or webhook: 24 hexadecimal digits."""
    if not OBJECT.fullmatch(value):
        raise BadId("This is no Webflow id: 24 hexadecimal digits are expected.")
    return value


def checked_element(value: str) -> str:
    """The id of an element, a redirect or a locale of the CMS: 24 hexadecimal digits or a UUID."""
    if not is_element(value):
        raise BadId("This is no Webflow id: 24 hexadecimal digits or a UUID are expected.")
    return value
