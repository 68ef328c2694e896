"""``carbon export``: the marts as files that need no DuckDB, with a description of them all."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from carbon.export.package import Exported, describe_package
from carbon.export.schema import Mart, literal, read_marts
from carbon.export.shapes import (
    city_shapes,
    province_shapes,
    simplified,
    write_geojson,
    write_geoparquet,
)
from carbon.export.star import write_star
from carbon.published import require_published
from workspace.own import replacing_folder
from workspace.progress import Progress

DESCRIPTION = "datapackage.json"
STAR = Path("carbon_budget_star.duckdb")
_WHOLE_NUMBERS = {"SMALLINT": "Int16", "INTEGER": "Int32", "BIGINT": "Int64"}


def export(published_file: Path, target: Path, progress: Progress) -> None:
    """Write the marts as Parquet, the shapes, the star and their description.

    Parameters
    ----------
    published_file : Path
        It is opened read-only.
    target : Path
        Folder of the export. It is written whole or not at all; an earlier export in it is
        replaced.
    progress : Progress
        Told of each file.

    Raises
    ------
    InputError
        If nothing was published, an older version published it, or the target holds anything
        that no export wrote, or that was changed since.
    """
    require_published(published_file)
    with (
        replacing_folder(target.absolute(), "export") as folder,
        duckdb.connect(str(published_file), read_only=True) as connection,
    ):
        marts = read_marts(connection)
        progress.start("export", len(marts) + 3)
        files = []
        for mart in marts:
            files.append(_write_mart(connection, mart, folder))
            progress.advance(mart.name)
        files += _write_shapes(connection, folder, progress)
        write_star(published_file, marts, folder / STAR)
        files.append(Exported(STAR, "The marts as a DuckDB file with declared keys"))
        progress.advance(STAR.name)
        described = describe_package(connection, folder, files)
        (folder / DESCRIPTION).write_text(
            json.dumps(described, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


def _write_mart(connection: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> Exported:
    """Write a mart as Parquet, in the order of its key: the same rows give the same file."""
    path = Path("data", f"{mart.name}.parquet")
    (folder / path).parent.mkdir(exist_ok=True)
    order = ", ".join(f'"{name}"' for name in mart.primary_key) or "all"
    written = connection.execute(
        f'copy (from marts."{mart.name}" order by {order}) to {literal(str(folder / path))}'
        " (format parquet, compression zstd,"
        f" kv_metadata {{pandas: {literal(_pandas_types(mart))}}})"
    ).fetchone()
    return Exported(path, mart.description, mart, int(written[0]) if written else 0)


def _pandas_types(mart: Mart) -> str:
    """Say, in pandas' own footer, that whole numbers stay whole beside NULL, not become floats."""
    columns = [
        {
            "name": column.name,
            "field_name": column.name,
            "pandas_type": _WHOLE_NUMBERS[column.sql_type].lower(),
            "numpy_type": _WHOLE_NUMBERS[column.sql_type],
            "metadata": None,
        }
        for column in mart.columns
        if column.sql_type in _WHOLE_NUMBERS
    ]
    return json.dumps({"index_columns": [], "column_indexes": [], "columns": columns})


def _write_shapes(
    connection: duckdb.DuckDBPyConnection, folder: Path, progress: Progress
) -> list[Exported]:
    """Write each kind of shape in full and simplified."""
    (folder / "shapes").mkdir()
    full = city_shapes(connection)
    light = simplified(full)
    files = []
    for name, shapes, simple in (
        ("cities", full, light),
        ("provinces", province_shapes(connection, full), province_shapes(connection, light)),
    ):
        complete, reduced = Path("shapes", f"{name}.parquet"), Path("shapes", f"{name}.geojson")
        write_geoparquet(shapes, folder / complete)
        write_geojson(simple, folder / reduced)
        files += [
            Exported(complete, f"Shapes of {name} as they were ingested, WGS84"),
            Exported(reduced, f"Shapes of {name}, simplified for maps, WGS84"),
        ]
        progress.advance(f"shapes of {name}")
    return files
