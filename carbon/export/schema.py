"""The marts of a published file as it describes them itself: columns, units, meanings, keys."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter

import duckdb

from workspace.errors import InputError

_TABLES = """
select table_name, comment from duckdb_tables()
where database_name = current_database() and schema_name = 'marts'
order by starts_with(table_name, 'dim_') desc, table_name
"""
_COLUMNS = """
select described.table_name, described.column_name, described.data_type, described.unit,
    described.description, not columns.is_nullable
from meta.columns as described
inner join duckdb_columns() as columns using (schema_name, table_name, column_name)
where columns.database_name = current_database() and schema_name = 'marts'
order by described.column_index
"""
_OTHER_TABLES = """
select tables.table_name, tables.comment, described.column_name, described.data_type,
    described.unit, described.description
from meta.columns as described
inner join duckdb_tables() as tables using (schema_name, table_name)
where tables.database_name = current_database() and schema_name = ?
order by table_name, column_index
"""
_KEYS = """
select table_name, key_type, column_name, referenced_table, referenced_column
from meta.keys where schema_name = 'marts' and coalesce(orphan_count, 0) = 0
order by key_type, key_index, column_name
"""


@dataclass(frozen=True)
class Column:
    """A column: DuckDB type, unit (None for text and flags), meaning, whether it is never NULL."""

    name: str
    sql_type: str
    unit: str | None
    description: str
    is_required: bool


@dataclass(frozen=True)
class Reference:
    """A foreign key that holds: the column, and the column of the mart it refers to."""

    column: str
    referenced_table: str
    referenced_column: str


@dataclass(frozen=True)
class Mart:
    """A table of schema ``marts``: what it is, its columns, and its keys."""

    name: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    references: tuple[Reference, ...]


def read_marts(connection: duckdb.DuckDBPyConnection) -> tuple[Mart, ...]:
    """Read what the published file says of its marts.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open on the published file.

    Returns
    -------
    tuple of Mart
        Every mart after those it refers to.

    Raises
    ------
    InputError
        If the file says nothing of keys, because an older version published it.
    """
    try:
        keys = connection.execute(_KEYS).fetchall()
        columns = connection.execute(_COLUMNS).fetchall()
    except duckdb.CatalogException as error:
        raise InputError(
            "the published file does not describe its keys and columns",
            where=str(error).splitlines()[0],
            fix="an older version published it: run carbon build",
        ) from None
    marts = [
        Mart(
            name,
            comment or "",
            tuple(Column(*rest) for table, *rest in columns if table == name),
            tuple(row[2] for row in keys if row[:2] == (name, "primary")),
            tuple(Reference(*row[2:]) for row in keys if row[:2] == (name, "foreign")),
        )
        for name, comment in connection.execute(_TABLES).fetchall()
    ]
    return _referenced_first(marts)


def read_tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[Mart]:
    """Read what the published file says of the tables of a schema, without their keys.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open on the published file.
    schema : str
        Such as ``bi``.

    Returns
    -------
    list of Mart
        In the order of their names.
    """
    rows = connection.execute(_OTHER_TABLES, [schema]).fetchall()
    described = {name: comment for name, comment, *_ in rows}
    return [
        Mart(
            name,
            comment or "",
            tuple(
                Column(column, sql_type, unit, meaning, is_required=False)
                for table, _, column, sql_type, unit, meaning in rows
                if table == name
            ),
            primary_key=(),
            references=(),
        )
        for name, comment in described.items()
    ]


def literal(text: str) -> str:
    """Write a text as an SQL literal.

    >>> literal("O'Hara")
    "'O''Hara'"
    """
    return "'" + text.replace("'", "''") + "'"


def _referenced_first(marts: list[Mart]) -> tuple[Mart, ...]:
    """Order marts so that each comes after those it refers to."""
    graph = {
        mart.name: {reference.referenced_table for reference in mart.references} for mart in marts
    }
    by_name = {mart.name: mart for mart in marts}
    return tuple(by_name[name] for name in TopologicalSorter(graph).static_order())
