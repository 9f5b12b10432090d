from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageChops

from accounts.models import Workspace
from scans.models import Finding, Scan, Shot
from scans.reports import crops
from tests.build import a_site
from tests.scans.filled import fill


@pytest.fixture
def scan(workspace: Workspace) -> Scan:
    return fill(a_site(workspace), issues=9)


@pytest.fixture
def found(scan: Scan) -> Finding:
    """The link in the bar of the page that has pictures."""
    return Finding.objects.get(scan=scan, issue__rule="links.broken-internal", page__shots__viewport="desktop")


def picture_url(finding: Finding, query: str = "") -> str:
    return reverse("finding_picture", args=[finding.pk]) + query


def body(client: Client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200
    assert isinstance(response, FileResponse)
    return b"".join(response.streaming_content)  # type: ignore[arg-type]


def pixel(picture: Image.Image, x: int, y: int) -> tuple[int, int, int]:
    red, green, blue = picture.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    return red, green, blue


def accent_at(picture: Image.Image) -> tuple[int, int, int, int]:
    """The box around what is far bluer than anything else on our pictures, compressed or not: the outline."""
    red, _, blue = picture.convert("RGB").split()
    box = ImageChops.subtract(blue, red).point(lambda more: 255 if more > 125 else 0).getbbox()
    assert box is not None
    return box


def plain(width: int = 1440, height: int = 3000, colour: str = "#808080", kind: str = "PNG") -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, kind)
    buffer.seek(0)
    return buffer


BOX = {"viewport": "desktop", "x": 700, "y": 1500, "width": 200, "height": 80}


def test_element_is_outlined_where_it_is() -> None:
    picture = Image.open(io.BytesIO(crops.marked(plain(), BOX, page_width=1440)))
    assert picture.format == "WEBP"
    assert picture.size == (960, 600)
    left, top, right, bottom = accent_at(picture)
    # in the middle: (960 - 200) / 2 and (600 - 80) / 2, the outline 2 to 4 px outside
    assert abs(left - 376) <= 2 and abs(right - 584) <= 2
    assert abs(top - 256) <= 2 and abs(bottom - 344) <= 2
    assert pixel(picture, 480, 300) == pytest.approx((128, 128, 128), abs=8)
    assert min(pixel(picture, 480, 254)) > 180  # the halo


def test_picture_of_twice_the_scale_is_marked_in_the_same_place() -> None:
    half = {key: value / 2 if isinstance(value, int) else value for key, value in BOX.items()}
    once = Image.open(io.BytesIO(crops.marked(plain(), BOX, page_width=1440)))
    twice = Image.open(io.BytesIO(crops.marked(plain(), half, page_width=720)))
    assert accent_at(once) == accent_at(twice)


@pytest.mark.parametrize(
    "box",
    [
        {"x": 0, "y": 0, "width": 1440, "height": 3000},
        {"x": 0, "y": 0, "width": 10, "height": 10},
        {"x": 1430, "y": 2990, "width": 10, "height": 10},
        {"x": -500, "y": -500, "width": 100, "height": 100},
        {"x": 90_000, "y": 90_000, "width": 100, "height": 100},
        {"x": 5, "y": 5, "width": 0, "height": 0},
        {"x": 0, "y": 200, "width": 100, "height": 50_000},
        {},
    ],
)
def test_any_box_gives_a_picture(box: dict[str, int]) -> None:
    picture = Image.open(io.BytesIO(crops.marked(plain(), box, page_width=1440)))
    assert picture.width == 960
    assert picture.height <= 1440


def test_narrow_page_is_not_blown_up() -> None:
    picture = Image.open(io.BytesIO(crops.marked(plain(390), {"x": 10, "y": 900, "width": 100, "height": 30}, 390)))
    assert picture.width == 390


def test_noise_stays_small() -> None:
    buffer = io.BytesIO()
    Image.effect_noise((1440, 2000), 90).convert("RGB").save(buffer, "JPEG")
    assert len(crops.marked(buffer, BOX | {"y": 900}, 1440)) < 100_000


def test_bomb_and_rubbish_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"<svg onload=alert(1)>", plain().read()[:200]):
        with pytest.raises(crops.Unreadable):
            crops.marked(io.BytesIO(data), BOX, 1440)
    monkeypatch.setattr(crops, "MAX_PIXELS", 1000)
    with pytest.raises(crops.Unreadable, match="pixels"):
        crops.thumbnail(plain(), 320)


def test_finding_has_its_picture(owner_client: Client, found: Finding) -> None:
    response = owner_client.get(picture_url(found))
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    data = body(owner_client, picture_url(found))
    assert len(data) < crops.MAX_BYTES
    left, top, right, bottom = accent_at(Image.open(io.BytesIO(data)))
    assert right - left == pytest.approx(110 + 8, abs=4)
    assert bottom - top == pytest.approx(28 + 8, abs=4)


def test_picture_is_made_once(owner_client: Client, found: Finding) -> None:
    first = body(owner_client, picture_url(found))
    shot = Shot.objects.get(page=found.page, viewport="desktop")
    folder = Path(default_storage.path(shot.file.name)).parent
    assert [path.name for path in folder.glob("finding-*")] == [f"finding-{found.pk}-960.webp"]
    shot.file.storage.delete(shot.file.name)
    assert body(owner_client, picture_url(found)) == first


def test_small_pictures(owner_client: Client, found: Finding) -> None:
    assert Image.open(io.BytesIO(body(owner_client, picture_url(found, "?w=320")))).width == 320
    shot = Shot.objects.get(page=found.page, viewport="desktop")
    address = reverse("shot", args=[shot.pk])
    assert Image.open(io.BytesIO(body(owner_client, address))).size == (1440, 2600)
    assert Image.open(io.BytesIO(body(owner_client, f"{address}?w=640"))).width == 640
    assert Image.open(io.BytesIO(body(owner_client, f"{address}?w=99999"))).size == (1440, 2600)


def test_no_picture_is_a_plain_404(owner_client: Client, found: Finding) -> None:
    Shot.objects.filter(page=found.page, viewport="desktop").update(file="shots/gone.jpg")
    assert owner_client.get(picture_url(found)).status_code == 404
    Finding.objects.filter(pk=found.pk).update(box=None)
    assert owner_client.get(picture_url(found)).status_code == 404


def test_only_pictures_are_given_out(owner_client: Client, found: Finding) -> None:
    shot = Shot.objects.get(page=found.page, viewport="desktop")
    evil = default_storage.save("shots/evil.svg", ContentFile(b"<svg onload=alert(1)>"))
    Shot.objects.filter(pk=shot.pk).update(file=evil)
    assert owner_client.get(reverse("shot", args=[shot.pk])).status_code == 404


def test_strangers_see_no_picture(
    stranger_client: Client, viewer_client: Client, client: Client, found: Finding
) -> None:
    shot = Shot.objects.filter(page=found.page).first()
    assert shot is not None
    for address in (picture_url(found), reverse("shot", args=[shot.pk])):
        assert stranger_client.get(address).status_code == 404
        assert client.get(address).status_code == 302
        assert viewer_client.get(address).status_code == 200
