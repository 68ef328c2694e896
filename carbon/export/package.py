"""``datapackage.json``: what an exported folder holds, in the terms of Frictionless Data.

Source: Data Package and Table Schema, version 1, https://specs.frictionlessdata.io. The unit
of a column, the rows of a file and the licence of a source are ours: the standard leaves room.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from carbon.export.release import KEYWORDS, spdx_id
from carbon.export.schema import Column, Mart

_SOURCES = "select * from meta.sources order by source_id"
_BUILD = "select * from meta.build"
_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "FLOAT": "number",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "SMALLINT": "integer",
    "VARCHAR": "string",
}
_MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "duckdb": "application/vnd.duckdb",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

PACKAGE_NAME = "carbon-budget"


@dataclass(frozen=True)
class Exported:
    """A file of the export.

    Attributes
    ----------
    path : Path
        Under the folder of the package.
    title : str
        What it is.
    mart : Mart, optional
        The mart it holds as it is.
    rows : int, optional
        Rows of that mart.
    """

    path: Path
    title: str
    mart: Mart | None = None
    rows: int | None = None


def describe_package(
    connection: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[Exported]
) -> dict[str, Any]:
    """Describe the export of a published file.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open on the published file.
    folder : Path
        Of the package; every file is there.
    files : sequence of Exported
        What it holds.

    Returns
    -------
    dict
        The content of ``datapackage.json``.
    """
    build = records(connection, _BUILD)[0]
    sources = records(connection, _SOURCES)
    return {
        "profile": "data-package",
        "name": PACKAGE_NAME,
        "title": build["title"],
        "description": "Carbon budgets of cities, provinces and regions: emissions, ecosystem and"
        " rock sinks, and what remains. Inputs marked synthetic are made up: see sources.",
        "version": build["project_version"],
        "created": f"{build['built_at']:%Y-%m-%dT%H:%M:%SZ}",
        "gitCommit": build["git_commit"],
        "keywords": list(KEYWORDS),
        "contributors": _contributors(sources),
        "licenses": _licences(sources),
        "sources": [_source(source) for source in sources],
        "resources": [_resource(folder, file) for file in files],
    }


def _resource(folder: Path, file: Exported) -> dict[str, Any]:
    content = folder / file.path
    kind = file.path.suffix.removeprefix(".")
    with content.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    described: dict[str, Any] = {
        "name": _slug(file.path.stem if file.mart else f"{file.path.stem}-{kind}"),
        "path": file.path.as_posix(),
        "title": file.title,
        "format": kind,
        "mediatype": _MEDIA_TYPES[kind],
        # Not `bytes`: frictionless does not count those of Parquet, and calls the file wrong.
        "hash": f"sha256:{digest}",
    }
    if file.mart:
        described |= {"rows": file.rows, "schema": _schema(file.mart)}
    return described


def _schema(mart: Mart) -> dict[str, Any]:
    return {
        "fields": [_field(column) for column in mart.columns],
        **({"primaryKey": list(mart.primary_key)} if mart.primary_key else {}),
        "foreignKeys": [
            {
                "fields": [reference.column],
                "reference": {
                    "resource": _slug(reference.referenced_table),
                    "fields": [reference.referenced_column],
                },
            }
            for reference in mart.references
        ],
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "type": _field_type(column.sql_type),
        "description": column.description,
    }
    if column.unit:
        described["unit"] = column.unit
    if column.is_required:
        described["constraints"] = {"required": True}
    return described


def _field_type(sql_type: str) -> str:
    if sql_type.endswith("[]"):
        return "array"
    if sql_type.startswith("STRUCT"):
        return "object"
    if sql_type.startswith("TIMESTAMP"):
        return "datetime"
    if sql_type.startswith("DECIMAL"):
        return "number"
    return _TYPES.get(sql_type, "any")


def _source(source: dict[str, Any]) -> dict[str, Any]:
    described = {
        "title": source["title"],
        "path": source["url"],
        "name": source["source_id"],
        "producer": source["producer"],
        "licence": source["licence"],
        "spdx": spdx_id(source["licence"]) if source["licence"] else None,
        "citation": source["citation"],
        "version": source["version"],
        "isSynthetic": source["is_synthetic"],
        "note": source["note"],
    }
    return {key: value for key, value in described.items() if value is not None}


def _licences(sources: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Name every licence of the sources once; which source has which stands with the sources."""
    texts = sorted({source["licence"] for source in sources if source["licence"]})
    result = {"name": "CC-BY-4.0", "title": "What the computation adds", "path": "LICENCE.md"}
    return [result, *({"name": spdx_id(text), "title": text} for text in texts)]


def _contributors(sources: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    producers = sorted({source["producer"] for source in sources if source["producer"]})
    return [
        {"title": "The contributors of carbon_budget", "role": "author"},
        *({"title": producer, "role": "contributor"} for producer in producers),
    ]


def _slug(text: str) -> str:
    """Write a name as the standard wants it.

    >>> _slug("MIT (as packaged by ITU-Rpy)")
    'mit-as-packaged-by-itu-rpy'
    """
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-") or "unnamed"


def records(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Give the rows of a query as dictionaries."""
    result = connection.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
