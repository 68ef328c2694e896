"""The job of one year: what is computed, from which files, and where its parts go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.catalogue.catalogue import Catalogue, grid_of
from ingest.catalogue.grid import Block, Grid
from ingest.catalogue.sources import FileHashes, changed_while_read, stamps_of
from ingest.rasters.terms import Coefficients
from ingest.years import lake
from ingest.years.partitions import (
    HASHES,
    RECORD,
    Partition,
    damage_of,
    recipe_of,
)
from ingest.years.plan import YearInputs
from ingest.years.provenance import Present, YearRecord, ZonesRecord
from ingest.zones.fractions import Weights
from workspace.files import read_json
from workspace.own import PART_FILE, sweep
from workspace.progress import Progress
from workspace.settings import Settings

#: With ``cells: auto`` the lake is kept for grids up to this size.
KEEP_CELLS_UP_TO = 2_000_000

#: Cells of a unit: large enough to amortise opening files, small enough for any machine's memory.
CELLS_PER_UNIT = 4_000_000

#: Key of a unit's record of the files it read, by what they are known (`workspace.files.stamp_of`).
SEEN = "seen"

SUMS_FILE = "sums.parquet"
TOTALS_FILE = "totals.parquet"
FACTS_FILE = "facts.json"
SUMS_PARTS = (SUMS_FILE, TOTALS_FILE, FACTS_FILE)


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
    zones: ZonesRecord,
    *,
    keep_cells: bool = True,
) -> YearJob:
    """Say what is to be computed for a year, and which partitions hold it."""
    unit = CELLS_PER_UNIT
    parts = tuple(map(lake.part_name, range(len(grid.blocks(unit)))))
    cells_recipe = recipe_of({"terms": year.recipe, "cells_per_unit": unit})
    sums_recipe = recipe_of({"terms": cells_recipe, "zones": weights.keys})
    place = (year.collection, year.year)
    cells = Partition(settings.lake, *place, cells_recipe, (*parts, FACTS_FILE))
    return YearJob(
        inputs=year,
        grid=grid,
        coefficients=coefficients_of(settings),
        weights=weights.files,
        cells=cells if keep_cells else None,
        sums=Partition(settings.zonal, *place, sums_recipe, SUMS_PARTS),
        zones=zones,
        cells_per_unit=unit,
    )


def present_of(catalogue: Catalogue, settings: Settings, hashes: FileHashes) -> Present:
    """Gather what partitions would be made from now."""
    return Present(catalogue, grid_of(catalogue), coefficients_of(settings), hashes, CELLS_PER_UNIT)


def coefficients_of(settings: Settings) -> Coefficients:
    """Return k_t and k_r of eq. 3."""
    return Coefficients(settings.temperature_coefficient, settings.precipitation_coefficient)


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


def refuse_changed(jobs: Sequence[YearJob], hashes: FileHashes) -> None:
    """Refuse to go on if an input is not any more what it was when it was hashed.

    What was computed from it is deleted: nothing tells which content was read.

    Raises
    ------
    InputError
        Naming the first such file.
    """
    changed = set(hashes.changed())
    for job in jobs:
        if not changed.isdisjoint(stamps_of(job.all_files)):
            for folder in (job.sums.pending, job.cells_pending):
                if folder is not None:
                    sweep(folder, PART_FILE)
    for path in sorted(changed):
        raise changed_while_read(path)


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
        (`ingest.zones.weights.write_weights`).
    cells : Partition or None
        Of the lake; None when cells are not kept.
    sums : Partition
        Of the zonal sums.
    zones : ZonesRecord
        Where the zones came from.
    cells_per_unit : int
        Most cells of a block.
    """

    inputs: YearInputs
    grid: Grid
    coefficients: Coefficients
    weights: Mapping[str, Path]
    cells: Partition | None
    sums: Partition
    zones: ZonesRecord
    cells_per_unit: int = CELLS_PER_UNIT

    @property
    def blocks(self) -> list[Block]:
        """Blocks of rows, north to south."""
        return self.grid.blocks(self.cells_per_unit)

    @property
    def is_done(self) -> bool:
        """Whether every result of the year is complete."""
        return self.sums.is_complete and (self.cells is None or self.cells.is_complete)

    def damage(self, *, cells: bool = True) -> dict[Path, str]:
        """Find the files of its partitions, and of units, that are not what was written.

        Parameters
        ----------
        cells : bool
            Whether to look at the lake, too, which is by far the most.

        Returns
        -------
        dict of Path to str
            Whether each is ``damaged`` or ``gone``.
        """
        found = {
            path: how
            for partition in (self._partitions if cells else [self.sums])
            for path, how in partition.damage().items()
        }
        for index in range(len(self.blocks)):
            path = self.unit_file(index, "json")
            if not path.is_file():
                continue
            record = read_json(path)
            if record is None:
                found[path] = "damaged"
                continue
            for name, stamp in stamps_of(record[SEEN]).items():
                if stamp != record[SEEN][name]:
                    # What was read may have been another file than the one that was hashed.
                    found[path] = f"made from {name}, which was changed since"
            for name, sha256 in record[HASHES].items():
                at = self.sums.pending if name.startswith("unit") else self.cells_pending
                how = damage_of(at / name, sha256) if at else None
                # Cells that are gone from there were installed.
                if at and how and (how == "damaged" or name.startswith("unit")):
                    found[at / name] = how
        return found

    def discard(self, damaged: Iterable[Path]) -> None:
        """Delete damaged files, which makes what they belong to incomplete."""
        for path in damaged:
            if path.name == RECORD or path.name.startswith("unit"):
                # Without its record nothing proves the rest; and units are sums by now, perhaps.
                sweep(path.parent, PART_FILE)  # Without its record nothing proves the rest.
            path.unlink(missing_ok=True)

    @property
    def read_files(self) -> list[str]:
        """Files that values are read from; none where the lake stands for them."""
        return [] if self.cells is not None and self.cells.is_complete else self.all_files

    @property
    def all_files(self) -> list[str]:
        """Files of all rasters, with headers beside them."""
        return [
            name
            for layer in self.inputs.record.layers.values()
            for file in layer.files
            for name, _ in file.parts
        ]

    @property
    def _partitions(self) -> list[Partition]:
        return [self.sums] if self.cells is None else [self.cells, self.sums]

    @property
    def cells_pending(self) -> Path | None:
        """Where cells gather."""
        return None if self.cells is None else self.cells.pending

    def unit_file(self, index: int, suffix: str) -> Path:
        """Return the path of a result of one block, before all of the year are there."""
        return self.sums.pending / f"unit-{index:05d}.{suffix}"

    def prepare(self) -> None:
        """Make the folders where results gather: workers may run as other users than readers."""
        for partition in self._partitions:
            partition.pending.mkdir(parents=True, exist_ok=True)

    def install(self) -> None:
        """Put the results of a finished year where readers find them."""
        record = YearRecord(self.inputs.record, self.cells_per_unit)
        if self.cells is not None:
            self.cells.install(record.to_json())
        self.sums.install(replace(record, zones=self.zones).to_json())
