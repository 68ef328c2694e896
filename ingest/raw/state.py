"""What was ingested last: the raw schema as it stands, and what it refers to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.catalogue.catalogue import (
    Catalogue,
    read_catalogue,
)
from ingest.years.provenance import (
    Year,
    YearRecord,
)
from workspace.errors import InputError
from workspace.project import PACKAGES
from workspace.settings import Settings

RECORD_TABLES = (
    "ingest",
    "sources",
    "source_files",
    "lake_partitions",
    "zonal_partitions",
    "emission_grid_totals",
)


def read_raw(path: Path, names: Sequence[str]) -> dict[str, pa.Table]:
    """Read tables of the ``raw`` schema.

    Parameters
    ----------
    path : Path
        The build file.
    names : sequence of str
        Tables that every ingestion writes.

    Returns
    -------
    dict of name to pyarrow.Table
        Whole tables.

    Raises
    ------
    InputError
        If nothing was ingested yet, or the file is in use or written by an earlier version.
    """
    if not path.is_file():
        raise InputError("nothing was ingested yet", where=str(path), fix="run: carbon ingest")
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise cannot_open(path, error) from None
    with connection:
        try:
            return {
                name: connection.execute(f"select * from raw.{name}").to_arrow_table()
                for name in names
            }
        except duckdb.CatalogException as error:
            raise InputError(
                f"an earlier version wrote it ({first_line(error)})",
                where=str(path),
                fix="run: carbon ingest, which keeps what is still right",
            ) from None


def cannot_open(path: Path, error: duckdb.Error) -> InputError:
    """Say why the build file cannot be opened: held by another program, or damaged."""
    if is_locked(error):
        what, fix = (
            "is in use",
            "close the program that holds it (readers open the published file)",
        )
    else:
        what, fix = "is damaged", "move it away, then: carbon ingest, and carbon build"
    return InputError(f"{what} ({first_line(error)})", where=str(path), fix=fix)


def is_locked(error: Exception) -> bool:
    """Tell whether DuckDB could not open a file because another program holds it."""
    return "could not set lock on file" in str(error).lower()


def first_line(error: Exception) -> str:
    """Return the first line of what a library said, short enough for a message."""
    return str(error).splitlines()[0][:200]


def last_catalogue(raw: Mapping[str, pa.Table], settings: Settings) -> Catalogue:
    """Read the catalogue that was ingested last.

    Raises
    ------
    InputError
        If it is not where it was.
    """
    path = last_catalogue_path(raw, settings)
    if not path.is_file():
        raise InputError(
            "the catalogue that was ingested is not there any more",
            where=str(path),
            fix="name the catalogue: carbon ingest FILE --zones ...",
        )
    return read_catalogue(path, settings.data)


def last_catalogue_path(raw: Mapping[str, pa.Table], settings: Settings) -> Path:
    """Say where the catalogue that was ingested last lay."""
    for part in raw["zonal_partitions"]["path"].to_pylist():
        record = YearRecord.of_partition(settings.data / part)
        if record is not None and record.zones is not None:
            return Path(record.zones.catalogue)
    return Path(raw["ingest"]["catalogue"][0].as_py())


def ingest_command(catalogue: Path) -> str:
    """Spell out the command that ingests a catalogue."""
    if catalogue.absolute() == PACKAGES / "carbon" / "sample" / "sample.yml":
        return "carbon ingest"
    relative = os.path.relpath(catalogue)
    return f"carbon ingest {catalogue if relative.startswith('..') else relative}"


def lake_folders(raw: Mapping[str, pa.Table], settings: Settings) -> dict[Year, Path]:
    """Find the lake's partition of every collection and year that the raw tables refer to."""
    parts = partition_folders(raw["lake_partitions"], settings)
    return {year: part.parent for year, part in parts.items()}


def partition_folders(listed: pa.Table, settings: Settings) -> dict[Year, Path]:
    """Find what a raw table of partitions lists, by collection and year."""
    rows = listed.to_pylist()
    return {(row["collection"], row["year"]): settings.data / row["path"] for row in rows}
