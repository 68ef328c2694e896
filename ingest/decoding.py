"""Raw codes of a file to checked values in the unit of their quantity.

A file of 16-bit codes has at most 65,536 different ones. So whatever is wanted of a value (the
value itself, its response in eq. 3) is computed once for each code and looked up for each cell,
which costs a fraction of computing it; a code without data looks up NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ingest.catalog import NodataCodes

#: Cells decoded at a time: half a megabyte of float64.
_CELLS_IN_CACHE = 65_536

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

    def __call__(self, values: Float) -> Float:
        """Apply the function to values of any shape."""
        scaled = values * self.coefficient
        result: Float = np.exp(scaled) if self.kind == "exp" else np.log1p(scaled)
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
        missing = np.isnan(raw) if raw.dtype.kind == "f" else np.zeros(raw.shape, dtype=bool)
        for code in self.nodata.values:
            if not math.isnan(code):
                # A float32 file holds its code rounded to float32.
                missing |= raw == (raw.dtype.type(code) if raw.dtype.kind == "f" else code)
        for low, high in self.nodata.ranges:
            missing |= (raw >= low) & (raw <= high)
        return missing

    def extent(self, raw: Raw) -> tuple[float, float]:
        """Return the lowest and highest value with data; (inf, -inf) if there is none."""
        missing = self.missing(raw)
        first = int(missing.argmin())
        if missing.ravel()[first]:
            return math.inf, -math.inf
        # Cheaper than compressing: what is missing takes a value that is there.
        valid = np.where(missing, raw.ravel()[first], raw)
        ends = [float(end) * self.factor + self.addend for end in (valid.min(), valid.max())]
        return min(ends), max(ends)

    def add_to(
        self,
        totals: Sequence[Float],
        raw: Raw,
        responses: Sequence[Response] = (),
    ) -> None:
        """Add the values, and each response to them, to running totals; NaN without data.

        A few rows at a time, so that everything but the totals stays in the processor's cache.

        Parameters
        ----------
        totals : sequence of ndarray of float64, shape (rows, columns)
            One for the values, then one for each response. Changed in place.
        raw : ndarray, shape (rows, columns)
            Codes of the file.
        responses : sequence of Response
            Functions of the value.

        Examples
        --------
        >>> decoder = Decoder(NodataCodes.parse(-32768), 0.1, 0.0)
        >>> raw = np.array([[215, -32768]], dtype=np.int16)
        >>> totals = [np.zeros((1, 2)), np.zeros((1, 2))]
        >>> decoder.add_to(totals, raw, [Response("exp", 0.1)])
        >>> [total.round(3).tolist() for total in totals]
        [[[21.5, nan]], [[8.585, nan]]]
        """
        rows = max(1, _CELLS_IN_CACHE // raw.shape[1])
        for start in range(0, raw.shape[0], rows):
            cut = slice(start, start + rows)
            for total, part in zip(totals, self._parts(raw[cut], responses), strict=True):
                total[cut] += part

    def _parts(self, raw: Raw, responses: Sequence[Response]) -> Iterator[Float]:
        if _fits_table(raw.dtype):
            codes = raw.view(f"u{raw.dtype.itemsize}")
            for response in (None, *responses):
                # Every code is inside the table; clipping only spares numpy the check.
                yield np.take(_table(self, raw.dtype.str, response), codes, mode="clip")
            return
        values = self.values(raw)
        values[self.missing(raw)] = np.nan
        yield values
        for response in responses:
            yield response(values)


def _fits_table(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "iu" and dtype.itemsize <= 2


@lru_cache(maxsize=64)
def _table(decoder: Decoder, dtype: str, response: Response | None) -> Float:
    """Compute the value, or the response to it, of every code there is."""
    kind = np.dtype(dtype)
    codes = np.arange(1 << (8 * kind.itemsize), dtype=f"u{kind.itemsize}").view(kind)
    values = decoder.values(codes)
    values[decoder.missing(codes)] = np.nan
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Codes that are out of range are refused before anyone looks them up.
        return values if response is None else response(values)
