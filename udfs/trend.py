"""Linear trend: what is left of a series when its straight line is taken away (eq. 9)."""

from __future__ import annotations

import numpy as np

from udfs.rounding import Floats, rounding_error

MIN_LENGTH = 3  # a line runs through any two points and leaves nothing


def detrend(series: Floats) -> Floats:
    """Residuals of each series about its ordinary least squares line on 1..n.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, any unit.

    Returns
    -------
    ndarray, shape (rows, n)
        Residuals in the unit of the series. A series that is a straight line to rounding gives
        exact zeros, so that no statistic is made of rounding dust. NaN where n < 3.

    Examples
    --------
    >>> detrend(np.array([[1.0, 2.0, 3.0], [0.0, 3.0, 0.0]])).tolist()
    [[0.0, 0.0, 0.0], [-1.0, 2.0, -1.0]]
    """
    rows, n = series.shape
    if n < MIN_LENGTH:
        return np.full((rows, n), np.nan)
    time = np.arange(n) - (n - 1) / 2.0
    centred = series - series.mean(axis=1, keepdims=True)
    slope = np.einsum("rn,n->r", centred, time) / np.einsum("n,n->", time, time)
    residuals: Floats = centred - slope[:, None] * time
    error = rounding_error(np.abs(series).max(axis=1), n)
    straight = np.abs(residuals).max(axis=1) <= error
    residuals[straight] = 0.0
    return residuals
