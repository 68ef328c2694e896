"""Models that stand in for a layer which nobody has: one annual value per cell, from T and P.

They are not linear, so that they are computed cell by cell, before any mean. What they give is
labelled modelled to the last table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

#: Turc's demand is kept at this or more, mm a year: below about -7 degrees C his polynomial leaves
#: the range it was fitted on, and below -10 it is negative.
LOWEST_DEMAND_MM = 120.0


def miami_npp(temperature: Float, precipitation: Float) -> Float:
    """Return net primary production by the Miami model (Lieth 1975).

    The smaller of the temperature limit 3000 / (1 + exp(1.315 - 0.119 T)) and the rain limit
    3000 (1 - exp(-0.000664 P)), in g of dry matter, of which 45 % is carbon.

    Parameters
    ----------
    temperature : ndarray
        Annual mean, degC.
    precipitation : ndarray
        Annual sum, mm.

    Returns
    -------
    ndarray
        g C m-2 yr-1, NaN where either is.

    Examples
    --------
    >>> float(miami_npp(np.array(10.0), np.array(800.0)).round(3))
    556.336
    """
    by_temperature = 3000 / (1 + np.exp(1.315 - 0.119 * temperature))
    by_rain = 3000 * (1 - np.exp(-0.000664 * precipitation))
    result: Float = 0.45 * np.minimum(by_temperature, by_rain)
    return result


def turc_evapotranspiration(temperature: Float, precipitation: Float, offset: float = 0.9) -> Float:
    """Return actual evapotranspiration by Turc (1954), never above precipitation.

    ET = P / sqrt(0.9 + (P / L)^2) with L = 300 + 25 T + 0.05 T^3, and ET = P where P / L is below
    0.316.

    Parameters
    ----------
    temperature : ndarray
        Annual mean, degC.
    precipitation : ndarray
        Annual sum, mm.
    offset : float
        0.9; Pike (1964) has 1.

    Returns
    -------
    ndarray
        mm yr-1, NaN where either is.

    Examples
    --------
    >>> float(turc_evapotranspiration(np.array(10.0), np.array(800.0)).round(3))
    488.881
    """
    demand = np.maximum(300 + 25 * temperature + 0.05 * temperature**3, LOWEST_DEMAND_MM)
    evapotranspiration = precipitation / np.sqrt(offset + (precipitation / demand) ** 2)
    result: Float = np.minimum(evapotranspiration, precipitation)
    return result


def pike_evapotranspiration(temperature: Float, precipitation: Float) -> Float:
    """Return actual evapotranspiration as `turc_evapotranspiration`, by Pike (1964).

    Examples
    --------
    >>> float(pike_evapotranspiration(np.array(10.0), np.array(800.0)).round(3))
    480.0
    """
    return turc_evapotranspiration(temperature, precipitation, offset=1.0)


#: By the name that the catalogue has for them.
MODELS: Mapping[str, Callable[[Float, Float], Float]] = {
    "miami": miami_npp,
    "turc": turc_evapotranspiration,
    "pike": pike_evapotranspiration,
}
