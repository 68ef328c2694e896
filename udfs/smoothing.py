"""Damped trend: exponential smoothing of level and trend, the trend fading with the horizon."""

from __future__ import annotations

import numpy as np

from udfs.rounding import Floats

MIN_LENGTH = 3
LEVEL_WEIGHTS = np.arange(1, 11) / 10
TREND_WEIGHTS = np.arange(0, 11) / 10
DAMPINGS = np.array([0.8, 0.85, 0.9, 0.95, 0.98])
"""Values that are tried, all with all; dampings as Gardner and McKenzie (1985) found them."""
FIRST_CHANGES = 4
"""Changes whose mean is the trend to begin with."""


def damped_trend(series: Floats, steps: int) -> Floats | None:
    """Continue a series by Holt's method with a damped additive trend.

    Weights and damping are those of a grid with the least squared error one step ahead. On
    logarithms the trend is a rate of growth.

    Parameters
    ----------
    series : ndarray, shape (years,)
        One value a year, in order, any unit.
    steps : int
        Years to continue.

    Returns
    -------
    ndarray, shape (steps,) or None
        None for fewer than three values.

    Raises
    ------
    ValueError
        For fewer than one step.

    Notes
    -----
    Gardner, E. S. and McKenzie, E. (1985), Forecasting trends in time series, Management Science
    31, 1237-1246.

    Examples
    --------
    >>> damped_trend(np.array([1.0, 1.0, 1.0, 1.0]), 2).tolist()
    [1.0, 1.0]
    """
    if steps < 1:
        raise ValueError("steps must be 1 or more")
    if len(series) < MIN_LENGTH:
        return None
    level_weight, trend_weight, damping = np.meshgrid(
        LEVEL_WEIGHTS, TREND_WEIGHTS, DAMPINGS, indexing="ij"
    )
    level = np.full(damping.shape, series[0])
    trend = np.full(damping.shape, np.diff(series)[:FIRST_CHANGES].mean())
    squares = np.zeros(damping.shape)
    for value in series[1:]:
        expected = level + damping * trend
        missed = value - expected
        squares += missed**2
        trend = damping * trend + level_weight * trend_weight * missed
        level = expected + level_weight * missed
    best = np.unravel_index(int(squares.argmin()), squares.shape)
    fading = np.cumsum(damping[best] ** np.arange(1, steps + 1))
    result: Floats = level[best] + trend[best] * fading
    return result
