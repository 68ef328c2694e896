"""The whole of an ingestion: check every input, compute what is missing, load the raw schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import shapely

from ingest.catalogue.catalogue import Catalogue, grid_of
from ingest.catalogue.grid import Grid
from ingest.catalogue.sources import FileHashes, is_there
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.mosaic import open_frame
from ingest.raw import records
from ingest.raw.load import check_writable, remove_leftovers, replace_raw
from ingest.raw.records import zone_source_file
from ingest.tables.checking import TableSet, read_table, read_tables
from ingest.tables.places import check_places
from ingest.tables.reading import TableRequest
from ingest.workers.choice import open_workers
from ingest.years import inventories
from ingest.years.coverage import check_coverage
from ingest.years.inventories import (
    InventoryYear,
    check_masses,
    compute_inventories,
    plan_inventories,
    zonal_emissions,
)
from ingest.years.jobs import (
    KEEP_CELLS_UP_TO,
    YearJob,
    coefficients_of,
    discard_damage,
    keeps_cells,
    refuse_changed,
    year_job,
)
from ingest.years.plan import (
    RasterFile,
    RasterPlan,
    plan_rasters,
)
from ingest.years.provenance import ZonesRecord
from ingest.years.run import facts_of, run_jobs
from ingest.zones.fractions import Weights, zone_weights
from ingest.zones.neighbours import neighbours
from ingest.zones.polygons import Zones, read_zones
from workspace.errors import Faults
from workspace.files import only_one_at_work
from workspace.progress import Progress
from workspace.settings import Settings


@dataclass(frozen=True)
class Inputs:
    """Everything a catalogue names, read or checked, before any work starts."""

    catalogue: Catalogue
    grid: Grid
    zones: Zones
    tables: TableSet
    rasters: RasterPlan
    inventories: list[InventoryYear]
    hashes: FileHashes


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
        For every input that cannot be used, those of one file together.
    """
    faults = Faults(gather=True)
    inputs = read_inputs(catalogue, settings, progress, faults)
    if values:
        _check_values(inputs, progress, faults)
    faults.end()
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
        compute_inventories(inputs.inventories, progress, workers=chosen)
        masses = [inventory.kept for inventory in inputs.inventories]
        emissions = zonal_emissions(masses, inputs.zones, inputs.grid, settings, progress)
        refuse_changed(jobs, inputs.hashes)
        for line in check_coverage(jobs, refuse=True):
            progress.note(line)
        progress.start("raw tables", 1)
        for inventory in inputs.inventories:
            inventory.install()
        tables = {**_raw_tables(inputs, weights, jobs), **emissions.tables}
        replace_raw(settings.build_file, tables, jobs, settings.data)
        progress.advance("")
        remove_leftovers(settings, jobs, weights, emissions)
    return (
        f"{len(jobs)} years of {len(inputs.zones)} zones are in {settings.build_file}. "
        "Next: carbon build"
    )


def read_inputs(
    catalogue: Catalogue, settings: Settings, progress: Progress, faults: Faults | None = None
) -> Inputs:
    """Read zones and tables and check every raster's header: all that precedes work.

    Where faults are gathered, what they leave is read all the same, so that all of them are found.

    Raises
    ------
    InputError
        For the first input that cannot be used, or for zones that cannot be read.
    """
    faults = faults or Faults()
    grid = grid_of(catalogue)
    hashes = FileHashes(settings.hashes)
    # Hashed before they are read: a change in between is found at the end.
    tables_of = [entry.path for kind in catalogue.tables.values() for entry in kind]
    for path in map(catalogue.resolve, (catalogue.zones.path, *tables_of)):
        if is_there(path):
            hashes.identify(path)
    tables = _read_tables(catalogue, faults)
    zones = None
    with faults.noted():
        zones = read_zones(catalogue.zones_to_open, grid)
    notices = list(zones.notices) if zones is not None else []
    if zones is not None:
        with faults.noted():
            notices += check_places(tables, zones.ids)
    for line in (*notices, *(note for facts in tables.files for note in facts.notes)):
        progress.note(line)
    spans = [collection.years for collection in catalogue.collections.values()]
    progress.start("checking rasters", sum(last - first + 1 for first, last in spans))
    extent = grid.bounds
    if zones is not None:
        west, south, east, north = map(float, shapely.total_bounds(zones.geometry))
        extent = (west, south, east, north)
    plan = RasterPlan(grid, extent, hashes)
    for plan in plan_rasters(catalogue, grid, extent, coefficients_of(settings), hashes, faults):
        progress.advance(str(plan.years[-1].year) if plan.years else "")
    inventories = plan_inventories(catalogue, plan, settings.data, faults)
    hashes.remember()
    if zones is None:
        faults.end()
        raise AssertionError("zones that cannot be read are a fault")
    return Inputs(catalogue, grid, zones, tables, plan, inventories, hashes)


