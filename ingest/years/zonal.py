"""Cell terms to zonal sums: the product of sparse zone weights and terms, in float64.

A formula may use only cells where all its layers are valid. Rather than one product for each mask,
cells are grouped by which layers they have (and by lithology class), and one product gives every
zone's sums group by group. Any joint mask, and the lithology breakdown, is then a sum of groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ingest.rasters.terms import TERMS, StripTerms
from ingest.zones.weights import StripWeights

Float = NDArray[np.float64]

FRACTION_RULE: Final = "fraction"
CENTRE_RULE: Final = "centre"

#: Layers whose validity decides the group of a cell, with the term that shows it.
VALIDITY = (
    ("has_temperature", "temperature_c"),
    ("has_precipitation", "precipitation_mm"),
    ("has_evapotranspiration", "evapotranspiration_mm"),
    ("has_npp", "npp_gc_m2"),
)
_VALIDITY_BITS = len(VALIDITY)

#: Columns of zonal sums: the product of each term with the weight in km2.
SUM_COLUMNS = tuple(f"{term}_km2" for term in TERMS)

SUMS_SCHEMA = pa.schema(
    [
        ("zone_index", pa.int32()),
        ("zonal_rule", pa.string()),
        ("group_code", pa.int32()),
        ("cell_count", pa.int64()),
        ("area_km2", pa.float64()),
        *((column, pa.float64()) for column in SUM_COLUMNS),
    ]
)
TOTALS_SCHEMA = pa.schema(
    [("measure", pa.string()), ("outside_sum", pa.float64()), ("grid_sum", pa.float64())]
)


@dataclass(frozen=True)
class GroupedSums:
    """Sums of one rule over a run of rows, one row for each zone and group of cells that occur.

    Attributes
    ----------
    keys : ndarray of int64, shape (rows,)
        ``zone_index * group_span + group_code``, ascending.
    cell_count : ndarray of int64, shape (rows,)
        Cells with a weight.
    sums : ndarray of float64, shape (rows, 1 + len(TERMS))
        Area in km2, then each term times km2.
    """

    keys: NDArray[np.int64]
    cell_count: NDArray[np.int64]
    sums: Float


GROUP_SPAN = 1 << (_VALIDITY_BITS + 8)


def group_codes(terms: StripTerms) -> NDArray[np.int32]:
    """Give each cell a number for its lithology class and the layers it has.

    Parameters
    ----------
    terms : StripTerms
        Of one strip.

    Returns
    -------
    ndarray of int32, shape (cells,)
        ``lithology * 16 + validity bits``; see `split_group_code`.
    """
    codes = terms.lithology.astype(np.int32) << _VALIDITY_BITS
    for bit, (_, term) in enumerate(VALIDITY):
        codes |= (~np.isnan(terms.term(term))).astype(np.int32) << bit
    return codes


def split_group_code(code: int) -> tuple[int, tuple[bool, ...]]:
    """Return lithology class (0 without data) and validity of each layer of `VALIDITY`.

    Examples
    --------
    >>> split_group_code(6 * 16 + 0b1011)
    (6, (True, True, False, True))
    """
    flags = tuple(bool(code >> bit & 1) for bit in range(_VALIDITY_BITS))
    return code >> _VALIDITY_BITS, flags


@dataclass(frozen=True)
class Segments:
    """Runs of neighbouring cells that are alike for every weight and group, and their sums.

    Within a zone most neighbours have one fraction and one group. What is the same for all of them
    need be multiplied once.

    Attributes
    ----------
    start : ndarray of int64, shape (n,)
        First cell of each; a segment ends where the next one starts.
    of_cell : ndarray of int64, shape (cells,)
        Segment of each cell.
    cells : ndarray of int64, shape (n,)
        Number of cells.
    code : ndarray of int32, shape (n,)
        Group of its cells (`group_codes`).
    sums : ndarray of float64, shape (1 + len(TERMS), n)
        Area in km2, then each term times km2.
    """

    start: NDArray[np.int64]
    of_cell: NDArray[np.int64]
    cells: NDArray[np.int64]
    code: NDArray[np.int32]
    sums: Float


def segments(
    terms: StripTerms,
    codes: NDArray[np.int32],
    area_km2: Float,
    weights: Sequence[StripWeights],
) -> Segments:
    """Cut a strip into segments and sum the terms over each.

    Parameters
    ----------
    terms : StripTerms
        Of the strip, with zeros where there is no data (`fill_gaps`).
    codes : ndarray of int32, shape (cells,)
        From `group_codes`, before the gaps were filled.
    area_km2 : ndarray, shape (cells,)
        True cell areas.
    weights : sequence of StripWeights
        None of their runs begins or ends within a segment.

    Returns
    -------
    Segments
        From west to east and north to south.
    """
    begins = np.zeros(codes.size + 1, dtype=bool)
    begins[0] = True
    np.not_equal(codes[1:], codes[:-1], out=begins[1:-1])
    for weight in weights:
        begins[weight.first_cell] = True
        begins[weight.first_cell + weight.cells] = True
    start = np.flatnonzero(begins[:-1])
    sums = np.empty((1 + len(TERMS), start.size))
    np.add.reduceat(area_km2, start, out=sums[0])
    product = np.empty(codes.size)
    for values, row in zip(terms.values, sums[1:], strict=True):
        np.add.reduceat(np.multiply(values, area_km2, out=product), start, out=row)
    return Segments(
        start=start,
        of_cell=np.cumsum(begins[:-1]) - 1,
        cells=np.diff(start, append=codes.size),
        code=codes[start],
        sums=sums,
    )


def grouped_sums(parts: Segments, weights: StripWeights) -> GroupedSums:
    """Sum the terms of one strip by zone and group of cells.

    Parameters
    ----------
    parts : Segments
        Of the strip, cut by these weights too.
    weights : StripWeights
        How much of each cell belongs to each zone.

    Returns
    -------
    GroupedSums
        In float64, in a fixed order whatever the executor.
    """
    run, segment = _segments_of_runs(parts, weights)
    keys = weights.zone_index[run].astype(np.int64) * GROUP_SPAN + parts.code[segment]
    present, row = np.unique(keys, return_inverse=True)
    # Rows of the matrix keep the order of cells, so that a sum has one order of adding.
    matrix = csr_matrix(
        (weights.fraction[run], (row, segment)), shape=(present.size, parts.start.size)
    )
    counts = np.bincount(row, weights.cell_change[run] * parts.cells[segment], present.size)
    sums = np.column_stack([matrix @ values for values in parts.sums])
    return GroupedSums(present, counts.astype(np.int64), sums)


def _segments_of_runs(
    parts: Segments, weights: StripWeights
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each run with the segments it consists of."""
    first = parts.of_cell[weights.first_cell]
    count = parts.of_cell[weights.first_cell + weights.cells - 1] - first + 1
    run = np.repeat(np.arange(count.size), count)
    segment = np.arange(run.size) - np.repeat(np.cumsum(count) - count - first, count)
    return run, segment


