"""Monthly layers to annual terms per cell, strip by strip.

Respiration (eq. 3) is not linear in temperature or rain, but it is a sum of one function of each.
So two annual terms per time base carry all that eq. 3 needs to any scale without bias: here they
are computed cell by cell, and everything after this module is linear. The coefficients that
multiply live in ``macros/``; only the two inside exp and ln are needed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.catalogue.grid import Block
from ingest.catalogue.quantities import QUANTITIES
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.decoding import Response
from ingest.rasters.layers import LayerBlock

Float = NDArray[np.float64]

#: Cells of a strip: its terms, 9 MB, stay in the cache while they are summed.
_CELLS_OF_STRIP = 131_072

#: Annual terms of a cell, in the order of ``StripTerms.values``.
TERMS = (
    "temperature_c",
    "precipitation_mm",
    "evapotranspiration_mm",
    "runoff_mm",
    "npp_gc_m2",
    "temperature_response_monthly",
    "precipitation_response_monthly",
    "temperature_response_annual",
    "precipitation_response_annual",
)

#: Those that follow from the year's own mean and totals (`follow_from_year`).
DERIVED_TERMS = (
    "runoff_mm",
    "temperature_response_annual",
    "precipitation_response_annual",
)


@dataclass(frozen=True)
class Coefficients:
    """The two response coefficients of eq. 3 (vars of ``dbt_project.yml``).

    Attributes
    ----------
    temperature : float
        k_t, per degree Celsius.
    precipitation : float
        k_r, per millimetre.
    """

    temperature: float
    precipitation: float

    @property
    def temperature_response(self) -> Response:
        """exp(k_t T)."""
        return Response("exp", self.temperature)

    @property
    def precipitation_response(self) -> Response:
        """ln(k_r R + 1)."""
        return Response("log1p", self.precipitation)


@dataclass(frozen=True)
class StripTerms:
    """Annual terms of the cells of one strip: a run of rows.

    Attributes
    ----------
    values : sequence of ndarray of float64, shape (cells,)
        One for each of `TERMS`, NaN without data.
    lithology : ndarray of int16, shape (cells,)
        Class code, 0 without data.
    """

    values: Sequence[Float]
    lithology: NDArray[np.int16]

    def term(self, name: str) -> Float:
        """Return one term, shape (cells,)."""
        return self.values[TERMS.index(name)]


def follow_from_year(terms: Mapping[str, Float], coefficients: Coefficients) -> None:
    """Fill the terms that follow from a year's own mean and totals, in place.

    Parameters
    ----------
    terms : mapping of name to ndarray, any one shape
        With temperature, precipitation and evapotranspiration of the year; runoff and the two
        annual response terms are overwritten.
    coefficients : Coefficients
        k_t and k_r of eq. 3.

    Notes
    -----
    Zhang et al. 2022, eqs 3 and 4: exp(k_t T), ln(k_r P + 1), and runoff clamped at zero cell by
    cell before any mean is taken.

    Examples
    --------
    >>> year = {name: np.zeros(2) for name in TERMS}
    >>> year["precipitation_mm"][:] = 600.0, 200.0
    >>> year["evapotranspiration_mm"][:] = 350.0
    >>> follow_from_year(year, Coefficients(0.0913, 0.3145))
    >>> year["runoff_mm"].tolist(), year["precipitation_response_annual"].round(4).tolist()
    ([250.0, 0.0], [5.2454, 4.1573])
    """
    temperature, precipitation = terms["temperature_c"], terms["precipitation_mm"]
    coefficients.temperature_response(temperature, out=terms["temperature_response_annual"])
    coefficients.precipitation_response(precipitation, out=terms["precipitation_response_annual"])
    runoff = np.subtract(precipitation, terms["evapotranspiration_mm"], out=terms["runoff_mm"])
    np.maximum(runoff, 0.0, out=runoff)


def terms_by_strip(
    layers: Mapping[str, Sequence[AlignedRaster]], block: Block, coefficients: Coefficients
) -> Iterator[tuple[Block, StripTerms]]:
    """Read one block of every layer of a year and reduce it to annual terms.

    Parameters
    ----------
    layers : mapping of quantity to sequence of AlignedRaster
        Twelve rasters for a monthly layer, one for an annual or static one.
    block : Block
        Rows of the grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3.

    Yields
    ------
    (Block, StripTerms)
        A run of the block's rows and the terms of its cells, north to south.

    Raises
    ------
    InputError
        As `ingest.rasters.layers.LayerBlock`.
    """
    responses = {
        "temperature": [coefficients.temperature_response],
        "precipitation": [coefficients.precipitation_response],
    }
    read = {
        quantity: LayerBlock(layers[quantity], block, responses.get(quantity, ()))
        for quantity in ("temperature", "precipitation", "evapotranspiration", "npp")
    }
    lithology = layers["lithology"][0].read(block)
    width = layers["lithology"][0].width
    for strip in block.strips(rows_of_strip(width)):
        values = np.zeros((len(TERMS), strip.rows, width))
        terms = dict(zip(TERMS, values, strict=True))
        for quantity, layer in read.items():
            totals = [terms[QUANTITIES[quantity].term]]
            if quantity in responses:
                totals.append(terms[f"{quantity}_response_monthly"])
            layer.add_to(totals, strip)
        terms["temperature_c"] /= len(layers["temperature"])
        follow_from_year(terms, coefficients)
        codes = np.nan_to_num(lithology[block.rows_of(strip)].ravel(), nan=0.0)
        yield strip, StripTerms(list(values.reshape(len(TERMS), -1)), codes.astype(np.int16))


def rows_of_strip(width: int) -> int:
    """Say how many rows of a grid make a strip."""
    return max(1, _CELLS_OF_STRIP // width)
