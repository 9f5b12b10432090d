"""`manage.py rotate_encryption_keys`: moves everything encrypted to the first key of ENCRYPTION_KEYS. May be stopped
and started again at any time; ends with 2 when a text cannot be read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from accounts.encrypted import COLUMNS, Column, left, rotate_batch
from sentinel.crypto import CannotDecrypt


class Command(BaseCommand):
    help = "Encrypts every kept secret with the first of ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for column in COLUMNS:
                self._rotate(column)
        except CannotDecrypt as error:
            raise CommandError(
                f"{error}. Nothing was lost: put the key back and run this again.", returncode=2
            ) from None
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=2) from None

    def _rotate(self, column: Column) -> None:
        total, done, last = left(column), 0, None
        self.stdout.write(f"{column}: {total} to do")
        while True:
            moved, last = rotate_batch(column, last)
            if last is None:
                break
            done += moved
            self.stdout.write(f"{column}: {done} of {total}")
        if remaining := left(column):
            raise CommandError(f"{column}: {remaining} rows changed meanwhile. Run this again.", returncode=1)