def _read_tables(catalogue: Catalogue, faults: Faults) -> TableSet:
    """Read all tables, or those without a fault where faults are gathered."""
    requests = list(_table_requests(catalogue))
    if faults.gather:
        sound = []
        for request in requests:
            with faults.noted():
                read_table(request)
                sound.append(request)
        requests = sound
    with faults.noted():
        return read_tables(requests)
    return read_tables([])


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


def _check_values(inputs: Inputs, progress: Progress, faults: Faults) -> None:
    """Read every value of every raster once; `AlignedRaster` refuses impossible ones."""
    frames = {
        frame: files.spec
        for year in inputs.rasters.years
        for files in year.layers.values()
        for frame in files.frames
    }
    progress.start("reading values", len(frames))
    for frame, spec in frames.items():
        with faults.noted(), open_frame(frame) as dataset:
            raster = AlignedRaster(dataset, frame.band, spec, inputs.grid, frame.path, frame.period)
            for block in inputs.grid.blocks(KEEP_CELLS_UP_TO):
                raster.read(block)
        progress.advance(Path(frame.path).name)
    for inventory in inputs.inventories:
        with faults.noted():
            doubt = check_masses(inventory)
            if doubt:
                progress.note(doubt)


def jobs_of(inputs: Inputs, weights: Weights, settings: Settings) -> list[YearJob]:
    """Lay out the work of every year, with the partitions its results go to."""
    keep = keeps_cells(inputs.catalogue, inputs.grid)
    zones = inputs.catalogue.zones_to_open
    record = ZonesRecord.of(inputs.catalogue, zones, inputs.hashes.identify(zones.path))
    return [
        year_job(year, inputs.grid, weights, settings, record, keep_cells=keep)
        for year in inputs.rasters.years
    ]


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
        "sources": records.sources_table(catalogue.sources, _models_used(catalogue)),
        "source_files": records.source_files_table(_source_files(inputs, jobs)),
        "ingest": records.ingest_table(
            catalogue, inputs.hashes.identify(str(catalogue.path)), grid
        ),
    }


def _models_used(catalogue: Catalogue) -> set[str]:
    layers = [layer for each in catalogue.collections.values() for layer in each.layers]
    return {layer.source for layer in layers if layer.model is not None}


def _source_files(inputs: Inputs, jobs: list[YearJob]) -> list[records.SourceFile]:
    ranges: dict[str, tuple[float, float]] = {}
    for job in jobs:
        ranges.update(facts_of(job.sums)["ranges"])
    for inventory in inputs.inventories:
        ranges.update(inventories.read_facts(inventory.masses)["ranges"])
    identify = inputs.hashes.identify
    zones = inputs.catalogue.zones_to_open
    zone_file = zone_source_file(zones, identify(zones.path), inputs.zones)
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


def _once_a_role(files: Iterable[RasterFile]) -> Iterable[RasterFile]:
    """Name a file once for each role, though several entries of the catalogue may read it."""
    return {(file.path, file.role): file for file in files}.values()