class Tally:
    """Running sums over strips of one unit, in the order they are added."""

    def __init__(self) -> None:
        self._by_fraction: list[GroupedSums] = []
        self._change: list[GroupedSums] = []
        self._totals = {name: np.zeros(1 + len(TERMS)) for name in TOTALS_SCHEMA.names[1:]}

    def add(
        self,
        terms: StripTerms,
        area_km2: Float,
        fractions: StripWeights,
        difference: StripWeights,
    ) -> None:
        """Add the cells of a strip.

        Parameters
        ----------
        terms : StripTerms
            Of the strip. Its gaps are filled with zeros.
        area_km2 : ndarray, shape (cells,)
            True cell areas.
        fractions, difference : StripWeights
            Shares of cells in zones, and how the centre rule differs from them.
        """
        codes = group_codes(terms)
        fill_gaps(terms)
        parts = segments(terms, codes, area_km2, [fractions, difference])
        self._by_fraction.append(grouped_sums(parts, fractions))
        self._change.append(grouped_sums(parts, difference))
        self._totals["grid_sum"] += grid_sums(terms, area_km2)
        self._totals["outside_sum"] += outside_sums(parts, fractions)

    def sums(self) -> pa.Table:
        """Return the sums of both rules, of `SUMS_SCHEMA`."""
        by_fraction = merge_sums(self._by_fraction)
        by_centre = add_sums(by_fraction, merge_sums(self._change))
        return pa.concat_tables(
            [sums_table(by_fraction, FRACTION_RULE), sums_table(by_centre, CENTRE_RULE)]
        )

    def totals(self) -> pa.Table:
        """Return the sums over the grid and outside every zone, of `TOTALS_SCHEMA`."""
        measures = ["area_km2", *SUM_COLUMNS]
        return pa.table({"measure": measures, **self._totals}, schema=TOTALS_SCHEMA)


