"""``carbon query``: a question in SQL to the published file."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

from carbon.published import require_published
from carbon.query.answering import Question, answer_apart
from carbon.query.compiling import plain_sql
from carbon.query.formats import Format, format_for
from carbon.query.place import Output, replacing
from workspace.errors import InputError
from workspace.limits import Limits
from workspace.own import Written
from workspace.settings import Settings

#: Record of the answers that went to files; `make clean` removes it.
_RECORD = Path("query", "answers")


def read_sql(sql: str | None, file: Path | None) -> str:
    """Find the query: the argument, a file, or standard input.

    Parameters
    ----------
    sql : str or None
        The query; ``-`` means standard input.
    file : Path or None
        A file that holds the query; ``-`` means standard input.

    Returns
    -------
    str
        The query's text.

    Raises
    ------
    InputError
        If there is none, there are two, or the file is no text.

    Examples
    --------
    >>> read_sql("select 1", None)
    'select 1'
    """
    if (sql is None) == (file is None):
        raise InputError(
            "there is no query" if sql is None else "there are two queries",
            fix='write carbon query "select ..." or carbon query --file question.sql',
        )
    if "-" in (sql, str(file)):
        return sys.stdin.read()
    if file is None:
        return sql or ""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(file), fix="check its path") from None
    except UnicodeDecodeError:
        raise InputError("is not text in UTF-8", where=str(file), fix="save it as UTF-8") from None


def output_of(path: Path, settings: Settings, question: Path | None, *, force: bool) -> Output:
    """Say what an answer that goes to a file may replace.

    Parameters
    ----------
    path : Path
        The file.
    settings : Settings
        Where the published file, the build file and the record of answers are.
    question : Path or None
        The file that holds the query.
    force : bool
        Whether a file that is no earlier answer may be replaced.

    Returns
    -------
    Output
        Nothing was checked yet.
    """
    place = path.resolve()
    kept = [settings.lake, settings.zonal, settings.pending, settings.hashes.parent]
    never = {
        "a file of the warehouse": [path] if any(map(place.is_relative_to, kept)) else [],
        "the published file": [settings.published_file],
        "the build file": [settings.build_file],
        "an input of the published file": _inputs(settings),
        "the file that holds the query": [] if question is None else [question],
    }
    return Output(path, Written(settings.scratch / _RECORD), never, force)


def _inputs(settings: Settings) -> list[Path]:
    """Name the files that the published file was made from; their paths may be relative."""
    import duckdb  # Most queries are answered without it in this process.

    require_published(settings.published_file)
    sql = "select path from meta.source_files union select catalogue from meta.build"
    try:
        with duckdb.connect(str(settings.published_file), read_only=True) as connection:
            names = [name for (name,) in connection.execute(sql).fetchall() if name]
    except duckdb.Error:  # Whatever it is, the query will meet it too.
        return []
    roots = (Path(), settings.project, settings.data.parent)
    return [root / name for name in names for root in roots]


def answer_query(
    text: str,
    published_file: Path,
    project: Path,
    scratch: Path,
    limits: Limits,
    *,
    form: Format | None = None,
    output: Output | None = None,
    table_rows: int = 40,
) -> None:
    """Run a query and write what it answers.

    Parameters
    ----------
    text : str
        One or several statements; the answer is the last one's. It may be a template of
        ``analyses/``.
    published_file, project, scratch : Path
        The published file, the root of the dbt project, and a folder that dbt may write to.
    limits : Limits
        Memory and time.
    form : Format, optional
        Form of the answer; by default that of the output's suffix, or a table.
    output : Output, optional
        File for the answer, written whole or not at all; standard output by default.
    table_rows : int
        Most rows of a table to look at.

    Raises
    ------
    InputError
        If nothing was published, the query is wrong, needs more than ``limits`` or has no answer,
        or the output cannot be written or must not be replaced.
    """
    form = format_for(form, output.path if output else None)
    if output is not None:
        output.check()
    sql = plain_sql(text, project, scratch, limits)
    with nullcontext(None) if output is None else replacing(output) as path:
        answer_apart(
            Question(
                sql=sql,
                published_file=str(published_file),
                memory=limits.memory,
                seconds=limits.seconds,
                form=form.value,
                output=None if path is None else str(path),
                table_rows=table_rows,
            )
        )
