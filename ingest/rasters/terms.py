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
from ingest.catalogue.quantities import GRID_QUANTITIES
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.decoding import Response
from ingest.rasters.layers import LayerBlock
from ingest.rasters.models import MODELS
from workspace.arrays import Float

#: Cells of a strip: its terms, 9 MB, stay in the cache while they are summed.
_CELLS_OF_STRIP = 131_072

_MONTHS = 12

#: Quantities that respiration responds to.
_RESPONDING = ("temperature", "precipitation")

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

#: Those that follow from the year's own mean and totals (`follow_from_year`), runoff where no layer
#: of it is given.
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


def follow_from_year(
    terms: Mapping[str, Float], coefficients: Coefficients, *, has_runoff: bool = False
) -> None:
    """Fill the terms that follow from a year's own mean and totals, in place.

    Parameters
    ----------
    terms : mapping of name to ndarray, any one shape
        With temperature, precipitation and evapotranspiration of the year; runoff and the two
        annual response terms are overwritten.
    coefficients : Coefficients
        k_t and k_r of eq. 3.
    has_runoff : bool
        Whether runoff is a layer of its own, and stays as it is.

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
    if has_runoff:
        return
    runoff = np.subtract(precipitation, terms["evapotranspiration_mm"], out=terms["runoff_mm"])
    np.maximum(runoff, 0.0, out=runoff)


def terms_by_strip(
    layers: Mapping[str, Sequence[AlignedRaster]],
    block: Block,
    coefficients: Coefficients,
    models: Mapping[str, str] | None = None,
) -> Iterator[tuple[Block, StripTerms]]:
    """Read one block of every layer of a year and reduce it to annual terms.

    Parameters
    ----------
    layers : mapping of quantity to sequence of AlignedRaster
        Twelve rasters for a monthly layer, one for an annual or static one. A quantity that is not
        there gives no term, but temperature, precipitation and lithology are.
    block : Block
        Rows of the grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3.
    models : mapping of quantity to str, optional
        Models that stand in for layers (`ingest.models.MODELS`).

    Yields
    ------
    (Block, StripTerms)
        A run of the block's rows and the terms of its cells, north to south.

    Raises
    ------
    InputError
        As `ingest.rasters.layers.LayerBlock`.
    """
    read = {
        name: LayerBlock(layers[name], block, _responses(name, layers[name], coefficients))
        for name, quantity in GRID_QUANTITIES.items()
        if name in layers and not quantity.is_class
    }
    lithology = layers["lithology"][0].read(block)
    width = layers["lithology"][0].width
    for strip in block.strips(rows_of_strip(width)):
        values = np.full((len(TERMS), strip.rows, width), np.nan)
        terms = dict(zip(TERMS, values, strict=True))
        for name, layer in read.items():
            totals = [terms[GRID_QUANTITIES[name].term]]
            if name in _RESPONDING:
                totals.append(terms[f"{name}_response_monthly"])
            for total in totals:
                total.fill(0.0)
            layer.add_to(totals, strip)
            values_a_year = layers[name][0].values_a_year
            if GRID_QUANTITIES[name].reduction == "mean":
                totals[0] /= values_a_year
            if values_a_year == 1:
                for total in totals[1:]:
                    total *= _MONTHS
        for name, model in (models or {}).items():
            term = terms[GRID_QUANTITIES[name].term]
            term[...] = MODELS[model](terms["temperature_c"], terms["precipitation_mm"])
        follow_from_year(terms, coefficients, has_runoff="runoff" in layers)
        codes = np.nan_to_num(lithology[block.rows_of(strip)].ravel(), nan=0.0)
        yield strip, StripTerms(list(values.reshape(len(TERMS), -1)), codes.astype(np.int16))


def _responses(
    name: str, rasters: Sequence[AlignedRaster], coefficients: Coefficients
) -> list[Response]:
    """List what is summed over the months of a layer beside its values.

    Where one value stands for a year, its twelve months are taken to be alike: each has the year's
    mean temperature, and a twelfth of its rain.
    """
    if name not in _RESPONDING:
        return []
    if name == "temperature":
        return [coefficients.temperature_response]
    response = coefficients.precipitation_response
    if rasters[0].values_a_year == 1:
        response = Response(response.kind, response.coefficient / _MONTHS)
    return [response]


def rows_of_strip(width: int) -> int:
    """Say how many rows of a grid make a strip."""
    return max(1, _CELLS_OF_STRIP // width)
