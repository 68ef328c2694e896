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
from contextlib import suppress
from pathlib import Path

from workspace.errors import InputError
from workspace.limits import Limits, bind_this_process
from workspace.stopping import Stopped, child_environ, end_with_parent

#: When dbt is killed, Python would report what it did not clean up; the system does.
_SILENT = {"PYTHONWARNINGS": "ignore:resource_tracker:UserWarning"}
#: First argument of the process that compiles one template from standard input.
_TEMPLATE = "template"
#: Bytes of the longest query that a template may become.
_LONGEST = 10_000_000


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
        env=child_environ({**os.environ, **_SILENT, **environ}),
        capture_output=captured,
        text=True,
        check=False,
    )
    if done.returncode < 0:
        raise InputError(
            f"dbt was killed (signal {-done.returncode}), as systems do when memory runs out",
            fix="make room, and run the same command again",
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
    before = identity_of(published)
    try:
        return run_dbt(project, ["build", *arguments], environ).returncode
    except Stopped:
        # dbt is no more: what is there now stays.
        if identity_of(published) == before:
            raise
        sys.stderr.write("carbon: published before it could be stopped\n")
        return 0


def identity_of(path: Path) -> tuple[int, int] | None:
    """Tell one content of a file that is replaced whole from another; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def compile_apart(project: Path, folder: Path, text: str, limits: Limits) -> tuple[int, str]:
    """Compile a template of anybody's in a process that is bound and sees no environment.

    Parameters
    ----------
    project : Path
        Root of the dbt project.
    folder : Path
        For what dbt writes; kept, because it holds what dbt has parsed. No database is opened.
    text : str
        SQL with Jinja.
    limits : Limits
        Of the template; reading the project comes before and is not counted.

    Returns
    -------
    tuple of int and str
        Exit code, negative for a signal, and what dbt prints: the compiled text or its complaint.

    Raises
    ------
    InputError
        If the compiled text is too long to be a query.
    """
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "carbon.dbt", _TEMPLATE, limits.memory, str(limits.seconds)],
        cwd=project,
        env=child_environ(
            {
                **os.environ,
                "CARBON_DATA": str(folder / "data"),
                "DBT_TARGET_PATH": str(folder),
                "DBT_LOG_PATH": str(folder / "logs"),
            }
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):
                process.stdin.write(text.encode())
                process.stdin.close()
            output = process.stdout.read(_LONGEST + 1)
            if len(output) > _LONGEST:
                raise InputError(
                    f"the query is longer than {_LONGEST // 10**6} MB when it is compiled",
                    fix="let the template write less",
                )
        except BaseException:
            process.kill()
            raise
    return process.returncode, output.decode(errors="replace")


def _compile_template(limits: Limits) -> int:
    """Compile the template on standard input, and print what it becomes."""
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    text = sys.stdin.read()
    quietly = ["--quiet", "--no-populate-cache", "--profiles-dir", "."]
    # Said as arguments too: the environment is gone when the template is compiled.
    for option, name in (("--target-path", "DBT_TARGET_PATH"), ("--log-path", "DBT_LOG_PATH")):
        quietly += [option, os.environ[name]]
    parsed = dbtRunner().invoke(["parse", *quietly])
    if not isinstance(parsed.result, Manifest):
        return 1
    # So far the project was read; the template is anybody's.
    bind_this_process(limits)
    for name in set(os.environ) - {name for name in os.environ if name.startswith("CARBON_")}:
        del os.environ[name]
    # dbt tells no one when it cannot print, so it prints nothing and this process does.
    done = dbtRunner(manifest=parsed.result).invoke(
        ["compile", *quietly, "--log-level", "none", "--no-introspect", "--inline", text]
    )
    if done.success and isinstance(done.result, RunExecutionResult):
        compiled = (getattr(each.node, "compiled_code", None) for each in done.result.results)
        sys.stdout.write("".join(code or "" for code in compiled))
        return 0
    for error in _causes(done.exception):
        print("MemoryError" if isinstance(error, MemoryError) else error)
    return 1


def _causes(error: BaseException | None) -> list[BaseException]:
    """List an error and what it came from."""
    if error is None:
        return []
    return [error, *_causes(error.__cause__ or error.__context__)]


def main() -> None:
    """Be dbt, for as long as the process that started it is there."""
    end_with_parent()
    # Ctrl-C reaches both: that process ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.argv[1:2] == [_TEMPLATE]:
        memory, seconds = sys.argv[2:]
        sys.exit(_compile_template(Limits(memory, float(seconds))))
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
