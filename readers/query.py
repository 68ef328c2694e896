"""``carbon query``: a question in SQL to the published file."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from ingest.errors import InputError
from readers.compiling import plain_sql
from readers.database import Limits, open_bounded
from readers.formats import Format, format_for
from readers.output import write_answer


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
    sql = plain_sql(text, project)
    with open_bounded(published_file, limits) as connection:
        answer = _last_answer(connection, sql)
        if answer is None:
            raise InputError("the query has no answer", mend="end it with a select")
        write_answer(answer, form, output, table_rows=table_rows)


def _last_answer(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation | None:
    """Run every statement but the last, which is only prepared."""
    statements = connection.extract_statements(sql)
    for statement in statements[:-1]:
        connection.execute(statement)
    return connection.sql(statements[-1]) if statements else None
