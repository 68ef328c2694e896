"""The wheel of this project, installed into an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.workplace import PROJECT

#: Moment that files of an archive bear: two builds of the same files are equal bytes.
EPOCH = "315532800"


@dataclass(frozen=True)
class Installation:
    """An environment that holds what users install, and nothing of the repository."""

    folder: Path

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, name: str, *arguments: str, cwd: Path, **environ: str) -> str:
        """Run a program of it in a folder, to its end; return what it printed."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CARBON_")}
        done = subprocess.run(
            [self.folder / "bin" / name, *arguments],
            cwd=cwd,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    def files(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file of its site-packages, by path."""
        found = {}
        for path in self.packages.rglob("*"):
            if path.is_file():
                stat = path.stat()
                found[str(path.relative_to(self.packages))] = (stat.st_size, stat.st_mtime_ns)
        return found


def build_wheel(folder: Path) -> Path:
    """Build the wheel as a release does, and return it."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=PROJECT,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        check=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Installation | None:
    """Install a wheel and its locked packages; None where these or uv cannot be had.

    Nobody may write to what is installed. (To an administrator nothing is read-only: tests compare
    the files too.)
    """
    uv = shutil.which("uv")
    if uv is None:
        return None
    into = ["--quiet", "--no-deps", "--python", str(folder / "bin" / "python")]
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    locked = ["--require-hashes", "-r", str(PROJECT / "requirements-run.lock")]
    if subprocess.run([uv, "pip", "install", *into, *locked], check=False).returncode != 0:
        return None
    subprocess.run([uv, "pip", "install", *into, wheel], check=True)
    installation = Installation(folder)
    for path in (installation.packages, *installation.packages.rglob("*")):
        if path.is_dir():
            path.chmod(0o555)
    return installation
