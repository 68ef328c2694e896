"""What a query answered, as a table to look at, CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from carbon.query.formats import Format
from workspace.errors import InputError

BATCH_ROWS = 10_000
#: What spreadsheets take for a formula when a text begins with it; as in the atlas, a quote goes
#: before it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Columns of a table that goes to a file or another program, which have no width.
_UNLIMITED = 100_000


def write_answer(
    answer: duckdb.DuckDBPyRelation, form: Format, output: Path | None, *, table_rows: int
) -> None:
    """Write an answer to a file or to standard output.

    Rows go through as they come, so that memory holds a batch of them.

    Parameters
    ----------
    answer : duckdb.DuckDBPyRelation
        What the query gives; nothing was computed yet.
    form : Format
        From `format_for`.
    output : Path or None
        A new file; None is standard output.
    table_rows : int
        Most rows of a table to look at.

    Raises
    ------
    InputError
        If two columns of JSON or Parquet have one name.
    duckdb.Error
        If the query fails while it runs.
    """
    if form in (Format.json, Format.parquet):
        _refuse_names_given_twice(answer.columns)
    if output is None:
        _write_text(answer, form, sys.stdout, table_rows)
        return
    if form is Format.parquet:
        _write_parquet(answer, output)
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            _write_text(answer, form, file, table_rows)


def _refuse_names_given_twice(names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(
            f"two columns are called {twice[0]!r}, and one would be lost",
            fix="give one of them another name with 'as', or leave it out",
        )


def _write_text(
    answer: duckdb.DuckDBPyRelation, form: Format, file: IO[str], table_rows: int
) -> None:
    if form is Format.table:
        width = shutil.get_terminal_size().columns if file.isatty() else _UNLIMITED
        with redirect_stdout(file):  # DuckDB draws its boxes there and nowhere else.
            answer.show(max_rows=table_rows, max_width=width)
    elif form is Format.csv:
        _write_csv(answer, file)
    else:
        _write_json(answer, file)


def _write_csv(answer: duckdb.DuckDBPyRelation, file: IO[str]) -> None:
    """Write a header and rows; NULL is empty, a list or struct is JSON."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in _rows(answer):
        writer.writerow([_csv_value(value) for value in row])


def _write_json(answer: duckdb.DuckDBPyRelation, file: IO[str]) -> None:
    """Write an array with one object for each row, one a line."""
    names = answer.columns
    opening = "[\n"
    for row in _rows(answer):
        file.write(opening + _json(dict(zip(names, row, strict=True))))
        opening = ",\n"
    file.write("[]\n" if opening == "[\n" else "\n]\n")


def _write_parquet(answer: duckdb.DuckDBPyRelation, path: Path) -> None:
    """Write through Arrow: DuckDB itself may not touch a file here."""
    reader = answer.to_arrow_reader(BATCH_ROWS)
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in _batches(reader):
            writer.write_batch(batch)


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Give the batches; what DuckDB refuses on the way reaches us as an error of Arrow."""
    try:
        yield from reader
    except (OSError, pa.ArrowException) as error:
        raise duckdb.Error(str(error)) from None


def _rows(answer: duckdb.DuckDBPyRelation) -> Iterator[Sequence[Any]]:
    while rows := answer.fetchmany(BATCH_ROWS):
        yield from rows


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict | tuple):
        return _json(value)
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _json(value: Any) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, default=_plain, allow_nan=False)


def _plain(value: Any) -> Any:
    """Give what JSON has no form for as a number or a text."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _finite(value: Any) -> Any:
    """Replace NaN and infinity, which JSON has not, by null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
