"""Hot and cold spots: the Getis-Ord Gi* statistic (Fig. 5c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from udfs.rounding import Floats, rounding_error, snap_to_zero

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def getis_ord_gi_star(vals: Floats, neighbours: csr_array) -> Floats:
    """Gi* of every place as a normal score (Ord and Getis 1995).

    ``(sum_j w_ij x_j - mean W_i) / (s sqrt((n W_i - W_i**2) / (n - 1)))`` with binary weights,
    ``W_i`` the number of places in the neighbourhood, i included, and s the population standard
    deviation. It does not change when a constant is added, so negative values are no obstacle.

    Parameters
    ----------
    vals : ndarray, shape (rows, n)
        One value a place, finite, any unit.
    neighbours : csr_array, shape (n, n)
        Binary, ones on the diagonal (`udfs.weights.edge_pattern`).

    Returns
    -------
    ndarray, shape (rows, n)
        Scores; bands at 1.645, 1.96 and 2.576. NaN for a row of equal values, and for a place
        whose neighbourhood is every place.

    Examples
    --------
    >>> from udfs.weights import edge_pattern
    >>> pairs = edge_pattern(4, np.array([1, 2, 3, 4]), np.array([2, 1, 4, 3]))
    >>> getis_ord_gi_star(np.array([[5.0, 4.0, 1.0, 2.0]]), pairs).round(4).tolist()
    [[1.6432, 1.6432, -1.6432, -1.6432]]
    """
    n = vals.shape[1]
    if n == 0:
        return vals
    scale = np.abs(vals).max(axis=1, keepdims=True)
    deviations = snap_to_zero(vals - vals.mean(axis=1, keepdims=True), rounding_error(scale, 2))
    spread = np.sqrt(np.mean(deviations**2, axis=1, keepdims=True))
    sums = (neighbours @ deviations.T).T
    members = neighbours.sum(axis=1)
    divisor = spread * np.sqrt((n * members - members**2) / max(n - 1, 1))
    return np.where(divisor > 0.0, sums / np.where(divisor > 0.0, divisor, 1.0), np.nan)
