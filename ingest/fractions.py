"""How much of every cell belongs to every zone: the sparse table behind each zonal sum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from rasterstats.io import bounds_window
from rasterstats.utils import rasterize_geom
from scipy.sparse import csr_matrix

from ingest.errors import InputError
from ingest.grid import Grid
from ingest.zones import Zones

Rule = Literal["fraction", "centre", "difference"]
Progress = Callable[[int, int], None]
FloatArray = NDArray[np.float64]
Polygonal = shapely.Polygon | shapely.MultiPolygon

# exactextract keeps coverage in single precision: fractions of a cell that two zones share may sum
# to 1 + 6e-8. Anything above this bound is an overlap.
SUM_TOLERANCE = 1e-6
# Largest window that exactextract covers at a time: bounds memory for zones with far-apart parts.
MAX_CELLS_AT_A_TIME = 500_000
# Vertices are moved by less than this share of a cell, so that near ones become one.
REPEATED_VERTEX_RATIO = 1e-9
FORMAT_VERSION = 2


def cell_fractions(zones: Zones, grid: Grid, progress: Progress | None = None) -> CellWeights:
    """Return the share of each cell that each zone covers, exact to single precision.

    The share is the planar area of cell and zone in common over the area of the cell, in the CRS of
    the grid (exactextract). Where the shares of a cell sum to more than 1, through rounding or
    through overlaps that `read_zones` tolerated, they are scaled to 1 in proportion; an overlap is
    told in `notices`.

    Parameters
    ----------
    zones : Zones
        In the CRS of the grid.
    grid : Grid
        The target grid.
    progress : callable, optional
        Called with the number of zones done and their total.

    Returns
    -------
    CellWeights
        One entry for every cell and zone that have area in common.

    Raises
    ------
    InputError
        If zones overlap by more than was tolerated when they were read.

    Examples
    --------
    A zone that covers a cell and a half:

    >>> import geopandas as gpd
    >>> from ingest.zones import zones_from_frame
    >>> frame = gpd.GeoDataFrame(
    ...     {"id": ["a"]}, geometry=[shapely.box(0, 0, 1.5, 1)], crs="EPSG:4326"
    ... )
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1))
    >>> cell_fractions(zones_from_frame(frame, id="id", name="id", grid=grid), grid).fraction
    array([1. , 0.5])
    """
    cells = NumPyRasterSource(np.broadcast_to(np.zeros((), np.uint8), grid.shape), *grid.bounds)

    # Vertices repeated on the edge of a cell make exactextract 0.3 fail, crash or miscount it.
    nearness = REPEATED_VERTEX_RATIO * min(grid.resolution)

    def cover(polygon: Polygonal) -> tuple[NDArray[Any], NDArray[Any]]:
        snapped = shapely.set_precision(polygon, nearness)
        if shapely.is_empty(snapped):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        (row,) = exact_extract(
            cells,
            _OneFeatureSource(snapped),
            ["cell_id", "coverage"],
            max_cells_in_memory=MAX_CELLS_AT_A_TIME,
        )
        return row["properties"]["cell_id"], row["properties"]["coverage"]

    weights = _assemble(zones, grid, "fraction", cover, progress)
    return _scale_to_one(weights, zones, grid)


def cell_centres(zones: Zones, grid: Grid, progress: Progress | None = None) -> CellWeights:
    """Return the cells whose centre lies in each zone: the common rule, as rasterstats applies it.

    Rasterised window by window by rasterstats itself, so that a sum with these weights is the sum
    of ``rasterstats.zonal_stats``. A zone smaller than a cell may hold no centre and has no entry.

    Parameters
    ----------
    zones : Zones
        In the CRS of the grid.
    grid : Grid
        The target grid.
    progress : callable, optional
        Called with the number of zones done and their total.

    Returns
    -------
    CellWeights
        All fractions are 1. Where zones overlap a cell belongs to both, as in rasterstats, and
        `notices` says how many do.

    Examples
    --------
    A zone that covers a cell and 0.4 of the next:

    >>> import geopandas as gpd
    >>> from ingest.zones import zones_from_frame
    >>> frame = gpd.GeoDataFrame(
    ...     {"id": ["a"]}, geometry=[shapely.box(0, 0, 1.4, 1)], crs="EPSG:4326"
    ... )
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1))
    >>> cell_centres(zones_from_frame(frame, id="id", name="id", grid=grid), grid).cell_id
    array([0])
    """

    def contain(polygon: Polygonal) -> tuple[NDArray[Any], NDArray[Any]]:
        (top, bottom), (left, right) = bounds_window(polygon.bounds, grid.transform)
        if (bottom - top) * (right - left) > grid.cell_count:
            top, bottom = max(top, 0), min(bottom, grid.height)
            left, right = max(left, 0), min(right, grid.width)
        window = _Window(
            shape=(bottom - top, right - left),
            affine=grid.transform @ Affine.translation(left, top),
        )
        rows, columns = np.nonzero(rasterize_geom(polygon, like=window, all_touched=False))
        rows, columns = rows + top, columns + left
        inside = (rows >= 0) & (rows < grid.height) & (columns >= 0) & (columns < grid.width)
        ids = rows[inside].astype(np.int64) * grid.width + columns[inside]
        return ids, np.ones(ids.size, dtype=np.float32)

    weights = _assemble(zones, grid, "centre", contain, progress)
    repeated = int(np.count_nonzero(np.diff(weights.cell_id) == 0))
    if not repeated:
        return weights
    notice = f"centre rule: {repeated} cell centres lie in more than one zone and count in each"
    return _with_fractions(weights, weights.fraction, (notice,))


def centre_difference(zones: Zones, grid: Grid, fractions: CellWeights) -> CellWeights:
    """Return where the centre rule differs from fractions, which is only along borders.

    A sum by the centre rule is the sum by fractions plus the sum with these weights: a few hundred
    thousand products instead of as many as there are cells.

    Parameters
    ----------
    zones : Zones
        In the CRS of the grid.
    grid : Grid
        The target grid.
    fractions : CellWeights
        From `cell_fractions` of the same zones and grid.

    Returns
    -------
    CellWeights
        ``fraction`` is 1 where only the centre rule gives the cell to the zone, below 0 where only
        the fraction rule does, and between where both do.

    Examples
    --------
    A zone that covers a cell and 0.4 of the next: the centre rule lacks the 0.4.

    >>> import geopandas as gpd
    >>> from ingest.zones import zones_from_frame
    >>> frame = gpd.GeoDataFrame(
    ...     {"id": ["a"]}, geometry=[shapely.box(0, 0, 1.4, 1)], crs="EPSG:4326"
    ... )
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1))
    >>> zones = zones_from_frame(frame, id="id", name="id", grid=grid)
    >>> difference = centre_difference(zones, grid, cell_fractions(zones, grid))
    >>> difference.cell_id, difference.fraction.round(6)
    (array([1]), array([-0.4]))
    """
    centres = cell_centres(zones, grid)
    # Cells wholly inside one zone, nearly all there are, are set aside before anything is sorted.
    whole = fractions.fraction == 1
    owner = np.full(grid.cell_count, -1, dtype=np.int32)
    owner[fractions.cell_id[whole]] = fractions.zone_index[whole]
    beside = owner[centres.cell_id] != centres.zone_index
    inside = np.bincount(centres.cell_id[~beside], minlength=grid.cell_count) > 0
    shared = ~(whole & inside[fractions.cell_id])
    by_centre = centres.cell_id[beside] * len(zones) + centres.zone_index[beside]
    by_fraction = fractions.cell_id[shared] * len(zones) + fractions.zone_index[shared]
    entries = np.union1d(by_centre, by_fraction)
    change = np.zeros(entries.size)
    change[np.searchsorted(entries, by_centre)] += 1.0
    change[np.searchsorted(entries, by_fraction)] -= fractions.fraction[shared]
    differs = change != 0
    return CellWeights(
        rule="difference",
        zone_index=(entries[differs] % len(zones)).astype(np.int32),
        cell_id=entries[differs] // len(zones),
        fraction=change[differs],
        zone_count=len(zones),
        width=grid.width,
        height=grid.height,
        key=weights_key(zones, grid, "difference"),
        notices=centres.notices,
    )


def weights_key(zones: Zones, grid: Grid, rule: Rule) -> str:
    """Return the key of a table of weights: it changes with zones, grid, rule or file format.

    Parameters
    ----------
    zones : Zones
        The zones.
    grid : Grid
        The grid.
    rule : {'fraction', 'centre', 'difference'}
        How cells are given to zones.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    recipe = (FORMAT_VERSION, rule, grid.crs, grid.bounds, grid.width, grid.height)
    return hashlib.sha256(f"{zones.content_hash} {recipe!r}".encode()).hexdigest()


