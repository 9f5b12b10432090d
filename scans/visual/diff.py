"""What changed between two pictures of one page: pure, two pictures in, blocks and boxes out.

Three things must not count: the grain that JPEG leaves, letters drawn a fraction of a pixel further (anti-aliasing),
and everything below a band that was put in or taken out. So rows are brought in step first (`scans.visual.align`), then

    blocks    the means of BLOCK × BLOCK pixels are compared: nearly all are equal, and that is that
    closer    what is left counts where pixels are beyond everything that stands beside them in the other picture

Bytes of pictures are equal when nothing changed: that is for the caller to see first."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, UnidentifiedImageError

from scans.visual.align import CELLS, Part, parts

BLOCK = 8
THIN = 3  # rows: what one picture has more of up to here is rounding
MEAN_TOLERANCE = 2  # of 255, between two means: below it nobody looks closer
PIXEL_TOLERANCE = 5  # of 255, the mean of a block of what is beyond its neighbours
COLOUR_TOLERANCE = 4  # of 255, between two means of a colour
BLEED = 16  # pixels: within such a square, and 2 further, JPEG lets a colour run into what stands beside it
STRIP = 256  # rows looked at closely at once
NEAR = 4  # blocks: changes closer than that are one box
SPECK = 1  # blocks: one alone is grain
MOST_BOXES = 40
MAX_PIXELS = 80_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
GREY = (128, 128, 128)

Rect = tuple[int, int, int, int]  # x, y, width, height in pixels
Spot = tuple[int, int]  # the top left pixel of a block


class Unreadable(Exception):
    """These bytes are no two pictures that can be compared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`changed` of `total` blocks. `boxes` are places on the picture after, the largest first; `inserted` and `removed`
    are the rows that one picture has more."""

    changed: int
    total: int
    boxes: tuple[Rect, ...] = ()
    inserted: int = 0
    removed: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.changed / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One picture: its pixels (YCbCr), what of it does not count, and the cells of its rows."""

    pixels: Image.Image
    ignored: Image.Image | None
    rows: tuple[bytes, ...]


def compare(
    before: bytes, after: bytes, ignored_before: Sequence[Rect] = (), ignored_after: Sequence[Rect] = ()
) -> Difference:
    """Pictures of one width. What is ignored in either counts in neither. Raises Unreadable."""
    old, new = _sheet(before, ignored_before), _sheet(after, ignored_after)
    if old.pixels.width != new.pixels.width:
        raise Unreadable(f"{old.pixels.width} and {new.pixels.width} pixels wide")
    spots: list[Spot] = []
    total = inserted = removed = lost = 0
    for part in parts(old.rows, new.rows):
        both = min(part.gone, part.come)
        found, counted = _changes(old, new, Part(part.old, part.new, both, both))
        spots += found
        total += counted
        if abs(part.gone - part.come) <= THIN:
            continue
        come = _blocks(new, part.new + both, part.come - both)
        gone = _blocks(old, part.old + both, part.gone - both)
        at = min(part.new + both, max(0, new.pixels.height - BLOCK))
        seam = dict.fromkeys((x, at) for x, _ in gone)
        spots += [*come, *seam]
        total += len(come) + len(gone)
        lost += len(gone) - len(seam)
        inserted, removed = inserted + part.come - both, removed + part.gone - both
    groups = [group for group in _groups(spots) if len(group) > SPECK]
    return Difference(sum(map(len, groups)) + lost, total, _boxes(groups, new.pixels.size), inserted, removed)


def _sheet(data: bytes, ignored: Sequence[Rect]) -> _Sheet:
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise Unreadable(f"{picture.width} × {picture.height} pixels")
        picture.draft("YCbCr", picture.size)  # as it stands in a JPEG: nothing to convert
        picture.load()
        pixels = picture if picture.mode == "YCbCr" else picture.convert("YCbCr")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable(str(error)) from error
    mask = _mask(pixels, ignored) if ignored else None
    cells = pixels.getchannel(0).resize((CELLS, pixels.height), Image.Resampling.BOX).tobytes()
    return _Sheet(pixels, mask, tuple(cells[i : i + CELLS] for i in range(0, len(cells), CELLS)))


