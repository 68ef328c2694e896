"""How much of every cell belongs to every zone: the sparse table behind each zonal sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from rasterstats.io import bounds_window
from rasterstats.utils import rasterize_geom

from ingest.catalogue.grid import Grid
from ingest.zones.polygons import Zones
from ingest.zones.weights import (
    CellWeights,
    Rule,
    read_weights,
    weights_key,
    with_hashes,
    write_weights,
)
from workspace.errors import InputError
from workspace.progress import Progress
from workspace.settings import Settings

Polygonal = shapely.Polygon | shapely.MultiPolygon

# exactextract keeps coverage in single precision: fractions of a cell that two zones share may sum
# to 1 + 6e-8. Anything above this bound is an overlap.
SUM_TOLERANCE = 1e-6
# Largest window that exactextract covers at a time: bounds memory for zones with far-apart parts.
MAX_CELLS_AT_A_TIME = 500_000
# Vertices are moved by less than this share of a cell, so that near ones become one.
REPEATED_VERTEX_RATIO = 1e-9


def cell_fractions(zones: Zones, grid: Grid) -> CellWeights:
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
    >>> from ingest.catalogue.catalogue import ZoneSpec
    >>> from ingest.zones.polygons import zones_from_frame
    >>> frame = gpd.GeoDataFrame(
    ...     {"id": ["a"]}, geometry=[shapely.box(0, 0, 1.5, 1)], crs="EPSG:4326"
    ... )
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1))
    >>> spec = ZoneSpec(path="squares", source="drawn", id="id", name="id")
    >>> cell_fractions(zones_from_frame(frame, spec, grid), grid).fraction
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

    weights = _assemble(zones, grid, "fraction", cover)
    return _scale_to_one(weights, zones, grid)


def cell_centres(zones: Zones, grid: Grid) -> CellWeights:
    """Return the cells whose centre lies in each zone: the common rule, as rasterstats applies it.

    Rasterised window by window by rasterstats itself, so that a sum with these weights is the sum
    of ``rasterstats.zonal_stats``. A zone smaller than a cell may hold no centre and has no entry.

    Parameters
    ----------
    zones : Zones
        In the CRS of the grid.
    grid : Grid
        The target grid.

    Returns
    -------
    CellWeights
        All fractions are 1. Where zones overlap a cell belongs to both, as in rasterstats, and
        `notices` says how many do.

    Examples
    --------
    A zone that covers a cell and 0.4 of the next:

    >>> import geopandas as gpd
    >>> from ingest.catalogue.catalogue import ZoneSpec
    >>> from ingest.zones.polygons import zones_from_frame
    >>> frame = gpd.GeoDataFrame(
    ...     {"id": ["a"]}, geometry=[shapely.box(0, 0, 1.4, 1)], crs="EPSG:4326"
    ... )
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1))
    >>> spec = ZoneSpec(path="squares", source="drawn", id="id", name="id")
    >>> cell_centres(zones_from_frame(frame, spec, grid), grid).cell_id
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

    weights = _assemble(zones, grid, "centre", contain)
    repeated = int(np.count_nonzero(np.diff(weights.cell_id) == 0))
    if not repeated:
        return weights
    notice = f"centre rule: {repeated} cell centres lie in more than one zone and count in each"
    return replace(weights, notices=(notice,))


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
    >>> from ingest.catalogue.catalogue import ZoneSpec
    >>> from ingest.zones.polygons import zones_from_frame
    >>> frame = gpd.GeoDataFrame(
    ...     {"id": ["a"]}, geometry=[shapely.box(0, 0, 1.4, 1)], crs="EPSG:4326"
    ... )
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1))
    >>> spec = ZoneSpec(path="squares", source="drawn", id="id", name="id")
    >>> zones = zones_from_frame(frame, spec, grid)
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


def _assemble(
    zones: Zones,
    grid: Grid,
    rule: Rule,
    share: Callable[[Polygonal], tuple[NDArray[Any], NDArray[Any]]],
) -> CellWeights:
    """Collect the cells of zone after zone and turn them into an order by cell."""
    # Half the memory while they pile up; coverage is single precision to begin with.
    id_type = np.int32 if grid.cell_count < 2**31 else np.int64
    cells: list[NDArray[Any]] = []
    fractions: list[NDArray[Any]] = []
    for polygon in zones.geometry:
        ids, shares = share(polygon)
        cells.append(ids.astype(id_type))
        fractions.append(shares.astype(np.float32))
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
            fix="cut them apart",
        )
    entries = np.diff(first, append=weights.fraction.size)
    fraction = weights.fraction / np.repeat(np.maximum(totals, 1), entries)
    notices: tuple[str, ...] = ()
    if above.any():
        notices = (
            f"fractions: {int(above.sum())} cells in overlaps of zones were shared in proportion, "
            f"the area of {excess:.3g} cells in all",
        )
    return replace(weights, fraction=fraction, notices=notices)


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


@dataclass(frozen=True)
class Weights:
    """Zone fractions, and the files of fractions and difference that workers read."""

    fractions: CellWeights
    files: Mapping[str, Path]

    @property
    def kept(self) -> list[Path]:
        """Files of weights, with the hashes beside them."""
        return with_hashes(self.files.values())

    @property
    def keys(self) -> list[str]:
        """Keys of all files: what zonal sums depend on."""
        return sorted(path.stem for path in self.files.values())


def zone_weights(zones: Zones, grid: Grid, settings: Settings, progress: Progress) -> Weights:
    """Build fractions and their difference from the centre rule, or read an earlier run's."""
    folder = settings.zones

    def kept(rule: Rule, build: Callable[[], CellWeights]) -> CellWeights:
        path = folder / f"{weights_key(zones, grid, rule)}.parquet"
        weights = kept_weights(path, build, progress)
        progress.advance(rule)
        return weights

    progress.start("zone weights", 2)
    shares = kept("fraction", lambda: cell_fractions(zones, grid))
    difference = kept("difference", lambda: centre_difference(zones, grid, shares))
    files: dict[str, Path] = {
        weights.rule: folder / f"{weights.key}.parquet" for weights in (shares, difference)
    }
    return Weights(shares, files)


def kept_weights(path: Path, build: Callable[[], CellWeights], progress: Progress) -> CellWeights:
    """Read weights that are kept in a file named after their key, or build and keep them."""
    weights = read_weights(path, path.stem)
    if weights is None:
        if path.is_file():
            progress.note(f"zones/{path.name} is damaged; it is made anew")
        weights = build()
        write_weights(weights, path)
    for notice in weights.notices:
        progress.note(notice)
    return weights
