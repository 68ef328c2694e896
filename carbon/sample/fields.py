"""Recipes of the sample's fields: pure functions on arrays, no files.

The climate of one year is the ITU-R climatology plus seeded, smooth anomalies.  Net primary
production is made from the respiration of that climate, so that the sample's net ecosystem
production is known beforehand.  The respiration coefficients below are therefore part of a
frozen data set: they must not follow the `vars` of a user's `dbt_project.yml`, or the data
would change with the model that is run on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FIRST_YEAR = 1997
LAST_YEAR = 2017
YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))

MIDDLE_YEAR = (FIRST_YEAR + LAST_YEAR) / 2
SCENARIO_YEARS = tuple(range(2025, 2061))
"""Years of the scenario rasters, as in the study."""

SEED = 19972017
"""Root seed of every anomaly; each (quantity, year, month) has its own stream."""

TEMPERATURE_TREND_C_YR = 0.03
"""Warming of the sample, centred on the middle year; about China's observed 0.3 degC a decade."""

FILL_NPP = -9999
"""Outside the window of the data set."""
FILL_WATER = 32767
FILL_ICE = 32764
FILL_BARREN = 32765
"""Fill codes of the MOD17A3 product: open water, perennial snow and ice, barren land."""

RESPIRATION_SCALE = 0.22 * 30 * 0.465
RESPIRATION_PER_C = 0.0913
RESPIRATION_PER_MM = 0.3145


def smooth_noise(
    longitude: Array,
    latitude: Array,
    stream: tuple[int, ...],
    *,
    waves: int = 24,
    wavelength_degrees: tuple[float, float] = (8.0, 40.0),
) -> Array:
    """Return a smooth random field of mean about 0 and variance about 1.

    The field is a sum of plane waves with random direction, length and phase: exactly
    repeatable, and cheap because a plane wave is an outer product.

    Parameters
    ----------
    longitude, latitude : array, shapes (columns,) and (rows,)
        Cell centres, degrees.
    stream : tuple of int
        Names the random stream, for example (quantity, year, month).
    waves : int
        Number of plane waves.
    wavelength_degrees : (float, float)
        Shortest and longest wave.

    Returns
    -------
    array, shape (rows, columns)

    Examples
    --------
    >>> x, y = np.arange(73.0, 135.0), np.arange(18.0, 54.0)
    >>> field = smooth_noise(x, y, (1, 1997, 1))
    >>> field.shape, bool(np.array_equal(field, smooth_noise(x, y, (1, 1997, 1))))
    ((36, 62), True)
    """
    rng = np.random.default_rng((SEED, *stream))
    shortest, longest = wavelength_degrees
    length = shortest * (longest / shortest) ** rng.random(waves)
    direction = 2 * np.pi * rng.random(waves)
    phase = 2 * np.pi * rng.random(waves)
    wave_x = 2 * np.pi * np.cos(direction) / length
    wave_y = 2 * np.pi * np.sin(direction) / length
    angle_x = np.outer(wave_x, longitude)
    angle_y = np.outer(wave_y, latitude) + phase[:, None]
    # cos(x + y) = cos x cos y - sin x sin y: one matrix product for all waves.
    along_x = np.concatenate([np.cos(angle_x), -np.sin(angle_x)])
    along_y = np.concatenate([np.cos(angle_y), np.sin(angle_y)])
    field: Array = np.sqrt(2 / waves) * (along_y.T @ along_x)
    return field


def climate_of_year(climatology: Climatology, year: int) -> tuple[Array, Array]:
    """Return monthly temperature and precipitation of one year.

    Temperature is the climatology plus a centred warming trend and smooth anomalies (0.35 degC
    for the year, 0.6 degC for each month).  Precipitation is multiplied by a log-normal factor
    of mean 1 (8 % for the year, 18 % for each month).  Both are rounded to 0.1 as stored.

    Parameters
    ----------
    climatology : Climatology
    year : int

    Returns
    -------
    temperature, precipitation : arrays, shape (12, rows, columns)
        degC and mm per month; NaN outside the window.
    """
    warming = TEMPERATURE_TREND_C_YR * (year - MIDDLE_YEAR)
    return _with_anomalies(climatology, (year,), warming, rain_factor=1.0)


