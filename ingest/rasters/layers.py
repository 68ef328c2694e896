"""The rasters of one layer in one block of the grid: read once, decoded strip by strip.

Codes of 16 bits take a quarter of the memory of values. So those of a whole block wait here, for
months that are opened and read one after the other, and become values a strip at a time: what is
computed with them then stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.catalogue.grid import Block
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.decoding import Response

Float = NDArray[np.float64]


class _Part(Protocol):
    def add_to(self, totals: Sequence[Float], rows: slice) -> None: ...


class LayerBlock:
    """What the rasters of a layer hold in one block, read and checked.

    Parameters
    ----------
    rasters : sequence of AlignedRaster
        The months of a layer, or the one raster of an annual layer.
    block : Block
        Rows of the grid.
    responses : sequence of Response
        Functions of the value.

    Raises
    ------
    InputError
        If a file cannot be read, or holds an impossible value: the message names file, band,
        count and range. The range of all that was read so far is kept in ``low`` and ``high`` of
        each raster.
    """

    def __init__(
        self, rasters: Sequence[AlignedRaster], block: Block, responses: Sequence[Response] = ()
    ) -> None:
        self._block = block
        self._parts: list[_Part] = []
        for _, group in groupby(rasters, key=lambda raster: raster.likeness):
            alike = list(group)
            kind = _Codes if alike[0].coincides else _Warped
            self._parts.append(kind(alike, block, responses))

    def add_to(self, totals: Sequence[Float], strip: Block) -> None:
        """Add the values of all rasters, and each response to them, to running totals.

        Parameters
        ----------
        totals : sequence of ndarray of float64, shape (rows of the strip, width)
            One for the values, in the unit of the quantity, then one for each response. A cell
            without data becomes NaN. Changed in place.
        strip : Block
            Rows of the block.
        """
        for part in self._parts:
            part.add_to(totals, self._block.rows_of(strip))


class _Codes:
    """Codes of rasters whose cells are cells of the grid, and which mean the same."""

    def __init__(
        self, rasters: Sequence[AlignedRaster], block: Block, responses: Sequence[Response]
    ) -> None:
        first = rasters[0]
        self._decoder, self._responses = first.decoder, responses
        self._rows, self._columns = slice(0, 0), slice(0, 0)
        self._months = np.empty((len(rasters), 0, 0), first.dtype)
        self._gaps = np.empty((0, 0), dtype=bool)
        placed = first.placed(block)
        if placed is not None:
            window, (self._rows, self._columns) = placed
            self._months = np.empty((len(rasters), window.height, window.width), first.dtype)
            self._gaps = np.zeros((window.height, window.width), dtype=bool)
            for raster, raw in zip(rasters, self._months, strict=True):
                raster.read_codes(window, self._gaps, out=raw)

    def add_to(self, totals: Sequence[Float], rows: slice) -> None:
        start, stop = max(rows.start, self._rows.start), min(rows.stop, self._rows.stop)
        inside = slice(max(start - rows.start, 0), max(stop - rows.start, 0))
        for total in totals:
            _forget_outside(total, inside, self._columns)
        if start < stop:
            own = slice(start - self._rows.start, stop - self._rows.start)
            parts = [total[inside, self._columns] for total in totals]
            months, gaps = self._months[:, own], self._gaps[own]
            self._decoder.add_to(parts, months, gaps, self._responses)


class _Warped:
    """Totals of rasters whose cells are not the grid's: warped whole, and only their sums kept."""

    def __init__(
        self, rasters: Sequence[AlignedRaster], block: Block, responses: Sequence[Response]
    ) -> None:
        self._totals = [np.zeros((block.rows, rasters[0].width)) for _ in (None, *responses)]
        for raster in rasters:
            values = raster.resampled(block)
            self._totals[0] += values
            for total, response in zip(self._totals[1:], responses, strict=True):
                total += response(values)

    def add_to(self, totals: Sequence[Float], rows: slice) -> None:
        for total, own in zip(totals, self._totals, strict=True):
            total += own[rows]


def _forget_outside(total: Float, rows: slice, columns: slice) -> None:
    """Leave no value where rasters do not reach."""
    total[: rows.start] = np.nan
    total[rows.stop :] = np.nan
    total[:, : columns.start] = np.nan
    total[:, columns.stop :] = np.nan
