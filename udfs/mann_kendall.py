"""Monotone trend and its turning points: Mann-Kendall, Sen's slope, sequential Mann-Kendall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.rounding import Bools, Floats, Integers

MIN_LENGTH = 2
CRITICAL_VALUE = 1.96  # two-sided 5 %, the paper's critical lines
PAIRS_AT_ONCE = 1 << 19  # 4 MiB of pairwise differences stay in cache


@dataclass(frozen=True)
class MannKendall:
    """Mann-Kendall test of each series, arrays of shape (rows,).

    Attributes
    ----------
    s : ndarray of int64
        Pairs that rise less pairs that fall.
    var_s : ndarray
        Variance of s without a trend, corrected for ties.
    z : ndarray
        Normal score with continuity correction.
    p_value : ndarray
        Two-sided probability of z.
    tau : ndarray
        ``s`` over the number of pairs, -1..1.
    sen_slope : ndarray
        Theil-Sen slope, unit of the series per step.
    """

    s: Integers
    var_s: Floats
    z: Floats
    p_value: Floats
    tau: Floats
    sen_slope: Floats


@dataclass(frozen=True)
class SequentialMannKendall:
    """Forward and backward curves of each series, arrays of shape (rows, n).

    Attributes
    ----------
    uf : ndarray
        Normal score of the first k values; ``uf[:, 0] = 0``.
    ub : ndarray
        The same of the reversed series, reversed and negated; ``ub[:, -1] = 0``.
    """

    uf: Floats
    ub: Floats


@dataclass(frozen=True)
class MutationPoints:
    """Crossings of the two curves, and the first year beyond the critical line.

    Attributes
    ----------
    first_significant_year : ndarray, shape (rows,)
        First year with ``|uf| > 1.96``, NaN if there is none.
    row : ndarray of int64, shape (crossings,)
        Row of ``series`` of each crossing, ascending; within a row in the order of time.
    crossing_year : ndarray, shape (crossings,)
        Year of the crossing, linearly interpolated.
    crossing_value : ndarray, shape (crossings,)
        Value of both curves there.
    is_valid : ndarray of bool, shape (crossings,)
        Whether the crossing lies between the critical lines, ``|value| < 1.96``.
    """

    first_significant_year: Floats
    row: Integers
    crossing_year: Floats
    crossing_value: Floats
    is_valid: Bools


def mann_kendall(series: Floats) -> MannKendall:
    """Mann-Kendall test with ties, tau and Sen's slope of each series (Mann 1945; Sen 1968).

    ``s = sum over i < j of sign(x_j - x_i)``,
    ``var_s = [n (n - 1)(2 n + 5) - sum t (t - 1)(2 t + 5)] / 18`` over groups of t equal values,
    ``z = (s -+ 1) / sqrt(var_s)``. A constant series has no trend: s = 0, z = 0, p = 1.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, n >= 2, any unit.

    Returns
    -------
    MannKendall
        One value a row.

    Raises
    ------
    ValueError
        If a series has fewer than two values.

    Examples
    --------
    >>> test = mann_kendall(np.array([[1.0, 3.0, 2.0, 4.0, 5.0]]))
    >>> int(test.s[0]), test.z.round(6).tolist(), test.sen_slope.tolist()
    (8, [1.714643], [1.0])
    """
    rows, n = series.shape
    _require_length(n)
    pairs = n * (n - 1) // 2
    score = np.empty(rows, dtype=np.int64)
    sen_slope = np.empty(rows)
    ties = np.zeros(rows)
    step = max(1, PAIRS_AT_ONCE // pairs)
    for start in range(0, rows, step):
        part = slice(start, start + step)
        score[part], sen_slope[part], tied = _pairwise(series[part])
        if tied.any():
            places = start + np.flatnonzero(tied)
            ties[places] = _prefix_scores(series[places])[1][-1]
    var_s = (n * (n - 1) * (2 * n + 5) - ties) / 18.0
    z = np.where(score == 0, 0.0, (score - np.sign(score)) / np.sqrt(np.where(var_s > 0, var_s, 1)))
    return MannKendall(
        s=score,
        var_s=var_s,
        z=z,
        p_value=two_sided(z),
        tau=score / pairs,
        sen_slope=sen_slope,
    )


def sequential_mann_kendall(series: Floats) -> SequentialMannKendall:
    """Forward and backward Mann-Kendall curves of each series (Sneyers 1990).

    ``uf_k = s_k / sqrt(var s_k)`` for the first k values, both corrected for ties and without
    continuity correction, so that without ties it is the textbook ``(s_k - E) / sqrt(Var)``.
    ``ub`` is the negated curve of the reversed series, read backwards: without the minus sign
    the crossing of the two curves means nothing.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, finite, n >= 2.

    Returns
    -------
    SequentialMannKendall
        Two curves a row. A prefix of equal values has no variance and scores 0.

    Raises
    ------
    ValueError
        If a series has fewer than two values.

    Examples
    --------
    >>> curves = sequential_mann_kendall(np.array([[1.0, 3.0, 2.0, 4.0]]))
    >>> curves.uf.round(4).tolist(), curves.ub.round(4).tolist()
    ([[0.0, 1.0, 0.5222, 1.3587]], [[1.3587, 0.5222, 1.0, 0.0]])
    """
    _require_length(series.shape[1])
    # Adding zero turns the -0.0 of a negated zero into 0.0.
    return SequentialMannKendall(
        uf=_forward_curve(series), ub=-_forward_curve(series[:, ::-1])[:, ::-1] + 0.0
    )


def mutation_points(series: Floats, first_year: int) -> MutationPoints:
    """Every crossing of the forward and backward curves of each series (Sneyers 1990).

    The curves cross where ``D = uf - ub`` changes sign between two years; the year is
    ``k + D_k / (D_k - D_(k+1))``. Where D is zero in a year and has opposite signs before and
    after, that (first) year is the crossing. A zero at either end of the series is no crossing.

    Parameters
    ----------
    series : ndarray, shape (rows, n)
        One series a row, one value a year, finite, n >= 2.
    first_year : int
        Year of the first value.

    Returns
    -------
    MutationPoints
        All crossings of all rows, and one first significant year a row.

    Raises
    ------
    ValueError
        If a series has fewer than two values.

    Examples
    --------
    >>> points = mutation_points(np.array([[3.0, 2.0, 1.0, 2.5, 4.0, 5.0]]), 2000)
    >>> points.crossing_year.round(3).tolist(), points.is_valid.tolist()
    ([2004.279], [True])
    """
    n = series.shape[1]
    curves = sequential_mann_kendall(series)
    gap = curves.uf - curves.ub
    # Each year points back to the last year in which the curves were apart, so that a sign
    # change over years of contact is found like any other; the fraction is then 1.
    last_apart = np.maximum.accumulate(np.where(gap != 0.0, np.arange(n), -1), axis=1)[:, :-1]
    before = np.take_along_axis(gap, np.maximum(last_apart, 0), axis=1)
    row, year = np.nonzero((last_apart >= 0) & (before * gap[:, 1:] < 0.0))
    start = last_apart[row, year]
    fraction = gap[row, start] / (gap[row, start] - gap[row, start + 1])
    value = curves.uf[row, start] * (1.0 - fraction) + curves.uf[row, start + 1] * fraction
    beyond = np.abs(curves.uf) > CRITICAL_VALUE
    return MutationPoints(
        first_significant_year=np.where(
            beyond.any(axis=1), first_year + beyond.argmax(axis=1), np.nan
        ),
        row=row,
        crossing_year=first_year + start + fraction,
        crossing_value=value,
        is_valid=np.abs(value) < CRITICAL_VALUE,
    )


def two_sided(z: Floats) -> Floats:
    """Return the two-sided probabilities of normal scores.

    Parameters
    ----------
    z : ndarray, any shape
        Scores.

    Returns
    -------
    ndarray
        Probabilities of a score so far from zero, the shape of ``z``.

    Examples
    --------
    >>> two_sided(np.array([0.0, 1.959964, -1.959964])).round(3).tolist()
    [1.0, 0.05, 0.05]
    """
    from scipy.special import erfc  # takes long to load, and few queries need it

    p_values: Floats = erfc(np.abs(z) / np.sqrt(2.0))
    return p_values


def _require_length(n: int) -> None:
    if n < MIN_LENGTH:
        raise ValueError(f"series must have at least {MIN_LENGTH} values, got {n}")


def _pairwise(series: Floats) -> tuple[Integers, Floats, Bools]:
    """Score, Sen's slope and whether any values are equal, from all n (n - 1) / 2 pairs."""
    rows, n = series.shape
    pairs = n * (n - 1) // 2
    differences = np.empty((rows, pairs))
    lags = np.empty(pairs)
    end = 0
    for lag in range(1, n):
        start, end = end, end + n - lag
        np.subtract(series[:, lag:], series[:, :-lag], out=differences[:, start:end])
        lags[start:end] = lag
    rising = np.count_nonzero(differences > 0.0, axis=1)
    falling = np.count_nonzero(differences < 0.0, axis=1)
    differences /= lags
    differences.sort(axis=1)  # vectorised in NumPy, and faster than a partition of few pairs
    sen_slope = (differences[:, (pairs - 1) // 2] + differences[:, pairs // 2]) / 2.0
    return rising - falling, sen_slope, rising + falling < pairs


def _prefix_scores(series: Floats) -> tuple[Integers, Integers]:
    """Score and tie term ``sum t (t - 1)(2 t + 5)`` of every prefix, each of shape (n, rows)."""
    rows, n = series.shape
    by_time = np.ascontiguousarray(series.T)
    score = np.zeros((n, rows), dtype=np.int64)
    equal = np.zeros((n, rows), dtype=np.int64)
    for k in range(1, n):
        rising = (by_time[k] > by_time[:k]).sum(axis=0)
        falling = (by_time[k] < by_time[:k]).sum(axis=0)
        score[k] = rising - falling
        equal[k] = k - rising - falling
    # A value that meets t equal ones makes a group of t into t + 1:
    # (t + 1) t (2 t + 7) - t (t - 1)(2 t + 5) = 6 t (t + 2).
    ties = 6 * equal * (equal + 2)
    return score.cumsum(axis=0), ties.cumsum(axis=0)


def _forward_curve(series: Floats) -> Floats:
    """Forward curve, shape (rows, n)."""
    n = series.shape[1]
    score, ties = _prefix_scores(series)
    k = np.arange(1, n + 1)[:, None]
    variance = (k * (k - 1) * (2 * k + 5) - ties) / 18.0
    return np.where(variance > 0.0, score / np.sqrt(np.where(variance > 0.0, variance, 1.0)), 0.0).T