def climate_of_scenario(
    climatology: Climatology, scenario: Scenario, year: int
) -> tuple[Array, Array]:
    """Return monthly temperature and precipitation of one year of a scenario.

    As `climate_of_year`, but from the last observed year on the scenario's own warming, and rain
    that grows by a constant share of itself.

    Parameters
    ----------
    climatology : Climatology
    scenario : Scenario
    year : int
        After `LAST_YEAR`.

    Returns
    -------
    temperature, precipitation : arrays, shape (12, rows, columns)
        degC and mm per month; NaN outside the window.
    """
    beyond = year - LAST_YEAR
    warming = TEMPERATURE_TREND_C_YR * (LAST_YEAR - MIDDLE_YEAR) + scenario.warming_c_yr * beyond
    rain_factor = (1 + scenario.rain_growth_yr) ** beyond
    return _with_anomalies(climatology, (year, scenario.number), warming, rain_factor=rain_factor)


def scenario_npp(
    recipe: ProductionRecipe,
    respiration: Array,
    scenario: Scenario,
    year: int,
    sink_scale: float,
) -> npt.NDArray[np.int16]:
    """Return the stored NPP grid of one year of a scenario, on the grid of its climate.

    Respiration plus a surplus that grows from its level of the last observed years by a constant
    share of that level: fertilisation by CO2, made up.

    Parameters
    ----------
    recipe : ProductionRecipe
        On the 0.25 degree grid.
    respiration : array, shape (rows, columns)
        Annual respiration on the 0.5 degree grid, g C m-2 yr-1.
    scenario : Scenario
    year : int
    sink_scale : float
        Factor of the sink pattern at `LAST_YEAR`.

    Returns
    -------
    array of int16, shape (rows, columns)
        0.1 g C m-2 yr-1; `FILL_NPP` outside the window, `FILL_BARREN` where most of a cell's land
        has no vegetation.
    """
    growth = 1 + scenario.sink_growth_yr * (year - LAST_YEAR)
    surplus = average_pairs(sink_scale * growth * recipe.sink - recipe.source)
    production = np.maximum(respiration + surplus, 0.0)
    bare = average_pairs(average_pairs((recipe.cover != 0).astype(np.float64)))
    stored = np.where(np.isnan(production), FILL_NPP, np.round(production * 10))
    stored = np.where((bare > 0.5) & (stored >= 0), FILL_BARREN, stored)
    return stored.astype(np.int16)


def last_level(scales: dict[int, float], years: int = 5) -> float:
    """Return the mean factor of the last observed years, from which the scenarios set out.

    Examples
    --------
    >>> last_level({2014: 9.0, 2015: 1.0, 2016: 2.0, 2017: 3.0}, years=3)
    2.0
    """
    chosen = sorted(scales)[-years:]
    return sum(scales[year] for year in chosen) / len(chosen)


def coarsen(climatology: Climatology) -> Climatology:
    """Return a climatology on the grid of half the resolution.

    Parameters
    ----------
    climatology : Climatology

    Returns
    -------
    Climatology
        Means of every 2 x 2 cells; odd edges as `average_pairs`.
    """
    step = climatology.longitude[1] - climatology.longitude[0]
    return Climatology(
        climatology.longitude[::2] + step / 2,
        climatology.latitude[::2] - step / 2,
        np.stack([average_pairs(month) for month in climatology.temperature]),
        np.stack([average_pairs(month) for month in climatology.precipitation]),
    )


def turc_evapotranspiration(temperature: Array, precipitation: Array) -> Array:
    """Return annual actual evapotranspiration by Turc (1954), never above precipitation.

    ET = P / sqrt(0.9 + (P / L)^2) with L = 300 + 25 T + 0.05 T^3.  L is kept at 120 mm or more:
    below about -8 degC the polynomial leaves the range it was fitted on.

    Parameters
    ----------
    temperature : array
        Annual mean, degC.
    precipitation : array
        Annual sum, mm.

    Returns
    -------
    array
        mm per year.

    Examples
    --------
    >>> float(turc_evapotranspiration(np.array(10.0), np.array(600.0)).round(1))
    435.3
    """
    demand = np.maximum(300 + 25 * temperature + 0.05 * temperature**3, 120.0)
    evapotranspiration = precipitation / np.sqrt(0.9 + (precipitation / demand) ** 2)
    result: Array = np.minimum(evapotranspiration, precipitation)
    return result


