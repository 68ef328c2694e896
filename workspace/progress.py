"""Progress of long work: a bar on a terminal, a few plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """What long work tells of itself."""

    def start(self, what: str, total: int) -> None:
        """Begin a stage of ``total`` steps."""

    def advance(self, what: str) -> None:
        """Say that one step is finished, and which."""

    def note(self, line: str) -> None:
        """Say something the user should read."""


class SilentProgress:
    """Progress that nobody watches; notes are kept.

    Attributes
    ----------
    notes : list of str
        Every note, in order.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []

    def start(self, what: str, total: int) -> None:
        """Ignore the stage."""

    def advance(self, what: str) -> None:
        """Ignore the step."""

    def note(self, line: str) -> None:
        """Keep the note."""
        self.notes.append(line)


class _LineProgress:
    """A line when a stage begins and when it ends: what a log file wants."""

    def __init__(self) -> None:
        self._what, self._total, self._done, self._began = "", 0, 0, 0.0

    def start(self, what: str, total: int) -> None:
        self._what, self._total, self._done, self._began = what, total, 0, time.monotonic()
        if total == 0:
            self.note(f"{what}: nothing to do")

    def advance(self, what: str) -> None:
        self._done += 1
        if self._done == self._total:
            self.note(f"{self._what}: {self._total} in {time.monotonic() - self._began:.1f} s")

    def note(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class _BarProgress:
    """A bar with the time that remains: what a person wants."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def start(self, what: str, total: int) -> None:
        self._task = self._bar.add_task(what, total=total, step="")
        if total == 0:
            self._bar.update(self._task, total=1, completed=1, step="nothing to do")

    def advance(self, what: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, advance=1, step=what)

    def note(self, line: str) -> None:
        self._bar.console.print(line, highlight=False, markup=False)


@contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Show progress on standard error, as it fits where that leads to."""
    if not sys.stderr.isatty():
        yield _LineProgress()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[step]}"),
    )
    with RichProgress(*columns, console=Console(stderr=True)) as bar:
        yield _BarProgress(bar)
