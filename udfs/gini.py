"""Inequality: the Gini coefficient of values that may be negative (eqs 12-16)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.rounding import Bools, Floats


@dataclass(frozen=True)
class Gini:
    """Gini coefficients of each row, arrays of shape (rows,), no unit.

    Attributes
    ----------
    weighted : ndarray
        ``P1 G1 + P2 G2``, below 1: the headline.
    eq16 : ndarray
        ``G1 + G2``, the sum as printed; it can exceed 1.
    rsv : ndarray
        Raffinetti, Siletti and Vernizzi: all values together over the mean of ``|x|``.
    deficit : ndarray
        G1 among the negative values; 0 if there are none.
    surplus : ndarray
        G2 among the positive values; 0 if there are none.
    """

    weighted: Floats
    eq16: Floats
    rsv: Floats
    deficit: Floats
    surplus: Floats


def gini(vals: Floats) -> Gini:
    """Gini coefficients of each row of values (Gini 1912; Raffinetti et al. 2015).

    Within a group of n_k sorted values of one sign,
    ``G_k = sum_i (2 i - n_k - 1) x_(i) / (n_k**2 |mean_k|)``. P1 and P2 are the shares of places
    in deficit and in surplus; places at zero have no inequality among them.

    Parameters
    ----------
    vals : ndarray, shape (rows, n)
        One value a place, finite, n >= 1, any unit.

    Returns
    -------
    Gini
        One value a row. A single place gives 0: the estimator knows no dispersion, and whoever
        publishes it should say so instead.

    Raises
    ------
    ValueError
        If there are no values.

    Examples
    --------
    >>> result = gini(np.array([[-59.0, -20, -12, -9, -5, -3, -1, 8]]))
    >>> result.weighted.round(6).tolist(), result.rsv.round(6).tolist()
    ([0.493119], [0.635684])
    """
    n = vals.shape[1]
    if n == 0:
        raise ValueError("vals must have at least one value")
    ordered = np.sort(vals, axis=1)
    rank = np.arange(1, n + 1)
    in_deficit, in_surplus = ordered < 0.0, ordered > 0.0
    negatives = in_deficit.sum(axis=1)
    positives = in_surplus.sum(axis=1)
    deficit = _group(ordered, rank[None, :], in_deficit)
    surplus = _group(ordered, rank[None, :] - (n - positives)[:, None], in_surplus)
    magnitude = np.abs(ordered).sum(axis=1)
    rsv = _ratio(((2 * rank - n - 1) * ordered).sum(axis=1), n * magnitude)
    return Gini(
        weighted=(negatives * deficit + positives * surplus) / n,
        eq16=deficit + surplus,
        rsv=rsv,
        deficit=deficit,
        surplus=surplus,
    )


def _group(ordered: Floats, rank: np.ndarray, member: Bools) -> Floats:
    """Gini coefficient among the members, whose ranks count from 1."""
    size = member.sum(axis=1)
    spread = np.where(member, (2 * rank - size[:, None] - 1) * ordered, 0.0).sum(axis=1)
    magnitude = np.where(member, np.abs(ordered), 0.0).sum(axis=1)
    return _ratio(spread, size * magnitude)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient, zero where there is nothing to divide by; rounding below zero is taken away."""
    positive = denominator > 0.0
    return np.where(positive, np.maximum(numerator, 0.0) / np.where(positive, denominator, 1.0), 0)