def write_weights(weights: CellWeights, path: Path) -> None:
    """Write weights as Parquet, whole or not at all.

    Nearly all cells lie inside a zone beside their like: runs of them along a row take a fiftieth
    of the space, and of the time to read.

    Parameters
    ----------
    weights : CellWeights
        The table.
    path : pathlib.Path
        Replaced if it exists; its folder is made if it does not.
    """
    runs = weights.runs()
    table = pa.table(
        {
            "first_cell": runs.first_cell,
            "cells": runs.cells,
            "zone_index": runs.zone_index,
            "fraction": runs.fraction,
        }
    ).replace_schema_metadata({"weights": json.dumps(runs.facts)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    pq.write_table(
        table,
        partial,
        compression="zstd",
        use_dictionary=["fraction", "cells"],
        column_encoding={"zone_index": "DELTA_BINARY_PACKED", "first_cell": "DELTA_BINARY_PACKED"},
    )
    partial.replace(path)


def read_weights(path: Path, key: str) -> CellWeights | None:
    """Read weights back if they are the ones that `key` asks for.

    Parameters
    ----------
    path : pathlib.Path
        A file of `write_weights`.
    key : str
        From `weights_key`.

    Returns
    -------
    CellWeights or None
        None if the file is absent, unreadable or of other zones, grid or rule: build them anew.
    """
    runs = read_runs(path, key)
    if runs is None:
        return None
    cell_id, zone_index, fraction = runs.expanded()
    facts = runs.facts
    return CellWeights(
        rule=facts["rule"],
        zone_index=zone_index,
        cell_id=cell_id,
        fraction=fraction,
        zone_count=facts["zone_count"],
        width=facts["width"],
        height=facts["height"],
        key=key,
        notices=tuple(facts["notices"]),
    )


def read_runs(path: Path, key: str) -> WeightRuns | None:
    """Read weights as `read_weights` does, but leave them in runs: for sums block by block."""
    try:
        with pq.ParquetFile(path) as file:
            facts = json.loads((file.schema_arrow.metadata or {})[b"weights"])
            if facts["key"] != key:
                return None
            table = file.read()
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return None
    return WeightRuns(
        first_cell=table["first_cell"].to_numpy(),
        cells=table["cells"].to_numpy(),
        zone_index=table["zone_index"].to_numpy(),
        fraction=table["fraction"].to_numpy(),
        facts=facts,
    )


def _assemble(
    zones: Zones,
    grid: Grid,
    rule: Rule,
    share: Callable[[Polygonal], tuple[NDArray[Any], NDArray[Any]]],
    progress: Progress | None,
) -> CellWeights:
    """Collect the cells of zone after zone and turn them into an order by cell."""
    # Half the memory while they pile up; coverage is single precision to begin with.
    id_type = np.int32 if grid.cell_count < 2**31 else np.int64
    cells: list[NDArray[Any]] = []
    fractions: list[NDArray[Any]] = []
    for index, polygon in enumerate(zones.geometry):
        ids, shares = share(polygon)
        cells.append(ids.astype(id_type))
        fractions.append(shares.astype(np.float32))
        if progress is not None:
            progress(index + 1, len(zones))
    counts = [len(ids) for ids in cells]
    cell_id, fraction = np.concatenate(cells), np.concatenate(fractions)
    del cells, fractions
    order = np.argsort(cell_id, kind="stable")
    return CellWeights(
        rule=rule,
        zone_index=np.repeat(np.arange(len(zones), dtype=np.int32), counts)[order],
        cell_id=cell_id[order].astype(np.int64),
        fraction=fraction[order].astype(np.float64),
        zone_count=len(zones),
        width=grid.width,
        height=grid.height,
        key=weights_key(zones, grid, rule),
    )


def _scale_to_one(weights: CellWeights, zones: Zones, grid: Grid) -> CellWeights:
    """Scale the fractions of cells that sum to more than 1; refuse overlaps not accounted for."""
    if not weights.fraction.size:
        return weights
    first = np.flatnonzero(np.diff(weights.cell_id, prepend=-1))
    totals = np.add.reduceat(weights.fraction, first)
    if totals.max() <= 1:
        return weights
    above = totals > 1 + SUM_TOLERANCE
    excess = float((totals[above] - 1).sum())
    tolerated = zones.overlap / (grid.resolution[0] * grid.resolution[1])
    if excess > tolerated * 1.001 + SUM_TOLERANCE * above.sum():
        worst = int(np.argmax(totals))
        cell = int(weights.cell_id[first[worst]])
        names = [zones.ids[index] for index in weights.zone_index[weights.cell_id == cell].tolist()]
        raise InputError(
            f"zones {', '.join(names)} overlap: they cover cell {cell} {totals[worst]:.6f} times",
            where="zones",
            mend="cut them apart",
        )
    entries = np.diff(first, append=weights.fraction.size)
    fraction = weights.fraction / np.repeat(np.maximum(totals, 1), entries)
    notices: tuple[str, ...] = ()
    if above.any():
        notices = (
            f"fractions: {int(above.sum())} cells in overlaps of zones were shared in proportion, "
            f"the area of {excess:.3g} cells in all",
        )
    return _with_fractions(weights, fraction, notices)


def _with_fractions(
    weights: CellWeights, fraction: FloatArray, notices: tuple[str, ...]
) -> CellWeights:
    return CellWeights(
        rule=weights.rule,
        zone_index=weights.zone_index,
        cell_id=weights.cell_id,
        fraction=fraction,
        zone_count=weights.zone_count,
        width=weights.width,
        height=weights.height,
        key=weights.key,
        notices=notices,
    )


@dataclass(frozen=True)
class _Window:
    """What rasterstats asks of a raster that a polygon is burnt into."""

    shape: tuple[int, int]
    affine: Affine


class _Polygon(Feature):  # type: ignore[misc]
    """A polygon without attributes, handed to exactextract as WKB: GeoJSON costs more to write."""

    def __init__(self, polygon: shapely.Geometry) -> None:
        Feature.__init__(self)
        self.polygon = polygon

    def geometry(self) -> bytes:
        return shapely.to_wkb(self.polygon)

    def fields(self) -> list[str]:
        return []


class _OneFeatureSource(FeatureSource):  # type: ignore[misc]
    """A source of one polygon."""

    def __init__(self, polygon: shapely.Geometry) -> None:
        super().__init__()
        self.polygon = polygon

    def count(self) -> int:
        return 1

    def __iter__(self) -> Iterator[_Polygon]:
        yield _Polygon(self.polygon)

    def srs_wkt(self) -> None:
        """Tell no CRS: zones and grid have one, by construction."""
        return None


@dataclass(frozen=True, eq=False)
class StripWeights:
    """Weights of the cells of one strip, as runs of cells that have one zone and one fraction.

    Parameters
    ----------
    first_cell : ndarray of int64, shape (n,)
        Position of each run's first cell in the strip.
    cells : ndarray of int32, shape (n,)
        Number of cells.
    zone_index : ndarray of int32, shape (n,)
        Position in `Zones.ids`.
    fraction : ndarray of float64, shape (n,)
        Share of each cell, or the difference of two shares.
    zone_count : int
        Number of zones.
    is_difference : bool
        Whether the weights are those of `centre_difference`.
    """

    first_cell: NDArray[np.int64]
    cells: NDArray[np.int32]
    zone_index: NDArray[np.int32]
    fraction: FloatArray
    zone_count: int
    is_difference: bool = False

    @property
    def cell_change(self) -> FloatArray:
        """By how much each cell of a run changes the number of cells of its zone, shape (n,).

        A difference adds a cell where it is 1 (only the centre rule has it) and takes one away
        where it is negative (only the fraction rule has it).
        """
        if not self.is_difference:
            return np.ones(self.fraction.size)
        change = np.zeros(self.fraction.size)
        change[self.fraction == 1] = 1.0
        change[self.fraction < 0] = -1.0
        return change


@dataclass(frozen=True, eq=False)
class WeightRuns:
    """Weights as runs of cells along a row that have one zone and one fraction.

    Parameters
    ----------
    first_cell : ndarray of int64, shape (n,)
        First cell of each run, ascending.
    cells : ndarray of int32, shape (n,)
        Number of cells.
    zone_index : ndarray of int32, shape (n,)
        Position in `Zones.ids`.
    fraction : ndarray of float64, shape (n,)
        Of each cell.
    facts : mapping
        Key, rule, number of zones, size of the grid, notices.
    """

    first_cell: NDArray[np.int64]
    cells: NDArray[np.int32]
    zone_index: NDArray[np.int32]
    fraction: FloatArray
    facts: Mapping[str, Any]

    def expanded(
        self, runs: slice = slice(None)
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], FloatArray]:
        """Return cell, zone and fraction of every entry of some runs."""
        cells = self.cells[runs]
        entries_before = np.cumsum(cells, dtype=np.int64) - cells
        cell = np.repeat(self.first_cell[runs] - entries_before, cells)
        cell += np.arange(cell.size)
        zone_index, fraction = self.zone_index[runs], self.fraction[runs]
        return cell, np.repeat(zone_index, cells), np.repeat(fraction, cells)

    def strip(self, row_start: int, row_stop: int) -> StripWeights:
        """Return the weights of a run of rows; cell 0 is the first cell of row `row_start`."""
        start, stop = row_start * self.facts["width"], row_stop * self.facts["width"]
        runs = slice(*np.searchsorted(self.first_cell, [start, stop]))
        return StripWeights(
            first_cell=self.first_cell[runs] - start,
            cells=self.cells[runs],
            zone_index=self.zone_index[runs],
            fraction=self.fraction[runs],
            zone_count=self.facts["zone_count"],
            is_difference=self.facts["rule"] == "difference",
        )


@dataclass(frozen=True, eq=False)
class CellWeights:
    """Sparse table of cells and zones, in the order of cells and then of zones.

    Parameters
    ----------
    rule : {'fraction', 'centre', 'difference'}
        Share of the cell's area; or 1 where the cell's centre lies in the zone; or the second
        minus the first.
    zone_index : ndarray of int32, shape (n,)
        Position in `Zones.ids`.
    cell_id : ndarray of int64, shape (n,)
        ``row * width + column``.
    fraction : ndarray of float64, shape (n,)
        Share of the cell, above 0 and at most 1; a difference lies between -1 and 1.
    zone_count, width, height : int
        Number of zones, and the size of the grid.
    key : str
        From `weights_key`.
    notices : tuple of str
        What the user should know.
    """

    rule: Rule
    zone_index: NDArray[np.int32]
    cell_id: NDArray[np.int64]
    fraction: FloatArray
    zone_count: int
    width: int
    height: int
    key: str
    notices: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.cell_id)

    @cached_property
    def cell_counts(self) -> NDArray[np.int64]:
        """Number of cells of each zone, shape (zone_count,); 0 for a zone without any."""
        return np.bincount(self.zone_index, minlength=self.zone_count).astype(np.int64)

    def runs(self) -> WeightRuns:
        """Return the weights as runs; none goes on in another row, so that blocks cut none."""
        same = np.zeros(len(self), dtype=bool)
        same[1:] = np.diff(self.cell_id) == 1
        same[1:] &= self.zone_index[1:] == self.zone_index[:-1]
        same[1:] &= self.fraction[1:] == self.fraction[:-1]
        same &= self.cell_id % self.width != 0
        first = np.flatnonzero(~same)
        names = ("key", "rule", "zone_count", "width", "height", "notices")
        return WeightRuns(
            first_cell=self.cell_id[first],
            cells=np.diff(first, append=len(self)).astype(np.int32),
            zone_index=self.zone_index[first],
            fraction=self.fraction[first],
            facts={name: getattr(self, name) for name in names},
        )

    def matrix(self, row_start: int, row_stop: int) -> csr_matrix:
        """Return the fractions of a run of rows as a matrix, zones x cells of the block.

        ``matrix(a, b) @ (values * areas).ravel()`` sums a block of rows a to b - 1 by zone.

        Parameters
        ----------
        row_start, row_stop : int
            First row and the row after the last.

        Returns
        -------
        scipy.sparse.csr_matrix of float64, shape (zone_count, rows * width)
            Column 0 is the first cell of row `row_start`.

        Raises
        ------
        ValueError
            If the rows are not in the grid.
        """
        if not 0 <= row_start <= row_stop <= self.height:
            raise ValueError(f"rows {row_start}:{row_stop} are not within 0:{self.height}")
        start, stop = row_start * self.width, row_stop * self.width
        first, last = np.searchsorted(self.cell_id, [start, stop])
        return csr_matrix(
            (
                self.fraction[first:last],
                (self.zone_index[first:last], self.cell_id[first:last] - start),
            ),
            shape=(self.zone_count, stop - start),
        )