def add_sums(first: GroupedSums, second: GroupedSums) -> GroupedSums:
    """Add two sums of the same zones, and drop the rows that no cell is left in."""
    merged = merge_sums([first, second])
    kept = merged.cell_count > 0
    return GroupedSums(merged.keys[kept], merged.cell_count[kept], merged.sums[kept])


def merge_sums(blocks: Sequence[GroupedSums]) -> GroupedSums:
    """Add the sums of blocks or strips, in the order given.

    Parameters
    ----------
    blocks : sequence of GroupedSums
        Of one year and rule, north to south.

    Returns
    -------
    GroupedSums
        Of all their rows.
    """
    keys = np.unique(np.concatenate([block.keys for block in blocks]))
    cell_count = np.zeros(keys.size, dtype=np.int64)
    sums = np.zeros((keys.size, 1 + len(TERMS)))
    for block in blocks:
        position = np.searchsorted(keys, block.keys)
        cell_count[position] += block.cell_count
        sums[position] += block.sums
    return GroupedSums(keys, cell_count, sums)


def sums_table(sums: GroupedSums, rule: str) -> pa.Table:
    """Write grouped sums as a table of `SUMS_SCHEMA`."""
    columns = {
        "zone_index": (sums.keys // GROUP_SPAN).astype(np.int32),
        "zonal_rule": pa.array([rule] * sums.keys.size, pa.string()),
        "group_code": (sums.keys % GROUP_SPAN).astype(np.int32),
        "cell_count": sums.cell_count,
        "area_km2": sums.sums[:, 0],
        **{name: sums.sums[:, index] for index, name in enumerate(SUM_COLUMNS, start=1)},
    }
    return pa.table(columns, schema=SUMS_SCHEMA)


def table_sums(table: pa.Table, rule: str) -> GroupedSums:
    """Read back what `sums_table` wrote, for one rule."""
    rows = table.filter(pa.compute.equal(table["zonal_rule"], rule))
    zone = rows["zone_index"].to_numpy().astype(np.int64)
    return GroupedSums(
        keys=zone * GROUP_SPAN + rows["group_code"].to_numpy(),
        cell_count=rows["cell_count"].to_numpy(),
        sums=np.column_stack(
            [rows[name].to_numpy() for name in ("area_km2", *SUM_COLUMNS)]
        ).reshape(rows.num_rows, 1 + len(TERMS)),
    )


def grid_sums(terms: StripTerms, area_km2: Float) -> Float:
    """Sum the terms over all cells, without the help of segments and weights.

    That makes mass conservation (grid = zones + outside) a test and not a tautology.

    Parameters
    ----------
    terms : StripTerms
        Of the strip, with zeros where there is no data (`fill_gaps`).
    area_km2 : ndarray, shape (cells,)
        True cell areas.

    Returns
    -------
    ndarray of float64, shape (1 + len(TERMS),)
        Area in km2, then each term times km2.
    """
    # Unlike a product of BLAS, einsum has one order of adding whatever the threads.
    sums = (np.einsum("c,c->", values, area_km2) for values in terms.values)
    return np.array([area_km2.sum(), *sums])


def outside_sums(parts: Segments, fractions: StripWeights) -> Float:
    """Sum the terms over what lies outside every zone; as `grid_sums`."""
    run, segment = _segments_of_runs(parts, fractions)
    covered = np.bincount(segment, fractions.fraction[run], parts.start.size)
    outside: Float = np.einsum("ts,s->t", parts.sums, 1.0 - covered)
    return outside


def fill_gaps(terms: StripTerms) -> None:
    """Put zero where a term has no data, in place: its group says that nothing is there."""
    for values in terms.values:
        gaps = np.isnan(values)
        if gaps.any():
            np.copyto(values, 0.0, where=gaps)
