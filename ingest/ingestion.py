"""The whole of an ingestion: check every input, compute what is missing, load the raw schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from ingest import fractions, lake, records, run
from ingest.adapters.base import TableRequest
from ingest.catalog import Catalogue, ZoneSpec
from ingest.config import Settings
from ingest.executors import open_workers
from ingest.grid import Grid
from ingest.load import check_writable, replace_raw
from ingest.neighbours import neighbours
from ingest.own import PARTITION_FILE, PARTITION_FOLDER, WEIGHTS_FILE, sweep
from ingest.partitions import (
    PENDING,
    Partition,
    only_one_at_work,
    recipe_of,
    remove_superseded,
)
from ingest.plan import RasterFile, RasterPlan, YearInputs, plan_rasters
from ingest.progress import Progress
from ingest.provenance import zones_record
from ingest.rasters import AlignedRaster, open_raster
from ingest.run import YearJob, run_jobs
from ingest.sources import FileHashes, FileIdentity
from ingest.tables import TableSet, read_tables
from ingest.terms import Coefficients
from ingest.weights import CellWeights, Rule, read_weights, weights_key, write_weights
from ingest.zones import Zones, read_zones

#: With ``cells: auto`` the lake is kept for grids up to this size.
KEEP_CELLS_UP_TO = 2_000_000


@dataclass(frozen=True)
class Inputs:
    """Everything a catalogue names, read or checked, before any work starts."""

    catalogue: Catalogue
    grid: Grid
    zones: Zones
    tables: TableSet
    rasters: RasterPlan
    hashes: FileHashes


@dataclass(frozen=True)
class Weights:
    """Zone fractions, and the files of fractions and difference that workers read."""

    fractions: CellWeights
    files: Mapping[str, Path]

    @property
    def kept(self) -> list[Path]:
        """Files of weights, with the hashes beside them."""
        return [
            path.with_suffix(end) for path in self.files.values() for end in (".parquet", ".sha256")
        ]

    @property
    def keys(self) -> list[str]:
        """Keys of all files: what zonal sums depend on."""
        return sorted(path.stem for path in self.files.values())


def check_catalogue(
    catalogue: Catalogue, settings: Settings, progress: Progress, *, values: bool = True
) -> str:
    """Check every input of a catalogue without computing anything.

    Parameters
    ----------
    catalogue : Catalogue
        The user's inputs.
    settings : Settings
        Paths and coefficients.
    progress : Progress
        Told of each year and file.
    values : bool
        Whether to read every value of every raster too.

    Returns
    -------
    str
        A summary in one line.

    Raises
    ------
    InputError
        For the first input that cannot be used.
    """
    inputs = read_inputs(catalogue, settings, progress)
    if values:
        _check_values(inputs, progress)
    return (
        f"{catalogue.path}: no fault found in {len(inputs.rasters.files)} raster files, "
        f"{len(inputs.zones)} zones and {len(inputs.tables.files)} tables"
    )


def ingest_catalogue(
    catalogue: Catalogue,
    settings: Settings,
    progress: Progress,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> str:
    """Turn the inputs of a catalogue into the lake and the raw schema.

    Parameters
    ----------
    catalogue : Catalogue
        The user's inputs.
    settings : Settings
        Paths and coefficients.
    progress : Progress
        Told of each finished unit.
    workers : int, optional
        Processes to use.
    scheduler : str, optional
        Address of a Dask cluster to use instead.

    Returns
    -------
    str
        A summary in one line.

    Raises
    ------
    InputError
        For the first input that cannot be used. The lake and the raw schema of an earlier
        ingestion stay as they were.
    """
    with (
        only_one_at_work(settings.data),
        open_workers(workers, scheduler, settings.data, progress) as chosen,
    ):
        check_writable(settings.build_file)
        inputs = read_inputs(catalogue, settings, progress)
        weights = zone_weights(inputs.zones, inputs.grid, settings, progress)
        jobs = jobs_of(inputs, weights, settings)
        discard_damage(jobs, settings.data, progress)
        run_jobs(jobs, progress, workers=chosen)
        progress.start("raw tables", 1)
        replace_raw(settings.build_file, _raw_tables(inputs, weights, jobs), jobs, settings.data)
        progress.advance("")
        remove_leftovers(settings, jobs, weights)
    return (
        f"{len(jobs)} years of {len(inputs.zones)} zones are in {settings.build_file}. "
        "Next: carbon build"
    )


def read_inputs(catalogue: Catalogue, settings: Settings, progress: Progress) -> Inputs:
    """Read zones and tables and check every raster's header: all that precedes work.

    Raises
    ------
    InputError
        For the first input that cannot be used.
    """
    grid = grid_of(catalogue)
    zones = zones_of(catalogue.zones, catalogue.resolve(catalogue.zones.path), grid)
    tables = read_tables(_table_requests(catalogue))
    for line in (*zones.notices, *(note for facts in tables.files for note in facts.notes)):
        progress.note(line)
    hashes = FileHashes(settings.data / "state" / "hashes.json")
    spans = [collection.years for collection in catalogue.collections.values()]
    progress.start("checking rasters", sum(last - first + 1 for first, last in spans))
    west, south, east, north = map(float, shapely.total_bounds(zones.geometry))
    extent = (west, south, east, north)
    plan = RasterPlan(grid, extent, hashes)
    for plan in plan_rasters(catalogue, grid, extent, coefficients_of(settings), hashes):
        progress.advance(str(plan.years[-1].year))
    hashes.remember()
    return Inputs(catalogue, grid, zones, tables, plan, hashes)


def grid_of(catalogue: Catalogue) -> Grid:
    """Return the target grid that a catalogue declares."""
    spec = catalogue.grid
    return Grid.from_spec(spec.crs, spec.resolution, spec.bounds)


def zones_of(spec: ZoneSpec, path: str, grid: Grid) -> Zones:
    """Read the zones that a catalogue, or the command line in its words, declares."""
    return read_zones(
        path,
        id=spec.id,
        name=spec.name,
        name_local=spec.name_local,
        parent=spec.parent,
        layer=spec.layer,
        crs=spec.crs,
        where=spec.where,
        encoding=spec.encoding,
        overlap_tolerance=spec.overlap_tolerance,
        grid=grid,
    )


def _table_requests(catalogue: Catalogue) -> Iterator[TableRequest]:
    for kind, entries in catalogue.tables.items():
        for entry in entries:
            yield TableRequest(
                kind=kind,
                path=catalogue.resolve(entry.path),
                format=entry.format,
                source=entry.source,
                unit=entry.unit,
                sheet=entry.sheet,
                columns=entry.columns,
            )


def _check_values(inputs: Inputs, progress: Progress) -> None:
    """Read every value of every raster once; `AlignedRaster` refuses impossible ones."""
    frames = {
        frame: files.spec
        for year in inputs.rasters.years
        for files in year.layers.values()
        for frame in files.frames
    }
    progress.start("reading values", len(frames))
    for frame, spec in frames.items():
        with open_raster(frame.path, frame.variable) as dataset:
            raster = AlignedRaster(dataset, frame.band, spec, inputs.grid, frame.path)
            for block in inputs.grid.blocks(KEEP_CELLS_UP_TO):
                raster.read(block)
        progress.advance(Path(frame.path).name)


def zone_weights(zones: Zones, grid: Grid, settings: Settings, progress: Progress) -> Weights:
    """Build fractions and their difference from the centre rule, or read an earlier run's."""
    folder = settings.data / "zones"

    def kept(rule: Rule, build: Callable[[], CellWeights]) -> CellWeights:
        path = folder / f"{weights_key(zones, grid, rule)}.parquet"
        weights = read_weights(path, path.stem)
        if weights is None:
            if path.is_file():
                progress.note(f"zones/{path.name} is damaged; it is made anew")
            weights = build()
            write_weights(weights, path)
        for notice in weights.notices:
            progress.note(notice)
        progress.advance(rule)
        return weights

    progress.start("zone weights", 2)
    shares = kept("fraction", lambda: fractions.cell_fractions(zones, grid))
    difference = kept("difference", lambda: fractions.centre_difference(zones, grid, shares))
    files: dict[str, Path] = {
        weights.rule: folder / f"{weights.key}.parquet" for weights in (shares, difference)
    }
    return Weights(shares, files)


