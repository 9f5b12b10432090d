"""Progress on a terminal: one bar on stderr, plain lines when it is none."""

from __future__ import annotations

import time
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from scans import events

LINE_EVERY_S = 5.0


class ProgressLine:
    """A context manager that shows `Progress` events."""

    def __init__(self, stream: TextIO) -> None:
        console = Console(file=stream)
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
            TextColumn("{task.fields[findings]} findings"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("discovering", total=1, findings=0)
        self._last = 0.0
        self._findings = 0

    def __enter__(self) -> ProgressLine:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def show(self, event: events.Event) -> None:
        if isinstance(event, events.Fetched | events.Visited | events.Judged):
            self._findings += len(event.problems)
        if not isinstance(event, events.Progress):
            return
        total = max(1, event.found + event.visit_total)
        done = event.fetched + event.visited
        self._bar.update(
            self._task, description=event.phase.value, completed=done, total=total, findings=self._findings
        )
        if not self._console.is_terminal and time.monotonic() - self._last >= LINE_EVERY_S:
            self._last = time.monotonic()
            self._console.print(
                f"{event.phase}: {event.found} found, {event.fetched} fetched, {event.visited} visited, "
                f"{self._findings} findings",
                markup=False,
            )
