"""``carbon export``: the marts as files that need no DuckDB, with a description of them all."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from carbon.export.package import Exported, describe_package, records
from carbon.export.release import write_documents, write_sums
from carbon.export.schema import Mart, read_marts
from carbon.export.shapes import (
    city_shapes,
    measured,
    province_shapes,
    simplified,
    write_geojson,
    write_geopackage,
    write_geoparquet,
)
from carbon.export.sheets import write_sheets
from carbon.export.star import write_star
from carbon.published import connect_published
from workspace.own import replacing_folder
from workspace.progress import Progress

DESCRIPTION = "datapackage.json"
STAR = Path("carbon_budget_star.duckdb")
PLACES = Path("shapes", "places.gpkg")
BOUNDARIES = "dim_boundaries"
_WHOLE_NUMBERS = {"SMALLINT": "Int16", "INTEGER": "Int32", "BIGINT": "Int64"}


def export(published_file: Path, target: Path, progress: Progress, *, star: bool = False) -> None:
    """Write the marts as Parquet, tables for people, the shapes and their description.

    Parameters
    ----------
    published_file : Path
        It is opened read-only.
    target : Path
        Folder of the export. It is written whole or not at all; an earlier export in it is
        replaced.
    progress : Progress
        Told of each file.
    star : bool
        Whether to write the star, too.

    Raises
    ------
    InputError
        If nothing was published, an older version published it, or the target holds anything
        that no export wrote, or that was changed since.
    """
    with (
        connect_published(published_file) as connection,
        replacing_folder(target.absolute(), "export") as folder,
    ):
        marts = read_marts(connection)
        progress.start("export", len(marts) + 2 + star)
        files = []
        for mart in marts:
            if mart.name == BOUNDARIES:  # shapes/ has them, as geometry
                continue
            files.append(_write_mart(connection, mart, folder))
            progress.advance(mart.name)
        files += _write_shapes(connection, folder, progress)
        files += write_sheets(connection, folder)
        progress.advance("tables for people")
        if star:
            write_star(published_file, marts, folder / STAR)
            files.append(Exported(STAR, "The marts as a DuckDB file with declared keys"))
            progress.advance(STAR.name)
        described = describe_package(connection, folder, files)
        (folder / DESCRIPTION).write_text(
            json.dumps(described, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        write_documents(
            folder,
            records(connection, "from meta.build")[0],
            records(connection, "from meta.sources order by source_id"),
            {file.path: file.title for file in files},
        )
        write_sums(folder)


def _write_mart(connection: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> Exported:
    """Write a mart as Parquet, in the order of its key: the same rows give the same file.

    Each field of the schema says its unit and meaning.
    """
    path = Path("data", f"{mart.name}.parquet")
    (folder / path).parent.mkdir(exist_ok=True)
    order = ", ".join(f'"{name}"' for name in mart.primary_key) or "all"
    rows = connection.execute(f'from marts."{mart.name}" order by {order}').to_arrow_table()
    meanings = {column.name: column for column in mart.columns}
    fields = [
        field.with_metadata(
            {
                "description": meanings[field.name].description,
                "unit": meanings[field.name].unit or "",
            }
        )
        for field in rows.schema
    ]
    about = {"pandas": _pandas_types(mart), "description": mart.description}
    schema = pa.schema(fields, metadata=about)
    numbers = [field.name for field in schema if pa.types.is_floating(field.type)]
    pq.write_table(
        rows.cast(schema),
        folder / path,
        compression="zstd",
        compression_level=12,
        # Doubles of one column share their first bytes: split, they take a fifth less.
        use_byte_stream_split=numbers,
        use_dictionary=[field.name for field in schema if field.name not in numbers],
    )
    return Exported(path, mart.description, mart, rows.num_rows)


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
        write_geopackage(measured(connection, simple, name), folder / PLACES, name)
        progress.advance(f"shapes of {name}")
    files.append(Exported(PLACES, "Simplified shapes with the budget of the last year, WGS84"))
    return files
