"""dbt, in a process of its own: in this one it would keep the build file locked.

The process ends with the one that started it, whatever ends that: a command that was stopped
publishes nothing. ``python -m carbon.dbt`` is that process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workspace.errors import InputError
from workspace.stopping import Stopped, child_environ, end_with_parent


def run_dbt(
    project: Path,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    *,
    captured: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run dbt to its end.

    Parameters
    ----------
    project : Path
        Root of the dbt project.
    arguments : sequence of str
        For dbt.
    environ : mapping
        What of the environment differs from this process's.
    captured : bool
        Whether to keep what dbt prints; otherwise it goes where this process prints.

    Returns
    -------
    subprocess.CompletedProcess
        With dbt's exit code.

    Raises
    ------
    InputError
        If dbt was killed.
    """
    command = [sys.executable, "-m", "carbon.dbt", *arguments, "--profiles-dir", str(project)]
    done = subprocess.run(
        command,
        cwd=project,
        env=child_environ({**os.environ, **environ}),
        capture_output=captured,
        text=True,
        check=False,
    )
    if done.returncode < 0:
        raise InputError(
            f"dbt was killed (signal {-done.returncode}), as systems do when memory runs out",
            mend="make room, and run the same command again",
        )
    return done


def build(
    project: Path, arguments: Sequence[str], environ: Mapping[str, str], published: Path
) -> int:
    """Run dbt build, and tell truly whether it came to its end.

    Parameters
    ----------
    project, arguments, environ
        As for `run_dbt`.
    published : Path
        The file that readers open.

    Returns
    -------
    int
        dbt's exit code; 0 too if a signal came when the new file was in its place already.
    """
    before = _identity(published)
    try:
        return run_dbt(project, ["build", *arguments], environ).returncode
    except Stopped:
        # dbt is no more: what is there now stays.
        if _identity(published) == before:
            raise
        sys.stderr.write("carbon: published before it could be stopped\n")
        return 0


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def main() -> None:
    """Be dbt, for as long as the process that started it is there."""
    end_with_parent()
    # Ctrl-C reaches both: that process ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
