"""The work: units of (year, block of rows), each computed once, in parallel, resumable.

A unit reads its block of every layer, writes its cells to the lake and sums them over the zones,
all while the block is in memory. When the last unit of a year is there, the year's sums are added
up in the order of the blocks, so that the result does not depend on who computed what when.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for_object
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest import lake, zonal
from ingest.errors import InputError
from ingest.fractions import WeightRuns, read_runs
from ingest.grid import Block, Grid
from ingest.partitions import Partition, write_json, write_parquet
from ingest.plan import LayerFiles, YearInputs
from ingest.progress import Progress
from ingest.rasters import AlignedRaster, open_raster
from ingest.terms import BlockTerms, Coefficients, block_terms

#: Cells of a unit: large enough to amortise opening files, small enough for any machine's memory.
CELLS_PER_UNIT = 2_000_000

#: Below this many cells in all, starting processes costs more than it saves.
_SERIAL_BELOW = 20_000_000

SUMS_FILE = "sums.parquet"
TOTALS_FILE = "totals.parquet"
FACTS_FILE = "facts.json"
SUMS_PARTS = (SUMS_FILE, TOTALS_FILE, FACTS_FILE)


@dataclass(frozen=True)
class YearJob:
    """One year to compute, with the places its results go to.

    Attributes
    ----------
    inputs : YearInputs
        The rasters.
    grid : Grid
        The target grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3.
    weights : mapping of rule to Path
        Fractions, and their difference from the centre rule, each in a file named after its key
        (`ingest.fractions.write_weights`).
    cells : Partition or None
        Of the lake; None when cells are not kept.
    sums : Partition
        Of the zonal sums.
    cells_per_unit : int
        Most cells of a block.
    """

    inputs: YearInputs
    grid: Grid
    coefficients: Coefficients
    weights: Mapping[str, Path]
    cells: Partition | None
    sums: Partition
    cells_per_unit: int = CELLS_PER_UNIT

    @property
    def blocks(self) -> list[Block]:
        """Blocks of rows, north to south."""
        return self.grid.blocks(self.cells_per_unit)

    @property
    def is_done(self) -> bool:
        """Whether every result of the year is complete."""
        return self.sums.is_complete and (self.cells is None or self.cells.is_complete)

    def install(self) -> None:
        """Put the results of a finished year where readers find them."""
        if self.cells is not None:
            self.cells.install()
        self.sums.install()


def run_jobs(
    jobs: Sequence[YearJob], progress: Progress, *, executor: Executor | None = None
) -> None:
    """Compute every year that is not complete yet.

    Parameters
    ----------
    jobs : sequence of YearJob
        In any order.
    progress : Progress
        Told of each finished unit.
    executor : concurrent.futures.Executor, optional
        Where units run; by default processes of this machine, or this process for small work.

    Raises
    ------
    InputError
        For the first impossible value or damaged file met, or if a worker process was killed.
        Units that were finished stay, and the next run goes on from there.
    """
    waiting = [job for job in jobs if not job.is_done]
    units = [(job, index) for job in waiting for index in range(len(job.blocks))]
    missing = Counter(job.sums for job, _ in units)
    progress.start("rasters to cell terms and zonal sums", len(units))
    with ExitStack() as stack:
        if executor is None and len(units) * _cells_per_unit(units) > _SERIAL_BELOW:
            executor = stack.enter_context(worker_pool())
        try:
            for job, _ in _computed(units, executor):
                missing[job.sums] -= 1
                if missing[job.sums] == 0:
                    finish_year(job)
                progress.advance(f"{job.inputs.collection} {job.inputs.year}")
        except BrokenProcessPool:
            raise InputError(
                "a worker process was killed, as systems do when memory runs out",
                mend="the same command with fewer --workers goes on from here",
            ) from None


def worker_pool(workers: int | None = None) -> ProcessPoolExecutor:
    """Start processes for units of work, one for each core by default.

    They are spawned, because threads of this process (the progress bar, GDAL, Arrow) would leave
    locks behind in a forked copy.
    """
    count = workers or os.cpu_count() or 1
    pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin_worker)
    # They inherit that Ctrl-C is ignored, and leave it to this process to stop them in good order.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(count):
            pool.submit(os.getpid)
    finally:
        signal.signal(signal.SIGINT, handler)
    return pool


def _begin_worker() -> None:
    """Never outlive the parent, even one that was killed."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for_object([sentinel])
    os._exit(1)


def _cells_per_unit(units: Sequence[tuple[YearJob, int]]) -> int:
    if not units:
        return 0
    grid = units[0][0].grid
    return grid.cell_count // len(units[0][0].blocks)


def _computed(
    units: Iterable[tuple[YearJob, int]], executor: Executor | None
) -> Iterator[tuple[YearJob, int]]:
    """Yield units as they are finished, with a bounded number under way."""
    if executor is None:
        for unit in units:
            compute_unit(*unit)
            yield unit
        return
    under_way: dict[Future[None], tuple[YearJob, int]] = {}
    limit = 4 * (getattr(executor, "_max_workers", None) or 8)
    try:
        for unit in units:
            under_way[executor.submit(compute_unit, *unit)] = unit
            if len(under_way) >= limit:
                yield from _collect(under_way)
        while under_way:
            yield from _collect(under_way)
    finally:
        for future in under_way:
            future.cancel()


