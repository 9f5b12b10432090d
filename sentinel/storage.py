"""Folders of the storage, whatever it is: Django's storages know files alone."""

from __future__ import annotations

import shutil

from django.core.files.storage import FileSystemStorage, default_storage


def remove_folder(folder: str) -> None:
    """With all that is in it; one that is not there is no error."""
    if isinstance(default_storage, FileSystemStorage):
        shutil.rmtree(default_storage.path(folder), ignore_errors=True)
        return
    folders, files = default_storage.listdir(folder)
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    for name in folders:
        remove_folder(f"{folder}/{name}")
