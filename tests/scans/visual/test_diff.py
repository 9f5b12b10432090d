"""What counts as a change of a picture, and what does not."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageDraw

from scans.visual.diff import Unreadable, compare

WIDTH, HEIGHT = 720, 1600


def drawn(scale: int = 1, shift: float = 0) -> Image.Image:
    """A page with a bar, lines of text of different lengths, cards and a gradient, everything `shift` pixels lower."""
    picture = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), "white")
    draw = ImageDraw.Draw(picture)

    def box(x: float, y: float, width: float, height: float, fill: str) -> None:
        edges = (x, y + shift, x + width, y + height + shift)
        draw.rectangle([round(edge * scale) for edge in edges], fill=fill)

    box(0, -10, WIDTH, 70, "#0f172a")
    for line in range(60):
        for word in range(3 + line * 7 % 9):
            box(40 + word * 68, 100 + line * 20, 20 + (line * 13 + word * 29) % 40, 9, "#334155")
    for card in range(3):
        box(40 + card * 220, 1340, 200, 160, ("#c7d2fe", "#fde68a", "#bbf7d0")[card])
    for row in range(80):
        box(0, 1520 + row, WIDTH, 1, f"#{255 - row:02x}{255 - row:02x}ff")
    return picture


def coded(picture: Image.Image, quality: int = 70) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


PAGE = drawn()
BASE = coded(PAGE)


def edited(edit: Callable[[ImageDraw.ImageDraw], None]) -> bytes:
    picture = PAGE.copy()
    edit(ImageDraw.Draw(picture))
    return coded(picture)


def with_band(top: int, rows: int, fill: str = "#f43f5e") -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT + rows), fill)
    picture.paste(PAGE.crop((0, 0, WIDTH, top)), (0, 0))
    picture.paste(PAGE.crop((0, top, WIDTH, HEIGHT)), (0, top + rows))
    return picture


def test_the_same_picture_has_no_change() -> None:
    same = compare(BASE, BASE)
    assert (same.changed, same.total, same.boxes, same.percent) == (0, 90 * 200, (), 0)


def test_a_block_that_changed_is_found_where_it_is() -> None:
    found = compare(BASE, edited(lambda draw: draw.rectangle((600, 304, 615, 319), fill="#dc2626")))
    assert 4 <= found.changed <= 9
    (x, y, width, height) = found.boxes[0]
    assert (592 <= x <= 600, 296 <= y <= 304, width <= 32, height <= 32, len(found.boxes)) == (True,) * 4 + (1,)


def test_a_word_that_changed_is_found() -> None:
    found = compare(BASE, edited(lambda draw: draw.rectangle((40, 180, 75, 189), fill="white")))
    assert found.changed >= 4


def test_a_colour_that_changed_is_found() -> None:
    found = compare(BASE, edited(lambda draw: draw.rectangle((40, 1340, 240, 1500), fill="#fbcfe8")))
    assert found.boxes[0][2] >= 200
    assert found.changed >= 25 * 20


@pytest.mark.parametrize("quality", [50, 60, 85, 95])
def test_the_grain_of_jpeg_is_no_change(quality: int) -> None:
    assert compare(BASE, coded(PAGE, quality)).changed == 0
    assert compare(coded(PAGE, quality), BASE).changed == 0


def test_coded_again_is_no_change() -> None:
    assert compare(BASE, coded(Image.open(io.BytesIO(BASE)))).changed == 0


def test_letters_a_fraction_of_a_pixel_further_are_no_change() -> None:
    sharp, shifted = drawn(4).reduce(4), drawn(4, shift=0.5).reduce(4)
    assert ImageChops.difference(sharp, shifted).getbbox() is not None
    assert compare(coded(sharp), coded(shifted)).changed == 0


@pytest.mark.parametrize(("top", "rows"), [(80, 8), (80, 37), (700, 64), (1330, 211), (0, 50), (HEIGHT, 50)])
def test_a_band_put_in_marks_nothing_below_it(top: int, rows: int) -> None:
    found = compare(BASE, coded(with_band(top, rows)))
    assert (found.inserted, found.removed) == (rows, 0)
    (x, y, width, height) = found.boxes[0]
    assert (x, width) == (0, WIDTH)
    assert abs(y - top) <= 16 and abs(height - rows) <= 24
    assert found.changed <= 90 * (rows // 8 + 3)


def test_a_band_taken_out_is_a_seam() -> None:
    found = compare(coded(with_band(700, 64)), BASE)
    assert (found.inserted, found.removed) == (0, 64)
    assert abs(found.boxes[0][1] - 700) <= 16
    assert found.boxes[0][3] <= 24
    assert found.changed >= 90 * 8


def test_two_bands_and_a_word_between_them() -> None:
    picture = Image.new("RGB", (WIDTH, HEIGHT + 90), "#f43f5e")
    changed = PAGE.copy()
    ImageDraw.Draw(changed).rectangle((40, 600, 75, 609), fill="#16a34a")
    for top, bottom, at in ((0, 300, 0), (300, 1000, 37), (1000, HEIGHT, 90)):
        picture.paste(changed.crop((0, top, WIDTH, bottom)), (0, top + at))
    found = compare(BASE, coded(picture))
    assert (found.inserted, found.removed) == (90, 0)
    assert len(found.boxes) == 3
    assert any(abs(box[1] - 637) < 16 and box[2] < 80 for box in found.boxes)


def test_what_is_ignored_in_either_picture_counts_in_neither() -> None:
    other = edited(lambda draw: draw.rectangle((40, 1340, 240, 1500), fill="#000000"))
    box = (40, 1340, 201, 161)
    for before, after in (((box,), ()), ((), (box,)), ((box,), (box,))):
        found = compare(BASE, other, before, after)
        assert found.changed == 0
        assert found.total < 90 * 200
    assert compare(BASE, other, ((0, 0, 10, 10), (5, 5, 0, -3), (9999, 9999, 5, 5))).changed > 0


def test_an_ignored_part_may_grow() -> None:
    grown = with_band(700, 64)
    assert compare(BASE, coded(grown), (), ((0, 690, WIDTH, 84),)).changed == 0


def test_nothing_in_common_is_everything() -> None:
    found = compare(BASE, coded(Image.effect_noise((WIDTH, 1100), 90).convert("RGB")))
    assert found.percent > 60
    assert len(found.boxes) <= 40


def test_what_cannot_be_compared_says_so() -> None:
    with pytest.raises(Unreadable):
        compare(BASE, b"<svg onload=alert(1)>")
    with pytest.raises(Unreadable, match="wide"):
        compare(BASE, coded(PAGE.crop((0, 0, 100, 100))))
