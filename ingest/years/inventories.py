"""Inventories that are grids: the mass that every cell emits, and its way to the zones.

A mass is not a density. It is read on the cells it was given on, never resampled, and goes from
there to the zones: no two grids have to agree, and none of it is lost. Of a cell on the coast it
all goes to the land that the cell has (``allocation: covered``); ``area`` leaves the sea its share.

The masses of each year are kept beside the lake, so that other zones need no raster.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from ingest.catalogue.catalogue import Catalogue, LayerSpec
from ingest.catalogue.grid import Grid, same_crs
from ingest.catalogue.quantities import PeriodKind
from ingest.catalogue.units import Period, emission_unit
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.frames import frames_of
from ingest.rasters.mosaic import open_frame
from ingest.rasters.opening import declare
from ingest.workers.base import Workers
from ingest.workers.choice import own_workers
from ingest.years.partitions import Partition, read_record, recipe_of
from ingest.years.plan import LayerFiles, RasterPlan, declared_of, frames_as_json
from ingest.zones.fractions import cell_fractions, kept_weights
from ingest.zones.polygons import Zones, reproject
from ingest.zones.weights import CellWeights, weights_key
from workspace.errors import Faults, InputError
from workspace.files import write_json, write_parquet
from workspace.progress import Progress
from workspace.settings import Settings

Float = NDArray[np.float64]

MASSES_FILE: Final = "masses.parquet"
FACTS_FILE: Final = "facts.json"
PARTS: Final = (MASSES_FILE, FACTS_FILE)
#: Folder of the masses in ``CARBON_DATA``.
FOLDER: Final = "inventories"

#: Part of every recipe: raise it when masses change their meaning.
RECIPE_VERSION = 1

_CELLS_AT_A_TIME = 4_000_000

#: Below this many cells in all, starting processes costs more than it saves.
_SERIAL_BELOW = 20_000_000

#: Pg CO2 that the world has emitted in a year, from 1970 on, and what no unit can explain.
_BELIEVABLE_PG, _POSSIBLE_PG = (10.0, 60.0), (0.01, 600.0)
_FIRST_BELIEVABLE_YEAR = 1970
#: Degrees from which on a grid counts as one of the world.
_WORLD = (300.0, 100.0)
#: kg of CO2 in a kg of C, for messages alone; figures are converted in macros.
_CO2_PER_C = 44 / 12

EMISSIONS_SCHEMA = pa.schema(
    [
        ("collection", pa.string()),
        ("source_id", pa.string()),
        ("city_id", pa.string()),
        ("year", pa.int32()),
        ("substance", pa.string()),
        ("allocation", pa.string()),
        ("position", pa.int32()),
        ("mass_tg", pa.float64()),
        ("shared_mass_tg", pa.float64()),
        ("cell_count", pa.int64()),
        ("known_ratio", pa.float64()),
    ]
)
TOTALS_SCHEMA = pa.schema(
    [
        ("collection", pa.string()),
        ("source_id", pa.string()),
        ("year", pa.int32()),
        ("substance", pa.string()),
        ("allocation", pa.string()),
        ("position", pa.int32()),
        ("zones_mass_tg", pa.float64()),
        ("outside_mass_tg", pa.float64()),
        ("grid_mass_tg", pa.float64()),
        ("path", pa.string()),
    ]
)

_KEY = ("collection", "source_id", "year", "substance", "allocation", "position")


@dataclass(frozen=True)
class KeptMasses:
    """The masses of one year of one inventory, whatever they were read from.

    Attributes
    ----------
    collection, year, source_id : str, int, str
        Which ones.
    substance : str
        C or CO2.
    allocation : str
        covered or area.
    position : int
        Of the inventory among those of the catalogue, from 1.
    grid : Grid
        Their cells.
    masses : Partition
        Where they are.
    """

    collection: str
    year: int
    source_id: str
    substance: str
    allocation: str
    position: int
    grid: Grid
    masses: Partition

    @classmethod
    def of_folder(cls, folder: Path) -> KeptMasses | None:
        """Restore them from the folder of their partition; None if it is not whole."""
        record = read_record(folder)
        if record is None or not all((folder / part).is_file() for part in PARTS):
            return None
        root, collection, year = (
            folder.parents[2],
            folder.parents[1].name.removeprefix("collection="),
            int(folder.parent.name.removeprefix("year=")),
        )
        facts = record["grid"]
        grid = Grid(**{**facts, **{key: tuple(facts[key]) for key in ("bounds", "resolution")}})
        return cls(
            collection=collection,
            year=year,
            source_id=record["source_id"],
            substance=record["substance"],
            allocation=record["allocation"],
            position=record["position"],
            grid=grid,
            masses=Partition(root, collection, year, folder.name, PARTS),
        )


@dataclass(frozen=True)
class InventoryYear:
    """One year of one inventory: what it is read from, and where its masses go.

    Attributes
    ----------
    collection : str
        Such as ``historical``.
    year : int
        Calendar year.
    files : LayerFiles
        Twelve frames of a monthly layer, or one.
    grid : Grid
        Cells of the file that the grid of the catalogue reaches.
    position : int
        Of the inventory among those of the collection, from 1.
    masses : Partition
        Of the masses.
    """

    collection: str
    year: int
    files: LayerFiles
    grid: Grid
    position: int
    masses: Partition

    @property
    def spec(self) -> LayerSpec:
        """Entry of the catalogue."""
        return self.files.spec

    @property
    def substance(self) -> str:
        """What is weighed: C or CO2."""
        frame = self.files.frames[0]
        period = frame.period or Period(_kind(self.spec))
        return emission_unit(self.spec.unit, period, where=frame.path).substance

    @property
    def kept(self) -> KeptMasses:
        """What is left of it once its masses are known."""
        return KeptMasses(
            collection=self.collection,
            year=self.year,
            source_id=self.spec.source,
            substance=self.substance,
            allocation=self.spec.allocation,
            position=self.position,
            grid=self.grid,
            masses=self.masses,
        )

    def install(self) -> None:
        """Put the masses where other runs find them."""
        kept = self.kept
        self.masses.install(
            {
                "source_id": kept.source_id,
                "substance": kept.substance,
                "allocation": kept.allocation,
                "position": kept.position,
                "grid": asdict(kept.grid),
            }
        )


def plan_inventories(
    catalogue: Catalogue, plan: RasterPlan, data: Path, faults: Faults | None = None
) -> list[InventoryYear]:
    """Check the files of every inventory, and lay out its years.

    Parameters
    ----------
    catalogue : Catalogue
        The user's inputs.
    plan : RasterPlan
        Takes the files in.
    data : Path
        ``CARBON_DATA``.
    faults : Faults, optional
        Where faults are gathered; a year that has one is left out.

    Returns
    -------
    list of InventoryYear
        In the order of the catalogue.

    Raises
    ------
    InputError
        For the first file, band or month that is missing or cannot be used as declared.
    """
    planned, faults = [], faults or Faults()
    for name, collection in catalogue.collections.items():
        for spec in collection.inventories:
            for year in filter(spec.covers, range(collection.years[0], collection.years[1] + 1)):
                with faults.noted():
                    planned.append(_planned(name, year, spec, catalogue, plan, data))
    return planned


def _planned(
    collection: str,
    year: int,
    spec: LayerSpec,
    catalogue: Catalogue,
    plan: RasterPlan,
    data: Path,
) -> InventoryYear:
    frames = frames_of(spec, year, catalogue.resolve)
    files = plan.layer(spec, frames, f"{collection}/{spec.quantity}/{spec.source}")
    grid = _own_grid(files, plan.grid)
    recipe = recipe_of(
        {
            "version": RECIPE_VERSION,
            "declared": declared_of(spec),
            "frames": frames_as_json(files),
            "grid": [grid.crs, list(grid.bounds), grid.width, grid.height],
        }
    )
    masses = Partition(data / FOLDER, collection, year, recipe, PARTS)
    inventories = catalogue.collections[collection].inventories
    position = [*dict.fromkeys(layer.source for layer in inventories)].index(spec.source) + 1
    return InventoryYear(collection, year, files, grid, position, masses)


def _own_grid(files: LayerFiles, target: Grid) -> Grid:
    """Return the cells of a file that the grid of the catalogue reaches, as a grid."""
    frame = files.frames[0]
    with open_frame(frame) as dataset:
        declared = declare(dataset, files.spec, frame.path, frame.period)
    transform = declared.transform
    if transform.b or transform.d:
        raise InputError(
            "its cells lie askew", where=frame.path, fix="bring the file to upright cells"
        )
    bounds = target.bounds
    if declared.crs != CRS.from_user_input(target.crs):
        bounds = transform_bounds(target.crs, declared.crs, *bounds, densify_pts=101)
    corners = [~transform @ (bounds[0], bounds[1]), ~transform @ (bounds[2], bounds[3])]
    columns = _cells_between([x for x, _ in corners], declared.width)
    rows = _cells_between([y for _, y in corners], declared.height)
    first = transform @ (columns[0], rows[0])
    last = transform @ (columns[1], rows[1])
    width, height = columns[1] - columns[0], rows[1] - rows[0]
    west, east = first[0], last[0]
    south, north = sorted((first[1], last[1]))
    return Grid(
        crs=declared.crs.to_wkt(),
        bounds=(west, south, east, north),
        resolution=((east - west) / width, (north - south) / height),
        width=width,
        height=height,
    )


def _cells_between(edges: Sequence[float], count: int) -> tuple[int, int]:
    # An edge that is a rounding beyond the border of a cell does not need that cell.
    first = math.floor(min(edges) + 1e-6)
    last = math.ceil(max(edges) - 1e-6)
    return max(first, 0), min(last, count)


def compute_masses(inventory: InventoryYear) -> None:
    """Read the masses of a year, block by block, and keep them."""
    blocks, facts = [], _Facts()
    for rows in _read_masses(inventory, facts):
        blocks.append(pa.array(rows.ravel(), mask=np.isnan(rows.ravel())))
    table = pa.table({"mass_tg": pa.chunked_array(blocks, pa.float64())})
    pending = inventory.masses.pending
    content = {"ranges": facts.ranges, "grid_mass_tg": facts.total}
    inventory.masses.complete(
        {
            MASSES_FILE: write_parquet(table, pending / MASSES_FILE),
            FACTS_FILE: write_json(content, pending / FACTS_FILE),
        }
    )


def compute_inventories(
    years: Sequence[InventoryYear], progress: Progress, *, workers: Workers | None = None
) -> None:
    """Read the masses of every year that are not known yet.

    Parameters
    ----------
    years : sequence of InventoryYear
        In any order.
    progress : Progress
        Told of each finished year, and of sums that are hard to believe.
    workers : Workers, optional
        Where years are read; by default processes of this machine, or this process.

    Raises
    ------
    InputError
        For an impossible value or sum, or a damaged file. Years that were finished stay.
    """
    waiting = [inventory for inventory in years if not inventory.masses.is_complete]
    if waiting:
        progress.start("inventories to masses of cells", len(waiting))
        if workers is None:
            cells = sum(len(each.files.frames) * each.grid.cell_count for each in waiting)
            workers = own_workers(parallel=cells > _SERIAL_BELOW, progress=progress)
        for each in waiting:
            each.masses.pending.mkdir(parents=True, exist_ok=True)
        reads = [(frame.path, frame.variable) for each in waiting for frame in each.files.frames]
        tasks = [(each,) for each in waiting]
        with closing(workers.completed(compute_masses, tasks, reads)) as completed:
            for position in completed:
                inventory = waiting[position]
                progress.advance(f"{inventory.spec.source} {inventory.year}")
    for inventory in years:
        doubt = doubt_of(inventory, read_facts(inventory.masses)["grid_mass_tg"])
        if doubt:
            progress.note(doubt)


@dataclass
class _Facts:
    """What is noticed while masses are read."""

    total: float = 0.0
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


def _read_masses(inventory: InventoryYear, facts: _Facts) -> Iterator[Float]:
    """Read the mass of every cell in Tg, NaN without data, block by block of rows."""
    files, grid = inventory.files, inventory.grid
    for block in grid.blocks(_CELLS_AT_A_TIME):
        rows = np.zeros((block.rows, grid.width))
        areas = grid.cell_areas_km2(block.row_start, block.row_stop)
        for frame, content in zip(files.frames, files.contents, strict=True):
            period = frame.period or Period(_kind(files.spec))
            unit = emission_unit(files.spec.unit, period, where=frame.path)
            with open_frame(frame) as dataset:
                raster = AlignedRaster(
                    dataset, frame.band, files.spec, grid, frame.path, frame.period
                )
                values = raster.read(block)
                low, high = facts.ranges.get(content, (math.inf, -math.inf))
                facts.ranges[content] = (min(low, raster.low), max(high, raster.high))
            rows += values * areas if unit.is_flux else values
        facts.total += float(np.nansum(rows))
        yield rows
    _refuse_impossible(inventory, facts.total)


def _kind(spec: LayerSpec) -> PeriodKind:
    return "month" if spec.step == "month" else "year"


def check_masses(inventory: InventoryYear) -> str | None:
    """Read a year's masses without keeping them; return what a reader should know of their sum.

    Raises
    ------
    InputError
        For an impossible value or sum.
    """
    facts = _Facts()
    for _ in _read_masses(inventory, facts):
        pass
    return doubt_of(inventory, facts.total)


def doubt_of(inventory: InventoryYear, total_tg: float) -> str | None:
    """Say if a sum over the world is not one that the world has emitted; None if it may be."""
    mass = _world_pg(inventory, total_tg)
    low, high = _BELIEVABLE_PG
    if mass is None or inventory.year < _FIRST_BELIEVABLE_YEAR or low <= mass <= high:
        return None
    return (
        f"{inventory.spec.source}: the world emits {mass:.3g} Pg CO2 in {inventory.year}, where "
        f"{low:g} to {high:g} are believable: is the unit {inventory.spec.unit!r} right?"
    )


def _refuse_impossible(inventory: InventoryYear, total_tg: float) -> None:
    mass = _world_pg(inventory, total_tg)
    if mass is not None and not _POSSIBLE_PG[0] <= mass <= _POSSIBLE_PG[1]:
        raise InputError(
            f"the world would emit {mass:.3g} Pg CO2 in {inventory.year}",
            where=inventory.files.frames[0].path,
            fix=f"{inventory.spec.unit!r} is not its unit: it may be a mass of the cell or a "
            "flux, of C or CO2, in kg, t or Tg, a month or a year",
        )


def _world_pg(inventory: InventoryYear, total_tg: float) -> float | None:
    """Return the sum in Pg CO2, if the grid reaches around the world."""
    west, south, east, north = inventory.grid.bounds
    is_world = CRS.from_user_input(inventory.grid.crs).is_geographic and (
        east - west >= _WORLD[0] and north - south >= _WORLD[1]
    )
    if not is_world:
        return None
    return total_tg * (_CO2_PER_C if inventory.substance == "C" else 1.0) / 1000


def allocated(
    masses: Float, weights: CellWeights, allocation: str
) -> tuple[dict[str, NDArray[Any]], float, float]:
    """Give the masses of cells to zones.

    Parameters
    ----------
    masses : ndarray, shape (cells,)
        Tg, NaN without data.
    weights : CellWeights
        Fractions of the same cells.
    allocation : {'covered', 'area'}
        Whether a zone has its share of what is covered of a cell, or of all of it.

    Returns
    -------
    columns : dict of ndarray, shape (zones,)
        Mass, the mass of cells that several zones share, number of cells, and how much of the
        zone's part of the cells has data.
    zones_mass, outside_mass : float
        Tg: their sum is the mass of all cells.

    Examples
    --------
    Half of a cell is sea, the other half is two zones':

    >>> cells = np.array([0, 0])
    >>> shares = np.array([0.3, 0.2])
    >>> weights = CellWeights("fraction", np.array([0, 1]), cells, shares, 2, 1, 1, "")
    >>> columns, zones, outside = allocated(np.array([10.0]), weights, "covered")
    >>> columns["mass_tg"].tolist(), zones, outside
    ([6.0, 4.0], 10.0, 0.0)
    >>> columns, zones, outside = allocated(np.array([10.0]), weights, "area")
    >>> columns["mass_tg"].tolist(), zones, outside
    ([3.0, 2.0], 5.0, 5.0)
    """
    zone, cell, fraction = weights.zone_index, weights.cell_id, weights.fraction
    known = np.isfinite(masses)
    held = np.where(known, masses, 0.0)
    covered = np.bincount(cell, fraction, masses.size)
    share = fraction / covered[cell] if allocation == "covered" else fraction
    part = held[cell] * share
    is_shared = np.bincount(cell, minlength=masses.size)[cell] > 1
    count = weights.zone_count
    of_zone = np.bincount(zone, fraction, count)
    known_part = np.bincount(zone, fraction * known[cell], count)
    given = np.bincount(cell, share, masses.size)
    mass = np.bincount(zone, part, count)
    columns = {
        "mass_tg": np.where(known_part > 0, mass, np.nan),
        "shared_mass_tg": np.bincount(zone, part * is_shared, count),
        "cell_count": np.bincount(zone, minlength=count),
        "known_ratio": np.divide(known_part, of_zone, out=np.zeros(count), where=of_zone > 0),
    }
    return columns, float(mass.sum()), float(held @ (1.0 - given))


def read_masses(partition: Partition) -> Float:
    """Read the masses of a partition, NaN without data."""
    column = pq.read_table(pa.BufferReader(partition.read(MASSES_FILE)))["mass_tg"]
    values: Float = column.to_numpy()
    return values


def read_facts(partition: Partition) -> dict[str, Any]:
    """Read what was noticed while the masses of a partition were read."""
    content: dict[str, Any] = json.loads(partition.read(FACTS_FILE))
    return content


def emission_tables(
    years: Sequence[KeptMasses],
    weights: Mapping[Grid, CellWeights],
    city_ids: Sequence[str],
    data: Path,
) -> dict[str, pa.Table]:
    """Make the raw tables of inventories that are grids.

    Parameters
    ----------
    years : sequence of KeptMasses
        Complete years.
    weights : mapping of Grid to CellWeights
        Fractions of their cells.
    city_ids : sequence of str
        Of the zones, in their order.
    data : Path
        ``CARBON_DATA``, which paths are relative to.

    Returns
    -------
    dict of name to pyarrow.Table
        ``zonal_city_emissions``, a row for each zone, and ``emission_grid_totals``, which account
        for all mass.
    """
    rows, totals = [EMISSIONS_SCHEMA.empty_table()], []
    for kept in years:
        masses = read_masses(kept.masses)
        columns, inside, outside = allocated(masses, weights[kept.grid], kept.allocation)
        columns["mass_tg"] = pa.array(columns["mass_tg"], mask=np.isnan(columns["mass_tg"]))
        same = {name: getattr(kept, name) for name in _KEY}
        constant = {name: [value] * len(city_ids) for name, value in same.items()}
        table = pa.table({**constant, "city_id": list(city_ids), **columns})
        rows.append(table.select(EMISSIONS_SCHEMA.names).cast(EMISSIONS_SCHEMA))
        totals.append(
            {
                **same,
                "zones_mass_tg": inside,
                "outside_mass_tg": outside,
                "grid_mass_tg": read_facts(kept.masses)["grid_mass_tg"],
                "path": str(kept.masses.folder.relative_to(data)),
            }
        )
    return {
        "zonal_city_emissions": pa.concat_tables(rows),
        "emission_grid_totals": pa.Table.from_pylist(totals, schema=TOTALS_SCHEMA),
    }


@dataclass(frozen=True)
class ZonalEmissions:
    """Raw tables of inventories that are grids, and the files that they rest on."""

    tables: dict[str, pa.Table]
    weights: tuple[Path, ...]
    masses: tuple[Path, ...]


def zonal_emissions(
    years: Sequence[KeptMasses], zones: Zones, grid: Grid, settings: Settings, progress: Progress
) -> ZonalEmissions:
    """Give the masses of every inventory to the zones, by fractions of its own cells."""
    weights: dict[Grid, CellWeights] = {}
    files = []
    for own in dict.fromkeys(kept.grid for kept in years):
        there = zones
        if not same_crs(own.crs, grid.crs):
            there = replace(zones, geometry=reproject(zones.geometry, grid.crs, own.crs))
        path = settings.data / "zones" / f"{weights_key(zones, own, 'fraction')}.parquet"
        weights[own] = kept_weights(path, partial(cell_fractions, there, own), progress)
        files.append(path)
    return ZonalEmissions(
        tables=emission_tables(years, weights, zones.ids, settings.data),
        weights=tuple(files),
        masses=tuple(kept.masses.folder for kept in years),
    )
