"""Tables for people: CSV and one workbook, from schema ``bi``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment

from carbon.export.package import Exported
from carbon.export.schema import Mart, read_tables

#: Tables of ``bi`` that people open; shapes are a map's, and measures are the budgets once more.
_TABLES = ("carbon_budgets", "history_and_scenarios", "rankings")
#: Significant digits of a number; Parquet has them all.
DIGITS = 10
#: What the workbook leaves to the CSV: the budgets of each city and year.
_LEVELS = ("nation", "region", "province")
WORKBOOK = Path("carbon_budget.xlsx")
_SOURCES = """
select source_id, title, producer, licence, citation, url, is_synthetic from meta.sources order by 1
"""


def write_sheets(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Exported]:
    """Write a CSV of each table, and a workbook of them all with the meaning of their columns.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open on the published file.
    folder : Path
        Of the export.

    Returns
    -------
    list of Exported
        The files.
    """
    book = Workbook(write_only=True)
    (folder / "csv").mkdir()
    files = []
    tables = [table for table in read_tables(connection, "bi") if table.name in _TABLES]
    for table in tables:
        result = connection.execute(f'from bi."{table.name}" order by all')
        rows = result.fetchall()
        path = Path("csv", f"{table.name}.csv")
        with (folder / path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column.name for column in table.columns])
            writer.writerows([_csv_value(value) for value in row] for row in rows)
        files.append(Exported(path, table.description, table, len(rows)))
        if table.name == "carbon_budgets":
            rows = [row for row in rows if row[0] in _LEVELS]
        _write_sheet(book, table, rows)
    _write_dictionary(book, tables)
    _write_sources(book, connection)
    book.save(folder / WORKBOOK)
    return [*files, Exported(WORKBOOK, "The same as a workbook, without the years of cities")]


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else value


def _write_sheet(book: Workbook, table: Mart, rows: Sequence[Sequence[Any]]) -> None:
    sheet = book.create_sheet(table.name)
    sheet.freeze_panes = "A2"
    head = []
    for column in table.columns:
        cell = WriteOnlyCell(sheet, value=column.name)
        cell.comment = Comment(column.description, "carbon export")
        head.append(cell)
    sheet.append(head)
    for row in rows:
        sheet.append(list(row))


def _write_dictionary(book: Workbook, tables: Sequence[Mart]) -> None:
    sheet = book.create_sheet("columns")
    sheet.append(["table", "column", "unit", "meaning"])
    for table in tables:
        for column in table.columns:
            sheet.append([table.name, column.name, column.unit, column.description])


def _write_sources(book: Workbook, connection: duckdb.DuckDBPyConnection) -> None:
    sheet = book.create_sheet("sources")
    result = connection.execute(_SOURCES)
    sheet.append([column[0] for column in result.description or ()])
    for row in result.fetchall():
        sheet.append(list(row))
