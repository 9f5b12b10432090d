"""The ZIP with a copy of what is kept of a workspace or a person: a JSON file for each model that says it belongs there
(`accounts.privacy`), and the pictures. Read in small pieces and written in order, so memory stays bounded however much
there is.

What people and websites wrote stands in it as JSON and nothing else; names of files are made of ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from shutil import copyfileobj
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.privacy import Holding, declared

CHUNK = 500  # rows in memory
PICTURES = 20_000  # of one archive, the newest: its table of contents stays in memory until the end

Note = Callable[[dict[str, Any]], None]


def write(target: IO[bytes], of: Workspace | User, note: Note) -> dict[str, Any]:
    """Writes the archive and returns what is in it; `note` hears how far it is, and may raise to stop it."""
    contents: dict[str, Any] = {"schema": 1, "made_at": timezone.now(), "of": str(of), "rows": {}}
    pictures: list[tuple[Holding, models.QuerySet[Any]]] = []
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for holding in declared():
            rows = _rows(holding, of)
            if rows is None:
                continue
            contents["rows"][holding.name] = _write_rows(archive, holding, rows, note)
            if holding.file and isinstance(of, Workspace):
                pictures.append((holding, rows))
        contents["pictures"] = _write_pictures(archive, pictures, note)
        archive.writestr("about.json", _json(contents))
    return contents


def _rows(holding: Holding, of: Workspace | User) -> models.QuerySet[Any] | None:
    path = holding.workspace if isinstance(of, Workspace) else holding.person
    return holding.model._base_manager.filter(**{path: of.pk}) if path else None


def _write_rows(archive: ZipFile, holding: Holding, rows: models.QuerySet[Any], note: Note) -> int:
    count = 0
    with archive.open(f"{holding.name}.json", "w", force_zip64=True) as file:
        file.write(b"[")
        for row in rows.order_by().values(*holding.columns).iterator(CHUNK):
            file.write((",\n" if count else "\n").encode() + _json(row).encode())
            count += 1
            if count % CHUNK == 0:
                note({"part": holding.what, "rows": count})
        file.write(b"\n]\n")
    note({"part": holding.what, "rows": count})
    return count


def _write_pictures(archive: ZipFile, of: list[tuple[Holding, models.QuerySet[Any]]], note: Note) -> dict[str, int]:
    """Each file once; what the storage has lost, and what is too many, is counted."""
    counts = {"kept": 0, "missing": 0, "left_out": 0}
    seen: set[str] = set()
    for holding, rows in of:
        for name in rows.order_by("-pk").values_list(holding.file, flat=True).iterator(CHUNK):
            if name in seen:
                continue
            if counts["kept"] >= PICTURES:
                counts["left_out"] += 1
                continue
            seen.add(name)
            counts["kept" if _copy(archive, name) else "missing"] += 1
            if len(seen) % 100 == 0:
                note({"part": "pictures", "pictures": counts["kept"]})
    return counts


def _copy(archive: ZipFile, name: str) -> bool:
    """Pictures are compressed already."""
    try:
        with default_storage.open(name) as picture:
            entry = ZipInfo(entry_name(name), date_time=timezone.now().timetuple()[:6])
            entry.compress_type = ZIP_STORED
            with archive.open(entry, "w", force_zip64=True) as file:
                copyfileobj(picture, file)
    except FileNotFoundError:
        return False
    return True


def entry_name(name: str) -> str:
    """A path inside the archive that leads nowhere else, whatever the name says."""
    parts = [re.sub(r"[^\w.-]", "_", part) for part in PurePosixPath(name).parts if part.strip("./\\")]
    return "/".join(["pictures", *parts])


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)
