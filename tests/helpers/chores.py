"""Tasks for workers of other processes, in a module that loads at once."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def leave_a_mark(folder: Path, number: int, deadly: int) -> None:
    """Write a file; the deadly number kills its process, once."""
    if number == deadly and not (folder / "killed").exists():
        (folder / "killed").touch()
        die()
    (folder / str(number)).touch()


def die() -> None:
    """End as a process does that the system kills."""
    os.kill(os.getpid(), signal.SIGKILL)
