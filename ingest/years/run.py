"""The work: units of (year, block of rows), each computed once, in parallel, resumable.

A unit reads its block of every layer, writes its cells to the lake and sums them over the zones,
all while the block is in memory. When the last unit of a year is there, the year's sums are added
up in the order of the blocks, so that the result does not depend on who computed what when.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.catalogue.grid import Block, Grid
from ingest.catalogue.sources import changed_while_read, stamps_of
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.mosaic import open_frame
from ingest.rasters.terms import StripTerms, terms_by_strip
from ingest.workers.base import Workers
from ingest.workers.choice import own_workers
from ingest.years import lake, zonal
from ingest.years.jobs import FACTS_FILE, SEEN, SUMS_FILE, TOTALS_FILE, YearJob
from ingest.years.partitions import HASHES, Partition
from ingest.years.plan import LayerFiles, models_of
from ingest.zones.weights import WeightRuns, read_runs
from workspace.errors import InputError
from workspace.files import parquet_of, read_json, read_proved, write_json, write_parquet
from workspace.progress import Progress

#: Below this many cells in all, starting processes costs more than it saves.
_SERIAL_BELOW = 20_000_000

#: Lowest and highest value, by content of a file.
Ranges = dict[str, tuple[float, float]]


def run_jobs(
    jobs: Sequence[YearJob], progress: Progress, *, workers: Workers | None = None
) -> None:
    """Compute every year that is not complete yet.

    Parameters
    ----------
    jobs : sequence of YearJob
        In any order.
    progress : Progress
        Told of each finished unit.
    workers : Workers, optional
        Where units run; by default processes of this machine, or this process for small work.

    Raises
    ------
    InputError
        For the first impossible value or damaged file met, or if workers are lost for good.
        Units that were finished stay, and the next run goes on from there.
    """
    waiting = [job for job in jobs if not job.is_done]
    units = [(job, index) for job in waiting for index in range(len(job.blocks))]
    missing = Counter(job.sums for job, _ in units)
    progress.start("rasters to cell terms and zonal sums", len(units))
    if not units:
        return
    for job in waiting:
        job.prepare()
    if workers is None:
        cells = sum(job.grid.cell_count for job in waiting)
        workers = own_workers(parallel=cells > _SERIAL_BELOW, progress=progress)
    with closing(workers.completed(compute_unit, units, _files_read(waiting))) as completed:
        for position in completed:
            job, _ = units[position]
            missing[job.sums] -= 1
            if missing[job.sums] == 0:
                finish_year(job)
            progress.advance(f"{job.inputs.collection} {job.inputs.year}")


def _files_read(jobs: Iterable[YearJob]) -> Iterator[tuple[str, str | None]]:
    """Name what units will read, with the variable of a raster."""
    for job in jobs:
        for path in job.weights.values():
            yield str(path), None
        if job.cells is None or not job.cells.is_complete:
            for files in job.inputs.layers.values():
                for frame in files.frames:
                    yield from ((path, frame.variable) for path in frame.tiles or (frame.path,))


def compute_unit(job: YearJob, index: int) -> None:
    """Compute one block of one year: cells to the lake, sums to the pending partition.

    A unit whose files are already there is left as it is.

    Parameters
    ----------
    job : YearJob
        The year.
    index : int
        Position in ``job.blocks``.
    """
    if all(path.is_file() for path in _results_of_unit(job, index)):
        return
    ranges: Ranges = {}
    hashes: dict[str, str] = {}
    files = job.read_files
    before = stamps_of(files)
    tally = zonal.Tally()
    fractions, difference = _weights(job.weights["fraction"]), _weights(job.weights["difference"])
    for strip, terms in _terms_of(job, index, ranges, hashes):
        rows = (strip.row_start, strip.row_stop)
        area_km2 = job.grid.cell_areas_km2(*rows).ravel()
        tally.add(terms, area_km2, fractions.strip(*rows), difference.strip(*rows))
    for table, suffix in ((tally.sums(), "parquet"), (tally.totals(), "totals.parquet")):
        path = job.unit_file(index, suffix)
        hashes[path.name] = write_parquet(table, path)
    seen = stamps_of(files)
    for name, stamp in before.items():
        if seen[name] != stamp:
            raise changed_while_read(name)
    write_json({"ranges": ranges, HASHES: hashes, SEEN: seen}, job.unit_file(index, "json"))


def finish_year(job: YearJob) -> None:
    """Add up the units of a year, which makes its partitions complete.

    Raises
    ------
    InputError
        If a file of a unit is not what was written.
    """
    units = [_unit_record(job, index) for index in range(len(job.blocks))]
    hashes = {name: sha256 for unit in units for name, sha256 in unit[HASHES].items()}
    facts = _merged_facts(units)
    if job.cells is not None and not job.cells.is_complete:
        written = {FACTS_FILE: write_json(facts, job.cells.pending / FACTS_FILE)}
        job.cells.complete({**hashes, **written})
    if job.sums.is_complete:
        return

    def tables(suffix: str) -> list[pa.Table]:
        paths = [job.unit_file(index, suffix) for index in range(len(units))]
        return [parquet_of(read_proved(path, hashes[path.name])) for path in paths]

    parts = tables("parquet")
    merged = [
        zonal.sums_table(zonal.merge_sums([zonal.table_sums(part, rule) for part in parts]), rule)
        for rule in (zonal.FRACTION_RULE, zonal.CENTRE_RULE)
    ]
    folder = job.sums.pending
    job.sums.complete(
        {
            SUMS_FILE: write_parquet(pa.concat_tables(merged), folder / SUMS_FILE),
            TOTALS_FILE: write_parquet(_added(tables("totals.parquet")), folder / TOTALS_FILE),
            FACTS_FILE: write_json(facts, folder / FACTS_FILE),
        }
    )


def _terms_of(
    job: YearJob, index: int, ranges: Ranges, hashes: dict[str, str]
) -> Iterator[tuple[Block, StripTerms]]:
    """Read a block from the lake if its year is there, else from the rasters.

    Fills ``ranges``, and ``hashes`` of what it writes.
    """
    block, part = job.blocks[index], lake.part_name(index)
    if job.cells is not None and job.cells.is_complete:
        ranges.update(facts_of(job.cells)["ranges"])
        yield from lake.read_part(
            job.cells.part(part),
            job.cells.read(part),
            block,
            job.grid,
            job.coefficients,
            has_runoff="runoff" in job.inputs.layers,
        )
        return
    with ExitStack() as stack:
        layers = _opened(job.inputs.layers, job.grid, stack)
        keep = None
        if job.cells is not None:
            keep = stack.enter_context(lake.open_part(job.cells.pending / part, job.grid))
        for strip, terms in terms_by_strip(
            layers, block, job.coefficients, models_of(job.inputs.layers)
        ):
            if keep is not None:
                keep(strip, terms)
            yield strip, terms
        for name, rasters in layers.items():
            contents = job.inputs.layers[name].contents
            for raster, content in zip(rasters, contents, strict=True):
                _widen(ranges, content, raster.low, raster.high)
    if keep is not None:
        hashes[part] = keep.file.sha256


def facts_of(partition: Partition) -> dict[str, Ranges]:
    """Read what was noted of the rasters of a year: the range of each.

    Raises
    ------
    InputError
        If it is not what was written.
    """
    return dict(json.loads(partition.read(FACTS_FILE)))


def _opened(
    layers: Mapping[str, LayerFiles], grid: Grid, stack: ExitStack
) -> dict[str, list[AlignedRaster]]:
    """Open every file of a year once, until the stack is left."""
    opened: dict[tuple[str, str | None, tuple[str, ...]], object] = {}

    def rasters(files: LayerFiles) -> Iterator[AlignedRaster]:
        for frame in files.frames:
            key = (frame.path, frame.variable, frame.tiles)
            if key not in opened:
                opened[key] = stack.enter_context(open_frame(frame))
            yield AlignedRaster(opened[key], frame.band, files.spec, grid, frame.path, frame.period)

    return {name: list(rasters(files)) for name, files in layers.items() if files.frames}


def _unit_record(job: YearJob, index: int) -> dict[str, Any]:
    path = job.unit_file(index, "json")
    record = read_json(path)
    if record is None:
        raise InputError(
            "is damaged: it is not what was written", where=str(path), fix="run: carbon ingest"
        )
    return record


def _merged_facts(units: Iterable[Mapping[str, Any]]) -> dict[str, Ranges]:
    ranges: Ranges = {}
    for unit in units:
        for content, (low, high) in unit["ranges"].items():
            _widen(ranges, content, low, high)
    return {"ranges": ranges}


def _widen(ranges: Ranges, content: str, low: float, high: float) -> None:
    if low <= high:
        known = ranges.get(content, (low, high))
        ranges[content] = (min(known[0], low), max(known[1], high))


def _added(tables: Sequence[pa.Table]) -> pa.Table:
    """Add totals of blocks, in order."""
    columns = {}
    for name in ("outside_sum", "grid_sum"):
        columns[name] = np.sum([table[name].to_numpy() for table in tables], axis=0)
    return pa.table({"measure": tables[0]["measure"], **columns}, schema=zonal.TOTALS_SCHEMA)


@lru_cache(maxsize=2)
def _weights(path: Path) -> WeightRuns:
    weights = read_runs(path, path.stem)
    if weights is None:
        raise InputError(
            "the zone weights are gone or damaged", where=str(path), fix="run: carbon ingest"
        )
    return weights


def _results_of_unit(job: YearJob, index: int) -> list[Path]:
    files = [job.unit_file(index, suffix) for suffix in ("parquet", "totals.parquet", "json")]
    return files if job.cells is None else [*files, job.cells.part(lake.part_name(index))]
