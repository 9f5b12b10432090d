"""What was erased, outside the database: a file in the storage to which lines are added and never changed. A database
that is restored from a backup brings erased people back; whoever restores reads here who has to go again.

A line is JSON: {"kind", "id", "what", "at"}, ids and moments alone. It is written after the change itself, from the row
of the `Erasure`, so a crash between the two writes it later and perhaps twice; the latest word counts."""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)

FILE = "erasures.jsonl"
ERASED, TAKEN_BACK = "erased", "taken-back"


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    id: uuid.UUID
    what: str
    at: datetime


def add(entry: Entry) -> None:
    """On the disk when this returns. One write in append mode is one line, however many processes write."""
    path = Path(default_storage.path(FILE))
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"kind": entry.kind, "id": str(entry.id), "what": entry.what, "at": entry.at.isoformat()}
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # begins a line of its own also after one that a full disk cut short
        os.write(handle, f"\n{json.dumps(said)}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def entries() -> Iterator[Entry]:
    path = Path(default_storage.path(FILE))
    if not path.exists():
        return
    with path.open() as file:
        for line in filter(str.strip, file):
            try:
                said = json.loads(line)
                moment = datetime.fromisoformat(said["at"])
                yield Entry(str(said["kind"]), uuid.UUID(said["id"]), str(said["what"]), moment)
            except (ValueError, KeyError, TypeError):
                logger.warning("a line of %s cannot be read", FILE)


def latest() -> list[Entry]:
    """The last word about each thing, oldest first."""
    words: dict[tuple[str, uuid.UUID], Entry] = {}
    for entry in entries():
        known = words.get((entry.kind, entry.id))
        if known is None or known.at <= entry.at:
            words[entry.kind, entry.id] = entry
    return sorted(words.values(), key=lambda entry: entry.at)