def _mask(pixels: Image.Image, ignored: Sequence[Rect]) -> Image.Image:
    """What is ignored also becomes grey, so that rows are in step whatever it shows."""
    mask = Image.new("L", pixels.size)
    draw, paint = ImageDraw.Draw(mask), ImageDraw.Draw(pixels)
    for x, y, width, height in ignored:
        if width > 0 and height > 0:
            left, top = x // BLEED * BLEED - 2, y // BLEED * BLEED - 2
            right, bottom = -(-(x + width) // BLEED) * BLEED + 1, -(-(y + height) // BLEED) * BLEED + 1
            draw.rectangle((left, top, right, bottom), fill=255)
            paint.rectangle((left, top, right, bottom), fill=GREY)
    return mask


def _changes(old: _Sheet, new: _Sheet, step: Part) -> tuple[list[Spot], int]:
    """Blocks that differ in a stretch in step, and how many were compared."""
    width, rows = new.pixels.width, step.come
    if not rows:
        return [], 0
    one = old.pixels.reduce(BLOCK, (0, step.old, width, step.old + rows))
    far = ImageChops.difference(one, new.pixels.reduce(BLOCK, (0, step.new, width, step.new + rows)))
    doubtful = _highest(far.split()).point(_above(MEAN_TOLERANCE))
    counted = far.width * far.height
    if ignored := _ignored(old, new, step):
        counted -= ignored.histogram()[255]
        doubtful = ImageChops.subtract(doubtful, ignored)
    seen = _highest(far.split()[1:]).point(_above(COLOUR_TOLERANCE))
    for part in _strips(doubtful):
        near = _closer(old, new, step, part).crop((0, 0, part[2] - part[0], part[3] - part[1]))
        seen.paste(ImageChops.lighter(near, seen.crop(part)), part[:2])
    return [(x, y + step.new) for x, y in _spots(ImageChops.multiply(doubtful, seen))], counted


def _ignored(old: _Sheet, new: _Sheet, step: Part) -> Image.Image | None:
    """Blocks, 255 where either picture is not to count."""
    masks = [
        sheet.ignored.reduce(BLOCK, (0, at, sheet.pixels.width, at + step.come)).point(_above(0))
        for sheet, at in ((old, step.old), (new, step.new))
        if sheet.ignored is not None
    ]
    return _highest(masks) if masks else None


def _strips(doubtful: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Where to look closer, in blocks: left, top, right, bottom."""
    for top in range(0, doubtful.height, STRIP // BLOCK):
        found = doubtful.crop((0, top, doubtful.width, min(doubtful.height, top + STRIP // BLOCK))).getbbox()
        if found is not None:
            yield found[0], top + found[1], found[2], top + found[3]


def _closer(old: _Sheet, new: _Sheet, step: Part, part: tuple[int, int, int, int]) -> Image.Image:
    """The blocks of `part`, 255 where pixels of one picture are beyond all that stand beside them in the other."""
    left, top, right, bottom = (blocks * BLOCK for blocks in part)
    height = min(bottom, step.come) - top
    box = (left - 1, top - 1, min(right, new.pixels.width) + 1, top + height + 1)
    bands = []
    for sheet, at in ((old, step.old), (new, step.new)):
        left, top = max(0, box[0]), max(0, at + box[1])
        room = (left, top, min(sheet.pixels.width, box[2]), min(sheet.pixels.height, at + box[3]))
        band = sheet.pixels.crop(room).getchannel(0)
        # at the edge of the page nothing stands beside a pixel but itself
        whole = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        for dx, dy in ((-1, -1), (1, 1), (0, 0)):
            whole.paste(band, (room[0] - box[0] + dx, room[1] - at - box[1] + dy))
        bands.append(whole)
    beyond = _highest((_beyond(*bands), _beyond(*bands[::-1])))
    return beyond.crop((1, 1, beyond.width - 1, beyond.height - 1)).reduce(BLOCK).point(_above(PIXEL_TOLERANCE))


def _beyond(picture: Image.Image, other: Image.Image) -> Image.Image:
    lowest, highest = other.filter(ImageFilter.MinFilter(3)), other.filter(ImageFilter.MaxFilter(3))
    return ImageChops.lighter(ImageChops.subtract(picture, highest), ImageChops.subtract(lowest, picture))


def _above(limit: int) -> list[int]:
    return [255 if value > limit else 0 for value in range(256)]


def _highest(bands: Sequence[Image.Image]) -> Image.Image:
    highest = bands[0]
    for band in bands[1:]:
        highest = ImageChops.lighter(highest, band)
    return highest


def _blocks(sheet: _Sheet, top: int, rows: int) -> list[Spot]:
    """All blocks of these rows that count."""
    if rows <= 0:
        return []
    everything = Image.new("L", (-(-sheet.pixels.width // BLOCK), -(-rows // BLOCK)), 255)
    if sheet.ignored is not None:
        mask = sheet.ignored.reduce(BLOCK, (0, top, sheet.pixels.width, top + rows)).point(_above(0))
        everything = ImageChops.subtract(everything, mask)
    return [(x, y + top) for x, y in _spots(everything)]


def _spots(blocks: Image.Image) -> list[Spot]:
    data, width = blocks.tobytes(), blocks.width
    found = []
    at = data.find(255)
    while at >= 0:
        found.append((at % width * BLOCK, at // width * BLOCK))
        at = data.find(255, at + 1)
    return found


def _groups(spots: Iterable[Spot]) -> Iterator[list[Spot]]:
    """Blocks that are near each other."""
    near = NEAR * BLOCK
    cells: dict[Spot, list[Spot]] = {}
    for x, y in spots:
        cells.setdefault((x // near, y // near), []).append((x, y))
    while cells:
        waiting, group = [next(iter(cells))], []
        while waiting:
            x, y = waiting.pop()
            if found := cells.pop((x, y), None):
                group += found
                waiting += [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        yield group


def _boxes(groups: Iterable[list[Spot]], size: tuple[int, int]) -> tuple[Rect, ...]:
    """Around each group, the largest first, at most MOST_BOXES."""
    found = []
    for group in groups:
        left, top = min(x for x, _ in group), min(y for _, y in group)
        right = min(size[0], max(x for x, _ in group) + BLOCK)
        bottom = min(size[1], max(y for _, y in group) + BLOCK)
        found.append((left, top, right - left, bottom - top))
    return tuple(sorted(found, key=lambda box: (-box[2] * box[3], box))[:MOST_BOXES])
