"""Spatial autocorrelation: global and local Moran's I with permutation tests (eqs 10-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from udfs.mann_kendall import two_sided
from udfs.rounding import Floats, Integers, rounding_error, snap_to_zero

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MIN_PLACES = 3
CELLS_AT_ONCE = 1 << 18  # 2 MiB of permuted sums at a time


@dataclass(frozen=True)
class MoransI:
    """Global Moran's I of each row, arrays of shape (rows,); NaN where there is no answer.

    Attributes
    ----------
    i : ndarray
        Moran's I.
    expected_i : ndarray
        ``-1 / (n - 1)``.
    var_norm : ndarray
        Variance of I under normality.
    z_norm : ndarray
        Normal score under normality.
    p_norm : ndarray
        Two-sided probability of ``z_norm``.
    p_sim : ndarray
        One-sided pseudo probability of the permutations; NaN without permutations.
    """

    i: Floats
    expected_i: Floats
    var_norm: Floats
    z_norm: Floats
    p_norm: Floats
    p_sim: Floats


@dataclass(frozen=True)
class LocalMoransI:
    """Local Moran's I of each place, arrays of shape (rows, n); NaN where there is no answer.

    Attributes
    ----------
    local_i : ndarray
        I_i of eq. 11.
    p_sim : ndarray
        One-sided pseudo probability of the conditional permutations.
    quadrant : ndarray of str
        HH, LL, HL, LH, or ns where the deviation or the lag is zero. Significance is not in it.
    """

    local_i: Floats
    p_sim: Floats
    quadrant: NDArray[np.str_]


def morans_i(vals: Floats, weights: csr_array, permutations: int, seed: int) -> MoransI:
    """Global Moran's I of each row of values (eq. 10).

    ``I = n / S0 * sum_ij w_ij z_i z_j / sum z**2``: the paper's S squared is the mean of z
    squared; read literally its formula divides by the variance twice.

    Parameters
    ----------
    vals : ndarray, shape (rows, n)
        One value a place, finite, any unit.
    weights : csr_array, shape (n, n)
        Spatial weights, used as given.
    permutations : int
        Random relabellings of the places, 0 for none. They depend on n and ``seed`` only.
    seed : int
        Seed of the permutations, not negative.

    Returns
    -------
    MoransI
        NaN for a row of equal values, for fewer than three places, and for weights that sum to
        zero.

    Raises
    ------
    ValueError
        If ``permutations`` or ``seed`` is negative.

    Examples
    --------
    >>> from udfs.weights import edge_weights
    >>> chain = edge_weights(
    ...     4, np.array([1, 2, 2, 3, 3, 4]), np.array([2, 1, 3, 2, 4, 3]), np.ones(6)
    ... )
    >>> morans_i(np.array([[1.0, 2.0, 3.0, 4.0]]), chain, 0, 0).i.round(6).tolist()
    [0.333333]
    """
    _check_draws(permutations, seed)
    rows, n = vals.shape
    z = _deviations(vals)
    squares = np.einsum("tn,tn->t", z, z)
    s0 = float(weights.sum())
    answered = squares > 0.0
    if n < MIN_PLACES or s0 == 0.0:
        answered[:] = False
    divisor = np.where(answered, squares, 1.0)
    products = _cross_products(z.T, weights)
    i = n / (s0 or 1.0) * products / divisor
    expected = -1.0 / max(n - 1, 1)
    variance = _variance_under_normality(weights, s0, n) if answered.any() else np.nan
    score = (i - expected) / np.sqrt(variance)
    p_sim = np.full(rows, np.nan)
    if permutations > 0:
        orders = _permutations(n, permutations, seed)
        # A permuted sum that equals the observed one but for rounding counts as equal.
        reach = np.abs(vals).max(axis=1) * np.abs(z).max(axis=1) * float(np.abs(weights).sum())
        error = rounding_error(reach, 4)
        for row in np.flatnonzero(answered):
            simulated = _permuted_products(z[row], weights, orders) * np.sign(s0)
            larger = np.count_nonzero(simulated >= products[row] * np.sign(s0) - error[row])
            p_sim[row] = _fold(np.asarray(larger), permutations)

    def known(values: Floats | float) -> Floats:
        return np.where(answered, values, np.nan)

    return MoransI(
        i=known(i),
        expected_i=known(expected),
        var_norm=known(variance),
        z_norm=known(score),
        p_norm=known(two_sided(score)),
        p_sim=p_sim,
    )


def local_morans_i(vals: Floats, weights: csr_array, permutations: int, seed: int) -> LocalMoransI:
    """Local Moran's I of every place, with conditional permutations (eq. 11).

    ``I_i = n z_i sum_j w_ij z_j / sum z**2`` (esda scales by n - 1 instead of n). Each
    permutation keeps place i and gives its neighbours the values of as many other places, drawn
    without replacement. The draws are shared by all places and rows, as esda does, and the first
    k of them do not depend on how many more are drawn: the p of a place depends on n, ``seed``,
    ``permutations`` and its own neighbours only.

    Parameters
    ----------
    vals : ndarray, shape (rows, n)
        One value a place, finite, any unit.
    weights : csr_array, shape (n, n)
        Spatial weights with an empty diagonal, used as given.
    permutations : int
        Number of conditional permutations, 0 for none.
    seed : int
        Seed of the permutations, not negative.

    Returns
    -------
    LocalMoransI
        All NaN for a row of equal values and for fewer than three places. A place without
        neighbours, or exactly at the mean, has I_i = 0 and p NaN: there is nothing to permute.

    Raises
    ------
    ValueError
        If ``permutations`` or ``seed`` is negative.

    Examples
    --------
    >>> from udfs.weights import edge_weights
    >>> chain = edge_weights(
    ...     4, np.array([1, 2, 2, 3, 3, 4]), np.array([2, 1, 3, 2, 4, 3]), np.ones(6)
    ... )
    >>> local = local_morans_i(np.array([[1.0, 2.0, 3.0, 4.0]]), chain, 0, 0)
    >>> local.local_i.round(6).tolist(), local.quadrant.tolist()
    ([[0.6, 0.4, 0.4, 0.6]], [['LL', 'LL', 'HH', 'HH']])
    """
    _check_draws(permutations, seed)
    n = vals.shape[1]
    z = _deviations(vals)
    squares = np.einsum("tn,tn->t", z, z)[:, None]
    answered = (squares > 0.0) & (n >= MIN_PLACES)
    reach = float(np.abs(weights).sum(axis=1).max(initial=0.0))
    most = int(np.diff(weights.indptr).max(initial=0))
    error = rounding_error(np.abs(vals).max(axis=1, initial=0.0) * reach, most)[:, None]
    lag = snap_to_zero((weights @ z.T).T, error)
    local_i = np.where(answered, n * z * lag / np.where(answered, squares, 1.0), np.nan)
    p_sim = np.full(vals.shape, np.nan)
    if permutations > 0 and answered.any():
        counts = _conditional_counts(z, weights, lag, error, permutations, seed)
        larger = np.where(z > 0.0, counts, permutations - counts)
        testable = answered & (z != 0.0) & (np.diff(weights.indptr) > 0)
        p_sim = np.where(testable, _fold(larger, permutations), np.nan)
    side = np.where(lag > 0.0, np.where(z > 0.0, "HH", "LH"), np.where(z > 0.0, "HL", "LL"))
    return LocalMoransI(local_i, p_sim, np.where((z == 0.0) | (lag == 0.0), "ns", side))


def _check_draws(permutations: int, seed: int) -> None:
    for name, value in (("permutations", permutations), ("seed", seed)):
        if value < 0:
            raise ValueError(f"{name} must not be negative, got {value}")


def _deviations(vals: Floats) -> Floats:
    """Deviations from the mean of each row, exactly zero where they are rounding only."""
    scale = np.abs(vals).max(axis=1, keepdims=True, initial=0.0)
    if vals.shape[1] == 0:
        return vals
    return snap_to_zero(vals - vals.mean(axis=1, keepdims=True), rounding_error(scale, 2))


def _cross_products(columns: Floats, weights: csr_array) -> Floats:
    """``sum_ij w_ij z_i z_j`` of each column of shape (n, columns)."""
    products: Floats = np.einsum("nc,nc->c", columns, weights @ columns)
    return products


def _variance_under_normality(weights: csr_array, s0: float, n: int) -> float:
    """Variance of I if the values were normal; NaN where I cannot vary (complete graph)."""
    s1 = 0.5 * float(((weights + weights.T) ** 2).sum())
    s2 = float(((weights.sum(axis=1) + weights.sum(axis=0)) ** 2).sum())
    expected_square = 1.0 / (n - 1) ** 2
    mean_square = (n * n * s1 - n * s2 + 3.0 * s0 * s0) / (s0 * s0 * (n * n - 1.0))
    variance = mean_square - expected_square
    error = float(rounding_error(np.asarray(mean_square), n))
    return variance if variance > error else float("nan")


def _permutations(n: int, permutations: int, seed: int) -> Integers:
    """Orders of n places, shape (permutations, n)."""
    orders = np.broadcast_to(np.arange(n), (permutations, n))
    return np.random.default_rng(seed).permuted(orders, axis=1)


def _permuted_products(z: Floats, weights: csr_array, orders: Integers) -> Floats:
    """Cross products of one row of deviations under every order."""
    step = max(1, CELLS_AT_ONCE // len(z))
    parts = [
        _cross_products(np.ascontiguousarray(z[orders[start : start + step]].T), weights)
        for start in range(0, len(orders), step)
    ]
    return np.concatenate(parts)


def _draws(n: int, most: int, permutations: int, seed: int) -> Integers:
    """Positions 0..n-2 drawn without replacement, shape (most, permutations)."""
    rng = np.random.default_rng(seed)
    deck = np.repeat(np.arange(n - 1)[:, None], permutations, axis=1)
    everyone = np.arange(permutations)
    for k in range(most):  # Fisher-Yates, as far as needed, all permutations at once
        taken = rng.integers(k, n - 1, size=permutations)
        card = deck[taken, everyone]
        deck[taken, everyone] = deck[k]
        deck[k] = card
    return deck[:most]


def _conditional_counts(
    z: Floats, weights: csr_array, lag: Floats, error: Floats, permutations: int, seed: int
) -> Integers:
    """How many permuted lags reach the observed one, shape (rows, n).

    The draws are positions 0..n-2. For place i the position i stands for the last place, so
    that all others are drawn with equal chance and i itself never. Sums over the drawn values
    are therefore shared by all places with the same number of neighbours, and fixed where i was
    drawn. Nothing here goes through BLAS, whose threads would change last digits.
    """
    rows, n = z.shape
    degrees = np.diff(weights.indptr)
    counts = np.zeros((rows, n), dtype=np.int64)
    if degrees.max(initial=0) == 0:
        return counts
    draws = _draws(n, int(degrees.max()), permutations, seed)
    # Equal sums may differ in their last digits. A permuted lag equal to the observed one counts
    # as reaching it, on whichever side: counts are taken above for z > 0 and below for z < 0.
    threshold = np.where(z > 0.0, lag - error, lag + error)
    at_once = max(1, CELLS_AT_ONCE // (permutations * len(draws)))
    for start in range(0, rows, at_once):
        part = slice(start, start + at_once)
        drawn = np.ascontiguousarray(z[part].T)[draws].reshape(len(draws), -1)
        for degree in np.unique(degrees[degrees > 0]):
            places = np.flatnonzero(degrees == degree)
            step = max(1, CELLS_AT_ONCE // drawn.shape[1])
            for first in range(0, len(places), step):
                chosen = places[first : first + step]
                counts[part, chosen] = _counts_of(
                    chosen, int(degree), z[part], weights, drawn, draws, threshold[part]
                )
    return counts


def _counts_of(
    places: Integers,
    degree: int,
    z: Floats,
    weights: csr_array,
    drawn: Floats,
    draws: Integers,
    threshold: Floats,
) -> Integers:
    """Count for places that all have ``degree`` neighbours, shape (rows, places)."""
    rows, permutations = z.shape[0], draws.shape[1]
    own = weights.data[weights.indptr[places][:, None] + np.arange(degree)]
    if (own == own[:, :1]).all():  # contiguity, standardised or not: one sum serves all places
        lags = own[:, :1] * drawn[:degree].sum(axis=0)
    else:
        lags = np.einsum("pk,kc->pc", own, drawn[:degree])
    lags = lags.reshape(len(places), permutations, rows)
    index_of = np.full(z.shape[1], -1)
    index_of[places] = np.arange(len(places))
    slot, permutation = np.nonzero(index_of[draws[:degree]] >= 0)
    place = index_of[draws[slot, permutation]]
    fix = own[place, slot] * (z[:, -1:] - z[:, places[place]])
    lags[place, permutation] += fix.T
    reached = lags >= threshold[:, places].T[:, None, :]
    counts: Integers = np.add.reduce(reached, axis=1, dtype=np.int64).T
    return counts


def _fold(larger: Integers, permutations: int) -> Floats:
    """Pseudo probability ``(M + 1) / (R + 1)`` of the smaller side, as esda does."""
    smaller = np.minimum(larger, permutations - larger)
    return (smaller + 1.0) / (permutations + 1.0)