def jobs_of(inputs: Inputs, weights: Weights, settings: Settings) -> list[YearJob]:
    """Lay out the work of every year, with the partitions its results go to."""
    keep = keeps_cells(inputs.catalogue, inputs.grid)
    zone_file = inputs.catalogue.resolve(inputs.catalogue.zones.path)
    record = zones_record(
        inputs.catalogue, inputs.catalogue.zones, zone_file, inputs.hashes.identify(zone_file)
    )
    return [
        year_job(year, inputs.grid, weights, settings, record, keep_cells=keep)
        for year in inputs.rasters.years
    ]


def keeps_cells(catalogue: Catalogue, grid: Grid) -> bool:
    """Tell whether the lake is to be kept."""
    if catalogue.cells == "auto":
        return grid.cell_count <= KEEP_CELLS_UP_TO
    return catalogue.cells


def year_job(
    year: YearInputs,
    grid: Grid,
    weights: Weights,
    settings: Settings,
    zones: Mapping[str, Any],
    *,
    keep_cells: bool = True,
) -> YearJob:
    """Say what is to be computed for a year, and which partitions hold it."""
    unit = run.CELLS_PER_UNIT
    parts = tuple(map(lake.part_name, range(len(grid.blocks(unit)))))
    cells_recipe = recipe_of({"terms": year.recipe, "cells_per_unit": unit})
    sums_recipe = recipe_of({"terms": cells_recipe, "zones": weights.keys})
    place = (year.collection, year.year)
    cells = Partition(settings.data / "lake", *place, cells_recipe, (*parts, run.FACTS_FILE))
    return YearJob(
        inputs=year,
        grid=grid,
        coefficients=coefficients_of(settings),
        weights=weights.files,
        cells=cells if keep_cells else None,
        sums=Partition(settings.data / "zonal", *place, sums_recipe, run.SUMS_PARTS),
        zones=zones,
        cells_per_unit=unit,
    )


