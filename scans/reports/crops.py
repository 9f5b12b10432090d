"""A picture of one element: cut from the full-page picture with room around it, the element outlined.

Pictures are our own browser's screenshots, but as large as a hostile page makes them: the size is read before a pixel
is decoded, and only the formats we write are opened.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image, ImageDraw, UnidentifiedImageError

MAX_PIXELS = 80_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
SIZE = (960, 600)
# a window this many times the output is still legible when scaled down
ZOOM_OUT = 1.6
MAX_BYTES = 60_000
QUALITIES = (82, 65, 45)
ACCENT = (36, 80, 216)
HALO = (255, 255, 255)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class Unreadable(Exception):
    """No picture can be made of this file."""


@dataclass(frozen=True, slots=True)
class Rect:
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


def rect_of(box: Mapping[str, Any]) -> Rect:
    """A finding's `box`, in CSS pixels."""
    return Rect(*(float(box.get(key) or 0) for key in ("x", "y", "width", "height")))


def window(element: Rect, width: int, height: int, room: int = SIZE[0]) -> Rect:
    """The part of a picture of that size to show: the element in its surroundings, at least `room` wide and at most
    ZOOM_OUT times SIZE; of an element too large for that its top left."""
    wide = min(max(room, element.width * 1.2), SIZE[0] * ZOOM_OUT, width)
    high = min(max(wide * SIZE[1] / SIZE[0], min(element.height * 1.2, SIZE[1] * ZOOM_OUT)), height)
    left = _around(element.left, element.width, wide, width)
    return Rect(left, _around(element.top, element.height, high, height), wide, high)


def _around(start: float, length: float, window: float, limit: float) -> float:
    """Where a window must begin to hold the stretch in its middle, or its beginning when it is longer, inside the
    limit."""
    begin = start - (window - length) / 2 if length < window else start - window * 0.06
    return max(0.0, min(begin, limit - window))


def marked(file: IO[bytes], box: Mapping[str, Any], page_width: int, width: int = SIZE[0]) -> bytes:
    """WebP of the element with its outline, at most `width` wide. `page_width`: the picture's width in CSS pixels."""
    with _open(file) as picture:
        scale = picture.width / page_width if page_width else 1.0
        css = rect_of(box)
        element = Rect(css.left * scale, css.top * scale, css.width * scale, css.height * scale)
        part = window(element, picture.width, picture.height, room=width)
        cut = picture.crop((round(part.left), round(part.top), round(part.right), round(part.bottom))).convert("RGB")
    shrink = min(1.0, width / cut.width)
    if shrink < 1:
        cut = cut.resize((width, max(1, round(cut.height * shrink))), Image.Resampling.LANCZOS)
    _outline(cut, element, part, shrink)
    return _webp(cut)


def thumbnail(file: IO[bytes], width: int) -> bytes:
    """WebP of the top of a full-page picture, `width` wide and at most twice as high."""
    with _open(file) as picture:
        top = picture.crop((0, 0, picture.width, min(picture.height, picture.width * 2))).convert("RGB")
    return _webp(top.resize((width, max(1, round(top.height * width / top.width))), Image.Resampling.LANCZOS))


def _open(file: IO[bytes]) -> Image.Image:
    try:
        picture = Image.open(file, formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise Unreadable(f"{picture.width} × {picture.height} pixels")
        picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable(str(error)) from error
    return picture


def _outline(cut: Image.Image, element: Rect, part: Rect, shrink: float) -> None:
    """2 px of accent between two of white, 2 px off the element so that its edge stays visible."""
    draw = ImageDraw.Draw(cut)
    left, top = (element.left - part.left) * shrink, (element.top - part.top) * shrink
    right, bottom = left + element.width * shrink, top + element.height * shrink
    for off, width, colour in ((6, 6, HALO), (4, 2, ACCENT)):
        x, y = _inside(left - off, cut.width), _inside(top - off, cut.height)
        corner = (max(x, _inside(right + off, cut.width)), max(y, _inside(bottom + off, cut.height)))
        draw.rounded_rectangle((x, y, *corner), radius=4, outline=colour, width=width)


def _inside(value: float, length: int) -> float:
    return min(max(value, 0), length - 1)


def _webp(picture: Image.Image) -> bytes:
    """The best quality that stays within MAX_BYTES; of a picture that never does, a smaller one."""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, method=3)
        if buffer.tell() <= MAX_BYTES:
            return buffer.getvalue()
    return _webp(picture.reduce(2))
