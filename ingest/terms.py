"""Monthly layers to annual terms per cell, for one block of one year.

Respiration (eq. 3) is not linear in temperature or rain, but it is a sum of one function of each.
So two annual terms per time base carry all that eq. 3 needs to any scale without bias: here they
are computed cell by cell, and everything after this module is linear. The coefficients that
multiply live in ``macros/``; only the two inside exp and ln are needed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.grid import Block
from ingest.rasters import AlignedRaster

Float = NDArray[np.float64]

#: Annual terms of a cell, in the order of the rows of ``BlockTerms.values``.
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


@dataclass(frozen=True)
class BlockTerms:
    """Annual terms of the cells of one block.

    Attributes
    ----------
    values : ndarray of float64, shape (len(TERMS), cells)
        NaN without data.
    lithology : ndarray of int16, shape (cells,)
        Class code, 0 without data.
    """

    values: Float
    lithology: NDArray[np.int16]

    def term(self, name: str) -> Float:
        """Return one term, shape (cells,)."""
        values: Float = self.values[TERMS.index(name)]
        return values


def climate_terms(
    temperature: Sequence[Float], precipitation: Sequence[Float], coefficients: Coefficients
) -> dict[str, Float]:
    """Reduce twelve months of climate to its annual terms.

    Parameters
    ----------
    temperature : sequence of 12 ndarray, shape (cells,)
        Monthly mean, degrees Celsius.
    precipitation : sequence of 12 ndarray, shape (cells,)
        Monthly total, mm.
    coefficients : Coefficients
        k_t and k_r of eq. 3.

    Returns
    -------
    dict of ndarray, shape (cells,)
        ``temperature_c`` (mean), ``precipitation_mm`` (sum) and the four response terms: sums over
        the months of exp(k_t T) and ln(k_r R + 1), and the same functions of the year's mean and
        total. A cell that lacks a month has NaN.

    Notes
    -----
    Zhang et al. 2022, eq. 3, after Pei et al. 2009.

    Examples
    --------
    Twelve months at 20 degrees and 100 mm: 12 exp(0.0913 x 20) = 74.508, 12 ln(32.45) = 41.757.

    >>> months = [np.array([20.0])] * 12, [np.array([100.0])] * 12
    >>> terms = climate_terms(*months, Coefficients(0.0913, 0.3145))
    >>> terms["temperature_response_monthly"].round(3), terms["precipitation_mm"]
    (array([74.508]), array([1200.]))
    """
    k_t, k_r = coefficients.temperature, coefficients.precipitation
    mean_temperature = _sum(temperature) / len(temperature)
    total_precipitation = _sum(precipitation)
    return {
        "temperature_c": mean_temperature,
        "precipitation_mm": total_precipitation,
        "temperature_response_monthly": _sum([np.exp(k_t * month) for month in temperature]),
        "precipitation_response_monthly": _sum([np.log1p(k_r * month) for month in precipitation]),
        "temperature_response_annual": np.exp(k_t * mean_temperature),
        "precipitation_response_annual": np.log1p(k_r * total_precipitation),
    }


def runoff_mm(precipitation: Float, evapotranspiration: Float) -> Float:
    """Annual runoff, clamped at zero cell by cell before any mean is taken.

    Parameters
    ----------
    precipitation, evapotranspiration : ndarray, any shape
        Annual totals, mm.

    Returns
    -------
    ndarray, same shape
        mm; NaN where either is missing.

    Examples
    --------
    >>> runoff_mm(np.array([600.0, 200.0]), np.array([350.0, 350.0]))
    array([250.,   0.])
    """
    return np.maximum(precipitation - evapotranspiration, 0.0)


def block_terms(
    layers: Mapping[str, Sequence[AlignedRaster]], block: Block, coefficients: Coefficients
) -> BlockTerms:
    """Read one block of every layer of a year and reduce it to annual terms.

    Parameters
    ----------
    layers : mapping of quantity to sequence of AlignedRaster
        Twelve rasters for a monthly layer, one for an annual or static one.
    block : Block
        Rows of the grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3.

    Returns
    -------
    BlockTerms
        Of the block's cells, row by row.
    """
    terms = climate_terms(
        [raster.read(block).ravel() for raster in layers["temperature"]],
        [raster.read(block).ravel() for raster in layers["precipitation"]],
        coefficients,
    )
    for quantity, term in (
        ("evapotranspiration", "evapotranspiration_mm"),
        ("npp", "npp_gc_m2"),
    ):
        terms[term] = _sum([raster.read(block).ravel() for raster in layers[quantity]])
    terms["runoff_mm"] = runoff_mm(terms["precipitation_mm"], terms["evapotranspiration_mm"])
    lithology = layers["lithology"][0].read(block).ravel()
    return BlockTerms(
        values=np.stack([terms[name] for name in TERMS]),
        lithology=np.nan_to_num(lithology, nan=0.0).astype(np.int16),
    )


def _sum(arrays: Sequence[Float]) -> Float:
    total = arrays[0].copy()
    for array in arrays[1:]:
        total += array
    return total
