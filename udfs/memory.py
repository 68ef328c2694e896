"""Trend tests of series that remember: Hamed and Rao (1998), trend-free prewhitening (Yue 2002)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from udfs.draws import normal_quantiles
from udfs.mann_kendall import MannKendall, mann_kendall, two_sided
from udfs.rounding import Bools, Floats
from udfs.trend import detrend

MIN_LENGTH = 4
MIN_SIMULATED = 6
MEMORIES = np.arange(-50, 96, 5) / 100.0  # lag-1 autocorrelations that are simulated
SIMULATIONS = 4000
SEED = 20220615
SIGNIFICANCE = 0.05  # of an autocorrelation that counts, as Hamed and Rao have it


def mann_kendall_hamed_rao(series: Floats) -> MannKendall:
    """Mann-Kendall test whose variance grows with the autocorrelation of ranks.

    ``var_s`` is multiplied by ``1 + 2 / (n (n-1)(n-2)) sum (n-k)(n-k-1)(n-k-2) r_k`` with ``r_k``
    the autocorrelation of the ranks of the series less its Sen slope, of the lags where it differs
    from zero at 5 %. Negative autocorrelation shrinks it; where nothing is left the plain variance
    stays.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, n >= 4, any unit.

    Returns
    -------
    MannKendall
        One value a row.

    Raises
    ------
    ValueError
        If a series has fewer than four values.

    Examples
    --------
    >>> test = mann_kendall_hamed_rao(np.array([[1.0, 2.0, 4.0, 5.0, 4.0, 3.0, 5.0, 7.0]]))
    >>> round(float(test.z[0]), 4)
    2.1362
    """
    plain, residuals = _detrended(series)
    n = series.shape[1]
    from scipy.stats import rankdata  # takes long to load, and few queries need it

    ranks = rankdata(residuals, axis=1)
    correlations = _autocorrelations(ranks, n - 1)
    counted = np.abs(correlations) > normal_quantiles(np.array(1.0 - SIGNIFICANCE / 2.0)) / np.sqrt(
        n
    )
    lags = np.arange(1, n)
    weights = (n - lags) * (n - lags - 1.0) * (n - lags - 2.0)
    factor = 1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * (correlations * counted) @ weights
    variance = plain.var_s * np.where(factor > 0.0, factor, 1.0)
    return _scored(plain, plain.s, variance)


def mann_kendall_prewhitened(series: Floats) -> MannKendall:
    """Mann-Kendall test of a series whose lag-1 memory was taken out, its trend put back.

    The Sen slope is removed, the residuals lose their lag-1 autocorrelation (and their first
    value), the slope is added again, and what comes out is tested.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, n >= 4, any unit.

    Returns
    -------
    MannKendall
        Of the n - 1 values that are left; the Sen slope is that of the series itself.

    Raises
    ------
    ValueError
        If a series has fewer than four values.

    Examples
    --------
    >>> test = mann_kendall_prewhitened(np.array([[1.0, 2.0, 4.0, 5.0, 4.0, 3.0, 5.0, 7.0]]))
    >>> round(float(test.z[0]), 4)
    1.5019
    """
    plain, residuals = _detrended(series)
    memory = _autocorrelations(residuals, 1)
    steps = np.arange(1, series.shape[1])
    whitened = residuals[:, 1:] - memory * residuals[:, :-1] + plain.sen_slope[:, None] * steps
    tested = mann_kendall(whitened)
    return MannKendall(
        s=tested.s,
        var_s=tested.var_s,
        z=tested.z,
        p_value=tested.p_value,
        tau=tested.tau,
        sen_slope=plain.sen_slope,
    )


def _detrended(series: Floats) -> tuple[MannKendall, Floats]:
    """Plain test, and the series less its Sen slope."""
    n = series.shape[1]
    if n < MIN_LENGTH:
        raise ValueError(f"series must have at least {MIN_LENGTH} values, got {n}")
    plain = mann_kendall(series)
    return plain, series - plain.sen_slope[:, None] * np.arange(1, n + 1)


def _autocorrelations(series: Floats, lags: int) -> Floats:
    """Autocorrelation of lags 1..lags, shape (rows, lags); 0 for a constant series."""
    centred = series - series.mean(axis=1, keepdims=True)
    squares = np.einsum("rn,rn->r", centred, centred)
    varies: Bools = squares > 0.0
    products = [
        np.einsum("rn,rn->r", centred[:, lag:], centred[:, :-lag]) for lag in range(1, lags + 1)
    ]
    found: Floats = np.where(varies, np.array(products) / np.where(varies, squares, 1.0), 0.0).T
    return found


def _scored(plain: MannKendall, s: np.ndarray, variance: Floats) -> MannKendall:
    """Score the test with another variance."""
    spread = np.sqrt(np.where(variance > 0.0, variance, 1.0))
    z = np.where(s == 0, 0.0, (s - np.sign(s)) / spread)
    return MannKendall(
        s=s,
        var_s=variance,
        z=z,
        p_value=two_sided(z),
        tau=plain.tau,
        sen_slope=plain.sen_slope,
    )


def mann_kendall_simulated(series: Floats) -> MannKendall:
    """Mann-Kendall test against simulated series of the same memory.

    The corrections above are asymptotic: of 21 values with a lag-1 autocorrelation of 0.5 they
    reject a true null a fifth of the time. Here the score is compared with those of 4,000 simulated
    AR(1) series of the same length for each of a grid of autocorrelations. These are weighed by how
    likely they are: around the autocorrelation of the detrended series, rid of its bias
    ``-(2 + 4 r) / n``, with its standard error ``sqrt((1 - r^2) / (n - 4))``.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, n >= 6, any unit.

    Returns
    -------
    MannKendall
        ``p_value`` by simulation; ``z`` is the normal score with that p and the sign of s, and
        ``var_s`` the variance that would give it.

    Raises
    ------
    ValueError
        If a series has fewer than six values.

    Examples
    --------
    >>> test = mann_kendall_simulated(np.arange(21.0)[None, :])
    >>> float(test.p_value[0]) < 0.001
    True
    """
    n = series.shape[1]
    if n < MIN_SIMULATED:
        raise ValueError(f"series must have at least {MIN_SIMULATED} values, got {n}")
    plain = mann_kendall(series)
    memory = _autocorrelations(detrend(series), 1)[:, 0]
    centre = np.clip((n * memory + 2.0) / (n - 4.0), MEMORIES[0], MEMORIES[-1])
    error = np.sqrt((1.0 - np.minimum(centre, 0.9) ** 2) / (n - 4.0))
    weights = np.exp(-0.5 * ((MEMORIES - centre[:, None]) / error[:, None]) ** 2)
    reached = np.stack(
        [
            len(null) - np.searchsorted(null, np.abs(plain.s), side="left")
            for null in _simulated_scores(n)
        ],
        axis=1,
    )
    p = (weights * (reached + 1.0)).sum(axis=1) / weights.sum(axis=1) / (SIMULATIONS + 1.0)
    p = np.where(plain.s == 0, 1.0, np.minimum(p, 1.0))
    z = np.sign(plain.s) * -normal_quantiles(p / 2.0)
    distance = np.maximum(np.abs(plain.s) - 1.0, 0.0)
    variance = np.where(z != 0.0, (distance / np.where(z != 0.0, z, 1.0)) ** 2, plain.var_s)
    return MannKendall(
        s=plain.s, var_s=variance, z=z, p_value=p, tau=plain.tau, sen_slope=plain.sen_slope
    )


@lru_cache(maxsize=64)
def _simulated_scores(n: int) -> tuple[np.ndarray, ...]:
    """Sorted |s| of simulated AR(1) series of n values for each autocorrelation of the grid."""
    noise = np.random.default_rng(SEED).standard_normal((SIMULATIONS, n))
    scores = []
    for memory in MEMORIES:
        series = np.empty_like(noise)
        series[:, 0] = noise[:, 0] / np.sqrt(1.0 - memory**2)
        for step in range(1, n):
            series[:, step] = memory * series[:, step - 1] + noise[:, step]
        scores.append(np.sort(np.abs(mann_kendall(series).s)))
    return tuple(scores)


#: Corrections by the name that SQL gives.
CORRECTIONS = {
    "none": mann_kendall,
    "hamed_rao": mann_kendall_hamed_rao,
    "prewhitened": mann_kendall_prewhitened,
    "simulated": mann_kendall_simulated,
}
