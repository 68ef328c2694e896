"""The marts in a DuckDB file of their own, with declared keys, for tools that draw the star.

The published file has none, because DuckDB 1.0 cannot read the index of a key; this one needs 1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from carbon.export.schema import Mart, literal

#: Tables of schema ``meta`` that go along.
_META = ("build", "sources", "columns", "keys")


def write_star(published_file: Path, marts: Sequence[Mart], path: Path) -> None:
    """Copy the marts with primary and foreign keys as constraints, and with every comment.

    Parameters
    ----------
    published_file : Path
        It is opened read-only.
    marts : sequence of Mart
        Each after those it refers to.
    path : Path
        File to write.

    Raises
    ------
    duckdb.ConstraintException
        If a key does not hold.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(str(published_file))} as published (read_only)")
        connection.execute(f"attach {literal(str(path))} as star (storage_version 'v1.0.0')")
        connection.execute("use star; create schema marts; create schema meta")
        for mart in marts:
            connection.execute(create_table_sql(mart))
            connection.execute(
                f'insert into marts."{mart.name}" from published.marts."{mart.name}"'
                f" order by {', '.join(mart.primary_key) or 'all'}"
            )
            for comment in _comments_sql(mart):
                connection.execute(comment)
        for table in _META:
            connection.execute(f"create table meta.{table} as from published.meta.{table}")
        connection.execute("use memory; checkpoint star; detach star")


def create_table_sql(mart: Mart) -> str:
    """Write the DDL of a mart with its keys.

    Parameters
    ----------
    mart : Mart
        What to create.

    Returns
    -------
    str
        One statement.

    Examples
    --------
    >>> from carbon.export.schema import Column, Reference
    >>> budget = Mart("fct", "", (Column("city_id", "VARCHAR", None, "", True),), ("city_id",),
    ...               (Reference("city_id", "dim_cities", "city_id"),))
    >>> print(create_table_sql(budget))
    create table marts."fct" (
        "city_id" VARCHAR not null,
        primary key ("city_id"),
        foreign key ("city_id") references marts."dim_cities" ("city_id")
    )
    """
    lines = [
        f'"{column.name}" {column.sql_type}{" not null" if column.is_required else ""}'
        for column in mart.columns
    ]
    if mart.primary_key:
        names = ", ".join(f'"{name}"' for name in mart.primary_key)
        lines.append(f"primary key ({names})")
    lines += [
        f'foreign key ("{reference.column}")'
        f' references marts."{reference.referenced_table}" ("{reference.referenced_column}")'
        for reference in mart.references
    ]
    return f'create table marts."{mart.name}" (\n    ' + ",\n    ".join(lines) + "\n)"


def _comments_sql(mart: Mart) -> list[str]:
    table = f'marts."{mart.name}"'
    return [
        f"comment on table {table} is {literal(mart.description)}",
        *(
            f'comment on column {table}."{column.name}" is {literal(column.description)}'
            for column in mart.columns
        ),
    ]
