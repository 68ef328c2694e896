"""Clients that `make test` installs beside the project, and how a test runs one."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.workplace import PROJECT

SCRIPTS = PROJECT / "tests" / "clients"
INSTALLED = Path(os.environ.get("CARBON_CLIENTS", PROJECT / ".clients"))


def program(*parts: str) -> str:
    """Path of an installed client; the test skips where `make test` did not install it."""
    path = INSTALLED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not installed: run make test")
    return str(path)


def run(*command: str | Path) -> dict[str, Any]:
    """Run a client and read the JSON it prints."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout)
    return dict(answer[0] if isinstance(answer, list) else answer)
