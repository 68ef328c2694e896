"""The lake: annual terms of every cell as Parquet, for maps, pixel trends and other zones.

The layout is for both readers, SQL and new zones, and for what the columns hold. Means and totals
of 16-bit codes take few values: a dictionary makes two bytes of eight. Sums of responses take a
new value in every cell: of these only sign, exponent and leading digits repeat, so bytes of one
rank are put beside each other before lz4, which costs a fifth of what zstd does. A strip of rows
is a row group, so that new zones take them as they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ingest.catalogue.grid import Block, Grid
from ingest.rasters.terms import (
    DERIVED_TERMS,
    TERMS,
    Coefficients,
    StripTerms,
    follow_from_year,
    rows_of_strip,
)
from workspace.errors import InputError
from workspace.files import HashedFile, whole_file

CELLS_SCHEMA = pa.schema(
    [
        ("cell_id", pa.int64()),
        *((term, pa.float64()) for term in TERMS),
        ("lithology_code", pa.int16()),
    ]
)

_DISTINCT = ("temperature_response_monthly", "precipitation_response_monthly")

#: How columns are written (`pyarrow.parquet.ParquetWriter`).
_LAYOUT: Final[dict[str, Any]] = {
    "compression": "lz4",
    "write_statistics": ["cell_id"],  # readers ask for cells, not for values
    "use_dictionary": [name for name in CELLS_SCHEMA.names[1:] if name not in _DISTINCT],
    "column_encoding": {
        "cell_id": "DELTA_BINARY_PACKED",
        **dict.fromkeys(_DISTINCT, "BYTE_STREAM_SPLIT"),
    },
}


def part_name(block_index: int) -> str:
    """Return the file name of one block's part of a partition."""
    return f"cells-{block_index:05d}.parquet"


@dataclass(frozen=True)
class PartWriter:
    """Writes the cells of one block; afterwards it knows the hash of the file.

    Attributes
    ----------
    file : HashedFile
        What is written.
    writer : pyarrow.parquet.ParquetWriter
        Writes it.
    width : int
        Cells in a row of the grid.
    """

    file: HashedFile
    writer: pq.ParquetWriter
    width: int

    def __call__(self, strip: Block, terms: StripTerms) -> None:
        """Write the cells of a strip that have any data, as a row group."""
        table = _cells_with_data(terms, strip.row_start * self.width)
        if table.num_rows:
            self.writer.write_table(table, row_group_size=table.num_rows)


@contextmanager
def open_part(path: Path, grid: Grid) -> Iterator[PartWriter]:
    """Write the cells of one block, strip by strip.

    Parameters
    ----------
    path : Path
        File to write; it appears whole at the end, or not at all.
    grid : Grid
        The target grid.

    Yields
    ------
    PartWriter
        Takes a strip and its terms, and writes the cells that have any data.
    """
    with whole_file(path) as file, pq.ParquetWriter(file, CELLS_SCHEMA, **_LAYOUT) as writer:
        yield PartWriter(file, writer, grid.width)


def _cells_with_data(terms: StripTerms, first_cell: int) -> pa.Table:
    missing = [np.isnan(row) for row in terms.values]
    nothing = np.logical_and.reduce(missing)
    cells = np.flatnonzero(~nothing | (terms.lithology > 0))
    if not cells.size:
        return CELLS_SCHEMA.empty_table()
    place = _place(cells)
    lithology = terms.lithology[place]
    columns = [
        pa.array(cells + first_cell),
        *(
            pa.array(row[place], mask=gaps[place] if gaps.any() else None)
            for row, gaps in zip(terms.values, missing, strict=True)
        ),
        pa.array(lithology, mask=lithology == 0),
    ]
    return pa.Table.from_arrays(columns, schema=CELLS_SCHEMA)


