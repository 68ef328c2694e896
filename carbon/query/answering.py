"""A process that answers one query: bound in memory and time, whatever runs in it.

SQL is bound by DuckDB, but Python functions and native libraries are bound by the system alone,
which counts and ends processes. ``python -m carbon.query.answering`` is that process: it takes a
`Question` as JSON on standard input and writes the answer to its standard output or a file.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from workspace.errors import InputError
from workspace.limits import (
    Limits,
    bind_this_process,
    ended_by,
    is_want_of_memory,
    too_large,
)
from workspace.stopping import child_environ, end_with_parent

#: Exit codes: of an InputError, and of a fault that is ours.
_REFUSED, _AT_FAULT = 2, 70
#: glibc reserves address space for every thread, which would be counted and is not used.
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True)
class Question:
    """One query, and what to do with its answer.

    Attributes
    ----------
    sql : str
        One or several statements; the answer is the last one's.
    published_file : str
        The file that is asked.
    memory, seconds
        As in `Limits`.
    form : str
        A `carbon.query.formats.Format`.
    output : str or None
        File for the answer; standard output by default.
    table_rows : int
        Most rows of a table to look at.
    """

    sql: str
    published_file: str
    memory: str
    seconds: float
    form: str
    output: str | None
    table_rows: int


def answer_apart(question: Question) -> None:
    """Answer a question in a process of its own.

    Parameters
    ----------
    question : Question
        Its SQL may be anybody's.

    Raises
    ------
    InputError
        If the query is wrong, has no answer, needs more than its limits or ends its process, or
        the output cannot be written.
    BrokenPipeError
        If whoever read the answer has read enough.
    RuntimeError
        If the process failed by a fault of this project.
    """
    direct = _has_file(sys.stdout)
    done = subprocess.run(
        [sys.executable, "-m", "carbon.query.answering"],
        input=json.dumps(asdict(question)).encode(),
        stdout=None if direct else subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**child_environ(os.environ), **_FEW_ARENAS, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    said = done.stderr.decode(errors="replace")
    if done.returncode == -signal.SIGPIPE:
        raise BrokenPipeError
    if done.returncode == _REFUSED:
        raise InputError(**json.loads(said.splitlines()[-1]))
    if done.returncode == _AT_FAULT:
        raise RuntimeError(said)
    limits = Limits(question.memory, question.seconds)
    if done.returncode and is_want_of_memory(said):
        raise too_large(limits)
    if done.returncode:
        raise ended_by(done.returncode, limits)
    if not direct:
        sys.stdout.write(done.stdout.decode())


def _has_file(stream: object) -> bool:
    """Tell whether a child can write to a stream, which a notebook's or a test's may not allow."""
    try:
        return isinstance(stream, io.TextIOBase) and stream.fileno() == 1
    except (OSError, ValueError):
        return False


def answer(question: Question) -> None:
    """Answer a question in this process, which is bound from then on.

    Parameters
    ----------
    question : Question
        See `answer_apart`, also for what is raised.
    """
    import udfs
    from carbon.query.database import last_answer, open_bounded
    from carbon.query.formats import Format
    from carbon.query.output import write_answer

    udfs.load_for(question.sql)
    limits = Limits(question.memory, question.seconds)
    output = None if question.output is None else Path(question.output)
    with open_bounded(Path(question.published_file), limits) as connection:
        bind_this_process(limits)
        found = last_answer(connection, question.sql)
        if found is None:
            raise InputError("the query has no answer", fix="end it with a select")
        write_answer(found, Format(question.form), output, table_rows=question.table_rows)
        sys.stdout.flush()


def main() -> None:
    """Answer the question on standard input, or say why not on standard error."""
    end_with_parent()
    # Ctrl-C reaches the parent too, which ends this process; a closed pipe ends it at once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    question = Question(**json.load(sys.stdin))
    import pyarrow

    try:
        answer(question)
    except InputError as error:
        _refuse(error)
    except (UnicodeError, pyarrow.ArrowException) as error:
        said = " ".join(str(error).split())[:200]
        _refuse(InputError(f"the answer has no such form ({said})", fix="cast that column"))
    except MemoryError:
        _refuse(too_large(Limits(question.memory, question.seconds)))
    except Exception:
        traceback.print_exc()
        _end(_AT_FAULT)
    _end(0)


def _refuse(error: InputError) -> None:
    sys.stderr.write("\n" + json.dumps(vars_of(error)) + "\n")
    _end(_REFUSED)


def vars_of(error: InputError) -> dict[str, str | None]:
    """Give what `InputError` takes, for the way between processes."""
    return {"what": error.what, "where": error.where, "fix": error.fix}


def _end(code: int) -> None:
    """End without waiting for what a query may have left running."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