def _collect(
    under_way: dict[Future[None], tuple[YearJob, int]],
) -> Iterator[tuple[YearJob, int]]:
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for future in done:
        unit = under_way.pop(future)
        future.result()
        yield unit


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
    marker = _unit_file(job, index, "json")
    if all(path.is_file() for path in _results_of_unit(job, index)):
        return
    block = job.blocks[index]
    terms, ranges = _terms_of(job, index, block)
    area_km2 = job.grid.cell_areas_km2(block.row_start, block.row_stop).ravel()
    codes = zonal.group_codes(terms)
    zonal.fill_gaps(terms)
    fractions, difference = (
        _weights(job.weights[rule]).block(block.row_start, block.row_stop)
        for rule in ("fraction", "difference")
    )
    by_fraction = zonal.grouped_sums(terms, codes, fractions, area_km2)
    change = zonal.grouped_sums(terms, codes, difference, area_km2)
    by_rule = {
        zonal.FRACTION_RULE: by_fraction,
        zonal.CENTRE_RULE: zonal.add_sums(by_fraction, change),
    }
    tables = [zonal.sums_table(sums, rule) for rule, sums in by_rule.items()]
    write_parquet(pa.concat_tables(tables), _unit_file(job, index, "parquet"))
    covered = np.bincount(fractions.cell, fractions.fraction, minlength=area_km2.size)
    totals = zonal.grid_totals(terms, area_km2, covered)
    write_parquet(totals, _unit_file(job, index, "totals.parquet"))
    write_json({"ranges": ranges}, marker)


def finish_year(job: YearJob) -> None:
    """Add up the units of a year, which makes its partitions complete."""
    count = len(job.blocks)
    facts = _merged_facts(job, count)
    if job.cells is not None and not job.cells.is_complete:
        write_json(facts, job.cells.pending / FACTS_FILE)
    if job.sums.is_complete:
        return
    parts = [pq.read_table(_unit_file(job, index, "parquet")) for index in range(count)]
    merged = [
        zonal.sums_table(zonal.merge_sums([zonal.table_sums(part, rule) for part in parts]), rule)
        for rule in (zonal.FRACTION_RULE, zonal.CENTRE_RULE)
    ]
    totals = [pq.read_table(_unit_file(job, index, "totals.parquet")) for index in range(count)]
    write_parquet(pa.concat_tables(merged), job.sums.pending / SUMS_FILE)
    write_parquet(_added(totals), job.sums.pending / TOTALS_FILE)
    write_json(facts, job.sums.pending / FACTS_FILE)


def _terms_of(
    job: YearJob, index: int, block: Block
) -> tuple[BlockTerms, dict[str, tuple[float, float]]]:
    """Read the block from the lake if its year is there, else from the rasters."""
    part = lake.part_name(index)
    if job.cells is not None and job.cells.is_complete:
        facts = json.loads(job.cells.part(FACTS_FILE).read_text(encoding="utf-8"))
        terms = lake.read_part(job.cells.part(part), block, job.grid, job.coefficients)
        return terms, facts["ranges"]
    terms, ranges = _decode(job, block)
    if job.cells is not None:
        lake.write_part(terms, block, job.grid, job.cells.pending / part)
    return terms, ranges


def _decode(job: YearJob, block: Block) -> tuple[BlockTerms, dict[str, tuple[float, float]]]:
    """Open every file of the year once and compute the block's terms."""
    with ExitStack() as stack:
        opened: dict[tuple[str, str | None], object] = {}

        def rasters(files: LayerFiles) -> list[AlignedRaster]:
            aligned = []
            for frame in files.frames:
                key = (frame.path, frame.variable)
                if key not in opened:
                    opened[key] = stack.enter_context(open_raster(*key))
                aligned.append(
                    AlignedRaster(opened[key], frame.band, files.spec, job.grid, frame.path)
                )
            return aligned

        layers = {name: rasters(files) for name, files in job.inputs.layers.items()}
        terms = block_terms(layers, block, job.coefficients)
        ranges: dict[str, tuple[float, float]] = {}
        for name, files in job.inputs.layers.items():
            for raster, content in zip(layers[name], files.contents, strict=True):
                _widen(ranges, content, raster.low, raster.high)
    return terms, ranges


def _merged_facts(job: YearJob, count: int) -> dict[str, dict[str, tuple[float, float]]]:
    ranges: dict[str, tuple[float, float]] = {}
    for index in range(count):
        unit = json.loads(_unit_file(job, index, "json").read_text(encoding="utf-8"))
        for content, (low, high) in unit["ranges"].items():
            _widen(ranges, content, low, high)
    return {"ranges": ranges}


def _widen(ranges: dict[str, tuple[float, float]], content: str, low: float, high: float) -> None:
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
        raise InputError("the zone weights are gone", where=str(path), mend="ingest again")
    return weights


def _results_of_unit(job: YearJob, index: int) -> list[Path]:
    files = [_unit_file(job, index, suffix) for suffix in ("parquet", "totals.parquet", "json")]
    return files if job.cells is None else [*files, job.cells.part(lake.part_name(index))]


def _unit_file(job: YearJob, index: int, suffix: str) -> Path:
    return job.sums.pending / f"unit-{index:05d}.{suffix}"