def read_part(
    path: Path,
    content: bytes,
    block: Block,
    grid: Grid,
    coefficients: Coefficients,
    *,
    has_runoff: bool = False,
) -> Iterator[tuple[Block, StripTerms]]:
    """Read back one block's terms, NaN where there is no data.

    Terms that follow from others are computed, which is faster than reading them; every bit is
    what was written.

    Parameters
    ----------
    path : Path
        Of the part, for messages.
    content : bytes
        What `open_part` wrote for the same block and grid.
    block : Block
        Rows of the grid.
    grid : Grid
        The target grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3, as when the terms were computed.
    has_runoff : bool
        Whether runoff came from a layer of its own.

    Yields
    ------
    (Block, StripTerms)
        Every strip of the block, north to south.

    Raises
    ------
    InputError
        If the part was written in other strips than this version reads.
    """
    derived = _derived(has_runoff)
    names = [name for name in CELLS_SCHEMA.names if name not in derived]
    rows = rows_of_strip(grid.width)
    with pq.ParquetFile(pa.BufferReader(content)) as file:
        # Units run side by side: threads for each would only be in each other's way.
        groups = (
            file.read_row_group(index, columns=names, use_threads=False)
            for index in range(file.num_row_groups)
        )
        group = next(groups, None)
        for strip in block.strips(rows):
            cells = None
            # A strip without data has no group.
            if group is not None and group["cell_id"][0].as_py() < strip.row_stop * grid.width:
                cells, group = group, next(groups, None)
                if not _lies_in(cells["cell_id"], strip, grid):
                    raise _other_strips(path)
            yield strip, _terms_of(cells, strip, grid, coefficients, has_runoff)
        if group is not None:
            raise _other_strips(path)


def _lies_in(cell_id: pa.ChunkedArray, strip: Block, grid: Grid) -> bool:
    first, last = cell_id[0].as_py() // grid.width, cell_id[-1].as_py() // grid.width
    return bool(strip.row_start <= first and last < strip.row_stop)


def _other_strips(path: Path) -> InputError:
    return InputError(
        "was written in strips of other rows",
        where=str(path),
        fix="delete the folder it lies in, and ingest again",
    )


def _derived(has_runoff: bool) -> tuple[str, ...]:
    """List the terms that are computed and not read."""
    return tuple(name for name in DERIVED_TERMS if not (has_runoff and name == "runoff_mm"))


def _terms_of(
    cells: pa.Table | None,
    strip: Block,
    grid: Grid,
    coefficients: Coefficients,
    has_runoff: bool,
) -> StripTerms:
    size = strip.rows * grid.width
    derived = _derived(has_runoff)
    stored = [name for name in TERMS if name not in derived]
    if cells is None:
        terms = {name: np.full(size, np.nan) for name in stored}
        lithology = np.zeros(size, dtype=np.int16)
    else:
        place = _place(cells["cell_id"].to_numpy() - strip.row_start * grid.width)
        # Arrays of Arrow's as they are, where nothing is missing in them.
        columns = {name: cells[name].chunk(0) for name in stored}
        terms = {
            name: _spread(column.to_numpy(zero_copy_only=False), place, size, np.nan)
            for name, column in columns.items()
        }
        codes = cells["lithology_code"].fill_null(0).to_numpy()
        lithology = _spread(codes, place, size, 0)
    terms |= {name: np.empty(size) for name in derived}
    follow_from_year(terms, coefficients, has_runoff=has_runoff)
    return StripTerms([terms[name] for name in TERMS], lithology)


def _spread(
    found: NDArray[Any], place: slice | NDArray[np.int64], size: int, empty: float
) -> NDArray[Any]:
    """Put the values of some cells at their places among all cells."""
    if found.size == size:
        return found
    everywhere = np.full(size, empty, dtype=found.dtype)
    everywhere[place] = found
    return everywhere


def _place(cells: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Return ascending cells as a slice if none is left out, which is much faster to use."""
    first, last = int(cells[0]), int(cells[-1])
    return slice(first, last + 1) if last - first + 1 == cells.size else cells
