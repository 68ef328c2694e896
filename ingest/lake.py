"""The lake: annual terms of every cell as Parquet, for maps, pixel trends and other zones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.grid import Block, Grid
from ingest.partitions import write_parquet
from ingest.terms import TERMS, BlockTerms

CELLS_SCHEMA = pa.schema(
    [
        ("cell_id", pa.int64()),
        *((term, pa.float64()) for term in TERMS),
        ("lithology_code", pa.int16()),
    ]
)


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
    present = ~np.isnan(terms.values).all(axis=0) | (terms.lithology > 0)
    cell_id = grid.cell_ids(block.row_start, block.row_stop).ravel()[present]
    lithology = terms.lithology[present]
    columns = [
        pa.array(cell_id),
        *(pa.array(values[present], from_pandas=True) for values in terms.values),
        pa.array(lithology, mask=lithology == 0),
    ]
    write_parquet(pa.Table.from_arrays(columns, schema=CELLS_SCHEMA), path)
    return int(present.sum())


def read_part(path: Path, block: Block, grid: Grid) -> BlockTerms:
    """Read back one block's terms, NaN where there is no data.

    Parameters
    ----------
    path : Path
        Written by `write_part` for the same block and grid.
    block : Block
        Rows of the grid.
    grid : Grid
        The target grid.

    Returns
    -------
    BlockTerms
        Of every cell of the block.
    """
    table = pq.read_table(path)
    position = table["cell_id"].to_numpy() - block.row_start * grid.width
    cells = block.rows * grid.width
    values = np.full((len(TERMS), cells), np.nan)
    for index, term in enumerate(TERMS):
        values[index, position] = table[term].to_numpy()
    lithology = np.zeros(cells, dtype=np.int16)
    lithology[position] = table["lithology_code"].fill_null(0).to_numpy()
    return BlockTerms(values, lithology)
