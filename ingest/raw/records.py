"""Raw tables that describe the ingestion itself: zones, cells, collections, sources, the run."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pyarrow as pa

from ingest.catalogue.catalogue import Catalogue, SourceCard
from ingest.catalogue.grid import Block, Grid
from ingest.catalogue.sources import FileIdentity
from ingest.zones.polygons import Zones
from ingest.zones.weights import (
    CellWeights,
)

_RECORDED_PACKAGES = ("carbon-budget", "duckdb", "exactextract", "numpy", "rasterio", "rasterstats")

_CELLS_AT_A_TIME = 1_000_000

CELLS_SCHEMA = pa.schema(
    [
        ("cell_id", pa.int64()),
        ("row_index", pa.int32()),
        ("column_index", pa.int32()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("area_km2", pa.float64()),
        ("zones_ratio", pa.float64()),
        ("city_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class SourceFile:
    """One file that was read, for ``raw.source_files``.

    Attributes
    ----------
    path, role, source_id : str
        What was read, as what, and its source card.
    identity : FileIdentity
        Hash and size.
    crs, unit, nodata : str or None
        As file and catalogue declare them.
    value_range : tuple of float or None
        Lowest and highest valid value, in the unit of the quantity.
    """

    path: str
    role: str
    source_id: str
    identity: FileIdentity
    crs: str | None = None
    unit: str | None = None
    nodata: str | None = None
    value_range: tuple[float | None, float | None] = (None, None)


def cities_table(zones: Zones, fractions: CellWeights, grid: Grid) -> pa.Table:
    """Describe every zone, with its area by polygon and by grid.

    Parameters
    ----------
    zones : Zones
        The zones.
    fractions : CellWeights
        Under the fraction rule.
    grid : Grid
        The target grid.

    Returns
    -------
    pyarrow.Table
        One row for each zone, in order; ``zone_index`` is its position.
    """
    areas = grid.cell_areas_km2()[np.divmod(fractions.cell_id, grid.width)] * fractions.fraction
    return pa.table(
        {
            "city_id": pa.array(zones.ids, pa.string()),
            "city_name": pa.array(zones.names, pa.string()),
            "city_name_zh": pa.array(zones.names_local, pa.string()),
            "province_id": pa.array(zones.parents, pa.string()),
            "area_km2": zones.area_km2,
            "grid_area_km2": np.bincount(fractions.zone_index, areas, minlength=len(zones)),
            "longitude": zones.longitude,
            "latitude": zones.latitude,
            "boundary_wkt": pa.array(zones.boundary_wkt, pa.string()),
            "zone_index": pa.array(range(len(zones)), pa.int32()),
        }
    )


def cells_table(zones: Zones, fractions: CellWeights, grid: Grid) -> pa.Table:
    """Describe every cell that lies in a zone.

    Parameters
    ----------
    zones : Zones
        The zones.
    fractions : CellWeights
        Under the fraction rule, ordered by cell.
    grid : Grid
        The target grid.

    Returns
    -------
    pyarrow.Table
        One row for each cell; ``city_id`` is the zone that holds the largest share of it.
    """
    names = pa.array(zones.ids, pa.string())
    # Millions of cells: what is only needed on the way to a column is needed for a part of them.
    parts = (_cells_of(fractions, names, grid, rows) for rows in grid.blocks(_CELLS_AT_A_TIME))
    return pa.concat_tables(parts)


def _cells_of(fractions: CellWeights, names: pa.Array, grid: Grid, rows: Block) -> pa.Table:
    first_cell = rows.row_start * grid.width
    entries = slice(*np.searchsorted(fractions.cell_id, [first_cell, rows.row_stop * grid.width]))
    if entries.start == entries.stop:
        return CELLS_SCHEMA.empty_table()
    entry_cell, share = fractions.cell_id[entries], fractions.fraction[entries]
    cell_id, first = np.unique(entry_cell, return_index=True)
    by_share = np.lexsort((-share, entry_cell))
    owner = fractions.zone_index[entries][by_share[first]]
    place = cell_id - first_cell
    longitude, latitude = grid.longitude_latitude(rows.row_start, rows.row_stop)
    areas = grid.cell_areas_km2(rows.row_start, rows.row_stop)
    return pa.table(
        {
            "cell_id": cell_id,
            "row_index": (cell_id // grid.width).astype(np.int32),
            "column_index": (cell_id % grid.width).astype(np.int32),
            "longitude": longitude.ravel()[place],
            "latitude": latitude.ravel()[place],
            "area_km2": areas.ravel()[place],
            "zones_ratio": np.add.reduceat(share, first),
            "city_id": pa.DictionaryArray.from_arrays(owner, names).cast(pa.string()),
        },
        schema=CELLS_SCHEMA,
    )


def collections_table(catalogue: Catalogue) -> pa.Table:
    """List the collections and their years."""
    spans = {name: collection.years for name, collection in catalogue.collections.items()}
    return pa.table(
        {
            "collection": list(spans),
            "first_year": pa.array([first for first, _ in spans.values()], pa.int32()),
            "last_year": pa.array([last for _, last in spans.values()], pa.int32()),
        }
    )


def sources_table(cards: Mapping[str, SourceCard]) -> pa.Table:
    """List the source cards."""
    text = {
        key: pa.array([getattr(card, key) for card in cards.values()], pa.string())
        for key in ("producer", "title", "licence", "citation", "url", "version")
    }
    return pa.table(
        {
            "source_id": list(cards),
            **text,
            "is_synthetic": [card.synthetic for card in cards.values()],
            "input_grade": [card.input_grade for card in cards.values()],
            "calibrated_to": pa.array([card.calibrated_to for card in cards.values()], pa.string()),
            "note": pa.array([card.note for card in cards.values()], pa.string()),
        }
    )


def source_files_table(files: Sequence[SourceFile]) -> pa.Table:
    """List every file that was read."""
    return pa.table(
        {
            "path": pa.array([_portable(file.path) for file in files], pa.string()),
            "source_id": pa.array([file.source_id for file in files], pa.string()),
            "role": pa.array([file.role for file in files], pa.string()),
            "sha256": pa.array([file.identity.sha256 for file in files], pa.string()),
            "size_bytes": pa.array([file.identity.size_bytes for file in files], pa.int64()),
            "crs": pa.array([file.crs for file in files], pa.string()),
            "unit": pa.array([file.unit for file in files], pa.string()),
            "nodata": pa.array([file.nodata for file in files], pa.string()),
            "value_min": pa.array([file.value_range[0] for file in files], pa.float64()),
            "value_max": pa.array([file.value_range[1] for file in files], pa.float64()),
        }
    )


def ingest_table(catalogue: Catalogue, identity: FileIdentity, grid: Grid) -> pa.Table:
    """Describe this ingestion in one row."""
    software: Mapping[str, str] = {name: version(name) for name in _RECORDED_PACKAGES}
    return pa.table(
        {
            "catalogue": [_portable(str(catalogue.path))],
            "catalogue_sha256": [identity.sha256],
            "title": [catalogue.title],
            "grid_crs": [grid.crs],
            "grid_resolution": [float(grid.resolution[0])],
            "grid_width": pa.array([grid.width], pa.int32()),
            "grid_height": pa.array([grid.height], pa.int32()),
            "ingested_at": pa.array([dt.datetime.now(dt.UTC).replace(tzinfo=None)]),
            "software": [", ".join(f"{name} {number}" for name, number in software.items())],
        }
    )


def ingested_again(ingest: pa.Table) -> pa.Table:
    """Give the one row of ``raw.ingest`` the present moment."""
    now = pa.array([dt.datetime.now(dt.UTC).replace(tzinfo=None)])
    return ingest.set_column(ingest.schema.get_field_index("ingested_at"), "ingested_at", now)


def _portable(path: str) -> str:
    """Say where a file is without naming folders of this machine that lie above it."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def zone_source_file(path: str, source: str, identity: FileIdentity, zones: Zones) -> SourceFile:
    """Describe the file of the zones, for the record of sources."""
    return SourceFile(path=path, role="zones", source_id=source, identity=identity, crs=zones.crs)
