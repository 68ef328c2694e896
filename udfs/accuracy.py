"""Whether one forecast is better than another, or only luckier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.rounding import Floats


@dataclass(frozen=True)
class DieboldMariano:
    """Statistic (negative where the first is better) and its two-sided p."""

    statistic: float
    p_value: float


def diebold_mariano(losses: Floats, others: Floats, horizon: int) -> DieboldMariano | None:
    """Test whether two forecasts of the same years have the same mean loss.

    With the correction of Harvey, Leybourne and Newbold for few forecasts, against Student's t with
    one degree of freedom less than forecasts. Losses ``horizon`` steps ahead overlap: their
    covariances up to ``horizon - 1`` steps count; where these make the variance negative, it is
    taken without them.

    Parameters
    ----------
    losses, others : ndarray, shape (origins,)
        Loss of each forecast, in the order of time, for instance absolute errors.
    horizon : int
        Steps ahead, 1 or more.

    Returns
    -------
    DieboldMariano or None
        None for fewer than three forecasts, no more forecasts than steps, and differences that do
        not vary.

    Raises
    ------
    ValueError
        For lists of different length and a horizon below one.

    Notes
    -----
    Harvey, D., Leybourne, S. and Newbold, P. (1997), Testing the equality of prediction mean
    squared errors, International Journal of Forecasting 13, 281-291.

    Examples
    --------
    >>> test = diebold_mariano(np.array([1.0, 2.0, 1.0, 2.0]), np.array([2.0, 2.0, 3.0, 3.0]), 1)
    >>> round(test.statistic, 6), round(test.p_value, 6)
    (-2.44949, 0.091721)
    """
    if len(losses) != len(others):
        raise ValueError(f"{len(losses)} losses, but {len(others)} others")
    if horizon < 1:
        raise ValueError("horizon must be 1 or more")
    count = len(losses)
    difference = losses - others
    centred = difference - difference.mean() if count else difference
    if count < 3 or count <= horizon or np.abs(centred).max() <= 1e-12 * np.abs(difference).max():
        return None
    covariances = [float(centred[lag:] @ centred[: count - lag]) / count for lag in range(horizon)]
    variance = covariances[0] + 2.0 * sum(covariances[1:])
    if variance <= 0:
        variance = covariances[0]
    correction = (count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count
    statistic = float(difference.mean()) / np.sqrt(variance / count) * np.sqrt(correction)
    from scipy import stats  # takes long to load, and few queries need it

    return DieboldMariano(float(statistic), float(2 * stats.t.sf(abs(statistic), count - 1)))
