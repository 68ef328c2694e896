"""What is there, in a few lines: the inputs, the lake, the raw tables, the published file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from ingest.config import Settings

_INGEST = "select title, catalogue, ingested_at from raw.ingest"
_YEARS = """
select collection, min(year), max(year), count(distinct year), sum(cell_count)
from raw.lake_partitions group by collection order by min(year)
"""
_SOURCES = """
select count(distinct source_files.path), count(distinct source_files.path) filter (is_synthetic)
from raw.source_files inner join raw.sources using (source_id)
"""
_BUILD = "select built_at, project_version from meta.build"


def describe_status(settings: Settings) -> str:
    """Describe the state of a data folder.

    Parameters
    ----------
    settings : Settings
        Paths of this run.

    Returns
    -------
    str
        A few lines; each thing that is missing comes with the command that makes it.
    """
    lines = [f"data       {settings.data}"]
    ingested = _query(settings.build_file, _INGEST)
    if _is_in_use(settings.build_file):
        lines.append("ingested   the build file is in use by another process just now")
    elif ingested is None:
        lines.append("ingested   nothing yet: carbon ingest [FILE]")
    else:
        title, catalogue, when = ingested[0]
        lines.append(f"ingested   {title} ({catalogue}), {when:%Y-%m-%d %H:%M} UTC")
        for name, first, last, years, cells in _query(settings.build_file, _YEARS) or ():
            lines.append(f"lake       {name} {first}-{last}: {years} years, {cells:,} cell-years")
        (files, synthetic), *_ = _query(settings.build_file, _SOURCES) or ((0, 0),)
        lines.append(f"sources    {files} files, {synthetic} of them synthetic")
    built = _query(settings.published_file, _BUILD)
    if built is None:
        lines.append("published  nothing yet: carbon build")
    else:
        when, version = built[0]
        lines.append(f"published  {settings.published_file}")
        lines.append(f"           built {when:%Y-%m-%d %H:%M} UTC by version {version}")
    return "\n".join(lines)


def _is_in_use(path: Path) -> bool:
    """Tell whether a file is there but held by a process that writes it."""
    if not path.is_file():
        return False
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error as error:
        return "lock" in str(error)
    return False


def _query(path: Path, sql: str) -> Sequence[tuple[Any, ...]] | None:
    """Ask a file that may be absent, in use, or without the table."""
    if not path.is_file():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(sql).fetchall()
    except duckdb.Error:
        return None
