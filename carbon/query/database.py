"""The published file, opened so that no SQL can touch anything else or run away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

import udfs
from carbon.published import require_published
from workspace.errors import InputError
from workspace.limits import Limits, is_want_of_memory, too_large, too_late

#: Schemas in which a table is looked for when a query does not name one.
SEARCH_PATH = ("marts", "bi", "meta", "ref")

_INTERRUPT_EVERY_S = 0.05


@contextmanager
def open_bounded(path: Path, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file for SQL that somebody types.

    The file is read-only and no other file, extension or address can be reached; the SQL functions
    are there, tables of ``SEARCH_PATH`` need no schema, and nothing spills to disk. When the time
    is up, what runs is interrupted.

    Parameters
    ----------
    path : Path
        Of the published file.
    limits : Limits
        Memory and time.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Closed afterwards.

    Raises
    ------
    InputError
        If nothing was published, the file is not a DuckDB file, the memory is no size, the query
        is wrong, or it needs more than ``limits``.
    """
    require_published(path)
    with _errors_of(path, limits), _connect(path, limits) as connection:
        watch = _Watch(connection, limits.seconds)
        try:
            yield connection
        except duckdb.Error:
            if watch.is_late:
                raise too_late(limits) from None
            raise
        finally:
            watch.end()


def last_answer(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation | None:
    """Run every statement but the last, which is only prepared.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `open_bounded`.
    sql : str
        Statements.

    Returns
    -------
    duckdb.DuckDBPyRelation or None
        What the last one gives; None if there is nothing.
    """
    statements = connection.extract_statements(sql)
    for statement in statements[:-1]:
        connection.execute(statement)
    return connection.sql(statements[-1]) if statements else None


def one_line(error: duckdb.Error) -> str:
    """Say DuckDB's error in one line: what, did you mean, and which line of the query.

    Parameters
    ----------
    error : duckdb.Error
        As DuckDB raised it, over several lines.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> connection = duckdb.connect()
    >>> _ = connection.execute("create table cities (city_id integer)")
    >>> try:
    ...     connection.execute("select 1 from citis")
    ... except duckdb.Error as error:
    ...     print(one_line(error))
    Table with name citis does not exist! Did you mean "cities"? (line 1: select 1 from citis)
    """
    kind, _, text = str(error).partition(": ")
    parts = [part.strip() for part in (text or kind).split("\n")]
    said: list[str] = []
    place = ""
    for part in parts:
        if part.startswith("LINE "):
            number, _, source = part.removeprefix("LINE ").partition(": ")
            place = f" (line {number}: {source.strip()})"
        elif part and part != "^":
            said.append(part)
    return " ".join(said) + place


class _Watch:
    """Interrupts a connection when its time is up, until the watch ends; 0 seconds never come."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self.is_late = False
        self._connection = connection
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._wait, args=(seconds,), daemon=True)
        if seconds:
            self._thread.start()

    def end(self) -> None:
        """Stop watching: the connection may be closed then."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _wait(self, seconds: float) -> None:
        self.is_late = not self._ended.wait(seconds)
        # Once is not enough: between two batches of rows there is nothing to interrupt.
        while not self._ended.wait(_INTERRUPT_EVERY_S):
            self._connection.interrupt()


@contextmanager
def _connect(path: Path, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": limits.memory,
        "temp_directory": "",
    }
    with duckdb.connect(str(path), read_only=True, config=settings) as connection:
        udfs.register(connection)
        connection.execute(f"set search_path = '{_search_path(connection)}'")
        connection.execute("set lock_configuration = true")
        yield connection


def _search_path(connection: duckdb.DuckDBPyConnection) -> str:
    """Name the schemas of ``SEARCH_PATH`` that the file has."""
    present = connection.execute(
        "select schema_name from duckdb_schemas() where database_name = current_database()"
    ).fetchall()
    return ",".join(schema for schema in SEARCH_PATH if (schema,) in present)


@contextmanager
def _errors_of(path: Path, limits: Limits) -> Iterator[None]:
    """Turn what DuckDB refuses into one line and a fix."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise too_large(limits) from None
    except duckdb.IOException as error:
        raise InputError(
            f"cannot be opened ({one_line(error)})", where=str(path), fix="run: carbon build"
        ) from None
    except duckdb.PermissionException as error:
        raise InputError(
            one_line(error), fix="a query reads the published file and nothing else"
        ) from None
    except duckdb.Error as error:
        if is_want_of_memory(str(error)):  # of a function in Python
            raise too_large(limits) from None
        raise InputError(one_line(error)) from None