def miami_npp(temperature: Array, precipitation: Array) -> Array:
    """Return net primary production by the Miami model (Lieth 1975), in g C m-2 yr-1.

    The smaller of the temperature limit 3000 / (1 + exp(1.315 - 0.119 T)) and the rain limit
    3000 (1 - exp(-0.000664 P)), in g of dry matter, of which 45 % is carbon.

    Parameters
    ----------
    temperature : array
        Annual mean, degC.
    precipitation : array
        Annual sum, mm.

    Returns
    -------
    array

    Examples
    --------
    >>> float(miami_npp(np.array(16.0), np.array(1100.0)).round(1))
    699.7
    """
    by_temperature = 3000 / (1 + np.exp(1.315 - 0.119 * temperature))
    by_rain = 3000 * (1 - np.exp(-0.000664 * precipitation))
    result: Array = 0.45 * np.minimum(by_temperature, by_rain)
    return result


def annual_respiration(temperature: Array, precipitation: Array) -> Array:
    """Return heterotrophic respiration of one year from its twelve months, g C m-2 yr-1.

    Eq. (3) of the study with monthly values: sum of 0.22 x 30 x 46.5 % x
    (exp(0.0913 T) + ln(0.3145 R + 1)).

    Parameters
    ----------
    temperature, precipitation : array, shape (12, ...)
        degC and mm per month.

    Returns
    -------
    array, shape (...)

    Examples
    --------
    >>> float(annual_respiration(np.full(12, 7.2), np.full(12, 50.0)).round(1))
    174.8
    """
    terms = np.exp(RESPIRATION_PER_C * temperature) + np.log1p(RESPIRATION_PER_MM * precipitation)
    result: Array = RESPIRATION_SCALE * terms.sum(axis=0)
    return result


def refine(field: Array) -> Array:
    """Split every cell into 2 x 2 so that the mean of the four is the cell's own value.

    Slopes are those of the flatter neighbour (minmod), so no new extremes appear.

    Parameters
    ----------
    field : array, shape (rows, columns)
        NaN where there is no data.

    Returns
    -------
    array, shape (2 rows, 2 columns)

    Examples
    --------
    >>> refine(np.array([[0.0, 4.0, 8.0]])).round(6).tolist()[0]
    [0.0, 0.0, 3.0, 5.0, 8.0, 8.0]
    """
    slope_x = _minmod(field, axis=1)
    slope_y = _minmod(field, axis=0)
    fine = np.empty((field.shape[0] * 2, field.shape[1] * 2))
    for row_offset, sign_y in ((0, -1.0), (1, 1.0)):
        for column_offset, sign_x in ((0, -1.0), (1, 1.0)):
            fine[row_offset::2, column_offset::2] = (
                field + 0.25 * sign_x * slope_x + 0.25 * sign_y * slope_y
            )
    return fine


def net_primary_production(
    recipe: ProductionRecipe, respiration: Array, year: int, sink_scale: float
) -> npt.NDArray[np.int16]:
    """Return the stored NPP grid of one year: respiration plus sink minus source, with fills.

    Parameters
    ----------
    recipe : ProductionRecipe
    respiration : array, shape (rows, columns)
        Annual respiration on the climate grid, g C m-2 yr-1.
    year : int
    sink_scale : float
        Calibrated factor of the sink pattern in that year.

    Returns
    -------
    array of int16, shape (2 rows, 2 columns)
        0.1 g C m-2 yr-1; negative or above 32760 are fill codes.
    """
    texture = 1 + 0.12 * smooth_noise(recipe.longitude, recipe.latitude, (3, year))
    surplus = sink_scale * recipe.sink * np.maximum(texture, 0.0) - recipe.source
    production = np.maximum(refine(respiration) + refine(surplus), 0.0)
    stored = np.where(np.isnan(production), FILL_NPP, np.round(production * 10))
    stored = np.where((recipe.cover != 0) & (stored >= 0), recipe.cover_codes, stored)
    return stored.astype(np.int16)


