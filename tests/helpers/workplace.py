"""A data folder and a published folder of a test's own, and the command that works on them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workplace:
    """A data folder and a published folder of their own, and the command that works on them."""

    folder: Path

    @property
    def data(self) -> Path:
        """``CARBON_DATA``."""
        return self.folder / "data"

    @property
    def build_file(self) -> Path:
        """What ingest and dbt write."""
        return self.data / "build" / "carbon_budget.duckdb"

    @property
    def published_file(self) -> Path:
        """What readers open."""
        return self.folder / "published" / "carbon_budget.duckdb"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a command that works here."""
        return {
            **os.environ,
            "CARBON_DATA": str(self.data),
            "CARBON_PUBLISHED": str(self.folder / "published"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``carbon`` with these arguments, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "carbon.cli", *arguments],
            cwd=PROJECT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def carbon(self, *arguments: str) -> str:
        """Run ``carbon`` to its end and return what it printed; it must succeed."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 0, output[-4000:]
        return output


def processes_of(session: int) -> list[int]:
    """List the living processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[3]) == session and after_name[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for something to become true; it must, within a time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.005)
