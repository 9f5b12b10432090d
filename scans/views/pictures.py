"""Pictures of scanned pages, for those who may see the scan. What is cut or scaled is kept beside the original, so it
is made once; a picture never changes, so browsers keep it too."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Any

from django.contrib.auth.decorators import login_required
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from scans.models import Baseline, Finding, Shot
from scans.reports import crops
from scans.views.access import person

WIDTHS = (320, 640)
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@login_required
@require_GET
def shot(request: HttpRequest, shot_id: uuid.UUID) -> HttpResponseBase:
    """The full-page picture, or with `?w=` its top as a thumbnail."""
    mine = Shot.objects.filter(page__scan__site__workspace__memberships__user=person(request))
    shot = get_object_or_404(mine, pk=shot_id)
    width = _width(request)
    if width is None:
        return _picture(str(shot.file.name))
    return _picture(_made(_beside(shot, f"{shot.viewport}-{width}"), shot, lambda file: crops.thumbnail(file, width)))


@login_required
@require_GET
def baseline(request: HttpRequest, baseline_id: uuid.UUID) -> HttpResponseBase:
    """The full-page picture that was approved."""
    mine = Baseline.objects.filter(site__workspace__memberships__user=person(request))
    return _picture(str(get_object_or_404(mine, pk=baseline_id).file.name))


@login_required
@require_GET
def finding(request: HttpRequest, finding_id: uuid.UUID) -> HttpResponseBase:
    """The element of a finding, marked, in its surroundings."""
    mine = Finding.objects.filter(scan__site__workspace__memberships__user=person(request), box__isnull=False)
    found = get_object_or_404(mine, pk=finding_id)
    box: dict[str, Any] = found.box or {}
    shot = get_object_or_404(Shot, page=found.page_id, viewport=box.get("viewport"))
    width = _width(request) or crops.SIZE[0]
    name = _beside(shot, f"finding-{found.pk}-{width}")
    return _picture(_made(name, shot, lambda file: crops.marked(file, box, shot.width, width)))


def _width(request: HttpRequest) -> int | None:
    asked = request.GET.get("w", "")
    return int(asked) if asked in map(str, WIDTHS) else None


def _beside(shot: Shot, name: str) -> str:
    """Next to the picture it is made from, so that both go together."""
    return str(PurePosixPath(str(shot.file.name)).with_name(f"{name}.webp"))


def _made(name: str, shot: Shot, make: Callable[[IO[bytes]], bytes]) -> str:
    if default_storage.exists(name):
        return name
    try:
        with shot.file.open("rb") as file:
            data = make(file)
    except (FileNotFoundError, crops.Unreadable) as error:
        raise Http404("There is no picture.") from error
    return default_storage.save(name, ContentFile(data))


def _picture(name: str) -> HttpResponseBase:
    """Only as a picture: no sniffing, no script, no frame, whatever the bytes say."""
    kind = TYPES.get(PurePosixPath(name).suffix)
    if kind is None or not default_storage.exists(name):
        raise Http404("There is no picture.")
    response = FileResponse(default_storage.open(name), content_type=kind)
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
