"""Tables of how much of every cell belongs to every zone: their forms in memory and on disk.

`ingest.zones.fractions` makes them, once for all years; what works on rasters only reads them, and
need not load the libraries that they are made with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ingest.catalogue.grid import Grid
from workspace.files import replace_file, unfinished_part

if TYPE_CHECKING:
    from ingest.zones.polygons import Zones

Rule = Literal["fraction", "centre", "difference"]
FloatArray = NDArray[np.float64]

FORMAT_VERSION = 2


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

    Nearly all cells lie inside a zone beside their like: runs of them along a row take a small
    part of the space, and of the time to read.

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
    unfinished = unfinished_part(path)
    pq.write_table(
        table,
        unfinished,
        compression="zstd",
        use_dictionary=["fraction", "cells"],
        column_encoding={"zone_index": "DELTA_BINARY_PACKED", "first_cell": "DELTA_BINARY_PACKED"},
    )
    replace_file(unfinished, path)


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