def average_pairs(field: Array) -> Array:
    """Return the mean of the valid cells of every 2 x 2 block; odd edges are padded as missing.

    Parameters
    ----------
    field : array, shape (rows, columns)

    Returns
    -------
    array, shape (ceil(rows / 2), ceil(columns / 2))
        NaN where none of the four is valid.

    Examples
    --------
    >>> average_pairs(np.array([[1.0, 3.0], [np.nan, 2.0]])).tolist()
    [[2.0]]
    """
    rows, columns = field.shape
    padded = np.full((rows + rows % 2, columns + columns % 2), np.nan)
    padded[:rows, :columns] = field
    blocks = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    valid = ~np.isnan(blocks)
    count = valid.sum(axis=(1, 3))
    total = np.where(valid, blocks, 0.0).sum(axis=(1, 3))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _with_anomalies(
    climatology: Climatology, key: tuple[int, ...], warming: float, *, rain_factor: float
) -> tuple[Array, Array]:
    """Monthly climate about a climatology; `key` names the random streams of the year."""
    x, y = climatology.longitude, climatology.latitude
    temperature_year = 0.35 * smooth_noise(x, y, (1, *key, 0))
    precipitation_year = 0.08 * smooth_noise(x, y, (2, *key, 0))
    temperature = np.empty_like(climatology.temperature)
    precipitation = np.empty_like(climatology.precipitation)
    half_variance = (0.08**2 + 0.18**2) / 2
    for month in range(12):
        anomaly = temperature_year + 0.6 * smooth_noise(x, y, (1, *key, month + 1))
        temperature[month] = climatology.temperature[month] + warming + anomaly
        log_factor = precipitation_year + 0.18 * smooth_noise(x, y, (2, *key, month + 1))
        rain = climatology.precipitation[month] * np.exp(log_factor - half_variance)
        precipitation[month] = rain * rain_factor
    return np.round(temperature, 1), np.round(precipitation, 1)


def _minmod(field: Array, *, axis: int) -> Array:
    """Return the limited slope per cell along an axis; 0 at edges and beside missing cells."""
    slope = np.zeros_like(field)
    step = np.diff(field, axis=axis)
    inner = [slice(None), slice(None)]
    before = [slice(None), slice(None)]
    after = [slice(None), slice(None)]
    inner[axis], before[axis], after[axis] = slice(1, -1), slice(None, -1), slice(1, None)
    backward, forward = step[tuple(before)], step[tuple(after)]
    flatter = np.where(np.abs(backward) < np.abs(forward), backward, forward)
    slope[tuple(inner)] = np.where(backward * forward > 0, flatter, 0.0)
    return slope


@dataclass(frozen=True)
class Scenario:
    """What makes one future differ from another in the sample; all of it made up.

    Attributes
    ----------
    name : str
        Name of the collection.
    number : int
        Names the random streams.
    warming_c_yr : float
        Warming after the last observed year, degC per year.
    rain_growth_yr : float
        Growth of precipitation per year, as a share.
    sink_growth_yr : float
        Growth of the surplus of production per year, as a share of its level in that year.
    """

    name: str
    number: int
    warming_c_yr: float
    rain_growth_yr: float
    sink_growth_yr: float


SCENARIOS = (
    Scenario("A2", 1, warming_c_yr=0.045, rain_growth_yr=0.0012, sink_growth_yr=0.0060),
    Scenario("B1", 2, warming_c_yr=0.025, rain_growth_yr=0.0008, sink_growth_yr=0.0055),
)
"""A2 warms faster than B1 (IPCC 2000, 2007: about 3.4 and 1.8 degC by 2100 over the globe)."""


@dataclass(frozen=True)
class Climatology:
    """Monthly means of temperature (degC) and rain (mm), shape (12, rows, columns), north up."""

    longitude: Array
    latitude: Array
    temperature: Array
    precipitation: Array


@dataclass(frozen=True)
class ProductionRecipe:
    """What turns respiration into production.

    `sink` and `source` are g C m-2 yr-1 on the climate grid; `cover` is 0 for vegetated land and
    otherwise an index into the fill codes, on the grid of twice the resolution.
    """

    longitude: Array
    latitude: Array
    sink: Array
    source: Array
    cover: npt.NDArray[np.uint8]

    @property
    def cover_codes(self) -> npt.NDArray[np.int64]:
        """Fill code of every fine cell (vegetated cells carry the code of open water)."""
        codes = np.array([FILL_WATER, FILL_WATER, FILL_ICE, FILL_BARREN])
        result: npt.NDArray[np.int64] = codes[self.cover]
        return result