def remove_leftovers(settings: Settings, jobs: list[YearJob], weights: Weights) -> None:
    """Delete what the raw tables no longer refer to, and what an abandoned run left behind."""
    data = settings.data
    remove_superseded(data / "zonal", (job.sums.folder for job in jobs))
    remove_superseded(data / "lake", (job.cells.folder for job in jobs if job.cells))
    sweep(data / PENDING, PARTITION_FILE, folders=PARTITION_FOLDER)
    sweep(data / "zones", WEIGHTS_FILE, keep=weights.kept)


def _raw_tables(inputs: Inputs, weights: Weights, jobs: list[YearJob]) -> dict[str, pa.Table]:
    catalogue, grid, zones = inputs.catalogue, inputs.grid, inputs.zones
    if any(job.cells for job in jobs):
        cells = records.cells_table(zones, weights.fractions, grid)
    else:
        cells = records.CELLS_SCHEMA.empty_table()
    return {
        **inputs.tables.tables,
        "cities": records.cities_table(zones, weights.fractions, grid),
        "cells": cells,
        "neighbours": neighbours(zones),
        "collections": records.collections_table(catalogue),
        "sources": records.sources_table(catalogue.sources),
        "source_files": records.source_files_table(_source_files(inputs, jobs)),
        "ingest": records.ingest_table(
            catalogue, inputs.hashes.identify(str(catalogue.path)), grid
        ),
    }


def discard_damage(
    jobs: Sequence[YearJob], data: Path, progress: Progress, *, cells: bool = True
) -> None:
    """Find damaged files of every year, of stopped runs too; name and delete them.

    What they belong to is incomplete then, and is made anew. The lake can be left out: where it
    is read for new zones, each part is proved as it is read.
    """
    progress.start("proving what is kept", len(jobs))
    with ThreadPoolExecutor() as pool:  # Hashing leaves the interpreter to others.
        found = pool.map(lambda job: job.damage(cells=cells), jobs)
        for job, damage in zip(jobs, found, strict=True):
            year = f"{job.inputs.collection} {job.inputs.year}"
            for path, how in damage.items():
                progress.note(f"{year}: {path.relative_to(data)} is {how}; it is made anew")
            job.discard(damage)
            progress.advance(year)


def _source_files(inputs: Inputs, jobs: list[YearJob]) -> list[records.SourceFile]:
    ranges: dict[str, tuple[float, float]] = {}
    for job in jobs:
        ranges.update(run.facts_of(job.sums)["ranges"])
    identify = inputs.hashes.identify
    zone_path = inputs.catalogue.resolve(inputs.catalogue.zones.path)
    zone_file = zone_source_file(
        zone_path, inputs.catalogue.zones.source, identify(zone_path), inputs.zones
    )
    rasters = [
        records.SourceFile(
            path=file.path,
            role=file.role,
            source_id=file.source,
            identity=identify(file.path),
            crs=file.crs,
            unit=file.unit,
            nodata=file.nodata,
            value_range=ranges.get(file.content, (None, None)),
        )
        for file in _once_a_role(inputs.rasters.files.values())
    ]
    tables = [
        records.SourceFile(
            path=facts.path,
            role=facts.kind,
            source_id=facts.source_id,
            identity=identify(facts.path),
            unit=facts.unit,
            value_range=(facts.value_min, facts.value_max),
        )
        for facts in inputs.tables.files
    ]
    return [zone_file, *rasters, *tables]


def zone_source_file(
    path: str, source: str, identity: FileIdentity, zones: Zones
) -> records.SourceFile:
    """Describe the file of the zones, for the record of sources."""
    return records.SourceFile(
        path=path, role="zones", source_id=source, identity=identity, crs=zones.crs
    )


def _once_a_role(files: Iterable[RasterFile]) -> Iterable[RasterFile]:
    """Name a file once for each role, though several entries of the catalogue may read it."""
    return {(file.path, file.role): file for file in files}.values()


def coefficients_of(settings: Settings) -> Coefficients:
    """Return k_t and k_r of eq. 3."""
    return Coefficients(settings.temperature_coefficient, settings.precipitation_coefficient)
