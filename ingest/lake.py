"""The lake: annual terms of every cell as Parquet, for maps, pixel trends and other zones.

The layout is for both readers, SQL and new zones, and for what the columns hold. Means and totals
of 16-bit codes take few values: a dictionary makes two bytes of eight. Sums of responses take a
new value in every cell: of these only sign, exponent and leading digits repeat, so bytes of one
rank are put beside each other before lz4, which costs a fifth of what zstd does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ingest.grid import Block, Grid
from ingest.partitions import replace_file
from ingest.terms import DERIVED_TERMS, TERMS, BlockTerms, Coefficients, follow_from_year

CELLS_SCHEMA = pa.schema(
    [
        ("cell_id", pa.int64()),
        *((term, pa.float64()) for term in TERMS),
        ("lithology_code", pa.int16()),
    ]
)

#: Rows that DuckDB works on at a time; also few enough for their arrays to be reused.
_ROWS_OF_GROUP = 122_880

_DISTINCT = ("temperature_response_monthly", "precipitation_response_monthly")

#: How columns are written (`pyarrow.parquet.ParquetWriter`).
_LAYOUT: Final[dict[str, Any]] = {
    "compression": "lz4",
    "use_dictionary": [name for name in CELLS_SCHEMA.names[1:] if name not in _DISTINCT],
    "column_encoding": {
        "cell_id": "DELTA_BINARY_PACKED",
        **dict.fromkeys(_DISTINCT, "BYTE_STREAM_SPLIT"),
    },
}


def part_name(block_index: int) -> str:
    """Return the file name of one block's part of a partition."""
    return f"cells-{block_index:05d}.parquet"


def write_part(terms: BlockTerms, block: Block, grid: Grid, path: Path) -> int:
    """Write the cells of one block that have any data.

    Parameters
    ----------
    terms : BlockTerms
        Of the block.
    block : Block
        Rows of the grid.
    grid : Grid
        The target grid.
    path : Path
        File to write; it appears whole.

    Returns
    -------
    int
        Number of cells written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    written = 0
    with pq.ParquetWriter(unfinished, CELLS_SCHEMA, **_LAYOUT) as writer:
        for table in _row_groups(terms, block.row_start * grid.width):
            writer.write_table(table)
            written += table.num_rows
    replace_file(unfinished, path)
    return written


def _row_groups(terms: BlockTerms, first_cell: int) -> Iterator[pa.Table]:
    for start in range(0, terms.lithology.size, _ROWS_OF_GROUP):
        cells = slice(start, start + _ROWS_OF_GROUP)
        values, lithology = terms.values[:, cells], terms.lithology[cells]
        missing = np.isnan(values)
        present = np.flatnonzero(~missing.all(axis=0) | (lithology > 0))
        if not present.size:
            continue
        columns = [
            pa.array(present + (first_cell + start)),
            *(
                pa.array(row[present], mask=gaps[present] if gaps.any() else None)
                for row, gaps in zip(values, missing, strict=True)
            ),
            pa.array(lithology[present], mask=lithology[present] == 0),
        ]
        yield pa.Table.from_arrays(columns, schema=CELLS_SCHEMA)


def read_part(path: Path, block: Block, grid: Grid, coefficients: Coefficients) -> BlockTerms:
    """Read back one block's terms, NaN where there is no data.

    Terms that follow from others are computed, which is faster than reading them; every bit is
    what `write_part` was given.

    Parameters
    ----------
    path : Path
        Written by `write_part` for the same block and grid.
    block : Block
        Rows of the grid.
    grid : Grid
        The target grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3, as when the terms were computed.

    Returns
    -------
    BlockTerms
        Of every cell of the block.
    """
    cells = block.rows * grid.width
    values = np.full((len(TERMS), cells), np.nan)
    lithology = np.zeros(cells, dtype=np.int16)
    terms = dict(zip(TERMS, values, strict=True))
    names = [name for name in CELLS_SCHEMA.names if name not in DERIVED_TERMS]
    with pq.ParquetFile(path) as file:
        for index in range(file.num_row_groups):
            # Units run side by side: threads for each would only be in each other's way.
            table = file.read_row_group(index, columns=names, use_threads=False)
            place = _place(table["cell_id"].to_numpy() - block.row_start * grid.width)
            for name in names[1:-1]:
                terms[name][place] = table[name].to_numpy()
            lithology[place] = table["lithology_code"].fill_null(0).to_numpy()
    follow_from_year(terms, coefficients)
    return BlockTerms(values, lithology)


def _place(cells: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Return ascending cells as a slice if none is left out, which is much faster to write to."""
    first, last = int(cells[0]), int(cells[-1])
    return slice(first, last + 1) if last - first + 1 == cells.size else cells
