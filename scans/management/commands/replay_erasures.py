"""`manage.py replay_erasures`: after a restore from a backup, before anybody is let in."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from scans import erasing


class Command(BaseCommand):
    help = "Erases again what was erased since the backup, as the ledger in the storage says."

    def handle(self, *args: Any, **options: Any) -> None:
        done = erasing.replay()
        self.stdout.write(
            f"erased again: {done['person']} people, {done['workspace']} workspaces, {done['site']} sites; "
            f"taken back again: {done['workspace taken-back']} workspaces; "
            f"gone for good: {done['finally']}; workspaces without an owner: {done['without an owner']}"
        )
