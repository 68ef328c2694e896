"""Persistence: the Hurst exponent by aggregated variance (eqs 7-8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from udfs.rounding import Bools, Floats, rounding_error
from udfs.trend import detrend

MIN_POINTS = 3  # block lengths that a slope of ln V on ln m must rest on
MIN_BLOCKS = 2  # one block has no variance between blocks


def block_variances(series: Floats, max_block: int) -> Floats:
    """Variance of block means about the mean of the whole series (eq. 7).

    Blocks of ``m`` values are cut from the start, the tail that does not fill a block is
    dropped, and the divisor is the number of blocks.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, any unit.
    max_block : int
        Longest block; blocks of ``m = 1 .. max_block`` are used.

    Returns
    -------
    ndarray, shape (max_block, rows)
        V(m) in the squared unit of the series. Zero where the block means do not differ,
        or where fewer than two blocks fit.

    Examples
    --------
    >>> block_variances(np.arange(1.0, 22.0)[None, :], 3).ravel().round(2).tolist()
    [36.67, 33.25, 36.0]
    """
    rows, n = series.shape
    variances = np.zeros((max_block, rows))
    if n == 0:
        return variances
    by_time = np.ascontiguousarray(series.T)
    error = rounding_error(np.abs(by_time).max(axis=0), n)
    deviations = by_time - by_time.mean(axis=0)
    for m in range(1, min(max_block, n // MIN_BLOCKS) + 1):
        blocks = n // m
        sums = deviations[: blocks * m]
        if m > 1:
            sums = sums.reshape(blocks, m, rows).sum(axis=1)
        np.einsum("br,br->r", sums, sums, out=variances[m - 1])
        variances[m - 1] /= blocks * m * m
    variances[variances <= error * error] = 0.0
    return variances


def hurst_exponent(series: Floats, max_block: int) -> Floats:
    """Hurst exponent of each series by aggregated variance (eqs 7-8).

    ``V(m)`` grows as ``m ** (2 H - 2)``, so ``H = 1 + slope / 2`` with the ordinary least
    squares slope of ln V(m) on ln m. A block length with V(m) = 0 is left out. The value is
    not clipped to 0..1. A trend alone gives about 0.95 whatever the memory of the series:
    give the detrended series as well.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, any unit.
    max_block : int
        Longest block, at least 3; 5 suits 21 years.

    Returns
    -------
    ndarray, shape (rows,)
        H, no unit; NaN where fewer than three block lengths can be used: a constant series, or
        one of fewer than six values.

    Raises
    ------
    ValueError
        If ``max_block`` is less than 3.

    Examples
    --------
    >>> hurst_exponent(np.arange(1.0, 22.0)[None, :], 7).round(6).tolist()
    [0.946077]
    """
    if max_block < MIN_POINTS:
        raise ValueError(f"max_block must be at least {MIN_POINTS}, got {max_block}")
    # No block longer than half the series exists, so a huge max_block costs nothing.
    longest = max(MIN_POINTS, min(max_block, series.shape[1] // MIN_BLOCKS))
    variances = block_variances(series, longest)
    used: Bools = variances > 0.0
    log_variances = np.log(np.where(used, variances, 1.0))
    log_blocks = np.log(np.arange(1.0, longest + 1.0))[:, None]
    points = np.count_nonzero(used, axis=0)
    answered = points >= MIN_POINTS
    middle = np.einsum("mr,mi->r", used, log_blocks) / np.maximum(points, 1)
    centred = (log_blocks - middle) * used
    spread = np.where(answered, np.einsum("mr,mr->r", centred, centred), 1.0)
    slope = np.einsum("mr,mr->r", centred, log_variances) / spread
    return np.where(answered, 1.0 + slope / 2.0, np.nan)


@dataclass(frozen=True)
class HurstTest:
    """A Hurst exponent beside those of white noise of the same length, arrays of shape (rows,).

    Attributes
    ----------
    h : ndarray
        Hurst exponent, not clipped.
    null_mean : ndarray
        Mean of the exponents of white noise: the bias of the estimator is seen in it.
    null_low, null_high : ndarray
        Their 2.5th and 97.5th percentile.
    p_value : ndarray
        Two-sided probability of an exponent so far out, twice the smaller tail.
    """

    h: Floats
    null_mean: Floats
    null_low: Floats
    null_high: Floats
    p_value: Floats


def hurst_test(series: Floats, max_block: int, detrended: int, draws: int, seed: int) -> HurstTest:
    """Compare each series' Hurst exponent with those of drawn white noise.

    The estimator is biased in short series: white noise of 21 values has 0.35 on average, not 0.5.
    So 0.5 is no border; the exponents of ``draws`` series of noise, treated alike, are.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, any unit.
    max_block : int
        Longest block, at least 3.
    detrended : int
        1 to take the straight line out of the series and of the noise, 0 to leave it.
    draws : int
        Series of white noise, 1 or more.
    seed : int
        Seed of the noise, 0 or more.

    Returns
    -------
    HurstTest
        NaN where there is no exponent.

    Raises
    ------
    ValueError
        If ``max_block`` is less than 3, there is no draw or the seed is negative.

    Examples
    --------
    >>> test = hurst_test(np.arange(1.0, 22.0)[None, :], 5, 0, 999, 1)
    >>> float(test.p_value[0]) < 0.05, round(float(test.null_mean[0]), 1)
    (True, 0.3)
    """
    if draws < 1:
        raise ValueError(f"draws must be 1 or more, got {draws}")
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    h = hurst_exponent(detrend(series) if detrended else series, max_block)
    null = _null_exponents(series.shape[1], max_block, bool(detrended), draws, seed)
    rows = np.full(len(h), np.nan)
    if len(null) == 0:
        return HurstTest(h, rows, rows, rows, rows)
    reached = np.searchsorted(null, h, side="right")
    below = np.searchsorted(null, h, side="left")
    smaller = np.minimum(reached, len(null) - below)
    known = ~np.isnan(h)
    p = np.minimum(2.0 * (smaller + 1.0) / (len(null) + 1.0), 1.0)
    low, high = np.quantile(null, [0.025, 0.975])

    def answered(value: Floats | float) -> Floats:
        return np.where(known, value, np.nan)

    return HurstTest(
        h=h,
        null_mean=answered(float(null.mean())),
        null_low=answered(float(low)),
        null_high=answered(float(high)),
        p_value=answered(p),
    )


@lru_cache(maxsize=64)
def _null_exponents(n: int, max_block: int, detrended: bool, draws: int, seed: int) -> Floats:
    """Exponents of white noise, sorted; empty where a series of that length has none."""
    noise = np.random.default_rng(seed).standard_normal((draws, n))
    exponents = hurst_exponent(detrend(noise) if detrended else noise, max_block)
    return np.sort(exponents[~np.isnan(exponents)])
