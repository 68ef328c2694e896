"""The job of one year: what is computed, from which files, and where its parts go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.grid import Block, Grid
from ingest.rasters.terms import Coefficients
from ingest.years import lake
from ingest.years.partitions import Partition, recipe_of
from ingest.years.plan import (
    YearInputs,
)
from ingest.zones.fractions import Weights
from workspace.settings import Settings

#: With ``cells: auto`` the lake is kept for grids up to this size.
KEEP_CELLS_UP_TO = 2_000_000

#: Cells of a unit: large enough to amortise opening files, small enough for any machine's memory.
CELLS_PER_UNIT = 4_000_000

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
    zones: Mapping[str, Any],
    *,
    keep_cells: bool = True,
) -> YearJob:
    """Say what is to be computed for a year, and which partitions hold it."""
    unit = CELLS_PER_UNIT
    parts = tuple(map(lake.part_name, range(len(grid.blocks(unit)))))
    cells_recipe = recipe_of({"terms": year.recipe, "cells_per_unit": unit})
    sums_recipe = recipe_of({"terms": cells_recipe, "zones": weights.keys})
    place = (year.collection, year.year)
    cells = Partition(settings.data / "lake", *place, cells_recipe, (*parts, FACTS_FILE))
    return YearJob(
        inputs=year,
        grid=grid,
        coefficients=coefficients_of(settings),
        weights=weights.files,
        cells=cells if keep_cells else None,
        sums=Partition(settings.data / "zonal", *place, sums_recipe, SUMS_PARTS),
        zones=zones,
        cells_per_unit=unit,
    )


def coefficients_of(settings: Settings) -> Coefficients:
    """Return k_t and k_r of eq. 3."""
    return Coefficients(settings.temperature_coefficient, settings.precipitation_coefficient)


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
    zones : mapping
        Where the zones came from, as JSON, for the record.
    cells_per_unit : int
        Most cells of a block.
    """

    inputs: YearInputs
    grid: Grid
    coefficients: Coefficients
    weights: Mapping[str, Path]
    cells: Partition | None
    sums: Partition
    zones: Mapping[str, Any]
    cells_per_unit: int = CELLS_PER_UNIT

    @property
    def blocks(self) -> list[Block]:
        """Blocks of rows, north to south."""
        return self.grid.blocks(self.cells_per_unit)

    @property
    def is_done(self) -> bool:
        """Whether every result of the year is complete."""
        return self.sums.is_complete and (self.cells is None or self.cells.is_complete)

    def prepare(self) -> None:
        """Make the folders where results gather: workers may run as other users than readers."""
        for partition in (self.sums, self.cells):
            if partition is not None:
                partition.pending.mkdir(parents=True, exist_ok=True)

    def install(self) -> None:
        """Put the results of a finished year where readers find them."""
        made_from = {
            "terms": self.inputs.ingredients,
            "cells_per_unit": self.cells_per_unit,
            "files": self.inputs.files,
        }
        if self.cells is not None:
            self.cells.install(made_from)
        self.sums.install({**made_from, "zones": self.zones})
