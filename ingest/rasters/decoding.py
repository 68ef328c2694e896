"""Raw codes of a file to checked values in the unit of their quantity.

Nearly all published rasters hold 16-bit codes, and two tricks use it. The codes of several months
are added as whole numbers, which is exact and cheap, and their sum is scaled once. A response
(eq. 3) is computed once for each of the at most 65,536 codes and looked up for each cell.

Everything is done a few rows at a time: what stays in the processor's cache is several times as
fast as what goes through memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ingest.catalogue.catalogue import NodataCodes

#: Cells worked on at a time: a handful of float64 arrays of them fit the cache of one core.
CELLS_IN_CACHE = 65_536

Float = NDArray[np.float64]
Raw = NDArray[Any]


@dataclass(frozen=True)
class Response:
    """A function of one value that is summed over months beside the value itself.

    Attributes
    ----------
    kind : {'exp', 'log1p'}
        exp(k x), or ln(k x + 1).
    coefficient : float
        k.

    Examples
    --------
    >>> Response("log1p", 0.3145)(np.array([0.0, 100.0])).round(4).tolist()
    [0.0, 3.4797]
    """

    kind: Literal["exp", "log1p"]
    coefficient: float

    def __call__(self, values: Float, out: Float | None = None) -> Float:
        """Apply the function to values of any shape, and write the result to `out` if given."""
        scaled = np.multiply(values, self.coefficient, out=out)
        function = np.exp if self.kind == "exp" else np.log1p
        result: Float = function(scaled, out=scaled)
        return result


@dataclass(frozen=True)
class Decoder:
    """What the raw codes of a raster stand for.

    Attributes
    ----------
    nodata : NodataCodes
        Codes without data; NaN always is.
    factor, addend : float
        ``value = raw * factor + addend``.
    """

    nodata: NodataCodes
    factor: float
    addend: float

    def values(self, raw: Raw) -> Float:
        """Return what codes stand for, whether they mean anything or not; same shape."""
        values: Float = raw.astype(np.float64) * self.factor + self.addend
        return values

    def missing(self, raw: Raw) -> NDArray[np.bool_]:
        """Mark the codes without data, same shape."""
        is_float = raw.dtype.kind == "f"
        missing = np.isnan(raw) if is_float else np.zeros(raw.shape, dtype=bool)
        for code in self.nodata.values:
            if is_float and not math.isnan(code):
                # A float32 file holds its code rounded to float32.
                missing |= raw == raw.dtype.type(code)
            elif code.is_integer():
                # Compared with a float, every cell would become one first.
                missing |= raw == int(code)
        for low, high in self.nodata.ranges:
            missing |= (raw >= low) & (raw <= high)
        return missing

    def survey(self, raw: Raw, gaps: NDArray[np.bool_] | None = None) -> tuple[float, float]:
        """Return the lowest and highest value with data; (inf, -inf) if there is none.

        Parameters
        ----------
        raw : ndarray, shape (rows, columns)
            Codes of the file.
        gaps : ndarray of bool, same shape, optional
            Cells without data are marked here too.
        """
        low, high = math.inf, -math.inf
        for rows in few_rows(*raw.shape):
            missing = self.missing(raw[rows])
            if gaps is not None:
                gaps[rows] |= missing
            lowest, highest = self._extent_of_codes(raw[rows], missing)
            low, high = min(low, lowest), max(high, highest)
        if low > high:
            return math.inf, -math.inf
        ends = low * self.factor + self.addend, high * self.factor + self.addend
        return min(ends), max(ends)

    def _extent_of_codes(self, raw: Raw, missing: NDArray[np.bool_]) -> tuple[float, float]:
        if not missing.any():
            return float(raw.min()), float(raw.max())
        if missing.all():
            return math.inf, -math.inf
        if raw.dtype.kind == "f":
            ends = np.where(missing, np.inf, raw).min(), np.where(missing, -np.inf, raw).max()
            return float(ends[0]), float(ends[1])
        # The lowest code there can be, which taking 1 away turns into the highest where there is
        # no data: several times as fast as choosing cells.
        bound = np.iinfo(raw.dtype).min - missing.astype(raw.dtype)
        return float(np.maximum(raw, bound).min()), float(np.minimum(raw, ~bound).max())

    def add_to(
        self,
        totals: Sequence[Float],
        months: Sequence[Raw] | Raw,
        gaps: NDArray[np.bool_],
        responses: Sequence[Response] = (),
    ) -> None:
        """Add the values of all months, and each response to them, to running totals.

        Parameters
        ----------
        totals : sequence of ndarray of float64, shape (rows, columns)
            One for the values, then one for each response. Changed in place: NaN in gaps.
        months : sequence of ndarray, or ndarray, shape (months, rows, columns)
            Codes of files, all of one type. An annual layer is one month.
        gaps : ndarray of bool, shape (rows, columns)
            Cells for which any month has no data, from `survey`.
        responses : sequence of Response
            Functions of the value.

        Examples
        --------
        >>> decoder = Decoder(NodataCodes.parse(-32768), 0.1, 0.0)
        >>> months = [np.array([[215, -32768]], np.int16), np.array([[5, 5]], np.int16)]
        >>> gaps = np.zeros((1, 2), dtype=bool)
        >>> [[round(end, 3) for end in decoder.survey(raw, gaps)] for raw in months]
        [[21.5, 21.5], [0.5, 0.5]]
        >>> totals = [np.zeros((1, 2)), np.zeros((1, 2))]
        >>> decoder.add_to(totals, months, gaps, [Response("exp", 0.1)])
        >>> [total.round(3).tolist() for total in totals]
        [[[22.0, nan]], [[9.636, nan]]]
        """
        add = self._add_codes if has_few_codes(months[0].dtype) else self._add_values
        for rows in few_rows(*months[0].shape):
            parts = [total[rows] for total in totals]
            add(parts, [raw[rows] for raw in months], responses)
            if gaps[rows].any():
                for part in parts:
                    np.copyto(part, np.nan, where=gaps[rows])

    def _add_codes(
        self, totals: Sequence[Float], months: Sequence[Raw], responses: Sequence[Response]
    ) -> None:
        whole = np.zeros(months[0].shape, dtype=np.int32)
        for raw in months:
            whole += raw
        totals[0][...] += whole * self.factor + len(months) * self.addend
        for total, response in zip(totals[1:], responses, strict=True):
            table = _table(self, months[0].dtype.str, response)
            for raw in months:
                # Every code is inside the table; clipping only spares numpy the check.
                total += np.take(table, raw.view(f"u{raw.dtype.itemsize}"), mode="clip")

    def _add_values(
        self, totals: Sequence[Float], months: Sequence[Raw], responses: Sequence[Response]
    ) -> None:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            # A code without data may have no response; what comes of it is in a gap.
            for raw in months:
                values = self.values(raw)
                for total, response in zip(totals, (None, *responses), strict=True):
                    total += values if response is None else response(values)


def few_rows(rows: int, columns: int) -> Iterator[slice]:
    """Cut an array into runs of rows that fit the processor's cache.

    Examples
    --------
    >>> list(few_rows(5, 32_768))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    step = max(1, CELLS_IN_CACHE // columns)
    return (slice(start, start + step) for start in range(0, rows, step))


def has_few_codes(dtype: np.dtype[Any]) -> bool:
    """Tell whether a table can hold every code: whole numbers of at most 16 bits."""
    return dtype.kind in "iu" and dtype.itemsize <= 2


@lru_cache(maxsize=64)
def _table(decoder: Decoder, dtype: str, response: Response) -> Float:
    """Compute the response to every code there is."""
    kind = np.dtype(dtype)
    codes = np.arange(1 << (8 * kind.itemsize), dtype=f"u{kind.itemsize}").view(kind)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Codes that are out of range are refused before anyone looks them up.
        return response(decoder.values(codes))
