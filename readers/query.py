"""``carbon query``: a question in SQL to the published file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import InputError
from ingest.limits import Limits
from readers.answering import Question, answer_apart
from readers.compiling import plain_sql
from readers.formats import Format, format_for


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
            mend='write carbon query "select ..." or carbon query --file question.sql',
        )
    if "-" in (sql, str(file)):
        return sys.stdin.read()
    if file is None:
        return sql or ""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(file), mend="check its path") from None
    except UnicodeDecodeError:
        raise InputError("is not text in UTF-8", where=str(file), mend="save it as UTF-8") from None


def answer_query(
    text: str,
    published_file: Path,
    project: Path,
    limits: Limits,
    *,
    form: Format | None = None,
    output: Path | None = None,
    table_rows: int = 40,
) -> None:
    """Run a query and write what it answers.

    Parameters
    ----------
    text : str
        One or several statements; the answer is the last one's. It may be a template of
        ``analyses/``.
    published_file, project : Path
        The published file, and the root of the dbt project.
    limits : Limits
        Memory and time.
    form : Format, optional
        Form of the answer; by default that of the output's suffix, or a table.
    output : Path, optional
        File for the answer, written whole or not at all; standard output by default.
    table_rows : int
        Most rows of a table to look at.

    Raises
    ------
    InputError
        If nothing was published, the query is wrong, needs more than ``limits`` or has no answer,
        or the output cannot be written.
    """
    form = format_for(form, output)
    sql = plain_sql(text, project, limits)
    with _place_of(output) as path:
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


@contextmanager
def _place_of(output: Path | None) -> Iterator[Path | None]:
    if output is None:
        yield None
        return
    from readers.output import replacing

    with replacing(output) as path:
        yield path
